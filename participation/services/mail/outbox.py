"""The outbox: each mail is stored as a row before it is sent. ``sender`` sends them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q

from participation.dossier.characters import clean_line, clean_text
from participation.models import OutboundEmail
from participation.models.addresses import email_key
from participation.models.mail import RESENT_REASON
from participation.presentation.mail import message_id
from participation.services.bulk_insert import bulk_insert
from participation.services.jobs.job_results import JobResult
from participation.services.outbox_rows import UNCLAIMED

from .bounces import pause_reasons_of

#: Number of recipients for whom mail is made in one batch: building its queries costs as much for one as for many.
BATCH_SIZE = 250
#: States from which a message may be sent again by an administrator.
RESENDABLE_STATES = ("doubtful", "held", "refused")


class CannotResend(Exception):
    """Raised where this message cannot be sent again; the message is the reason."""


class Draft(NamedTuple):
    """A mail to put in the outbox: its idempotency key, its kind and its recipient."""

    key: str
    kind: str
    mail: EmailMultiAlternatives
    user_id: int | None = None
    follower_id: int | None = None
    submission_id: int | None = None
    language: str = "nl"


def enqueue_all(drafts: Iterable[Draft], now: datetime) -> dict[str, OutboundEmail]:
    """Put these mails in the outbox, in the caller's transaction, and return the new messages by key.

    Keys that exist are skipped: those mails were made before. Messages to a paused address are withheld.
    Raises IntegrityError where a concurrent run made the same mail, which rolls back the caller's transaction, and
    ValueError for a mail that a message cannot represent.
    """
    wanted: dict[str, Draft] = {}
    for draft in drafts:
        wanted.setdefault(draft.key, draft)
    if not wanted:
        return {}
    with transaction.atomic():
        used = set(OutboundEmail.objects.filter(key__in=wanted).values_list("key", flat=True))
        rows = {key: _email_row(draft, now) for key, draft in wanted.items() if key not in used}
        paused = pause_reasons_of(row.to for row in rows.values())
        for row in rows.values():
            if reason := paused.get(email_key(row.to)):
                row.state, row.reason, row.settled_at = "held", reason, now
        bulk_insert(list(rows.values()))
    return rows


def enqueue(draft: Draft, now: datetime) -> OutboundEmail | None:
    """Put this mail in the outbox, and return it; None where its key exists. Raises what ``enqueue_all`` raises."""
    return enqueue_all([draft], now).get(draft.key)


def note_failure(result: JobResult, recipient_type: str, pk: int, error: Exception) -> None:
    """Count a mail that could not be made, by primary key: an address here would outlive the erasure of its owner."""
    result.count("failed")
    result.failures.append({recipient_type: str(pk), "error": f"{type(error).__name__}: {error}"})


def _email_row(draft: Draft, now: datetime) -> OutboundEmail:
    mail = draft.mail
    html = [str(content) for content, kind in mail.alternatives if kind == "text/html"]
    if mail.cc or mail.bcc or mail.reply_to or mail.attachments or len(mail.to) != 1:
        raise ValueError(f"{draft.key}: a message goes to one address, without attachments, copies or a reply-to.")
    if len(html) != len(mail.alternatives) or len(html) > 1:
        raise ValueError(f"{draft.key}: a message has one text and at most one text in HTML.")
    headers = {name: str(value) for name, value in mail.extra_headers.items() if name.lower() != "message-id"}
    return OutboundEmail(
        key=draft.key,
        kind=draft.kind,
        user_id=draft.user_id,
        follower_id=draft.follower_id,
        submission_id=draft.submission_id,
        to=mail.to[0],
        language=draft.language,
        subject=clean_line(str(mail.subject)),
        text=clean_text(str(mail.body)),
        html=clean_text("".join(html)),
        headers={**headers, "Message-ID": message_id(draft.key)},
        created_at=now,
        not_before=now,
    )


def resend(message: OutboundEmail, now: datetime) -> None:
    """Queue this message again, to the current address of its recipient; the earlier reason is kept.

    Raises CannotResend where it was sent, is still to be sent, or was emptied.
    """
    if not resend_all([message.pk], now):
        state = OutboundEmail.objects.values_list("state", flat=True).get(pk=message.pk)
        reason = "its text is no longer kept" if state in RESENDABLE_STATES else f"it is {state}"
        raise CannotResend(f"{message.key}: {reason}.")


def resend_all(keys: Collection[int], now: datetime) -> list[int]:
    """Queue those of these messages that may be sent again, and return their keys."""
    with transaction.atomic():
        rows = list(
            OutboundEmail.objects.select_for_update(of=("self",))
            .select_related("user", "follower")
            .filter(pk__in=keys, state__in=RESENDABLE_STATES)
            .exclude(to="")
        )
        for row in rows:
            person = row.user or row.follower
            row.to = person.email if person else row.to
            row.reason = "\n".join(filter(None, (row.reason, RESENT_REASON)))
            row.state, row.attempts, row.not_before, row.settled_at = "waiting", 0, now, None
            row.claimed_by, row.claimed_until = "", None
        names = ("to", "reason", "state", "attempts", "not_before", "settled_at", *UNCLAIMED)
        OutboundEmail.objects.bulk_update(rows, names, batch_size=200)
    return [row.pk for row in rows]


def clear_old_content(before: datetime) -> int:
    """Clear the address and content of messages settled before this moment, and return how many.

    Kind, times and final state of the messages are kept.
    """
    old = OutboundEmail.objects.filter(~Q(to=""), settled_at__lt=before)
    return old.update(to="", subject="", text="", html="", headers={}, reason="")
