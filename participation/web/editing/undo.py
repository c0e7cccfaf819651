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

from participation.models import Changeset
from participation.selectors.changesets import changesets_visible_to, undoable_by
from participation.services.changesets import CannotUndo, undo
from participation.web.shared.pages import page
from participation.web.shared.request_context import visit_of

from .views import came_from


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def changeset_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the confirmation, or undo the changeset."""
    changeset = _entry(request, pk)
    visit = visit_of(request)
    with translation.override(visit.language):
        if request.method != "POST":
            context = {
                "changeset": changeset,
                "back": came_from(request) or _address(changeset),
                "rows": _rows(changeset),
            }
            return page(request, "web/recording/undo.html", context)
        try:
            undo(changeset, visit.user, rulebook=visit.rulebook, today=visit.today, now=visit.now)
        except CannotUndo as problem:
            messages.error(request, _("This cannot be undone. %(why)s") % {"why": problem})
        else:
            messages.success(request, _("Undone: %(about)s.") % {"about": changeset.about})
    return redirect(came_from(request) or _address(changeset))


def _entry(request: HttpRequest, pk: int) -> Changeset:
    """Return the changeset. Raises Http404 if it is not visible, PermissionDenied if this user may not undo it."""
    entries: QuerySet[Changeset] = Changeset.objects.select_related("trajectory", "motion", "commitment", "by")
    changeset = changesets_visible_to(entries, request.user).filter(pk=pk).first()
    if changeset is None:
        raise Http404
    if not undoable_by(Changeset.objects.filter(pk=pk), request.user).exists():
        raise PermissionDenied
    return changeset


def _address(changeset: Changeset) -> str:
    """Return the URL of the owner of the changeset."""
    if changeset.trajectory:
        return reverse("trajectory", args=[changeset.trajectory.slug])
    if changeset.motion:
        return reverse("motion", args=[changeset.motion.number])
    assert changeset.commitment is not None
    return reverse("commitment", args=[changeset.commitment.number])


def _rows(changeset: Changeset) -> dict[str, int]:
    """Return how many rows will be deleted, and how many restored."""
    rows = {(name, pk): before for name, pk, before, _after in reversed(changeset.row_changes)}
    gone = sum(before is None for before in rows.values())
    return {"gone": gone, "back": len(rows) - gone + len(changeset.m2m_changes)}
