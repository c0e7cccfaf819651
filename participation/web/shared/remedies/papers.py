"""Remedy links to the forms of plans, documents, answers, and reports on motions or commitments."""

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from participation.compliance.evidence import plan_columns
from participation.compliance.facts import DocumentFacts
from participation.compliance.obligations import ObligationValue

from .base import (
    RemedyContext,
    RemedyLink,
    change_document,
    change_plan,
    change_register_item,
    change_request,
    change_step,
    change_trajectory,
    highlight_params,
)


def lacking_plan_columns(obligation: ObligationValue) -> list[str]:
    """Return the columns of the plan that this obligation lacks; none where it asks for nothing of the plan."""
    needs = (str(need) for need in obligation.details.get("lacks", ()))
    return list(dict.fromkeys(column for need in needs for column in plan_columns(need)))


def _plan_says(context: RemedyContext) -> RemedyLink:
    missing = [str(need) for need in context.obligation.details.get("lacks", ())]
    if columns := lacking_plan_columns(context.obligation):
        return change_plan(context, *columns)
    if missing:
        return change_trajectory(context, *("level" if need == "level" else "commissioner" for need in missing))
    on = context.parameters.get("on", "adopted_on")
    labels = {
        "adopted_on": _("Record the adoption"),
        "actors_shared_on": _("Record that it was shared"),
        "to_council_on": _("Record that it was sent"),
    }
    return change_plan(context, on, label=labels[on])


def _reasoned_exception(context: RemedyContext) -> RemedyLink:
    lacks = [str(lack) for lack in context.obligation.details.get("lacks", ())]
    if lacks == ["public"]:
        return RemedyLink(_("Make it public"), "trajectory_publication", (context.name,))
    return change_trajectory(context, *(lack for lack in lacks if lack != "public"))


def _trajectory_states(context: RemedyContext) -> RemedyLink:
    return change_trajectory(context, context.parameters["what"])


def _scenarios_presented(context: RemedyContext) -> RemedyLink:
    for scenario in context.facts.scenarios if context.facts else ():
        if scenario.presented_on is None or scenario.presented_on.latest is None:
            query = highlight_params("presented_on")
            return RemedyLink(_("Record when it was shown"), "scenario_change", (context.name, scenario.ref), query)
    return RemedyLink(_("Add a scenario"), "scenario_add", (context.name,), highlight_params("presented_on"))


def _shared_equally(context: RemedyContext) -> RemedyLink:
    return _share(context, context.subject, context.obligation.details.get("parties", ()))


def _share(context: RemedyContext, ref: str, parties: Iterable[str]) -> RemedyLink:
    query = (*(("parties", str(party)) for party in parties), ("on", context.today.isoformat()))
    return RemedyLink(_("Record that it was shared"), "document_share", (context.name, ref), query)


def _changes_marked(context: RemedyContext) -> RemedyLink:
    return change_document(context, context.subject, "changes_marked", label=_("Record the changes"))


def _plain_summary(context: RemedyContext) -> RemedyLink:
    return change_document(context, context.subject, "plain_summary", label=_("Record the summary"))


def _weighing_published(context: RemedyContext) -> RemedyLink:
    today, label = context.today.isoformat(), _("Record the weighing")
    for document in context.facts.documents if context.facts else ():
        if document.kind == "weighing" and not (document.published_on and document.published_on.is_dated):
            return change_document(context, document.ref, "published_on", label=label)
    return RemedyLink(label, "document_add", (context.name,), (("kind", "weighing"), ("published_on", today)))


def _document_published(context: RemedyContext) -> RemedyLink:
    kind, on = context.parameters["kind"], context.parameters.get("on", "published_on")
    for document in context.facts.documents if context.facts else ():
        when = getattr(document, on)
        if document.kind == kind and not (when and when.is_dated):
            return change_document(context, document.ref, on)
    return RemedyLink(
        _("Record the document"), "document_add", (context.name,), (("kind", kind), *highlight_params(on))
    )


def _papers_sent(context: RemedyContext) -> RemedyLink:
    meeting = context.step(context.subject)
    for document in context.facts.documents if context.facts else ():
        if meeting and document.ref in meeting.documents and not _was_shared_with(document, meeting.body):
            return _share(context, document.ref, [meeting.body])
    return change_step(context, context.subject, "documents", label=_("View the papers"))


def _was_shared_with(document: DocumentFacts, party: str) -> bool:
    return any(recipient == party and on is not None and on.is_dated for recipient, on in document.shared)


def _contribution_answered(context: RemedyContext) -> RemedyLink:
    return RemedyLink(_("Answer it"), "contributions_answer", (context.name,), (), context.subject)


def change_contribution(*columns: str) -> Callable[[RemedyContext], RemedyLink]:
    """Return a function that links to the form of a contribution, highlighting these fields."""
    return lambda context: RemedyLink(
        _("Fill in"), "contribution_change", (context.name, context.subject), highlight_params(*columns)
    )


def _request_answered(context: RemedyContext) -> RemedyLink:
    if context.parameters.get("by") == "acknowledged_on":
        label = _("Record the receipt")
        return change_request(context, "acknowledged_on", label=label, acknowledged_on=context.today.isoformat())
    return change_request(context, "answer", "answered_on", label=_("Answer it"), answered_on=context.today.isoformat())


def write_report(context: RemedyContext) -> RemedyLink:
    """Return the link to the form for a report on a motion or commitment."""
    return RemedyLink(_("Write a report"), f"{context.rule.owner_type}_report", (context.name,))


def _motion_settled(context: RemedyContext) -> RemedyLink:
    return change_register_item(context, "settled_on", label=_("Record that it is settled"))


def _commitment_kept(context: RemedyContext) -> RemedyLink:
    if context.subject:
        # One of the times of a commitment that repeats: ``fulfilled_on`` would end it.
        return RemedyLink(_("Record that it is kept"), "commitment_fulfilment", (context.name,))
    return change_register_item(context, "fulfilled_on", label=_("Record that it is kept"))


def _commitment_dated(context: RemedyContext) -> RemedyLink:
    return change_register_item(context, *(str(lack) for lack in context.obligation.details.get("lacks", ())))


#: By the name of the check.
BY_CHECK: Mapping[str, Callable[[RemedyContext], RemedyLink]] = {
    "plan_says": _plan_says,
    "reasoned_exception": _reasoned_exception,
    "trajectory_states": _trajectory_states,
    "scenarios_presented": _scenarios_presented,
    "shared_equally": _shared_equally,
    "changes_marked": _changes_marked,
    "plain_summary": _plain_summary,
    "weighing_published": _weighing_published,
    "inspection_accounted": _weighing_published,
    "document_published": _document_published,
    "papers_sent": _papers_sent,
    "contribution_answered": _contribution_answered,
    "request_answered": _request_answered,
    "motion_reported": write_report,
    "commitment_reported": write_report,
    "motion_settled": _motion_settled,
    "commitment_kept": _commitment_kept,
    "commitment_dated": _commitment_dated,
}
