"""The summary of a trajectory: where it stands, what was done with the input, and what is late."""

from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.models.labels import LABELS
from participation.presentation.digest_data import phrase
from participation.presentation.labels import date_of, date_texts
from participation.presentation.trajectory_pages import obligation_fragment
from participation.selectors.obligations.statuses import ObligationStatus

from ...shared.addresses import address, trajectory_address
from ...shared.obligation_list import MAX_ANCHORS, RenderContext, severity
from .base import TrajectoryPageData, latest
from .contributions import BY_PARAM, MY_ASSOCIATION, OPEN, OUTCOME_PARAM, outcome_counts

#: Maximum number of overdue obligations in the summary: the strongest.
MAX_LATE = 3


class OutcomeCount(NamedTuple):
    """How many contributions have an outcome, and the URL of those."""

    href: str
    label: str
    number: int


class InputSummary(NamedTuple):
    """The number of contributions, and what was done with them; outcomes that do not occur are left out.

    ``own_href`` is the URL of those of the associations of the reader, "" for others.
    """

    total: int
    counts: list[OutcomeCount]
    own_href: str


class LateItem(NamedTuple):
    """An overdue obligation: its fragment and URL, what is due, and its dates."""

    fragment: str
    href: str
    message: str
    dates: list[str]


class LateSummary(NamedTuple):
    """The first overdue obligations, the number of all, and fragments of other obligations: of many, the first."""

    text: str
    number: int
    items: list[LateItem]
    other_fragments: list[str]


def latest_step(page: TrajectoryPageData) -> Any:
    """Return the step that took place last, or None."""
    done = [step for step in page.rows.steps if step.done is not None and not step.cancelled]
    return max(done, key=lambda step: (date_of(step) or ImpreciseDate.unknown()).sort_key, default=None)


def coming_steps(page: TrajectoryPageData) -> list[Any]:
    """Return the coming steps in chronological order."""
    ahead = [
        step
        for step in page.rows.steps
        if not step.cancelled and step.done is None and (day := latest(date_of(step))) and day >= page.today
    ]
    return sorted(ahead, key=lambda step: step.planned.sort_key)


def outcome_label(outcome: str) -> str:
    """Return the display name of an outcome, or of ``OPEN``."""
    return _("No answer yet") if outcome == OPEN else capfirst(str(LABELS[outcome]))


def input_summary(page: TrajectoryPageData, query: Mapping[str, str], can_speak: bool) -> InputSummary:
    """Return what was done with the input; ``query`` is that of the day that is shown.

    ``can_speak`` is whether the reader speaks for an association that it concerns.
    """
    slug = page.rows.trajectory.slug
    counts = outcome_counts(page.rows.contributions)
    return InputSummary(
        len(page.rows.contributions),
        [
            OutcomeCount(
                trajectory_address(slug, "inbreng", **query, **{OUTCOME_PARAM: name}), outcome_label(name), number
            )
            for name, number in counts.items()
            if number
        ],
        trajectory_address(slug, "inbreng", **query, **{BY_PARAM: MY_ASSOCIATION}) if can_speak else "",
    )


def late_summary(
    page: TrajectoryPageData,
    obligations: Sequence[ObligationStatus],
    render_context: RenderContext,
    query: Mapping[str, str],
) -> LateSummary:
    """Return what is overdue, the strongest rules first; ``query`` is that of the day that is shown."""
    agreements = address("trajectory_agreements", page.rows.trajectory.slug, **query)
    language, over = render_context.language, render_context.over
    late = [row for row in obligations if row.status == "overdue"]
    late.sort(key=lambda row: severity((row.obligation, row.status), render_context))
    items = [
        LateItem(
            fragment := obligation_fragment(*row.obligation.identity),
            f"{agreements}#{fragment}",
            wording.message(
                page.rulebook.by_id[row.obligation.rule], row.obligation, language, page.display_names.names
            ),
            date_texts(row.obligation, row.status, render_context.today, language, over),
        )
        for row in late[:MAX_LATE]
    ]
    # A mail may link to a rule as a whole, or to an obligation: most often to one that is late.
    others = (row for row in obligations if row.status != "overdue")
    fragments = dict.fromkeys(
        (
            *(obligation_fragment(rule) for rule in dict.fromkeys(row.obligation.rule for row in obligations)),
            *(obligation_fragment(*row.obligation.identity) for row in islice(chain(late, others), MAX_ANCHORS)),
        )
    )
    shown = {item.fragment for item in items}
    return LateSummary(
        phrase("late", language, len(late)), len(late), items, [name for name in fragments if name not in shown]
    )
