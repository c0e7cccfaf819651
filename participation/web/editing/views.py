"""Base views of the recording forms: prefilled from the query string, saved once, with optimistic locking."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from participation.compliance.rulebook import Rulebook
from participation.models import Changeset, Trajectory
from participation.models.trajectory_items import TrajectoryItem
from participation.selectors.changes.row_versions import changes_since, row_at_version
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.web.shared import permissions
from participation.web.shared.addresses import trajectory_address
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import RequestContext, request_context_of, write_context_of
from participation.web.shared.return_urls import HIGHLIGHT_PARAM, validated_return_url

from .after_saving import NO_CONSEQUENCE, Consequence, consequence_of
from .conflicts import conflict_data
from .fields import GroupedMultipleChoiceField, RowsWidget
from .forms import FieldsetForm, RowForm


class TrajectoryEditView(View):
    """Base view within one trajectory that the user may edit."""

    http_method_names = ["get", "head", "post"]
    #: Section of the pages of the trajectory to return to.
    anchor: ClassVar[str] = ""
    #: Which days were understood of what was typed; the message after saving says so.
    understood: str = ""

    trajectory: Trajectory
    request_context: RequestContext

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view, made idempotent."""
        return idempotent(super().as_view(**initkwargs))

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Dispatch in the user's language. Raises Http404 and PermissionDenied as ``get_editable_trajectory`` does."""
        self.trajectory = permissions.get_editable_trajectory(request, kwargs.pop("name"))
        self.request_context = request_context_of(request)
        with translation.override(self.request_context.language):
            return super().dispatch(request, *args, **kwargs)

    @property
    def rulebook(self) -> Rulebook:
        """Return the rulebook that judges the trajectory."""
        return self.request_context.rulebook_of(self.trajectory)

    @property
    def write_context(self) -> WriteContext:
        """Return the write context: user, rulebook, day and moment."""
        return write_context_of(self.request_context)

    def return_url(self) -> str:
        """Return the URL to go to afterwards: the page one came from, else the trajectory."""
        return validated_return_url(self.request) or self.trajectory_url()

    def trajectory_url(self) -> str:
        """Return the URL of the page of the trajectory with the section that this view changes."""
        return trajectory_address(self.trajectory.slug, self.anchor)

    def redirect_back(self, changeset: Changeset | None, consequence: Consequence = NO_CONSEQUENCE) -> HttpResponse:
        """Add a message and redirect to the top of the page, where the message and its undo button are."""
        return_url = validated_return_url(self.request)
        fragment = "" if return_url else self.trajectory_url().partition("#")[2]
        text = f"{self.understood} {consequence.text}".strip()
        add_saved_message(self.request, changeset, text, fragment, consequence.action)
        return redirect(return_url or self.trajectory_url().partition("#")[0])

    def render(self, template: str, title: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Return the rendered page with breadcrumb and cancel link."""
        base_context = {
            "title": title,
            "trajectory": self.trajectory,
            "trail": [(self.trajectory_url(), self.trajectory.title or _("Trajectories"))],
            "cancel": self.return_url(),
        }
        return page(self.request, template, {**base_context, **context}, status)


FormT = TypeVar("FormT", bound=RowForm)


class ItemFormView(TrajectoryEditView, Generic[FormT]):
    """A form for one row; subclasses provide the row, the form and how it is saved."""

    form_class: type[FormT]
    template_name = "web/editing/form.html"
    #: Whether the view adds a row, so that "add another" is offered.
    is_create_view: ClassVar[bool] = False

    row: Any
    heading: str

    def get_object(self) -> Any:
        """Return the row. Raises Http404 if it is not there."""
        raise NotImplementedError

    def save(self, form: FormT) -> Changeset | None:
        """Save the form; return the changeset, or None if nothing changed."""
        raise NotImplementedError

    def title(self) -> str:
        """Return the heading."""
        raise NotImplementedError

    def get_extra_context(self, form: FormT) -> dict[str, Any]:
        """Return additional template context."""
        return {}

    def get_initial(self) -> dict[str, Any]:
        """Return initial values of a new row; the query string takes precedence."""
        return {}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        self._prepare()
        return self.render_form(self.get_form(initial=self.get_initial()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save the form and redirect, or show it again with errors."""
        self._prepare()
        form = self.get_form(request.POST, request.FILES)
        if RowsWidget.MORE_ROWS_BUTTON in request.POST:
            form.clear_errors()
        elif form.is_valid():
            try:
                changeset = self.save(form)
            except StaleVersion:
                return self.render_conflict(form)
            except ValidationError as error:
                form.add_model_errors(error)
            else:
                self.understood = form.understood_dates()
                return self.success_response(changeset)
        return self.render_form(form)

    def _prepare(self) -> None:
        self.row = self.get_object()
        # Computed before the form copies the submitted values to the row.
        self.heading = self.title()

    def form_arguments(self) -> dict[str, Any]:
        """Return what the form is made with, apart from its values."""
        return {"row": self.row, "trajectory": self.trajectory, "request_context": self.request_context}

    def get_form(self, data: Any = None, files: Any = None, *, initial: Mapping[str, Any] | None = None) -> FormT:
        """Return the form, prefilled and highlighted as the query string asks."""
        form = self.form_class(data, files, **self.form_arguments(), initial=dict(initial or {}))
        if data is None:
            form.initial.update(initial_from_query(self.request, form))
        form.highlight(self.request.GET.getlist(HIGHLIGHT_PARAM))
        form.prefill()
        return form

    def render_form(self, form: FormT, conflict: Any = None) -> HttpResponse:
        """Return the page with the form."""
        context = {
            "form": form,
            "conflict": conflict,
            "offers_another": self.is_create_view,
            **self.get_extra_context(form),
        }
        return self.render(self.template_name, self.heading, context)

    def success_response(self, changeset: Changeset | None) -> HttpResponse:
        """Add a message and redirect."""
        consequence = NO_CONSEQUENCE
        if changeset and isinstance(self.row, TrajectoryItem):
            back = self.trajectory_url().partition("#")[0]
            consequence = consequence_of(self.row, self.trajectory, self.request_context, back)
        if self.is_create_view and "another" in self.request.POST:
            text = f"{self.understood} {consequence.text}".strip()
            add_saved_message(self.request, changeset, text, next_step=consequence.action)
            return redirect(self.request.get_full_path())
        return self.redirect_back(changeset, consequence)

    def render_conflict(self, form: FormT) -> HttpResponse:
        """Show the changes by another user, and the form with the submitted values over the stored ones."""
        shown, typed = form.expected_version, form.cleaned_data
        # The form copied the submitted values to the row: read the stored row anew.
        self.row = row = self.get_stored_row()
        base, theirs = form.initial_from_row(row_at_version(row, shown), shown), form.initial_from_row(row)
        fields = [(name, field) for name, field in form.fields.items() if name != "shown"]
        mine = {name: typed[name] for name, field in fields if field.has_changed(base.get(name), typed[name])}
        # Fields that this user changed keep the submitted value; the others get the stored value.
        conflict_form = self.form_class(**self.form_arguments(), initial=mine)
        changes = changes_since(row, shown) + conflict_form.other_changes(base, theirs)
        conflict = [
            conflict_data(change, conflict_form, not mine.keys().isdisjoint(conflict_form.fields_of(change.column)))
            for change in changes
        ]
        return self.render_form(conflict_form, conflict)

    def get_stored_row(self) -> Any:
        """Return the row as stored now."""
        return type(self.row)._default_manager.get(pk=self.row.pk)


class ItemCreateView(ItemFormView[FormT]):
    """A form for a new row."""

    is_create_view = True
    model: type[Any]

    def get_object(self) -> Any:
        """Return a new row."""
        return self.model(trajectory=self.trajectory)


class ItemUpdateView(ItemFormView[FormT]):
    """A form for a row with a ref."""

    model: type[Any]

    def get_object(self) -> Any:
        """Return the row with this ref in this trajectory. Raises Http404 if there is none."""
        row = self.model._default_manager.filter(trajectory=self.trajectory, ref=self.kwargs["ref"]).first()
        if row is None:
            raise Http404
        row.trajectory = self.trajectory
        return row


def initial_from_query(request: HttpRequest, form: FieldsetForm) -> dict[str, Any]:
    """Return initial values from the query string: known fields with valid values only."""
    found: dict[str, Any] = {}
    for name, field in form.fields.items():
        values = [value for value in request.GET.getlist(name) if value]
        if not values or name == "shown":
            continue
        try:
            if isinstance(field, GroupedMultipleChoiceField):
                found[name] = [value for value in values if field.valid_value(value)]
            else:
                found[name] = field.to_python(values[-1])
        except ValidationError:
            continue
    return found


def url_with_query(url: str, request: HttpRequest, **changes: str) -> str:
    """Return the URL with the query string of this request and these changes."""
    query = {**{key: request.GET.getlist(key) for key in request.GET}, **{k: [v] for k, v in changes.items()}}
    return f"{url}?{urlencode(query, doseq=True)}" if query else url


def add_success_message(request: HttpRequest, text: str) -> None:
    """Add a success message without an undo button."""
    messages.success(request, text)
