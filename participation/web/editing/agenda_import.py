"""Importing agendas: choose a file, look at what it becomes in which trajectory, and record what is ticked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance import wording
from participation.dossier.errors import MAX_LISTED, Problem
from participation.interchange.agendas.reading import read_agendas
from participation.interchange.agendas.values import MAX_BYTES, ParsedAgendas
from participation.models import Changeset, Trajectory
from participation.models.languages import active_language
from participation.services.changes.changesets import StaleVersion
from participation.services.trajectories.agenda_import import (
    AgendaProposal,
    assign_by_hand,
    propose_others,
    propose_steps,
    record_agendas,
)
from participation.services.trajectories.agenda_matching import match_agendas

from ..shared.forms import Form
from ..shared.idempotency import idempotent
from ..shared.pages import add_import_message, add_saved_message, page
from ..shared.request_context import RequestContext, request_context_of, write_context_of
from .agenda_assignment import (
    FIND_FIELD,
    FOUND_FIELD,
    refused_message,
    sent_choices,
    trajectory_choices,
    unassigned_items,
)
from .agenda_preview import MAX_DOCUMENTS, MAX_ROWS, AgendaPreview, make_agenda_preview

#: Maximum size of the signed content that the preview sends back, and its validity in seconds.
_MAX_SIGNED_LENGTH, _PREVIEW_MAX_AGE_SECONDS = 2_000_000, 24 * 60 * 60
#: Maximum number of items without a trajectory that are listed, and of trajectories that a message names.
_MAX_OTHERS, _MAX_NAMES = 100, 10
#: What the buttons of the preview do: record, assign items to trajectories, find trajectories.
_ACTIONS = ("save", "assign", "find")


class AgendaFileForm(Form):
    """A file with agendas."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "A .json file of Open Raadsinformatie, iBabs or Notubiz, with meetings, items and documents. At most "
            "%(size)s MB. Nothing is recorded before you have looked at it."
        )
        % {"size": MAX_BYTES // 1_000_000},
        widget=forms.FileInput(attrs={"accept": ".json,.jsonld"}),
    )

    def clean_file(self) -> Any:
        """Return the file. Raises ValidationError if it is too large."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            message = _("This file is too large: at most %(size)s MB is read.")
            raise ValidationError(message, params={"size": MAX_BYTES // 1_000_000})
        return upload


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def agenda_import(request: HttpRequest) -> HttpResponse:
    """Read a file, show the preview, and record what is ticked.

    Raises PermissionDenied for users who do not work on trajectories.
    """
    if not getattr(request.user, "adds_trajectories", False):
        raise PermissionDenied
    request_context = request_context_of(request)
    with translation.override(request_context.language):
        if request.method == "POST" and request.POST.get("do") in _ACTIONS:
            return _continue(request, request_context)
        form = AgendaFileForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return _render_form(request, form)
        parsed = read_agendas(form.cleaned_data["file"].read())
        if parsed.problems:
            return _render_form(request, AgendaFileForm(), parsed.problems)
        return _preview_file(request, request_context, parsed)


def _preview_file(request: HttpRequest, request_context: RequestContext, parsed: ParsedAgendas) -> HttpResponse:
    found = match_agendas(parsed.meetings, request_context.user)
    matched = propose_steps(found.matches)
    shown = _first_rows(matched)
    others = propose_others(found.others)
    # As many of the others as fit beside them, and as a person can look at.
    room = MAX_DOCUMENTS - sum(len(proposal.documents) for proposal in shown)
    listed = _first_rows(others, min(_MAX_OTHERS, MAX_ROWS - len(shown)), room)
    proposals = [*shown, *listed]
    carried = _sign(request, proposals)
    if len(carried) > _MAX_SIGNED_LENGTH:
        reason = _("There is too much text in it to import at once.")
        return _render_form(
            request, AgendaFileForm(), [Problem("/", reason, _("Take a shorter period, such as three months."))]
        )
    preview = make_agenda_preview(proposals, request_context.user, request_context.today)
    return _render_preview(
        request,
        preview,
        proposals,
        carried,
        notes=parsed.notes,
        left_out=len(matched) - len(shown),
        more_others=len(others) - len(listed),
    )


def _first_rows(
    proposals: Sequence[AgendaProposal], max_rows: int | None = None, max_documents: int | None = None
) -> list[AgendaProposal]:
    """Return the proposals that one preview holds, the most certain first."""
    most, room = (MAX_ROWS, MAX_DOCUMENTS) if max_rows is None or max_documents is None else (max_rows, max_documents)
    shown: list[AgendaProposal] = []
    documents = 0
    for proposal in sorted(proposals, key=lambda proposal: not proposal.is_certain):
        documents += len(proposal.documents)
        if len(shown) >= most or documents > room:
            break
        shown.append(proposal)
    return shown


def _continue(request: HttpRequest, request_context: RequestContext) -> HttpResponse:
    """Record what is ticked; or look for trajectories, or at the items that were assigned to one."""
    carried = request.POST.get("carried", "")
    try:
        rows = signing.loads(carried, salt=_salt(request), max_age=_PREVIEW_MAX_AGE_SECONDS)
    except signing.BadSignature:
        messages.warning(request, _("What you looked at is no longer there. Choose the file once more."))
        return _render_form(request, AgendaFileForm())
    proposals = [AgendaProposal.from_json(row) for row in rows]
    sent = sent_choices(proposals, request_context.user, request.POST)
    is_found = request.POST.get(FIND_FIELD, "") == request.POST.get(FOUND_FIELD, "")
    if request.POST["do"] == "save" and is_found and not sent.chosen and not sent.is_refused:
        return _record(request, request_context, proposals, carried)
    # Enter in the field to find a trajectory sends the form by its first button: that must not record anything.
    proposals = assign_by_hand(proposals, sent.chosen)
    preview = make_agenda_preview(
        proposals, request_context.user, request_context.today, request.POST, assigned=sent.chosen
    )
    if preview.is_stale:
        return _render_changed(request, request_context, proposals)
    problems = [refused_message()] if sent.is_refused else []
    return _render_preview(request, preview, proposals, problems=problems, assigned=len(sent.chosen))


def _record(
    request: HttpRequest, request_context: RequestContext, proposals: Sequence[AgendaProposal], carried: str
) -> HttpResponse:
    preview = make_agenda_preview(proposals, request_context.user, request_context.today, request.POST)
    if preview.is_stale:
        return _render_changed(request, request_context, proposals)
    if preview.invalid_rows or not preview.agendas:
        return _render_preview(request, preview, proposals, carried, wanted_to_save=True)
    try:
        recorded = record_agendas(preview.agendas, write_context_of(request_context))
    except StaleVersion:
        return _render_changed(request, request_context, proposals)
    except ValidationError as error:
        return _render_preview(request, preview, proposals, carried, problems=error.messages)
    _add_messages(request, recorded)
    return redirect("trajectory", recorded[0][0].slug) if len(recorded) == 1 else redirect("agenda_import")


def _add_messages(request: HttpRequest, recorded: Sequence[tuple[Trajectory, Changeset]]) -> None:
    """Add the message of what was recorded, with the button that undoes all of it."""
    if len(recorded) < 2:
        add_saved_message(request, recorded[0][1] if recorded else None)
        return
    names = wording.format_list(
        [f"“{trajectory.title}”" for trajectory, _changeset in recorded[:_MAX_NAMES]], active_language()
    )
    if (rest := len(recorded) - _MAX_NAMES) > 0:
        names = _("%(names)s, and %(n)s more") % {"names": names, "n": rest}
    add_import_message(request, recorded[0][1], _("Recorded in %(names)s.") % {"names": names})


def _render_form(request: HttpRequest, form: AgendaFileForm, problems: Sequence[Problem] = ()) -> HttpResponse:
    context = {"form": form, "problems": problems[:MAX_LISTED], "more_problems": len(problems) - MAX_LISTED}
    return page(request, "web/editing/agenda_import.html", {"title": _("Import an agenda"), **context})


def _render_changed(
    request: HttpRequest, request_context: RequestContext, proposals: Sequence[AgendaProposal]
) -> HttpResponse:
    """Show what would be recorded now: the ticks were for something that changed since."""
    preview = make_agenda_preview(proposals, request_context.user, request_context.today)
    message = _("Somebody changed one of these trajectories meanwhile. Nothing was saved. Look at it again below.")
    return _render_preview(request, preview, proposals, status=409, problems=[message])


def _render_preview(
    request: HttpRequest,
    preview: AgendaPreview,
    proposals: Sequence[AgendaProposal],
    carried: str = "",
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    others = unassigned_items(proposals)
    context = {
        "title": _("Check the agenda"),
        "preview": preview,
        "carried": carried or _sign(request, proposals),
        "others": others,
        "choices": trajectory_choices(request.user, request.POST.get(FIND_FIELD, "")) if others else None,
        **more,
    }
    return page(request, "web/editing/agenda_preview.html", context, status)


def _sign(request: HttpRequest, proposals: Sequence[AgendaProposal]) -> str:
    """Return the proposals as text that only comes back unchanged, and from this user."""
    return signing.dumps([one.to_json() for one in proposals], salt=_salt(request), compress=True)


def _salt(request: HttpRequest) -> str:
    return f"agenda-import-{request.user.pk}"
