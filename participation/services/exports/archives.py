"""Cache of trajectory archives: an archive is reused on the same day while nothing in the trajectory changed.

Making one takes seconds, most of it for the PDF; later requests get the same file.
"""

import hashlib
from datetime import date

from django.conf import settings
from django.db import transaction

from participation.interchange.archive.data import ArchiveRequest
from participation.interchange.archive.writer import write_archive
from participation.selectors.trajectories.state import trajectory_fingerprint

from . import open_data, reports
from .cached_files import (
    CachedFile,
    find_cached_file,
    folder_lock,
    make_cached_file,
    media_folder,
    remove_files,
    remove_of_other_days,
)

FOLDER = "archives"
#: Maximum size in bytes of all cached archives together; the least recently used are removed first.
MAX_CACHE_BYTES = 2 << 30


def cached_archive(archive_request: ArchiveRequest) -> CachedFile | None:
    """Return the cached archive for this request where it is still current, else None."""
    return find_cached_file(media_folder(FOLDER), _file_name(archive_request))


def make_archive(archive_request: ArchiveRequest) -> CachedFile:
    """Make the archive for this request, cache it, and return it.

    At most one is made at a time, so that web requests keep their share of the CPU. Raises BeingMadeError where another
    is being made, LookupError where the reader may not see the trajectory, and PdfUnavailableError where this machine
    cannot make PDFs.
    """
    folder = media_folder(FOLDER)
    with folder_lock(folder):
        # The version is computed first: a change during the writing then invalidates this archive.
        name = _file_name(archive_request)
        if found := find_cached_file(folder, name):
            return found
        return make_cached_file(folder, name, lambda file: write_archive(file, archive_request), MAX_CACHE_BYTES)


def clear_cache(trajectory: int) -> None:
    """Remove the cached archives of this trajectory, the reports and the open data, once the transaction is committed.

    Waits for an archive being made: it may contain the data that must be removed.
    """
    transaction.on_commit(lambda: _clear_matching(f"{trajectory}-*.zip"))


def clear_all_caches() -> None:
    """Remove all cached archives, the yearly reports and the open data, once the transaction is committed."""
    transaction.on_commit(lambda: _clear_matching("*.zip"))


def remove_old_archives(today: date) -> int:
    """Remove archives and yearly reports of earlier days, and unfinished ones; return how many."""
    return sum(remove_of_other_days(media_folder(name), today) for name in (FOLDER, reports.FOLDER))


def _clear_matching(pattern: str) -> None:
    folder = media_folder(FOLDER)
    if folder.is_dir():
        with folder_lock(folder, wait=True):
            remove_files(folder, pattern)
    open_data.clear_cache()
    reports.clear_cache()


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
