"""Backup and restore with the commands of docs/operations.md."""

import hashlib
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests import world
from tests.servers import postgres_programs

# Committed data, because the backup commands use connections of their own.
pytestmark = pytest.mark.django_db(transaction=True)

MANUAL = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")


def run(block, **given):
    """Run a code block of the manual with these variables."""
    (script,) = re.findall(rf"^```sh {block}\n(.*?)^```", MANUAL, re.DOTALL | re.MULTILINE)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **{k: str(v) for k, v in given.items()}}
    done = subprocess.run(["sh", "-euc", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def settings_block(number):
    """Return the variables that the manual asks to set."""
    return set(re.findall(r"^(\w+)=", re.findall(r"^```sh settings\n(.*?)^```", MANUAL, re.S | re.M)[number], re.M))


@pytest.fixture
def uploads(tmp_path):
    folder = tmp_path / "media"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "schetsontwerp é.pdf").write_bytes(b"%PDF-1.7 \x00 first")
    return folder


def fill():
    """Add rows with history."""
    square = world.trajectory()
    world.step(square)
    world.record(square, "2026-03-03", title="Plein, ’t nieuwe")
    world.user("adviser")


def contents(rows_of, tables):
    """Return the number of rows and a checksum of each table."""
    found = {}
    for table in tables:
        rows = sorted(repr(tuple(row)) for row in rows_of(f'SELECT * FROM "{table}"'))
        found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def test_a_sqlite_backup_made_during_writes_can_be_restored(tmp_path, uploads):
    if connection.vendor != "sqlite":
        pytest.skip("the database of this run is PostgreSQL: the other test is about that")
    fill()
    database, backup = tmp_path / "db.sqlite3", tmp_path / "backups" / "today"
    given = {"DATABASE": database, "MEDIA_ROOT": uploads, "BACKUP": backup}
    live = sqlite3.connect(database, isolation_level=None)
    connection.connection.backup(live)
    live.execute("PRAGMA journal_mode=WAL")
    tables = connection.introspection.table_names()
    before, files = contents(live.execute, tables), sorted(uploads.rglob("*"))
    live.execute("BEGIN IMMEDIATE")
    live.execute("UPDATE participation_trajectory SET title = 'half-way'")

    run("sqlite backup", **given)
    live.execute("COMMIT")
    (uploads / "2026" / "schetsontwerp é.pdf").unlink()
    live.close()
    run("sqlite restore", **given)

    assert settings_block(0) == set(given)
    restored = sqlite3.connect(database)
    assert before["participation_trajectory"][0] == 1
    assert contents(restored.execute, tables) == before
    # Constraints on JSON use a function that Django adds to SQLite.
    restored.create_function("REGEXP", 2, lambda pattern, text: bool(re.search(pattern, str(text))))
    assert restored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    restored.close()
    assert sorted(uploads.rglob("*")) == files
    assert files[-1].read_bytes() == b"%PDF-1.7 \x00 first"


def test_a_postgresql_backup_can_be_restored(tmp_path, uploads, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("the database of this run is SQLite: the other test is about that")
    fill()
    monkeypatch.setenv("PATH", f"{postgres_programs()}{os.pathsep}{os.environ['PATH']}")
    at = connection.settings_dict
    login = f"{at['USER']}:{at['PASSWORD']}" if at["PASSWORD"] else at["USER"]
    server, restored = f"postgres://{login}@{at['HOST']}:{at['PORT']}", f"{at['NAME']}_restored"
    given = {
        "DATABASE_URL": f"{server}/{at['NAME']}",
        "MEDIA_ROOT": uploads,
        "BACKUP": tmp_path / "today",
        "RESTORED": restored,
    }
    tables = connection.introspection.table_names()
    with psycopg.connect(given["DATABASE_URL"]) as live:
        before = contents(live.execute, tables)

    try:
        run("postgresql backup", **given)
        (uploads / "2026" / "schetsontwerp é.pdf").unlink()
        run("postgresql restore", **given)

        assert settings_block(1) == set(given)
        with psycopg.connect(f"{server}/{restored}") as back:
            assert before["participation_trajectory"][0] == 1
            assert contents(back.execute, tables) == before
            assert constraints(back) == constraints(connection.connection)
        assert (uploads / "2026" / "schetsontwerp é.pdf").read_bytes() == b"%PDF-1.7 \x00 first"
    finally:
        with psycopg.connect(given["DATABASE_URL"], autocommit=True) as live:
            live.execute(f'DROP DATABASE IF EXISTS "{restored}"')


def constraints(database):
    """Return the constraints and indexes of the database."""
    rows = database.execute(
        "SELECT conname, contype FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " UNION SELECT indexname, 'i' FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
    ).fetchall()
    assert len(rows) > 100
    return rows
