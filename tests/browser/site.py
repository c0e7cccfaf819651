"""The website of the demonstration, in a process of its own, and who can visit it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]


class Site(NamedTuple):
    """The website while it is served: its address, the session of each kind of reader, and where its mails end up."""

    url: str
    sessions: dict[str, str]
    mails: str

    def cookies(self, role: str) -> list[Any]:
        """Return what logs a reader in; nobody by the empty name."""
        return [{"name": "sessionid", "value": self.sessions[role], "url": self.url}] if role else []

    def last_mail(self, to: str) -> EmailMessage:
        """Return the newest mail to this address. Raises LookupError where there is none."""
        for file in sorted(Path(self.mails).glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            mail = message_from_bytes(file.read_bytes().partition(b"\n" + b"-" * 79)[0], policy=policy.default)
            if to in mail["To"]:
                return mail
        raise LookupError(f"no mail to {to}")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Serve for the length of the block; who serves from the same folder shares what it was filled with."""
    command = [sys.executable, "-m", "tests.browser.server", folder]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        first_line = server.stdout.readline()
        assert first_line, "the website did not come up: why stands above"
        try:
            yield Site(**json.loads(first_line))
        finally:
            server.stdin.close()
