"""A scripted mail server: it takes one step of its script for each mail, and keeps the mails that it accepted.

    with smtp_server("ok", "recipient=550 5.1.1 no such mailbox", "end=drop") as server: ...
    python -m tests.smtp --port 2525 --output mails.jsonl --script "ok, sender=451, data=drop" --each "a@b.nl: end=450"

A step is ``ok``, or PLACE=ACTION. PLACE is ``connect``, ``hello``, ``sender``, ``recipient``, ``data`` (the command) or
``end`` (the last line of the text). ACTION is one of:

- a reply that replaces the usual one, such as ``450`` or ``550 5.1.1 gone``;
- ``drop``: close the connection without a reply; at ``end`` the mail is not accepted;
- ``take+drop``, only at ``end``: accept the mail, and close the connection without a reply;
- ``cut``, only at ``data``: reply that the text may follow, and close the connection without reading it, when the
  client may have sent all of it;
- ``wait N``: wait N seconds before the usual reply.

Each mail uses one step, and so does a connection where the next step is ``connect`` or ``hello``. After the last step
every mail is accepted. Steps for one recipient replace those of the script.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import json
import sys
import threading
from collections import deque
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

LOOPBACK, MAX_TEXT_LENGTH = "127.0.0.1", 32_000_000
CONNECTION_PLACES = ("connect", "hello")
PLACES = (*CONNECTION_PLACES, "sender", "recipient", "data", "end")


def parse_step(text: str) -> tuple[str, str]:
    """Return the place and the action of a step. Raises ValueError where it is not valid."""
    place, _, action = text.strip().partition("=")
    if text.strip() == "ok":
        return "", ""
    if place not in PLACES or not action:
        raise ValueError(
            f"{text!r} is not a step: write ok, or PLACE=ACTION, where PLACE is one of {', '.join(PLACES)}"
        )
    return place, action


class CloseConnection(Exception):
    """The server closes this connection."""


class SmtpTestServer:
    """A mail server: ``accepted`` contains the accepted mails in order, ``connections`` counts connections."""

    def __init__(self, script: Iterator[str] | tuple[str, ...] = (), each: dict[str, list[str]] | None = None) -> None:
        self.script = deque(map(parse_step, script))
        self.each = {address: deque(map(parse_step, steps)) for address, steps in (each or {}).items()}
        self.accepted: list[dict[str, Any]] = []
        self.connections = 0
        self.port = 0
        self.output: Any = None

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of the accepted mails."""
        return [mail["message_id"] for mail in self.accepted]

    @property
    def to(self) -> list[str]:
        """The recipients of the accepted mails."""
        return [address for mail in self.accepted for address in mail["to"]]

    async def start(self, port: int = 0) -> asyncio.SmtpTestServer:
        serving = await asyncio.start_server(self._serve, LOOPBACK, port, limit=MAX_TEXT_LENGTH)
        self.port = serving.sockets[0].getsockname()[1]
        return serving

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await _SmtpSession(self, reader, writer).run()
        except (CloseConnection, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    def next_connection_step(self) -> tuple[str, str]:
        return self.script.popleft() if self.script and self.script[0][0] in CONNECTION_PLACES else ("", "")

    def next_mail_step(self) -> tuple[str, str]:
        return self.script.popleft() if self.script and self.script[0][0] not in CONNECTION_PLACES else ("", "")

    def accept(self, sender: str, to: list[str], text: bytes) -> None:
        message = email.message_from_bytes(text, _class=EmailMessage, policy=policy.default)
        mail = {
            "message_id": str(message["Message-ID"] or ""),
            "from": sender,
            "to": to,
            "subject": str(message["Subject"] or ""),
            "text": text.decode("utf-8", "replace"),
        }
        self.accepted.append(mail)
        if self.output:
            self.output.write(json.dumps(mail) + "\n")
            self.output.flush()


class _SmtpSession:
    """The session of one connection."""

    def __init__(self, server: SmtpTestServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.step = server.next_connection_step()
        self.clear()

    def clear(self) -> None:
        self.sender, self.to = "", list[str]()

    async def send(self, reply: str) -> None:
        self.writer.write(f"{reply}\r\n".encode())
        await self.writer.drain()

    async def reply(self, place: str, usual: str) -> bool:
        """Send the reply of the step or else the usual one, and return whether it was positive."""
        action = self.step[1] if self.step[0] == place else ""
        if action == "drop":
            raise CloseConnection
        if action.startswith("wait "):
            await asyncio.sleep(float(action.removeprefix("wait ")))
            action = ""
        reply = (action if " " in action else f"{action} as in the script") if action[:1].isdigit() else usual
        await self.send(reply)
        if reply.startswith("421"):
            raise CloseConnection
        return reply[0] in "23"

    async def run(self) -> None:
        if not await self.reply("connect", "220 test mail server"):
            raise CloseConnection
        while line := await self.reader.readline():
            command, argument = line[:4].decode("ascii", "replace").upper(), line[4:].decode("utf-8", "replace")
            await self.handle(command, argument)

    async def handle(self, command: str, argument: str) -> None:
        if command in ("EHLO", "HELO"):
            await self.reply("hello", "250 hello")
            self.step = ("", "")
        elif command == "MAIL":
            await self.mail(argument)
        elif command == "RCPT" and self.sender:
            await self.recipient(argument)
        elif command == "DATA" and self.to:
            await self.data()
        elif command in ("RSET", "NOOP"):
            self.clear()
            await self.send("250 reset")
        elif command == "QUIT":
            await self.send("221 bye")
            raise CloseConnection
        else:
            await self.send("503 bad sequence of commands")

    async def mail(self, argument: str) -> None:
        if self.sender:
            await self.send("503 nested MAIL command")
            return
        self.step = self.server.next_mail_step()
        if await self.reply("sender", "250 ok"):
            self.sender = argument.partition("<")[2].partition(">")[0]

    async def recipient(self, argument: str) -> None:
        address = argument.partition("<")[2].partition(">")[0]
        own = self.server.each.get(address)
        if own:
            self.step = own.popleft()
        if await self.reply("recipient", "250 ok"):
            self.to.append(address)

    async def data(self) -> None:
        if self.step == ("data", "cut"):
            await self.send("354 end with a line with only a dot")
            raise CloseConnection
        if not await self.reply("data", "354 end with a line with only a dot"):
            return
        text = (await self.reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
        sender, to = self.sender, self.to
        self.clear()
        if self.step == ("end", "take+drop"):
            self.server.accept(sender, to, text)
            raise CloseConnection
        action = self.step[1] if self.step[0] == "end" else ""
        if not action or action.startswith(("2", "wait ")):
            # Before the reply, because a test may look as soon as the client has it.
            self.server.accept(sender, to, text)
        await self.reply("end", "250 accepted")


@contextlib.contextmanager
def smtp_server(*script: str, each: dict[str, list[str]] | None = None, port: int = 0) -> Iterator[SmtpTestServer]:
    """Run a server for the length of the block, on this port or else on a free one."""
    server, ready = SmtpTestServer(script, each), threading.Event()
    stops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        stop = asyncio.Event()
        stops.append((asyncio.get_running_loop(), stop))
        serving = await server.start(port)
        ready.set()
        await stop.wait()
        serving.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield server
    finally:
        loop, stop = stops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on (default: a free port, which is printed)"
    )
    parser.add_argument("--script", default="", help="steps separated by commas")
    parser.add_argument("--each", action="append", default=[], help="ADDRESS: steps separated by commas")
    parser.add_argument("--output", help="file to write each accepted mail to, as a line of JSON")
    options = parser.parse_args(arguments)
    each = {}
    for text in options.each:
        address, _, steps = text.partition(":")
        each[address.strip()] = steps.split(",")
    server = SmtpTestServer(tuple(filter(None, options.script.split(","))), each)
    with contextlib.ExitStack() as files:
        if options.output:
            server.output = files.enter_context(Path(options.output).open("a", encoding="utf-8"))
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve_forever(server, options.port))


async def _serve_forever(server: SmtpTestServer, port: int) -> None:
    serving = await server.start(port)
    sys.stdout.write(f"ready on {server.port}\n")
    sys.stdout.flush()
    await serving.serve_forever()


if __name__ == "__main__":
    main()
