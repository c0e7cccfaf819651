"""Handing something in without an account: the form, the mail, the confirmation, and removing one's data."""

import math
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance import wording
from participation.models import Submission
from participation.models.addresses import email_key
from participation.presentation.submissions import is_answered
from participation.selectors.initiatives import (
    due_first,
    is_municipality_chosen_by_neighbourhood,
    offered_terms,
    only_municipality,
    submission_by_token,
    with_state,
)
from participation.services.accounts import rate_limits
from participation.services.accounts.rate_limits import Hit
from participation.services.initiatives import (
    HandedIn,
    can_confirm_submission,
    confirm_submission,
    delete_submission,
    hand_in,
    last_confirmation_day,
)
from participation.services.mail.sender import send_one

from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from ..shared.throttle import RateExceeded, count_request
from .forms import HandInForm, kind_label
from .lists import due_data
from .states import STATE_LABELS

#: Query parameters: of the page after the mail was sent, and of the slug of a neighbourhood to fill in.
SENT_PARAM, NEIGHBOURHOOD_PARAM = "verstuurd", "wijk"
_FORM = ["GET", "HEAD", "POST"]


@login_not_required
@require_http_methods(_FORM)
@never_cache
def hand_in_page(request: HttpRequest) -> HttpResponse:
    """Return the form, or store what was filled in and send the mail to confirm it."""
    request_context = request_context_of(request)
    if request.method != "POST" and SENT_PARAM in request.GET:
        return page(request, "web/initiatives/sent.html", {})
    wait = 0
    with translation.override(request_context.language):
        initial = {"neighbourhood": request.GET.get(NEIGHBOURHOOD_PARAM, "")}
        form = HandInForm(
            request.POST or None, initial=initial, needs_neighbourhood=is_municipality_chosen_by_neighbourhood()
        )
        if request.method == "POST" and form.is_valid():
            # Counted after the form is valid, and shown in the form: what was typed is not lost.
            wait = _count(request, form)
    if request.method == "POST" and form.is_valid():
        message = hand_in(_handed_in(form, request_context), request_context.now)
        if message:
            # Sent at once because the visitor waits for it; if the mail server fails, the outbox retries later.
            send_one(message.pk, timezone.now)
        return redirect(f"{request.path}?{SENT_PARAM}")
    context = {"form": form, "terms": list(_terms(request_context))}
    response = page(
        request, "web/initiatives/hand_in.html", context, status=429 if wait else 400 if form.is_bound else 200
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _handed_in(form: HandInForm, request_context: RequestContext) -> HandedIn:
    return HandedIn(**{**form.cleaned_data, "language": request_context.language})


def _count(request: HttpRequest, form: HandInForm) -> int:
    """Count this form against the limits; where one is exceeded, add the error and return the seconds to wait."""
    hits: list[Hit] = []
    limits: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("submission", ()),
        ("submission_mail", (email_key(form.cleaned_data["email"]),)),
        ("submission_mail_all", ("all",)),
    )
    for action, key in limits:
        try:
            hits += count_request(request, action, *key)
        except RateExceeded as error:
            rate_limits.uncount(hits)
            form.add_error(None, _limit_text(action, error.wait))
            return error.wait
    return 0


def _limit_text(action: str, wait: int) -> str:
    if action == "submission_mail":
        return _("We sent many mails to this address today. Send this again tomorrow.")
    if action == "submission_mail_all":
        return _("So much was handed in today that we cannot send you a mail. Send this again tomorrow.")
    minutes = math.ceil(wait / 60)
    return ngettext(
        "Much was handed in from your network. Wait %(n)s minute, and send this again.",
        "Much was handed in from your network. Wait %(n)s minutes, and send this again.",
        minutes,
    ) % {"n": minutes}


def _terms(request_context: RequestContext) -> Iterator[dict[str, Any]]:
    """Yield the terms for an answer, as texts."""
    rulebook, language = request_context.rulebooks.for_municipality(only_municipality()), request_context.language
    with translation.override(language):
        for offered in offered_terms(rulebook, request_context.today):
            yield {
                "kinds": wording.format_list(map(kind_label, offered.kinds), language),
                "title": wording.text_in_language(offered.rule.title, language),
                "term": wording.format_term(offered.term, language),
            }


@login_not_required
@require_http_methods(_FORM)
@never_cache
def submission_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return the page of who handed something in; only a POST confirms or deletes, as mail scanners open links."""
    request_context, submission = request_context_of(request), submission_by_token(token)
    if submission is None:
        return page(request, "web/initiatives/link_expired.html", {}, status=404)
    if request.method == "POST" and request.POST.get("act") == "delete":
        delete_submission(submission)
        with translation.override(request_context.language):
            messages.success(request, _removed_text(submission))
        return redirect("initiatives")
    if submission.confirmed_at is None and not can_confirm_submission(submission, request_context.now):
        return page(request, "web/initiatives/link_expired.html", {"is_late": True}, status=410)
    if request.method == "POST":
        arguments = request_context.rulebooks, request_context.today, request_context.now
        confirm_submission(submission, *arguments)
        return redirect(request.path)
    return page(request, "web/initiatives/submission.html", _submission_context(submission, request_context))


def _removed_text(submission: Submission) -> str:
    """Return what was removed, and what is kept of it: without a request nothing."""
    if submission.request is None:
        return _("What you sent was removed, and so were your name and address. We keep nothing of it.")
    text = _("Your name and address were removed. What you handed in stays with the municipality, as %(number)s.")
    return text % {"number": submission.request.number}


def _submission_context(submission: Submission, request_context: RequestContext) -> dict[str, Any]:
    row: Any = submission.request
    context = {"submission": submission, "until": last_confirmation_day(submission)}
    if row is None:
        return context
    stored: Any = with_state(request_context.today).get(pk=row.pk)
    due = due_first([stored], request_context.rulebooks, request_context.today).get(stored.pk)
    is_public = stored.trajectory.public if stored.trajectory else stored.moderation == "public"
    has_answer = is_answered(stored, request_context.today)
    return {
        **context,
        "initiative": stored,
        "state": STATE_LABELS[stored.state],
        "is_public": is_public,
        "is_answered": has_answer,
        # What is public is read on its own page.
        "reason": stored.moderation_reason if stored.moderation == "withheld" else "",
        "answer": stored.answer if has_answer and not is_public else "",
        "due": due_data(due, request_context.language) if due else None,
    }
