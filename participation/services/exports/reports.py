"""Cache of yearly reports: a report is reused on the same day while nothing changed that may be in it."""

import hashlib

from django.conf import settings

from participation.interchange.yearly_report.data import ReportRequest
from participation.interchange.yearly_report.writer import write_report
from participation.selectors.trajectories.state import city_fingerprint

from .cached_files import CachedFile, find_cached_file, folder_lock, make_cached_file, media_folder, remove_files

FOLDER = "reports"
#: Maximum size in bytes of all cached reports together; the least recently used are removed first.
MAX_CACHE_BYTES = 1 << 30


def cached_report(report_request: ReportRequest) -> CachedFile | None:
    """Return the cached report for this request where it is still current, else None."""
    return find_cached_file(media_folder(FOLDER), _file_name(report_request))


def make_report(report_request: ReportRequest) -> CachedFile:
    """Make the report for this request, cache it, and return it; one at a time.

    Raises BeingMadeError where another is being made, and PdfUnavailableError where this machine cannot make PDFs.
    """
    folder = media_folder(FOLDER)
    with folder_lock(folder):
        # The version is computed first: a change during the writing then invalidates this report.
        name = _file_name(report_request)
        if found := find_cached_file(folder, name):
            return found
        return make_cached_file(folder, name, lambda file: write_report(file, report_request), MAX_CACHE_BYTES)


def clear_cache() -> None:
    """Remove all cached reports, after waiting for one that is being made."""
    folder = media_folder(FOLDER)
    if folder.is_dir():
        with folder_lock(folder, wait=True):
            remove_files(folder, "*.zip")


def _file_name(report_request: ReportRequest) -> str:
    """Return the file name without checksum: a cache key that ends with a version of the content."""
    rulebooks = report_request.rulebooks.hash
    content_state = repr(
        (city_fingerprint(), rulebooks, settings.CODE_VERSION, settings.MUNICIPALITY, settings.BASE_URL)
    )
    version = hashlib.sha256(content_state.encode()).hexdigest()[:32]
    request = report_request
    return f"{request.year}-{request.language}-{request.municipality}-{request.today.isoformat()}-{version}"
