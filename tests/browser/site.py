"""Runs the site of the demonstration in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.resilience.processes import wait_until

ROOT = Path(__file__).parents[2]


class Site(NamedTuple):
    """The running site: its URL, a session key for each role, and the folder of its mails."""

    url: str
    sessions: dict[str, str]
    mails: str

    def cookies(self, role: str) -> list[Any]:
        """Return the cookies of a logged-in user with this role; none for an empty role."""
        return [{"name": "sessionid", "value": self.sessions[role], "url": self.url}] if role else []

    def last_mail(self, to: str) -> EmailMessage:
        """Return the newest mail to this address, once there is one: a mail is sent after the response."""
        mail: EmailMessage = wait_until(partial(self._newest_mail, to), f"a mail to {to}", lambda: "")
        return mail

    def _newest_mail(self, to: str) -> EmailMessage | None:
        for file in sorted(Path(self.mails).glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            text, end, _rest = file.read_bytes().partition(b"\n" + b"-" * 79)
            mail = message_from_bytes(text, policy=policy.default)
            # Without the line that ends it, the mail is still being written.
            if end and to in mail["To"]:
                return mail
        return None


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Serve the site for the length of the block. Sites with the same folder share one filled database."""
    command = [sys.executable, "-m", "tests.browser.server", folder]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        first_line = server.stdout.readline()
        assert first_line, "the site did not start: see its output above"
        try:
            yield Site(**json.loads(first_line))
        finally:
            server.stdin.close()
