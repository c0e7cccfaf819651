"""Remedy links for a missing fact: the form in which to fill it in."""

from collections.abc import Callable, Mapping
from functools import partial

from django.utils.translation import gettext_lazy as _

from participation.compliance.facts import RequestFacts, StepFacts
from participation.compliance.vocabulary import PROCEDURES

from .base import (
    RemedyContext,
    RemedyLink,
    change_document,
    change_plan,
    change_register_item,
    change_request,
    change_step,
    change_trajectory,
)
from .papers import change_contribution, write_report
from .steps import (
    activity_link,
    application_link,
    decision_link,
    evaluator_link,
    exploration_link,
    inspection_link,
    judgement_link,
    setup_link,
    step_date_link,
)


def _subject_field(column: str) -> Callable[[RemedyContext], RemedyLink | None]:
    """Return a function that links to the form of the step, contribution or request the obligation is about."""

    def remedy(context: RemedyContext) -> RemedyLink | None:
        if context.rule.check == "contribution_answered":
            return change_contribution(column)(context)
        if context.rule.check == "request_answered":
            return change_request(context, column)
        return change_step(context, context.subject, column) if context.subject else None

    return remedy


def _announcement(context: RemedyContext) -> RemedyLink | None:
    opening = context.facts.opening_activity if context.facts else None
    ref = context.subject or (opening.ref if opening else "")
    return change_step(context, ref, "announced_on") if ref else None


def _undated_document(column: str) -> Callable[[RemedyContext], RemedyLink | None]:
    """Return a function that links to the form of the document whose day is not known, to fill in this column."""

    def remedy(context: RemedyContext) -> RemedyLink | None:
        if context.rule.check in ("changes_marked", "plain_summary", "shared_equally"):
            return change_document(context, context.subject, column)
        kind = context.parameters.get("kind", "weighing")
        for document in context.facts.documents if context.facts else ():
            when = getattr(document, column)
            if document.kind == kind and not (when and when.is_dated) and (when or column == "dated_on"):
                return change_document(context, document.ref, column)
        return None

    return remedy


def _undated_closing(context: RemedyContext) -> RemedyLink | None:
    if context.subject:
        return change_step(context, context.subject, "closes")
    procedure = context.parameters.get("procedure")
    inspections = [s for s in context.active_steps("inspection") if s.procedure == procedure]
    undated = next((s for s in inspections if not (s.closes and s.closes.is_dated)), None)
    return change_step(context, undated.ref, "closes") if undated else None


def _plan_field(column: str) -> Callable[[RemedyContext], RemedyLink]:
    return lambda context: change_plan(context, column, label=_("Fill in"))


def _trajectory_field(column: str) -> Callable[[RemedyContext], RemedyLink]:
    return lambda context: change_trajectory(context, column)


def _register_field(column: str) -> Callable[[RemedyContext], RemedyLink]:
    return lambda context: change_register_item(context, column)


def _fulfilment(context: RemedyContext) -> RemedyLink | None:
    # Of a commitment that repeats, the day would end it.
    return None if context.subject else change_register_item(context, "fulfilled_on")


def _undated_share(context: RemedyContext) -> RemedyLink | None:
    if context.rule.check == "papers_sent":
        return None
    return RemedyLink(_("Fill in"), "document_share", (context.name, context.subject))


#: By the name of the missing fact.
BY_MISSING_FACT: Mapping[str, Callable[[RemedyContext], RemedyLink | None]] = {
    **{name: _subject_field(name) for name in (*StepFacts._fields, *RequestFacts._fields) if name.endswith("_on")},
    "closes": _undated_closing,
    "agreed_until": _subject_field("agreed_until"),
    "suspension_start": _subject_field("suspended"),
    "suspension_end": _subject_field("suspended"),
    "announced_on": _announcement,
    "first_activity": activity_link,
    "last_activity": activity_link,
    "activity_date": activity_link,
    "evaluated_by": evaluator_link,
    "first_decision": lambda context: decision_link(context, "proposal", "adoption"),
    "final_decision": lambda context: decision_link(context, "adoption"),
    "setup_decision": setup_link,
    "council_judgement": judgement_link,
    "next_decision": lambda context: decision_link(context, "proposal", "adoption"),
    "first_inspection": lambda context: inspection_link(context, "extended"),
    **{f"{name}_inspection": partial(inspection_link, procedure=name) for name in PROCEDURES},
    "first_exploration": exploration_link,
    "application": application_link,
    "participation_required": _trajectory_field("participation_required"),
    "plan_adoption": _plan_field("adopted_on"),
    "plan_adopted_on": _plan_field("adopted_on"),
    "plan_actors_shared_on": _plan_field("actors_shared_on"),
    "plan_to_council_on": _plan_field("to_council_on"),
    "start": _trajectory_field("started_on"),
    **{name: _trajectory_field(name) for name in ("kind", "initiator", "level", "impact", "commissioner")},
    "no_participation_decided_on": _trajectory_field("no_participation_decided_on"),
    "step_date": step_date_link,
    "responded_on": change_contribution("responded_on"),
    "published_on": _undated_document("published_on"),
    "shared_on": _undated_share,
    "document_date": _undated_document("dated_on"),
    "due_on": _register_field("due_on"),
    "adopted_on": _register_field("adopted_on"),
    "made_on": _register_field("made_on"),
    "settled_on": _register_field("settled_on"),
    "fulfilled_on": _fulfilment,
    "reported_on": write_report,
    # No form holds these: recesses are part of the rulebook.
    "recesses": lambda context: RemedyLink(_("Ask for the holidays to be entered"), "rule", (context.rule.id,)),
}
