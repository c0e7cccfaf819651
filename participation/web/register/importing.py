"""Import of motions and commitments from a file, with a preview."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.dossier.errors import MAX_LISTED, DossierError, Problem
from participation.interchange.register.reading import ParsedRegister, read_register
from participation.interchange.sheets.reading import MAX_BYTES
from participation.models import ProgressReport
from participation.presentation.values import DisplayNames, column_name, value_text
from participation.selectors.changes.changesets import latest_register_imports
from participation.selectors.obligations.statuses import party_names
from participation.services.changes.changesets import StaleVersion
from participation.services.register.register_import import (
    Proposal,
    Proposals,
    RegisterRecorded,
    import_rows,
    proposals,
)

from ..shared.forms import Form
from ..shared.idempotency import idempotent
from ..shared.pages import add_import_message, add_saved_message, page
from ..shared.request_context import RequestContext, write_context_of
from .access import require_editor

#: Query parameter with the list one came from.
SECTIONS = {"moties": "motions", "toezeggingen": "commitments"}
SECTION_PARAM = "soort"
#: Maximum number of new and of changed rows shown; the rest is counted.
MAX_ROWS_SHOWN = 200
#: Maximum size of the signed content that the preview page sends back.
_MAX_SIGNED_LENGTH = 2_000_000
#: Validity of a preview, in seconds.
_PREVIEW_MAX_AGE_SECONDS = 24 * 60 * 60
#: Columns shown for a new row, besides number and title.
_COLUMNS_SHOWN = {
    "motions": ("outcome", "adopted_on", "votes_for", "votes_against", "body", "owner", "due_on", "settled_on"),
    "commitments": (
        *("made_on", "made_by", "made_to", "owner", "due_on", "fulfilled_on", "repeats_every_months"),
        *("repeats_first_due_on", "repeats_until"),
    ),
    "requests": ("kind", "party", "received_on", "answered_on", "suspended", "agreed_until", "trajectory"),
}


#: The column that tells what a row is about.
_TITLE_COLUMNS = {"motions": "title", "commitments": "text", "requests": "summary"}


class ImportForm(Form):
    """A file with motions, commitments or requests."""

    section = forms.ChoiceField(
        label=gettext_lazy("What is in it"),
        choices=[
            ("motions", gettext_lazy("motions")),
            ("commitments", gettext_lazy("promises")),
            ("requests", gettext_lazy("requests")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Of a JSON file we see it ourselves."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "Excel (.xlsx) or CSV with headings, of which one is Nummer; or JSON of the council information system "
            "(Open Raadsinformatie, Popolo). At most 2 MB. Nothing is recorded before you have looked at it."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.json,.jsonld"}),
    )

    def clean_file(self) -> Any:
        """Return the file. Raises ValidationError if it is too large."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
        return upload


class ImportLine(NamedTuple):
    """A new or changed motion, commitment or request in the preview: title, and columns as text."""

    key: str
    number: str
    title: str
    location: str
    columns: tuple[tuple[str, str, str], ...]  # name, old, new
    reports: tuple[str, ...]
    ticked: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def register_import(request: HttpRequest) -> HttpResponse:
    """Parse a file, show the preview, and record the import.

    Raises PermissionDenied for users who may not edit everything.
    """
    request_context = require_editor(request)
    with translation.override(request_context.language):
        if request.POST.get("do") == "record":
            return _record_import(request, request_context)
        initial = {"section": SECTIONS.get(request.GET.get(SECTION_PARAM, ""), "motions")}
        form = ImportForm(request.POST or None, request.FILES or None, initial=initial)
        if request.method != "POST" or not form.is_valid():
            return _render_upload(request, form, initial["section"])
        upload = form.cleaned_data["file"]
        read = read_register(upload.name, upload.read(), form.cleaned_data["section"])
        return _render_preview(request, request_context, read, proposals(read))


def _record_import(request: HttpRequest, request_context: RequestContext) -> HttpResponse:
    try:
        read = _read_signed(request)
    except signing.BadSignature:
        form = ImportForm(initial={"section": "motions"})
        messages.warning(request, _("What you looked at is no longer there. Choose the file once more."))
        return _render_upload(request, form, "motions")
    offered, taken = request.POST.getlist("offered"), set(request.POST.getlist("take"))
    left_out = {key for key in offered if key not in taken}
    write_context = write_context_of(request_context)
    try:
        result = import_rows(read, write_context, expected_fingerprint=request.POST.get("shown", ""), left_out=left_out)
    except (StaleVersion, DossierError):
        return _render_preview(request, request_context, read, proposals(read), left_out, changed_meanwhile=True)
    _add_success_message(request, result)
    return redirect("motions" if read.document.get("motions") else "commitments")


def _add_success_message(request: HttpRequest, result: RegisterRecorded) -> None:
    if len(result.changesets) <= 1:
        add_saved_message(request, result.changesets[0] if result.changesets else None)
        return
    parts = [
        ngettext("%(n)s was added", "%(n)s were added", result.added) % {"n": result.added} if result.added else "",
        ngettext("%(n)s was changed", "%(n)s were changed", result.changed) % {"n": result.changed}
        if result.changed
        else "",
    ]
    text = _("The list was imported: %(parts)s.") % {"parts": ", ".join(filter(None, parts))}
    add_import_message(request, result.changesets[0], text)


def _render_upload(request: HttpRequest, form: ImportForm, section: str) -> HttpResponse:
    context = {"form": form, "cancel": reverse(section), "imports": latest_register_imports()}
    return page(request, "web/register/import.html", context)


def _render_preview(
    request: HttpRequest,
    request_context: RequestContext,
    read: ParsedRegister,
    found: Proposals,
    left_out: Iterable[str] = (),
    changed_meanwhile: bool = False,
) -> HttpResponse:
    signed_document = "" if found.problems else _sign_document(request, read)
    problems: Sequence[Problem] = found.problems
    if len(signed_document) > _MAX_SIGNED_LENGTH:
        problems = [Problem(_("the file"), _("There is too much text in it to import at once."), _("Do it in parts."))]
    display_names, excluded = DisplayNames(request_context.language, party_names()), set(left_out)
    new, changed = found.new, found.changed
    context = {
        "problems": problems[:MAX_LISTED],
        "more_problems": len(problems) - MAX_LISTED,
        "notes": found.notes,
        "new": [_preview_line(row, display_names, excluded) for row in new[:MAX_ROWS_SHOWN]],
        "more_new": len(new) - MAX_ROWS_SHOWN,
        "changed": [_preview_line(row, display_names, excluded) for row in changed[:MAX_ROWS_SHOWN]],
        "more_changed": len(changed) - MAX_ROWS_SHOWN,
        "count_new": len(new),
        "count_changed": len(changed),
        "unchanged_count": found.same,
        "signed_document": "" if problems else signed_document,
        "fingerprint": found.fingerprint,
        "may_record": bool(new or changed) and not problems,
        "changed_meanwhile": changed_meanwhile,
        "form": ImportForm(initial={"section": "motions" if read.document.get("motions") else "commitments"}),
    }
    return page(request, "web/register/import_preview.html", context, status=409 if changed_meanwhile else 200)


def _preview_line(row: Proposal, display_names: DisplayNames, left_out: set[str]) -> ImportLine:
    model = type(row.row)
    title = getattr(row.row, _TITLE_COLUMNS[row.section])
    reports = tuple(
        " – ".join(part for part in (_format_date(r.on, display_names), r.text) if part) for r in row.reports
    )
    return ImportLine(
        row.key,
        row.row.number,
        title,
        row.location,
        tuple(_columns(model, row, display_names)),
        reports,
        row.key not in left_out,
    )


def _columns(model: Any, row: Proposal, display_names: DisplayNames) -> Iterator[tuple[str, str, str]]:
    if row.new:
        for column in _COLUMNS_SHOWN[row.section]:
            if (value := getattr(row.row, column)) not in (None, "", []):
                yield column_name(model, column), "", value_text(model, column, value, display_names)
        return
    for column, old, new in row.differences:
        before = value_text(model, column, old, display_names) if old not in (None, "", []) else ""
        yield column_name(model, column), before, value_text(model, column, new, display_names)


def _format_date(on: Any, display_names: DisplayNames) -> str:
    return value_text(ProgressReport, "on", on, display_names) if on else ""


def _sign_document(request: HttpRequest, read: ParsedRegister) -> str:
    """Return the parsed file, signed: only what was previewed can be recorded."""
    return signing.dumps([read.document, read.locations, read.notes], salt=_salt(request), compress=True)


def _read_signed(request: HttpRequest) -> ParsedRegister:
    """Return the previewed file. Raises BadSignature if it was changed, belongs to another user, or expired."""
    text = request.POST.get("carried", "")
    document, locations, notes = signing.loads(text, salt=_salt(request), max_age=_PREVIEW_MAX_AGE_SECONDS)
    return ParsedRegister(document, {section: tuple(own) for section, own in locations.items()}, (), tuple(notes))


def _salt(request: HttpRequest) -> str:
    return f"register-import-{request.user.pk}"
