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
from participation.compliance.rulebook import Rulebook
from participation.models import Commitment, Motion, Trajectory
from participation.models.labels import LABELS
from participation.presentation.explanation import ExplanationData, build_explanation
from participation.presentation.values import DisplayNames
from participation.selectors import register
from participation.selectors.obligations.facts import commitment_facts, motion_facts
from participation.selectors.obligations.statuses import obligations_with_status, party_names

from ..shared.actions import action_for
from ..shared.addresses import address, rule_url
from ..shared.obligation_list import ObligationExtras, RenderContext, render_obligations
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .states import BADGES, STATES


class RegisterEvent(NamedTuple):
    """An event of a motion or commitment: code for the template, date and text, and the id of its place on the page."""

    code: str
    when: ImpreciseDate | None
    text: str = ""
    anchor: str = ""


class FollowUp(NamedTuple):
    """A rule that follows from a motion; ``href`` is empty where the rulebook no longer has it."""

    title: str
    href: str


@require_safe
@never_cache
@login_not_required
def motion(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page of a motion. Raises Http404 if there is none."""
    request_context = request_context_of(request)
    row: Any = _get_row_or_404(register.motions(request_context.today).filter(number=name))
    names = party_names()
    visible = Trajectory.objects.visible_to(request_context.user).filter(motions=row).order_by("title")
    context = {
        "motion": row,
        "body": names.get(row.body) or LABELS.get(row.body, row.body),
        "has_votes": row.votes_for is not None and row.votes_against is not None,
        "other_numbers": [*dict.fromkeys(n for n in (row.printed_as, *row.also_printed_as) if n and n != row.number)],
        "rules": [_follow_up(rule, request_context.rulebook_of(row), request_context.language) for rule in row.rules],
        "trajectories": list(visible.values_list("slug", "title")),
        "events": _sorted_by_date(_motion_events(row)),
    }
    facts = dict(motion_facts([row.pk])).get(row.pk)
    return _render_detail(request, request_context, "motion", row, facts, names, context)


@require_safe
@never_cache
@login_not_required
def commitment(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page of a commitment. Raises Http404 if there is none."""
    request_context = request_context_of(request)
    row: Any = _get_row_or_404(register.commitments(request_context.today).filter(number=name))
    names = party_names()
    context = {
        "commitment": row,
        "made_to": [names.get(party) or LABELS.get(party, party) for party in row.made_to],
        "events": _sorted_by_date(_commitment_events(row)),
    }
    facts = dict(commitment_facts([row.pk])).get(row.pk)
    return _render_detail(request, request_context, "commitment", row, facts, names, context)


def _get_row_or_404(rows: QuerySet[Any]) -> Any:
    row = rows.first()
    if row is None:
        raise Http404
    return row


def _follow_up(rule: str, rulebook: Rulebook, language: str) -> FollowUp:
    found = rulebook.by_id.get(rule)
    if found is None:
        return FollowUp(rule, "")
    return FollowUp(wording.text_in_language(found.title, language), rule_url(rule, rulebook))


def _motion_events(row: Motion) -> Iterator[RegisterEvent]:
    if row.adopted_on:
        yield RegisterEvent("adopted" if row.outcome in ("", "adopted") else "decided", row.adopted_on)
    for report in row.reports.order_by("pk"):
        yield RegisterEvent("report", report.on, report.text, f"bericht-{report.pk}")
    if row.settled_proposed_on:
        yield RegisterEvent("proposed", row.settled_proposed_on)
    if row.settled_on:
        yield RegisterEvent("settled", row.settled_on)


def _commitment_events(row: Commitment) -> Iterator[RegisterEvent]:
    if row.made_on:
        yield RegisterEvent("made", row.made_on)
    for report in row.reports.order_by("pk"):
        yield RegisterEvent("report", report.on, report.text, f"bericht-{report.pk}")
    for fulfilment in row.fulfilments.order_by("pk"):
        yield RegisterEvent("fulfilled", fulfilment.on, fulfilment.text, f"nakoming-{fulfilment.pk}")
    if row.fulfilled_on:
        yield RegisterEvent("kept", row.fulfilled_on)


def _sorted_by_date(events: Iterator[RegisterEvent]) -> list[RegisterEvent]:
    """Return the events in chronological order; the sort is stable."""
    return sorted(events, key=lambda event: (event.when or ImpreciseDate.unknown()).sort_key[1])


def _render_detail(
    request: HttpRequest,
    request_context: RequestContext,
    owner_type: str,
    row: Any,
    facts: Any,
    names: wording.Names,
    context: dict[str, Any],
) -> HttpResponse:
    may_change = getattr(request_context.user, "edits_everything", False)
    rulebook = request_context.rulebook_of(row)
    rules = rulebook.by_id
    stored = obligations_with_status(owner_type, row.pk, rules, request_context.today)
    obligations = [(item.obligation, item.status) for item in stored]
    render_context = RenderContext(rulebook, request_context.today, request_context.language, names, may_change)
    explanation_data = ExplanationData(
        rulebook,
        None,
        request_context.today,
        DisplayNames(request_context.language, names),
        explainer=Explainer(facts, rulebook) if facts else None,
    )
    page_url = address(owner_type, row.number)

    def action(obligation: ObligationValue, _status: str) -> Any:
        rule = rules[obligation.rule]
        return (
            action_for(row.number, rule, obligation, request_context.today, return_url=page_url) if may_change else None
        )

    with translation.override(request_context.language):
        extras = ObligationExtras(
            explanations={
                obligation.identity: build_explanation(obligation, explanation_data)
                for obligation, _status in obligations
            },
            action=action,
        )
    page_context = {
        "state": {"code": row.state, "label": STATES[row.state], "badge": BADGES[row.state]},
        "obligations": render_obligations(obligations, render_context, (), extras),
        "has_report": any(event.code == "report" for event in context["events"]),
        "may_change": may_change,
        **context,
    }
    return page(request, f"web/register/{owner_type}.html", page_context)
