"""What was done with what people said: feedback, answers, and progress in between."""

from collections.abc import Iterator, Sequence
from typing import Literal

from ..calendar import Term
from ..dates import When
from ..facts import Commitment, Contribution, Facts, Motion, Step, by_date
from .base import (
    NOTHING,
    Days,
    Evidence,
    Owed,
    all_done,
    any_done,
    check,
    dated,
    first_done,
    names,
    owe,
)

#: The kinds of step that show residents that something is going on.
PUBLIC_KINDS = ("contact", "plan_review", "activity", "update", "feedback", "final_report")


def _answer(contribution: Contribution) -> Evidence:
    """Return when a contribution got an outcome with its reason; answered without a day is answered all the same."""
    if not (contribution.outcome and contribution.response):
        return NOTHING
    return dated(contribution.responded_on) if contribution.responded_on else Evidence(undated=True)


def _feedback_on(facts: Facts, activity: Step) -> Evidence:
    """Return when feedback on an activity was given: by a step about it, or by answering all its input."""
    given = first_done(s for s in facts.held.get("feedback", ()) if activity.ref in s.about)
    received = facts.received_in.get(activity.ref)
    return any_done([given, all_done(map(_answer, received))]) if received else given


@check("about")
def feedback_given(facts: Facts, days: Days, *, term: Term) -> Iterator[Owed]:
    """Yield for each activity that people hear what was done with it, so long after its end."""
    for activity in facts.held.get("activity", ()):
        yield owe(
            activity.ref,
            activity.when,
            days.after(activity.end, term),
            _feedback_on(facts, activity),
            lacking="step_date",
            details=names(activity),
        )


@check("about", "activities")
def feedback_before_decision(facts: Facts, days: Days, *, term: Term) -> Iterator[Owed]:
    """Yield for each proposal or adoption that there was feedback on every activity before it."""
    feedback = {a.ref: _feedback_on(facts, a) for a in facts.held.get("activity", ())} if facts.decisions else {}
    for decision in facts.decisions:
        before = [a for a in facts.held.get("activity", ()) if _precedes(a.end, decision.when)]
        if not before and (not facts.held.get("activity") or (decision.when and decision.when.is_dated)):
            continue
        yield owe(
            decision.ref,
            decision.when,
            days.after(decision.when, term),
            all_done(feedback[a.ref] for a in before) if before else NOTHING,
            lacking="step_date",
            details={**names(decision), "activities": [a.title or a.ref for a in before]},
        )


@check("party", "decision")
def contribution_answered(facts: Facts, days: Days, *, before: Term, term: Term) -> Iterator[Owed]:
    """Yield for each contribution an outcome with its reason: before the next decision, else within the term."""
    steps = {step.ref: step for step in facts.steps}
    dated_ones = (d for d in facts.held.get("decision", ()) if d.when and d.when.is_dated)
    decisions = sorted(dated_ones, key=by_date) if facts.contributions else []
    for contribution in facts.contributions:
        received = contribution.received_on
        if received is None and contribution.step in steps:
            received = steps[contribution.step].end
        decision = next((d for d in decisions if _precedes(received, d.when)), None)
        due = days.after(decision.when, before) if decision else days.after(received, term)
        yield owe(
            contribution.ref,
            received,
            due if received and received.is_dated else None,
            _answer(contribution),
            lacking="received_on",
            undated="responded_on",
            details={
                "party": contribution.party or contribution.ref,
                "decision": (decision.title or decision.ref) if decision else "",
            },
        )


def _precedes(first: When | None, then: When | None) -> bool:
    """Tell whether the one surely came before the other: where the bounds overlap nothing is asked for."""
    return bool(first and then and first.latest and then.latest and first.latest < (then.earliest or then.latest))


@check("about")
def progress_made(facts: Facts, days: Days, *, term: Term) -> Iterator[Owed]:
    """Yield for each public moment, the start first, that another one follows while the trajectory is open."""
    trajectory = facts.trajectory
    closed = trajectory.status == "closed"
    public = [
        step
        for kind in PUBLIC_KINDS
        for step in facts.held.get(kind, ())
        # Once it is closed, what was never held is no moment any more.
        if _is_public(facts, step) and not (closed and step.done is None)
    ]
    moments = sorted((s for s in public if s.when and s.when.is_dated), key=by_date)
    # Held on a day that nobody knows: it may have come after any of the others.
    undated = [s for s in public if s.done is not None and not s.done.is_dated]
    if trajectory.started_on:
        after = [m for m in moments if _not_earlier(m, trajectory.started_on)]
        # A trajectory that closed before the first term ran out owes nothing; silence until then it does owe.
        if not (closed and not after and _closed_within(facts, days, term)):
            yield owe(
                "",
                trajectory.started_on,
                days.after(trajectory.started_on, term),
                first_done([*after, *undated]),
                lacking="start",
                details={"about": ""},
            )
    elif trajectory.status in ("active", "paused", "closed"):
        yield Owed("", None, missing=("start",), details={"about": ""})
    # From the last one back: what follows a moment is what followed the next, or that one itself.
    following = first_done(undated)
    for index, moment in enumerate(reversed(moments)):
        if not (closed and index == 0):
            yield owe(
                moment.ref,
                moment.when,
                days.after(moment.when, term),
                following,
                lacking="step_date",
                details=names(moment),
            )
        following = any_done([first_done([moment]), following])
    for moment in undated if not closed else ():
        yield Owed(moment.ref, moment.when, missing=("step_date",), details=names(moment))


def _is_public(facts: Facts, step: Step) -> bool:
    """Tell whether residents can count on this moment: an optional one counts once it was held."""
    return facts.with_residents(step) and not (step.optional and step.done is None)


def _not_earlier(step: Step, start: When) -> bool:
    when = step.when
    return bool(when and when.latest and start.latest and when.latest >= (start.earliest or start.latest))


def _closed_within(facts: Facts, days: Days, term: Term) -> bool:
    closed, due = facts.trajectory.closed_on, days.after(facts.trajectory.started_on, term)
    return bool(closed and closed.latest and due and due.latest and closed.latest <= due.latest)


@check("about", of="motion")
def motion_reported(motion: Motion, days: Days, *, term: Term) -> Iterator[Owed]:
    """Yield that an adopted motion is reported on, time and again, until the council has settled it."""
    if motion.is_adopted:
        yield from _reported(
            motion.adopted_on, motion.reports, motion.settled_on, days, term, "adopted_on", "settled_on"
        )


@check("about", of="commitment")
def commitment_reported(commitment: Commitment, days: Days, *, term: Term) -> Iterator[Owed]:
    """Yield that a commitment is reported on, time and again, until it is fulfilled."""
    yield from _reported(
        commitment.made_on, commitment.reports, commitment.fulfilled_on, days, term, "made_on", "fulfilled_on"
    )


def _reported(
    start: When | None,
    reports: Sequence[When | None],
    ended: When | None,
    days: Days,
    term: Term,
    lacking: Literal["adopted_on", "made_on"],
    end: Literal["settled_on", "fulfilled_on"],
) -> Iterator[Owed]:
    """Yield an obligation from the start and from each report: met by the next report, or by the end of it all.

    What calls for all of them is the motion or the promise itself: its day decides which version applies.
    """
    # Two reports of one day are one: the day is what tells the obligations apart.
    by_day = {day: report for report in reports if report and report.latest for day in report.sort_key[:1]}
    undated = any(report is None or report.precision == "unknown" for report in reports)
    moments = [by_day[day] for day in sorted(by_day)]
    if start and start.is_dated:
        moments = [m for m in moments if m.sort_key >= start.sort_key]
    if ended and ended.is_dated:
        moments = [m for m in moments if m.sort_key < ended.sort_key]
    for index, moment in enumerate([start, *moments]):
        following = dated(moments[index] if index < len(moments) else ended)
        subject = moment.sort_key[0].isoformat() if moment and index else ""
        yield owe(
            subject,
            start,
            days.after(moment, term),
            following._replace(undated=following.undated or undated),
            lacking=lacking,
            undated=end if following.undated else "reported_on",
            details={"about": subject},
        )
