"""Admin of erasures: permanent removal of text from all versions of a row, by administrators (GDPR, article 17)."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Erasure
from participation.presentation.values import DisplayNames, column_name, value_text
from participation.services.erasure.erasure import (
    MAX_WORDS_LENGTH,
    ErasureMatches,
    ErasurePlace,
    ErasureTarget,
    NothingFound,
    erasable_columns,
    erase,
    find_matches,
    last_version,
    row_label,
    stored_values,
    validate_erasure,
)
from participation.services.erasure.reach import ERASABLE_TABLES

from .base import ReadOnlyAdmin, is_administrator

#: Maximum number of characters shown of each version.
_MAX_CHARACTERS_SHOWN = 300


class ErasureForm(forms.Form):
    """The columns, the words to erase, and the reason."""

    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"), widget=forms.CheckboxSelectMultiple, required=False
    )
    words = forms.CharField(
        label=gettext_lazy("Text to erase"),
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60, "autocomplete": "off"}),
        max_length=MAX_WORDS_LENGTH,
        required=False,
        help_text=gettext_lazy("Exactly as written, for example a name or a telephone number. Empty: the whole text."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Everyone can read this. Do not repeat the erased text here."),
    )

    def __init__(self, data: Any, columns: list[tuple[str, str]]) -> None:
        """Set these columns as choices, all selected."""
        super().__init__(data, initial={"columns": [name for name, _label in columns]})
        self.fields["columns"].choices = columns  # type: ignore[attr-defined]


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """The log of erasures."""

    list_display = (
        *("at", "by", "reason", "scope", "trajectory", "motion", "commitment", "request", "rows", "versions"),
        "copies",
    )
    list_filter = ("at", "scope")
    list_select_related = ("by", "trajectory", "motion", "commitment", "request")
    search_fields = ("reason", "trajectory__slug", "motion__number", "commitment__number", "request__number")
    fields = (
        *("at", "by", "reason", "scope", "trajectory", "motion", "commitment", "request", "places_text", "rows"),
        *("versions", "copies"),
    )
    readonly_fields = ("places_text",)

    @admin.display(description=gettext_lazy("rows and columns"))
    def places_text(self, erasure: Erasure) -> str:
        """Return the rows and columns as text."""
        places = (ErasurePlace(table, pk, "", tuple(columns), 0, True) for table, pk, columns in erasure.places)
        return "; ".join(map(_place_text, places))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user is an administrator with the Django permission."""
        return super().has_view_permission(request, obj) and is_administrator(request)

    def get_urls(self) -> list[URLPattern]:
        """Return the URL patterns, with the erasure page."""
        view = self.admin_site.admin_view(self.erase_view)
        return [path("erase/<str:table>/<int:row>/", view, name="participation_erasure_erase"), *super().get_urls()]

    def erase_view(self, request: HttpRequest, table: str, row: int) -> HttpResponse:
        """Show the form, preview the matches, and erase. Raises PermissionDenied for non-administrators."""
        if not is_administrator(request):
            raise PermissionDenied
        version = last_version(table, row) if table in ERASABLE_TABLES else None
        if version is None:
            raise Http404
        model = ERASABLE_TABLES[table].model
        everything = ErasureTarget(table, row, erasable_columns(model))
        texts = [(column, values) for column, values in stored_values(everything).items() if values]
        form = ErasureForm(request.POST or None, [(column, column_name(model, column)) for column, _values in texts])
        found = self._found(form, everything)
        if found and request.POST.get("do") == "erase":
            return self._erase(request, form, found, everything)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Erase text"),
            "opts": self.model._meta,
            "what": row_label(version),
            "back": _return_url(table, row),
            "form": form,
            "texts": [(column_name(model, column), _version_texts(model, column, values)) for column, values in texts],
            "found": found,
            "place": _place_text(found.place) if found else "",
            "others": [(f"{p.table}:{p.pk}", _place_text(p), p) for p in found.others] if found else [],
        }
        return TemplateResponse(request, "admin/participation/erasure/erase.html", context)

    def _found(self, form: ErasureForm, everything: ErasureTarget) -> ErasureMatches | None:
        """Return the matches; None when the form is unbound or invalid (errors are added to the form)."""
        if not form.is_bound or not form.is_valid():
            return None
        wanted = _erasure_request(form, everything)
        try:
            validate_erasure(wanted, form.cleaned_data["reason"])
            return find_matches(wanted)
        except ValidationError as error:
            form.add_error(None, error)
        except NothingFound:
            form.add_error("words", _("This text does not occur in the chosen columns."))
        return None

    def _erase(
        self, request: HttpRequest, form: ErasureForm, found: ErasureMatches, everything: ErasureTarget
    ) -> HttpResponse:
        chosen = set(request.POST.getlist("others"))
        others = [(p.table, p.pk) for p in found.others if f"{p.table}:{p.pk}" in chosen]
        now = timezone.now()
        user: Any = request.user
        done = erase(
            _erasure_request(form, everything),
            others,
            form.cleaned_data["reason"],
            user,
            rulebooks=load_rulebooks(settings.RULEBOOK),
            today=timezone.localdate(now),
            now=now,
        )
        counts = {"rows": done.rows, "versions": done.versions, "copies": done.copies}
        text = _("Erased from %(rows)s rows, %(versions)s versions and %(copies)s copies. This cannot be undone.")
        self.message_user(request, text % counts, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:participation_erasure_change", args=[done.pk]))


def _erasure_request(form: ErasureForm, everything: ErasureTarget) -> ErasureTarget:
    return everything._replace(columns=tuple(form.cleaned_data["columns"]), words=form.cleaned_data["words"].strip())


def _version_texts(model: Any, column: str, values: Any) -> list[str]:
    """Return the versions of a column, newest first, truncated."""
    display_names = DisplayNames("nl")
    return [value_text(model, column, value, display_names)[:_MAX_CHARACTERS_SHOWN] for value in reversed(values)]


def _place_text(place: ErasurePlace) -> str:
    """Return a row and its matching columns as text."""
    model: Any = ERASABLE_TABLES[place.table].model
    columns = ", ".join(column_name(model, column).lower() for column in place.columns)
    return f"{place.title or f'{model._meta.verbose_name} {place.pk}'}: {columns}"


def _return_url(table: str, row: int) -> str:
    """Return the admin URL of the row, or of the list of erasures when the row has no page."""
    model: Any = ERASABLE_TABLES[table].model
    if admin.site.is_registered(model) and model._base_manager.filter(pk=row).exists():
        return reverse(f"admin:participation_{table}_change", args=[row])
    return reverse("admin:participation_erasure_changelist")
