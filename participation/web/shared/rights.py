"""Who may: what one may not see is not there (404), what one may not change is refused (403)."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from participation.models import Organisation, Trajectory


def visible(request: HttpRequest, slug: str) -> Trajectory:
    """Return the trajectory. Raises Http404 where this visitor may not see it or it is not there."""
    found = Trajectory.objects.visible_to(request.user).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def may_edit(request: HttpRequest, trajectory: Trajectory) -> bool:
    """Tell whether this visitor may change this trajectory."""
    return Trajectory.objects.editable_by(request.user).filter(pk=trajectory.pk).exists()


def editable(request: HttpRequest, slug: str) -> Trajectory:
    """Return the trajectory. Raises Http404 where it may not be seen, PermissionDenied where not be changed."""
    found = visible(request, slug)
    if not may_edit(request, found):
        raise PermissionDenied
    return found


def member_of(request: HttpRequest, slug: str) -> tuple[Trajectory, list[Organisation]]:
    """Return the trajectory, and for which parties in it or near it this visitor speaks, by name.

    Raises Http404 where it may not be seen, PermissionDenied where the visitor speaks for no such party.
    """
    found = visible(request, slug)
    parties = parties_of(request, found)
    if not parties:
        raise PermissionDenied
    return found, parties


def parties_of(request: HttpRequest, trajectory: Trajectory) -> list[Organisation]:
    """Return for which organisations that are near to this trajectory, or act in it, this visitor speaks."""
    return list(Organisation.objects.spoken_for_by(request.user).concerned_with(trajectory))
