"""Storage health: whether database and media are writable, free disk space, and abandoned upload files."""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection

from participation.models import Upload, WriteProbe
from participation.models.uploads import INCOMING_FOLDER, UPLOAD_FOLDER
from participation.selectors.jobs.health import StorageHealth
from participation.services.batches import batches

BATCH_SIZE = 500
#: Error codes of a full or read-only file system.
_DISK_FULL_CODES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
#: SQLSTATE classes of unavailability (PostgreSQL, appendix A: connection, resources, operator), and codes to retry.
_UNAVAILABLE_CLASSES = ("08", "53", "57P")
_RETRYABLE_CODES = ("40001", "40P01", "55P03")
_SQLITE_UNAVAILABLE = ("BUSY", "CANTOPEN", "FULL", "IOERR", "LOCKED", "READONLY")


def storage_health(now: datetime) -> StorageHealth:
    """Return whether database and media are writable, tested by writing, and the free bytes of each location."""
    return StorageHealth(_database_is_writable(now), _media_is_writable(), dict(_free_bytes()), now)


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether this error means that a disk is full or read-only."""
    return isinstance(error, OSError) and error.errno in _DISK_FULL_CODES


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether this error is temporary: the database is unreachable, busy or full, or a disk is.

    Errors in a query are excluded, although Django raises OperationalError for some of those too.
    """
    if is_disk_full(error):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    match error.__cause__:
        case sqlite3.Error() as cause:
            name = getattr(cause, "sqlite_errorname", "").removeprefix("SQLITE_")
            return name.startswith(_SQLITE_UNAVAILABLE)
        case psycopg.Error(sqlstate=str() as state):
            return state.startswith(_UNAVAILABLE_CLASSES) or state in _RETRYABLE_CODES
        case _:
            return True


def remove_abandoned_files(before: datetime) -> int:
    """Delete files of interrupted uploads, partial or without a row, and return how many.

    ``before`` must be so early that no older file can belong to a running request.
    """
    timestamp = before.timestamp()
    abandoned = list(_files_modified_before(INCOMING_FOLDER, timestamp))
    uploads = _files_modified_before(UPLOAD_FOLDER, timestamp)
    for paths in batches(uploads, BATCH_SIZE):
        names = {f"{UPLOAD_FOLDER}/{path.name}": path for path in paths}
        for name in Upload.objects.filter(file__in=names).values_list("file", flat=True):
            del names[name]
        abandoned += names.values()
    for path in abandoned:
        path.unlink(missing_ok=True)
    return len(abandoned)


def _files_modified_before(name: str, timestamp: float) -> Iterator[Path]:
    """Yield the files in this folder of MEDIA_ROOT last modified before this Unix timestamp."""
    folder = Path(settings.MEDIA_ROOT) / name
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < timestamp:
                yield Path(entry.path)


def _database_is_writable(now: datetime) -> bool:
    try:
        if not WriteProbe.objects.filter(pk=1).update(written_at=now):
            WriteProbe.objects.bulk_create([WriteProbe(pk=1, written_at=now)], ignore_conflicts=True)
    except Error:
        return False
    return True


def _media_is_writable() -> bool:
    """Return whether the disk with uploads is writable."""
    folder = Path(settings.MEDIA_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix="write-check-", dir=folder) as file:
            # A full page: an empty file takes no disk space, and would succeed on a full disk.
            file.write(b"0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def _free_bytes() -> Iterator[tuple[str, int]]:
    folders = {"media": Path(settings.MEDIA_ROOT)}
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]
        folders["database"] = Path(str(connection.settings_dict["NAME"])).parent
    if not settings.REDIS_URL:
        folders["queue"] = Path(settings.QUEUE_ROOT)
    for name, folder in folders.items():
        existing = next((path for path in (folder, *folder.parents) if path.is_dir()), None)
        if existing is not None:
            yield name, shutil.disk_usage(existing).free
