"""What every answer of the API carries, and its own words for what goes wrong before a view is reached."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from . import problems
from .about import DOCS, PREFIX, SCHEMA, VERSION


class ApiAnswers:
    """Makes every answer below the API's address one that a program understands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer with its headers; a page that was meant for a person becomes a problem."""
        response = self.get_response(request)
        if request.path != PREFIX and not request.path.startswith(f"{PREFIX}/"):
            return response
        response = _for_programs(response)
        response.headers["API-Version"] = VERSION
        # What one may see hangs on who asks.
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        if request.path == SCHEMA:
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response


def _for_programs(response: HttpResponse) -> HttpResponse:
    status = response.status_code
    if 300 <= status < 400 and status != HTTPStatus.NOT_MODIFIED:
        # The only ones come from the pages' own guard: a session that still has to show a second factor.
        return problems.answer(403, _("Log in with a second factor first, or use a key."))
    kind = response.headers.get("Content-Type", "")
    if status < HTTPStatus.BAD_REQUEST or kind.startswith(problems.MEDIA_TYPE):
        return response
    told = {
        403: _("This request was refused. With a session, send the CSRF token; or use a key."),
        404: _("There is nothing at this address. What there is stands at %(docs)s.") % {"docs": DOCS},
        500: _("Something went wrong here, and was written down. Try again later."),
    }
    return problems.answer(status, told.get(status, problems.title(status)))
