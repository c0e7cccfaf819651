"""The page of one obligation, with its full explanation."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.selectors.trajectories.detail import TABLES

from ..shared.pages import page
from .page_data import OBLIGATIONS, SIGNALS, assessment_of, page_data, trajectory_request_of
from .sections.obligations import judged_by_text, obligation_section


@require_safe
@never_cache
@login_not_required
def obligation(request: HttpRequest, name: str) -> HttpResponse:
    """Return one obligation with its full explanation; rule and subject are in the query string.

    Raises Http404 if the trajectory is not visible or has no such obligation.
    """
    asked = trajectory_request_of(request, name)
    with translation.override(asked.context.language):
        shown, _unknown = page_data(asked, TABLES | {OBLIGATIONS, SIGNALS})
        obligations, facts, waivers = assessment_of(asked, shown)
        wanted = (request.GET.get("regel", ""), request.GET.get("over", ""))
        found = next(
            (obligation_status for obligation_status in obligations if obligation_status.obligation.identity == wanted),
            None,
        )
        if found is None:
            raise Http404
        section = obligation_section(shown, obligations, facts, waivers, asked.point_in_time, only=found)
        item = next(item for group in section["groups"] for item in (*group["items"], *group["settled"]))
        context = {
            "trajectory": shown.rows.trajectory,
            "item": item,
            # The full explanation is shown below it on this page, so not inside it.
            "item_without_explanation": {**item, "explanation": None},
            "point_in_time": asked.point_in_time,
            "checked_text": section["checked_text"],
            "judged_by_text": judged_by_text(shown.rows.trajectory.municipality, asked.context.rulebooks),
        }
    return page(request, "web/trajectories/obligation.html", context)
