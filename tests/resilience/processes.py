"""Processes of a fault test, which can be killed, terminated, suspended and resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
#: A wait fails after this many seconds; on a busy machine it still takes a fraction of that.
TIMEOUT_SECONDS = 120


class WaitTimeout(AssertionError):
    """A condition did not become true in time."""


def wait_until(condition: Callable[[], Any], what: str, state_report: Callable[[], str], every: float = 0.02) -> Any:
    """Return the first true value of ``condition``. Raises WaitTimeout, with what ``state_report`` returns."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise WaitTimeout(f"{what}: not within {TIMEOUT_SECONDS} seconds. {state_report()}")
        time.sleep(every)
    return value


class ProcessOptions(NamedTuple):
    """Options of a process, in seconds.

    How far its clock is ahead, how much longer each SQL statement takes, after how long it gives up on a locked
    database and on a mail server that does not answer, and after how long others take it for dead while it sends.
    """

    clock_offset: float = 0
    statement_delay: float = 0.0005
    database_timeout: float = 20
    mail_timeout: float = 20
    mail_lease: float = 3


class Process:
    """A process and its children."""

    def __init__(self, fork_server: ForkServer, command: Sequence[str], pid: int, log: Path) -> None:
        self.fork_server, self.command, self.pid, self.log = fork_server, command, pid, log
        self.ended = False

    @property
    def sends_mail(self) -> bool:
        """Whether it can be sending mail: every process but Celery beat."""
        return "beat" not in self.command

    def signal(self, number: int) -> None:
        """Send a signal to its process group."""
        if self.ended:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """Kill its process group with SIGKILL."""
        if not self.ended:
            self.signal(signal.SIGKILL)
            self.wait()

    def terminate(self) -> int:
        """Send SIGTERM, on which it finishes what it is doing, and return its exit code."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        return self.wait()

    def suspend(self) -> None:
        """Suspend it, as when a machine sleeps or swaps."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume it after ``suspend``."""
        self.signal(signal.SIGCONT)

    def children(self) -> list[int]:
        """Return the process ids of its children."""
        file = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in file.read_text().split()] if file.exists() else []

    def wait(self) -> int:
        """Wait until it exits, and return its exit code."""
        code = int(self.fork_server.request({"wait": self.pid}))
        self.ended = True
        return code


class ForkServer:
    """The client side of ``tests.resilience.fork_server``."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self.server, self.folder = server, folder
        self.count = 0

    def request(self, request: dict[str, Any]) -> Any:
        """Send a request and return the answer."""
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline())

    def start(self, command: Sequence[str], options: ProcessOptions) -> Process:
        """Start a process."""
        self.count += 1
        name = "-".join(word for word in command if word.isalpha())
        log = self.folder / f"{self.count:04}-{name}.log"
        # So that the log of a process that is killed at once exists too.
        log.touch()
        return Process(self, command, self.request({"command": command, "log": str(log), **options._asdict()}), log)


@contextmanager
def fork_server(folder: Path, environment: dict[str, str]) -> Iterator[ForkServer]:
    """Run a fork server with these environment variables for the length of the block."""
    with (
        (folder / "fork_server.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.resilience.fork_server"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        try:
            assert server.stdout
            if server.stdout.readline() != "ready\n":
                raise AssertionError(f"The fork server did not start:\n{Path(log.name).read_text()}")
            yield ForkServer(server, folder)
        finally:
            server.kill()
