"""Detail pages of a motion and a commitment: text, events, and obligations."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.explain import Explainer
from participation.compliance.obligations import ObligationValue
from participation.models import Commitment, Motion, Trajectory
from participation.models.labels import LABELS
from participation.reports.explanation import ExplanationData, build_explanation
from participation.reports.values import Called
from participation.selectors import register
from participation.selectors.facts import commitment_facts, motion_facts
from participation.selectors.pages import owed_with_status
from participation.selectors.verdicts import party_names

from ..shared.actions import action_for
from ..shared.addresses import address
from ..shared.obligation_list import Beside, Reading, told
from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of
from .states import BADGES, STATES


class RegisterEvent(NamedTuple):
    """An event of a motion or commitment: code for the template, date and text."""

    code: str
    when: ImpreciseDate | None
    text: str = ""


class FollowUp(NamedTuple):
    """A rule that follows from a motion; ``known`` is whether the rulebook still has it."""

    id: str
    title: str
    known: bool


@require_safe
@never_cache
@login_not_required
def motion(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page of a motion. Raises Http404 if there is none."""
    visit = visit_of(request)
    row: Any = _one(register.motions(visit.today).filter(number=name))
    names = party_names()
    visible = Trajectory.objects.visible_to(visit.user).filter(motions=row).order_by("title")
    context = {
        "motion": row,
        "body": names.get(row.body) or LABELS.get(row.body, row.body),
        "counted": row.votes_for is not None and row.votes_against is not None,
        "printed": [*dict.fromkeys(n for n in (row.printed_as, *row.also_printed_as) if n and n != row.number)],
        "rules": [_rule(rule, visit) for rule in row.rules],
        "trajectories": list(visible.values_list("slug", "title")),
        "events": _in_time(_motion_events(row)),
    }
    facts = dict(motion_facts([row.pk])).get(row.pk)
    return _tracked(request, visit, "motion", row, facts, names, context)


@require_safe
@never_cache
@login_not_required
def commitment(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page of a commitment. Raises Http404 if there is none."""
    visit = visit_of(request)
    row: Any = _one(register.commitments(visit.today).filter(number=name))
    names = party_names()
    context = {
        "commitment": row,
        "made_to": [names.get(party) or LABELS.get(party, party) for party in row.made_to],
        "events": _in_time(_commitment_events(row)),
    }
    facts = dict(commitment_facts([row.pk])).get(row.pk)
    return _tracked(request, visit, "commitment", row, facts, names, context)


def _one(rows: QuerySet[Any]) -> Any:
    row = rows.first()
    if row is None:
        raise Http404
    return row


def _rule(rule: str, visit: RequestContext) -> FollowUp:
    found = visit.rulebook.by_id.get(rule)
    return FollowUp(rule, wording.in_language(found.title, visit.language) if found else rule, found is not None)


def _motion_events(row: Motion) -> Iterator[RegisterEvent]:
    if row.adopted_on:
        yield RegisterEvent("adopted" if row.outcome in ("", "adopted") else "decided", row.adopted_on)
    for report in row.reports.order_by("pk"):
        yield RegisterEvent("report", report.on, report.text)
    if row.settled_proposed_on:
        yield RegisterEvent("proposed", row.settled_proposed_on)
    if row.settled_on:
        yield RegisterEvent("settled", row.settled_on)


def _commitment_events(row: Commitment) -> Iterator[RegisterEvent]:
    if row.made_on:
        yield RegisterEvent("made", row.made_on)
    for report in row.reports.order_by("pk"):
        yield RegisterEvent("report", report.on, report.text)
    if row.fulfilled_on:
        yield RegisterEvent("kept", row.fulfilled_on)


def _in_time(events: Iterator[RegisterEvent]) -> list[RegisterEvent]:
    """Return the events in chronological order; the sort is stable."""
    return sorted(events, key=lambda event: (event.when or ImpreciseDate.unknown()).sort_key[1])


def _tracked(
    request: HttpRequest,
    visit: RequestContext,
    of: str,
    row: Any,
    facts: Any,
    names: wording.Names,
    context: dict[str, Any],
) -> HttpResponse:
    may_change = getattr(visit.user, "edits_everything", False)
    owed = owed_with_status(of, row.pk, visit.rulebook.by_id, visit.today)
    reading = Reading(visit.rulebook, visit.today, visit.language, names, may_change)
    behind = ExplanationData(
        visit.rulebook,
        None,
        visit.today,
        Called(visit.language, names),
        explainer=Explainer(facts, visit.rulebook) if facts else None,
    )
    here = address(of, row.number)

    def action(obligation: ObligationValue, _status: str) -> Any:
        rule = visit.rulebook.by_id[obligation.rule]
        return action_for(row.number, rule, obligation, visit.today, back=here) if may_change else None

    with translation.override(visit.language):
        beside = Beside(
            full={obligation.identity: build_explanation(obligation, behind) for obligation, _status in owed}, action=action
        )
    shown = {
        "state": {"code": row.state, "label": STATES[row.state], "badge": BADGES[row.state]},
        "owed": told(owed, reading, (), beside),
        "has_report": any(event.code == "report" for event in context["events"]),
        "may_change": may_change,
        **context,
    }
    return page(request, f"web/register/{of}.html", shown)
