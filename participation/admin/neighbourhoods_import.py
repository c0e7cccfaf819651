"""Admin page that imports neighbourhoods from a CBS file."""

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.dossier.errors import MAX_LISTED, DossierError, Problem
from participation.interchange.neighbourhoods import Area, Areas, read_areas
from participation.models import Neighbourhood
from participation.services.neighbourhoods_import import ProposedAreas, import_areas, proposed_areas

#: Maximum upload. Files of the whole country are about ten megabytes.
_MAX_UPLOAD_BYTES = 30_000_000
#: Maximum age of the signed preview, in seconds.
_PREVIEW_MAX_AGE_SECONDS = 24 * 60 * 60


class NeighbourhoodsForm(forms.Form):
    """A CBS file, with the municipality and level to import."""

    municipality = forms.RegexField(
        r"^\s*[Gg][Mm][0-9]{4}\s*$",
        label=gettext_lazy("Municipality code"),
        initial="GM0546",
        help_text=gettext_lazy("GM and four digits; Leiden is GM0546."),
        error_messages={"invalid": gettext_lazy("Use GM and four digits, like GM0546.")},
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Areas"),
        choices=[
            ("wijken", gettext_lazy("districts (WK)")),
            ("buurten", gettext_lazy("neighbourhoods in districts (BU)")),
        ],
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, Excel or JSON of CBS (Kerncijfers wijken en buurten, Gebiedsindelingen, WijkenEnBuurten), or GeoJSON "
            "of PDOK. At most 30 MB. Nothing is recorded before you have looked at it."
        ),
    )

    def clean_municipality(self) -> str:
        """Return the code in capitals."""
        return str(self.cleaned_data["municipality"]).strip().upper()

    def clean_file(self) -> Any:
        """Return the file. Raises ValidationError when it is too large."""
        upload = self.cleaned_data["file"]
        if upload.size > _MAX_UPLOAD_BYTES:
            raise forms.ValidationError(_("The file is larger than 30 MB. Use that of one municipality."))
        return upload


class ImportsNeighbourhoods(admin.ModelAdmin):
    """Mixin that adds an import with preview and confirmation to the admin."""

    def get_urls(self) -> list[URLPattern]:
        """Return the URL patterns, with the import before those that match any primary key."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="participation_neighbourhood_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Return the list, with a link to the import for users who may import."""
        context = {"may_import": self._may_import(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form, preview a file, and import it. Raises PermissionDenied without permission."""
        if not self._may_import(request):
            raise PermissionDenied
        if request.POST.get("do") == "record":
            return self._record(request)
        form = NeighbourhoodsForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._page(request, {"form": form})
        code, level = form.cleaned_data["municipality"], form.cleaned_data["level"]
        areas = _parse_upload(form.cleaned_data["file"], code, level)
        found = proposed_areas(areas, code, level, _default_municipality())
        carried = (
            ""
            if found.problems
            else signing.dumps([*areas[:4], code, level], salt=_signing_salt(request), compress=True)
        )
        return self._page(request, {"form": form, "found": found, "carried": carried, **_preview_context(found)})

    def _record(self, request: HttpRequest) -> HttpResponse:
        try:
            text = request.POST.get("carried", "")
            payload = signing.loads(text, salt=_signing_salt(request), max_age=_PREVIEW_MAX_AGE_SECONDS)
        except signing.BadSignature:
            self.message_user(request, _("The preview has expired. Choose the file again."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:participation_neighbourhood_import"))
        municipality, areas, _problems, notes, code, level = payload
        parsed = Areas(municipality, tuple(Area(*area) for area in areas), (), tuple(notes))
        try:
            done = import_areas(parsed, code, level, request.user, timezone.now(), _default_municipality())
        except DossierError as error:
            found = ProposedAreas((), (), error.problems, ())
            return self._page(
                request, {"form": NeighbourhoodsForm(), "found": found, **_preview_context(found)}, status=409
            )
        changed_keys = [one.row.pk for one in (*done.new, *done.changed)]
        rows = Neighbourhood.objects.filter(pk__in=changed_keys)
        if changed_keys:
            user: Any = request.user
            LogEntry.objects.log_actions(user.pk, rows, CHANGE, "Imported from a CBS file.")
        counts = {"new": len(done.new), "changed": len(done.changed), "same": done.same}
        text = _("Imported: %(new)s new, %(changed)s changed, %(same)s unchanged.") % counts
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:participation_neighbourhood_changelist"))

    def _page(self, request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": _("Import neighbourhoods"),
            "opts": self.model._meta,
        }
        template = "admin/participation/neighbourhood/import.html"
        return TemplateResponse(request, template, {**shared, **context}, status=status)

    def _may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)


def _parse_upload(upload: Any, municipality: str, level: str) -> Areas:
    # A temporary file, so that a workbook can be read row by row: that of the whole country is too large for memory.
    with tempfile.NamedTemporaryFile(suffix=Path(upload.name).suffix.lower()[:8]) as file:
        for part in upload.chunks():
            file.write(part)
        file.flush()
        return read_areas(Path(file.name), upload.name, municipality, level)


def _preview_context(found: ProposedAreas) -> dict[str, Any]:
    problems: tuple[Problem, ...] = found.problems
    return {
        "problems": problems[:MAX_LISTED],
        "more_problems": max(0, len(problems) - MAX_LISTED),
        "may_record": not problems and bool(found.new or found.changed),
        "changes": [(one, [(_column(d.column), d.old, d.new) for d in one.differences]) for one in found.changed],
    }


def _column(name: str) -> str:
    return str(getattr(Neighbourhood._meta.get_field(name), "verbose_name", name))


def _default_municipality() -> str:
    return slugify(settings.MUNICIPALITY.removeprefix("gemeente "))


def _signing_salt(request: HttpRequest) -> str:
    return f"neighbourhoods-import-{request.user.pk}"
