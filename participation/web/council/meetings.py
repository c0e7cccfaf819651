"""The council packs of one meeting, as a page and as PDF: of each trajectory that is decided there."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

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
from participation.selectors.council import first_recorded, meeting_steps

from ..shared.addresses import address
from ..shared.filtering import PAGE_PARAM
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from ..shared.throttle import throttle_request
from ..trajectories.as_of_form import MAX_DATE, MIN_DATE, AsOfForm, point_in_time_of
from .packs import STEP_PARAM, line_url_with

#: Query parameter: the slug of the body that meets.
BODY_PARAM: Final = "orgaan"
#: How many packs one page shows, and one PDF holds: each is read from the history of its trajectory.
PACKS_PER_PAGE, MAX_PACKS = 5, 25
log = logging.getLogger("leidraad.council_pack")


class _View(NamedTuple):
    """A meeting as it is shown: its steps, the form, the packs that are asked, and the days as a query.

    ``first`` is when each trajectory was first recorded, by its key. ``opened_as`` is "then" or "now" for a past
    meeting of which no days were chosen.
    """

    steps: list[Any]
    form: AsOfForm
    meeting: MeetingPacks
    query: dict[str, str]
    first: Mapping[int, datetime]
    opened_as: str

    @property
    def recorded(self) -> list[Any]:
        """Return the steps of which there is a pack: something of their trajectory was recorded by that moment."""
        return [step for step in self.steps if _was_recorded(self.first.get(step.trajectory_id), self.meeting.known_at)]


def _was_recorded(first: datetime | None, known_at: datetime) -> bool:
    return first is not None and first <= known_at


@require_safe
@never_cache
@login_not_required
def council_meeting(request: HttpRequest, day: str) -> HttpResponseBase:
    """Return the packs of a meeting as a page. Raises Http404 where nothing that is visible is decided on that day."""
    context, on = request_context_of(request), _day(day)
    view = _view(request, on, context)
    meeting, query, body = view.meeting, view.query, view.meeting.body
    with translation.override(context.language):
        shown = Paginator(view.steps, PACKS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM))
        packs = _packs(shown, meeting, context, query)
        recorded = view.recorded

        def days_url(**days: str) -> str:
            return address("council_meeting", day, **days, **{BODY_PARAM: body})

        template: dict[str, Any] = {
            "day": on,
            "body": body and DisplayNames(context.language, {body: view.steps[0].body_name}).code_label(body),
            "form": view.form,
            "steps": [
                (step, address("council_pack", step.trajectory.slug, **{STEP_PARAM: step.ref}, **query))
                for step in view.steps
            ],
            "page_obj": shown,
            "packs": [
                (step, pack, view.first.get(step.trajectory_id)) for step, pack in zip(shown, packs, strict=True)
            ],
            "meeting": meeting,
            "known_at": meeting.known_at,
            "is_recorded": bool(recorded),
            "first_recorded": min(view.first.values(), default=None),
            "opened_as": view.opened_as,
            "then_url": days_url(op=day),
            "today_url": days_url(op=context.today.isoformat()),
            "all_recorded_url": days_url(op=meeting.on.isoformat()),
            # What was not recorded yet at that moment is not in the file, and the command has only what is public.
            "pdf_url": address("council_meeting_pdf", day, **query, **{BODY_PARAM: body})
            if any(step in recorded for step in view.steps[:MAX_PACKS])
            else "",
            "command": meeting.command if any(step.trajectory.public for step in recorded) else "",
            "max_packs": MAX_PACKS,
            "not_public": sum(not step.trajectory.public for step in view.steps),
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
    if request.method == "HEAD":  # nothing is made to be thrown away
        _steps(request, on, context)
        return HttpResponse(content_type="application/pdf")
    view = _view(request, on, context)
    if refusal := throttle_request(request, "archive", "archives"):
        return refusal
    packs = [pack for pack in _packs(view.steps[:MAX_PACKS], view.meeting, context) if pack]
    if not packs:
        raise Http404
    try:
        content = council_packs_pdf(packs)
    except PdfUnavailableError as error:
        log.error("Could not write the council packs of %s: %s", on, error)
        return page(request, "500.html", {}, status=503)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{view.meeting.file_name}"'
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


def _view(request: HttpRequest, day: date, context: RequestContext) -> _View:
    """Return the meeting as it is shown. Raises Http404 where there is none.

    Without chosen days a past meeting is shown as on its own day, with what was recorded then, if anything was.
    """
    steps = _steps(request, day, context)
    first = first_recorded({step.trajectory_id for step in steps})
    opened_as = ""
    with translation.override(context.language):
        form = AsOfForm(request.GET, context.today)
        if day < context.today and not form.is_bound:
            own_day = {"op": day.isoformat(), "bekend": day.isoformat()}
            own_form = AsOfForm(own_day, context.today)
            known_at = point_in_time_of(own_form, context).known_at
            is_then = known_at is not None and any(_was_recorded(moment, known_at) for moment in first.values())
            form, opened_as = (own_form, "then") if is_then else (form, "now")
        point = point_in_time_of(form, context)
    body = request.GET.get(BODY_PARAM, "")
    meeting = MeetingPacks(day, body, point.day, point.known_at or context.now, context.language)
    return _View(steps, form, meeting, dict(point.query), first, opened_as)


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
