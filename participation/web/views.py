"""The first pages: this week's report, the rules, and the way in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.rulebook import load
from participation.reports.rendering import as_context
from participation.reports.rules import rulebook_html
from participation.services.reports import gathered_for

from .shared.pages import language_of, page


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Return this week's report of whoever is logged in: what their mail says, up to this moment."""
    return page(request, "web/home.html", _report(request.user))


@require_safe
@login_not_required
def rules(request: HttpRequest) -> HttpResponse:
    """Return all rules, for everyone: on whose word something is owed is no secret."""
    language = language_of(request)
    html = rulebook_html(load(settings.RULEBOOK), language)
    return HttpResponse(html, headers={"Content-Language": language})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Return the page for an address without one, and for what one may not see."""
    return page(request, "web/not_found.html", {}, status=404)


def _report(user: Any) -> dict[str, Any]:
    """Return what the template of the mail shows, or nothing where there is nothing to say."""
    now = timezone.now()
    rulebook = load(settings.RULEBOOK)
    for _user, gathered in gathered_for([user], rulebook, timezone.localdate(now), now):
        report = gathered.report(user)
        if report:
            return as_context(report, rulebook, "")
    return {}
