"""Checks of what the input changed in a decision, of the room that was kept, and of who was reached."""

from collections.abc import Iterator

from ..calendar import Term
from ..facts import Facts, StepFacts
from .anchors import Anchor, Body, activities_before, find_anchor
from .base import (
    NO_EVIDENCE,
    NO_TERM,
    DateRules,
    ObligationDraft,
    check,
    draft_obligation,
    evidence_of,
    evidence_of_steps,
    step_details,
)
from .involvement import Method

#: Longest subject of an obligation: that of the column in which it is stored.
SUBJECT_LENGTH = 100


@check("about", "lacks")
def effect_recorded(facts: Facts, days: DateRules, *, term: Term, bodies: list[Body]) -> Iterator[ObligationDraft]:
    """Yield one obligation per proposal or adoption by these bodies after an activity: what the input changed.

    The effect has no day of its own. It counts as recorded on the day of the decision, once that was taken: so it is
    never met late, and what is recorded of a decision still to be taken meets nothing.
    """
    for decision in facts.decisions:
        if facts.kind_of(decision.body) not in bodies:
            continue
        before, undated = activities_before(facts, decision)
        if not before and not undated:
            continue
        lacks = [name for name in ("effect", "effect_note") if not getattr(decision, name)]
        details = {**step_details(decision), "lacks": lacks}
        if not before and decision.when and decision.when.is_dated:
            yield ObligationDraft(decision.ref, decision.when, missing=("activity_date",), details=details)
            continue
        yield draft_obligation(
            decision.ref,
            decision.when,
            days.after(decision.when, term),
            NO_EVIDENCE if lacks else evidence_of(decision.done),
            missing_fact="step_date",
            details=details,
        )


@check("about", "lacks")
def room_kept(facts: Facts, days: DateRules) -> Iterator[ObligationDraft]:
    """Yield one obligation per adoption, where the plan states its room: whether that room was kept is recorded.

    That it was not kept needs a reason. It counts as recorded on the day of the decision, once that was taken: it
    has no day of its own.
    """
    if facts.plan is None or not facts.plan.room:
        return
    for decision in facts.decisions:
        if decision.stage != "adoption":
            continue
        lacks = []
        if decision.room_kept is None:
            lacks = ["room_kept"]
        elif not decision.room_kept and not decision.room_reason:
            lacks = ["room_reason"]
        yield draft_obligation(
            decision.ref,
            decision.when,
            decision.when,
            NO_EVIDENCE if lacks else evidence_of(decision.done),
            missing_fact="step_date",
            details={**step_details(decision), "lacks": lacks},
        )


@check("about")
def reach_recorded(facts: Facts, days: DateRules, *, methods: list[Method], term: Term) -> Iterator[ObligationDraft]:
    """Yield one obligation per activity by these methods: how many people it reached is recorded after its end.

    Nought is a number too. The number has no day of its own: it counts as recorded on the last day of the activity,
    once that was held.
    """
    for activity in facts.active_steps.get("activity", ()):
        if activity.method not in methods:
            continue
        recorded = activity.reach_total is not None and activity.done is not None
        yield draft_obligation(
            activity.ref,
            activity.when,
            days.after(activity.end, term),
            evidence_of(activity.end) if recorded else NO_EVIDENCE,
            missing_fact="step_date",
            details=step_details(activity),
        )


@check("anchor", "group")
def target_groups_reached(
    facts: Facts, days: DateRules, *, due: list[Anchor], term: Term = NO_TERM
) -> Iterator[ObligationDraft]:
    """Yield one obligation per target group in the plan: some activity reached it before an anchor.

    The subject is the group. Its names in the plan and with the activity are the same but for capitals and spaces.
    """
    groups: dict[str, str] = {}
    for named, _method in facts.plan.target_groups if facts.plan else ():
        if subject := subject_of_group(named):
            groups.setdefault(subject.casefold(), named)
    anchor = find_anchor(facts, due)
    for group in groups.values():
        yield draft_obligation(
            subject_of_group(group),
            anchor.trigger,
            days.after(anchor.when, term),
            evidence_of_steps(activities_that_reached(facts, group)),
            missing_fact=anchor.missing_fact,
            details={"anchor": anchor.name, "group": " ".join(group.split())},
        )


def subject_of_group(group: str) -> str:
    """Return the subject of the obligation to reach a target group: its name, on one line and not too long."""
    return " ".join(group.split())[:SUBJECT_LENGTH]


def activities_that_reached(facts: Facts, group: str) -> list[StepFacts]:
    """Return the activities that reached this group; capitals and spaces make no difference."""
    wanted = _folded(group)
    return [
        activity
        for activity in facts.active_steps.get("activity", ())
        if any(_folded(reached) == wanted for reached in activity.reach_groups)
    ]


def _folded(group: str) -> str:
    return " ".join(group.split()).casefold()
