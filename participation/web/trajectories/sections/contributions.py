"""Contributions and their answers, grouped by the step in which they came in."""

from datetime import date
from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.models import Contribution
from participation.presentation.labels import date_of, title_of

from .base import TrajectoryPageData, latest
from .step_facts import reach_text

#: Number of contributions shown at first.
MAX_SHOWN = 25
CHECK = "contribution_answered"


class ContributionItem(NamedTuple):
    """A contribution with its answer; ``days_waiting`` and ``due_on`` are set only if it has none.

    ``days_waiting`` is the number of days since receipt, ``due_on`` the due date of the answer; both None if unknown.
    Days are not counted if the trajectory is over.
    """

    row: Contribution
    party_name: str
    is_open: bool
    received: ImpreciseDate | None
    days_waiting: int | None
    due_on: date | None
    late: bool


class ContributionSection(NamedTuple):
    """The contributions of one step; the title is empty for those of no step. ``reached`` says who was there."""

    ref: str
    title: str
    when: ImpreciseDate | None
    reached: str
    contributions: list[ContributionItem]


class ContributionList(NamedTuple):
    """The shown contributions in groups, with totals, and the number that is hidden."""

    total: int
    answered: int
    oldest: int | None
    groups: list[ContributionSection]
    hidden: int

    @property
    def open(self) -> int:
        """Return the number of unanswered contributions."""
        return self.total - self.answered


def contribution_list(page: TrajectoryPageData, show_all: bool = False) -> ContributionList:
    """Return the contributions by step; unanswered ones, and groups that have any, come first."""
    due = {subject: row.obligation.due_on for subject, rows in page.obligations_by_check(CHECK).items() for row in rows}
    steps = page.rows.steps_by_ref
    found: dict[str, list[ContributionItem]] = {}
    for row in page.rows.contributions:
        step = steps.get(row.step)
        received = row.received_on or (date_of(step) if step else None)
        waiting = not (row.outcome and row.response)
        day = latest(received)
        due_on = due.get(row.ref)
        found.setdefault(row.step if step else "", []).append(
            ContributionItem(
                row,
                page.display_names.party(row.party) if row.party else "",
                waiting,
                received,
                max(0, (page.today - day).days) if waiting and day and not page.is_over else None,
                due_on if waiting else None,
                bool(waiting and due_on and due_on < page.today),
            )
        )
    groups = []
    for ref, contributions in found.items():
        step = steps.get(ref)
        contributions.sort(key=_sort_key)
        groups.append(
            ContributionSection(
                ref,
                title_of(step) if step else "",
                date_of(step) if step else None,
                reach_text(step, page) if step else "",
                contributions,
            )
        )
    groups.sort(
        key=lambda group: (not any(item.is_open for item in group.contributions), *_date_key(group.when), group.ref)
    )
    everything = [item for group in groups for item in group.contributions]
    days_waiting = [item.days_waiting for item in everything if item.days_waiting is not None]
    shown = groups if show_all else _limit(groups)
    return ContributionList(
        total=len(everything),
        answered=sum(not item.is_open for item in everything),
        oldest=max(days_waiting, default=None),
        groups=shown,
        hidden=len(everything) - sum(len(group.contributions) for group in shown),
    )


def _sort_key(item: ContributionItem) -> tuple[bool, date, date, str]:
    return (not item.is_open, *_date_key(item.received), item.row.ref)


def _date_key(when: ImpreciseDate | None) -> tuple[date, date]:
    return (when or ImpreciseDate.unknown()).sort_key


def _limit(groups: list[ContributionSection]) -> list[ContributionSection]:
    """Return the first contributions in their groups; one or two more are shown too, rather than hidden."""
    remaining = MAX_SHOWN if sum(len(group.contributions) for group in groups) > MAX_SHOWN + 2 else MAX_SHOWN + 2
    found = []
    for group in groups:
        if remaining > 0:
            found.append(group._replace(contributions=group.contributions[:remaining]))
        remaining -= len(group.contributions)
    return found
