"""Creates the databases of the benchmarks, and runs steps on them in processes of their own."""

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
    """Databases of one kind, each created when it is first used by a name such as "1000"."""

    def __init__(self, kind: str, location: str) -> None:
        """Use this folder for SQLite files, or the URL of a PostgreSQL server."""
        self.kind, self.location = kind, location
        self.created: set[str] = set()

    def django_name(self, name: str) -> str:
        """Return the NAME of a database in Django's settings."""
        return str(Path(self.location) / f"{name}.sqlite3") if self.kind == "sqlite" else f"bench_{name}"

    def url(self, name: str) -> str:
        """Return the DATABASE_URL of a database, and create it where it does not exist."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.django_name(name)}"
        if name not in self.created:
            import psycopg  # not needed for SQLite

            existing = contextlib.suppress(psycopg.errors.DuplicateDatabase)
            with psycopg.connect(self.location, autocommit=True) as connection, existing:
                connection.execute(f"CREATE DATABASE {self.django_name(name)}")
            self.created.add(name)
        return f"{self.location.rpartition('/')[0]}/{self.django_name(name)}"

    def run(self, name: str, step: str, *arguments: str, **environment: str) -> Any:
        """Run a step on a database, log how long it took, and return its result."""
        started_at = time.monotonic()
        result = run_step(self.url(name), step, *arguments, **environment)
        log(f"{self.kind}, {name}: {step} in {time.monotonic() - started_at:.0f} s")
        return result

    def fill(self, name: str, *steps: tuple[str, ...]) -> Any:
        """Run these steps, each with its arguments, on a database, except those that it is marked with.

        Returns the result of the last, or None where it was run before.
        """
        result = None
        for number, step in enumerate(steps, 1):
            marker = "; ".join(" ".join(done) for done in steps[:number])
            if not run_step(self.url(name), "is_filled", marker):
                result = self.run(name, *step)
                run_step(self.url(name), "mark_filled", marker)
        return result


@contextlib.contextmanager
def databases(kind: str, keep: str) -> Iterator[Databases]:
    """Yield databases of this kind, in the location to keep them or else in a temporary one."""
    if keep:
        yield Databases(kind, keep)
    elif kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="leidraad-benchmarks-") as folder:
            yield Databases(kind, folder)
    else:
        with postgres() as url:
            yield Databases(kind, url)


def run_step(url: str, step: str, *arguments: str, **environment: str) -> Any:
    """Run a step on a database in a process of its own, and return its result. Raises SystemExit where it fails."""
    # Without DEBUG, with which Django keeps every query in memory.
    inherited = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "DEMO", "REDIS_URL")}
    settings = {"DJANGO_SETTINGS_MODULE": "tracker.settings", "DATABASE_URL": url, "SECRET_KEY": "only-for-benchmarks"}
    command = [sys.executable, "-m", "tests.benchmarks.steps", step, *arguments]
    with tempfile.TemporaryFile("w+") as error_log:
        done = subprocess.run(
            command,
            env={"RULEBOOK": "leiden", **inherited, **settings, **environment},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            # Jobs log every chunk.
            stderr=error_log,
            text=True,
            check=False,
        )
        if done.returncode:
            error_log.seek(0)
            raise SystemExit("".join([*error_log.readlines()[-30:], f"{step} failed on {url.rpartition('/')[2]}"]))
    return json.loads(done.stdout)


def log(text: str) -> None:
    """Print progress to standard error."""
    print(f"benchmarks: {text}", file=sys.stderr, flush=True)
