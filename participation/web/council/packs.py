"""The council pack of a trajectory, as a page and as PDF."""

import logging
from collections.abc import Mapping

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.obligations import ObligationValue
from participation.interchange.archive.pdf import PdfUnavailableError
from participation.interchange.council_pack import council_packs_pdf
from participation.models import Trajectory
from participation.presentation.council_pack import CouncilPackRequest, LineUrl
from participation.presentation.council_pack import council_pack as build_pack
from participation.selectors.changes.public_texts import can_read_earlier_texts
from participation.selectors.council import COUNCIL_STEPS, first_recorded

from ..shared import permissions
from ..shared.addresses import address
from ..shared.pages import page
from ..shared.request_context import request_context_of
from ..shared.throttle import throttle_request
from ..trajectories.as_of_form import AsOfForm, point_in_time_of

#: Query parameter: the ref of the decision or briefing.
STEP_PARAM = "stap"
log = logging.getLogger("leidraad.council_pack")


@require_safe
@never_cache
@login_not_required
def council_pack(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the pack as a page. Raises Http404 if the trajectory is not visible, or has no such decision."""
    row = permissions.get_visible_trajectory(request, name)
    form, pack_request, query = _pack_request_of(request, row)
    pdf_query = {**query, **({STEP_PARAM: pack_request.step} if pack_request.step else {})}
    pack = build_pack(pack_request, line_url_with(query))
    context = {
        "trajectory": row,
        "form": form,
        "known_at": pack_request.known_at,
        "pack": pack,
        "first_recorded": None if pack else first_recorded([row.pk]).get(row.pk),
        "all_recorded_url": address(
            "council_pack", row.slug, **{STEP_PARAM: pack_request.step}, op=pack_request.day.isoformat()
        ),
        "pdf_url": address("council_pack_pdf", row.slug, **pdf_query),
        "step": pack_request.step,
    }
    return page(request, "web/council/pack.html", context)


def line_url_with(query: Mapping[str, str]) -> LineUrl:
    """Return the function for the URL of how an obligation was judged, on the days in this query."""

    def line_url(trajectory: Trajectory, obligation: ObligationValue) -> str:
        return address(
            "trajectory_obligation", trajectory.slug, regel=obligation.rule, over=obligation.subject, **query
        )

    return line_url


@require_safe
@never_cache
@login_not_required
def council_pack_pdf(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the pack as PDF. Raises Http404 if the trajectory is not visible, or was not recorded yet.

    Answers 429 over the rate limit, and 503 if this machine cannot make PDFs: then the log says what to install.
    """
    row = permissions.get_visible_trajectory(request, name)
    if request.method == "HEAD":  # nothing is made to be thrown away
        return HttpResponse(content_type="application/pdf")
    _form, pack_request, _query = _pack_request_of(request, row)
    if refusal := throttle_request(request, "archive", "archives"):
        return refusal
    pack = build_pack(pack_request)
    if pack is None:
        raise Http404
    try:
        content = council_packs_pdf([pack])
    except PdfUnavailableError as error:
        log.error("Could not write the council pack of %s: %s", row.slug, error)
        return page(request, "500.html", {}, status=503)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{pack_request.file_name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _pack_request_of(request: HttpRequest, row: Trajectory) -> tuple[AsOfForm, CouncilPackRequest, dict[str, str]]:
    """Return the form with the days, the request for the pack, and the days as a query."""
    context = request_context_of(request)
    with translation.override(context.language):
        form = AsOfForm(request.GET, context.today)
        point_in_time = point_in_time_of(form, context)
    pack_request = CouncilPackRequest(
        row,
        context.rulebook_of(row),
        point_in_time.day,
        point_in_time.known_at or context.now,
        context.language,
        can_read_earlier_texts(context.user),
        _step_of(request, row),
    )
    return form, pack_request, point_in_time.query


def _step_of(request: HttpRequest, row: Trajectory) -> str:
    """Return the ref of the decision that is asked for, "" for the next. Raises Http404 where there is no such one."""
    ref = request.GET.get(STEP_PARAM, "")
    if ref and not row.steps.filter(ref=ref, kind__in=COUNCIL_STEPS).exists():
        raise Http404
    return ref
