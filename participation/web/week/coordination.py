"""Workload of advisers: viewed by coordinators and auditors, reassigned by coordinators."""

from datetime import date
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

from participation.compliance.calendar import add_months
from participation.interchange.tables import CHUNK_SIZE, Table, TableColumn
from participation.models import Trajectory
from participation.presentation.coverage import DEFAULT_MONTHS, district_rows, group_name, group_rows
from participation.presentation.mail import link
from participation.selectors.statistics.coverage import coverage
from participation.selectors.trajectories.coordination import (
    AdviserLoad,
    adviser_loads,
    assignable_advisers,
    trajectories_advised_by,
    trajectories_without_adviser,
    with_load,
)
from participation.selectors.trajectories.load import overlaps
from participation.services.changes.changesets import StaleVersion
from participation.services.trajectories.assignment import assign_advisers as store_advisers
from participation.services.trajectories.assignment import transfer_trajectories

from ..shared import permissions
from ..shared.downloads import download, requested_list
from ..shared.forms import Form
from ..shared.pages import add_saved_message, page
from ..shared.request_context import RequestContext, request_context_of, write_context_of

#: Trajectories per page, and the maximum to reassign at once.
ROWS_PER_PAGE = 50
#: Pairs of trajectories to join that are shown.
MAX_OVERLAPS = 10
#: Lists of the page as files: advisers, and the trajectories of one adviser or of none.
LISTS = ("adviseurs", "trajecten")
#: Choice to remove an adviser without assigning another.
NOBODY = "niemand"


class TransferForm(Form):
    """Reassignment of trajectories to an adviser."""

    naar = forms.ChoiceField(label=gettext_lazy("To"))

    def __init__(self, people: list[tuple[int, str]], current_adviser: int | None, *args: Any, **kwargs: Any) -> None:
        """Offer the other advisers; "nobody" only when there is an adviser to remove."""
        super().__init__(*args, **kwargs)
        nobody = [(NOBODY, _("nobody: take them off only"))] if current_adviser else []
        others = [(str(pk), name) for pk, name in people if pk != current_adviser]
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
    request_context = request_context_of(request)
    user = request_context.user
    if not (user.edits_everything or (user.sees_everything and user.role == "auditor")):
        raise PermissionDenied
    if request.method == "POST" and not user.edits_everything:
        raise PermissionDenied
    with translation.override(request_context.language):
        requested = request.GET.get("adviseur", "")
        people = adviser_loads(request_context.rulebooks, request_context.today)
        chosen = next((load for load in people if str(load.pk) == requested), None)
        if requested and chosen is None:
            raise Http404
        theirs = trajectories_advised_by(chosen.pk) if chosen else trajectories_without_adviser()
        rows = with_load(theirs, request_context.rulebooks, request_context.today)
        if file := requested_list(request, LISTS) if request.method != "POST" else None:
            table = (
                _advisers_table(people, request_context)
                if file == LISTS[0]
                else _trajectories_table(rows, request_context)
            )
            return download(request, table, request_context.today)
        current_adviser = chosen.pk if chosen else None
        form = TransferForm(assignable_advisers(), current_adviser, request.POST or None)
        if request.method == "POST":
            keys = [int(key) for key in request.POST.getlist("traject") if key.isdecimal()][:ROWS_PER_PAGE]
            trajectories = list(theirs.filter(pk__in=keys).order_by("title", "slug"))
            if form.is_valid() and trajectories:
                return _transfer(request, request_context, trajectories, current_adviser, form.cleaned_data["naar"])
            if form.is_valid():
                form.add_error(None, _("Tick the trajectories that it is about."))
        shown = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("pagina"))
        context = {
            "people": people,
            "adviser": chosen,
            "form": form,
            "page_obj": shown,
            "rows": shown,
            "ticked": set(request.POST.getlist("traject")),
            "can_transfer": user.edits_everything,
            **_missed(request_context.today),
            **_to_join(request_context.today),
            "unassigned_count": trajectories_without_adviser().count() if chosen else shown.paginator.count,
        }
    return page(request, "web/week/coordination.html", context, 200)


def _missed(today: date) -> dict[str, Any]:
    """Return the districts and groups with which nobody spoke for long."""
    since = add_months(today, -DEFAULT_MONTHS)
    found = coverage(Trajectory.objects.all(), since, today)
    return {
        "missed_since": since,
        "missed_districts": [row.label for row in district_rows(found, since) if row.is_missed],
        "missed_groups": [group_name(row.name) for row in group_rows(found, since) if row.is_missed],
    }


def _to_join(today: date) -> dict[str, Any]:
    """Return the trajectories that ask the same people something in the same week."""
    found = overlaps(Trajectory.objects.all(), today)
    return {"overlaps": found[:MAX_OVERLAPS], "more_overlaps": max(0, len(found) - MAX_OVERLAPS)}


def _advisers_table(people: list[AdviserLoad], request_context: RequestContext) -> Table:
    columns = [
        TableColumn("adviser", gettext_lazy("Adviser"), lambda load: load.name),
        TableColumn("trajectories", gettext_lazy("Trajectories"), lambda load: load.trajectories),
        TableColumn("statutory", gettext_lazy("By law or ordinance"), lambda load: load.statutory),
        TableColumn("overdue", gettext_lazy("Overdue"), lambda load: load.overdue),
        TableColumn("old", gettext_lazy("More than four weeks overdue"), lambda load: load.old),
        TableColumn("soon", gettext_lazy("Within fourteen days"), lambda load: load.soon),
        TableColumn("oldest", gettext_lazy("Waiting longest, since"), lambda load: load.oldest),
        TableColumn("much", gettext_lazy("A lot at once"), lambda load: load.is_high),
        TableColumn("is_here", gettext_lazy("Still an adviser"), lambda load: load.is_available),
    ]
    return Table("werkverdeling", _("Advisers"), columns, people, request_context.language)


def _trajectories_table(rows: QuerySet[Any], request_context: RequestContext) -> Table:
    columns = [
        TableColumn("title", gettext_lazy("Trajectory"), lambda row: row.title),
        TableColumn("statutory", gettext_lazy("By law or ordinance"), lambda row: row.statutory),
        TableColumn("overdue", gettext_lazy("Number overdue"), lambda row: row.overdue),
        TableColumn("old", gettext_lazy("More than four weeks overdue"), lambda row: row.old),
        TableColumn("slug", Trajectory._meta.get_field("slug").verbose_name, lambda row: row.slug),
        TableColumn("url", gettext_lazy("Web address"), lambda row: link("trajectory", row.slug)),
    ]
    found = rows.iterator(chunk_size=CHUNK_SIZE)
    return Table("werkverdeling-trajecten", _("Trajectories"), columns, found, request_context.language)


def _transfer(
    request: HttpRequest,
    request_context: RequestContext,
    trajectories: list[Trajectory],
    current_adviser: int | None,
    new_adviser: str,
) -> HttpResponse:
    changesets = transfer_trajectories(
        write_context_of(request_context),
        trajectories,
        current_adviser,
        None if new_adviser == NOBODY else int(new_adviser),
    )
    if len(changesets) == 1:
        add_saved_message(request, changesets[0])
    else:
        message = ngettext("%(n)s trajectory was handed over.", "%(n)s trajectories were handed over.", len(changesets))
        messages.success(request, message % {"n": len(changesets)})
    return redirect(request.get_full_path())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def assign_advisers(request: HttpRequest, name: str) -> HttpResponse:
    """Choose the advisers of one trajectory.

    Raises Http404 if it is not visible, PermissionDenied for users who may not edit everything.
    """
    trajectory, request_context = permissions.get_editable_trajectory(request, name), request_context_of(request)
    if not request_context.user.edits_everything:
        raise PermissionDenied
    with translation.override(request_context.language):
        current = list(trajectory.advisers.order_by("pk"))
        candidates = assignable_advisers()
        known = {pk for pk, _name in candidates}
        # An assigned user who is no longer an adviser stays a choice, rather than being removed silently.
        people = candidates + [(user.pk, user.display_name) for user in current if user.pk not in known]
        keys = [str(user.pk) for user in current]
        form = AssignForm(people, request.POST or None, initial={"advisers": keys, "seen": ",".join(keys)})
        status = 200
        if request.method == "POST" and form.is_valid():
            try:
                chosen = {int(key) for key in form.cleaned_data["advisers"]}
                changeset = store_advisers(
                    write_context_of(request_context), trajectory, chosen, form.cleaned_data["seen"]
                )
            except StaleVersion:
                form = AssignForm(people, initial={"advisers": keys, "seen": ",".join(keys)})
                status = 409
            else:
                add_saved_message(request, changeset)
                return redirect(reverse("trajectory", args=[trajectory.slug]))
        context = {"trajectory": trajectory, "form": form, "people": people, "conflict": status == 409}
    return page(request, "web/week/assign.html", context, status)
