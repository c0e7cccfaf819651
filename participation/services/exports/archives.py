"""Cache of trajectory archives: an archive is reused on the same day while nothing in the trajectory changed.

Making one takes seconds, most of it for the PDF; later requests get the same file.
"""

import hashlib
import os
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.db import transaction

from participation.interchange.archive.bag import fingerprint
from participation.interchange.archive.data import ArchiveRequest
from participation.interchange.archive.writer import write_archive
from participation.selectors.trajectories.state import trajectory_fingerprint

from . import open_data
from .cached_files import UNFINISHED, folder_lock, media_folder, publish, remove_files

FOLDER = "archives"
#: Maximum size in bytes of all cached archives together; the least recently used are removed first.
MAX_CACHE_BYTES = 2 << 30


class Archive(NamedTuple):
    """A ZIP, open at its start, with its checksum (SHA-256) and its size in bytes."""

    file: BinaryIO
    sha256: str
    size: int


def cached_archive(archive_request: ArchiveRequest) -> Archive | None:
    """Return the cached archive for this request where it is still current, else None."""
    for path in media_folder(FOLDER).glob(f"{_file_name(archive_request)}-*.zip"):
        with suppress(FileNotFoundError):  # removed in the meantime
            file = path.open("rb")
            os.utime(file.fileno())
            return Archive(file, path.stem.rpartition("-")[2], os.fstat(file.fileno()).st_size)
    return None


def make_archive(archive_request: ArchiveRequest) -> Archive:
    """Make the archive for this request, cache it, and return it.

    At most one is made at a time, so that web requests keep their share of the CPU. Raises BeingMadeError where another
    is being made, LookupError where the reader may not see the trajectory, and PdfUnavailableError where this machine
    cannot make PDFs.
    """
    folder = media_folder(FOLDER)
    with folder_lock(folder):
        # The version is computed first: a change during the writing then invalidates this archive.
        name = _file_name(archive_request)
        if found := cached_archive(archive_request):
            return found
        unfinished = folder / f"{name}{UNFINISHED}"
        with unfinished.open("w+b") as file:
            write_archive(file, archive_request)
            sha256, size = fingerprint(file)
        path = publish(unfinished, f"{name}-{sha256}.zip")
        remove_files(folder, f"{name.rpartition('-')[0]}-*.zip", keep=path)
        _evict_least_used(folder, path)
        return Archive(path.open("rb"), sha256, size)


def clear_cache(trajectory: int) -> None:
    """Remove the cached archives of this trajectory and the open data, once the transaction is committed.

    Waits for an archive being made: it may contain the data that must be removed.
    """
    transaction.on_commit(lambda: _clear_matching(f"{trajectory}-*.zip"))


def clear_all_caches() -> None:
    """Remove all cached archives and the open data, once the transaction is committed."""
    transaction.on_commit(lambda: _clear_matching("*.zip"))


def remove_old_archives(today: date) -> int:
    """Remove archives of earlier days and unfinished ones; return how many."""
    folder = media_folder(FOLDER)
    if not folder.is_dir():
        return 0
    with folder_lock(folder, wait=True):
        return sum(
            remove_files(folder, path.name) for path in folder.glob("*.zip") if today.isoformat() not in path.name
        )


def _clear_matching(pattern: str) -> None:
    folder = media_folder(FOLDER)
    if folder.is_dir():
        with folder_lock(folder, wait=True):
            remove_files(folder, pattern)
    open_data.clear_cache()


def _file_name(archive_request: ArchiveRequest) -> str:
    """Return the file name without checksum: a cache key of reader, language, day and version of the content."""
    state = trajectory_fingerprint(archive_request.trajectory.pk, archive_request.user)
    content_state = repr(
        (state, archive_request.rulebook.hash, settings.CODE_VERSION, settings.MUNICIPALITY, settings.BASE_URL)
    )
    reader = "municipality" if archive_request.names_known else "public"
    version = hashlib.sha256(content_state.encode()).hexdigest()[:32]
    request = archive_request
    return f"{request.trajectory.pk}-{reader}-{request.language}-{request.today.isoformat()}-{version}"


def _evict_least_used(folder: Path, keep: Path) -> None:
    """Remove the least recently used archives until all of them, with ``keep``, fit in ``MAX_CACHE_BYTES``."""
    stats = {path: path.stat() for path in folder.glob("*.zip")}
    size = sum(stat.st_size for stat in stats.values())
    for path in sorted(stats.keys() - {keep}, key=lambda path: stats[path].st_mtime):
        if size <= MAX_CACHE_BYTES:
            return
        path.unlink(missing_ok=True)
        size -= stats[path].st_size
