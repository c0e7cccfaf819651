"""Workload of advisers: viewed by coordinators and auditors, reassigned by coordinators."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.exchange.tables import PART, Table, TableColumn, in_parts
from participation.models import Trajectory
from participation.reports.urls import link
from participation.selectors.coordination import Load, advised_by, can_be_given, given, loads, without_adviser
from participation.services.assignment import assign as assigned
from participation.services.assignment import hand_over
from participation.services.editing import StaleVersion, WriteContext

from ..shared import permissions
from ..shared.downloads import download, list_asked
from ..shared.forms import Form
from ..shared.pages import page, saved
from ..shared.request_context import RequestContext, visit_of

#: Trajectories per page, and the maximum to reassign at once.
ROWS = 50
#: Lists of the page as files: advisers, and the trajectories of one adviser or of none.
LISTS = ("adviseurs", "trajecten")
#: Choice to remove an adviser without assigning another.
NOBODY = "niemand"


class HandOverForm(Form):
    """Reassignment of trajectories to an adviser."""

    naar = forms.ChoiceField(label=gettext_lazy("To"))

    def __init__(self, people: list[tuple[int, str]], leaves: int | None, *args: Any, **kwargs: Any) -> None:
        """Offer the other advisers; "nobody" only when there is an adviser to remove."""
        super().__init__(*args, **kwargs)
        nobody = [(NOBODY, _("nobody: take them off only"))] if leaves else []
        others = [(str(pk), name) for pk, name in people if pk != leaves]
        self.fields["naar"].choices = [("", _("choose an adviser")), *others, *nobody]  # type: ignore[attr-defined]
        self.fields["naar"].error_messages["required"] = _("Choose who takes them on.")


class AssignForm(Form):
    """The advisers of one trajectory, with those stored when it was shown, for optimistic locking."""

    advisers = forms.MultipleChoiceField(
        label=gettext_lazy("Advisers"), required=False, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, people: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        """Offer these people."""
        super().__init__(*args, **kwargs)
        self.fields["advisers"].choices = [(str(pk), name) for pk, name in people]  # type: ignore[attr-defined]

    def clean_seen(self) -> set[int]:
        """Return the ids of the advisers that were stored when the form was shown."""
        return {int(key) for key in self.cleaned_data["seen"].split(",") if key.isdecimal()}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def coordination(request: HttpRequest) -> HttpResponseBase:
    """Show the workload of advisers; a POST reassigns trajectories.

    Raises PermissionDenied for users who are no coordinator or auditor, and on a POST for auditors.
    """
    visit = visit_of(request)
    user = visit.user
    if not (user.edits_everything or (user.sees_everything and user.role == "auditor")):
        raise PermissionDenied
    if request.method == "POST" and not user.edits_everything:
        raise PermissionDenied
    with translation.override(visit.language):
        asked = request.GET.get("adviseur", "")
        people = loads(visit.rulebook.by_id, visit.today)
        chosen = next((load for load in people if str(load.pk) == asked), None)
        if asked and chosen is None:
            raise Http404
        rows = advised_by(chosen.pk) if chosen else without_adviser()
        if file := list_asked(request, LISTS) if request.method != "POST" else None:
            table = _advisers(people, visit) if file == LISTS[0] else _trajectories(rows, visit)
            return download(request, table, visit.today)
        leaves = chosen.pk if chosen else None
        form = HandOverForm(can_be_given(), leaves, request.POST or None)
        if request.method == "POST":
            keys = [int(key) for key in request.POST.getlist("traject") if key.isdecimal()][:ROWS]
            trajectories = list(rows.filter(pk__in=keys))
            if form.is_valid() and trajectories:
                return _hand_over(request, visit, trajectories, leaves, form.cleaned_data["naar"])
            if form.is_valid():
                form.add_error(None, _("Tick the trajectories that it is about."))
        shown = Paginator(rows, ROWS).get_page(request.GET.get("pagina"))
        context = {
            "people": people,
            "chosen": chosen,
            "form": form,
            "shown": shown,
            "rows": given(list(shown), visit.rulebook.by_id, visit.today),
            "ticked": set(request.POST.getlist("traject")),
            "may": user.edits_everything,
            "orphans": without_adviser().count() if chosen else shown.paginator.count,
        }
    return page(request, "web/week/coordination.html", context, 200)


def _advisers(people: list[Load], visit: RequestContext) -> Table:
    columns = [
        TableColumn("adviser", gettext_lazy("Adviser"), lambda load: load.name),
        TableColumn("trajectories", gettext_lazy("Trajectories"), lambda load: load.trajectories),
        TableColumn("overdue", gettext_lazy("Overdue"), lambda load: load.overdue),
        TableColumn("soon", gettext_lazy("Within fourteen days"), lambda load: load.soon),
        TableColumn("oldest", gettext_lazy("Waiting longest, since"), lambda load: load.oldest),
        TableColumn("much", gettext_lazy("A lot at once"), lambda load: load.much),
        TableColumn("is_here", gettext_lazy("Still an adviser"), lambda load: load.is_here),
    ]
    return Table("werkverdeling", _("Advisers"), columns, people, visit.language)


def _trajectories(rows: QuerySet[Trajectory], visit: RequestContext) -> Table:
    columns = [
        TableColumn("title", gettext_lazy("Trajectory"), lambda row: row.title),
        TableColumn("overdue", gettext_lazy("Number overdue"), lambda row: row.overdue),
        TableColumn("slug", Trajectory._meta.get_field("slug").verbose_name, lambda row: row.slug),
        TableColumn("url", gettext_lazy("Web address"), lambda row: link("trajectory", row.slug)),
    ]
    found = in_parts(rows.iterator(chunk_size=PART), lambda part: given(part, visit.rulebook.by_id, visit.today))
    return Table("werkverdeling-trajecten", _("Trajectories"), columns, found, visit.language)


def _hand_over(
    request: HttpRequest, visit: RequestContext, trajectories: list[Trajectory], leaves: int | None, takes: str
) -> HttpResponse:
    entries = hand_over(_door(visit), trajectories, leaves, None if takes == NOBODY else int(takes))
    if len(entries) == 1:
        saved(request, entries[0])
    else:
        told = ngettext("%(n)s trajectory was handed over.", "%(n)s trajectories were handed over.", len(entries))
        messages.success(request, told % {"n": len(entries)})
    return redirect(request.get_full_path())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def assign(request: HttpRequest, name: str) -> HttpResponse:
    """Choose the advisers of one trajectory.

    Raises Http404 if it is not visible, PermissionDenied for users who may not edit everything.
    """
    trajectory, visit = permissions.get_editable_trajectory(request, name), visit_of(request)
    if not visit.user.edits_everything:
        raise PermissionDenied
    with translation.override(visit.language):
        current = list(trajectory.advisers.order_by("pk"))
        there = can_be_given()
        known = {pk for pk, _name in there}
        # An assigned user who is no longer an adviser stays a choice, rather than being removed silently.
        people = there + [(u.pk, u.get_full_name() or u.email or u.username) for u in current if u.pk not in known]
        keys = [str(user.pk) for user in current]
        form = AssignForm(people, request.POST or None, initial={"advisers": keys, "seen": ",".join(keys)})
        status = 200
        if request.method == "POST" and form.is_valid():
            try:
                chosen = {int(key) for key in form.cleaned_data["advisers"]}
                changeset = assigned(_door(visit), trajectory, chosen, form.cleaned_data["seen"])
            except StaleVersion:
                form = AssignForm(people, initial={"advisers": keys, "seen": ",".join(keys)})
                status = 409
            else:
                saved(request, changeset)
                return redirect(reverse("trajectory", args=[trajectory.slug]))
        context = {"trajectory": trajectory, "form": form, "people": people, "changed": status == 409}
    return page(request, "web/week/assign.html", context, status)


def _door(visit: RequestContext) -> WriteContext:
    return WriteContext(visit.user, visit.rulebook, visit.today, visit.now)
