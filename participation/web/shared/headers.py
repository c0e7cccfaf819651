"""What every answer tells the browser, beside what Django and django-csp tell it."""

from collections.abc import Callable

from csp.decorators import csp_update
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

#: The pages use none of these; neither may what someone gets into them.
PERMISSIONS_POLICY = ", ".join(
    f"{name}=()"
    for name in ("browsing-topics", "camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)

#: One inline style of django-simple-history, a line less under a list: by its checksum, so it and no other.
_BORROWED_STYLE = "'sha256-XMXSevYjgSjXgRafBFDvtjwX+yyWLrxfso9DcNZ9UXM='"
_as_administration = csp_update({"style-src": ["'unsafe-hashes'", _BORROWED_STYLE]})


class Headers:
    """Switches off what the pages never use, and keeps what someone sees who is logged in out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer with its headers; what a view says itself stays as it is."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        # Where the database is away, only reading the session fails: the page that says so is never cached anyway.
        session = getattr(request, "session", None) if "no-store" not in response.get("Cache-Control", "") else None
        if session is not None and SESSION_KEY in session:
            add_never_cache_headers(response)
        if request.resolver_match is not None and request.resolver_match.app_name == "admin":
            _as_administration(lambda _request: response)(request)
        return response
