"""Checks of disks and database, and the remains of interrupted uploads."""

import errno
import os
import sqlite3
from collections import namedtuple
from datetime import timedelta

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection

from participation.models import OutboundEmail, Upload, WriteProbe
from participation.services.jobs import storage
from participation.services.jobs.alarms import raise_alarms
from participation.services.jobs.storage import is_unavailable, remove_abandoned_files, storage_health
from participation.services.uploads import store_upload
from tests import world
from tests.files import uploaded_file

NOW = world.moment("2026-03-21T09:00")
Usage = namedtuple("Usage", "total used free")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.QUEUE_ROOT = tmp_path / "queue"
    return settings.MEDIA_ROOT


def test_writability_is_checked_by_writing(media):
    found = storage_health(NOW)

    assert (found.writable, found.full, found.checked_at) == (True, [], NOW)
    assert found.free["media"] > 0
    assert WriteProbe.objects.get().written_at == NOW
    assert list(media.iterdir()) == []


def test_a_read_only_database_is_not_writable(monkeypatch):
    def full(**_columns):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(WriteProbe.objects, "filter", full)
    assert storage_health(NOW).database is False


def test_an_unwritable_folder_is_not_writable(media):
    media.parent.mkdir(exist_ok=True)
    media.write_text("a file, where a folder should be")
    assert storage_health(NOW).media is False


def test_a_nearly_full_disk_raises_one_alarm_and_one_recovery_message(monkeypatch, settings):
    settings.ALARM_EMAIL, settings.DISK_FREE_MB = ["beheer@example.org"], 1024
    free = [500 * 1024**2]
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _folder: Usage(0, 0, free[0]))

    for minutes in (0, 5, 10):
        raise_alarms(NOW + timedelta(minutes=minutes))
    (first,) = OutboundEmail.objects.filter(key__startswith="alarm-disk-media")
    assert "500 MB" in first.subject
    free[0] = 5000 * 1024**2
    for minutes in (15, 20):
        raise_alarms(NOW + timedelta(minutes=minutes))
    assert OutboundEmail.objects.filter(key__startswith="alarm-over-disk-media").count() == 1
    assert OutboundEmail.objects.filter(key__contains="disk-media").count() == 2


def sqlite_error(name):
    error = sqlite3.OperationalError("…")
    error.sqlite_errorname = name
    return error


class Stated(psycopg.OperationalError):
    def __init__(self, sqlstate):
        super().__init__("…")
        self.sqlstate = sqlstate


def caused(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (OperationalError("connection refused"), True),
        (InterfaceError("connection already closed"), True),
        (caused(OperationalError(), sqlite_error("SQLITE_FULL")), True),
        (caused(OperationalError(), sqlite_error("SQLITE_BUSY")), True),
        (caused(OperationalError(), sqlite_error("SQLITE_IOERR_WRITE")), True),
        (caused(OperationalError("too many SQL variables"), sqlite_error("SQLITE_ERROR")), False),
        (caused(OperationalError(), Stated("53100")), True),
        (caused(OperationalError(), Stated("57P01")), True),
        (caused(OperationalError(), Stated("40P01")), True),
        (caused(OperationalError(), Stated("54001")), False),
        (ValueError("a defect"), False),
        (None, False),
    ],
)
def test_only_temporary_errors_count_as_unavailable(error, passes):
    assert is_unavailable(error) is passes


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite can be given a bound on its own size")
def test_a_full_sqlite_database_is_recognised():
    with connection.cursor() as cursor:
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            with pytest.raises(OperationalError) as error:
                cursor.execute("CREATE TABLE filler AS SELECT randomblob(1000000) AS text")
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert is_unavailable(error.value)


def test_old_files_of_interrupted_uploads_are_deleted_and_others_kept(media):
    kept = store_upload(uploaded_file("kaart.pdf"), world.user("adviser"), NOW)
    old, recent = (NOW - timedelta(days=2)).timestamp(), (NOW - timedelta(hours=1)).timestamp()
    (media / "incoming").mkdir()
    found = {"uploads/orphan": old, "incoming/half": old, "uploads/new": recent, "incoming/new": recent}
    for name, at in found.items():
        (media / name).write_bytes(b"%PDF")
        os.utime(media / name, (at, at))
    os.utime(media / kept.file.name, (old, old))

    assert remove_abandoned_files(NOW - timedelta(days=1)) == 2
    left = sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())
    assert left == sorted(["incoming/new", "uploads/new", kept.file.name])
    assert Upload.objects.get().file.name == kept.file.name
