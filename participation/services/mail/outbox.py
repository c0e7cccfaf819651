"""The outbox: every mail is a row before anything is sent. What is sent of it, and how, is in `sending`."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q

from participation.dossier.characters import clean_line, clean_text
from participation.models import Bounce, Message
from participation.models.addresses import email_key

from .bounces import paused_among
from .sending import SENT_AGAIN, Sending, send_one, send_waiting

__all__ = [
    "CannotResend",
    "Draft",
    "Sending",
    "empty_old",
    "message_id",
    "put",
    "put_all",
    "resend",
    "resend_all",
    "send_one",
    "send_waiting",
]

#: What a person may have sent again.
AGAIN = ("doubtful", "held", "refused")
#: So long after it was sent, or not, an address and what was written to it are kept; and what came back.
KEPT, BOUNCES_KEPT = timedelta(days=90), timedelta(days=365)


class CannotResend(Exception):
    """This message cannot be sent again; the error says why."""


class Draft(NamedTuple):
    """A mail that is to be recorded: under which name, of which kind, and to whom it concerns."""

    key: str
    kind: str
    mail: EmailMultiAlternatives
    user_id: int | None = None
    follower_id: int | None = None
    language: str = "nl"


def put_all(drafts: Iterable[Draft], now: datetime) -> dict[str, Message]:
    """Record these mails in the caller's transaction, and return the new ones by key.

    A key that was used before is left out: that mail was made. To an address that is paused nothing is sent: its
    message is held, with the reason. Where another made the same mail at this moment IntegrityError is raised, and
    nothing of the caller's transaction stays. Raises ValueError for a mail that a message cannot hold.
    """
    wanted: dict[str, Draft] = {}
    for draft in drafts:
        wanted.setdefault(draft.key, draft)
    if not wanted:
        return {}
    with transaction.atomic():
        used = set(Message.objects.filter(key__in=wanted).values_list("key", flat=True))
        rows = {key: _row(draft, now) for key, draft in wanted.items() if key not in used}
        paused = paused_among(row.to for row in rows.values())
        for row in rows.values():
            if reason := paused.get(email_key(row.to)):
                row.state, row.reason, row.settled_at = "held", reason, now
        Message.objects.bulk_create(rows.values(), batch_size=500)
    return rows


def put(draft: Draft, now: datetime) -> Message | None:
    """Record this mail, and return it; None where its key was used before. Raises what ``put_all`` raises."""
    return put_all([draft], now).get(draft.key)


def message_id(key: str) -> str:
    """Return the Message-ID of the message with this key: by it a mail server, and what comes back, knows it."""
    return f"<{quote(key, safe='+')}@{urlsplit(settings.BASE_URL).hostname}>"


def _row(draft: Draft, now: datetime) -> Message:
    mail = draft.mail
    html = [str(content) for content, kind in mail.alternatives if kind == "text/html"]
    if mail.cc or mail.bcc or mail.reply_to or mail.attachments or len(mail.to) != 1:
        raise ValueError(f"{draft.key}: a message goes to one address, without attachments, copies or a reply-to.")
    if len(html) != len(mail.alternatives) or len(html) > 1:
        raise ValueError(f"{draft.key}: a message has one text and at most one text in HTML.")
    headers = {name: str(value) for name, value in mail.extra_headers.items() if name.lower() != "message-id"}
    return Message(
        key=draft.key,
        kind=draft.kind,
        user_id=draft.user_id,
        follower_id=draft.follower_id,
        to=mail.to[0],
        language=draft.language,
        subject=clean_line(str(mail.subject)),
        text=clean_text(str(mail.body)),
        html=clean_text("".join(html)),
        headers={**headers, "Message-ID": message_id(draft.key)},
        created_at=now,
        not_before=now,
    )


def resend(message: Message, now: datetime) -> None:
    """Have this message sent once more, to the address that its recipient has now; why it was not sent stays.

    Raises CannotResend where it was sent, is still to be sent, or was emptied.
    """
    if not resend_all([message.pk], now):
        state = Message.objects.values_list("state", flat=True).get(pk=message.pk)
        why = "its text is no longer kept" if state in AGAIN else f"it is {state}"
        raise CannotResend(f"{message.key}: {why}.")


def resend_all(keys: Collection[int], now: datetime) -> list[int]:
    """Have these messages sent once more, where that can be, and return which those are."""
    with transaction.atomic():
        rows = list(
            Message.objects.select_for_update(of=("self",))
            .select_related("user", "follower")
            .filter(pk__in=keys, state__in=AGAIN)
            .exclude(to="")
        )
        for row in rows:
            person = row.user or row.follower
            row.to = person.email if person else row.to
            row.reason = "\n".join(filter(None, (row.reason, SENT_AGAIN)))
            row.state, row.attempts, row.not_before, row.settled_at = "waiting", 0, now, None
            row.claimed_by, row.claimed_until = "", None
        names = ("to", "reason", "state", "attempts", "not_before", "settled_at", "claimed_by", "claimed_until")
        Message.objects.bulk_update(rows, names, batch_size=200)
    return [row.pk for row in rows]


def empty_old(now: datetime) -> int:
    """Empty what was settled long ago of its address and words, and return of how many messages.

    That a message was there, of which kind, when, and what became of it stays. What came back is deleted later.
    """
    old = Message.objects.filter(~Q(to=""), settled_at__lt=now - KEPT)
    count = old.update(to="", subject="", text="", html="", headers={}, reason="")
    Bounce.objects.filter(at__lt=now - BOUNCES_KEPT).delete()
    return count
