"""Checks of feedback on activities, answers to contributions, and progress updates."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from ..calendar import Term
from ..dates import ImpreciseDate
from ..facts import ContributionFacts, Facts, StepFacts, date_sort_key
from .anchors import activities_before
from .base import (
    NO_EVIDENCE,
    NO_TERM,
    DateRules,
    Evidence,
    ObligationDraft,
    check,
    draft_obligation,
    due_before_decision,
    evidence_of,
    evidence_of_all,
    evidence_of_any,
    evidence_of_steps,
    is_before,
    step_details,
    with_strict_bound,
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
def feedback_before_decision(
    facts: Facts, days: DateRules, *, term: Term, minimum: Term = NO_TERM
) -> Iterator[ObligationDraft]:
    """Yield one obligation per proposal or adoption: feedback was given on every activity before it.

    Due ``term`` before the decision, but never earlier than ``minimum`` after the last of those activities, nor later
    than the day of the decision.
    """
    activities = facts.active_steps.get("activity", ()) if facts.decisions else ()
    feedback = {activity.ref: _evidence_of_feedback(facts, activity) for activity in activities}
    for decision in facts.decisions:
        before, undated = activities_before(facts, decision)
        if not before and not undated:
            continue
        given = [feedback[activity.ref] for activity in before]
        # An activity on an unknown day may have come after the decision: then no feedback on it was due yet.
        given += [Evidence(feedback[activity.ref].done, undated=True) for activity in undated]
        last = ImpreciseDate.last_of([activity.end or ImpreciseDate.unknown() for activity in (*before, *undated)])
        yield draft_obligation(
            decision.ref,
            decision.when,
            due_before_decision(days, decision.when, term, last, minimum) if decision.when else None,
            evidence_of_all(given),
            missing_fact="step_date",
            undated="activity_date" if undated else "done",
            details={**step_details(decision), "activities": [a.title or a.ref for a in (*before, *undated)]},
        )


@check("party", "decision")
def contribution_answered(
    facts: Facts, days: DateRules, *, before: Term, term: Term, minimum: Term = NO_TERM
) -> Iterator[ObligationDraft]:
    """Yield one obligation per contribution: an outcome with its reason before the next decision, else within a term.

    Due ``before`` the next decision after it, but never earlier than ``minimum`` after its receipt, nor later than the
    day of that decision; without such a decision ``term`` after its receipt.
    """
    steps = {step.ref: step for step in facts.steps}
    decisions = [d for d in facts.active_steps.get("decision", ()) if d.when and d.when.is_dated]
    decisions.sort(key=_latest_day)
    for contribution in facts.contributions:
        received = contribution.received_on
        if received is None and contribution.step in steps:
            received = steps[contribution.step].end
        decision = next((d for d in decisions if is_before(received, d.when)), None)
        due = None
        if received and received.is_dated:
            strict_due = _strict_answer_due(days, received, decisions, before, term, minimum)
            if decision and decision.when:
                due = due_before_decision(days, decision.when, before, received, minimum)
            else:
                due = days.after(received, term)
            due = with_strict_bound(due, strict_due)
        yield draft_obligation(
            contribution.ref,
            received,
            due,
            _evidence_of_answer(contribution),
            missing_fact="received_on",
            undated="responded_on",
            details={
                "party": contribution.party or contribution.ref,
                "decision": (decision.title or decision.ref) if decision else "",
            },
        )


def _latest_day(step: StepFacts) -> tuple[date, str]:
    return (step.when and step.when.latest) or date.max, step.ref


def _strict_answer_due(
    days: DateRules, received: ImpreciseDate, decisions: Sequence[StepFacts], before: Term, term: Term, minimum: Term
) -> date | None:
    """Return the earliest day on which an answer may be due; None when the receipt or a decision has no first day.

    It counts from the first day of receipt and the earliest decision that may follow it.
    """
    first = received.earliest
    following = [d.when for d in decisions if first and d.when and d.when.latest and d.when.latest > first]
    starts = [when.earliest for when in following if when.earliest]
    if first is None or len(starts) < len(following):
        return None
    if starts:
        decision = ImpreciseDate.on(max(min(starts), first + timedelta(days=1)))
        due = due_before_decision(days, decision, before, ImpreciseDate.on(first), minimum)
    else:
        due = days.after(ImpreciseDate.on(first), term)
    return due.latest if due else None


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
