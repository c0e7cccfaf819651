"""Anchors: named dates from which rules count; a rule lists them in order of preference."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from ..dates import ImpreciseDate
from ..facts import Facts, StepFacts, date_sort_key
from .base import is_before

Anchor = Literal[
    "first_activity",
    "announcement",
    "first_decision",
    "final_decision",
    "last_activity",
    "plan_adoption",
    "setup_decision",
    "council_judgement",
    "first_inspection",
    "first_exploration",
    "application",
    "start",
]
#: Bodies that take decisions.
Body = Literal["council", "committee", "executive"]
COUNCIL_BODIES = ("council", "committee")
UNSCHEDULED = ImpreciseDate(None, None, "unscheduled")


def setup_decisions(facts: Facts) -> list[StepFacts]:
    """Return the decisions on the set-up, by date."""
    return sorted((s for s in facts.active_steps.get("decision", ()) if s.stage == "setup"), key=date_sort_key)


def judgement_meetings(facts: Facts, bodies: Sequence[str] = COUNCIL_BODIES) -> list[StepFacts]:
    """Return the briefings and decisions of these kinds of body in the judgement phase, by date."""
    steps = [*facts.active_steps.get("briefing", ()), *facts.active_steps.get("decision", ())]
    return sorted((s for s in steps if s.phase == "judgement" and facts.kind_of(s.body) in bodies), key=date_sort_key)


def _announcement_date(facts: Facts) -> ImpreciseDate | None:
    return facts.opening_activity.announced_on if facts.opening_activity else None


def _first_date(steps: Sequence[StepFacts]) -> ImpreciseDate | None:
    return ImpreciseDate.first_of([s.when for s in steps if s.when])


def activities_before(facts: Facts, decision: StepFacts) -> tuple[list[StepFacts], list[StepFacts]]:
    """Return the activities that certainly ended before a decision, and those that may have: their days are unknown.

    Of a decision without a date that may be any activity.
    """
    activities = facts.active_steps.get("activity", [])
    if decision.when is None or not decision.when.is_dated:
        return [], activities
    before = [a for a in activities if is_before(a.end, decision.when)]
    return before, [a for a in activities if a.done and not (a.end and a.end.is_dated)]


def _last_activity_date(facts: Facts) -> ImpreciseDate | None:
    return ImpreciseDate.last_of([activity.end or UNSCHEDULED for activity in facts.active_steps.get("activity", ())])


def exploration_steps(facts: Facts) -> list[StepFacts]:
    """Return the steps in the exploration phase."""
    return [step for steps in facts.active_steps.values() for step in steps if step.phase == "exploration"]


#: For each anchor that is the first of some steps: those steps.
STEPS_OF_ANCHOR: dict[str, Callable[[Facts], Sequence[StepFacts]]] = {
    "first_activity": lambda facts: facts.active_steps.get("activity", ()),
    "first_decision": lambda facts: facts.decisions,
    "setup_decision": setup_decisions,
    "council_judgement": judgement_meetings,
    "first_inspection": lambda facts: facts.active_steps.get("inspection", ()),
    "first_exploration": exploration_steps,
    "application": lambda facts: facts.active_steps.get("application", ()),
}


def _first_step_date(name: str) -> Callable[[Facts], ImpreciseDate | None]:
    return lambda facts: _first_date(STEPS_OF_ANCHOR[name](facts))


ANCHORS: dict[str, Callable[[Facts], ImpreciseDate | None]] = {
    "first_activity": lambda facts: facts.first_activity,
    "announcement": _announcement_date,
    "first_decision": lambda facts: facts.first_decision,
    "final_decision": lambda facts: facts.final_decision,
    "last_activity": _last_activity_date,
    "plan_adoption": lambda facts: facts.plan.adopted_on if facts.plan else None,
    "setup_decision": _first_step_date("setup_decision"),
    "council_judgement": _first_step_date("council_judgement"),
    "first_inspection": _first_step_date("first_inspection"),
    "first_exploration": _first_step_date("first_exploration"),
    "application": _first_step_date("application"),
    "start": lambda facts: facts.trajectory.started_on,
}
#: Anchors whose trigger (the fact that creates the obligation) is not the date counted from.
TRIGGER_ANCHORS = {"announcement": "first_activity"}
#: Name of the missing fact for anchors where it differs from the name of the anchor.
MISSING_FACT_NAMES = {"announcement": "announced_on"}


class Anchored(NamedTuple):
    """The anchor in use: its name, its date, and the trigger date that selects the version of the rule."""

    name: str
    when: ImpreciseDate | None
    trigger: ImpreciseDate | None

    @property
    def missing_fact(self) -> str:
        """Return the name of the missing fact when there is no date."""
        return MISSING_FACT_NAMES.get(self.name, self.name)


def find_anchor(facts: Facts, names: Sequence[str]) -> Anchored:
    """Return the first of these anchors that exists, else the one to fill in.

    An unscheduled date does not exist yet; something that happened on an unknown day does.
    """
    for name in names:
        when = ANCHORS[name](facts)
        if when is not None and when.precision != "unscheduled":
            trigger = ANCHORS[TRIGGER_ANCHORS[name]](facts) if name in TRIGGER_ANCHORS else when
            return Anchored(name, when, trigger)
    return Anchored("first_activity" if "first_activity" in names else names[-1], None, None)


def find_latest_anchor(facts: Facts, names: Sequence[str]) -> Anchored:
    """Return the latest of these anchors; when one has no date, that one, because it may be the latest."""
    dates = {name: ANCHORS[name](facts) for name in names}
    for name, when in dates.items():
        if when is None or when.latest is None:
            return Anchored(name, when, when)
    latest = ImpreciseDate.last_of([when for when in dates.values() if when])
    name = max(dates, key=lambda name: (dates[name] or UNSCHEDULED).latest or date.min)
    return Anchored(name, latest, latest)
