"""Checks of involvement before an anchor, follow-up after it, and scenarios to choose from."""

from collections.abc import Iterator
from typing import Annotated, Literal

from .. import vocabulary as words
from ..calendar import Term
from ..facts import Facts, StepFacts
from .anchors import Anchor, Body, find_anchor, find_latest_anchor, judgement_meetings, setup_decisions
from .base import (
    NO_EVIDENCE,
    NO_TERM,
    DateRules,
    Evidence,
    ObligationDraft,
    check,
    draft_obligation,
    evidence_of_adoption,
    evidence_of_all,
    evidence_of_any,
    evidence_of_steps,
    step_details,
)

StepKind = Annotated[str, words.STEP_KINDS]
Method = Annotated[str, words.METHODS]
#: The kinds of organisation that each audience word includes.
KINDS_BY_AUDIENCE = {
    "residents": ("residents_association", "residents_initiative"),
    "entrepreneurs": ("business_association",),
}
#: Kinds of step by which a decision is communicated.
MESSAGE_KINDS = ("contact", "update", "feedback")
#: Kinds of organisation and audiences that are, or include, residents' associations.
WITH_ASSOCIATIONS = ("residents_association", "residents", "everyone")


@check("anchor")
def preceded_by(
    facts: Facts,
    days: DateRules,
    *,
    kinds: list[StepKind],
    due: list[Anchor],
    term: Term = NO_TERM,
    with_residents: bool = True,
    methods: list[Method] = [],  # noqa: B006
    channels: int = 0,
) -> Iterator[ObligationDraft]:
    """Yield the obligation that such a step precedes an anchor; the plan must name at least ``channels`` channels."""
    anchor = find_anchor(facts, due)
    evidence, undated = evidence_of_steps(_matching_steps(facts, kinds, with_residents, methods)), "done"
    if channels:
        enough = facts.plan is not None and len(set(facts.plan.channels)) >= channels
        plan = evidence_of_adoption(facts.plan) if facts.plan and enough else NO_EVIDENCE
        undated = "plan_adopted_on" if plan.undated else "done"
        evidence = evidence_of_all([evidence, plan])
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence,
        missing_fact=anchor.missing_fact,
        undated=undated,
        details={"anchor": anchor.name},
    )


@check("about")
def preceded_each(
    facts: Facts,
    days: DateRules,
    *,
    each: Literal["setup_decision", "council_judgement"],
    kinds: list[StepKind],
    term: Term = NO_TERM,
) -> Iterator[ObligationDraft]:
    """Yield one obligation per set-up decision or first judgement meeting of a council: residents come before."""
    contacts = _matching_steps(facts, kinds, True, [])
    for step in _first_meetings(facts) if each == "council_judgement" else setup_decisions(facts):
        own_contacts = [c for c in contacts if _is_same_municipality(facts, c, step)]
        yield draft_obligation(
            step.ref,
            step.when,
            days.after(step.when, term),
            evidence_of_steps(own_contacts if each == "council_judgement" else contacts),
            missing_fact="step_date",
            details=step_details(step),
        )


@check("anchor")
def followed_by(
    facts: Facts,
    days: DateRules,
    *,
    kind: StepKind,
    after: list[Anchor],
    term: Term,
    latest: bool = False,
    scored: bool = False,
    independent: bool = False,
    for_everyone: bool = False,
) -> Iterator[ObligationDraft]:
    """Yield the obligation that a step of this kind follows an anchor: the first that exists, or the ``latest``.

    ``scored`` requires a score on it, ``independent`` that another than the municipality or its executive evaluated,
    ``for_everyone`` an audience of everyone who took part.
    """
    anchor = find_latest_anchor(facts, after) if latest else find_anchor(facts, after)
    steps = facts.active_steps.get(kind, ())
    # A planned step can still get its score, and the name of who evaluates, when it is held.
    evidence = evidence_of_steps(
        s
        for s in steps
        if (not scored or s.score is not None or s.done is None)
        and (not independent or (is_independent(facts, s) if s.evaluated_by else s.done is None))
        and (not for_everyone or _reaches_everyone(facts, s))
    )
    unnamed = independent and any(s.done and not s.evaluated_by for s in steps)
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence._replace(undated=evidence.undated or unnamed),
        missing_fact=anchor.missing_fact,
        undated="evaluated_by" if unnamed else "done",
        details={"anchor": anchor.name},
    )


def is_independent(facts: Facts, evaluation: StepFacts) -> bool:
    """Return whether another than the trajectory's own municipality or its executive made this evaluation.

    A municipality or executive without a recorded municipality is assumed to be the trajectory's own.
    """
    if facts.kind_of(evaluation.evaluated_by) not in ("municipality", "executive"):
        return True
    organisation, own = facts.organisations.get(evaluation.evaluated_by), facts.trajectory.municipality
    return bool(organisation and organisation.municipality and own and organisation.municipality != own)


@check("about")
def decision_communicated(
    facts: Facts, days: DateRules, *, term: Term, bodies: list[Body]
) -> Iterator[ObligationDraft]:
    """Yield one obligation per decision of these bodies: a residents' association gets word of it afterwards.

    A contact, update or feedback counts when its ``about`` names the decision, on the day itself or later.
    """
    messages = [
        step
        for step in _matching_steps(facts, [*MESSAGE_KINDS], True, [])
        if any(facts.kind_of(party) in WITH_ASSOCIATIONS for party in step.audience)
    ]
    for step in facts.active_steps.get("decision", ()):
        if facts.kind_of(step.body) not in bodies:
            continue
        yield draft_obligation(
            step.ref,
            step.when,
            days.after(step.when, term),
            evidence_of_steps(m for m in messages if step.ref in m.about and _is_not_before(m, step)),
            missing_fact="step_date",
            details=step_details(step),
        )


@check("anchor", "count")
def scenarios_presented(
    facts: Facts, days: DateRules, *, least: int, due: list[Anchor], term: Term = NO_TERM
) -> Iterator[ObligationDraft]:
    """Yield the obligation to present at least ``least`` scenarios, or to give a reason in the plan."""
    anchor = find_anchor(facts, due)
    presented = sorted(
        (s.presented_on for s in facts.scenarios if s.presented_on and s.presented_on.is_dated),
        key=lambda when: when.sort_key,
    )
    undated = [s for s in facts.scenarios if s.presented_on and s.presented_on.precision == "unknown"]
    unknown = bool(undated) and len(presented) + len(undated) >= least
    scenario_evidence = Evidence(undated=unknown)
    if len(presented) >= least:
        scenario_evidence = evidence_of_all([Evidence(when) for when in presented[:least]])._replace(undated=unknown)
    reason = evidence_of_adoption(facts.plan) if facts.plan and facts.plan.scenarios_reason else NO_EVIDENCE
    evidence = evidence_of_any([scenario_evidence, reason])
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence,
        missing_fact=anchor.missing_fact,
        undated="plan_adopted_on" if reason.undated else "presented_on",
        details={"anchor": anchor.name, "count": len(presented)},
    )


def _matching_steps(
    facts: Facts, kinds: list[StepKind], with_residents: bool, methods: list[Method]
) -> list[StepFacts]:
    return [
        step
        for kind in kinds
        for step in facts.active_steps.get(kind, ())
        if (not with_residents or facts.with_residents(step)) and (not methods or step.method in methods)
    ]


def _first_meetings(facts: Facts) -> list[StepFacts]:
    """Return the first judgement meeting of each council: there is one obligation per municipality."""
    found: dict[str, StepFacts] = {}
    for step in judgement_meetings(facts, ("council",)):
        found.setdefault(_municipality_of(facts, step.body) or step.body, step)
    return list(found.values())


def _municipality_of(facts: Facts, body: str) -> str:
    """Return the municipality of a body: its own, or that of the trajectory for a body named by its kind alone."""
    organisation = facts.organisations.get(body)
    return organisation.municipality if organisation else facts.trajectory.municipality


def _is_same_municipality(facts: Facts, contact: StepFacts, meeting: StepFacts) -> bool:
    """Return whether the contact may be of the meeting's municipality: false only if it names others alone."""
    municipality = _municipality_of(facts, meeting.body)
    named = {
        facts.organisations[slug].municipality
        for slug in (*contact.audience, contact.body)
        if slug in facts.organisations and facts.organisations[slug].municipality
    }
    return not municipality or not named or municipality in named


def _is_not_before(step: StepFacts, other: StepFacts) -> bool:
    """Return whether this step may be on or after the other; true when a date is unknown."""
    a, b = step.when, other.when
    return a is None or b is None or a.latest is None or b.latest is None or a.latest >= (b.earliest or b.latest)


def _reaches_everyone(facts: Facts, step: StepFacts) -> bool:
    """Return whether the audience includes the audiences of all activities and every contributor."""
    reached = set(step.audience)
    parties_involved = {party for activity in facts.active_steps.get("activity", ()) for party in activity.audience}
    parties_involved |= {c.party for c in facts.contributions if c.party}
    if "everyone" in reached or {"residents", "entrepreneurs"} <= reached:
        return True
    for word, kinds in KINDS_BY_AUDIENCE.items():
        if word in reached:
            parties_involved = {party for party in parties_involved if facts.kind_of(party) not in (word, *kinds)}
    return bool(reached) and parties_involved <= reached
