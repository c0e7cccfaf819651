"""Downloads of lists: ``bestand=csv`` or ``bestand=xlsx`` on the same URL, so with the same filters and permissions."""

import tempfile
from collections.abc import Collection
from datetime import date
from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

from participation.interchange.tables import Table, as_csv, write_xlsx

#: Query parameters for the file type, and for which list on a page with several.
FILE_PARAM: Final = "bestand"
LIST_PARAM: Final = "lijst"
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def requested_list(request: HttpRequest, lists: Collection[str] = ("",)) -> str | None:
    """Return which list of the page is requested as a file; None if the page itself is requested.

    ``lists`` are their names; the first is the default. Raises Http404 for an unknown file type or list.
    """
    if not (file_type := request.GET.get(FILE_PARAM)):
        return None
    requested = request.GET.get(LIST_PARAM) or next(iter(lists))
    if file_type not in _TYPES or requested not in lists:
        raise Http404
    return requested


def download(request: HttpRequest, table: Table, today: date) -> HttpResponseBase:
    """Return the table as a response of the requested file type, never cached."""
    file_type = request.GET[FILE_PARAM]
    found: HttpResponseBase
    if request.method == "HEAD":
        # HEAD needs only the headers: do not generate the file.
        found = HttpResponse(content_type=_TYPES[file_type])
    elif file_type == "csv":
        found = StreamingHttpResponse(as_csv(table), content_type=_TYPES[file_type])
    else:
        # FileResponse closes the file, which deletes it.
        file = tempfile.TemporaryFile()  # noqa: SIM115
        write_xlsx(table, file)
        file.seek(0)
        found = FileResponse(file, content_type=_TYPES[file_type])
    found.headers["Content-Disposition"] = f'attachment; filename="{table.name}-{today.isoformat()}.{file_type}"'
    found.headers["Content-Language"] = table.language
    add_never_cache_headers(found)
    return found
