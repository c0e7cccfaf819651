"""Undo of a changeset."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.models import Changeset, Motion, Request, Trajectory
from participation.selectors.changes.changesets import changesets_undoable_by, changesets_visible_to
from participation.services.changes.changesets import CannotUndo, undo
from participation.web.shared.pages import page
from participation.web.shared.request_context import request_context_of, write_context_of
from participation.web.shared.return_urls import validated_return_url


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def changeset_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the confirmation, or undo the changeset."""
    changeset = _get_undoable_changeset(request, pk)
    request_context = request_context_of(request)
    with translation.override(request_context.language):
        if request.method != "POST":
            context = {
                "changeset": changeset,
                "return_url": validated_return_url(request) or _owner_url(changeset),
                "rows": _count_restored_rows(changeset),
            }
            return page(request, "web/editing/undo.html", context)
        try:
            undo(changeset, request_context.user, **write_context_of(request_context).arguments)
        except CannotUndo as problem:
            messages.error(request, _("This cannot be undone. %(why)s") % {"why": problem})
        else:
            messages.success(request, _("Undone: %(about)s.") % {"about": changeset.about})
    return redirect(validated_return_url(request) or _owner_url(changeset))


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


def _owner_url(changeset: Changeset) -> str:
    """Return the URL of the owner of the changeset."""
    owner = changeset.owner
    if isinstance(owner, Trajectory):
        return reverse("trajectory", args=[owner.slug])
    if isinstance(owner, Request):
        return reverse("trajectory", args=[owner.trajectory.slug]) if owner.trajectory else reverse("commitments")
    return reverse("motion" if isinstance(owner, Motion) else "commitment", args=[owner.number])


def _count_restored_rows(changeset: Changeset) -> dict[str, int]:
    """Return how many rows will be deleted, and how many restored."""
    rows = {(name, pk): before for name, pk, before, _after in reversed(changeset.row_changes)}
    removed_count = sum(before is None for before in rows.values())
    return {"deleted": removed_count, "restored": len(rows) - removed_count + len(changeset.m2m_changes)}
