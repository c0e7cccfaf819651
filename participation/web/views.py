"""The page for an address without one."""

from django.http import HttpRequest, HttpResponse

from .shared.pages import page


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the page for an address without one, and for what one may not see."""
    return page(request, "web/not_found.html", {}, status=404)
