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
from participation.presentation.notifications import followed_url
from participation.selectors.followers import FollowedTarget, followed_target, follower_by_token
from participation.selectors.mail.mail_page import is_snoozed
from participation.services.followers import (
    can_confirm,
    change_frequency,
    confirm,
    last_confirmation_day,
    request_follow,
    unfollow,
)
from participation.services.mail.preferences import pause_follower, resume_follower
from participation.services.mail.sender import send_one

from ..shared.pages import page
from ..shared.pauses import PauseForm
from ..shared.request_context import RequestContext, request_context_of
from ..shared.throttle import throttled
from .caching import get_target_or_404
from .forms import FollowForm, FrequencyForm

#: Query parameter of the page after the confirmation mail was sent.
SENT_PARAM = "verstuurd"
_FORM = ["GET", "HEAD", "POST"]


@login_not_required
@throttled("follow")
@require_http_methods(_FORM)
@never_cache
def follow_trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page to follow a trajectory, or send the confirmation mail. Raises Http404 if it is not public."""
    return _follow_page(request, get_target_or_404("trajectory", name))


@login_not_required
@throttled("follow")
@require_http_methods(_FORM)
@never_cache
def follow_neighbourhood(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page to follow a neighbourhood, or send the confirmation mail. Raises Http404 if there is none."""
    return _follow_page(request, get_target_or_404("neighbourhood", name))


def _follow_page(request: HttpRequest, target: FollowedTarget) -> HttpResponse:
    request_context = request_context_of(request)
    base_context: dict[str, Any] = {"target": target, "target_url": reverse(target.kind, args=[target.slug])}
    if request.method != "POST" and SENT_PARAM in request.GET:
        return page(request, "web/followers/confirmation_sent.html", {**base_context, "follow_url": request.path})
    form = FollowForm(request.POST or None, language=request_context.language)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        message = request_follow(
            target, cleaned["email"], cleaned["frequency"], cleaned["language"], request_context.now
        )
        if message:
            # Sent at once because the user waits for it; if the mail server fails, the outbox retries later.
            send_one(message.pk, timezone.now)
        # The same response for every address, so that it does not reveal who follows what.
        return redirect(f"{request.path}?{SENT_PARAM}")
    status = 400 if form.is_bound else 200
    return page(
        request,
        "web/followers/follow.html",
        {**base_context, **_subscription_urls(target, request_context), "form": form},
        status=status,
    )


def _subscription_urls(target: FollowedTarget, request_context: RequestContext) -> dict[str, Any]:
    """Return the URLs of the calendar and the feed, and of the badge for a trajectory."""
    language = "?" + urlencode({"taal": request_context.language})
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
        found["page_address"] = followed_url(target)
    return found


@login_not_required
@require_http_methods(_FORM)
@never_cache
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return the confirmation page; only a POST confirms, as mail scanners open links."""
    request_context, follower = request_context_of(request), follower_by_token(token)
    if follower is None:
        return _gone_page(request)
    if follower.confirmed_at is not None:
        return redirect("follow_settings", token)
    target = followed_target(follower)
    if not can_confirm(follower, request_context.now) or target is None:
        return _gone_page(request, target)
    if request.method == "POST":
        if not confirm(follower, request_context.now):
            return _gone_page(request, target)
        with translation.override(request_context.language):
            messages.success(request, _("Done. You follow %(title)s from now on.") % {"title": target.title})
        return redirect("follow_settings", token)
    context = {"target": target, "follower": follower, "until": last_confirmation_day(follower)}
    return page(request, "web/followers/confirm.html", context)


@login_not_required
@require_http_methods(_FORM)
@never_cache
def settings_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return the settings page of a follower, or save what was submitted."""
    request_context, follower = request_context_of(request), follower_by_token(token)
    if follower is None:
        return _gone_page(request)
    if follower.confirmed_at is None:
        return redirect("follow_confirm", token)
    submitted = request.POST if request.method == "POST" else None
    action = request.POST.get("act", "")
    frequency_form = FrequencyForm(submitted if action != "pause" else None, initial={"frequency": follower.frequency})
    with translation.override(request_context.language):
        pause_form = PauseForm(submitted if action == "pause" else None, today=request_context.today)
        success_message = _save_settings(request_context, follower, action, frequency_form, pause_form)
    if success_message:
        messages.success(request, success_message)
        return redirect("follow_settings", token)
    context = {
        # The base template puts "Error:" in the title if this form has errors.
        "form": pause_form if pause_form.is_bound else frequency_form,
        "frequency_form": frequency_form,
        "pause_form": pause_form,
        "is_paused": is_snoozed(follower.paused_until, request_context.today),
        "follower": follower,
        **_target_context(follower),
    }
    return page(request, "web/followers/settings.html", context, status=400 if submitted is not None else 200)


def _save_settings(
    request_context: RequestContext,
    follower: Follower,
    action: str,
    frequency_form: FrequencyForm,
    pause_form: PauseForm,
) -> str:
    """Save what the follower submitted; return the message to show, or "" if nothing was saved."""
    if action == "wake":
        resume_follower(follower)
        return _("You get mail again from now on.")
    if frequency_form.is_valid():
        change_frequency(follower, frequency_form.cleaned_data["frequency"])
        return _("Saved.")
    if pause_form.is_valid():
        try:
            pause_follower(follower, pause_form.cleaned_data["until"], request_context.today)
        except ValidationError as error:
            pause_form.add_error(None, error)
        else:
            return _("Saved. You get no mail for a while.")
    return ""


@login_not_required
@csrf_exempt
@require_http_methods(_FORM)
@never_cache
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return the confirmation page; a POST unsubscribes at once, and is idempotent.

    The POST requires no login and no CSRF token: mail programs send it themselves (RFC 8058), and the secret URL is
    known only from a mail to its owner.
    """
    if request.method == "POST":
        unfollow(token)
        return page(request, "web/followers/unsubscribed.html", {})
    follower = follower_by_token(token)
    if follower is None:
        return _gone_page(request)
    return page(request, "web/followers/unsubscribe.html", {"follower": follower, **_target_context(follower)})


def _target_context(follower: Follower) -> dict[str, Any]:
    target = followed_target(follower)
    return {"target": target, "target_url": reverse(target.kind, args=[target.slug]) if target else ""}


def _gone_page(request: HttpRequest, target: FollowedTarget | None = None) -> HttpResponse:
    """Return the page for a link that expired or whose follower unsubscribed."""
    follow_url = reverse(f"follow_{target.kind}", args=[target.slug]) if target else ""
    return page(request, "web/followers/link_expired.html", {"follow_url": follow_url}, status=410 if target else 404)
