"""Initiatives: what visitors hand in, confirmed by mail, moderated, answered, and the mails to who handed it in."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Length
from django.utils import timezone

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models import Changeset, Neighbourhood, OutboundEmail, Request, Submission
from participation.models.submissions import SubmissionQuerySet
from participation.presentation.submissions import (
    SubmissionNews,
    confirmation_key,
    current_news,
    news_key,
    news_mail,
    news_of_key,
    submission_confirmation_mail,
)
from participation.retention import PERIODS
from participation.selectors.changes.row_versions import ExpectedVersion
from participation.selectors.initiatives import due_first, only_municipality
from participation.services.assessment import reassess_keys
from participation.services.changes.changesets import ChangesetWriter, WriteContext
from participation.services.changes.unique_names import retry_on_conflict, save_with_unique_name
from participation.services.jobs.job_results import JobResult, ResultCallback, ignore_result
from participation.services.mail.outbox import Draft, enqueue, enqueue_all
from participation.services.mail.sender import OUTDATED
from participation.services.outbox_rows import UNCLAIMED
from participation.services.register.register import save_register_row

#: Validity of a confirmation link; what was not confirmed is deleted after it.
CONFIRMATION_VALIDITY = PERIODS["unconfirmed_submissions"]
#: Minimum time between two confirmation mails for the same text from the same address.
MIN_MAIL_INTERVAL = timedelta(minutes=5)


class HandedIn(NamedTuple):
    """What a visitor filled in."""

    kind: str
    text: str
    email: str
    name: str = ""
    neighbourhood: Neighbourhood | None = None
    language: str = "nl"


def hand_in(handed_in: HandedIn, now: datetime) -> OutboundEmail | None:
    """Store what a visitor filled in, and put the mail to confirm the address in the outbox; return that mail.

    The same text from the same address is stored once. Returns None where its mail was made moments ago.
    """
    with transaction.atomic():
        same = Submission.objects.unconfirmed().filter(
            email_key=handed_in.email, text=handed_in.text, kind=handed_in.kind
        )
        row = same.order_by("-pk").first()
        if row is not None and row.submitted_at > now - MIN_MAIL_INTERVAL:
            return None
        row = row or Submission()
        for column, value in handed_in._asdict().items():
            setattr(row, column, value)
        row.submitted_at = now
        row.save()
        mail = submission_confirmation_mail(row, last_confirmation_day(row), now)
        return enqueue(
            Draft(confirmation_key(row), "submission", mail, submission_id=row.pk, language=row.language), now
        )


def last_confirmation_day(submission: Submission) -> date:
    """Return the last full day on which the confirmation link is valid."""
    return timezone.localdate(submission.submitted_at + CONFIRMATION_VALIDITY) - timedelta(days=1)


def can_confirm_submission(submission: Submission, now: datetime) -> bool:
    """Return whether this submission can still be confirmed."""
    return submission.confirmed_at is None and submission.submitted_at + CONFIRMATION_VALIDITY > now


def confirm_submission(submission: Submission, rulebooks: Rulebooks, today: date, now: datetime) -> Request | None:
    """Make a request of this submission, received today, that awaits moderation; return it.

    Returns the request that was made before where the form was sent twice, and None where the link expired.
    """
    with transaction.atomic():
        # The update locks the row: of two concurrent confirmations one finds nothing to update.
        unconfirmed = Submission.objects.unconfirmed().filter(
            pk=submission.pk, submitted_at__gt=now - CONFIRMATION_VALIDITY
        )
        if not unconfirmed.update(confirmed_at=now):
            stored = Submission.objects.select_related("request").filter(pk=submission.pk).first()
            return stored.request if stored else None
        row = _new_request(submission, today)

        def save() -> None:
            row.pk, row._state.adding = None, True
            row.number = row.ref = next_number(today.year)
            # Nobody with an account recorded it: the history names no one.
            ChangesetWriter(None, now).save(row)  # type: ignore[arg-type]

        save_with_unique_name(row, "number", save, is_generated=True)
        Submission.objects.filter(pk=submission.pk).update(request=row)
        reassess_keys("request", [row.pk], rulebooks, today, now)
    return row


def _new_request(submission: Submission, today: date) -> Request:
    place = submission.neighbourhood
    return Request(
        kind=submission.kind,
        party="residents",
        received_on=ImpreciseDate.on(today),
        summary=submission.text,
        neighbourhoods=[place.slug] if place else [],
        municipality=(place.municipality if place else "") or only_municipality(),
        moderation="awaiting",
    )


def next_number(year: int) -> str:
    """Return the number after the highest of what visitors handed in that year: ``I-2026-001``."""
    prefix = f"I-{year}-"
    numbers = Request.objects.filter(number__startswith=prefix, number__regex=rf"^{re.escape(prefix)}[0-9]{{1,9}}$")
    highest = numbers.order_by(Length("number").desc(), "-number").values_list("number", flat=True).first()
    return f"{prefix}{int(highest.removeprefix(prefix)) + 1 if highest else 1:03}"


def delete_submission(submission: Submission) -> None:
    """Delete what a visitor typed, with name, address and mails. A request that was made of it is kept."""
    _delete(Submission.objects.filter(pk=submission.pk))


# ---------- by the municipality


def publish_initiative(
    row: Request, summary: str, write_context: WriteContext, expected_version: ExpectedVersion
) -> Changeset | None:
    """Make a request public with this text, and mail who handed it in; return the changeset.

    Raises StaleVersion and ValidationError as ``save_register_row`` does.
    """
    row.moderation, row.moderation_reason, row.summary = "public", "", summary
    return save_initiative(row, write_context, expected_version)


def withhold_initiative(
    row: Request, reason: str, write_context: WriteContext, expected_version: ExpectedVersion, *, is_answer: bool
) -> Changeset | None:
    """Keep a request from the public, and mail the reason to who handed it in; return the changeset.

    With ``is_answer`` the reason is the answer too, given today; otherwise the term goes on. Raises what
    ``publish_initiative`` raises.
    """
    row.moderation, row.moderation_reason = "withheld", reason
    if is_answer:
        row.answer, row.answered_on = reason, ImpreciseDate.on(write_context.today)
    return save_initiative(row, write_context, expected_version)


def save_initiative(row: Request, write_context: WriteContext, expected_version: ExpectedVersion) -> Changeset | None:
    """Save a request of the register, and mail what is new to who handed it in; return the changeset.

    Raises StaleVersion and ValidationError as ``save_register_row`` does.
    """
    changeset = save_register_row(row, write_context, expected_version=expected_version)
    _enqueue_news(
        Submission.objects.filter(request=row.pk), write_context.rulebooks, write_context.today, write_context.now
    )
    return changeset


# ---------- mails


def mail_submission_news(
    rulebooks: Rulebooks, today: date, now: datetime, on_result: ResultCallback = ignore_result
) -> JobResult:
    """Mail the news that was not mailed yet to who handed something in, however it was recorded."""
    result = JobResult("made")
    with transaction.atomic():
        result.count("made", _enqueue_news(Submission.objects.all(), rulebooks, today, now))
        on_result(result)
    return result


@retry_on_conflict
def _enqueue_news(submissions: SubmissionQuerySet, rulebooks: Rulebooks, today: date, now: datetime) -> int:
    """Put the mails in the outbox that these submissions did not get yet; return how many.

    Waiting mails about what no longer is so are withheld. What was mailed last is not mailed again.
    """
    with_news = Q(request__moderation__in=("public", "withheld"))
    with_news |= Q(request__answered_on__isnull=False) | Q(request__answer__gt="")
    # Locked before it is read: of concurrent runs, the second one sees the mails of the first.
    locked = submissions.filter(with_news).order_by("pk").select_for_update(of=("self",))
    keys = list(locked.values_list("pk", flat=True))
    rows: list[Any] = list(
        Submission.objects.filter(pk__in=keys).select_related("request", "request__trajectory").order_by("pk")
    )
    current = {row.pk: list(current_news(row.request, today)) for row in rows}
    _withhold_outdated(current, now)
    made = _mails_made(rows)
    new = [(row, news) for row in rows for news in current[row.pk] if news != _last_mailed(made[row.pk], news)]
    due = due_first([row.request for row, _news in new], rulebooks, today)
    drafts = []
    for row, news in new:
        # Number and digest: a second answer has another key, and so has the first one if it is given again.
        key = news_key(row, len(made[row.pk]) + 1, news)
        mail = news_mail(
            row, key, due.get(row.request.pk), now, is_replacement=news.is_answer and _had_answer(made[row.pk])
        )
        drafts.append(Draft(key, "submission_news", mail, submission_id=row.pk, language=row.language))
    return len(enqueue_all(drafts, now))


def _withhold_outdated(current: Mapping[int, Collection[SubmissionNews]], now: datetime) -> None:
    """Withhold the waiting mails to these submissions, by key, with other news than there is now."""
    waiting = OutboundEmail.objects.filter(submission__in=current, kind="submission_news", state="waiting")
    mails = waiting.only("key", "submission_id")
    outdated = [mail.pk for mail in mails if news_of_key(mail.key) not in current[mail.submission_id or 0]]
    # Only what is waiting still: a worker may have begun to send it meanwhile.
    waiting.filter(pk__in=outdated).update(state="held", reason=OUTDATED, settled_at=now, **UNCLAIMED)


def _mails_made(rows: Sequence[Submission]) -> dict[int, list[OutboundEmail]]:
    """Return the mails with news that were made for each of these submissions, by its key, the oldest first."""
    found: dict[int, list[OutboundEmail]] = {row.pk: [] for row in rows}
    mails = OutboundEmail.objects.filter(submission__in=rows, kind="submission_news").order_by("pk")
    for mail in mails.only("key", "state", "to", "reason", "submission_id"):
        found[mail.submission_id or 0].append(mail)
    return found


def _last_mailed(mails: Sequence[OutboundEmail], about: SubmissionNews) -> SubmissionNews | None:
    """Return the last news that was mailed, or is to be, about the same: the answer, or who can read the request."""
    # One that was withheld for another reason would be withheld again; without its text the reason is not known.
    mailed = (mail for mail in mails if mail.state != "held" or (mail.to and not mail.reason.endswith(OUTDATED)))
    found = [news for news in map(news_of_key, (mail.key for mail in mailed)) if news.is_answer == about.is_answer]
    return found[-1] if found else None


def _had_answer(mails: Sequence[OutboundEmail]) -> bool:
    """Return whether one of these mails, with an answer, has perhaps arrived."""
    return any(mail.state in ("sending", "sent", "doubtful") and news_of_key(mail.key).is_answer for mail in mails)


# ---------- retention


def delete_unconfirmed_submissions(before: datetime) -> int:
    """Delete the submissions from before this moment that were not confirmed, and return how many."""
    return _delete(Submission.objects.unconfirmed().filter(submitted_at__lte=before))


def delete_answered_submissions(before: datetime) -> int:
    """Delete name and address of who handed in what was answered before this day, and return of how many."""
    day = timezone.localdate(before)
    return _delete(Submission.objects.filter(request__answered_on__latest__lt=day))


def _delete(rows: SubmissionQuerySet) -> int:
    """Delete these submissions with the mails to who handed them in, and return how many."""
    _count, by_model = rows.delete()
    return by_model.get(Submission._meta.label, 0)
