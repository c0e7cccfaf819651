"""Remedy links for a missing fact: the form in which to fill it in."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext_lazy as _

from .base import RemedyContext, RemedyLink, change_document, change_request, change_step, change_plan, change_register_item, change_trajectory
from .papers import contribution, report
from .steps import activities, decisions, judgement, setup, step_date


def _on_subject(column: str) -> Callable[[RemedyContext], RemedyLink | None]:
    """Return a function that links to the form of the step, contribution or request the obligation is about."""

    def aim(case: RemedyContext) -> RemedyLink | None:
        if case.rule.check == "contribution_answered":
            return contribution(column)(case)
        if case.rule.check == "request_answered":
            return change_request(case, column)
        return change_step(case, case.subject, column) if case.subject else None

    return aim


def _announced(case: RemedyContext) -> RemedyLink | None:
    opening = case.facts.opening_activity if case.facts else None
    ref = case.subject or (opening.ref if opening else "")
    return change_step(case, ref, "announced_on") if ref else None


def _undated_weighing(case: RemedyContext) -> RemedyLink | None:
    for document in case.facts.documents if case.facts else ():
        if document.kind == "weighing" and document.published_on and not document.published_on.is_dated:
            return change_document(case, document.ref, "published_on")
    return None


def _of_plan(column: str) -> Callable[[RemedyContext], RemedyLink]:
    return lambda case: change_plan(case, column, label=_("Fill in"))


def _of_trajectory(column: str) -> Callable[[RemedyContext], RemedyLink]:
    return lambda case: change_trajectory(case, column)


def _of_register(column: str) -> Callable[[RemedyContext], RemedyLink]:
    return lambda case: change_register_item(case, column)


def _undated_share(case: RemedyContext) -> RemedyLink | None:
    if case.rule.check == "papers_sent":
        return None
    return RemedyLink(_("Fill in"), "document_share", (case.name, case.subject))


#: By the name of the missing fact.
MISSING: Mapping[str, Callable[[RemedyContext], RemedyLink | None]] = {
    "first_activity": activities,
    "last_activity": activities,
    "first_decision": lambda case: decisions(case, "proposal", "adoption"),
    "final_decision": lambda case: decisions(case, "adoption"),
    "setup_decision": setup,
    "council_judgement": judgement,
    "plan_adoption": _of_plan("adopted_on"),
    "plan_adopted_on": _of_plan("adopted_on"),
    "plan_actors_shared_on": _of_plan("actors_shared_on"),
    "plan_to_council_on": _of_plan("to_council_on"),
    "start": _of_trajectory("started_on"),
    "level": _of_trajectory("level"),
    "impact": _of_trajectory("impact"),
    "commissioner": _of_trajectory("commissioner"),
    "step_date": step_date,
    "announced_on": _announced,
    "evaluation_sent_on": _on_subject("evaluation_sent_on"),
    "closes": _on_subject("closes"),
    "received_on": _on_subject("received_on"),
    "responded_on": contribution("responded_on"),
    "answered_on": _on_subject("answered_on"),
    "acknowledged_on": _on_subject("acknowledged_on"),
    "extended_on": _on_subject("extended_on"),
    "published_on": _undated_weighing,
    "shared_on": _undated_share,
    "document_date": lambda case: change_document(case, case.subject, "dated_on"),
    "due_on": _of_register("due_on"),
    "adopted_on": _of_register("adopted_on"),
    "made_on": _of_register("made_on"),
    "settled_on": _of_register("settled_on"),
    "fulfilled_on": _of_register("fulfilled_on"),
    "reported_on": report,
    # No form holds these: recesses are part of the rulebook.
    "recesses": lambda case: RemedyLink(_("Ask for the holidays to be entered"), "rule", (case.rule.id,)),
}
