"""A mail server that accepts every mail and only counts them, in a process of its own.

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
#: Replies with the number of mails and their total bytes, and resets both.
_COUNTS_COMMAND = "NOOP"


class _SinkProtocol(asyncio.Protocol):
    """A connection. Only the end of a mail's text is parsed."""

    mails = size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.waiting, self.in_text = transport, b"", False
        self.send("220 smtp sink")

    def send(self, reply: str) -> None:
        self.transport.write(f"{reply}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while True:
            end = _END if self.in_text else b"\r\n"
            text, separator, rest = self.waiting.partition(end)
            if not separator:
                return
            self.waiting = rest
            if self.in_text:
                _SinkProtocol.mails, _SinkProtocol.size, self.in_text = (
                    _SinkProtocol.mails + 1,
                    _SinkProtocol.size + len(text),
                    False,
                )
                self.send("250 accepted")
            else:
                self.handle(text[:4].decode("ascii", "replace").upper())

    def handle(self, command: str) -> None:
        if command == "DATA":
            self.in_text = True
            self.send("354 end with a line with only a dot")
        elif command == _COUNTS_COMMAND:
            self.send(f"250 {_SinkProtocol.mails} {_SinkProtocol.size}")
            _SinkProtocol.mails = _SinkProtocol.size = 0
        elif command == "QUIT":
            self.send("221 bye")
            self.transport.close()
        else:
            self.send("250 ok")


class SmtpSink(NamedTuple):
    """The address of a running server."""

    host: str
    port: int

    def take_counts(self) -> tuple[int, int]:
        """Return the number of mails and their total bytes since the last call."""
        with smtplib.SMTP(self.host, self.port) as client:
            _code, counts = client.docmd(_COUNTS_COMMAND)
        mails, size = counts.split()
        return int(mails), int(size)


@contextmanager
def smtp_sink() -> Iterator[SmtpSink]:
    """Run a server for the length of the block."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield SmtpSink(LOOPBACK, int(process.stdout.readline()))
        finally:
            process.terminate()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_SinkProtocol, LOOPBACK, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
