"""Who sees a request of the register, and who may moderate, answer and change it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from participation.models import Request, Trajectory
from participation.selectors import initiatives

from ..shared.request_context import RequestContext, request_context_of


def may_change_initiatives(user: Any) -> bool:
    """Return whether this user may moderate and answer what belongs to no trajectory: advisers and coordinators."""
    return bool(getattr(user, "adds_trajectories", False))


def may_change(user: Any, row: Request) -> bool:
    """Return whether this user may change this request: of a trajectory, who may change that trajectory."""
    if not may_change_initiatives(user):
        return False
    return not row.trajectory_id or Trajectory.objects.editable_by(user).filter(pk=row.trajectory_id).exists()


def get_visible_or_404(request_context: RequestContext, number: str) -> Any:
    """Return the request with this number and its ``state``. Raises Http404 if this user may not see it."""
    found = initiatives.initiatives(request_context.user, request_context.today).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def get_editable_or_404(request: HttpRequest, number: str) -> tuple[RequestContext, Any]:
    """Return the request context and the request with this number.

    Raises PermissionDenied for users who may not change it, and Http404 if there is none.
    """
    if not may_change_initiatives(request.user):
        raise PermissionDenied
    request_context = request_context_of(request)
    row = get_visible_or_404(request_context, number)
    if not may_change(request.user, row):
        raise PermissionDenied
    return request_context, row
