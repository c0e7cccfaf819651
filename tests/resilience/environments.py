"""The two worlds in which Leidraad runs: alone on one machine, and spread over servers and workers."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from celery import Celery
from psycopg import sql
from redis import Redis as RedisClient

from tests.servers import LOOPBACK, Postgres, Redis, free_port, postgres_server, redis_server

from .processes import ROOT, Nursery, nursery

#: What of our own environment must not reach a process, but for what is said here.
OURS = ("ALARM_EMAIL", "BASE_URL", "CI", "DATABASE_URL", "DEMO", "EMAIL_URL", "QUEUE_ROOT", "REDIS_URL", "RULEBOOK")
DATABASE, BASE = "town", "town_before"


class World:
    """Servers, a database with the town in it, and where processes come from."""

    name = ""
    nursery: Nursery
    expected: dict[str, Any]

    def __init__(self, folder: Path) -> None:
        self.folder, self.mail_port = folder, free_port()
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Fill the town."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Return that of every process."""
        inherited = {key: value for key, value in os.environ.items() if key not in OURS}
        return {
            **inherited,
            "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "CELERY_SKIP_CHECKS": "1",
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.mail_port}",
            **self.own_environment(),
        }

    def own_environment(self) -> dict[str, str]:
        raise NotImplementedError

    def commands(self) -> list[Sequence[str]]:
        """Return what runs in this world: the workers first, then the clock where it is a process of its own."""
        raise NotImplementedError

    def renew(self) -> None:
        """Lay the town back as it was on Sunday night, with nothing in the queue."""
        raise NotImplementedError

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what this query gives."""
        raise NotImplementedError

    def empty_queue(self) -> None:
        """Lose all messages."""
        raise NotImplementedError

    def queue(self) -> Celery:
        """Return the queue: for whoever puts messages in it that nobody asked for."""
        raise NotImplementedError

    def waiting(self) -> int:
        """Return how many messages are in the queue."""
        raise NotImplementedError

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Keep everyone from the database for the length of the block."""
        raise NotImplementedError
        yield

    def fill(self, database_url: str) -> None:
        """Fill the town, once for all."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.resilience.dataset"],
            cwd=ROOT,
            env={**self.environment(), "DATABASE_URL": database_url},
            stdout=subprocess.PIPE,
            check=True,
        )
        self.expected = json.loads(done.stdout.splitlines()[-1])


class Alone(World):
    """SQLite, a folder for a queue, and one process that is worker and clock."""

    name = "alone"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.file, self.base, self.queued = folder / "town.sqlite3", folder / "before.sqlite3", folder / "queue"

    def own_environment(self) -> dict[str, str]:
        return {"DATABASE_URL": f"sqlite:///{self.file}", "QUEUE_ROOT": str(self.queued)}

    def commands(self) -> list[Sequence[str]]:
        return [("manage", "run_worker")]

    def prepare(self) -> None:
        self.fill(f"sqlite:///{self.base}")
        with closing(sqlite3.connect(self.base)) as connection:
            # All of it in the one file that is copied.
            connection.execute("PRAGMA journal_mode=DELETE")

    def renew(self) -> None:
        for beside in ("-wal", "-shm"):
            Path(f"{self.file}{beside}").unlink(missing_ok=True)
        shutil.copyfile(self.base, self.file)
        shutil.rmtree(self.queued, ignore_errors=True)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file, timeout=60)) as connection:
            return connection.execute(query).fetchall()

    def empty_queue(self) -> None:
        for message in (self.queued / "waiting").glob("*.msg"):
            message.unlink(missing_ok=True)

    def waiting(self) -> int:
        return len(list((self.queued / "waiting").glob("*.msg")))

    def queue(self) -> Celery:
        places = {"data_folder_in": "waiting", "data_folder_out": "waiting", "control_folder": "control"}
        options = {name: str(self.queued / place) for name, place in places.items()}
        return Celery(broker="filesystem://", set_as_current=False, broker_transport_options=options)

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Hold the lock that every writer needs."""
        with closing(sqlite3.connect(self.file, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")


class Spread(World):
    """PostgreSQL, Redis, two workers of two processes each, and a beat."""

    name = "spread"

    def __init__(self, folder: Path, postgres: Postgres, redis: Redis) -> None:
        super().__init__(folder)
        self.postgres, self.redis = postgres, redis

    def own_environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.postgres.url(DATABASE), "REDIS_URL": self.redis.url}

    def commands(self) -> list[Sequence[str]]:
        worker = ("worker", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle")
        schedule = self.folder / f"beat-{time.monotonic_ns()}"
        return [
            ("celery", *worker, "--hostname=first@town"),
            ("celery", *worker, "--hostname=second@town"),
            ("celery", "beat", "--loglevel=INFO", f"--schedule={schedule}", "--pidfile="),
        ]

    def prepare(self) -> None:
        self._administer("CREATE DATABASE {}", BASE)
        self.fill(self.postgres.url(BASE))

    def renew(self) -> None:
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", DATABASE)
        self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", DATABASE, BASE)
        with RedisClient.from_url(self.redis.url) as client:
            client.flushall()

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.url(DATABASE)) as connection:
            return connection.execute(query).fetchall()

    def empty_queue(self) -> None:
        self.redis.stop()
        self.redis.start()

    def waiting(self) -> int:
        with RedisClient.from_url(self.redis.url) as client:
            return int(client.llen("celery"))

    def queue(self) -> Celery:
        return Celery(broker=self.redis.url, set_as_current=False)

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Let the server crash, and come back afterwards."""
        self.postgres.stop()
        yield
        self.postgres.start()


@contextmanager
def world(name: str, folder: Path) -> Iterator[World]:
    """Give this world, with the town in it and a nursery, for the length of the block."""
    if name == "alone":
        found: World = Alone(folder)
        found.prepare()
        with nursery(found.logs, found.environment()) as found.nursery:
            yield found
        return
    with postgres_server(durable=True) as postgres, redis_server() as redis:
        found = Spread(folder, postgres, redis)
        found.prepare()
        with nursery(found.logs, found.environment()) as found.nursery:
            yield found
