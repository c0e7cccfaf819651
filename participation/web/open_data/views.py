"""The open data page, and its files: the same for everyone."""

from collections.abc import Callable
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from participation.interchange.open_data.datasets import DATASETS, RULES
from participation.interchange.open_data.metadata import LICENCE, PACKAGE
from participation.services.exports.open_data import current_dump

from ..shared.pages import generation_pending_page, page
from ..shared.request_context import request_context_of

#: Retry-After in seconds: the worker checks every five minutes whether a dump is needed.
RETRY_AFTER_SECONDS = 300

_CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/jsonl",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".zip": "application/zip",
}


@require_safe
@login_not_required
def open_data(request: HttpRequest) -> HttpResponse:
    """Return the page with the description and URLs of each file."""
    with translation.override(request_context_of(request).language):
        files = [
            {
                "name": kind.name,
                "description": kind.description,
                "csv": reverse("open_data_file", args=[f"csv/{kind.name}.csv"]),
                "json": reverse("open_data_file", args=[f"json/{kind.name}.jsonl"]),
                "columns": [(column.key, capfirst(str(column.label))) for column in kind.columns],
            }
            for kind in (*DATASETS, RULES)
        ]
    return page(request, "web/open_data/open_data.html", {"files": files, "licence": LICENCE, "package": PACKAGE})


@require_safe
@login_not_required
def open_data_zip(request: HttpRequest) -> HttpResponseBase:
    """Return all files with their description as a ZIP; supports conditional requests."""
    found = current_dump()
    if found is None:
        return generation_pending_page(request, RETRY_AFTER_SECONDS)
    day = found.stem[: len("2026-03-20")]
    return _file_response(request, found, f"leidraad-{day}.zip", lambda: found.open("rb"))


@require_safe
@login_not_required
def open_data_file(request: HttpRequest, file: str) -> HttpResponseBase:
    """Return one file of the dump. Raises Http404 if there is none with this name."""
    found = current_dump()
    if found is None:
        return generation_pending_page(request, RETRY_AFTER_SECONDS)
    with ZipFile(found) as parts:
        if file not in parts.namelist():
            raise Http404
        # The file object keeps the ZIP open until the response is sent.
        return _file_response(request, found, Path(file).name, lambda: parts.open(file))


def _file_response(request: HttpRequest, dump: Path, name: str, open_file: Callable[[], IO[bytes]]) -> HttpResponseBase:
    """Return the file with CORS for any site; caches must revalidate it."""
    etag = f'"{dump.stem}-{name}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = FileResponse(
            open_file(), as_attachment=True, filename=name, content_type=_CONTENT_TYPES[Path(name).suffix]
        )
    response.headers["ETag"] = etag
    response.headers["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
    return response
