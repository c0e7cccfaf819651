"""The privacy statement (GDPR, articles 13 and 14): what is kept of whom, why, on what ground and how long."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tracker.statements import PrivacyStatement

from ..shared.cookies import Cookie, allowed_cookies
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .processing import ACTIVITIES
from .texts import period_text, sees_what_is_missing, text_of_municipality

SUPERVISOR_URL = "https://www.autoriteitpersoonsgegevens.nl/"


@require_safe
@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    """Return the privacy statement of this installation."""
    context = request_context_of(request)
    statement: PrivacyStatement = settings.STATEMENTS.privacy
    with translation.override(context.language):
        shown = {
            "contact": settings.CONTACT_EMAIL,
            "supervisor": SUPERVISOR_URL,
            "activities": [activity.in_words() for activity in ACTIVITIES],
            "cookies": [_in_words(cookie) for cookie in allowed_cookies()],
            "controller": text_of_municipality(statement.controller),
            "officer": statement.officer,
            "processors": [
                (processor.name, text_of_municipality(processor.task)) for processor in statement.processors or ()
            ],
            "base_map_server": urlsplit(settings.BASE_MAP_URL).hostname,
            "visit_logs": text_of_municipality(statement.visit_logs),
            "backups": text_of_municipality(statement.backups),
        }
        if sees_what_is_missing(context.user):
            shown["missing"] = list(_missing(statement))
        return page(request, "web/statements/privacy.html", shown)


def _in_words(cookie: Cookie) -> tuple[str, Any, list[str]]:
    """Return the name of a cookie, its purpose, and how long the browser keeps it."""
    periods = [f"{period_text(age)} ({label})" if label else period_text(age) for label, age in cookie.ages]
    return cookie.name, cookie.purpose, periods or [str(_("until the next page"))]


def _missing(statement: PrivacyStatement) -> Iterator[Any]:
    """Yield what administrators still have to fill in."""
    if not settings.CONTACT_EMAIL:
        yield _("The address for questions: CONTACT_EMAIL.")
    if statement.controller is None:
        yield _("Who decides on the data, by law: “controller”.")
    if statement.officer is None:
        yield _("The address of the data protection officer: “officer”.")
    if statement.processors is None:
        yield _("Which companies handle data for you: “processors”, [] where there are none.")
    if statement.visit_logs is None:
        yield _("What the server in front of Leidraad logs of visits, and how long: “visit_logs”.")
    if statement.backups is None:
        yield _("How long backups are kept: “backups”.")
