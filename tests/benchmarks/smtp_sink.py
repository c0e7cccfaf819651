"""A mail server that takes everything at once and keeps nothing but two counts, in a process of its own.

python -m tests.benchmarks.smtp_sink     prints the port that it listens on
"""

import asyncio
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
_END = b"\r\n.\r\n"
#: How many mails were taken, and of how many bytes together, since this was last asked.
_ASKED = "NOOP"


class _SinkProtocol(asyncio.Protocol):
    """One connection. The text of a mail is looked at only for where it ends."""

    mails = size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.waiting, self.in_text = transport, b"", False
        self.say("220 taking everything")

    def say(self, reply: str) -> None:
        self.transport.write(f"{reply}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while True:
            end = _END if self.in_text else b"\r\n"
            found, there, rest = self.waiting.partition(end)
            if not there:
                return
            self.waiting = rest
            if self.in_text:
                _SinkProtocol.mails, _SinkProtocol.size, self.in_text = (
                    _SinkProtocol.mails + 1,
                    _SinkProtocol.size + len(found),
                    False,
                )
                self.say("250 taken")
            else:
                self.obey(found[:4].decode("ascii", "replace").upper())

    def obey(self, command: str) -> None:
        if command == "DATA":
            self.in_text = True
            self.say("354 go on")
        elif command == _ASKED:
            self.say(f"250 {_SinkProtocol.mails} {_SinkProtocol.size}")
            _SinkProtocol.mails = _SinkProtocol.size = 0
        elif command == "QUIT":
            self.say("221 bye")
            self.transport.close()
        else:
            self.say("250 go on")


class Sink(NamedTuple):
    """Where it listens."""

    host: str
    port: int

    def taken(self) -> tuple[int, int]:
        """Return how many mails it took, and of how many bytes together, since this was last asked."""
        with smtplib.SMTP(self.host, self.port) as client:
            _code, words = client.docmd(_ASKED)
        mails, size = words.split()
        return int(mails), int(size)


@contextmanager
def sink() -> Iterator[Sink]:
    """Run one for the length of the block."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Sink(LOOPBACK, int(process.stdout.readline()))
        finally:
            process.terminate()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_SinkProtocol, LOOPBACK, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
