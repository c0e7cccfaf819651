"""Request context: user, language, clock and rulebooks, read once per request; and the context of its writes."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks, load_rulebooks
from participation.models import Commitment, Motion, Trajectory
from participation.selectors.obligations.judging import rulebook_of
from participation.services.changes.changesets import WriteContext

from .pages import language_of


class RequestContext(NamedTuple):
    """The context of a request: user (or anonymous), language, moment, local day and rulebooks."""

    user: Any
    language: str
    now: datetime
    today: date
    rulebooks: Rulebooks

    def rulebook_of(self, owner: Trajectory | Motion | Commitment) -> Rulebook:
        """Return the rulebook that judges this trajectory, motion or commitment."""
        return rulebook_of(owner, self.rulebooks)


def request_context_of(request: HttpRequest) -> RequestContext:
    """Return the context of this request; code below the views reads no clock of its own."""
    now = timezone.now()
    rulebooks = load_rulebooks(settings.RULEBOOK)
    return RequestContext(request.user, language_of(request), now, timezone.localdate(now), rulebooks)


def write_context_of(request_context: RequestContext) -> WriteContext:
    """Return the context of a write by the user of this request."""
    return WriteContext(request_context.user, request_context.rulebooks, request_context.today, request_context.now)
