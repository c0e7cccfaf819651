"""Where is measured: databases made for the occasion, or kept for a next time, and the processes that work in them."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers import postgres

ROOT = Path(__file__).resolve().parents[2]


class Databases:
    """Databases of one kind, made when they are first asked for by a name such as "1000"."""

    def __init__(self, kind: str, where: str) -> None:
        """Take the folder for their files, or the address of a PostgreSQL server."""
        self.kind, self.where = kind, where
        self.made: set[str] = set()

    def name(self, of: str) -> str:
        """Return what Django knows this database by."""
        return str(Path(self.where) / f"{of}.sqlite3") if self.kind == "sqlite" else f"bench_{of}"

    def url(self, of: str) -> str:
        """Return the DATABASE_URL of this database, after making it where it is not there."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.name(of)}"
        if of not in self.made:
            import psycopg  # only where it is asked for

            there = contextlib.suppress(psycopg.errors.DuplicateDatabase)
            with psycopg.connect(self.where, autocommit=True) as connection, there:
                connection.execute(f"CREATE DATABASE {self.name(of)}")
            self.made.add(of)
        return f"{self.where.rpartition('/')[0]}/{self.name(of)}"

    def do(self, of: str, job: str, *arguments: str, **environment: str) -> Any:
        """Do one piece of work in this database, in a process of its own, and return what it found."""
        began = time.monotonic()
        found = run(self.url(of), job, *arguments, **environment)
        say(f"{self.kind}, {of}: {job} in {time.monotonic() - began:.0f} s")
        return found

    def fill(self, of: str, *steps: tuple[str, ...]) -> None:
        """Do these pieces of work, each with its arguments, in this database, unless that was done before."""
        for nth, step in enumerate(steps, 1):
            so_far = "; ".join(" ".join(done) for done in steps[:nth])
            if not run(self.url(of), "kept", so_far):
                self.do(of, *step)
                run(self.url(of), "keep", so_far)


@contextlib.contextmanager
def databases(kind: str, keep: str) -> Iterator[Databases]:
    """Give a place for databases of this kind: this one, or without one a place that goes away with the block."""
    if keep:
        yield Databases(kind, keep)
    elif kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="leidraad-benchmarks-") as folder:
            yield Databases(kind, folder)
    else:
        with postgres() as url:
            yield Databases(kind, url)


def run(url: str, job: str, *arguments: str, **environment: str) -> Any:
    """Do one piece of work in a process of its own and return what it found."""
    # Without DEBUG, which keeps a copy of every query.
    inherited = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "DEMO", "REDIS_URL")}
    ours = {"DJANGO_SETTINGS_MODULE": "tracker.settings", "DATABASE_URL": url, "SECRET_KEY": "only-to-measure"}
    command = [sys.executable, "-m", "tests.benchmarks.steps", job, *arguments]
    with tempfile.TemporaryFile("w+") as log:
        done = subprocess.run(
            command,
            env={**inherited, **ours, **environment},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            # Jobs tell of every part.
            stderr=log,
            text=True,
            check=False,
        )
        if done.returncode:
            log.seek(0)
            raise SystemExit("".join([*log.readlines()[-30:], f"{job} failed on {url.rpartition('/')[2]}"]))
    return json.loads(done.stdout)


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"benchmarks: {text}", file=sys.stderr, flush=True)
