"""The pages for what does not go on: refused, or not there, or sent from a page that was open too long."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

from .pages import page


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
