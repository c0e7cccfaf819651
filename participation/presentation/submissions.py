"""Mail to who handed something in: the request to confirm the address, and what became of it; in plain text."""

from collections.abc import Mapping
from datetime import date, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.models import Request, Submission
from participation.selectors.initiatives import RequestTermDue

from .mail import link, message_id

#: Maximum length of what is repeated in a mail from what somebody wrote.
MAX_QUOTED = 2_000


def confirmation_key(submission: Submission) -> str:
    """Return the idempotency key of the mail that asks to confirm this submission."""
    return f"submission-{submission.pk}-{submission.submitted_at.isoformat()}"


def news_key(submission: Submission, news: str) -> str:
    """Return the idempotency key of the mail about this news: "public", "withheld" or "answered"."""
    return f"submission-{submission.pk}-{news}"


def submission_url(token: str) -> str:
    """Return the secret URL of a submission."""
    return f"{settings.BASE_URL}/initiatieven/insturen/{quote(token, safe='')}/"


def submission_confirmation_mail(submission: Submission, until: date, now: datetime) -> EmailMultiAlternatives:
    """Return the mail that asks to confirm the address; the link in it is valid up to and including ``until``.

    It repeats nothing that was typed: anybody can type anything, with the address of anybody.
    """
    with translation.override(submission.language):
        context = {
            "heading": _("Is this address yours?"),
            "link": submission_url(submission.token),
            "until": wording.format_day(until, submission.language),
        }
        subject = _("Please confirm what you handed in")
        return _mail("confirmation", confirmation_key(submission), subject, context, submission, now)


def news_mail(submission: Submission, news: str, due: RequestTermDue | None, now: datetime) -> EmailMultiAlternatives:
    """Return the mail with this news: "public", "withheld" or "answered"; ``due`` is what is due next."""
    request: Any = submission.request
    with translation.override(submission.language):
        values = {"number": request.number}
        subject = {
            "public": _("%(number)s can now be read by everybody"),
            "withheld": _("%(number)s is not published"),
            "answered": _("There is an answer to %(number)s"),
        }[news] % values
        context = {
            "heading": subject,
            "request": request,
            "kind": request.get_kind_display(),
            "reason": _shortened(request.moderation_reason),
            "answer": _shortened(request.answer),
            "page": link("request", request.number) if _is_public(request) else "",
            "due_title": wording.text_in_language(due.rule.title, submission.language) if due else "",
            "due_on": wording.format_day(due.due_on, submission.language) if due and due.due_on else "",
            "link": submission_url(submission.token),
        }
        return _mail(news, news_key(submission, news), subject, context, submission, now)


def _is_public(request: Request) -> bool:
    """Return whether everybody can read this request."""
    return request.trajectory.public if request.trajectory else request.moderation == "public"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED].rstrip()} …"


def _mail(
    template: str, key: str, subject: str, context: Mapping[str, Any], submission: Submission, now: datetime
) -> EmailMultiAlternatives:
    full_context = {
        **context,
        "name": " ".join(submission.name.split()) if template != "confirmation" else "",
        "underline": "=" * len(context["heading"]),
        "privacy_url": f"{settings.BASE_URL}/privacy/#handing-in",
    }
    return EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"submissions/{template}.txt", full_context).strip() + "\n",
        to=[submission.email],
        headers={
            "Auto-Submitted": "auto-generated",
            "Content-Language": submission.language,
            "Date": format_datetime(now),
            "Message-ID": message_id(key),
        },
    )
