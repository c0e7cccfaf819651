"""Middleware for API responses: version, CORS and cache headers, and problem details for errors outside views."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from . import problems
from .version import DOCS, PREFIX, SCHEMA, VERSION

#: CORS: response headers that scripts of other origins may read, and request headers that they may send.
_EXPOSED_HEADERS = "API-Version, ETag, Retry-After"
_ALLOWED_HEADERS = "Accept, Accept-Language, If-None-Match"
_PREFLIGHT_MAX_AGE_SECONDS = "86400"


class ApiResponseMiddleware:
    """Middleware for all URLs under the API prefix; answers CORS preflight requests itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response with its headers; HTML error pages and redirects become problem details."""
        if request.path != PREFIX and not request.path.startswith(f"{PREFIX}/"):
            return self.get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = _preflight_response()
        else:
            response = _as_api_response(self.get_response(request))
        response.headers["API-Version"] = VERSION
        # Responses depend on the user's permissions: what credentials gave is never stored. Public data with an ETag
        # may be, and are asked for again each time: without a stored copy a program has nothing to send an ETag for.
        is_revalidated = "ETag" in response.headers and _is_public(request)
        response.headers.setdefault("Cache-Control", "no-cache" if is_revalidated else "no-store")
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        if _is_public(request):
            # Public data only. Responses to requests with credentials get no CORS headers, so that other sites cannot
            # read non-public data through a logged-in browser.
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
        return response


def _is_public(request: HttpRequest) -> bool:
    """Return whether the response holds public data only: the OpenAPI document, or a read without credentials."""
    if request.path == SCHEMA:
        return True
    is_anonymous = "Authorization" not in request.headers and settings.SESSION_COOKIE_NAME not in request.COOKIES
    return is_anonymous and request.method in ("GET", "HEAD", "OPTIONS")


def _preflight_response() -> HttpResponse:
    """Return the response to a CORS preflight request: read-only, without Authorization."""
    headers = {
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
        "Access-Control-Max-Age": _PREFLIGHT_MAX_AGE_SECONDS,
    }
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=headers)


def _as_api_response(response: HttpResponse) -> HttpResponse:
    status = response.status_code
    if 300 <= status < 400 and status != HTTPStatus.NOT_MODIFIED:
        # The only redirects come from the middleware that requires a second factor in a session.
        return problems.problem_response(403, _("Log in with a second factor first, or use an API key."))
    content_type = response.headers.get("Content-Type", "")
    if status < HTTPStatus.BAD_REQUEST or content_type.startswith(problems.MEDIA_TYPE):
        return response
    details = {
        403: _("This request was refused. With a session, send the CSRF token; or use an API key."),
        404: _("Not found. See %(docs)s for the available URLs.") % {"docs": DOCS},
        500: _("Internal error; it was logged. Try again later."),
        503: str(problems.UNAVAILABLE),
    }
    return problems.problem_response(status, details.get(status, problems.title(status)))
