"""The page about Leidraad: purpose, how it counts, and where its statements are."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .pages import page


@require_safe
@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    """Return the page about Leidraad itself."""
    return page(request, "web/about.html", {"contact": settings.CONTACT_EMAIL})
