"""One screen for one row: shown with what is known, kept as typed, saved once, and never over somebody's change."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from participation.models import Entry, Trajectory
from participation.selectors.changes import as_shown, changes_since
from participation.services.editing import ChangedMeanwhile, Door
from participation.web.shared import rights
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import page, saved
from participation.web.shared.visit import Visit, visit_of

from .fields import Choosing, RowsWidget
from .forms import Laid, RowForm
from .told import told_change

#: Which field somebody was sent for, and where they go back to.
FIELD, BACK = "veld", "terug"


class Room(View):
    """A page about one trajectory that its visitor may change, in the visitor's language."""

    http_method_names = ["get", "head", "post"]
    #: Where on the page of the trajectory one returns to.
    anchor: ClassVar[str] = ""

    trajectory: Trajectory
    visit: Visit

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view; a form that is sent more than once is done once."""
        return idempotent(super().as_view(**initkwargs))

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer. Raises Http404 and PermissionDenied as ``rights.editable`` does."""
        self.trajectory = rights.editable(request, kwargs.pop("name"))
        self.visit = visit_of(request)
        with translation.override(self.visit.language):
            return super().dispatch(request, *args, **kwargs)

    @property
    def door(self) -> Door:
        """Return who writes when, by which rules."""
        return Door(self.visit.user, self.visit.rulebook, self.visit.today, self.visit.now)

    def address(self) -> str:
        """Return where one goes afterwards: back to where one came from, else to the trajectory."""
        return came_from(self.request) or self.trajectory_address()

    def trajectory_address(self) -> str:
        """Return the page of the trajectory, at its part that this is about."""
        place = f"#{self.anchor}" if self.anchor else ""
        return reverse("trajectory", args=[self.trajectory.slug]) + place

    def back(self, entry: Entry | None) -> HttpResponse:
        """Tell what was recorded and go back: to the top of the page, where that message and its undo button are."""
        address = came_from(self.request)
        saved(self.request, entry, place="" if address else self.trajectory_address().partition("#")[2])
        return redirect(address or self.trajectory_address().partition("#")[0])

    def show(self, template: str, title: str, context: Mapping[str, Any]) -> HttpResponse:
        """Return the page, with the way back."""
        around = {
            "title": title,
            "trajectory": self.trajectory,
            "trail": [(self.trajectory_address(), self.trajectory.title or _("Trajectories"))],
            "cancel": self.address(),
        }
        return page(self.request, template, {**around, **context})


class Screen(Room):
    """A form about one row. A noun says which row, which form, and how it is saved."""

    form_class: type[RowForm]
    template_name = "web/recording/form.html"
    #: Whether a row is added: then another one can follow.
    adds: ClassVar[bool] = False

    row: Any
    heading: str

    def find(self) -> Any:
        """Return the row that this is about. Raises Http404 where it is not there."""
        raise NotImplementedError

    def save(self, form: RowForm) -> Entry | None:
        """Save what was typed and return the entry, None where nothing was changed."""
        raise NotImplementedError

    def title(self) -> str:
        """Return the heading."""
        raise NotImplementedError

    def beside(self, form: RowForm) -> dict[str, Any]:
        """Return what else the page shows."""
        return {}

    def defaults(self) -> dict[str, Any]:
        """Return what a new row begins with, before what the address says."""
        return {}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        self._begin()
        return self.form_page(self.make(initial=self.defaults()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save what was typed and go on, or show it again with what is to be done."""
        self._begin()
        form = self.make(request.POST, request.FILES)
        if RowsWidget.MORE in request.POST:
            form.without_judging()
        elif form.is_valid():
            try:
                entry = self.save(form)
            except ChangedMeanwhile:
                return self.changed_meanwhile(form)
            except ValidationError as error:
                form.place(error)
            else:
                return self.go_on(entry)
        return self.form_page(form)

    def _begin(self) -> None:
        self.row = self.find()
        # Before the form writes on the row what was typed.
        self.heading = self.title()

    def make(self, data: Any = None, files: Any = None, *, initial: Mapping[str, Any] | None = None) -> RowForm:
        """Return the form, with what the address asks for."""
        form = self.form_class(
            data, files, row=self.row, trajectory=self.trajectory, visit=self.visit, initial=dict(initial or {})
        )
        if data is None:
            form.initial.update(from_address(self.request, form))
        form.ask_for(self.request.GET.getlist(FIELD))
        form.suggest()
        return form

    def form_page(self, form: RowForm, conflict: Any = None) -> HttpResponse:
        """Return the page with the form."""
        context = {"form": form, "conflict": conflict, "adds": self.adds, **self.beside(form)}
        return self.show(self.template_name, self.heading, context)

    def go_on(self, entry: Entry | None) -> HttpResponse:
        """Tell what was recorded and go to the next page."""
        if self.adds and "another" in self.request.POST:
            saved(self.request, entry)
            return redirect(self.request.get_full_path())
        return self.back(entry)

    def changed_meanwhile(self, form: RowForm) -> HttpResponse:
        """Show what somebody else changed, and the form with what was typed over what is there now."""
        shown, typed = form.shown_state, form.cleaned_data
        # The form wrote what was typed on the row; what is stored is read anew.
        self.row = row = self.stored()
        base, theirs = form.read(as_shown(row, shown), shown), form.read(row)
        fields = [(name, field) for name, field in form.fields.items() if name != "shown"]
        mine = {name: typed[name] for name, field in fields if field.has_changed(base.get(name), typed[name])}
        # What I changed stays as I typed it; what I left alone is as they made it.
        again = self.form_class(row=row, trajectory=self.trajectory, visit=self.visit, initial=mine)
        changes = changes_since(row, shown) + again.other_changes(base, theirs)
        conflict = [told_change(change, again, change.column in mine) for change in changes]
        return self.form_page(again, conflict)

    def stored(self) -> Any:
        """Return the row as it is stored now."""
        return type(self.row)._default_manager.get(pk=self.row.pk)


class Adding(Screen):
    """A form for a new row."""

    adds = True
    model: type[Any]

    def find(self) -> Any:
        """Return a new row."""
        return self.model(trajectory=self.trajectory)


class Changing(Screen):
    """A form for a row that has a ref."""

    model: type[Any]

    def find(self) -> Any:
        """Return the row with this ref in this trajectory. Raises Http404 where there is none."""
        row = self.model._default_manager.filter(trajectory=self.trajectory, ref=self.kwargs["ref"]).first()
        if row is None:
            raise Http404
        row.trajectory = self.trajectory
        return row


def came_from(request: HttpRequest) -> str:
    """Return the page on this site from which somebody came, as the address says it, or nothing."""
    back = request.GET.get(BACK, "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""


def from_address(request: HttpRequest, form: Laid) -> dict[str, Any]:
    """Return what the address fills in: known fields only, and only what they can hold."""
    found: dict[str, Any] = {}
    for name, field in form.fields.items():
        values = [value for value in request.GET.getlist(name) if value]
        if not values or name == "shown":
            continue
        try:
            if isinstance(field, Choosing):
                found[name] = [value for value in values if field.valid_value(value)]
            else:
                found[name] = field.to_python(values[-1])
        except ValidationError:
            continue
    return found


def with_query(address: str, request: HttpRequest, **changes: str) -> str:
    """Return an address with what this one asks for, and these changes to it."""
    query = {**{key: request.GET.getlist(key) for key in request.GET}, **{k: [v] for k, v in changes.items()}}
    return f"{address}?{urlencode(query, doseq=True)}" if query else address


def tell(request: HttpRequest, text: str) -> None:
    """Tell on the next page what was recorded where it cannot be taken back."""
    messages.success(request, text)
