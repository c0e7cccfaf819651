"""Large lists, a page at a time: by a cursor, so that the last page costs no more than the first."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from .problems import Invalid, Place

LARGEST = 500


class Cursor(CursorPagination):
    """Pages of keys: what is told of them is read for one page alone."""

    cursor_query_param = "cursor"
    page_size = 100
    page_size_query_param = "pageSize"
    max_page_size = LARGEST
    invalid_cursor_message = gettext_noop("This cursor cannot be read. Take `next` or `previous` as they were given.")

    def get_page_size(self, request: Request) -> int:
        """Return how many were asked for. Raises Invalid on what is no number from 1 to ``LARGEST``."""
        given = request.query_params.get(self.page_size_query_param)
        if given is None:
            return int(self.page_size)
        if not (given.isascii() and given.isdigit() and len(given) < 10 and 1 <= int(given) <= LARGEST):
            told = _("Write a number from 1 to %(largest)s.") % {"largest": LARGEST}
            raise Invalid([Place.query(self.page_size_query_param, told)])
        return int(given)

    def decode_cursor(self, request: Request) -> Any:
        """Return the place that the cursor tells. Raises Invalid on one that was not ours."""
        try:
            found = super().decode_cursor(request)
        except NotFound:
            raise self._not_ours() from None
        if found and "\0" in str(found.position or ""):
            raise self._not_ours()
        return found

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """Return the rows of this page. Raises Invalid on a cursor that tells no place in this list."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError):
            if self.cursor is None:
                raise
            raise self._not_ours() from None

    def _not_ours(self) -> Invalid:
        return Invalid([Place.query(self.cursor_query_param, _(self.invalid_cursor_message))])

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the addresses of its neighbours."""
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})
