"""The council packs of one meeting, as a page and as PDF: of each trajectory that is decided there."""

import logging
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange.archive.pdf import PdfUnavailableError
from participation.interchange.council_pack import council_packs_pdf
from participation.models import Step, Trajectory
from participation.presentation.council_pack import CouncilPack, CouncilPackRequest, MeetingPacks, council_packs
from participation.presentation.values import DisplayNames
from participation.selectors.changes.public_texts import can_read_earlier_texts
from participation.selectors.council import meeting_steps

from ..shared.addresses import address
from ..shared.filtering import PAGE_PARAM
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from ..shared.throttle import throttle_request
from ..trajectories.as_of_form import MAX_DATE, MIN_DATE, AsOfForm, point_in_time_of
from .packs import line_url_with

#: Query parameter: the slug of the body that meets.
BODY_PARAM: Final = "orgaan"
#: How many packs one page shows, and one PDF holds: each is read from the history of its trajectory.
PACKS_PER_PAGE, MAX_PACKS = 5, 25
log = logging.getLogger("leidraad.council_pack")


@require_safe
@never_cache
@login_not_required
def council_meeting(request: HttpRequest, day: str) -> HttpResponseBase:
    """Return the packs of a meeting as a page. Raises Http404 where nothing that is visible is decided on that day."""
    context, on = request_context_of(request), _day(day)
    steps = _steps(request, on, context)
    with translation.override(context.language):
        form = AsOfForm(request.GET, context.today)
        meeting, query = _meeting(request, form, on, context)
        shown = Paginator(steps, PACKS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM))
        packs = list(zip(shown, _packs(shown, meeting, context, query), strict=True))
        body = meeting.body and DisplayNames(context.language, {meeting.body: steps[0].body_name}).party(meeting.body)
        template: dict[str, Any] = {
            "day": on,
            "body": body,
            "form": form,
            "steps": steps,
            "page_obj": shown,
            "packs": packs,
            "meeting": meeting,
            "known_at": meeting.known_at,
            "pdf_url": address("council_meeting_pdf", day, **query, **{BODY_PARAM: meeting.body}),
            "max_packs": MAX_PACKS,
            "not_public": sum(not step.trajectory.public for step in steps),
        }
    return page(request, "web/council/meeting.html", template)


@require_safe
@never_cache
@login_not_required
def council_meeting_pdf(request: HttpRequest, day: str) -> HttpResponseBase:
    """Return the packs of a meeting as one PDF.

    Raises Http404 where nothing that is visible is decided on that day, or nothing was recorded yet. Answers 429 over
    the rate limit, and 503 if this machine cannot make PDFs: then the log says what to install.
    """
    context, on = request_context_of(request), _day(day)
    steps = _steps(request, on, context)
    if request.method == "HEAD":  # nothing is made to be thrown away
        return HttpResponse(content_type="application/pdf")
    if refusal := throttle_request(request, "archive", "archives"):
        return refusal
    with translation.override(context.language):
        meeting, _query = _meeting(request, AsOfForm(request.GET, context.today), on, context)
    packs = [pack for pack in _packs(steps[:MAX_PACKS], meeting, context) if pack]
    if not packs:
        raise Http404
    try:
        content = council_packs_pdf(packs)
    except PdfUnavailableError as error:
        log.error("Could not write the council packs of %s: %s", on, error)
        return page(request, "500.html", {}, status=503)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{meeting.file_name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _day(text: str) -> date:
    """Return the day in a URL. Raises Http404 where it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    # One address per day: fromisoformat also reads 20260507 and 2026-W19-4.
    if found.isoformat() != text or not MIN_DATE <= found <= MAX_DATE:
        raise Http404
    return found


def _steps(request: HttpRequest, day: date, context: RequestContext) -> list[Any]:
    """Return the steps of the meeting. Raises Http404 where there is none."""
    visible = Trajectory.objects.visible_to(context.user)
    found = list(meeting_steps(visible, day, request.GET.get(BODY_PARAM, "")))
    if not found:
        raise Http404
    return found


def _meeting(
    request: HttpRequest, form: AsOfForm, day: date, context: RequestContext
) -> tuple[MeetingPacks, dict[str, str]]:
    """Return the meeting with its moment, and the days as a query."""
    point = point_in_time_of(form, context)
    body = request.GET.get(BODY_PARAM, "")
    return MeetingPacks(day, body, point.day, point.known_at or context.now, context.language), dict(point.query)


def _packs(
    steps: Iterable[Step], meeting: MeetingPacks, context: RequestContext, query: dict[str, str] | None = None
) -> list[CouncilPack | None]:
    """Return the packs of these steps; for a page with the ``query`` of its days, where lines lead to."""
    requests = [
        CouncilPackRequest(
            step.trajectory,
            context.rulebook_of(step.trajectory),
            meeting.on,
            meeting.known_at,
            meeting.language,
            can_read_earlier_texts(context.user),
            step.ref,
        )
        for step in steps
    ]
    return council_packs(requests) if query is None else council_packs(requests, line_url_with(query))
