"""Import of motions and commitments from a file, with a preview."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.dossier.errors import MOST_LISTED, DossierError, Problem
from participation.exchange.register.reading import Read, read_register
from participation.exchange.sheets.reading import MOST_BYTES
from participation.models import Motion, ProgressReport
from participation.reports.values import Called, column_name, told
from participation.selectors.verdicts import party_names
from participation.services.editing import StaleVersion, WriteContext
from participation.services.register_import import Proposal, Proposals, RegisterRecorded, proposals, take_in

from ..shared.forms import Form
from ..shared.idempotency import idempotent
from ..shared.pages import page, saved
from ..shared.request_context import RequestContext, visit_of

#: Query parameter with the list one came from.
KINDS = {"moties": "motions", "toezeggingen": "commitments"}
ASKED = "soort"
#: Maximum number of new and of changed rows shown; the rest is counted.
SHOWN = 200
#: Maximum size of the signed content that the preview page sends back.
_MOST_CARRIED = 2_000_000
#: Validity of a preview, in seconds.
_KEPT = 24 * 60 * 60
#: Columns shown for a new row, besides number and title.
_FACTS = {
    "motions": ("outcome", "adopted_on", "votes_for", "votes_against", "body", "owner", "due_on", "settled_on"),
    "commitments": ("made_on", "made_by", "made_to", "owner", "due_on", "fulfilled_on"),
}


class ImportForm(Form):
    """A file with motions or commitments."""

    section = forms.ChoiceField(
        label=gettext_lazy("What is in it"),
        choices=[("motions", gettext_lazy("motions")), ("commitments", gettext_lazy("promises"))],
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
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
        return upload


class ImportLine(NamedTuple):
    """A new or changed motion or commitment in the preview: title, and columns as text."""

    key: str
    number: str
    title: str
    place: str
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
    if not getattr(request.user, "edits_everything", False):
        raise PermissionDenied
    visit = visit_of(request)
    with translation.override(visit.language):
        if request.POST.get("do") == "record":
            return _record(request, visit)
        asked = {"section": KINDS.get(request.GET.get(ASKED, ""), "motions")}
        form = ImportForm(request.POST or None, request.FILES or None, initial=asked)
        if request.method != "POST" or not form.is_valid():
            return _asked(request, form, asked["section"])
        upload = form.cleaned_data["file"]
        read = read_register(upload.name, upload.read(), form.cleaned_data["section"])
        return _preview(request, visit, read, proposals(read))


def _record(request: HttpRequest, visit: RequestContext) -> HttpResponse:
    try:
        read = _carried(request)
    except signing.BadSignature:
        form = ImportForm(initial={"section": "motions"})
        messages.warning(request, _("What you looked at is no longer there. Choose the file once more."))
        return _asked(request, form, "motions")
    offered, taken = request.POST.getlist("offered"), set(request.POST.getlist("take"))
    left_out = {key for key in offered if key not in taken}
    door = WriteContext(visit.user, visit.rulebook, visit.today, visit.now)
    try:
        done = take_in(read, door, shown=request.POST.get("shown", ""), left_out=left_out)
    except (StaleVersion, DossierError):
        return _preview(request, visit, read, proposals(read), left_out, changed_meanwhile=True)
    _tell(request, done)
    return redirect("motions" if read.document.get("motions") else "commitments")


def _tell(request: HttpRequest, done: RegisterRecorded) -> None:
    if len(done.changesets) <= 1:
        saved(request, done.changesets[0] if done.changesets else None)
        return
    parts = [
        ngettext("%(n)s was added", "%(n)s were added", done.added) % {"n": done.added} if done.added else "",
        ngettext("%(n)s was changed", "%(n)s were changed", done.changed) % {"n": done.changed} if done.changed else "",
    ]
    messages.success(request, _("The file is taken in: %(parts)s.") % {"parts": ", ".join(filter(None, parts))})


def _asked(request: HttpRequest, form: ImportForm, section: str) -> HttpResponse:
    return page(request, "web/register/import.html", {"form": form, "cancel": reverse(section)})


def _preview(
    request: HttpRequest,
    visit: RequestContext,
    read: Read,
    found: Proposals,
    left_out: Iterable[str] = (),
    changed_meanwhile: bool = False,
) -> HttpResponse:
    carried = "" if found.problems else _carry(request, read)
    problems: Sequence[Problem] = found.problems
    if len(carried) > _MOST_CARRIED:
        problems = [Problem(_("the file"), _("There is too much text in it to take in at once."), _("Do it in parts."))]
    called, without = Called(visit.language, party_names()), set(left_out)
    new, changed = found.new, found.changed
    context = {
        "problems": problems[:MOST_LISTED],
        "more_problems": len(problems) - MOST_LISTED,
        "notes": found.notes,
        "new": [_line(row, called, without) for row in new[:SHOWN]],
        "more_new": len(new) - SHOWN,
        "changed": [_line(row, called, without) for row in changed[:SHOWN]],
        "more_changed": len(changed) - SHOWN,
        "count_new": len(new),
        "count_changed": len(changed),
        "same": found.same,
        "carried": "" if problems else carried,
        "shown": found.fingerprint,
        "may_record": bool(new or changed) and not problems,
        "changed_meanwhile": changed_meanwhile,
        "form": ImportForm(initial={"section": "motions" if read.document.get("motions") else "commitments"}),
    }
    return page(request, "web/register/import_preview.html", context, status=409 if changed_meanwhile else 200)


def _line(row: Proposal, called: Called, left_out: set[str]) -> ImportLine:
    of = type(row.row)
    title = row.row.title if isinstance(row.row, Motion) else row.row.text
    reports = tuple(" – ".join(part for part in (_said(r.on, called), r.text) if part) for r in row.reports)
    return ImportLine(
        row.key, row.row.number, title, row.place, tuple(_columns(of, row, called)), reports, row.key not in left_out
    )


def _columns(of: Any, row: Proposal, called: Called) -> Iterator[tuple[str, str, str]]:
    if row.new:
        for column in _FACTS[row.section]:
            if (value := getattr(row.row, column)) not in (None, "", []):
                yield column_name(of, column), "", told(of, column, value, called)
        return
    for column, old, new in row.differences:
        before = told(of, column, old, called) if old not in (None, "", []) else ""
        yield column_name(of, column), before, told(of, column, new, called)


def _said(on: Any, called: Called) -> str:
    return told(ProgressReport, "on", on, called) if on else ""


def _carry(request: HttpRequest, read: Read) -> str:
    """Return the parsed file, signed: only what was previewed can be recorded."""
    return signing.dumps([read.document, read.places, read.notes], salt=_salt(request), compress=True)


def _carried(request: HttpRequest) -> Read:
    """Return the previewed file. Raises BadSignature if it was changed, belongs to another user, or expired."""
    text = request.POST.get("carried", "")
    document, places, notes = signing.loads(text, salt=_salt(request), max_age=_KEPT)
    return Read(document, {section: tuple(own) for section, own in places.items()}, (), tuple(notes))


def _salt(request: HttpRequest) -> str:
    return f"register-import-{request.user.pk}"
