"""Sending the outbox: each message is sent by at most one worker at a time, without automatic duplicates.

A worker claims messages by a conditional update, for the length of its lease. Before a message is sent its row is
committed as being sent, and by which worker; afterwards its outcome:

- accepted: ``sent``;
- temporary failure (4xx, or connection lost before the end of the data): ``waiting`` with back-off, and given up once
  the waits add up to five days (RFC 5321, 4.5.4.1);
- permanent failure (5xx about this address or message): ``refused``, with the server's words; if it is about the
  address, also recorded as a bounce;
- unknown (connection or worker lost after the end of the data): ``doubtful``. Not sent again automatically: a person
  can decide, and a duplicate is worse than a mail that is missing until then;
- no longer wanted (account closed, address changed or paused, unsubscribed): ``held``, with the reason.

An error in our configuration, or of the server as a whole, does not count as an attempt: the batch waits and
``Sending.trouble`` says what is wrong. The same holds for a series of failures of which no reply is about an address: a
proxy that drops replies would otherwise make every message ``doubtful``.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from celery.utils.time import get_exponential_backoff_interval
from django.core.mail import EmailMultiAlternatives
from django.db import connection as database
from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat
from django.utils.translation import gettext_noop

from participation.models import Bounce, OutboundEmail
from participation.models.addresses import email_key

from ..job_results import JobResult
from .bounces import note, paused_among
from .smtp import SendResult, SmtpClient, Unreachable

log = logging.getLogger("leidraad.mail")

Clock = Callable[[], datetime]

#: Number of messages claimed together, and the duration of the claim.
BATCH, LEASE = 100, timedelta(minutes=10)
#: First wait in seconds, doubled each time up to the longest; and the total of waits after which to give up.
WAIT, LONGEST_WAIT, GIVE_UP_AFTER = 60, 4 * 3600, timedelta(days=5)
#: Pause after trouble; the long one where mail is being lost, so that somebody can look first.
SHORT, LONG = timedelta(minutes=2), timedelta(minutes=30)
#: Number of consecutive failures, with no reply about an address, that counts as trouble.
SERIES = 5
#: Kinds sent first, because somebody is waiting for them.
URGENT = ("question", "already_followed", "alarm")

#: Separates the reason before an administrator sent a message again from that after it.
SENT_AGAIN = gettext_noop("An administrator had it sent again.")
CUT_OFF = gettext_noop("Sending stopped half-way: nobody knows whether the mail server took it.")
UNANSWERED = gettext_noop("The mail server did not answer after the text: nobody knows whether it took it.")
GIVEN_UP = gettext_noop("The mail server did not take it for five days. Its last answer:")
CLOSED = gettext_noop("The recipient's account is closed.")
MOVED = gettext_noop("The recipient has another address now.")
UNWANTED = gettext_noop("The recipient does not want these mails any more.")


class Sending(JobResult):
    """Result of sending: counts, and what is wrong with the mail server or the configuration, if anything."""

    def __init__(self) -> None:
        """Start with zero counts."""
        super().__init__("sent", "later", "refused", "doubtful", "held")
        #: One sentence, without personal data; empty where all is well.
        self.trouble = ""


def send_waiting(clock: Clock, connection: Any = None, limit: int | None = None) -> Sending:
    """Send all due messages that are not claimed, at most ``limit``, and return the result.

    Safe with any number of concurrent workers. Not inside a transaction: sending cannot be rolled back.
    """
    sender = _Sender(clock, connection)
    sender.sending.count("doubtful", _cut_off(clock()))
    try:
        while limit is None or limit > 0:
            batch = _claim(clock(), BATCH if limit is None else min(limit, BATCH))
            if not batch.rows:
                break
            sender.serve(batch)
            if sender.sending.trouble:
                break
            limit = None if limit is None else limit - len(batch.rows)
    finally:
        sender.post.close()
    return sender.sending


def send_one(pk: int, clock: Clock, connection: Any = None) -> str:
    """Send this message where it is due and not claimed, and return its state; empty where it does not exist.

    Not inside a transaction.
    """
    batch = _claim(clock(), 1, pk)
    if batch.rows:
        sender = _Sender(clock, connection)
        try:
            sender.serve(batch)
        finally:
            sender.post.close()
    return OutboundEmail.objects.filter(pk=pk).values_list("state", flat=True).first() or ""


class _MailBatch(NamedTuple):
    """Messages claimed by one worker, and until when; ``held`` has the reasons by paused address."""

    token: str
    until: datetime
    rows: Sequence[OutboundEmail]
    held: dict[str, str]

    def mine(self) -> QuerySet[OutboundEmail]:
        """Return the messages of this batch that are still claimed and waiting."""
        return OutboundEmail.objects.filter(claimed_by=self.token, state="waiting")


def _due(now: datetime) -> QuerySet[OutboundEmail]:
    # A message created by a clock that was ahead is due at once. Not once it was tried: its back-off would be skipped,
    # and it would be given up within the hour.
    due = Q(not_before__lte=now) | Q(created_at__gt=now, attempts=0)
    return OutboundEmail.objects.filter(due, Q(claimed_until__isnull=True) | _ended(now), state="waiting")


def _ended(now: datetime) -> Q:
    """Return a filter on expired claims, and on those too far in the future, made by a wrong clock."""
    return Q(claimed_until__lte=now) | Q(claimed_until__gt=now + 2 * LEASE)


def _claim(now: datetime, size: int, pk: int | None = None) -> _MailBatch:
    """Claim due messages, urgent ones first, then the oldest."""
    token, until = uuid4().hex, now + LEASE
    due = _due(now) if pk is None else _due(now).filter(pk=pk)
    first = Case(When(kind__in=URGENT, then=0), default=1, output_field=IntegerField())
    with transaction.atomic(durable=True):
        chosen = due.order_by(first, "pk")
        if database.features.has_select_for_update_skip_locked:
            chosen = chosen.select_for_update(skip_locked=True)
        keys = list(chosen.values_list("pk", flat=True)[:size])
        if not keys:
            return _MailBatch(token, until, [], {})
        due.filter(pk__in=keys).update(claimed_by=token, claimed_until=until)
    taken = (
        OutboundEmail.objects.filter(claimed_by=token, state="waiting").select_related("user", "follower").in_bulk(keys)
    )
    rows = [taken[key] for key in keys if key in taken]
    return _MailBatch(token, until, rows, paused_among(row.to for row in rows))


def _cut_off(now: datetime) -> int:
    """Mark messages doubtful whose worker died while sending them; return how many.

    ``claimed_by`` is kept: if the worker was only slow, or a clock jumped, it can still record the outcome.
    """
    more = Concat("reason", Value(f"\n{CUT_OFF}"), output_field=TextField())
    reason = Case(When(reason="", then=Value(CUT_OFF)), default=more, output_field=TextField())
    lost = OutboundEmail.objects.filter(_ended(now), state="sending")
    count = lost.update(state="doubtful", settled_at=now, claimed_until=None, reason=reason)
    if count:
        log.warning("messages in doubt after a sender stopped half-way: %s", count)
    return count


class _Sender:
    """One connection, and the result of what was sent over it."""

    def __init__(self, clock: Clock, connection: Any) -> None:
        self.clock, self.post, self.sending = clock, SmtpClient(connection), Sending()
        #: The last consecutive failures of which no reply is about an address.
        self.series: list[SendResult] = []
        #: The outcome that is not recorded yet.
        self.done: tuple[_MailBatch, OutboundEmail, SendResult] | None = None

    def serve(self, batch: _MailBatch) -> None:
        """Send these messages, until the lease ends or there is trouble."""
        try:
            for place, row in enumerate(batch.rows):
                if self.sending.trouble or (place and self.clock() >= batch.until):
                    break
                self._hand(batch, row)
        finally:
            if self.done is not None:
                self._write_down(lambda: False)
        if self.sending.trouble:
            self._put_off(batch)

    def _hand(self, batch: _MailBatch, row: OutboundEmail) -> None:
        why_not = batch.held.get(email_key(row.to)) or _why_not(row)
        if not why_not:
            try:
                self.post.open()
            except Unreachable as error:
                self.sending.trouble = str(error)
                return
        if why_not:
            held = self._write_down(lambda: self._hold(batch, row, why_not))
            self.sending.count("held", held)
        elif self._write_down(lambda: self._take(batch, row)):
            handed = self.post.hand(_mail(row))
            self.done = (batch, row, handed)
            self._watch(row, handed)

    def _write_down(self, next_one: Callable[[], bool]) -> bool:
        """Record the outcome of the last message and the claim of the next one, in one transaction."""
        with transaction.atomic(durable=True):
            state = self._settle()
            answer = next_one()
        # Only after the commit: after a database error it is recorded once more.
        self.done = None
        if state:
            self.sending.count(state)
        return answer

    def _take(self, batch: _MailBatch, row: OutboundEmail) -> bool:
        """Record that this message is being sent; return whether it was still claimed by this worker."""
        row.attempts += 1
        changes = {"state": "sending", "attempts": row.attempts, "claimed_until": self.clock() + LEASE}
        return bool(batch.mine().filter(pk=row.pk).update(**changes))

    def _hold(self, batch: _MailBatch, row: OutboundEmail, reason: str) -> bool:
        changes = {"state": "held", "reason": _added(row, reason), "settled_at": self.clock(), **_FREE}
        return bool(batch.mine().filter(pk=row.pk).update(**changes))

    def _watch(self, row: OutboundEmail, handed: SendResult) -> None:
        """Detect trouble: at once where it is about us, after a series of failures with no reply about an address."""
        if handed.state != "sent":
            log.warning("message %s: %s (%s)", row.pk, handed.state, handed.code)
        if handed.state == "trouble":
            self.sending.trouble = f"The mail server does not want our mail: {handed.code}"
        elif handed.about == "connection" or (handed.state == "refused" and handed.about == "message"):
            self.series.append(handed)
            if len(self.series) >= SERIES:
                codes = ", ".join(sorted({one.code for one in self.series}))
                self.sending.trouble = f"The mail server took none of the last {SERIES} mails: {codes}"
        else:
            self.series.clear()

    def _settle(self) -> str:
        """Record the outcome of the message sent last; return the name of its count."""
        if self.done is None:
            return ""
        (batch, row, handed), now = self.done, self.clock()
        state, changes = _after(row, handed, now)
        # Another worker may have marked it doubtful, taking this one for dead; this outcome is more certain.
        known = OutboundEmail.objects.filter(pk=row.pk, claimed_by=batch.token, state__in=("sending", "doubtful"))
        if known.update(**changes) and state == "refused" and handed.about == "address":
            came_back = Bounce(
                key=f"refused-{row.pk}-{now.isoformat()}",
                email=row.to,
                message=row,
                permanent=True,
                reason=handed.reason,
                at=now,
            )
            note([came_back])
        return state

    def _put_off(self, batch: _MailBatch) -> None:
        """Postpone the rest of this batch, and everything that is due where mail is being lost."""
        now = self.clock()
        losing = len(self.series) >= SERIES and any(handed.state != "later" for handed in self.series)
        rest = Q(pk__in=batch.mine().values("pk"))
        if losing:
            rest |= Q(pk__in=_due(now).values("pk"))
        wait = LONG if losing else SHORT
        OutboundEmail.objects.filter(rest, state="waiting").update(not_before=now + wait, **_FREE)
        log.error("%s", self.sending.trouble)


_FREE: dict[str, Any] = {"claimed_by": "", "claimed_until": None}


def _after(row: OutboundEmail, handed: SendResult, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the name of the count for the outcome of a message, and the changes to its row."""
    if handed.state == "sent":
        # Restores the reason: another worker may have marked it doubtful meanwhile.
        return "sent", {"state": "sent", "reason": row.reason, "settled_at": now, **_FREE}
    if handed.state == "trouble":
        # The claim is kept: it is released with the rest of the batch.
        return "later", {"state": "waiting", "reason": _added(row, handed.reason), "attempts": row.attempts - 1}
    if handed.state == "later" and waited(row.attempts) < GIVE_UP_AFTER:
        wait = timedelta(seconds=_wait(row.attempts))
        return "later", {"state": "waiting", "reason": _added(row, handed.reason), "not_before": now + wait, **_FREE}
    first = {"later": GIVEN_UP, "doubtful": UNANSWERED}.get(handed.state, "")
    state = "doubtful" if handed.state == "doubtful" else "refused"
    reason = "\n".join(filter(None, (first, handed.reason)))
    return state, {"state": state, "reason": _added(row, reason), "settled_at": now, **_FREE}


def _wait(attempts: int) -> int:
    # No jitter, so that runs are reproducible.
    return get_exponential_backoff_interval(WAIT, attempts - 1, LONGEST_WAIT)


def waited(attempts: int) -> timedelta:
    """Return the total of waits before this attempt, not counting pauses after trouble."""
    return timedelta(seconds=sum(_wait(number) for number in range(1, attempts)))


def _added(row: OutboundEmail, reason: str) -> str:
    """Return the reason of a message, after that from before it was sent again."""
    before, mark, _last = row.reason.rpartition(SENT_AGAIN)
    return f"{before}{mark}\n{reason}" if mark else reason


def _why_not(row: OutboundEmail) -> str:
    """Return why this message is not to be sent any more; empty where it is."""
    user, follower = row.user, row.follower
    person = user or follower
    if user is not None and not user.is_active:
        return CLOSED
    if person is not None and email_key(person.email) != email_key(row.to):
        return MOVED
    if user is not None and row.kind in ("weekly_report", "daily_report") and user.report_frequency == "none":
        return UNWANTED
    if user is not None and row.kind == "reminder" and not user.wants_reminders:
        return UNWANTED
    return ""


def _mail(row: OutboundEmail) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(row.subject, row.text, to=[row.to], headers=dict(row.headers))
    if row.html:
        mail.attach_alternative(row.html, "text/html")
    return mail
