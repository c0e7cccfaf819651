"""Contributions and their answers, grouped by the step in which they came in."""

from datetime import date
from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.models import Contribution

from .base import Page, latest, title_of, when_of

#: Number of contributions shown at first.
FIRST = 25
CHECK = "contribution_answered"


class ContributionItem(NamedTuple):
    """A contribution with its answer; ``waits`` and ``due_on`` are set only if it has none.

    ``waits`` is the number of days since receipt, ``due_on`` the due date of the answer; both None if unknown. Days
    are not counted if the trajectory is over.
    """

    row: Contribution
    who: str
    is_open: bool
    received: ImpreciseDate | None
    waits: int | None
    due_on: date | None
    late: bool


class ContributionSection(NamedTuple):
    """The contributions of one step; the title is empty for those of no step."""

    ref: str
    title: str
    when: ImpreciseDate | None
    contributions: list[ContributionItem]


class WhatWasSaid(NamedTuple):
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


def what_was_said(page: Page, all_of_it: bool = False) -> WhatWasSaid:
    """Return the contributions by step; unanswered ones, and groups that have any, come first."""
    due = {subject: row.obligation.due_on for subject, rows in page.owed_by_check(CHECK).items() for row in rows}
    steps = page.rows.step_by_ref
    found: dict[str, list[ContributionItem]] = {}
    for row in page.rows.contributions:
        step = steps.get(row.step)
        received = row.received_on or (when_of(step) if step else None)
        waiting = not (row.outcome and row.response)
        day = latest(received)
        due_on = due.get(row.ref)
        found.setdefault(row.step if step else "", []).append(
            ContributionItem(
                row,
                page.called.party(row.party) if row.party else "",
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
        contributions.sort(key=_open_first)
        groups.append(ContributionSection(ref, title_of(step) if step else "", when_of(step) if step else None, contributions))
    groups.sort(key=lambda group: (not any(one.is_open for one in group.contributions), *_in_time(group.when), group.ref))
    everything = [one for group in groups for one in group.contributions]
    waits = [one.waits for one in everything if one.waits is not None]
    shown = groups if all_of_it else _cut(groups)
    return WhatWasSaid(
        total=len(everything),
        answered=sum(not one.is_open for one in everything),
        oldest=max(waits, default=None),
        groups=shown,
        hidden=len(everything) - sum(len(group.contributions) for group in shown),
    )


def _open_first(one: ContributionItem) -> tuple[bool, date, date, str]:
    return (not one.is_open, *_in_time(one.received), one.row.ref)


def _in_time(when: ImpreciseDate | None) -> tuple[date, date]:
    return (when or ImpreciseDate.unknown()).sort_key


def _cut(groups: list[ContributionSection]) -> list[ContributionSection]:
    """Return the first contributions in their groups; one or two more are shown too, rather than hidden."""
    room = FIRST if sum(len(group.contributions) for group in groups) > FIRST + 2 else FIRST + 2
    found = []
    for group in groups:
        if room > 0:
            found.append(group._replace(contributions=group.contributions[:room]))
        room -= len(group.contributions)
    return found
