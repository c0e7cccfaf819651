"""Request context: user, language, clock and rulebook, read once per request; and the context of its writes."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from participation.compliance.rulebook import Rulebook, load
from participation.models import Trajectory
from participation.services.changes.changesets import WriteContext

from .pages import language_of


class RequestContext(NamedTuple):
    """The context of a request: user (or anonymous), language, moment, local day and rulebook."""

    user: Any
    language: str
    now: datetime
    today: date
    rulebook: Rulebook

    def rulebook_of(self, _trajectory: Trajectory) -> Rulebook:
        """Return the rulebook that judges this trajectory."""
        return self.rulebook


def request_context_of(request: HttpRequest) -> RequestContext:
    """Return the context of this request; code below the views reads no clock of its own."""
    now = timezone.now()
    return RequestContext(request.user, language_of(request), now, timezone.localdate(now), load(settings.RULEBOOK))


def write_context_of(request_context: RequestContext) -> WriteContext:
    """Return the context of a write by the user of this request."""
    return WriteContext(request_context.user, request_context.rulebook, request_context.today, request_context.now)
