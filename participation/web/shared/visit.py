"""Who visits when: read once at the door, and handed down."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from participation.compliance.rulebook import Rulebook, load

from .pages import language_of


class Visit(NamedTuple):
    """A visit: the user (or an anonymous one), the language, the moment, the day in town, and the rules."""

    user: Any
    language: str
    now: datetime
    today: date
    rulebook: Rulebook


def visit_of(request: HttpRequest) -> Visit:
    """Return this visit; nothing below it reads a clock."""
    now = timezone.now()
    return Visit(request.user, language_of(request), now, timezone.localdate(now), load(settings.RULEBOOK))
