"""Error handlers: 403, 404, CSRF failure, 500 and 503."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from participation.services.jobs.storage import is_unavailable

from .pages import page

#: Retry-After of a 503, in seconds.
RETRY_AFTER = 60
#: Prefixes of the URL names of forms with passwords or codes: their POST data is never shown again.
_SENSITIVE_VIEWS = ("account_", "mfa_", "login", "admin:login", "admin:password")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the 403 page: visible to this user, but not permitted."""
    return page(request, "403.html", {}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the 404 page: no such URL, or not visible to this user."""
    return page(request, "web/not_found.html", {}, status=404)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the CSRF failure page: form open too long, logged in elsewhere, or no cookies."""
    return page(request, "403_csrf.html", {}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the 500 page, or for a temporary failure the 503 page with the submitted fields, to send again.

    Must not query the database, which may be what failed.
    """
    if not is_unavailable(sys.exc_info()[1]):
        return HttpResponse(render_to_string("500.html"), status=500)
    context = {"fields": _submitted_fields(request), "files": request.content_type == "multipart/form-data"}
    # Rendered without the request: the context processors would load the user from the database.
    context["csrf_token"], context["retry_url"] = get_token(request), request.get_full_path()
    response = HttpResponse(render_to_string("503.html", context), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    return response


def _submitted_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the submitted (name, value) pairs; empty for forms with a password or code."""
    match = request.resolver_match
    if request.method != "POST" or match is None or match.view_name.startswith(_SENSITIVE_VIEWS):
        return []
    try:
        posted = request.POST
    except (OSError, MultiPartParserError, SuspiciousOperation):
        return []
    return [(name, str(value)) for name, values in posted.lists() if name != "csrfmiddlewaretoken" for value in values]
