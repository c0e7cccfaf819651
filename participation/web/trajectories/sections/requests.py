"""Requests with their due dates and answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import parse_imprecise_date
from participation.models import Request
from participation.presentation.labels import status_label
from participation.presentation.trajectory_pages import obligation_fragment

from .base import TrajectoryPageData, latest


class RequestTerm(NamedTuple):
    """The due date of a request: title of the rule, date, status, and the fragment of its explanation."""

    title: str
    due_on: date | None
    status: str
    status_label: str
    fragment: str


class Suspension(NamedTuple):
    """A period in which the term stood still; without a last day it goes on."""

    first: ImpreciseDate | None
    last: ImpreciseDate | None
    reason: str


class RequestItem(NamedTuple):
    """A request with its due dates.

    ``days`` counts from receipt to answer, or to today; None if unknown, or if the trajectory is over.
    ``is_counter_signal`` marks a counter-signal.
    """

    row: Request
    party_name: str
    is_open: bool
    days: int | None
    terms: list[RequestTerm]
    is_counter_signal: bool
    suspensions: list[Suspension]


def request_items(page: TrajectoryPageData) -> list[RequestItem]:
    """Return the requests: the unanswered ones first, then by date of receipt."""
    counter_signal_refs = {signal.request for signals in page.signals.values() for signal in signals}
    terms = page.obligations_by_check("request_answered")
    found = []
    for row in page.rows.requests:
        answered, received = latest(row.answered_on), latest(row.received_on)
        is_open = row.answered_on is None and not row.answer
        until = (None if page.is_over else page.today) if is_open else answered
        found.append(
            RequestItem(
                row,
                page.display_names.party(row.party) if row.party else "",
                is_open,
                max(0, (until - received).days) if until and received else None,
                [
                    RequestTerm(
                        wording.text_in_language(
                            page.rulebook.by_id[obligation_status.obligation.rule].title, page.display_names.language
                        ),
                        obligation_status.obligation.due_on,
                        obligation_status.status,
                        status_label(obligation_status.status, page.display_names.language),
                        obligation_fragment(*obligation_status.obligation.identity),
                    )
                    for obligation_status in terms.get(row.ref, ())
                ],
                row.ref in counter_signal_refs,
                [_suspension(period) for period in row.suspended],
            )
        )
    return sorted(found, key=lambda item: (not item.is_open, latest(item.row.received_on) or date.max, item.row.ref))


def _suspension(period: Mapping[str, Any]) -> Suspension:
    first, last = (parse_imprecise_date(period.get(key)) for key in ("from", "to"))
    return Suspension(first, last, period.get("reason") or "")
