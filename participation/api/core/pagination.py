"""Cursor (keyset) pagination: the last page costs no more than the first."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from .problems import ErrorLocation, ValidationProblem

MAX_PAGE_SIZE = 500


class KeysetPagination(CursorPagination):
    """Cursor pagination over primary keys; views load the full records for the keys of one page only."""

    cursor_query_param = "cursor"
    page_size = 100
    page_size_query_param = "pageSize"
    max_page_size = MAX_PAGE_SIZE
    invalid_cursor_message = gettext_noop("Invalid cursor: use `next` or `previous` unchanged.")

    def get_page_size(self, request: Request) -> int:
        """Return the requested page size.

        Raises ValidationProblem unless it is a number from 1 to ``MAX_PAGE_SIZE``.
        """
        given = request.query_params.get(self.page_size_query_param)
        if given is None:
            return int(self.page_size)
        if not (given.isascii() and given.isdigit() and len(given) < 10 and 1 <= int(given) <= MAX_PAGE_SIZE):
            message = _("Use a number from 1 to %(largest)s.") % {"largest": MAX_PAGE_SIZE}
            raise ValidationProblem([ErrorLocation.query(self.page_size_query_param, message)])
        return int(given)

    def decode_cursor(self, request: Request) -> Any:
        """Return the decoded cursor. Raises ValidationProblem on a malformed one."""
        try:
            found = super().decode_cursor(request)
        except NotFound:
            raise self._invalid_cursor() from None
        if found and "\0" in str(found.position or ""):
            raise self._invalid_cursor()
        return found

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """Return the rows of this page.

        Raises ValidationProblem if the cursor's position does not fit the ordering column.
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError):
            if self.cursor is None:
                raise
            raise self._invalid_cursor() from None

    def _invalid_cursor(self) -> ValidationProblem:
        return ValidationProblem([ErrorLocation.query(self.cursor_query_param, _(self.invalid_cursor_message))])

    def get_paginated_response(self, data: Any) -> Response:
        """Return the response body with the results and the URLs of the next and previous page."""
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})
