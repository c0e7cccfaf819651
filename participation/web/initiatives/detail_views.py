"""The page of an initiative: what was asked, by when an answer is due, and the answer."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.explain import Explainer
from participation.compliance.obligations import ObligationValue
from participation.models import Neighbourhood, Request, Submission
from participation.models.labels import LABELS
from participation.presentation.explanation import ExplanationData, build_explanation
from participation.presentation.values import DisplayNames
from participation.selectors.obligations.facts import facts_for, request_facts
from participation.selectors.obligations.judging import rulebook_of
from participation.selectors.obligations.statuses import obligations_with_status, party_names

from ..shared.obligation_list import ObligationExtras, RenderContext, render_obligations
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .access import get_visible_or_404, may_change
from .actions import answer_action
from .states import STATE_BADGES, STATE_LABELS


@require_safe
@never_cache
@login_not_required
def initiative(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page of a request of the register. Raises Http404 if the reader may not see it."""
    request_context = request_context_of(request)
    row = get_visible_or_404(request_context, name)
    names, can_change = party_names(), may_change(request_context.user, row)
    places = Neighbourhood.objects.filter(slug__in=row.neighbourhoods).values_list("slug", "name")
    sees_everything = bool(getattr(request_context.user, "sees_everything", False))
    context = {
        "initiative": row,
        "state": {"label": STATE_LABELS[row.state], "badge": STATE_BADGES[row.state]},
        "party": names.get(row.party) or capfirst(LABELS.get(row.party, row.party)),
        "neighbourhoods": list(places),
        "can_change": can_change,
        "is_public": row.trajectory.public if row.trajectory else row.moderation == "public",
        # Name and address are for whoever answers.
        "submission": Submission.objects.filter(request=row).first() if can_change else None,
        "moderation_reason": row.moderation_reason if sees_everything else "",
        "obligations": _obligations(request_context, row, names, can_change),
    }
    return page(request, "web/initiatives/detail.html", context)


def _obligations(
    request_context: RequestContext, row: Request, names: dict[str, str], can_change: bool
) -> dict[str, Any]:
    """Return the template data of what is due for this request, on its own or in its trajectory."""
    owner: Any = row.trajectory or row
    owner_type, reader = ("trajectory", facts_for) if row.trajectory else ("request", request_facts)
    rulebook, today, language = (
        rulebook_of(owner, request_context.rulebooks),
        request_context.today,
        request_context.language,
    )
    stored = obligations_with_status(owner_type, owner.pk, rulebook.by_id, today)
    # In a trajectory they are about one of its requests.
    own = [item for item in stored if not row.trajectory or item.obligation.subject == row.ref]
    obligations = [(item.obligation, item.status) for item in own]
    facts: Any = dict(reader([owner.pk])).get(owner.pk)
    data = ExplanationData(
        rulebook,
        None,
        today,
        DisplayNames(language, names),
        explainer=Explainer(facts, rulebook) if facts else None,
    )

    def action(obligation: ObligationValue, _status: str) -> Any:
        return answer_action(row, rulebook.by_id[obligation.rule], obligation, today) if can_change else None

    with translation.override(language):
        explanations = {item.identity: build_explanation(item, data) for item, _status in obligations}
    render_context = RenderContext(rulebook, today, language, names, can_change)
    extras = ObligationExtras(explanations=explanations, action=action)
    return render_obligations(obligations, render_context, (), extras)
