"""Mail to who handed something in: the request to confirm the address, and what became of it; in plain text."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any, NamedTuple
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


class SubmissionNews(NamedTuple):
    """What there is to mail about a request: "public", "withheld" or "answered"; ``digest`` is of what is said."""

    kind: str
    digest: str

    @property
    def is_answer(self) -> bool:
        """Return whether it is about the answer, and not about who can read the request."""
        return self.kind == "answered"


def current_news(request: Request, today: date) -> Iterator[SubmissionNews]:
    """Yield what there is to mail about a request as it is on this day: who can read it, and its answer."""
    is_reason_the_answer = request.answer == request.moderation_reason
    if request.moderation == "public":
        yield _news("public")
    elif request.moderation == "withheld":
        yield _news("withheld", request.moderation_reason, str(is_reason_the_answer))
    if is_answered(request, today) and not (request.moderation == "withheld" and is_reason_the_answer):
        yield _news("answered", request.outcome, request.answer)


def is_answered(request: Request, today: date) -> bool:
    """Return whether a request has an answer on this day: one that is dated later is no answer yet."""
    day = request.answered_on
    if day is None:
        return bool(request.answer)
    first = day.earliest or day.latest
    return first <= today if first else day.precision == "unknown"


def _news(kind: str, *facts: str) -> SubmissionNews:
    return SubmissionNews(kind, sha256("\0".join(facts).encode()).hexdigest()[:16])


def confirmation_key(submission: Submission) -> str:
    """Return the idempotency key of the mail that asks to confirm this submission."""
    return f"submission-{submission.pk}-{submission.submitted_at.isoformat()}"


def news_key(submission: Submission, number: int, news: SubmissionNews) -> str:
    """Return the idempotency key of the mail with this news; ``number`` is its place among those of the submission."""
    return f"submission-{submission.pk}-{number}-{news.kind}-{news.digest}"


def news_of_key(key: str) -> SubmissionNews:
    """Return the news of the mail with this key, which ``news_key`` made."""
    return SubmissionNews(*key.split("-")[-2:])


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


def news_mail(
    submission: Submission, key: str, due: RequestTermDue | None, now: datetime, *, is_replacement: bool = False
) -> EmailMultiAlternatives:
    """Return the mail with the news of this key; ``due`` is what is due next.

    With ``is_replacement`` an earlier answer was mailed before, and this one replaces it.
    """
    request: Any = submission.request
    news = news_of_key(key)
    with translation.override(submission.language):
        subject = {
            "public": _("%(number)s can now be read by everybody"),
            "withheld": _("%(number)s is not published"),
            "answered": _("There is a new answer to %(number)s")
            if is_replacement
            else _("There is an answer to %(number)s"),
        }[news.kind] % {"number": request.number}
        context = {
            "heading": subject,
            "request": request,
            "kind": request.get_kind_display(),
            "reason": _shortened(request.moderation_reason),
            "answer": _shortened(request.answer),
            "is_replacement": is_replacement,
            "page": link("request", request.number) if _is_public(request) else "",
            "due_title": wording.text_in_language(due.rule.title, submission.language) if due else "",
            "due_on": wording.format_day(due.due_on, submission.language) if due and due.due_on else "",
            "link": submission_url(submission.token),
        }
        return _mail(news.kind, key, subject, context, submission, now)


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
