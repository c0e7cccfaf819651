"""A mail server that does what a script says, one step a mail, and keeps what it took.

    with smtp_server("ok", "recipient=550 5.1.1 no such mailbox", "end=drop") as server: ...
    python -m tests.smtp --port 2525 --output taken.jsonl --script "ok, sender=451, data=drop" --each "a@b.nl: end=450"

A step is ``ok``, or WHERE=WHAT. WHERE is ``connect``, ``hello``, ``sender``, ``recipient``, ``data`` (the command) or
``end`` (the last line of the text). WHAT is a reply to give instead of the usual one (``450``, ``550 5.1.1 gone``),
``drop`` (hang up without a word; after ``end`` that loses the mail), ``take+drop`` (only after ``end``: it is taken,
and nobody hears it), ``cut`` (only at ``data``: leave to go on, and hang up without reading the text, of which a
sender may have sent all) or ``wait N`` (say nothing for N seconds, then the usual). A step is used up by the mail,
or the connection, that it concerns; after the last one everything is taken. Steps for one recipient replace those
for everyone.
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
ON_CONNECTING = ("connect", "hello")
PLACES = (*ON_CONNECTING, "sender", "recipient", "data", "end")


def parse_step(text: str) -> tuple[str, str]:
    """One step as where and what. Raises ValueError for a place that there is not."""
    place, _, what = text.strip().partition("=")
    if text.strip() == "ok":
        return "", ""
    if place not in PLACES or not what:
        raise ValueError(f"{text!r} is no step: write ok, or one of {', '.join(PLACES)} and what happens there")
    return place, what


class HungUp(Exception):
    """This connection ends here."""


class SmtpTestServer:
    """The server: ``accepted`` holds a mail for each that it took, in turn; ``connections`` counts."""

    def __init__(self, script: Iterator[str] | tuple[str, ...] = (), each: dict[str, list[str]] | None = None) -> None:
        self.script = deque(map(parse_step, script))
        self.each = {address: deque(map(parse_step, steps)) for address, steps in (each or {}).items()}
        self.accepted: list[dict[str, Any]] = []
        self.connections = 0
        self.port = 0
        self.output: Any = None

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was taken."""
        return [mail["message_id"] for mail in self.accepted]

    @property
    def to(self) -> list[str]:
        """The addresses of what was taken."""
        return [address for mail in self.accepted for address in mail["to"]]

    async def start(self, port: int = 0) -> asyncio.SmtpTestServer:
        serving = await asyncio.start_server(self._serve, LOOPBACK, port, limit=MAX_TEXT_LENGTH)
        self.port = serving.sockets[0].getsockname()[1]
        return serving

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await _SmtpSession(self, reader, writer).go()
        except (HungUp, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    def next_on_connecting(self) -> tuple[str, str]:
        return self.script.popleft() if self.script and self.script[0][0] in ON_CONNECTING else ("", "")

    def next_for_mail(self) -> tuple[str, str]:
        return self.script.popleft() if self.script and self.script[0][0] not in ON_CONNECTING else ("", "")

    def take(self, sender: str, to: list[str], text: bytes) -> None:
        message = email.message_from_bytes(text, _class=EmailMessage, policy=policy.default)
        taken = {
            "message_id": str(message["Message-ID"] or ""),
            "from": sender,
            "to": to,
            "subject": str(message["Subject"] or ""),
            "text": text.decode("utf-8", "replace"),
        }
        self.accepted.append(taken)
        if self.output:
            self.output.write(json.dumps(taken) + "\n")
            self.output.flush()


class _SmtpSession:
    """One connection."""

    def __init__(self, server: SmtpTestServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.step = server.next_on_connecting()
        self.clear()

    def clear(self) -> None:
        self.sender, self.to = "", list[str]()

    async def say(self, reply: str) -> None:
        self.writer.write(f"{reply}\r\n".encode())
        await self.writer.drain()

    async def answer(self, place: str, usual: str) -> bool:
        """Answer as the step says, else as usual; tell whether that was a yes."""
        what = self.step[1] if self.step[0] == place else ""
        if what == "drop":
            raise HungUp
        if what.startswith("wait "):
            await asyncio.sleep(float(what.removeprefix("wait ")))
            what = ""
        reply = (what if " " in what else f"{what} as the script says") if what[:1].isdigit() else usual
        await self.say(reply)
        if reply.startswith("421"):
            raise HungUp
        return reply[0] in "23"

    async def go(self) -> None:
        if not await self.answer("connect", "220 a mail server for tests"):
            raise HungUp
        while line := await self.reader.readline():
            command, argument = line[:4].decode("ascii", "replace").upper(), line[4:].decode("utf-8", "replace")
            await self.obey(command, argument)

    async def obey(self, command: str, argument: str) -> None:
        if command in ("EHLO", "HELO"):
            await self.answer("hello", "250 welcome")
            self.step = ("", "")
        elif command == "MAIL":
            await self.mail(argument)
        elif command == "RCPT" and self.sender:
            await self.recipient(argument)
        elif command == "DATA" and self.to:
            await self.data()
        elif command in ("RSET", "NOOP"):
            self.clear()
            await self.say("250 as new")
        elif command == "QUIT":
            await self.say("221 bye")
            raise HungUp
        else:
            await self.say("503 not now")

    async def mail(self, argument: str) -> None:
        if self.sender:
            await self.say("503 one at a time")
            return
        self.step = self.server.next_for_mail()
        if await self.answer("sender", "250 go on"):
            self.sender = argument.partition("<")[2].partition(">")[0]

    async def recipient(self, argument: str) -> None:
        address = argument.partition("<")[2].partition(">")[0]
        own = self.server.each.get(address)
        if own:
            self.step = own.popleft()
        if await self.answer("recipient", "250 go on"):
            self.to.append(address)

    async def data(self) -> None:
        if self.step == ("data", "cut"):
            await self.say("354 go on")
            raise HungUp
        if not await self.answer("data", "354 go on"):
            return
        text = (await self.reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
        sender, to = self.sender, self.to
        self.clear()
        if self.step == ("end", "take+drop"):
            self.server.take(sender, to, text)
            raise HungUp
        what = self.step[1] if self.step[0] == "end" else ""
        if not what or what.startswith(("2", "wait ")):
            # Before the answer: who hears it may look at once.
            self.server.take(sender, to, text)
        await self.answer("end", "250 taken")


@contextlib.contextmanager
def smtp_server(*script: str, each: dict[str, list[str]] | None = None, port: int = 0) -> Iterator[SmtpTestServer]:
    """A server for the length of the block, on a free port unless one is named."""
    server, ready = SmtpTestServer(script, each), threading.Event()
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        end = asyncio.Event()
        ends.append((asyncio.get_running_loop(), end))
        serving = await server.start(port)
        ready.set()
        await end.wait()
        serving.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield server
    finally:
        loop, end = ends[0]
        loop.call_soon_threadsafe(end.set)
        thread.join(5)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="without one a free port is taken; it is printed")
    parser.add_argument("--script", default="", help="steps with commas between them")
    parser.add_argument("--each", action="append", default=[], help="ADDRESS: steps with commas between them")
    parser.add_argument("--output", help="a file that gets one line of JSON for each mail that was taken")
    chosen = parser.parse_args(arguments)
    each = {}
    for text in chosen.each:
        address, _, steps = text.partition(":")
        each[address.strip()] = steps.split(",")
    server = SmtpTestServer(tuple(filter(None, chosen.script.split(","))), each)
    with contextlib.ExitStack() as files:
        if chosen.output:
            server.output = files.enter_context(Path(chosen.output).open("a", encoding="utf-8"))
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_forever(server, chosen.port))


async def _forever(server: SmtpTestServer, port: int) -> None:
    serving = await server.start(port)
    sys.stdout.write(f"ready on {server.port}\n")
    sys.stdout.flush()
    await serving.serve_forever()


if __name__ == "__main__":
    main()
