"""Checks of the content of the plan, and of what must be recorded when a trajectory starts."""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import Facts, PlanFacts, StepFacts
from ..vocabulary import LEVELS
from .anchors import Anchor, find_anchor
from .base import (
    NO_EVIDENCE,
    NO_TERM,
    DateRules,
    Evidence,
    ObligationDraft,
    OwnWords,
    check,
    draft_obligation,
    evidence_of,
    evidence_of_adoption,
    evidence_of_all,
    evidence_of_any,
    evidence_of_steps,
)

PlanDate = Literal["adopted_on", "actors_shared_on", "to_council_on"]

ROLES = ("college", "council", "organisation")
RESOURCES = ("budget", "expertise", "lead_time", "people")


def _is_independent(facts: Facts) -> bool:
    """Return whether a study was not commissioned by its own subject.

    A municipality and its college (the executive) count as one party.
    """
    commissioner, subject = facts.trajectory.commissioner, facts.trajectory.subject_of_study
    if not subject or commissioner == subject:
        return not subject
    parties = [facts.organisations.get(slug) for slug in (commissioner, subject)]
    own = {party.municipality for party in parties if party and party.kind in ("municipality", "executive")}
    is_one_government = all(party and party.kind in ("municipality", "executive") for party in parties)
    # A party without a recorded municipality is assumed to be of the same one as the other.
    return not is_one_government or len(own - {""}) > 1


def _is_commissioner_unknown(facts: Facts) -> bool:
    """Return whether a study has a subject but no recorded commissioner."""
    return bool(facts.trajectory.subject_of_study) and not facts.trajectory.commissioner


#: By name: whether the plan, or the trajectory, says what is needed.
NEEDS: dict[str, Callable[[PlanFacts, Facts], bool]] = {
    "frameworks": lambda p, f: bool(p.frameworks) and all(what and why for what, why in p.frameworks),
    "frameworks_named": lambda p, f: any(what for what, _why in p.frameworks),
    "room": lambda p, f: p.room,
    "level": lambda p, f: bool(f.trajectory.level),
    "level_motivation": lambda p, f: p.level_motivation,
    "target_groups": lambda p, f: bool(p.target_groups) and all(group and method for group, method in p.target_groups),
    "groups_named": lambda p, f: any(group for group, _method in p.target_groups),
    "silent_interests": lambda p, f: bool(p.silent_interests),
    "neighbouring_areas": lambda p, f: bool(p.neighbouring_areas) or p.neighbouring_areas_reason,
    "joint_start": lambda p, f: p.joint_start is True or p.joint_start_reason,
    "support": lambda p, f: p.support or p.support_reason,
    "roles": lambda p, f: all(role in p.roles for role in ROLES),
    "resources": lambda p, f: all(resource in p.resources for resource in RESOURCES),
    "independent_commissioner": lambda p, f: _is_independent(f),
}
#: What every plan may be asked, and the municipality's own items.
Need = Annotated[str, OwnWords("plan_items", tuple(NEEDS))]
Level = Annotated[str, LEVELS]
ReportItem = Annotated[str, OwnWords("report_items")]


@check("anchor", "lacks")
def plan_says(
    facts: Facts,
    days: DateRules,
    *,
    due: list[Anchor],
    needs: list[Need] = [],  # noqa: B006 - read only; the loader reads the signature
    on: PlanDate = "adopted_on",
    term: Term = NO_TERM,
) -> Iterator[ObligationDraft]:
    """Yield the obligation that the plan covers all ``needs``, met on its date named by ``on``.

    What it says counts from the day it was adopted: without that day it is not known since when. Only a joint start
    is proven by the first activity itself.
    """
    anchor = find_anchor(facts, due)
    plan = facts.plan or PlanFacts()
    unmet_needs = [need for need in needs if not _is_met(need, plan, facts)]
    details = {"anchor": anchor.name, "lacks": unmet_needs}
    if "independent_commissioner" in needs and not unmet_needs and _is_commissioner_unknown(facts):
        yield ObligationDraft("", anchor.trigger, missing=("commissioner",), details=details)
        return
    started_together = "joint_start" in needs and plan.joint_start is True
    written = [need for need in needs if need != "joint_start" or not started_together]
    evidence = NO_EVIDENCE
    if not unmet_needs:
        parts = []
        if written or not needs:
            by_adoption = written and on == "adopted_on"
            parts.append(evidence_of_adoption(plan) if by_adoption else evidence_of(getattr(plan, on)))
        if started_together:
            parts.append(evidence_of_steps([facts.opening_activity] if facts.opening_activity else []))
        evidence = evidence_of_all(parts)
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence,
        missing_fact=anchor.missing_fact,
        undated=f"plan_{on}",
        details=details,
    )


def _is_met(need: str, plan: PlanFacts, facts: Facts) -> bool:
    return NEEDS[need](plan, facts) if need in NEEDS else need in plan.items


@check("anchor", "lacks")
def report_says(
    facts: Facts, days: DateRules, *, due: list[Anchor], needs: list[ReportItem], term: Term = NO_TERM
) -> Iterator[ObligationDraft]:
    """Yield the obligation to publish a final report that covers all ``needs``, within the term after the anchor.

    A final report is published when it goes to the residents or to everyone, or when a document of it was published.
    One that is still planned can still cover them.
    """
    anchor = find_anchor(facts, due)
    reports = facts.active_steps.get("final_report", [])
    lacking = {report.ref: [need for need in needs if need not in report.items] for report in reports}
    complete = [report for report in reports if report.done is None or not lacking[report.ref]]
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence_of_any(_evidence_of_publication(facts, report) for report in complete),
        missing_fact=anchor.missing_fact,
        details={"anchor": anchor.name, "lacks": min(lacking.values(), key=len, default=list(needs))},
    )


def _evidence_of_publication(facts: Facts, report: StepFacts) -> Evidence:
    """Return the evidence that a final report was published: its own day, or the later one of its document."""
    step = evidence_of_steps([report])
    if not {"residents", "everyone"}.isdisjoint(report.audience):
        return step
    published = [document.published_on for document in facts.documents if document.ref in report.documents]
    return evidence_of_all([step, evidence_of_any(map(evidence_of, published))])


@check("anchor")
def trajectory_states(
    facts: Facts, days: DateRules, *, what: Literal["level", "contact_role"], due: list[Anchor], least: Level = ""
) -> Iterator[ObligationDraft]:
    """Yield the obligation that the level or the contact role is recorded; neither has a date of its own.

    ``least`` is the lowest level of the ladder that counts. An empty level is a missing fact, an empty contact
    role means that there is none.
    """
    anchor = find_anchor(facts, due)
    value = getattr(facts.trajectory, what)
    details = {"anchor": anchor.name, "value": value}
    if what == "level" and not value:
        yield ObligationDraft("", anchor.trigger, missing=("level",), details=details)
        return
    enough = bool(value) and (what != "level" or not least or LEVELS.index(value) >= LEVELS.index(least))
    evidence = NO_EVIDENCE
    if enough and anchor.when and anchor.when.latest:
        # The facts do not say since when it is known: assume the first recorded date.
        plan = facts.plan or PlanFacts()
        moments = (facts.trajectory.started_on, plan.adopted_on, plan.published_on, anchor.when)
        evidence = Evidence(ImpreciseDate.first_of([when for when in moments if when and when.earliest]))
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, NO_TERM),
        evidence,
        missing_fact=anchor.missing_fact,
        details=details,
    )
