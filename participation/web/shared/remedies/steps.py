"""Remedy links to the forms of steps: record, plan or move one."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from participation.compliance.checks.anchors import judgement_meetings, setup_decisions
from participation.compliance.checks.feedback import PUBLIC_KINDS
from participation.compliance.facts import StepFacts

from .base import RemedyContext, RemedyLink, add_step, change_document, change_step, change_plan


def _hold(case: RemedyContext, candidates: Iterable[StepFacts], add: RemedyLink) -> RemedyLink:
    """Return the link to the first planned candidate, or to one without a date if that is missing; else ``add``."""
    candidates = list(candidates)
    undated = next((s for s in candidates if s.done and not s.done.is_dated), None)
    if undated and "done" in case.owed.missing:
        return change_step(case, undated.ref, "done")
    planned = [s for s in candidates if s.done is None and s.planned and s.planned.latest]
    first = min(planned, key=lambda s: s.planned.sort_key if s.planned else (), default=None)
    if first is None:
        return add
    return _held(case, first)


def _held(case: RemedyContext, step: StepFacts) -> RemedyLink:
    """Return the link to a planned step: to move it if planned after the due date, else to record it as done."""
    planned, due = step.planned, case.owed.due_on
    day = planned.earliest or planned.latest if planned else None
    if day and due and day > max(due, case.today):
        return change_step(case, step.ref, "planned", label=_("Plan it earlier"))
    label = _("Record that it took place")
    if planned and day and planned.precision == "day" and day <= case.today:
        return change_step(case, step.ref, "done", label=label, done=day.isoformat())
    return change_step(case, step.ref, "done", label=label)


def _date_or_add(case: RemedyContext, steps: Iterable[StepFacts], add: RemedyLink) -> RemedyLink:
    """Return the link to the first of these steps that has no date; else ``add``."""
    undated = next((s for s in steps if not (s.when and s.when.is_dated)), None)
    if undated is None:
        return add
    return change_step(case, undated.ref, "done" if undated.done else "planned")


def activities(case: RemedyContext) -> RemedyLink:
    """Return the link for dating an activity, or planning one."""
    return _date_or_add(case, case.held("activity"), add_step(case, "activity", _("Plan an activity")))


def decisions(case: RemedyContext, *stages: str) -> RemedyLink:
    """Return the link for dating a decision of one of these stages, or planning one."""
    steps = [s for s in case.held("decision") if s.stage in stages]
    add = add_step(case, "decision", _("Plan the decision"), ("stage", stages[-1]))
    return _date_or_add(case, steps, add)


def judgement(case: RemedyContext) -> RemedyLink:
    """Return the link for dating the council's judgement meeting, or planning one."""
    steps = judgement_meetings(case.facts) if case.facts else []
    more = (("phase", "judgement"), ("body", "council"))
    return _date_or_add(case, steps, add_step(case, "briefing", _("Plan the meeting"), *more))


def setup(case: RemedyContext) -> RemedyLink:
    """Return the link for dating the set-up decision, or planning one."""
    steps = setup_decisions(case.facts) if case.facts else []
    return _date_or_add(case, steps, add_step(case, "decision", _("Plan the decision"), ("stage", "setup")))


def step_date(case: RemedyContext) -> RemedyLink | None:
    """Return the link for dating the step that the obligation is about; None if there is no such form."""
    if not case.subject:
        meetings = [s for s in case.held("activity") if s.method in case.numbers.get("methods", ())]
        return _date_or_add(case, meetings, add_step(case, "activity", _("Plan an activity")))
    step = case.step(case.subject)
    return change_step(case, case.subject, "done" if step and step.done else "planned")


def _preceded_by(case: RemedyContext) -> RemedyLink:
    numbers = case.numbers
    kinds, methods = numbers["kinds"], numbers.get("methods", [])
    residents = numbers.get("with_residents", True)
    steps = [
        s
        for s in case.held(*kinds)
        if (not residents or (case.facts and case.facts.with_residents(s))) and (not methods or s.method in methods)
    ]
    enough = len(set(case.facts.plan.channels)) if case.facts and case.facts.plan else 0
    if any(s.done and s.done.is_dated for s in steps) and enough < numbers.get("channels", 0):
        return change_plan(case, "channels")
    more = [("audience", "residents")] if residents else []
    more += [("method", method) for method in methods[:1]] + [("veld", "method")] * bool(methods)
    return _hold(case, steps, add_step(case, kinds[0], _plan_word(kinds[0]), *more))


def _preceded_each(case: RemedyContext) -> RemedyLink:
    kinds = case.numbers["kinds"]
    steps = [s for s in case.held(*kinds) if case.facts and case.facts.with_residents(s)]
    return _hold(case, steps, add_step(case, kinds[0], _plan_word(kinds[0]), ("audience", "residents")))


def _plan_word(kind: str) -> Any:
    if kind in ("activity", "evaluation", "plan_review", "briefing"):
        return _("Plan it")
    return _("Record the contact") if kind == "contact" else _("Record it")


def _followed_by(case: RemedyContext) -> RemedyLink:
    kind, scored = case.numbers["kind"], case.numbers.get("scored", False)
    steps = case.held(kind)
    unscored = next((s for s in steps if scored and s.done and s.score is None), None)
    if unscored:
        return change_step(case, unscored.ref, "score", label=_("Record the score"))
    more = [("audience", "everyone")] * bool(case.numbers.get("for_everyone"))
    more += [("veld", "score")] * scored
    return _hold(case, steps, add_step(case, kind, _plan_word(kind), *more))


def _feedback_given(case: RemedyContext) -> RemedyLink:
    activity = case.step(case.subject)
    given = [s for s in case.held("feedback") if case.subject in s.about]
    audience = [("audience", party) for party in activity.audience] if activity else []
    return _hold(case, given, _feedback(case, [("about", case.subject), *audience]))


def _feedback(case: RemedyContext, more: Iterable[tuple[str, str]]) -> RemedyLink:
    return add_step(case, "feedback", _("Record the feedback"), *more)


def _feedback_before(case: RemedyContext) -> RemedyLink:
    """Return the link for one feedback step on all activities before the decision that still lack feedback."""
    told = {ref for step in case.held("feedback") for ref in step.about if step.done or step.planned}
    titles = case.owed.details.get("activities", ())
    before = [s for s in case.held("activity") if (s.title or s.ref) in titles]
    without = [s for s in before if s.ref not in told]
    if not titles and not without:
        return activities(case)
    refs = {s.ref for s in before}
    given = [s for s in case.held("feedback") if not refs.isdisjoint(s.about)]
    add = _feedback(case, [("about", s.ref) for s in without])
    return add if without else _hold(case, given, add)


def _decision_told(case: RemedyContext) -> RemedyLink:
    tells = [s for s in case.held("update", "feedback", "final_report", "contact") if case.subject in s.about]
    more = (("about", case.subject), ("audience", "residents"))
    return _hold(case, tells, add_step(case, "update", _("Record the message"), *more))


def _progress_made(case: RemedyContext) -> RemedyLink:
    after = case.owed.trigger_on or date.min
    later = [
        s
        for s in case.held(*PUBLIC_KINDS)
        if case.facts
        and case.facts.with_residents(s)
        and s.ref != case.subject
        and not (s.when and s.when.latest and s.when.latest < after)
    ]
    return _hold(case, later, add_step(case, "update", _("Record the message"), ("audience", "residents")))


def _step_dated(case: RemedyContext) -> RemedyLink:
    on = case.numbers["on"]
    words = {"announced_on": _("Record the announcement"), "evaluation_sent_on": _("Record the evaluation form")}
    return change_step(case, case.subject, on, label=words[on])


def _record_kept(case: RemedyContext) -> RemedyLink:
    step = case.step(case.subject)
    if step:
        return _held(case, step)
    return change_step(case, case.subject, "done", label=_("Record that it took place"))


def _phases_in_order(case: RemedyContext) -> RemedyLink:
    phase = str(case.owed.details.get("phase", ""))
    steps = [s for s in (case.facts.steps if case.facts else ()) if s.phase == phase and not s.cancelled]
    add = add_step(case, "activity", _("Plan it"), ("phase", phase))
    return _hold(case, steps, add)


def _results_ready(case: RemedyContext) -> RemedyLink:
    step, facts = case.step(case.subject), case.facts
    documents = {d.ref: d for d in facts.documents} if facts else {}
    for ref in step.uses if step else ():
        used = case.step(ref)
        if used and not (used.done and used.done.is_dated):
            return _held(case, used) if used.planned else change_step(case, ref, "done")
        if ref in documents and not (documents[ref].dated_on or documents[ref].published_on):
            return change_document(case, ref, "dated_on")
    # All results are ready, but after this step uses them: this step is planned too early, or does not use them.
    return change_step(case, case.subject, "planned", "uses", label=_("View this step"))


def _recess_avoided(case: RemedyContext) -> RemedyLink:
    step = case.step(case.subject)
    columns = ("recess_reason",) if step and step.done else ("planned", "recess_reason")
    return change_step(case, case.subject, *columns, label=_("Move it or explain"))


def _meeting_times(case: RemedyContext) -> RemedyLink:
    methods = case.numbers["methods"]
    meetings = [s for s in case.held("activity") if s.method in methods]
    untimed = next((s for s in meetings if s.starts_at is None or s.ends_at is None), None)
    if untimed:
        return change_step(case, untimed.ref, "starts_at", "ends_at")
    more = [("method", method) for method in methods[:1]]
    return add_step(case, "activity", _("Plan another meeting"), *more, ("veld", "starts_at"))


def _inspection_open(case: RemedyContext) -> RemedyLink:
    lawful = str(case.owed.details.get("first_lawful_day") or "")
    known = {"closes": lawful} if lawful >= case.today.isoformat() else {}
    return change_step(case, case.subject, "closes", label=_("Correct the closing day"), **known)


#: By the name of the check.
BY_CHECK: Mapping[str, Callable[[RemedyContext], RemedyLink]] = {
    "preceded_by": _preceded_by,
    "preceded_each": _preceded_each,
    "followed_by": _followed_by,
    "feedback_given": _feedback_given,
    "feedback_before_decision": _feedback_before,
    "decision_told": _decision_told,
    "progress_made": _progress_made,
    "step_dated": _step_dated,
    "record_kept": _record_kept,
    "phases_in_order": _phases_in_order,
    "results_ready": _results_ready,
    "recess_avoided": _recess_avoided,
    "meeting_times_spread": _meeting_times,
    "inspection_open": _inspection_open,
}
