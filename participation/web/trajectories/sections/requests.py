"""Requests with their due dates and answers."""

from datetime import date
from typing import NamedTuple

from participation.compliance import wording
from participation.models import Request

from ...shared.obligation_list import anchor, status_label
from .base import Page, latest


class RequestTerm(NamedTuple):
    """The due date of a request: title of the rule, date, status, and the fragment of its explanation."""

    title: str
    due_on: date | None
    status: str
    status_label: str
    place: str


class RequestItem(NamedTuple):
    """A request with its due dates.

    ``days`` counts from receipt to answer, or to today; None if unknown, or if the trajectory is over.
    ``contradicts`` marks a counter-signal.
    """

    row: Request
    who: str
    is_open: bool
    days: int | None
    terms: list[RequestTerm]
    contradicts: bool


def asked(page: Page) -> list[RequestItem]:
    """Return the requests: the unanswered ones first, then by date of receipt."""
    contradicting = {signal.request for signals in page.signals.values() for signal in signals}
    terms = page.owed_by_check("request_answered")
    found = []
    for row in page.rows.requests:
        answered, received = latest(row.answered_on), latest(row.received_on)
        is_open = row.answered_on is None and not row.answer
        until = (None if page.is_over else page.today) if is_open else answered
        found.append(
            RequestItem(
                row,
                page.called.party(row.party) if row.party else "",
                is_open,
                max(0, (until - received).days) if until and received else None,
                [
                    RequestTerm(
                        wording.in_language(page.rulebook.by_id[owed.obligation.rule].title, page.called.language),
                        owed.obligation.due_on,
                        owed.status,
                        status_label(owed.status, page.called.language),
                        anchor(*owed.obligation.identity),
                    )
                    for owed in terms.get(row.ref, ())
                ],
                row.ref in contradicting,
            )
        )
    return sorted(found, key=lambda one: (not one.is_open, latest(one.row.received_on) or date.max, one.row.ref))
