"""The two environments of the fault tests: one process on a single machine, and distributed servers and workers."""

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

from .processes import ROOT, ForkServer, fork_server

#: Environment variables that processes do not inherit: each environment sets its own.
NOT_INHERITED = (
    *("ALARM_EMAIL", "BASE_URL", "CI", "DATABASE_URL", "DEMO", "EMAIL_URL", "QUEUE_ROOT", "REDIS_URL", "RULEBOOK"),
)
#: The names of the database that a run uses, and of the template that it is copied from.
DATABASE, TEMPLATE = "resilience", "resilience_template"
ENVIRONMENTS = ("single", "distributed")


class Environment:
    """Servers, a filled database, and a fork server to start processes with."""

    name = ""
    fork_server: ForkServer
    expected: dict[str, Any]

    def __init__(self, folder: Path) -> None:
        self.folder, self.mail_port = folder, free_port()
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Fill the template of the database."""
        raise NotImplementedError

    def variables(self) -> dict[str, str]:
        """Return the environment variables of every process."""
        inherited = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
        return {
            **inherited,
            "DEBUG": "1",
            "RULEBOOK": "leiden",
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "CELERY_SKIP_CHECKS": "1",
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.mail_port}",
            **self.own_variables(),
        }

    def own_variables(self) -> dict[str, str]:
        """Return the environment variables that differ between the environments."""
        raise NotImplementedError

    def commands(self) -> list[Sequence[str]]:
        """Return the commands of its processes: workers first, then the scheduler where it is a separate process."""
        raise NotImplementedError

    def reset(self) -> None:
        """Restore the database of Sunday night, and empty the queue."""
        raise NotImplementedError

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of this query."""
        raise NotImplementedError

    def purge_queue(self) -> None:
        """Delete all tasks from the queue."""
        raise NotImplementedError

    def celery_app(self) -> Celery:
        """Return a Celery app that can send tasks to the queue."""
        raise NotImplementedError

    def queue_length(self) -> int:
        """Return the number of tasks in the queue."""
        raise NotImplementedError

    @contextmanager
    def database_unavailable(self) -> Iterator[None]:
        """Make the database unavailable for the length of the block."""
        raise NotImplementedError
        yield

    def fill(self, database_url: str) -> None:
        """Fill a database, and keep the expected outcome of Monday."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.resilience.dataset"],
            cwd=ROOT,
            env={**self.variables(), "DATABASE_URL": database_url},
            stdout=subprocess.PIPE,
            check=True,
        )
        self.expected = json.loads(done.stdout.splitlines()[-1])


class SingleMachine(Environment):
    """SQLite, a folder as the queue, and one process that is worker and scheduler."""

    name = "single"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.file, self.template = folder / f"{DATABASE}.sqlite3", folder / f"{TEMPLATE}.sqlite3"
        self.queue_root = folder / "queue"

    def own_variables(self) -> dict[str, str]:
        return {"DATABASE_URL": f"sqlite:///{self.file}", "QUEUE_ROOT": str(self.queue_root)}

    def commands(self) -> list[Sequence[str]]:
        return [("manage", "run_worker")]

    def prepare(self) -> None:
        self.fill(f"sqlite:///{self.template}")
        with closing(sqlite3.connect(self.template)) as connection:
            # Without a write-ahead log, so that the file can be copied by itself.
            connection.execute("PRAGMA journal_mode=DELETE")

    def reset(self) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.template, self.file)
        shutil.rmtree(self.queue_root, ignore_errors=True)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file, timeout=60)) as connection:
            return connection.execute(query).fetchall()

    def purge_queue(self) -> None:
        for message in (self.queue_root / "waiting").glob("*.msg"):
            message.unlink(missing_ok=True)

    def queue_length(self) -> int:
        return len(list((self.queue_root / "waiting").glob("*.msg")))

    def celery_app(self) -> Celery:
        places = {"data_folder_in": "waiting", "data_folder_out": "waiting", "control_folder": "control"}
        options = {name: str(self.queue_root / place) for name, place in places.items()}
        return Celery(broker="filesystem://", set_as_current=False, broker_transport_options=options)

    @contextmanager
    def database_unavailable(self) -> Iterator[None]:
        """Lock the database for writing."""
        with closing(sqlite3.connect(self.file, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")


class Distributed(Environment):
    """PostgreSQL, Redis, two workers with two processes each, and Celery beat."""

    name = "distributed"

    def __init__(self, folder: Path, postgres: Postgres, redis: Redis) -> None:
        super().__init__(folder)
        self.postgres, self.redis = postgres, redis

    def own_variables(self) -> dict[str, str]:
        return {"DATABASE_URL": self.postgres.url(DATABASE), "REDIS_URL": self.redis.url}

    def commands(self) -> list[Sequence[str]]:
        worker = ("worker", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle")
        schedule = self.folder / f"beat-{time.monotonic_ns()}"
        return [
            ("celery", *worker, "--hostname=first@tests"),
            ("celery", *worker, "--hostname=second@tests"),
            ("celery", "beat", "--loglevel=INFO", f"--schedule={schedule}", "--pidfile="),
        ]

    def prepare(self) -> None:
        self._administer("CREATE DATABASE {}", TEMPLATE)
        self.fill(self.postgres.url(TEMPLATE))

    def reset(self) -> None:
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", DATABASE)
        self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", DATABASE, TEMPLATE)
        with RedisClient.from_url(self.redis.url) as client:
            client.flushall()

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.url(DATABASE)) as connection:
            return connection.execute(query).fetchall()

    def purge_queue(self) -> None:
        self.redis.stop()
        self.redis.start()

    def queue_length(self) -> int:
        with RedisClient.from_url(self.redis.url) as client:
            return int(client.llen("celery"))

    def celery_app(self) -> Celery:
        return Celery(broker=self.redis.url, set_as_current=False)

    @contextmanager
    def database_unavailable(self) -> Iterator[None]:
        """Crash the server, and start it again after the block."""
        self.postgres.stop()
        yield
        self.postgres.start()


@contextmanager
def environment(name: str, folder: Path) -> Iterator[Environment]:
    """Run the servers and a fork server of an environment, with a filled database, for the length of the block."""
    if name == "single":
        env: Environment = SingleMachine(folder)
        env.prepare()
        with fork_server(env.logs, env.variables()) as env.fork_server:
            yield env
        return
    with postgres_server(durable=True) as postgres, redis_server() as redis:
        env = Distributed(folder, postgres, redis)
        env.prepare()
        with fork_server(env.logs, env.variables()) as env.fork_server:
            yield env
