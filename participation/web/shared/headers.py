"""Response headers beside those of Django and django-csp: Permissions-Policy and Cache-Control."""

from collections.abc import Callable

from csp.decorators import csp_update
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

#: Features that the pages do not use: disabled, so that injected script cannot use them either.
PERMISSIONS_POLICY = ", ".join(
    f"{name}=()"
    for name in ("browsing-topics", "camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)

#: Hash of one inline style of django-simple-history in the admin: allows this style and no other.
_SIMPLE_HISTORY_STYLE_HASH = "'sha256-XMXSevYjgSjXgRafBFDvtjwX+yyWLrxfso9DcNZ9UXM='"
_allow_admin_style = csp_update({"style-src": ["'unsafe-hashes'", _SIMPLE_HISTORY_STYLE_HASH]})


class SecurityHeadersMiddleware:
    """Middleware that sets Permissions-Policy, and disables caching for logged-in users."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response with these headers; those set by a view are kept."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        # Without a database reading the session fails; the 503 page is no-store already, so skip the session there.
        session = getattr(request, "session", None) if "no-store" not in response.get("Cache-Control", "") else None
        if session is not None and SESSION_KEY in session:
            add_never_cache_headers(response)
        if request.resolver_match is not None and request.resolver_match.app_name == "admin":
            _allow_admin_style(lambda _request: response)(request)
        return response
