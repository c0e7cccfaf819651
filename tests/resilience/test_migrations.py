"""Migrations that are killed half-way and run again give the tables of the models."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
#: Runs the migrations, and kills its own process at the n-th statement that changes a table.
SCRIPT = """
import os, signal, sys
from django.core.management import execute_from_command_line
from django.db.backends.signals import connection_created
left = int(sys.argv[1])
def count(execute, sql, params, many, context):
    global left
    if sql.lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)
connection_created.connect(lambda connection, **_: connection.execute_wrappers.append(count), weak=False)
execute_from_command_line(["manage.py", "migrate", "--verbosity", "0"])
"""


def migrate(database: Path, killed_at: int) -> int:
    environment = {**os.environ, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{database}"}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(killed_at)], cwd=ROOT, env=environment, capture_output=True, check=False
    ).returncode


def tables(rows: Iterable[tuple[str, str]]) -> set[tuple[str, tuple[str, ...]]]:
    """Return each table and index with its columns and constraints, of which the order does not matter."""
    return {
        (name, tuple(sorted(re.split(r', (?=["C])', sql.removesuffix(")")))))
        for name, sql in rows
        if name != "django_migrations" and not name.startswith("sqlite_")
    }


@pytest.mark.django_db
def test_interrupted_migrations_are_completed_by_the_next_run(tmp_path):
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL changes tables in transactions as well; SQLite is the harder of the two")
    query = "SELECT name, coalesce(sql, '') FROM sqlite_master"
    database = tmp_path / "killed.sqlite3"
    # Between the tables of one migration, and between a migration and the row that says it was done.
    for statement in (60, 150):
        assert migrate(database, statement) == -signal.SIGKILL
    assert migrate(database, -1) == 0
    with connection.cursor() as cursor, sqlite3.connect(database) as migrated:
        # The tests' own database was made from the models, without migrations.
        assert tables(migrated.execute(query)) == tables(cursor.execute(query).fetchall())
