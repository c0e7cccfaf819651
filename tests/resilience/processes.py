"""Processes of a fault test, and what can happen to one: it is killed, stopped, frozen or thawed."""

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
#: So many seconds anything is waited for. What is waited for takes a fraction of that, also on a busy machine.
TIMEOUT_SECONDS = 120


class Stuck(AssertionError):
    """What was waited for did not come."""


def until(true: Callable[[], Any], what: str, state_report: Callable[[], str], every: float = 0.02) -> Any:
    """Return what ``true`` returns as soon as that is something. Raises Stuck, with what ``state_report`` returns."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not (found := true()):
        if time.monotonic() > deadline:
            raise Stuck(f"{what}: not within {TIMEOUT_SECONDS} seconds. {state_report()}")
        time.sleep(every)
    return found


class Manner(NamedTuple):
    """How a process is: seconds that its clock is ahead, and that a statement takes it, beside what it takes.

    It gives up on a locked database, and on a mail server that says nothing, after so many seconds.
    """

    ahead: float = 0
    pause: float = 0.0005
    database_patience: float = 20
    mail_patience: float = 20


class Process:
    """A process with all that it started."""

    def __init__(self, nursery: Nursery, command: Sequence[str], pid: int, log: Path) -> None:
        self.nursery, self.command, self.pid, self.log = nursery, command, pid, log
        self.ended = False

    @property
    def sends(self) -> bool:
        """Tell whether it sends mail: all but a mere clock do."""
        return "beat" not in self.command

    def signal(self, number: int) -> None:
        """Send a signal to all of it."""
        if self.ended:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """Kill all of it, without a word."""
        if not self.ended:
            self.signal(signal.SIGKILL)
            self.wait()

    def stop(self) -> int:
        """Ask it to stop, and return its exit code: what it was doing is finished first."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        return self.wait()

    def freeze(self) -> None:
        """Stop its time: as when a machine sleeps, or swaps."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, as if no time had passed."""
        self.signal(signal.SIGCONT)

    def children(self) -> list[int]:
        """Return the numbers of the processes that it started."""
        file = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in file.read_text().split()] if file.exists() else []

    def wait(self) -> int:
        """Wait for its end, and return its exit code."""
        code = int(self.nursery.ask({"wait": self.pid}))
        self.ended = True
        return code


class Nursery:
    """Where processes come from."""

    def __init__(self, running: subprocess.Popen[str], folder: Path) -> None:
        self.running, self.folder = running, folder
        self.count = 0

    def ask(self, order: dict[str, Any]) -> Any:
        """Give an order and return the answer."""
        assert self.running.stdin
        assert self.running.stdout
        self.running.stdin.write(json.dumps(order) + "\n")
        self.running.stdin.flush()
        return json.loads(self.running.stdout.readline())

    def begin(self, command: Sequence[str], manner: Manner) -> Process:
        """Begin a process."""
        self.count += 1
        name = "-".join(word for word in command if word.isalpha())
        log = self.folder / f"{self.count:04}-{name}.log"
        # What is killed before it says anything has a log all the same.
        log.touch()
        return Process(self, command, self.ask({"command": command, "log": str(log), **manner._asdict()}), log)


@contextmanager
def nursery(folder: Path, environment: dict[str, str]) -> Iterator[Nursery]:
    """Run a nursery, in this environment, for the length of the block."""
    with (
        (folder / "nursery.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.resilience.fork_server"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as running,
    ):
        try:
            assert running.stdout
            if running.stdout.readline() != "ready\n":
                raise AssertionError(f"The nursery does not begin:\n{Path(log.name).read_text()}")
            yield Nursery(running, folder)
        finally:
            running.kill()
