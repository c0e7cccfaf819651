"""Query parameters of links to forms: the URL to return to afterwards, and the fields to highlight."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

RETURN_PARAM, HIGHLIGHT_PARAM = "terug", "veld"


def validated_return_url(request: HttpRequest) -> str:
    """Return the validated return URL in the query string: a path on this site, or "" (prevents open redirects)."""
    url = request.GET.get(RETURN_PARAM, "")
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
