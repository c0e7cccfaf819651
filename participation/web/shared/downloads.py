"""A list as a file: the same address with ``bestand=csv`` or ``bestand=xlsx``, so with the same filters and rights."""

import tempfile
from collections.abc import Collection
from datetime import date
from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

from participation.exchange.tables import Table, as_csv, write_xlsx

#: What the kind of file, and on a page with several lists which of them, is called in the address.
FILE: Final = "bestand"
LIST: Final = "lijst"
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def list_asked(request: HttpRequest, lists: Collection[str] = ("",)) -> str | None:
    """Return which list of a page is asked for as a file, None where the page itself is.

    ``lists`` are their names; the first counts where none is named. Raises Http404 for a kind of file or a list that
    is not there.
    """
    if not (kind := request.GET.get(FILE)):
        return None
    asked = request.GET.get(LIST) or next(iter(lists))
    if kind not in _TYPES or asked not in lists:
        raise Http404
    return asked


def download(request: HttpRequest, table: Table, today: date) -> HttpResponseBase:
    """Return the table as the kind of file that is asked for; nobody keeps a copy on the way."""
    kind = request.GET[FILE]
    found: HttpResponseBase
    if request.method == "HEAD":
        # Who asks only what it would be need not wait until it is made.
        found = HttpResponse(content_type=_TYPES[kind])
    elif kind == "csv":
        found = StreamingHttpResponse(as_csv(table), content_type=_TYPES[kind])
    else:
        # Closed by the response, which is when the system forgets it.
        file = tempfile.TemporaryFile()  # noqa: SIM115
        write_xlsx(table, file)
        file.seek(0)
        found = FileResponse(file, content_type=_TYPES[kind])
    found.headers["Content-Disposition"] = f'attachment; filename="{table.name}-{today.isoformat()}.{kind}"'
    found.headers["Content-Language"] = table.language
    add_never_cache_headers(found)
    return found
