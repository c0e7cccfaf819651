"""What the pages of a trajectory share: the request, its rows and its assessment."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.http import HttpRequest
from django.utils import translation

from participation.compliance.facts import Facts
from participation.models import Trajectory
from participation.presentation.labels import titles_of
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
from participation.selectors.trajectories.detail import title_only_rows, trajectory_rows, trajectory_rows_at

from ..shared import permissions
from ..shared.request_context import RequestContext, request_context_of
from .as_of_form import AsOfForm, point_in_time_of
from .sections.actions import TrajectoryPermissions
from .sections.base import TrajectoryPageData
from .sections.obligations import PointInTime

#: What a page may read besides rows: the stored obligations, and the counter-signals.
OBLIGATIONS, SIGNALS = "obligations", "signals"


class TrajectoryRequest(NamedTuple):
    """A request for a page of a trajectory: context, trajectory, permissions, and the day that is asked for."""

    context: RequestContext
    trajectory: Trajectory
    permitted: TrajectoryPermissions
    form: AsOfForm
    point_in_time: PointInTime


def trajectory_request_of(request: HttpRequest, name: str) -> TrajectoryRequest:
    """Return the request for a page of this trajectory. Raises Http404 if it is not visible."""
    context = request_context_of(request)
    row = permissions.get_visible_trajectory(request, name)
    with translation.override(context.language):
        permitted = trajectory_permissions_of(request, row, context)
        form = AsOfForm(request.GET, context.today)
        point_in_time = point_in_time_of(
            form,
            context,
            can_edit=permitted.edit,
            can_speak=permitted.speak,
            **_history_permissions(context),
        )
    return TrajectoryRequest(context, row, permitted, form, point_in_time)


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


def page_data(asked: TrajectoryRequest, reads: Collection[str]) -> tuple[TrajectoryPageData, bool]:
    """Return the data of a page, and whether the trajectory was not recorded yet.

    ``reads`` are the tables of its rows, with ``OBLIGATIONS`` and ``SIGNALS`` where it shows those. With ``known_at``
    all data is as recorded then, without obligations: those are assessed anew, from the facts recorded then. A
    trajectory that was not recorded yet has its present title only.
    """
    context, row, point_in_time = asked.context, asked.trajectory, asked.point_in_time
    obligations: Sequence[ObligationStatus] = []
    if point_in_time.known_at is None:
        rows, rulebook, day, unknown = trajectory_rows(row, reads), context.rulebook_of(row), context.today, False
        if OBLIGATIONS in reads:
            obligations = obligations_with_status("trajectory", row.pk, rulebook.by_id, day)
        signals = counter_signals_of(row.pk, day) if SIGNALS in reads else {}
    else:
        past_rows = trajectory_rows_at(row, point_in_time.known_at, earlier_texts=point_in_time.earlier_texts)
        rows, unknown = past_rows or title_only_rows(row), past_rows is None
        rulebook, day = context.rulebook_of(rows.trajectory), point_in_time.day
        signals = with_recorded_texts(
            counter_signals_of(row.pk, day), {request.ref: request for request in rows.requests}
        )
    display_names = DisplayNames(context.language, rows.names, titles_of(rows, context.language))
    return TrajectoryPageData(rows, day, rulebook, display_names, obligations, signals), unknown


def obligations_on(asked: TrajectoryRequest, shown: TrajectoryPageData) -> Sequence[ObligationStatus]:
    """Return the obligations as of the requested day: assessed anew with ``known_at``, else the stored ones."""
    if asked.point_in_time.known_at:
        return assessment_of(asked, shown)[0]
    if asked.point_in_time.day == shown.today:
        return shown.obligations
    return obligations_with_status("trajectory", asked.trajectory.pk, shown.rulebook.by_id, asked.point_in_time.day)


def assessment_of(
    asked: TrajectoryRequest, shown: TrajectoryPageData
) -> tuple[Sequence[ObligationStatus], Facts | None, list[PublicWaiver]]:
    """Return the obligations as of the requested day, the facts behind them, and the waivers by then.

    Without ``known_at`` the obligations are the stored ones; with it they are assessed anew from the facts recorded
    then.
    """
    pk, point_in_time = asked.trajectory.pk, asked.point_in_time
    facts = facts_as_known(pk, point_in_time.known_at, point_in_time.earlier_texts)
    waivers = waivers_as_known(pk, point_in_time.day, point_in_time.known_at, point_in_time.earlier_texts)
    if point_in_time.known_at:
        known = obligations_as_known(facts, shown.rulebook, point_in_time.day, waivers) if facts else []
        return known, facts, waivers
    return obligations_on(asked, shown), facts, waivers
