"""Remedy links to the forms of steps: record, plan or move one."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from participation.compliance.checks.anchors import exploration_steps, judgement_meetings, setup_decisions
from participation.compliance.checks.feedback import PUBLIC_KINDS
from participation.compliance.checks.involvement import MESSAGE_KINDS, is_independent
from participation.compliance.facts import StepFacts

from ..return_urls import HIGHLIGHT_PARAM
from .base import RemedyContext, RemedyLink, add_step, change_document, change_plan, change_step


def _first_planned_or_add(context: RemedyContext, candidates: Iterable[StepFacts], add: RemedyLink) -> RemedyLink:
    """Return the link to the first planned candidate, or to one without a date if that is missing; else ``add``."""
    candidates = list(candidates)
    undated = next((s for s in candidates if s.done and not s.done.is_dated), None)
    if undated and "done" in context.obligation.missing:
        return change_step(context, undated.ref, "done")
    planned = [s for s in candidates if s.done is None and s.planned and s.planned.latest]
    first = min(planned, key=lambda s: s.planned.sort_key if s.planned else (), default=None)
    if first is None:
        return add
    return _record_or_move(context, first)


def _record_or_move(context: RemedyContext, step: StepFacts) -> RemedyLink:
    """Return the link to a planned step: to move it if planned after the due date, else to record it as done."""
    planned, due = step.planned, context.obligation.due_on
    day = planned.earliest or planned.latest if planned else None
    if day and due and day > max(due, context.today):
        return change_step(context, step.ref, "planned", label=_("Plan it earlier"))
    label = _("Record that it took place")
    if planned and day and planned.precision == "day" and day <= context.today:
        return change_step(context, step.ref, "done", label=label, done=day.isoformat())
    return change_step(context, step.ref, "done", label=label)


def _date_or_add(context: RemedyContext, steps: Iterable[StepFacts], add: RemedyLink) -> RemedyLink:
    """Return the link to the first of these steps that has no date; else ``add``."""
    undated = next((s for s in steps if not (s.when and s.when.is_dated)), None)
    if undated is None:
        return add
    return change_step(context, undated.ref, "done" if undated.done else "planned")


def activity_link(context: RemedyContext) -> RemedyLink:
    """Return the link for dating an activity, or planning one."""
    return _date_or_add(context, context.active_steps("activity"), add_step(context, "activity", _("Plan an activity")))


def decision_link(context: RemedyContext, *stages: str) -> RemedyLink:
    """Return the link for dating a decision of one of these stages, or planning one."""
    steps = [s for s in context.active_steps("decision") if s.stage in stages]
    add = add_step(context, "decision", _("Plan the decision"), ("stage", stages[-1]))
    return _date_or_add(context, steps, add)


def judgement_link(context: RemedyContext) -> RemedyLink:
    """Return the link for dating the council's judgement meeting, or planning one."""
    steps = judgement_meetings(context.facts) if context.facts else []
    extra_params = (("phase", "judgement"), ("body", "council"))
    return _date_or_add(context, steps, add_step(context, "briefing", _("Plan the meeting"), *extra_params))


def setup_link(context: RemedyContext) -> RemedyLink:
    """Return the link for dating the set-up decision, or planning one."""
    steps = setup_decisions(context.facts) if context.facts else []
    return _date_or_add(context, steps, add_step(context, "decision", _("Plan the decision"), ("stage", "setup")))


def inspection_link(context: RemedyContext, procedure: str) -> RemedyLink:
    """Return the link for dating an inspection, or planning one by this procedure."""
    steps = context.active_steps("inspection")
    if context.rule.check == "adopted_after_inspection":
        steps = [s for s in steps if s.procedure == procedure]
    add = add_step(context, "inspection", _("Plan the inspection"), ("procedure", procedure))
    return _date_or_add(context, steps, add)


def exploration_link(context: RemedyContext) -> RemedyLink:
    """Return the link for dating a step in the exploration phase, or planning one."""
    steps = exploration_steps(context.facts) if context.facts else []
    add = add_step(context, "activity", _("Plan an activity"), ("phase", "exploration"))
    return _date_or_add(context, steps, add)


def application_link(context: RemedyContext) -> RemedyLink:
    """Return the link for dating the application for a permit, or planning it."""
    add = add_step(context, "application", _("Plan the application"))
    return _date_or_add(context, context.active_steps("application"), add)


def step_date_link(context: RemedyContext) -> RemedyLink | None:
    """Return the link for dating the step that the obligation is about; None if there is no such form."""
    if not context.subject:
        meetings = [s for s in context.active_steps("activity") if s.method in context.parameters.get("methods", ())]
        return _date_or_add(context, meetings, add_step(context, "activity", _("Plan an activity")))
    step = context.step(context.subject)
    return change_step(context, context.subject, "done" if step and step.done else "planned")


def _preceded_by(context: RemedyContext) -> RemedyLink:
    parameters = context.parameters
    kinds, methods = parameters["kinds"], parameters.get("methods", [])
    residents = parameters.get("with_residents", True)
    steps = [
        s
        for s in context.active_steps(*kinds)
        if (not residents or (context.facts and context.facts.with_residents(s)))
        and (not methods or s.method in methods)
    ]
    channel_count = len(set(context.facts.plan.channels)) if context.facts and context.facts.plan else 0
    if any(s.done and s.done.is_dated for s in steps) and channel_count < parameters.get("channels", 0):
        return change_plan(context, "channels")
    extra_params = [("audience", "residents")] if residents else []
    extra_params += [("method", method) for method in methods[:1]] + [(HIGHLIGHT_PARAM, "method")] * bool(methods)
    return _first_planned_or_add(context, steps, add_step(context, kinds[0], _plan_label(kinds[0]), *extra_params))


def _preceded_each(context: RemedyContext) -> RemedyLink:
    kinds = context.parameters["kinds"]
    steps = [s for s in context.active_steps(*kinds) if context.facts and context.facts.with_residents(s)]
    return _first_planned_or_add(
        context, steps, add_step(context, kinds[0], _plan_label(kinds[0]), ("audience", "residents"))
    )


def _plan_label(kind: str) -> Any:
    if kind in ("activity", "evaluation", "plan_review", "briefing"):
        return _("Plan it")
    return _("Record the contact") if kind == "contact" else _("Record it")


def _followed_by(context: RemedyContext) -> RemedyLink:
    kind, scored = context.parameters["kind"], context.parameters.get("scored", False)
    steps = context.active_steps(kind)
    unscored = next((s for s in steps if scored and s.done and s.score is None), None)
    if unscored:
        return change_step(context, unscored.ref, "score", label=_("Record the score"))
    independent = bool(context.parameters.get("independent"))
    if independent and context.facts:
        # One made by the municipality itself cannot clear it.
        steps = [s for s in steps if not s.evaluated_by or is_independent(context.facts, s)]
    extra_params = [("audience", "everyone")] * bool(context.parameters.get("for_everyone"))
    extra_params += [(HIGHLIGHT_PARAM, "score")] * scored + [(HIGHLIGHT_PARAM, "evaluated_by")] * independent
    return _first_planned_or_add(context, steps, add_step(context, kind, _plan_label(kind), *extra_params))


def evaluator_link(context: RemedyContext) -> RemedyLink | None:
    """Return the link for naming who made an evaluation; None when all evaluations name someone."""
    unnamed = next((s for s in context.active_steps("evaluation") if s.done and not s.evaluated_by), None)
    return change_step(context, unnamed.ref, "evaluated_by") if unnamed else None


def _report_says(context: RemedyContext) -> RemedyLink:
    reports = context.active_steps("final_report")
    incomplete = next((s for s in reports if s.done and context.obligation.details.get("lacks")), None)
    if incomplete:
        return change_step(context, incomplete.ref, "items")
    new = add_step(context, "final_report", _plan_label("final_report"), ("audience", "everyone"))
    return _first_planned_or_add(context, reports, new)


def _feedback_given(context: RemedyContext) -> RemedyLink:
    activity = context.step(context.subject)
    feedback_steps = [s for s in context.active_steps("feedback") if context.subject in s.about]
    audience = [("audience", party) for party in activity.audience] if activity else []
    return _first_planned_or_add(context, feedback_steps, _feedback(context, [("about", context.subject), *audience]))


def _feedback(context: RemedyContext, extra_params: Iterable[tuple[str, str]]) -> RemedyLink:
    return add_step(context, "feedback", _("Record the feedback"), *extra_params)


def _feedback_before_decision(context: RemedyContext) -> RemedyLink:
    """Return the link for one feedback step on all activities before the decision that still lack feedback."""
    refs_with_feedback = {
        ref for step in context.active_steps("feedback") for ref in step.about if step.done or step.planned
    }
    titles = context.obligation.details.get("activities", ())
    earlier = [s for s in context.active_steps("activity") if (s.title or s.ref) in titles]
    without_feedback = [s for s in earlier if s.ref not in refs_with_feedback]
    if not titles and not without_feedback:
        return activity_link(context)
    refs = {s.ref for s in earlier}
    feedback_steps = [s for s in context.active_steps("feedback") if not refs.isdisjoint(s.about)]
    add = _feedback(context, [("about", s.ref) for s in without_feedback])
    return add if without_feedback else _first_planned_or_add(context, feedback_steps, add)


def _decision_communicated(context: RemedyContext) -> RemedyLink:
    messages = [s for s in context.active_steps(*MESSAGE_KINDS) if context.subject in s.about]
    extra_params = (("about", context.subject), ("audience", "residents"))
    return _first_planned_or_add(context, messages, add_step(context, "update", _("Record the message"), *extra_params))


def _progress_made(context: RemedyContext) -> RemedyLink:
    after = context.obligation.trigger_on or date.min
    later = [
        s
        for s in context.active_steps(*PUBLIC_KINDS)
        if context.facts
        and context.facts.with_residents(s)
        and s.ref != context.subject
        and not (s.when and s.when.latest and s.when.latest < after)
    ]
    return _first_planned_or_add(
        context, later, add_step(context, "update", _("Record the message"), ("audience", "residents"))
    )


def _step_dated(context: RemedyContext) -> RemedyLink:
    column = context.parameters["on"]
    labels = {"announced_on": _("Record the announcement"), "evaluation_sent_on": _("Record the evaluation form")}
    return change_step(context, context.subject, column, label=labels.get(column, _("Fill in")))


def _record_kept(context: RemedyContext) -> RemedyLink:
    step = context.step(context.subject)
    if step:
        return _record_or_move(context, step)
    return change_step(context, context.subject, "done", label=_("Record that it took place"))


def _phases_in_order(context: RemedyContext) -> RemedyLink:
    phase = str(context.obligation.details.get("phase", ""))
    steps = [s for s in (context.facts.steps if context.facts else ()) if s.phase == phase and not s.cancelled]
    add = add_step(context, "activity", _("Plan it"), ("phase", phase))
    return _first_planned_or_add(context, steps, add)


def _results_ready(context: RemedyContext) -> RemedyLink:
    step, facts = context.step(context.subject), context.facts
    documents = {d.ref: d for d in facts.documents} if facts else {}
    for ref in step.uses if step else ():
        used = context.step(ref)
        if used and not (used.done and used.done.is_dated):
            return _record_or_move(context, used) if used.planned else change_step(context, ref, "done")
        if ref in documents and not (documents[ref].dated_on or documents[ref].published_on):
            return change_document(context, ref, "dated_on")
    # All results are ready, but after this step uses them: this step is planned too early, or does not use them.
    return change_step(context, context.subject, "planned", "uses", label=_("View this step"))


def _recess_avoided(context: RemedyContext) -> RemedyLink:
    step = context.step(context.subject)
    if step and not step.done and not context.obligation.details.get("recess"):
        return _record_or_move(context, step)
    columns = ("recess_reason",) if step and step.done else ("planned", "recess_reason")
    return change_step(context, context.subject, *columns, label=_("Move it or explain"))


def _inspection_closed(context: RemedyContext) -> RemedyLink:
    procedure = context.parameters["procedure"]
    steps = [s for s in context.active_steps("inspection") if s.procedure == procedure]
    undated = next((s for s in steps if s.done and not (s.closes and s.closes.is_dated)), None)
    if undated:
        return change_step(context, undated.ref, "closes")
    add = add_step(context, "inspection", _("Plan the inspection"), ("procedure", procedure))
    return _first_planned_or_add(context, steps, add)


def _adopted_after_inspection(context: RemedyContext) -> RemedyLink:
    adoptions = [s for s in context.active_steps("decision") if s.stage == "adoption"]
    add = add_step(context, "decision", _("Plan the decision"), ("stage", "adoption"))
    return _first_planned_or_add(context, adoptions, add)


def _meeting_times(context: RemedyContext) -> RemedyLink:
    methods = context.parameters["methods"]
    meetings = [s for s in context.active_steps("activity") if s.method in methods]
    untimed = next((s for s in meetings if s.starts_at is None or s.ends_at is None), None)
    if untimed:
        return change_step(context, untimed.ref, "starts_at", "ends_at")
    extra_params = [("method", method) for method in methods[:1]]
    return add_step(context, "activity", _("Plan another meeting"), *extra_params, (HIGHLIGHT_PARAM, "starts_at"))


def _inspection_open(context: RemedyContext) -> RemedyLink:
    first_lawful_day = str(context.obligation.details.get("first_lawful_day") or "")
    prefilled = {"closes": first_lawful_day} if first_lawful_day >= context.today.isoformat() else {}
    return change_step(context, context.subject, "closes", label=_("Correct the closing day"), **prefilled)


def _recorded_with_step(context: RemedyContext) -> RemedyLink:
    """Return the link to the step itself, highlighting what it lacks."""
    lacks = context.obligation.details.get("lacks") or ("reach_total",)
    return change_step(context, context.subject, *map(str, lacks))


def _target_groups_reached(context: RemedyContext) -> RemedyLink:
    """Return the link to an activity that used the method for this group, else to a new one by that method."""
    group = str(context.obligation.details.get("group", ""))
    named = context.facts.plan.target_groups if context.facts and context.facts.plan else ()
    methods = {method for name, method in named if method and " ".join(name.split()).casefold() == group.casefold()}
    used = [s for s in context.active_steps("activity") if s.method in methods]
    held = next((s for s in used if s.done and s.done.is_dated), None)
    if held:
        return change_step(context, held.ref, "reach_groups", label=_("Record who was reached"))
    extra_params = [("method", method) for method in sorted(methods)[:1]]
    return _first_planned_or_add(context, used, add_step(context, "activity", _("Plan an activity"), *extra_params))


#: By the name of the check.
BY_CHECK: Mapping[str, Callable[[RemedyContext], RemedyLink]] = {
    "preceded_by": _preceded_by,
    "preceded_each": _preceded_each,
    "followed_by": _followed_by,
    "report_says": _report_says,
    "feedback_given": _feedback_given,
    "feedback_before_decision": _feedback_before_decision,
    "decision_communicated": _decision_communicated,
    "effect_recorded": _recorded_with_step,
    "room_kept": _recorded_with_step,
    "reach_recorded": _recorded_with_step,
    "target_groups_reached": _target_groups_reached,
    "progress_made": _progress_made,
    "step_dated": _step_dated,
    "record_kept": _record_kept,
    "phases_in_order": _phases_in_order,
    "results_ready": _results_ready,
    "recess_avoided": _recess_avoided,
    "meeting_times_spread": _meeting_times,
    "inspection_open": _inspection_open,
    "inspection_closed": _inspection_closed,
    "involvement_required": _preceded_by,
    "adopted_after_inspection": _adopted_after_inspection,
}
