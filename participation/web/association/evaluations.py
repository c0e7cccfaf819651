"""Evaluation forms: making links, handing them out on paper, and the results."""

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
from participation.selectors.evaluations import TOGETHER, links_left, results_of
from participation.services.evaluations import MOST_LINKS, MOST_TO_HAND_ON, make_links, withdraw_links
from participation.web.shared import rights
from participation.web.shared.forms import DayField, Form
from participation.web.shared.idempotency import idempotent
from participation.web.shared.pages import page, saved
from participation.web.shared.visit import Visit, visit_of

from .charts import QUESTIONS, chart
from .speaking import door_of, in_own_language, place

#: Where is kept which links a member made: they see no others. Gone when they log out.
MINE = "evaluation_links"
#: Of the links that were made last, so many are remembered.
_REMEMBERED = 5 * MOST_TO_HAND_ON


@dataclass(frozen=True)
class Meeting:
    """A meeting of which forms are handed out, and by whom: who organises it, or who hands some on."""

    trajectory: Trajectory
    step: Step
    organises: bool

    @property
    def most(self) -> int:
        """Return how many links can be made in one go."""
        return MOST_LINKS if self.organises else MOST_TO_HAND_ON


class LinksForm(Form):
    """How many links, and on which day they are handed out."""

    how_many = forms.IntegerField(label=_lazy("How many links?"), min_value=1)
    handed_out_on = DayField(
        label=_lazy("On which day are they handed out?"),
        help_text=_lazy("This day is recorded as the day on which the form was sent, when none was recorded yet."),
    )

    def __init__(self, *args: Any, most: int, today: date, **kwargs: Any) -> None:
        """Take at most so many, from today on."""
        super().__init__(*args, **kwargs)
        self.most, self.today = most, today
        how_many: Any = self.fields["how_many"]
        how_many.widget.attrs["max"] = most
        how_many.help_text = _("One for each participant, at most %(most)s at a time.") % {"most": most}

    def clean_how_many(self) -> int:
        """Return the number. Raises ValidationError where it is more than may be made in one go."""
        how_many: int = self.cleaned_data["how_many"]
        if how_many > self.most:
            raise ValidationError(_("Choose a number from 1 to %(most)s.") % {"most": self.most})
        return how_many

    def clean_handed_out_on(self) -> date:
        """Return the day. Raises ValidationError where it is not one from today to a year from now."""
        day: date = self.cleaned_data["handed_out_on"]
        if day < self.today:
            raise ValidationError(_("These links are made today: they cannot have been handed out before."))
        if day > self.today + timedelta(days=366):
            raise ValidationError(_("Choose a day within a year from now."))
        return day


def _meeting(request: HttpRequest, name: str, ref: str) -> Meeting:
    """Return the meeting.

    Raises Http404 where there is none, PermissionDenied where its forms are not for this visitor to hand out.
    """
    trajectory = rights.visible(request, name)
    step = _activity(trajectory, ref)
    organises = rights.may_edit(request, trajectory)
    if not organises and not rights.parties_of(request, trajectory):
        raise PermissionDenied
    return Meeting(trajectory, step, organises)


def _activity(trajectory: Trajectory, ref: str) -> Step:
    steps = Step.objects.filter(trajectory=trajectory, kind="activity", cancelled=False)
    found = steps.select_related("trajectory").filter(ref=ref).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_own_language
@idempotent
def evaluation_links(request: HttpRequest, name: str, ref: str) -> HttpResponse:
    """Make links to the form of a meeting, or withdraw those of a sheet that got lost."""
    meeting, visit = _meeting(request, name, ref), visit_of(request)
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw(request, meeting)
    given = request.POST if request.method == "POST" else None
    initial = {"how_many": min(30, meeting.most), "handed_out_on": _first_day(meeting.step, visit.today)}
    form = LinksForm(given, most=meeting.most, today=visit.today, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _make(request, meeting, visit, form)
    context = {
        **_around(meeting),
        "form": form,
        "left": links_left(meeting.step),
        "answered": results_of(meeting.step).answered,
        "mine": bool(_mine(request, meeting.step)),
    }
    return page(request, "web/association/evaluation_links.html", context)


def _make(request: HttpRequest, meeting: Meeting, visit: Visit, form: LinksForm) -> HttpResponse:
    cleaned = form.cleaned_data
    links, entry = make_links(visit.user, meeting.step, cleaned["how_many"], cleaned["handed_out_on"], **door_of(visit))
    if not meeting.organises:
        _remember(request, meeting.step, links)
    if entry is not None:
        saved(request, entry)
    told = ngettext("%(n)s link was made.", "%(n)s links were made.", len(links)) % {"n": len(links)}
    messages.success(request, told)
    sheet = reverse("evaluation_sheet", args=[meeting.trajectory.slug, meeting.step.ref])
    return redirect(f"{sheet}?vanaf={min(link.pk for link in links)}")


def _withdraw(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    if not meeting.organises:
        raise PermissionDenied
    gone = withdraw_links(meeting.step)
    told = ngettext("%(n)s link does not work any more.", "%(n)s links do not work any more.", gone) % {"n": gone}
    messages.success(request, told)
    return redirect("evaluation_links", meeting.trajectory.slug, meeting.step.ref)


def _first_day(step: Step, today: date) -> date:
    """Return the day of the meeting where it is still to come, else today."""
    when = step.done or step.planned
    return when.earliest if when and when.earliest and when.earliest > today else today


@require_safe
@never_cache
@in_own_language
def evaluation_sheet(request: HttpRequest, name: str, ref: str) -> HttpResponse:
    """Show the links that were not used, each with its code, to be printed and cut up.

    Who organises the meeting gets all of them, or those from a certain one on: what was handed out before is not
    printed again. Members get what they made themselves.
    """
    meeting = _meeting(request, name, ref)
    links = EvaluationLink.objects.filter(step=meeting.step, used=False).order_by("pk")
    if not meeting.organises:
        links = links.filter(pk__in=_mine(request, meeting.step))
    first = request.GET.get("vanaf", "")
    if first.isascii() and first.isdecimal() and len(first) < 19:
        links = links.filter(pk__gte=int(first))
    context = {**_around(meeting), "cards": [card(link.token) for link in links[:MOST_LINKS]]}
    return page(request, "web/association/evaluation_sheet.html", context)


class Card(NamedTuple):
    """A link on paper: as a code for a telephone, and as an address to type over, its secret part by itself."""

    code: SafeString
    address: str
    folder: str
    token: str


def card(token: str) -> Card:
    """Return the card of a link; the code is an SVG without a style of its own, as our pages allow none."""
    address = settings.BASE_URL + reverse("evaluation_fill_in", args=[token])
    drawn = segno.make_qr(address, error="m").svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    # Made here, of an address that we made: nothing in it was typed by anyone.
    short = address.partition("://")[2]
    return Card(mark_safe(drawn), short, short.removesuffix(f"{token}/"), token)


def _mine(request: HttpRequest, step: Step) -> list[int]:
    return [pk for of, pk in request.session.get(MINE, []) if of == step.pk]


def _remember(request: HttpRequest, step: Step, links: list[EvaluationLink]) -> None:
    known = request.session.get(MINE, [])
    request.session[MINE] = [*known, *([step.pk, link.pk] for link in links)][-_REMEMBERED:]


@require_safe
@login_not_required
@in_own_language
def evaluation_results(request: HttpRequest, name: str, ref: str) -> HttpResponse:
    """Show what participants thought of a meeting, from five answers on, to everyone."""
    trajectory = rights.visible(request, name)
    step = _activity(trajectory, ref)
    results = results_of(step)
    context = {
        "trajectory": trajectory,
        "step": step,
        "results": results,
        "together": TOGETHER,
        "questions": [
            {"label": QUESTIONS[scored.question], "scored": scored, "chart": chart(scored.spread)}
            for scored in results.questions
        ],
        "hands_out": rights.may_edit(request, trajectory) or bool(rights.parties_of(request, trajectory)),
        "back": place(trajectory),
    }
    return page(request, "web/association/evaluation_results.html", context)


def _around(meeting: Meeting) -> dict[str, Any]:
    return {
        "trajectory": meeting.trajectory,
        "meeting": meeting,
        "step": meeting.step,
        "back": place(meeting.trajectory),
    }
