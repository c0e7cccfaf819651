"""The schedule of one trajectory, as it is and as it would be (what-if): computed in memory, nothing is stored."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from participation.compliance.calendar import holiday_names
from participation.compliance.dates import ImpreciseDate
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import Facts, StepFacts
from participation.compliance.obligations import ObligationValue, WaiverValue, status
from participation.compliance.rulebook import Rulebook
from participation.compliance.schedule import (
    ScheduleItem,
    move_steps,
    schedule_backwards,
    shift_steps,
    target_decision,
    with_decision,
)
from participation.compliance.what_if import WhatIfDifference, difference
from participation.models import Step
from participation.selectors.obligations.facts import facts_for
from participation.selectors.obligations.statuses import waivers_of

#: The number of days by which everything is shifted to find what depends on it.
PROBE_SHIFT_DAYS = 7


class Movable(NamedTuple):
    """A step that is planned and not done: its key and ref, kind and title, and planned date."""

    pk: int
    ref: str
    kind: str
    title: str
    planned: ImpreciseDate | None


class PlanningInput(NamedTuple):
    """The input of the schedule: the facts, the waivers, and the steps that can be moved."""

    facts: Facts
    waivers: tuple[WaiverValue, ...]
    movable: tuple[Movable, ...]

    @property
    def decision(self) -> StepFacts | None:
        """Return the decision from which is counted back, or None."""
        return target_decision(self.facts)


class ScheduledDue(NamedTuple):
    """A line of the schedule: the last day, and what must be done by then.

    Either ``slot`` is set, for something still to be planned, or ``obligation``, with its status as it would be.
    ``holidays`` are the names of a holiday on that day and ``recess`` of a recess around it.
    """

    latest: date
    slot: ScheduleItem | None
    obligation: ObligationValue | None
    status: str
    holidays: Mapping[str, str]
    recess: str

    @property
    def planned(self) -> date | None:
        """Return the day for which it is planned, or None."""
        return self.obligation.expected_on if self.obligation else None


class Outlook(NamedTuple):
    """The schedule with the decision on a given day: its lines, the difference from now, and what is to be planned."""

    decision: date | None
    lines: tuple[ScheduledDue, ...]
    changes: WhatIfDifference
    slots: tuple[ScheduleItem, ...]
    has_known_recesses: bool


def planning_input(trajectory: int) -> PlanningInput:
    """Return the facts, waivers and movable steps of this trajectory, in a bounded number of queries."""
    ((_pk, facts),) = facts_for([trajectory])
    rows = Step.objects.filter(trajectory=trajectory, cancelled=False, done__isnull=True).order_by("pk")
    movable = [Movable(*row) for row in rows.values_list("pk", "ref", "kind", "title", "planned")]
    movable.sort(key=lambda step: (step.planned or ImpreciseDate.unknown()).sort_key)
    return PlanningInput(facts, tuple(waivers_of([trajectory]).get(trajectory, ())), tuple(movable))


def outlook(
    now: PlanningInput, rulebook: Rulebook, today: date, decision: date | None, moves: Mapping[str, date]
) -> Outlook:
    """Return the schedule with the decision on that day and these steps (by ref) moved; pure."""
    facts = move_steps(now.facts, moves)
    if decision:
        facts = with_decision(facts, decision)
    found = target_decision(facts)
    day = found.when.latest if found and found.when else None
    after = evaluate(facts, rulebook)
    slots = schedule_backwards(facts, rulebook, today).slots
    calendar = rulebook.rules[0].days.calendar

    def scheduled_due(latest: date, slot: ScheduleItem | None, obligation: ObligationValue | None) -> ScheduledDue:
        status_then = status(obligation, today, now.waivers) if obligation else ""
        recess = calendar.recess_containing(latest, latest)
        return ScheduledDue(
            latest, slot, obligation, status_then, holiday_names(calendar, latest), recess.name if recess else ""
        )

    covered = {identity for slot in slots for identity in slot.obligations}
    dependent = _dependent_identities(facts, after, rulebook)
    lines = [
        *(scheduled_due(slot.latest, slot, None) for slot in slots),
        *(
            scheduled_due(o.due_on, None, o)
            for o in after
            if o.due_on and o.met_on is None and o.identity in dependent - covered
        ),
    ]
    lines.sort(key=lambda due: (due.latest, due.slot is None, due.obligation.identity if due.obligation else ("", "")))
    return Outlook(
        day,
        tuple(lines),
        difference(evaluate(now.facts, rulebook), after, today, now.waivers),
        slots,
        day is None or calendar.has_known_recesses(day),
    )


def _dependent_identities(facts: Facts, after: list[ObligationValue], rulebook: Rulebook) -> set[tuple[str, str]]:
    """Return the identities of obligations whose due date moves along when everything planned is shifted."""
    due = {o.identity: o.due_on for o in evaluate(shift_steps(facts, PROBE_SHIFT_DAYS), rulebook)}
    return {o.identity for o in after if due.get(o.identity) != o.due_on}
