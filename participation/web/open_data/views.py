"""The open data page, its files, and what is missing in the decision chain: the same for everyone."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from participation.interchange.open_data.datasets import LOOSE_END_KINDS, TABLES
from participation.interchange.open_data.dcat import CATALOGUE
from participation.interchange.open_data.metadata import LICENCE, PACKAGE
from participation.interchange.open_data.writer import CHAIN, CONTEXT
from participation.models import Trajectory
from participation.services.exports.open_data import LooseEndLines, count_loose_ends, current_dump

from ..shared.filtering import PAGE_PARAM
from ..shared.pages import generation_pending_page, page
from ..shared.request_context import request_context_of

#: Retry-After in seconds: the worker checks every five minutes whether a dump is needed.
RETRY_AFTER_SECONDS = 300
#: Query parameter of the kind of loose ends that is shown.
KIND_PARAM = "soort"
ROWS_PER_PAGE = 50

_CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/jsonl",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
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
            for kind in TABLES
        ]
    context = {
        "files": files,
        "licence": LICENCE,
        "package": PACKAGE,
        "catalogue": CATALOGUE,
        "chain": CHAIN,
        "terms": CONTEXT,
    }
    return page(request, "web/open_data/open_data.html", context)


@require_safe
@login_not_required
def loose_ends(request: HttpRequest) -> HttpResponse:
    """Return the page of what is missing between contribution and execution, on the day of the dump."""
    found = current_dump()
    try:
        counts = count_loose_ends(found) if found else None
    except LookupError:
        counts = None
    if found is None or counts is None:
        return generation_pending_page(request, RETRY_AFTER_SECONDS)
    kind = request.GET.get(KIND_PARAM, "")
    kind = kind if kind in LOOSE_END_KINDS else ""
    shown = Paginator(LooseEndLines(found, kind), ROWS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM)) if kind else []
    slugs = {row["trajectory"] for row in shown} - {None}
    titles = dict(Trajectory.objects.visible_to(None).filter(slug__in=slugs).values_list("slug", "title"))
    context = {
        "day": date.fromisoformat(_day_of(found)),
        "kinds": [
            {"code": code, "label": label, "n": counts[code, False], "retrospective": counts[code, True]}
            for code, label in LOOSE_END_KINDS.items()
        ],
        "total": sum(counts.values()),
        "kind": kind,
        "label": LOOSE_END_KINDS.get(kind, ""),
        "page_obj": shown,
        "rows": [
            {**row, "title": titles.get(row["trajectory"], ""), "href": row["page"].removeprefix(settings.BASE_URL)}
            for row in shown
        ],
    }
    return page(request, "web/open_data/loose_ends.html", context)


def _day_of(dump: Path) -> str:
    return dump.stem[: len("2026-03-20")]


@require_safe
@login_not_required
def open_data_zip(request: HttpRequest) -> HttpResponseBase:
    """Return all files with their description as a ZIP; supports conditional requests."""
    found = current_dump()
    if found is None:
        return generation_pending_page(request, RETRY_AFTER_SECONDS)
    return _file_response(request, found, f"leidraad-{_day_of(found)}.zip", lambda: found.open("rb"))


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
