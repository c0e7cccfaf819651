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

from participation.compliance.rulebook import load
from participation.models import Erasure
from participation.reports.values import Called, column_name, told
from participation.services.erasure import (
    LONGEST,
    ErasurePlace,
    Found,
    NothingFound,
    Wanted,
    about,
    check,
    erasable,
    erase,
    find,
    held,
    last_version,
)
from participation.services.erasure_reach import CHOSEN

from .base import ReadOnlyAdmin, administers

#: Maximum number of characters shown of each version.
_SHOWN = 300


class ErasureForm(forms.Form):
    """The columns, the words to erase, and the reason."""

    columns = forms.MultipleChoiceField(
        label=gettext_lazy("From which parts"), widget=forms.CheckboxSelectMultiple, required=False
    )
    words = forms.CharField(
        label=gettext_lazy("Which words"),
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60, "autocomplete": "off"}),
        max_length=LONGEST,
        required=False,
        help_text=gettext_lazy("As they stand there, like a name or a telephone number. Empty: the whole text."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Everyone can read this. So do not repeat here what you remove."),
    )

    def __init__(self, data: Any, columns: list[tuple[str, str]]) -> None:
        """Set these columns as choices, all selected."""
        super().__init__(data, initial={"columns": [name for name, _label in columns]})
        self.fields["columns"].choices = columns  # type: ignore[attr-defined]


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """The log of erasures."""

    list_display = ("at", "by", "reason", "scope", "trajectory", "motion", "commitment", "rows", "versions", "copies")
    list_filter = ("at", "scope")
    list_select_related = ("by", "trajectory", "motion", "commitment")
    search_fields = ("reason", "trajectory__slug", "motion__number", "commitment__number")
    fields = (
        *("at", "by", "reason", "scope", "trajectory", "motion", "commitment", "its_places", "rows", "versions"),
        "copies",
    )
    readonly_fields = ("its_places",)

    @admin.display(description=gettext_lazy("rows and columns"))
    def its_places(self, erasure: Erasure) -> str:
        """Return the rows and columns as text."""
        places = (ErasurePlace(table, pk, "", tuple(columns), 0, True) for table, pk, columns in erasure.places)
        return "; ".join(map(_place_told, places))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user is an administrator with the Django permission."""
        return super().has_view_permission(request, obj) and administers(request)

    def get_urls(self) -> list[URLPattern]:
        """Return the URL patterns, with the erasure page."""
        view = self.admin_site.admin_view(self.erase_view)
        return [path("erase/<str:table>/<int:row>/", view, name="participation_erasure_erase"), *super().get_urls()]

    def erase_view(self, request: HttpRequest, table: str, row: int) -> HttpResponse:
        """Show the form, preview the matches, and erase. Raises PermissionDenied for non-administrators."""
        if not administers(request):
            raise PermissionDenied
        version = last_version(table, row) if table in CHOSEN else None
        if version is None:
            raise Http404
        model = CHOSEN[table].model
        everything = Wanted(table, row, erasable(model))
        texts = [(column, values) for column, values in held(everything).items() if values]
        form = ErasureForm(request.POST or None, [(column, column_name(model, column)) for column, _values in texts])
        found = self._found(form, everything)
        if found and request.POST.get("do") == "erase":
            return self._erase(request, form, found, everything)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Remove text for good"),
            "opts": self.model._meta,
            "what": about(version),
            "back": _way_back(table, row),
            "form": form,
            "texts": [(column_name(model, column), _told_versions(model, column, values)) for column, values in texts],
            "found": found,
            "place": _place_told(found.place) if found else "",
            "others": [(f"{p.table}:{p.pk}", _place_told(p), p) for p in found.others] if found else [],
        }
        return TemplateResponse(request, "admin/participation/erasure/erase.html", context)

    def _found(self, form: ErasureForm, everything: Wanted) -> Found | None:
        """Return the matches; None when the form is unbound or invalid (errors are added to the form)."""
        if not form.is_bound or not form.is_valid():
            return None
        wanted = _wanted(form, everything)
        try:
            check(wanted, form.cleaned_data["reason"])
            return find(wanted)
        except ValidationError as error:
            form.add_error(None, error)
        except NothingFound:
            form.add_error("words", _("These words stand nowhere in the parts that you chose."))
        return None

    def _erase(self, request: HttpRequest, form: ErasureForm, found: Found, everything: Wanted) -> HttpResponse:
        named = set(request.POST.getlist("others"))
        others = [(p.table, p.pk) for p in found.others if f"{p.table}:{p.pk}" in named]
        now = timezone.now()
        user: Any = request.user
        done = erase(
            _wanted(form, everything),
            others,
            form.cleaned_data["reason"],
            user,
            rulebook=load(settings.RULEBOOK),
            today=timezone.localdate(now),
            now=now,
        )
        told_done = {"rows": done.rows, "versions": done.versions, "copies": done.copies}
        text = _("Removed: from %(rows)s rows, %(versions)s versions and %(copies)s copies. It is gone for good.")
        self.message_user(request, text % told_done, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:participation_erasure_change", args=[done.pk]))


def _wanted(form: ErasureForm, everything: Wanted) -> Wanted:
    return everything._replace(columns=tuple(form.cleaned_data["columns"]), words=form.cleaned_data["words"].strip())


def _told_versions(model: Any, column: str, values: Any) -> list[str]:
    """Return the versions of a column, newest first, truncated."""
    called = Called("nl")
    return [told(model, column, value, called)[:_SHOWN] for value in reversed(values)]


def _place_told(place: ErasurePlace) -> str:
    """Return a row and its matching columns as text."""
    model: Any = CHOSEN[place.table].model
    columns = ", ".join(column_name(model, column).lower() for column in place.columns)
    return f"{place.title or f'{model._meta.verbose_name} {place.pk}'}: {columns}"


def _way_back(table: str, row: int) -> str:
    """Return the admin URL of the row, or of the list of erasures when the row has no page."""
    model: Any = CHOSEN[table].model
    if admin.site.is_registered(model) and model._base_manager.filter(pk=row).exists():
        return reverse(f"admin:participation_{table}_change", args=[row])
    return reverse("admin:participation_erasure_changelist")
