"""The days from which rules count: one function a name, so that "else" is a list in the rulebook."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from ..dates import When
from ..facts import Facts, Step, by_date

Anchor = Literal[
    "first_activity",
    "announcement",
    "first_decision",
    "final_decision",
    "last_activity",
    "plan_adoption",
    "setup_decision",
    "council_judgement",
    "start",
]
COUNCIL = ("council", "committee")
UNSCHEDULED = When(None, None, "unscheduled")


def setup_decisions(facts: Facts) -> list[Step]:
    """Return the decisions on the set-up, in order of date."""
    return sorted((s for s in facts.held.get("decision", ()) if s.stage == "setup"), key=by_date)


def judgement_meetings(facts: Facts, bodies: Sequence[str] = COUNCIL) -> list[Step]:
    """Return the briefings and decisions of these kinds of body in the phase of judgement, in order of date."""
    steps = [*facts.held.get("briefing", ()), *facts.held.get("decision", ())]
    return sorted((s for s in steps if s.phase == "judgement" and facts.kind_of(s.body) in bodies), key=by_date)


def _announcement(facts: Facts) -> When | None:
    return facts.opening_activity.announced_on if facts.opening_activity else None


def _first(steps: Sequence[Step]) -> When | None:
    return When.first_of([s.when for s in steps if s.when])


def activities_before_final(facts: Facts) -> list[Step]:
    """Return the activities on or before the final decision: later ones belong to what follows."""
    final = facts.final_decision
    if final is None or final.latest is None:
        return []
    # What is still to be planned comes before a decision that is still to be taken, and after one that was.
    taken = all(d.done for d in facts.decisions if d.stage == "adoption")
    return [
        activity
        for activity in facts.held.get("activity", ())
        if (when := activity.when or UNSCHEDULED).sort_key[0] <= final.latest
        or (when.latest is None and not (taken and when.precision == "unscheduled"))
    ]


def _last_activity(facts: Facts) -> When | None:
    return When.last_of([activity.end or UNSCHEDULED for activity in activities_before_final(facts)])


ANCHORS: dict[str, Callable[[Facts], When | None]] = {
    "first_activity": lambda facts: facts.first_activity,
    "announcement": _announcement,
    "first_decision": lambda facts: facts.first_decision,
    "final_decision": lambda facts: facts.final_decision,
    "last_activity": _last_activity,
    "plan_adoption": lambda facts: facts.plan.adopted_on if facts.plan else None,
    "setup_decision": lambda facts: _first(setup_decisions(facts)),
    "council_judgement": lambda facts: _first(judgement_meetings(facts)),
    "start": lambda facts: facts.trajectory.started_on,
}
#: Where the fact that calls for the obligation is another than the day from which is counted.
CALLED_BY = {"announcement": "first_activity"}
#: What to fill in where the anchor is there and its day is not known, when that is called otherwise.
TO_FILL_IN = {"announcement": "announced_on"}


class Anchored(NamedTuple):
    """The anchor that was found: its name, its date, and the date that decides which version applies."""

    name: str
    when: When | None
    trigger: When | None

    @property
    def lacking(self) -> str:
        """Return the name of the fact to fill in when there is no date."""
        return TO_FILL_IN.get(self.name, self.name)


def anchor(facts: Facts, names: Sequence[str]) -> Anchored:
    """Return the first of these anchors that is there; when none is, the one that is to be filled in.

    What is still to be planned is not there yet; what happened on an unknown day is.
    """
    for name in names:
        when = ANCHORS[name](facts)
        if when is not None and when.precision != "unscheduled":
            trigger = ANCHORS[CALLED_BY[name]](facts) if name in CALLED_BY else when
            return Anchored(name, when, trigger)
    name = "first_activity" if "first_activity" in names else names[-1]
    if name == "last_activity":
        name = "first_activity" if facts.final_decision else "final_decision"
    return Anchored(name, None, None)
