"""The pages for what does not go on: refused, not there, sent from a page that was open too long, or failed."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from participation.services.storage import is_unavailable

from .pages import page

#: Seconds after which it makes sense to try again.
RETRY_AFTER = 60
#: What was sent to these pages is a secret, which no page repeats.
_SECRET_PAGES = ("account_", "mfa_", "login", "admin:login", "admin:password")


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the page for what this visitor may see but not do."""
    return page(request, "403.html", {}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the page for an address without one, and for what one may not see."""
    return page(request, "web/not_found.html", {}, status=404)


@login_not_required
def not_sent(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the page for a form without a valid token: open too long, logged in elsewhere, or no cookies."""
    return page(request, "403_csrf.html", {}, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Return the page for a defect (500), or for what passes by itself (503), with what was typed in it.

    Nothing in it may ask the database, which may be what failed.
    """
    if not is_unavailable(sys.exc_info()[1]):
        return HttpResponse(render_to_string("500.html"), status=500)
    context = {"fields": _sent(request), "files": request.content_type == "multipart/form-data"}
    # With the request itself the context processors would ask who is logged in.
    context["csrf_token"], context["address"] = get_token(request), request.get_full_path()
    response = HttpResponse(render_to_string("503.html", context), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    return response


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the form that was sent, to be sent again; none of a form with a password or a code."""
    match = request.resolver_match
    if request.method != "POST" or match is None or match.view_name.startswith(_SECRET_PAGES):
        return []
    try:
        posted = request.POST
    except (OSError, MultiPartParserError, SuspiciousOperation):
        return []
    return [(name, str(value)) for name, values in posted.lists() if name != "csrfmiddlewaretoken" for value in values]
