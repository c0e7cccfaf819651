"""Checks of feedback on activities, answers to contributions, and progress updates."""

from collections.abc import Iterator

from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import ContributionFacts, Facts, StepFacts, date_sort_key
from .base import (
    NO_EVIDENCE,
    DateRules,
    Evidence,
    ObligationDraft,
    check,
    draft_obligation,
    evidence_of,
    evidence_of_all,
    evidence_of_any,
    evidence_of_steps,
    step_details,
)

#: Kinds of step that count as a public update for residents.
PUBLIC_KINDS = ("contact", "plan_review", "activity", "update", "feedback", "final_report")


def _evidence_of_answer(contribution: ContributionFacts) -> Evidence:
    """Return the evidence of an outcome with a reason; one without a date still counts, as undated."""
    if not (contribution.outcome and contribution.response):
        return NO_EVIDENCE
    return evidence_of(contribution.responded_on) if contribution.responded_on else Evidence(undated=True)


def _evidence_of_feedback(facts: Facts, activity: StepFacts) -> Evidence:
    """Return the evidence of feedback on an activity: a step about it, or answers to all its contributions."""
    given = evidence_of_steps(s for s in facts.active_steps.get("feedback", ()) if activity.ref in s.about)
    received = facts.contributions_by_step.get(activity.ref)
    return evidence_of_any([given, evidence_of_all(map(_evidence_of_answer, received))]) if received else given


@check("about")
def feedback_given(facts: Facts, days: DateRules, *, term: Term) -> Iterator[ObligationDraft]:
    """Yield one obligation per activity: feedback is given within the term after its end."""
    for activity in facts.active_steps.get("activity", ()):
        yield draft_obligation(
            activity.ref,
            activity.when,
            days.after(activity.end, term),
            _evidence_of_feedback(facts, activity),
            missing_fact="step_date",
            details=step_details(activity),
        )


@check("about", "activities")
def feedback_before_decision(facts: Facts, days: DateRules, *, term: Term) -> Iterator[ObligationDraft]:
    """Yield one obligation per proposal or adoption: feedback was given on every activity before it."""
    feedback = (
        {a.ref: _evidence_of_feedback(facts, a) for a in facts.active_steps.get("activity", ())}
        if facts.decisions
        else {}
    )
    for decision in facts.decisions:
        before = [a for a in facts.active_steps.get("activity", ()) if _is_before(a.end, decision.when)]
        if not before and (not facts.active_steps.get("activity") or (decision.when and decision.when.is_dated)):
            continue
        yield draft_obligation(
            decision.ref,
            decision.when,
            days.after(decision.when, term),
            evidence_of_all(feedback[a.ref] for a in before) if before else NO_EVIDENCE,
            missing_fact="step_date",
            details={**step_details(decision), "activities": [a.title or a.ref for a in before]},
        )


@check("party", "decision")
def contribution_answered(facts: Facts, days: DateRules, *, before: Term, term: Term) -> Iterator[ObligationDraft]:
    """Yield one obligation per contribution: an outcome and reason before the next decision, else within the term."""
    steps = {step.ref: step for step in facts.steps}
    dated_decisions = (d for d in facts.active_steps.get("decision", ()) if d.when and d.when.is_dated)
    decisions = sorted(dated_decisions, key=date_sort_key) if facts.contributions else []
    for contribution in facts.contributions:
        received = contribution.received_on
        if received is None and contribution.step in steps:
            received = steps[contribution.step].end
        decision = next((d for d in decisions if _is_before(received, d.when)), None)
        due = days.after(decision.when, before) if decision else days.after(received, term)
        yield draft_obligation(
            contribution.ref,
            received,
            due if received and received.is_dated else None,
            _evidence_of_answer(contribution),
            missing_fact="received_on",
            undated="responded_on",
            details={
                "party": contribution.party or contribution.ref,
                "decision": (decision.title or decision.ref) if decision else "",
            },
        )


def _is_before(first: ImpreciseDate | None, other: ImpreciseDate | None) -> bool:
    """Return whether the first certainly came before the second; false where the bounds overlap."""
    return bool(first and other and first.latest and other.latest and first.latest < (other.earliest or other.latest))


@check("about")
def progress_made(facts: Facts, days: DateRules, *, term: Term) -> Iterator[ObligationDraft]:
    """Yield one obligation for the start and per public step: another public step follows within the term."""
    trajectory = facts.trajectory
    closed = trajectory.status == "closed"
    public = [
        step
        for kind in PUBLIC_KINDS
        for step in facts.active_steps.get(kind, ())
        # Once the trajectory is closed, a step that was never held cannot count.
        if _is_public(facts, step) and not (closed and step.done is None)
    ]
    moments = sorted((s for s in public if s.when and s.when.is_dated), key=date_sort_key)
    # Held on an unknown day: it may have followed any of the others.
    undated = [s for s in public if s.done is not None and not s.done.is_dated]
    if trajectory.started_on:
        after = [m for m in moments if _is_not_before(m, trajectory.started_on)]
        # No obligation when the trajectory closed within the first term; closing later does not excuse the silence.
        if not (closed and not after and _is_closed_within(facts, days, term)):
            yield draft_obligation(
                "",
                trajectory.started_on,
                days.after(trajectory.started_on, term),
                evidence_of_steps([*after, *undated]),
                missing_fact="start",
                details={"about": ""},
            )
    elif trajectory.status in ("active", "paused", "closed"):
        yield ObligationDraft("", None, missing=("start",), details={"about": ""})
    # Newest first, so the evidence of what follows accumulates in linear time.
    following = evidence_of_steps(undated)
    for index, moment in enumerate(reversed(moments)):
        if not (closed and index == 0):
            yield draft_obligation(
                moment.ref,
                moment.when,
                days.after(moment.when, term),
                following,
                missing_fact="step_date",
                details=step_details(moment),
            )
        following = evidence_of_any([evidence_of_steps([moment]), following])
    for moment in undated if not closed else ():
        yield ObligationDraft(moment.ref, moment.when, missing=("step_date",), details=step_details(moment))


def _is_public(facts: Facts, step: StepFacts) -> bool:
    """Return whether the step counts for residents; an optional one only once it was held."""
    return facts.with_residents(step) and not (step.optional and step.done is None)


def _is_not_before(step: StepFacts, start: ImpreciseDate) -> bool:
    when = step.when
    return bool(when and when.latest and start.latest and when.latest >= (start.earliest or start.latest))


def _is_closed_within(facts: Facts, days: DateRules, term: Term) -> bool:
    closed, due = facts.trajectory.closed_on, days.after(facts.trajectory.started_on, term)
    return bool(closed and closed.latest and due and due.latest and closed.latest <= due.latest)
