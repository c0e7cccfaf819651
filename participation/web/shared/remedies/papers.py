"""Remedy links to the forms of plans, documents, answers, and reports on motions or commitments."""

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from participation.compliance.facts import DocumentFacts

from .base import (
    RemedyContext,
    RemedyLink,
    change_document,
    change_request,
    change_step,
    fields,
    change_plan,
    change_register_item,
    change_trajectory,
)


def _plan_says(case: RemedyContext) -> RemedyLink:
    lacks = [str(need) for need in case.owed.details.get("lacks", ())]
    columns = [need for need in lacks if need != "independent_commissioner"]
    if lacks and not columns:
        return change_trajectory(case, "commissioner")
    if columns:
        return change_plan(case, *columns)
    on = case.numbers.get("on", "adopted_on")
    words = {
        "adopted_on": _("Record the adoption"),
        "actors_shared_on": _("Record that it was shared"),
        "to_council_on": _("Record that it was sent"),
    }
    return change_plan(case, on, label=words[on])


def _trajectory_states(case: RemedyContext) -> RemedyLink:
    return change_trajectory(case, case.numbers["what"])


def _scenarios(case: RemedyContext) -> RemedyLink:
    for scenario in case.facts.scenarios if case.facts else ():
        if scenario.presented_on is None or scenario.presented_on.latest is None:
            query = fields("presented_on")
            return RemedyLink(_("Record when it was shown"), "scenario_change", (case.name, scenario.ref), query)
    return RemedyLink(_("Add a scenario"), "scenario_add", (case.name,), fields("presented_on"))


def _shared_equally(case: RemedyContext) -> RemedyLink:
    return _share(case, case.subject, case.owed.details.get("parties", ()))


def _share(case: RemedyContext, ref: str, parties: Iterable[str]) -> RemedyLink:
    query = (*(("parties", str(party)) for party in parties), ("on", case.today.isoformat()))
    return RemedyLink(_("Record that it was shared"), "document_share", (case.name, ref), query)


def _changes_marked(case: RemedyContext) -> RemedyLink:
    return change_document(case, case.subject, "changes_marked", label=_("Record the changes"))


def _plain_summary(case: RemedyContext) -> RemedyLink:
    return change_document(case, case.subject, "plain_summary", label=_("Record the summary"))


def _weighing(case: RemedyContext) -> RemedyLink:
    today, label = case.today.isoformat(), _("Record the weighing")
    for document in case.facts.documents if case.facts else ():
        if document.kind == "weighing" and not (document.published_on and document.published_on.is_dated):
            return change_document(case, document.ref, "published_on", label=label)
    return RemedyLink(label, "document_add", (case.name,), (("kind", "weighing"), ("published_on", today)))


def _papers_sent(case: RemedyContext) -> RemedyLink:
    meeting = case.step(case.subject)
    for document in case.facts.documents if case.facts else ():
        if meeting and document.ref in meeting.documents and not _has(document, meeting.body):
            return _share(case, document.ref, [meeting.body])
    return change_step(case, case.subject, "documents", label=_("View the papers"))


def _has(document: DocumentFacts, party: str) -> bool:
    return any(given == party and on is not None and on.is_dated for given, on in document.shared)


def _contribution_answered(case: RemedyContext) -> RemedyLink:
    return RemedyLink(_("Answer it"), "contributions_answer", (case.name,), (), case.subject)


def contribution(*columns: str) -> Callable[[RemedyContext], RemedyLink]:
    """Return a function that links to the form of a contribution, highlighting these fields."""
    return lambda case: RemedyLink(_("Fill in"), "contribution_change", (case.name, case.subject), fields(*columns))


def _request_answered(case: RemedyContext) -> RemedyLink:
    if case.numbers.get("by") == "acknowledged_on":
        label = _("Record the receipt")
        return change_request(case, "acknowledged_on", label=label, acknowledged_on=case.today.isoformat())
    return change_request(case, "answer", "answered_on", label=_("Answer it"), answered_on=case.today.isoformat())


def report(case: RemedyContext) -> RemedyLink:
    """Return the link to the form for a report on a motion or commitment."""
    return RemedyLink(_("Write a report"), f"{case.rule.of}_report", (case.name,))


def _settled(case: RemedyContext) -> RemedyLink:
    return change_register_item(case, "settled_on", label=_("Record that it is settled"))


def _kept(case: RemedyContext) -> RemedyLink:
    return change_register_item(case, "fulfilled_on", label=_("Record that it is kept"))


def _commitment_dated(case: RemedyContext) -> RemedyLink:
    return change_register_item(case, *(str(lack) for lack in case.owed.details.get("lacks", ())))


#: By the name of the check.
BY_CHECK: Mapping[str, Callable[[RemedyContext], RemedyLink]] = {
    "plan_says": _plan_says,
    "trajectory_states": _trajectory_states,
    "scenarios_presented": _scenarios,
    "shared_equally": _shared_equally,
    "changes_marked": _changes_marked,
    "plain_summary": _plain_summary,
    "weighing_published": _weighing,
    "papers_sent": _papers_sent,
    "contribution_answered": _contribution_answered,
    "request_answered": _request_answered,
    "motion_reported": report,
    "commitment_reported": report,
    "motion_settled": _settled,
    "commitment_kept": _kept,
    "commitment_dated": _commitment_dated,
}
