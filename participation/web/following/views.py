"""Following by mail with double opt-in: request, confirm, change frequency and unsubscribe, without an account."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from participation.models import Follower
from participation.reports.notices import link_to
from participation.selectors.following import FollowedTarget, followed_by, follower_with
from participation.selectors.mail_page import is_snoozed
from participation.services.following import (
    ask_to_follow,
    change_frequency,
    confirm,
    is_open,
    last_day,
    leave,
)
from participation.services.mail.outbox import send_one
from participation.services.mail.preferences import pause_follower, wake_follower

from ..shared.pages import page
from ..shared.pauses import PauseForm
from ..shared.request_context import RequestContext, visit_of
from ..shared.throttle import throttled
from .caching import followed
from .forms import FollowForm, FrequencyForm

#: Query parameter of the page after the confirmation mail was sent.
SENT = "verstuurd"
_FORM = ["GET", "HEAD", "POST"]


@login_not_required
@throttled("follow")
@require_http_methods(_FORM)
@never_cache
def follow_trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page to follow a trajectory, or send the confirmation mail. Raises Http404 if it is not public."""
    return _follow(request, followed("trajectory", name))


@login_not_required
@throttled("follow")
@require_http_methods(_FORM)
@never_cache
def follow_neighbourhood(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page to follow a neighbourhood, or send the confirmation mail. Raises Http404 if there is none."""
    return _follow(request, followed("neighbourhood", name))


def _follow(request: HttpRequest, target: FollowedTarget) -> HttpResponse:
    visit = visit_of(request)
    shown: dict[str, Any] = {"of": target, "home": reverse(target.kind, args=[target.slug])}
    if request.method != "POST" and SENT in request.GET:
        return page(request, "web/following/asked.html", {**shown, "again": request.path})
    form = FollowForm(request.POST or None, language=visit.language)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        message = ask_to_follow(target, wanted["email"], wanted["frequency"], wanted["language"], visit.now)
        if message:
            # Sent at once because the user waits for it; if the mail server fails, the outbox retries later.
            send_one(message.pk, timezone.now)
        # The same response for every address, so that it does not reveal who follows what.
        return redirect(f"{request.path}?{SENT}")
    status = 400 if form.is_bound else 200
    return page(request, "web/following/follow.html", {**shown, **_ways(target, visit), "form": form}, status=status)


def _ways(target: FollowedTarget, visit: RequestContext) -> dict[str, Any]:
    """Return the URLs of the calendar and the feed, and of the badge for a trajectory."""
    language = "?" + urlencode({"taal": visit.language})
    calendar = settings.BASE_URL + reverse(f"{target.kind}_calendar", args=[target.slug]) + language
    found = {
        "calendar": calendar,
        # With webcal: a calendar program subscribes, instead of importing a copy.
        "webcal": urlsplit(calendar)._replace(scheme="webcal").geturl(),
        "feed": settings.BASE_URL + reverse(f"{target.kind}_feed", args=[target.slug]) + language,
    }
    if target.kind == "trajectory":
        found["badge"] = reverse("trajectory_badge", args=[target.slug]) + language
        found["badge_address"] = settings.BASE_URL + found["badge"]
        found["page_address"] = link_to(target)
    return found


@login_not_required
@require_http_methods(_FORM)
@never_cache
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return the confirmation page; only a POST confirms, as mail scanners open links."""
    visit, follower = visit_of(request), follower_with(token)
    if follower is None:
        return _gone(request)
    if follower.confirmed_at is not None:
        return redirect("follow_settings", token)
    target = followed_by(follower)
    if not is_open(follower, visit.now) or target is None:
        return _gone(request, target)
    if request.method == "POST":
        if not confirm(follower, visit.now):
            return _gone(request, target)
        with translation.override(visit.language):
            messages.success(request, _("Done. You follow %(title)s from now on.") % {"title": target.title})
        return redirect("follow_settings", token)
    context = {"of": target, "follower": follower, "until": last_day(follower)}
    return page(request, "web/following/confirm.html", context)


@login_not_required
@require_http_methods(_FORM)
@never_cache
def settings_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return the settings page of a follower, or save what was submitted."""
    visit, follower = visit_of(request), follower_with(token)
    if follower is None:
        return _gone(request)
    if follower.confirmed_at is None:
        return redirect("follow_confirm", token)
    sent = request.POST if request.method == "POST" else None
    act = request.POST.get("act", "")
    often = FrequencyForm(sent if act != "pause" else None, initial={"frequency": follower.frequency})
    with translation.override(visit.language):
        pausing = PauseForm(sent if act == "pause" else None, today=visit.today)
        done = _changed(visit, follower, act, often, pausing)
    if done:
        messages.success(request, done)
        return redirect("follow_settings", token)
    context = {
        # The base template puts "Error:" in the title if this form has errors.
        "form": pausing if pausing.is_bound else often,
        "often": often,
        "pausing": pausing,
        "paused": is_snoozed(follower.paused_until, visit.today),
        "follower": follower,
        **_named(follower),
    }
    return page(request, "web/following/settings.html", context, status=400 if sent is not None else 200)


def _changed(visit: RequestContext, follower: Follower, act: str, often: FrequencyForm, pausing: PauseForm) -> str:
    """Save what the follower submitted; return the message to show, or "" if nothing was saved."""
    if act == "wake":
        wake_follower(follower)
        return _("You get mail again from now on.")
    if often.is_valid():
        change_frequency(follower, often.cleaned_data["frequency"])
        return _("Saved.")
    if pausing.is_valid():
        try:
            pause_follower(follower, pausing.cleaned_data["until"], visit.today)
        except ValidationError as error:
            pausing.add_error(None, error)
        else:
            return _("Saved. You get no mail for a while.")
    return ""


@login_not_required
@csrf_exempt
@require_http_methods(_FORM)
@never_cache
def leave_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return the confirmation page; a POST unsubscribes at once, and is idempotent.

    The POST requires no login and no CSRF token: mail programs send it themselves (RFC 8058), and the secret URL is
    known only from a mail to its owner.
    """
    if request.method == "POST":
        leave(token)
        return page(request, "web/following/left.html", {})
    follower = follower_with(token)
    if follower is None:
        return _gone(request)
    return page(request, "web/following/leave.html", {"follower": follower, **_named(follower)})


def _named(follower: Follower) -> dict[str, Any]:
    target = followed_by(follower)
    return {"of": target, "home": reverse(target.kind, args=[target.slug]) if target else ""}


def _gone(request: HttpRequest, target: FollowedTarget | None = None) -> HttpResponse:
    """Return the page for a link that expired or whose follower unsubscribed."""
    again = reverse(f"follow_{target.kind}", args=[target.slug]) if target else ""
    return page(request, "web/following/gone.html", {"again": again}, status=410 if target else 404)
