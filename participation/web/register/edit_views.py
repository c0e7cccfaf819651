"""Forms to add and change motions and commitments, for coordinators."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance.dates import ImpreciseDate
from participation.models import Commitment, CommitmentFulfilment, Motion, ProgressReport
from participation.presentation.values import DisplayNames, column_name, value_text
from participation.selectors.changes.row_versions import changes_since
from participation.services.changes.changesets import StaleVersion
from participation.services.register.register import add_dated_text, save_register_row

from ..shared.idempotency import idempotent
from ..shared.pages import add_saved_message, page
from ..shared.request_context import RequestContext, write_context_of
from ..shared.return_urls import HIGHLIGHT_PARAM, validated_return_url
from .access import require_editor
from .forms import CommitmentForm, DatedTextForm, FulfilmentForm, MotionForm, ReportForm, TrackedForm

Tracked = Motion | Commitment
MODELS: dict[str, Any] = {"motion": Motion, "commitment": Commitment}
FORMS: dict[str, type[TrackedForm]] = {"motion": MotionForm, "commitment": CommitmentForm}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def motion_add(request: HttpRequest) -> HttpResponse:
    """Add a motion. Raises PermissionDenied for users who may not edit everything."""
    return _edit_page(request, "motion", require_editor(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def motion_change(request: HttpRequest, name: str) -> HttpResponse:
    """Change a motion. Raises Http404 if there is none; PermissionDenied as ``motion_add`` does."""
    return _edit_page(request, "motion", require_editor(request), _get_row_or_404("motion", name))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def motion_report(request: HttpRequest, name: str) -> HttpResponse:
    """Add a report on a motion. Raises Http404 if there is none; PermissionDenied as ``motion_add`` does."""
    request_context, row = require_editor(request), _get_row_or_404("motion", name)
    return _text_page(request, "motion", request_context, row, ReportForm, ProgressReport(motion=row))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def commitment_add(request: HttpRequest) -> HttpResponse:
    """Add a commitment. Raises PermissionDenied for users who may not edit everything."""
    return _edit_page(request, "commitment", require_editor(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def commitment_change(request: HttpRequest, name: str) -> HttpResponse:
    """Change a commitment. Raises Http404 if there is none; PermissionDenied as ``commitment_add`` does."""
    return _edit_page(request, "commitment", require_editor(request), _get_row_or_404("commitment", name))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def commitment_report(request: HttpRequest, name: str) -> HttpResponse:
    """Add a report on a commitment; raises what ``motion_report`` does."""
    request_context, row = require_editor(request), _get_row_or_404("commitment", name)
    return _text_page(request, "commitment", request_context, row, ReportForm, ProgressReport(commitment=row))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def commitment_fulfilment(request: HttpRequest, name: str) -> HttpResponse:
    """Record one time that a commitment that repeats was fulfilled; raises what ``motion_report`` does.

    Raises Http404 for a commitment that does not repeat, too.
    """
    request_context, row = require_editor(request), _get_row_or_404("commitment", name)
    if not (isinstance(row, Commitment) and row.repeats_every_months):
        raise Http404
    form_class, text = FulfilmentForm, CommitmentFulfilment(commitment=row)
    return _text_page(request, "commitment", request_context, row, form_class, text)


def _get_row_or_404(owner_type: str, name: str) -> Any:
    row: Tracked | None = MODELS[owner_type]._default_manager.filter(number=name).first()
    if row is None:
        raise Http404
    return row


def _edit_page(
    request: HttpRequest, owner_type: str, request_context: RequestContext, row: Tracked | None = None
) -> HttpResponse:
    row = row or MODELS[owner_type]()
    number = row.number
    with translation.override(request_context.language):
        form = FORMS[owner_type](request.POST or None, row=row, request_context=request_context)
        form.focus_first_of(request.GET.getlist(HIGHLIGHT_PARAM))
        conflicting_changes: list[dict[str, Any]] = []
        if request.method == "POST" and form.is_valid():
            try:
                changeset = save_register_row(
                    row, write_context_of(request_context), expected_version=form.expected_version
                )
            except StaleVersion:
                conflicting_changes = _changes_by_others(row, form, request_context)
                # Keep the submitted values but take the new version, so that saving again overwrites knowingly.
                resubmitted = request.POST.copy()
                form = FORMS[owner_type](None, row=row, request_context=request_context)
                resubmitted["shown"] = form.initial["shown"]
                form = FORMS[owner_type](resubmitted, row=row, request_context=request_context)
            except ValidationError as error:
                form.add_model_errors(error)
            else:
                add_saved_message(request, changeset, form.understood_dates())
                return redirect(validated_return_url(request) or reverse(owner_type, args=[row.number]))
        context = {
            "form": form,
            "owner_type": owner_type,
            "number": number,
            "conflict": conflicting_changes,
            "cancel": validated_return_url(request)
            or (reverse(owner_type, args=[number]) if number else reverse(f"{owner_type}s")),
        }
        return page(request, "web/register/edit.html", context, status=409 if conflicting_changes else 200)


def _changes_by_others(row: Tracked, form: TrackedForm, request_context: RequestContext) -> list[dict[str, Any]]:
    """Return the template data of the changes by others since the form was shown."""
    display_names = DisplayNames(request_context.language)
    return [
        {
            "column": column_name(type(row), change.column),
            "old": value_text(type(row), change.column, change.old, display_names),
            "new": value_text(type(row), change.column, change.new, display_names),
            "by": change.by.display_name if change.by else "",
            "at": change.at,
        }
        for change in changes_since(row, form.expected_version)
    ]


def _text_page(
    request: HttpRequest,
    owner_type: str,
    request_context: RequestContext,
    row: Tracked,
    form_class: type[DatedTextForm],
    text: ProgressReport | CommitmentFulfilment,
) -> HttpResponse:
    """Return the form for a report on a motion or commitment, or for a fulfilment; or record it."""
    with translation.override(request_context.language):
        today = request_context.today
        form = form_class(request.POST or None, instance=text, initial={"on": ImpreciseDate.on(today)}, today=today)
        if request.method == "POST" and form.is_valid():
            changeset = add_dated_text(text, write_context_of(request_context))
            add_saved_message(request, changeset, form.understood_dates())
            return redirect(validated_return_url(request) or f"{reverse(owner_type, args=[row.number])}#verloop")
        context = {
            "form": form,
            "owner_type": owner_type,
            "is_report": isinstance(text, ProgressReport),
            "row": row,
            "cancel": validated_return_url(request) or reverse(owner_type, args=[row.number]),
        }
        return page(request, "web/register/report.html", context)
