"""Permissions: not visible is 404, not editable is 403."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from participation.models import Organisation, Trajectory


def get_visible_trajectory(request: HttpRequest, slug: str) -> Trajectory:
    """Return the trajectory. Raises Http404 if it does not exist or is not visible to this user."""
    found = Trajectory.objects.visible_to(request.user).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def can_edit(request: HttpRequest, trajectory: Trajectory) -> bool:
    """Return whether this user may change this trajectory."""
    return Trajectory.objects.editable_by(request.user).filter(pk=trajectory.pk).exists()


def get_editable_trajectory(request: HttpRequest, slug: str) -> Trajectory:
    """Return the trajectory. Raises Http404 if it is not visible, PermissionDenied if it is not editable."""
    visible = Trajectory.objects.visible_to(request.user).filter(slug=slug)
    found: Any = visible.with_editability(request.user).first()
    if found is None:
        raise Http404
    if not found.is_editable:
        raise PermissionDenied
    return cast(Trajectory, found)


def member_of(request: HttpRequest, slug: str) -> tuple[Trajectory, list[Organisation]]:
    """Return the trajectory, and the organisations concerned with it of which this user is a member, by name.

    Raises Http404 if it is not visible, PermissionDenied if there is no such organisation.
    """
    found = get_visible_trajectory(request, slug)
    parties = parties_of(request, found)
    if not parties:
        raise PermissionDenied
    return found, parties


def parties_of(request: HttpRequest, trajectory: Trajectory) -> list[Organisation]:
    """Return the organisations concerned with this trajectory of which this user is a member."""
    return list(Organisation.objects.represented_by(request.user).involved_in(trajectory))
