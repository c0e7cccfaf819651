"""Forms to add and change motions and commitments, for coordinators."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance.dates import ImpreciseDate
from participation.models import Commitment, Motion, ProgressReport
from participation.reports.values import Called, column_name, told
from participation.selectors.row_versions import changes_since
from participation.services.editing import StaleVersion, WriteContext
from participation.services.register import add_report, save_tracked

from ..shared.actions import BACK
from ..shared.idempotency import idempotent
from ..shared.pages import page, saved
from ..shared.request_context import RequestContext, visit_of
from .forms import CommitmentForm, MotionForm, ReportForm, TrackedForm

Tracked = Motion | Commitment
MODELS: dict[str, Any] = {"motion": Motion, "commitment": Commitment}
FORMS: dict[str, type[TrackedForm]] = {"motion": MotionForm, "commitment": CommitmentForm}
#: Query parameter with the fields to focus.
HIGHLIGHT_PARAM = "veld"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def motion_add(request: HttpRequest) -> HttpResponse:
    """Add a motion. Raises PermissionDenied for users who may not edit everything."""
    return _edit(request, "motion", _writing(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def motion_change(request: HttpRequest, name: str) -> HttpResponse:
    """Change a motion. Raises Http404 if there is none; PermissionDenied as ``motion_add`` does."""
    return _edit(request, "motion", _writing(request), _one("motion", name))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def motion_report(request: HttpRequest, name: str) -> HttpResponse:
    """Add a report on a motion. Raises Http404 if there is none; PermissionDenied as ``motion_add`` does."""
    return _report(request, "motion", _writing(request), _one("motion", name))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def commitment_add(request: HttpRequest) -> HttpResponse:
    """Add a commitment. Raises PermissionDenied for users who may not edit everything."""
    return _edit(request, "commitment", _writing(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def commitment_change(request: HttpRequest, name: str) -> HttpResponse:
    """Change a commitment. Raises Http404 if there is none; PermissionDenied as ``commitment_add`` does."""
    return _edit(request, "commitment", _writing(request), _one("commitment", name))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@idempotent
def commitment_report(request: HttpRequest, name: str) -> HttpResponse:
    """Add a report on a commitment; raises what ``motion_report`` does."""
    return _report(request, "commitment", _writing(request), _one("commitment", name))


def _writing(request: HttpRequest) -> RequestContext:
    if not getattr(request.user, "edits_everything", False):
        raise PermissionDenied
    return visit_of(request)


def _one(of: str, name: str) -> Tracked:
    row: Tracked | None = MODELS[of]._default_manager.filter(number=name).first()
    if row is None:
        raise Http404
    return row


def _edit(request: HttpRequest, of: str, visit: RequestContext, row: Tracked | None = None) -> HttpResponse:
    row = row or MODELS[of]()
    number = row.number
    with translation.override(visit.language):
        form = FORMS[of](request.POST or None, row=row, visit=visit)
        form.ask_for(request.GET.getlist(HIGHLIGHT_PARAM))
        changed: list[dict[str, Any]] = []
        if request.method == "POST" and form.is_valid():
            try:
                changeset = save_tracked(row, _door(visit), shown=form.shown_state)
            except StaleVersion:
                changed = _changed(row, form, visit)
                # Keep the submitted values but take the new version, so that saving again overwrites knowingly.
                again = request.POST.copy()
                form = FORMS[of](None, row=row, visit=visit)
                again["shown"] = form.initial["shown"]
                form = FORMS[of](again, row=row, visit=visit)
            except ValidationError as error:
                form.add_model_errors(error)
            else:
                saved(request, changeset)
                return redirect(_back(request) or reverse(of, args=[row.number]))
        context = {
            "form": form,
            "of": of,
            "number": number,
            "changed": changed,
            "cancel": _back(request) or (reverse(of, args=[number]) if number else reverse(f"{of}s")),
        }
        return page(request, "web/register/edit.html", context, status=409 if changed else 200)


def _changed(row: Tracked, form: TrackedForm, visit: RequestContext) -> list[dict[str, Any]]:
    """Return the template data of the changes by others since the form was shown."""
    called = Called(visit.language)
    return [
        {
            "column": column_name(type(row), change.column),
            "old": told(type(row), change.column, change.old, called),
            "new": told(type(row), change.column, change.new, called),
            "by": change.by.get_full_name() or change.by.get_username() if change.by else "",
            "at": change.at,
        }
        for change in changes_since(row, form.shown_state)
    ]


def _report(request: HttpRequest, of: str, visit: RequestContext, row: Tracked) -> HttpResponse:
    with translation.override(visit.language):
        report = ProgressReport(**{of: row})
        form = ReportForm(request.POST or None, instance=report, initial={"on": ImpreciseDate.on(visit.today)})
        if request.method == "POST" and form.is_valid():
            saved(request, add_report(report, _door(visit)))
            return redirect(_back(request) or f"{reverse(of, args=[row.number])}#verloop")
        context = {
            "form": form,
            "of": of,
            "row": row,
            "cancel": _back(request) or reverse(of, args=[row.number]),
        }
        return page(request, "web/register/report.html", context)


def _door(visit: RequestContext) -> WriteContext:
    return WriteContext(visit.user, visit.rulebook, visit.today, visit.now)


def _back(request: HttpRequest) -> str:
    """Return the validated return URL in the query string: a path on this site, or "" (prevents open redirects)."""
    back = request.GET.get(BACK, "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""
