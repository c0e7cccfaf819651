"""The timeline section: a drawing and a table with the same numbers."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from participation.models import Step
from participation.presentation.labels import date_of, state_of, title_of

from ...shared.addresses import address
from ..timeline import NARROW_WIDTH, WIDE_WIDTH, Drawing, TimelineEvent, draw_timeline, sort_events
from .base import TrajectoryPageData, latest
from .step_facts import step_facts

#: Maximum number of steps in a table that is unfolded at first.
MAX_OPEN = 4


class TimelineStep(NamedTuple):
    """A row of the table, numbered as in the drawing; ``is_past`` if it was planned for a day that has passed."""

    number: int
    row: Step
    title: str
    when: Any
    state: str
    shape: str
    audience: str
    body: str
    evaluation_url: str
    evaluation_links_url: str
    is_past: bool
    facts: list[tuple[str, str]]

    @property
    def has_place(self) -> bool:
        """Return whether its place, or what happens there, is recorded."""
        row = self.row
        links = self.is_to_come and (row.place_online_url or row.sign_up_url)
        return any((row.place_name, row.place_address, links, row.description))

    @property
    def is_to_come(self) -> bool:
        """Return whether it may still take place, so that one can sign up for it."""
        return not self.is_past and self.state not in ("done", "cancelled")


class StepTable(NamedTuple):
    """Some steps as a table, with what they are; ``is_open`` is whether it is unfolded."""

    label: str
    rows: list[TimelineStep]
    is_open: bool


class Timeline(NamedTuple):
    """The drawing in two widths, and the steps as rows and as tables; ``states`` counts the rows by state."""

    narrow: Drawing
    wide: Drawing
    rows: list[TimelineStep]
    tables: list[StepTable]
    states: dict[str, int]
    imprecise: bool
    shapes: list[str]


def timeline(page: TrajectoryPageData, unfolded: str = "") -> Timeline:
    """Return the timeline of all steps, including cancelled ones; the table with the step ``unfolded`` is open."""
    steps = {step.ref: step for step in page.rows.steps}
    events = sort_events(_event(step, page.today) for step in steps.values())
    narrow = draw_timeline(events, page.today, NARROW_WIDTH)
    markers = {marker.number: marker for marker in narrow.markers}
    rows = [
        _row(number, steps[event.ref], event, markers[number].shape, page) for number, event in enumerate(events, 1)
    ]
    counts = {
        state: sum(event.state == state for event in events)
        for state in ("done", "open", "planned", "optional", "cancelled")
    }
    return Timeline(
        narrow,
        draw_timeline(events, page.today, WIDE_WIDTH),
        rows,
        list(_tables(rows, unfolded)),
        counts,
        any(span.imprecise for span in narrow.spans),
        sorted(
            {marker.shape for marker in narrow.markers}, key=("circle", "diamond", "triangle", "bar", "square").index
        ),
    )


def _tables(rows: Sequence[TimelineStep], unfolded: str) -> Iterator[StepTable]:
    """Yield the steps that are over, and those that are not; without empty ones."""
    for label, is_over in ((_("Done or cancelled"), True), (_("Still to come"), False)):
        own = [row for row in rows if (row.state in ("done", "cancelled")) is is_over]
        if own:
            yield StepTable(label, own, len(own) <= MAX_OPEN or any(row.row.ref == unfolded for row in own))


def _event(step: Step, today: date) -> TimelineEvent:
    return TimelineEvent(
        step.ref,
        step.kind,
        step.phase,
        date_of(step),
        step.closes,
        state_of(step, today),
    )


def _row(number: int, step: Step, event: TimelineEvent, shape: str, page: TrajectoryPageData) -> TimelineStep:
    return TimelineStep(
        number,
        step,
        title_of(step),
        date_of(step),
        event.state,
        shape,
        _party_names(step.audience, page),
        page.display_names.code_label(step.body) if step.body else "",
        _evaluation_url(step, page),
        _evaluation_links_url(step, page),
        event.state in ("planned", "optional") and (latest(event.when) or page.today) < page.today,
        step_facts(step, page),
    )


def _party_names(parties: Sequence[str], page: TrajectoryPageData) -> str:
    return ", ".join(page.display_names.party(party) for party in parties)


def _evaluation_url(step: Step, page: TrajectoryPageData) -> str:
    """Return the URL of the evaluation results of an activity that took place, else ""."""
    if step.kind != "activity" or step.done is None:
        return ""
    return address("evaluation_results", page.rows.trajectory.slug, step.ref)


def _evaluation_links_url(step: Step, page: TrajectoryPageData) -> str:
    """Return the URL for making evaluation links of an activity that was not cancelled, else ""."""
    if step.kind != "activity" or step.cancelled:
        return ""
    return address("evaluation_links", page.rows.trajectory.slug, step.ref)
