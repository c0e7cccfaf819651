"""The trajectory page: summary, timeline, plan, contributions and obligations."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.facts import Facts
from participation.compliance.vocabulary import RESIDENTS_PARTIES
from participation.interchange import lists
from participation.models import Trajectory
from participation.presentation.labels import date_of, titles_of
from participation.presentation.values import DisplayNames
from participation.selectors.associations.counter_signals import counter_signals_of, with_recorded_texts
from participation.selectors.changes.public_texts import can_read_earlier_texts
from participation.selectors.obligations.statuses import (
    ObligationStatus,
    PublicWaiver,
    facts_as_known,
    obligations_as_known,
    obligations_with_status,
    waivers_as_known,
)
from participation.selectors.trajectories.detail import (
    TrajectoryRows,
    title_only_rows,
    trajectory_rows,
    trajectory_rows_at,
)
from participation.selectors.trajectories.list_query import phase_on
from participation.selectors.trajectories.opportunities import current_opportunity, opportunities

from ..shared import permissions
from ..shared.addresses import address
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from . import files
from .as_of_form import AsOfForm, point_in_time_of
from .sections.actions import TrajectoryPermissions, action_links
from .sections.base import TrajectoryPageData, latest
from .sections.contributions import contribution_list
from .sections.decisions import decisions
from .sections.documents import documents
from .sections.legal_steps import legal_steps
from .sections.obligations import PointInTime, judged_by_text, obligation_section
from .sections.plan import influence, no_participation_ground, plan_section
from .sections.requests import request_items
from .sections.steps import timeline

#: Number of coming steps shown above the timeline.
MAX_COMING_STEPS = 4
#: Query parameters that show all contributions.
ALL_CONTRIBUTIONS_QUERY = {"inbreng": "alle"}


@require_safe
@never_cache
@login_not_required
def trajectory(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the trajectory page, or one of its lists as a file. Raises Http404 if it is not visible."""
    request_context = request_context_of(request)
    row = permissions.get_visible_trajectory(request, name)
    with translation.override(request_context.language):
        permitted = trajectory_permissions_of(request, row, request_context)
        form = AsOfForm(request.GET, request_context.today)
        point_in_time = point_in_time_of(
            form,
            request_context,
            can_edit=permitted.edit,
            can_speak=permitted.speak,
            **_history_permissions(request_context),
        )
        file = requested_list(request, files.LISTS)
        if file in (files.CONTRIBUTIONS, files.UNANSWERED):
            reader = lists.ListReader(request_context.rulebooks, request_context.today, request_context.language)
            return download(request, files.contributions_table(row, file, reader), request_context.today)
        shown, permitted, not_yet_recorded = _page_data(row, request_context, point_in_time, permitted)
        obligations, facts, explanations = assessment_of(row, shown, request_context, point_in_time)
        if point_in_time.known_at:
            shown = shown._replace(obligations=obligations)
        if file and not form.errors:
            pairs = [(obligation_status.obligation, obligation_status.status) for obligation_status in obligations]
            reader = lists.ListReader(request_context.rulebooks, point_in_time.day, request_context.language)
            return download(
                request, lists.obligations(row, pairs, explanations, shown.rulebook, reader), request_context.today
            )
        context = {
            **_sections(shown, permitted, request.GET.get("inbreng") == ALL_CONTRIBUTIONS_QUERY["inbreng"]),
            "form": form,
            "point_in_time": point_in_time,
            "is_future": point_in_time.day > request_context.today,
            "not_yet_recorded": not_yet_recorded,
            "obligations": obligation_section(
                shown._replace(signals=counter_signals_of(row.pk, point_in_time.day))
                if point_in_time.query and not point_in_time.known_at
                else shown,
                obligations,
                facts,
                explanations,
                point_in_time,
            ),
            "judged_by_text": judged_by_text(shown.rows.trajectory.municipality, request_context.rulebooks),
            "action_links": action_links(row, permitted),
            "permissions": permitted,
        }
    return page(request, "web/trajectories/detail.html", context)


@require_safe
@never_cache
@login_not_required
def obligation(request: HttpRequest, name: str) -> HttpResponse:
    """Return one obligation with its full explanation; rule and subject are in the query string.

    Raises Http404 if the trajectory is not visible or has no such obligation.
    """
    request_context = request_context_of(request)
    row = permissions.get_visible_trajectory(request, name)
    with translation.override(request_context.language):
        permitted = trajectory_permissions_of(request, row, request_context)
        form = AsOfForm(request.GET, request_context.today)
        point_in_time = point_in_time_of(
            form,
            request_context,
            can_edit=permitted.edit,
            can_speak=permitted.speak,
            **_history_permissions(request_context),
        )
        shown, permitted, _unknown = _page_data(row, request_context, point_in_time, permitted)
        obligations, facts, explanations = assessment_of(row, shown, request_context, point_in_time)
        wanted = (request.GET.get("regel", ""), request.GET.get("over", ""))
        found = next(
            (obligation_status for obligation_status in obligations if obligation_status.obligation.identity == wanted),
            None,
        )
        if found is None:
            raise Http404
        section = obligation_section(shown, obligations, facts, explanations, point_in_time, only=found)
        item = next(item for group in section["groups"] for item in (*group["items"], *group["settled"]))
        context = {
            "trajectory": shown.rows.trajectory,
            "item": item,
            # The full explanation is shown below it on this page, so not inside it.
            "item_without_explanation": {**item, "explanation": None},
            "point_in_time": point_in_time,
            "checked_text": section["checked_text"],
            "judged_by_text": judged_by_text(shown.rows.trajectory.municipality, request_context.rulebooks),
        }
    return page(request, "web/trajectories/obligation.html", context)


def trajectory_permissions_of(
    request: HttpRequest, row: Trajectory, request_context: RequestContext
) -> TrajectoryPermissions:
    """Return the permissions of this user here, without a query for anonymous users."""
    if not getattr(request_context.user, "pk", None):
        return TrajectoryPermissions()
    edit, user = permissions.can_edit(request, row), request_context.user
    return TrajectoryPermissions(
        edit=edit,
        assign=user.edits_everything,
        speak=bool(permissions.parties_of(request, row)),
        administer=edit and user.is_staff and user.has_perm("participation.change_trajectory"),
    )


def _history_permissions(request_context: RequestContext) -> dict[str, bool]:
    """Return which past data this user may read: who recorded something, and earlier texts."""
    names = bool(getattr(request_context.user, "sees_everything", False))
    return {"names_known": names, "earlier_texts": can_read_earlier_texts(request_context.user)}


def _page_data(
    row: Trajectory, request_context: RequestContext, point_in_time: PointInTime, permitted: TrajectoryPermissions
) -> tuple[TrajectoryPageData, TrajectoryPermissions, bool]:
    """Return the data of the page, the permissions, and whether the trajectory was not recorded yet.

    With ``known_at`` all data is as recorded then and the page is read-only. A trajectory that was not recorded yet
    shows its present title only.
    """
    if point_in_time.known_at is None:
        rows, rulebook = trajectory_rows(row), request_context.rulebook_of(row)
        obligations: Sequence[ObligationStatus] = obligations_with_status(
            "trajectory", row.pk, rulebook.by_id, request_context.today
        )
        day, signals, unknown = request_context.today, counter_signals_of(row.pk, request_context.today), False
    else:
        past_rows = trajectory_rows_at(row, point_in_time.known_at, earlier_texts=point_in_time.earlier_texts)
        rows, unknown = past_rows or title_only_rows(row), past_rows is None
        rulebook = request_context.rulebook_of(rows.trajectory)
        # Obligations are assessed anew, from the facts recorded then.
        obligations, day, permitted = [], point_in_time.day, TrajectoryPermissions()
        signals = with_recorded_texts(
            counter_signals_of(row.pk, day), {request.ref: request for request in rows.requests}
        )
    display_names = DisplayNames(request_context.language, rows.names, titles_of(rows, request_context.language))
    return (
        TrajectoryPageData(rows, day, rulebook, display_names, obligations, signals),
        permitted,
        unknown,
    )


def assessment_of(
    row: Trajectory, shown: TrajectoryPageData, request_context: RequestContext, point_in_time: PointInTime
) -> tuple[Sequence[ObligationStatus], Facts | None, list[PublicWaiver]]:
    """Return the obligations as of the requested day, the facts behind them, and the waivers by then.

    Without ``known_at`` the obligations are the stored ones; with it they are assessed anew from the facts recorded
    then.
    """
    facts = facts_as_known(row.pk, point_in_time.known_at, point_in_time.earlier_texts)
    explanations = waivers_as_known(row.pk, point_in_time.day, point_in_time.known_at, point_in_time.earlier_texts)
    obligations: Sequence[ObligationStatus]
    if point_in_time.known_at:
        obligations = obligations_as_known(facts, shown.rulebook, point_in_time.day, explanations) if facts else []
    else:
        obligations = (
            shown.obligations
            if point_in_time.day == request_context.today
            else obligations_with_status("trajectory", row.pk, shown.rulebook.by_id, point_in_time.day)
        )
    return obligations, facts, explanations


def _sections(shown: TrajectoryPageData, permitted: TrajectoryPermissions, all_contributions: bool) -> dict[str, Any]:
    rows, row, today = shown.rows, shown.rows.trajectory, shown.today
    residents = [slug for slug, kind in rows.kinds.items() if kind in RESIDENTS_PARTIES]
    found = opportunities(rows.steps, today, residents)
    taking_part = {opportunity.step.ref for opportunity in found}
    return {
        "trajectory": row,
        "neighbourhoods": rows.neighbourhoods,
        "phase": phase_on(rows.steps, today),
        "stance": shown.display_names.code_label(row.source_stance) if row.source_stance else "",
        "commissioner": shown.display_names.code_label(row.commissioner) if row.commissioner else "",
        "influence": influence(shown),
        "opportunities": found,
        "current_opportunity": current_opportunity(found),
        "upcoming_steps": [step for step in _coming_steps(rows, shown) if step.ref not in taking_part][
            :MAX_COMING_STEPS
        ],
        "timeline": timeline(shown),
        "plan": plan_section(shown, permitted.speak),
        "contributions": contribution_list(shown, all_contributions),
        "documents": documents(shown),
        "requests": request_items(shown),
        "decisions": decisions(shown),
        "legal_steps": legal_steps(shown),
        "no_participation_ground": no_participation_ground(shown),
        "contact_tel": _tel_number(row.contact_phone),
        # A telephone number is not broken over two lines.
        "contact_phone": row.contact_phone.replace(" ", "\N{NO-BREAK SPACE}"),
        "motions": rows.motions,
        "links": _links(row),
    }


def _coming_steps(rows: TrajectoryRows, shown: TrajectoryPageData) -> list[Any]:
    """Return the coming steps in chronological order."""
    ahead = [
        step
        for step in rows.steps
        if not step.cancelled and step.done is None and (day := latest(date_of(step))) and day >= shown.today
    ]
    return sorted(ahead, key=lambda step: step.planned.sort_key)


def _tel_number(phone: str) -> str:
    """Return the number as a ``tel:`` link needs it: without spaces, and without the (0) that follows a country."""
    number = phone.replace("(0)", "") if phone.strip().startswith("+") else phone
    return "".join(char for char in number if char in "+0123456789")


def _links(row: Trajectory) -> dict[str, str]:
    """Return the URLs to follow, subscribe and export; "" where a URL is not configured."""
    names = ("follow_trajectory", "trajectory_calendar", "trajectory_feed", "trajectory_badge", "trajectory_json")
    return {name: address(name, row.slug) for name in (*names, "trajectory_history", "trajectory_archive")}
