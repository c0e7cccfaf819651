"""Undo of a changeset."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.models import Changeset, Commitment, Motion, Request, Trajectory
from participation.selectors.changes.changesets import changesets_undoable_by, changesets_visible_to
from participation.services.changes.undo import CannotUndo, changesets_of_import, later_work, undo, undo_import
from participation.services.contributions.background_import import is_long_undo, request_undo
from participation.web.shared.addresses import trajectory_address
from participation.web.shared.pages import IMPORT_PARAM, page
from participation.web.shared.request_context import request_context_of, write_context_of
from participation.web.shared.return_urls import validated_return_url

#: Section of a trajectory by model: where its rows stand.
_SECTIONS = {
    "plan": "plan",
    "planactor": "plan",
    "scenario": "plan",
    "step": "tijdlijn",
    "document": "documenten",
    "documentshare": "documenten",
    "contribution": "inbreng",
    "request": "verzoeken",
    "waiver": "afspraken",
    "countersignal": "afspraken",
}
#: The page of one row of the register, and of the list of them.
_REGISTER_PAGES: Mapping[type[Model], tuple[str, str]] = {
    Motion: ("motion", "motions"),
    Commitment: ("commitment", "commitments"),
    Request: ("initiative", "initiatives"),
}
#: The number of motions, commitments or requests that are named.
_MAX_NAMED = 200


class NamedRows(NamedTuple):
    """Motions, commitments and requests: the first of them, and how many more there are."""

    names: list[str]
    more: int


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def changeset_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the confirmation, or undo the changeset: a long one in the background."""
    changeset = _get_undoable_changeset(request, pk)
    parts = _parts_of_import(request, changeset)
    is_long = not parts and is_long_undo(changeset)
    request_context = request_context_of(request)
    with translation.override(request_context.language):
        if request.method != "POST":
            recorded = parts or [changeset]
            context = {
                "changeset": changeset,
                "return_url": validated_return_url(request) or _owner_url(changeset),
                "rows": _count_restored_rows(recorded),
                "of_import": bool(parts),
                "trajectories": [part.trajectory for part in parts if part.trajectory],
                "deleted": _named(part for part in parts if not part.trajectory and part.verb == "added"),
                "restored": _named(part for part in parts if not part.trajectory and part.verb != "added"),
                "is_long": is_long,
                "late": [
                    str(owner) for owner in later_work(part for part in parts or [changeset] if not part.undone_at)
                ],
            }
            return page(request, "web/editing/undo.html", context)
        try:
            if is_long and changeset.trajectory:
                request_undo(changeset, request_context.user, request_context.now)
                return redirect("contributions_import", changeset.trajectory.slug)
            undo_parts = undo_import if parts else undo
            undo_parts(changeset, request_context.user, **write_context_of(request_context).arguments)
        except CannotUndo as problem:
            messages.error(request, _("This cannot be undone. %(why)s") % {"why": problem})
        else:
            about = _("everything in the import") if parts else changeset.about
            messages.success(request, _("Undone: %(about)s.") % {"about": about})
    return redirect(validated_return_url(request) or _owner_url(changeset))


def _named(changesets: Iterable[Changeset]) -> NamedRows:
    found = [str(changeset.owner) for changeset in changesets if changeset.undone_at is None]
    return NamedRows(found[:_MAX_NAMED], max(0, len(found) - _MAX_NAMED))


def _get_undoable_changeset(request: HttpRequest, pk: int) -> Changeset:
    """Return the changeset. Raises Http404 if it is not visible, PermissionDenied if this user may not undo it."""
    owners = ("trajectory", "motion", "commitment", "request")
    changesets: QuerySet[Changeset] = Changeset.objects.select_related(*owners, "by")
    changeset = changesets_visible_to(changesets, request.user).filter(pk=pk).first()
    if changeset is None:
        raise Http404
    if not changesets_undoable_by(Changeset.objects.filter(pk=pk), request.user).exists():
        raise PermissionDenied
    return changeset


def _parts_of_import(request: HttpRequest, changeset: Changeset) -> list[Changeset]:
    """Return all changesets of the import where that is asked for, else none.

    Raises PermissionDenied if this user may not undo one of them.
    """
    if not request.GET.get(IMPORT_PARAM):
        return []
    found = changesets_of_import(changeset)
    keys = [part.pk for part in found]
    if changesets_undoable_by(Changeset.objects.filter(pk__in=keys), request.user).count() < len(keys):
        raise PermissionDenied
    return found


def _owner_url(changeset: Changeset) -> str:
    """Return the URL of the owner of the changeset: of a trajectory, of the page on which the first row stands.

    Of what is not there any more, the list. Without a fragment: it would scroll the message out of view.
    """
    owner = changeset.owner
    if isinstance(owner, Trajectory):
        model = changeset.row_changes[0][0] if changeset.row_changes else ""
        return trajectory_address(owner.slug, _SECTIONS.get(model, "")).partition("#")[0]
    one, several = next(names for model, names in _REGISTER_PAGES.items() if isinstance(owner, model))
    is_there = type(owner)._default_manager.filter(pk=owner.pk).exists()
    return reverse(one, args=[owner.number]) if is_there else reverse(several)


def _count_restored_rows(changesets: Iterable[Changeset]) -> dict[str, int]:
    """Return how many rows will be deleted, and how many restored."""
    deleted = restored = 0
    for changeset in changesets:
        rows = {(name, pk): before for name, pk, before, _after in reversed(changeset.row_changes)}
        removed_count = sum(before is None for before in rows.values())
        deleted += removed_count
        restored += len(rows) - removed_count + len(changeset.m2m_changes)
    return {"deleted": deleted, "restored": restored}
