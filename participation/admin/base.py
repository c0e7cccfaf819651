"""Base classes of the admin: permissions, search, and reassessment after a save."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from participation.models.fields import format_for_input
from participation.selectors.searching import search_words
from participation.services.assessment import reassess_one
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.erasure.reach import ERASABLE_TABLES


def is_administrator(request: HttpRequest) -> bool:
    """Return whether the user is an administrator, where Django's permissions are not enough."""
    return bool(getattr(request.user, "is_administrator", False))


def date_columns(model: type[models.Model], *columns: str) -> list[Callable[[Any], str]]:
    """Return a list_display column per date: in typed form, sorted by its earliest day."""
    return [_date_column(model, column) for column in columns]


def _date_column(model: type[models.Model], column: str) -> Callable[[Any], str]:
    name = getattr(model._meta.get_field(column), "verbose_name", column)

    @admin.display(description=name, ordering=f"{column}__earliest", empty_value="–")
    def display_date(row: models.Model) -> str:
        return format_for_input(getattr(row, column))

    display_date.__name__ = f"shown_{column}"
    return display_date


def erase_url(request: HttpRequest, row: Any) -> str:
    """Return the URL of the erasure page of a row, or "" when the user or the table does not allow erasure."""
    table = str(row._meta.model_name) if row is not None else ""
    allowed = table in ERASABLE_TABLES and is_administrator(request)
    return reverse("admin:participation_erasure_erase", args=[table, row.pk]) if allowed else ""


class BoundedSearch(admin.ModelAdmin):
    """Admin with a limit on the number of search words, because each word scans the table again."""

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Return the matches of the first words and whether they may have duplicates; warn when words were dropped."""
        found = search_words(search_term.strip())
        if found.is_shortened and not request.path.endswith("/autocomplete/"):
            message = _("Too many search words. Only the first ones were used.")
            self.message_user(request, message, messages.WARNING)
        return super().get_search_results(request, queryset, " ".join(found.words))


class TextFilter(admin.AllValuesFieldListFilter):
    """Filter on a text; the link to rows without it shows a dash."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return the choices, each with words to click on."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or self.empty_value_display}


class ConcurrentAdmin(admin.ModelAdmin):
    """Admin that turns a unique constraint lost to a concurrent insert into a form error."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Return the response of the form; on a concurrent duplicate, validate the form again."""
        view = super().changeform_view
        handler = retry_on_conflict(view) if request.method == "POST" else view
        return handler(request, object_id, form_url, extra_context)


class VisibleRows(ConcurrentAdmin, BoundedSearch):
    """Admin limited to rows of trajectories that the user may see."""

    #: Lookup path from a row to its trajectory; empty when it has none.
    trajectory_path: ClassVar[str] = ""
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows in trajectories that this user may see."""
        rows = super().get_queryset(request)
        if not self.trajectory_path or getattr(request.user, "sees_everything", False):
            return rows
        visible = Trajectory.objects.visible_to(request.user).order_by().values("pk")
        return rows.filter(**{f"{self.trajectory_path}__in": visible})


class FactAdmin(VisibleRows, SimpleHistoryAdmin):
    """Admin of facts: with history, without deletion, reassessed after each save."""

    #: Columns by which other rows refer to this one: read-only on existing rows.
    fixed_fields: ClassVar[tuple[str, ...]] = ()
    save_on_top = True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: facts are cancelled or corrected, never deleted."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user may see this row, or the list."""
        return super().has_view_permission(request, obj) and self._is_in(obj, self._visible_trajectories(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user may change this row: its trajectory must be editable by them."""
        return super().has_change_permission(request, obj) and self._is_in(obj, self._editable_trajectories(request))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, with a link to the erasure page for administrators."""
        context["erase_url"] = erase_url(request, kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the read-only fields, with the ``fixed_fields`` on an existing row."""
        return (*super().get_readonly_fields(request, obj), *(self.fixed_fields if obj else ()))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form field, limited to trajectories (and their items) that this user may change."""
        path = _path_to_trajectory(db_field.remote_field.model)
        if path:
            editable = self._editable_trajectories(request).values("pk").order_by()
            kwargs["queryset"] = db_field.remote_field.model._default_manager.filter(**{f"{path}__in": editable})
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show an earlier version. Raises PermissionDenied on restoring it, which would skip the reassessment."""
        if request.method != "GET":
            raise PermissionDenied
        return super().history_form_view(request, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool) -> None:
        """Save the related rows, then reassess: only now are all facts stored."""
        super().save_related(request, form, formsets, change)
        rulebooks, today, now = load_rulebooks(settings.RULEBOOK), timezone.localdate(), timezone.now()
        for owner_type, pk in self.owners_to_reassess(form.instance):
            reassess_one(owner_type, pk, rulebooks, today, now)

    def owners_to_reassess(self, row: Any) -> list[tuple[str, int]]:
        """Return the owners to reassess after saving this row, as (owner type, primary key)."""
        return [("trajectory", self._trajectory_key(row))] if self.trajectory_path else []

    def _trajectory_key(self, row: Any) -> int:
        for attribute in self.trajectory_path.split("__"):
            row = row if attribute == "pk" else getattr(row, attribute)
        pk: int = row.pk
        return pk

    def _is_in(self, row: Any, trajectories: models.QuerySet[Trajectory]) -> bool:
        if row is None or not self.trajectory_path:
            return True
        return trajectories.filter(pk=self._trajectory_key(row)).exists()

    def _visible_trajectories(self, request: HttpRequest) -> models.QuerySet[Trajectory]:
        return Trajectory.objects.visible_to(request.user)

    def _editable_trajectories(self, request: HttpRequest) -> models.QuerySet[Trajectory]:
        return Trajectory.objects.editable_by(request.user)


class ReadOnlyAdmin(VisibleRows):
    """Read-only admin."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: only the tracker writes here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: only the tracker writes here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: only the tracker writes here."""
        return False


class LabelledInline(admin.TabularInline):
    """Inline whose fields have a label: its table shows names above the columns only."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return the form field, with its name as the label for screen readers."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field


class NoDeleteInline(LabelledInline):
    """Inline without deletion."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: facts are never deleted."""
        return False


def _path_to_trajectory(model: type[models.Model]) -> str:
    if model is Trajectory:
        return "pk"
    return "trajectory" if any(field.name == "trajectory" for field in model._meta.fields) else ""
