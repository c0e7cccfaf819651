"""Checks of involvement before an anchor, follow-up after it, and scenarios to choose from."""

from collections.abc import Iterator
from typing import Annotated, Literal

from .. import vocabulary as words
from ..calendar import Term
from ..facts import Facts, StepFacts
from .anchors import Anchor, activities_before_final, anchor, judgement_meetings, setup_decisions
from .base import (
    NO_DAYS,
    NOTHING,
    DateRules,
    Evidence,
    ObligationDraft,
    all_done,
    any_done,
    check,
    dated,
    first_done,
    names,
    owe,
)

StepKind = Annotated[str, words.STEP_KINDS]
Method = Annotated[str, words.METHODS]
#: The kinds of organisation that each audience word includes.
SPEAKS_FOR = {
    "residents": ("residents_association", "residents_initiative"),
    "entrepreneurs": ("business_association",),
}


@check("anchor")
def preceded_by(
    facts: Facts,
    days: DateRules,
    *,
    kinds: list[StepKind],
    due: list[Anchor],
    term: Term = NO_DAYS,
    with_residents: bool = True,
    methods: list[Method] = [],  # noqa: B006
    channels: int = 0,
) -> Iterator[ObligationDraft]:
    """Yield the obligation that such a step precedes an anchor; the plan must name at least ``channels`` channels."""
    at = anchor(facts, due)
    evidence, undated = first_done(_steps(facts, kinds, with_residents, methods)), "done"
    if channels:
        enough = facts.plan is not None and len(set(facts.plan.channels)) >= channels
        plan = dated(facts.plan.adopted_on) if facts.plan and enough else NOTHING
        undated = "plan_adopted_on" if plan.undated else "done"
        evidence = all_done([evidence, plan])
    yield owe(
        "",
        at.trigger,
        days.after(at.when, term),
        evidence,
        lacking=at.lacking,
        undated=undated,
        details={"anchor": at.name},
    )


@check("about")
def preceded_each(
    facts: Facts,
    days: DateRules,
    *,
    each: Literal["setup_decision", "council_judgement"],
    kinds: list[StepKind],
    term: Term = NO_DAYS,
) -> Iterator[ObligationDraft]:
    """Yield one obligation per set-up decision or first judgement meeting of a council: residents come before."""
    contacts = _steps(facts, kinds, True, [])
    for step in _firsts(facts) if each == "council_judgement" else setup_decisions(facts):
        of_this = [c for c in contacts if _same_municipality(facts, c, step)]
        yield owe(
            step.ref,
            step.when,
            days.after(step.when, term),
            first_done(of_this if each == "council_judgement" else contacts),
            lacking="step_date",
            details=names(step),
        )


@check("anchor")
def followed_by(
    facts: Facts,
    days: DateRules,
    *,
    kind: StepKind,
    after: list[Anchor],
    term: Term,
    scored: bool = False,
    for_everyone: bool = False,
) -> Iterator[ObligationDraft]:
    """Yield the obligation that a step of this kind follows an anchor.

    ``scored`` requires a score on it, ``for_everyone`` an audience of everyone who took part.
    """
    at = anchor(facts, after)
    steps = [
        s
        for s in facts.held.get(kind, ())
        # A planned step can still get its score when it is held.
        if (not scored or s.score is not None or s.done is None) and (not for_everyone or _reaches_everyone(facts, s))
    ]
    yield owe(
        "",
        at.trigger,
        days.after(at.when, term),
        first_done(steps),
        lacking=at.lacking,
        details={"anchor": at.name},
    )


@check("about")
def decision_told(facts: Facts, days: DateRules, *, term: Term, bodies: list[str]) -> Iterator[ObligationDraft]:
    """Yield one obligation per decision of these bodies: residents are informed of it, on the day or later.

    A step counts when its ``about`` includes the decision or is empty.
    """
    residents = ("residents", "everyone", *SPEAKS_FOR["residents"])
    told = [
        step
        for step in _steps(facts, ["contact", "update", "feedback", "final_report"], True, [])
        if any(facts.kind_of(party) in residents for party in step.audience)
    ]
    for step in facts.held.get("decision", ()):
        if facts.kind_of(step.body) not in bodies:
            continue
        tells = [t for t in told if (not t.about or step.ref in t.about) and _not_before(t, step)]
        yield owe(
            step.ref,
            step.when,
            days.after(step.when, term),
            first_done(tells),
            lacking="step_date",
            details=names(step),
        )


@check("anchor", "count")
def scenarios_presented(
    facts: Facts, days: DateRules, *, least: int, due: list[Anchor], term: Term = NO_DAYS
) -> Iterator[ObligationDraft]:
    """Yield the obligation to present at least ``least`` scenarios, or to give a reason in the plan."""
    at = anchor(facts, due)
    presented = sorted(
        (s.presented_on for s in facts.scenarios if s.presented_on and s.presented_on.is_dated),
        key=lambda when: when.sort_key,
    )
    undated = [s for s in facts.scenarios if s.presented_on and s.presented_on.precision == "unknown"]
    unknown = bool(undated) and len(presented) + len(undated) >= least
    shown = Evidence(undated=unknown)
    if len(presented) >= least:
        shown = all_done([Evidence(when) for when in presented[:least]])._replace(undated=unknown)
    reason = dated(facts.plan.adopted_on) if facts.plan and facts.plan.scenarios_reason else NOTHING
    evidence = any_done([shown, reason])
    yield owe(
        "",
        at.trigger,
        days.after(at.when, term),
        evidence,
        lacking=at.lacking,
        undated="presented_on",
        details={"anchor": at.name, "count": len(presented)},
    )


def _steps(facts: Facts, kinds: list[StepKind], with_residents: bool, methods: list[Method]) -> list[StepFacts]:
    return [
        step
        for kind in kinds
        for step in facts.held.get(kind, ())
        if (not with_residents or facts.with_residents(step)) and (not methods or step.method in methods)
    ]


def _firsts(facts: Facts) -> list[StepFacts]:
    """Return the first judgement meeting of each council: there is one obligation per municipality."""
    found: dict[str, StepFacts] = {}
    for step in judgement_meetings(facts, ("council",)):
        found.setdefault(step.body, step)
    return list(found.values())


def _same_municipality(facts: Facts, contact: StepFacts, meeting: StepFacts) -> bool:
    """Return whether the contact may be of the meeting's municipality: false only if it names others alone."""
    council = facts.organisations.get(meeting.body)
    if council is None or not council.municipality:
        return True
    named = {
        facts.organisations[slug].municipality
        for slug in (*contact.audience, contact.body)
        if slug in facts.organisations and facts.organisations[slug].municipality
    }
    return not named or council.municipality in named


def _not_before(step: StepFacts, other: StepFacts) -> bool:
    """Return whether this step may be on or after the other; true when a date is unknown."""
    a, b = step.when, other.when
    return a is None or b is None or a.latest is None or b.latest is None or a.latest >= (b.earliest or b.latest)


def _reaches_everyone(facts: Facts, step: StepFacts) -> bool:
    """Return whether the audience includes the audiences of all activities and every contributor."""
    reached = set(step.audience)
    took_part = {party for activity in activities_before_final(facts) for party in activity.audience}
    took_part |= {c.party for c in facts.contributions if c.party}
    if "everyone" in reached or {"residents", "entrepreneurs"} <= reached:
        return True
    for word, kinds in SPEAKS_FOR.items():
        if word in reached:
            took_part = {party for party in took_part if facts.kind_of(party) not in (word, *kinds)}
    return bool(reached) and took_part <= reached
