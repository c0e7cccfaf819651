"""Evaluation links: create, print and withdraw them; results."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from participation.models import EvaluationLink, Step, Trajectory
from participation.selectors.associations.evaluations import BATCH_SIZE, count_unused_links, form_origins, results_of
from participation.services.associations.evaluations import (
    MAX_LINKS,
    MAX_LINKS_FOR_ASSOCIATION,
    delete_unused_links,
    make_links,
)
from participation.web.shared import permissions
from participation.web.shared.addresses import address, trajectory_address
from participation.web.shared.forms import DateTextField, Form
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import add_saved_message, page
from participation.web.shared.request_context import RequestContext, request_context_of, write_context_of
from participation.web.shared.return_urls import HIGHLIGHT_PARAM

from .charts import QUESTIONS, chart
from .forms import in_user_language

#: Session key of the links a member created: members see only their own. Cleared on logout.
SESSION_KEY = "evaluation_links"
#: Maximum number of links remembered in the session.
_MAX_LINKS_IN_SESSION = 5 * MAX_LINKS_FOR_ASSOCIATION


@dataclass(frozen=True)
class Meeting:
    """An activity, with whether the user organises it or only hands out some links."""

    trajectory: Trajectory
    step: Step
    organises: bool

    @property
    def max_links(self) -> int:
        """Return the maximum number of links to create at once."""
        return MAX_LINKS if self.organises else MAX_LINKS_FOR_ASSOCIATION


class LinksForm(Form):
    """The number of links, and the day on which they are handed out."""

    how_many = forms.IntegerField(label=_lazy("How many links?"), min_value=1)
    handed_out_on = DateTextField(
        label=_lazy("On which day are they handed out?"),
        help_text=_lazy("This day is recorded as the day on which the form was sent, when none was recorded yet."),
    )

    def __init__(self, *args: Any, max_links: int, today: date, **kwargs: Any) -> None:
        """Set the maximum and the first day."""
        super().__init__(*args, **kwargs)
        self.max_links, self.today = max_links, today
        how_many: Any = self.fields["how_many"]
        how_many.widget.attrs["max"] = max_links
        how_many.help_text = _("One for each participant, at most %(most)s at a time.") % {"most": max_links}

    def clean_how_many(self) -> int:
        """Return the number. Raises ValidationError if it exceeds the maximum."""
        how_many: int = self.cleaned_data["how_many"]
        if how_many > self.max_links:
            raise ValidationError(_("Choose a number from 1 to %(most)s.") % {"most": self.max_links})
        return how_many

    def clean_handed_out_on(self) -> date:
        """Return the day. Raises ValidationError if it is not within a year from today."""
        day: date = self.cleaned_data["handed_out_on"]
        if day < self.today:
            raise ValidationError(_("These links are made today: they cannot have been handed out before."))
        if day > self.today + timedelta(days=366):
            raise ValidationError(_("Choose a day within a year from now."))
        return day


def _get_meeting(request: HttpRequest, name: str, ref: str) -> Meeting:
    """Return the activity.

    Raises Http404 if there is none, PermissionDenied if this user may not hand out its links.
    """
    trajectory = permissions.get_visible_trajectory(request, name)
    step = _get_activity(trajectory, ref)
    organises = permissions.can_edit(request, trajectory)
    if not organises and not permissions.parties_of(request, trajectory):
        raise PermissionDenied
    return Meeting(trajectory, step, organises)


def _get_activity(trajectory: Trajectory, ref: str) -> Step:
    steps = Step.objects.filter(trajectory=trajectory, kind="activity", cancelled=False)
    found = steps.select_related("trajectory").filter(ref=ref).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_user_language
@idempotent
def evaluation_links(request: HttpRequest, name: str, ref: str) -> HttpResponse:
    """Create evaluation links for an activity, or withdraw the unused ones."""
    meeting, request_context = _get_meeting(request, name, ref), request_context_of(request)
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw_links(request, meeting)
    given = request.POST if request.method == "POST" else None
    initial = {"how_many": min(30, meeting.max_links), "handed_out_on": _first_day(meeting.step, request_context.today)}
    form = LinksForm(given, max_links=meeting.max_links, today=request_context.today, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _create_links(request, meeting, request_context, form)
    context = {
        **_base_context(meeting),
        "form": form,
        "unused_count": count_unused_links(meeting.step),
        "answered_count": results_of(meeting.step).answered,
        "has_own_links": bool(_own_links(request, meeting.step)),
    }
    return page(request, "web/associations/evaluation_links.html", context)


def _create_links(
    request: HttpRequest, meeting: Meeting, request_context: RequestContext, form: LinksForm
) -> HttpResponse:
    cleaned = form.cleaned_data
    links, changeset = make_links(
        request_context.user,
        meeting.step,
        cleaned["how_many"],
        cleaned["handed_out_on"],
        **write_context_of(request_context).arguments,
    )
    if not meeting.organises:
        _remember_links(request, meeting.step, links)
    if changeset is not None:
        add_saved_message(request, changeset)
    message = ngettext("%(n)s link was made.", "%(n)s links were made.", len(links)) % {"n": len(links)}
    messages.success(request, message)
    sheet = reverse("evaluation_sheet", args=[meeting.trajectory.slug, meeting.step.ref])
    return redirect(f"{sheet}?vanaf={min(link.pk for link in links)}")


def _withdraw_links(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    if not meeting.organises:
        raise PermissionDenied
    withdrawn_count = delete_unused_links(meeting.step)
    message = ngettext("%(n)s link does not work any more.", "%(n)s links do not work any more.", withdrawn_count) % {
        "n": withdrawn_count
    }
    messages.success(request, message)
    return redirect("evaluation_links", meeting.trajectory.slug, meeting.step.ref)


def _first_day(step: Step, today: date) -> date:
    """Return the day of the activity if it is still to come, else today."""
    when = step.done or step.planned
    return when.earliest if when and when.earliest and when.earliest > today else today


@require_safe
@never_cache
@in_user_language
def evaluation_sheet(request: HttpRequest, name: str, ref: str) -> HttpResponse:
    """Show the unused links, each with its QR code, for printing.

    Organisers see all links, or those from ``vanaf`` on, so that earlier ones are not printed again. Members see
    the links that they created themselves.
    """
    meeting = _get_meeting(request, name, ref)
    links = EvaluationLink.objects.filter(step=meeting.step, used=False).order_by("pk")
    if not meeting.organises:
        links = links.filter(pk__in=_own_links(request, meeting.step))
    first = request.GET.get("vanaf", "")
    if first.isascii() and first.isdecimal() and len(first) < 19:
        links = links.filter(pk__gte=int(first))
    context = {**_base_context(meeting), "cards": [link_card(link.token) for link in links[:MAX_LINKS]]}
    return page(request, "web/associations/evaluation_sheet.html", context)


class ResultCard(NamedTuple):
    """A printed link: QR code, and the address to type, split into prefix and token."""

    code: SafeString
    address: str
    prefix: str
    token: str


def link_card(token: str) -> ResultCard:
    """Return the card of a link; the SVG has no inline style, which our Content-Security-Policy forbids."""
    address = settings.BASE_URL + reverse("evaluation_fill_in", args=[token])
    svg = segno.make_qr(address, error="m").svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    code = mark_safe(svg)  # noqa: S308 drawn by segno from a URL without user input
    short = address.partition("://")[2]
    return ResultCard(code, short, short.removesuffix(f"{token}/"), token)


def _own_links(request: HttpRequest, step: Step) -> list[int]:
    return [pk for step_pk, pk in request.session.get(SESSION_KEY, []) if step_pk == step.pk]


def _remember_links(request: HttpRequest, step: Step, links: list[EvaluationLink]) -> None:
    known = request.session.get(SESSION_KEY, [])
    request.session[SESSION_KEY] = [*known, *([step.pk, link.pk] for link in links)][-_MAX_LINKS_IN_SESSION:]


@require_safe
@login_not_required
@in_user_language
def evaluation_results(request: HttpRequest, name: str, ref: str) -> HttpResponse:
    """Show the results of an evaluation, public from five answers on."""
    trajectory = permissions.get_visible_trajectory(request, name)
    step = _get_activity(trajectory, ref)
    results = results_of(step)
    context = {
        "trajectory": trajectory,
        "step": step,
        "results": results,
        "batch_size": BATCH_SIZE,
        "questions": [
            {"label": QUESTIONS[scored.question], "scored": scored, "chart": chart(scored.spread)}
            for scored in results.questions
        ],
        "can_hand_out": permissions.can_edit(request, trajectory) or bool(permissions.parties_of(request, trajectory)),
        "reach_url": _reach_url(request, trajectory, step),
    }
    return page(request, "web/associations/evaluation_results.html", context)


def _reach_url(request: HttpRequest, trajectory: Trajectory, step: Step) -> str:
    """Return the form to record who was reached, with the numbers of these forms; "" where there are none."""
    if not permissions.can_edit(request, trajectory) or form_origins(step) is None:
        return ""
    return address("step_change", trajectory.slug, step.ref, **{HIGHLIGHT_PARAM: "reach_total"})


def _base_context(meeting: Meeting) -> dict[str, Any]:
    return {
        "trajectory": meeting.trajectory,
        "meeting": meeting,
        "step": meeting.step,
        "cancel": trajectory_address(meeting.trajectory.slug, "tijdlijn"),
    }
