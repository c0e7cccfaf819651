"""Checks of the content of the plan, and of what must be recorded when a trajectory starts."""

from collections.abc import Callable, Iterator
from typing import Literal

from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import Facts, PlanFacts
from ..vocabulary import LEVELS
from .anchors import Anchor, find_anchor
from .base import NO_EVIDENCE, NO_TERM, DateRules, Evidence, ObligationDraft, check, draft_obligation, evidence_of

Need = Literal[
    "frameworks",
    "room",
    "level_motivation",
    "target_groups",
    "silent_interests",
    "neighbouring_areas",
    "joint_start",
    "support",
    "roles",
    "resources",
    "independent_commissioner",
]
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


NEEDS: dict[str, Callable[[PlanFacts, Facts], bool]] = {
    "frameworks": lambda p, f: bool(p.frameworks) and all(what and why for what, why in p.frameworks),
    "room": lambda p, f: p.room,
    "level_motivation": lambda p, f: p.level_motivation,
    "target_groups": lambda p, f: bool(p.target_groups) and all(group and method for group, method in p.target_groups),
    "silent_interests": lambda p, f: bool(p.silent_interests),
    "neighbouring_areas": lambda p, f: bool(p.neighbouring_areas) or p.neighbouring_areas_reason,
    "joint_start": lambda p, f: p.joint_start is True or p.joint_start_reason,
    "support": lambda p, f: p.support or p.support_reason,
    "roles": lambda p, f: all(role in p.roles for role in ROLES),
    "resources": lambda p, f: all(resource in p.resources for resource in RESOURCES),
    "independent_commissioner": lambda p, f: _is_independent(f),
}


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
    """Yield the obligation that the plan covers all ``needs``, met on its date named by ``on``."""
    anchor = find_anchor(facts, due)
    plan = facts.plan or PlanFacts()
    unmet_needs = [need for need in needs if not NEEDS[need](plan, facts)]
    evidence = NO_EVIDENCE if unmet_needs else evidence_of(getattr(plan, on))
    details = {"anchor": anchor.name, "lacks": unmet_needs}
    if "independent_commissioner" in needs and not unmet_needs and _is_commissioner_unknown(facts):
        yield ObligationDraft("", anchor.trigger, missing=("commissioner",), details=details)
        return
    yield draft_obligation(
        "",
        anchor.trigger,
        days.after(anchor.when, term),
        evidence,
        missing_fact=anchor.missing_fact,
        undated=f"plan_{on}",
        details=details,
    )


@check("anchor")
def trajectory_states(
    facts: Facts, days: DateRules, *, what: Literal["level", "contact_role"], due: list[Anchor], least: str = ""
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
    enough = bool(value) and (not least or LEVELS.index(value) >= LEVELS.index(least))
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
