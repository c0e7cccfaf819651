"""Contributions and their answers, grouped by the step in which they came in."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import OUTCOMES
from participation.models import Contribution
from participation.presentation.labels import date_of, title_of
from participation.selectors.trajectories.detail import is_answered, with_texts

from .base import TrajectoryPageData, latest
from .step_facts import reach_text

#: Number of contributions on a page.
PER_PAGE = 8
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
    """One page of the contributions in groups, with the totals of all of them.

    ``counts`` are numbers by outcome, and of those ``open``; ``selected`` is the number that the filters leave.
    """

    total: int
    answered: int
    oldest: int | None
    counts: Mapping[str, int]
    selected: int
    groups: list[ContributionSection]
    page: Page[Any]


#: Query parameter of the outcome, and its value for what has no answer yet.
OUTCOME_PARAM, OPEN = "uitkomst", "open"
#: Query parameter of who handed it in, and its values.
BY_PARAM, MINE, MY_ASSOCIATION = "van", "mij", "vereniging"


def outcome_counts(contributions: Iterable[Contribution]) -> dict[str, int]:
    """Return the number of contributions by outcome, and the number that has no answer yet, in this order."""
    found = dict.fromkeys((*OUTCOMES, OPEN), 0)
    for row in contributions:
        found[row.outcome if is_answered(row) else OPEN] += 1
    return found


def contribution_list(
    page: TrajectoryPageData,
    number: Any = 1,
    at: str = "",
    *,
    outcome: str = "",
    wanted: Callable[[Contribution], bool] = lambda _row: True,
) -> ContributionList:
    """Return a page of the contributions by step; unanswered ones, and groups that have any, come first.

    ``number`` is that of the page, or the page is the one with the contribution whose ref is ``at``. The contributions
    are those with this ``outcome`` (or ``OPEN``) that are ``wanted``.
    """
    everything = _groups(page)
    items = [item for group in everything for item in group.contributions]
    days_waiting = [item.days_waiting for item in items if item.days_waiting is not None]
    selected = [
        (group, item)
        for group in everything
        for item in group.contributions
        if (not outcome or outcome == (OPEN if item.is_open else item.row.outcome)) and wanted(item.row)
    ]
    if at:
        position = next((index for index, (_group, item) in enumerate(selected) if item.row.ref == at), 0)
        number = position // PER_PAGE + 1
    shown = Paginator(selected, PER_PAGE).get_page(number)
    groups: list[ContributionSection] = []
    rows = with_texts([item.row for _group, item in shown])
    for group, item in shown:
        if not groups or groups[-1].ref != group.ref:
            groups.append(group._replace(contributions=[]))
        # Deleted between the two reads, it is left out.
        if item.row.pk in rows:
            groups[-1].contributions.append(item._replace(row=rows[item.row.pk]))
    return ContributionList(
        total=len(items),
        answered=sum(not item.is_open for item in items),
        oldest=max(days_waiting, default=None),
        counts=outcome_counts(item.row for item in items),
        selected=len(selected),
        groups=groups,
        page=shown,
    )


def _groups(page: TrajectoryPageData) -> list[ContributionSection]:
    """Return all contributions by step, in the order in which they are shown."""
    due = {subject: row.obligation.due_on for subject, rows in page.obligations_by_check(CHECK).items() for row in rows}
    steps = page.rows.steps_by_ref
    found: dict[str, list[ContributionItem]] = {}
    for row in page.rows.contributions:
        step = steps.get(row.step)
        received = row.received_on or (date_of(step) if step else None)
        waiting = not is_answered(row)
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
    return groups


def _sort_key(item: ContributionItem) -> tuple[bool, date, date, str]:
    return (not item.is_open, *_date_key(item.received), item.row.ref)


def _date_key(when: ImpreciseDate | None) -> tuple[date, date]:
    return (when or ImpreciseDate.unknown()).sort_key
