"""Sending what waits in the outbox: each message is handed to the mail server at most once at a time.

A sender claims messages by a filtered update, for as long as its lease lasts. Before the mail server hears of a
message its row says durably that it is being handed over, and by whom; afterwards what became of it:

- taken: ``sent``;
- not now (4xx, or the connection was lost before the end of the text): ``waiting``, longer each time, and given up
  once those waits come to five days (RFC 5321, 4.5.4.1);
- not (5xx about this address or this text): ``refused``, with the server's words; about the address it is noted as
  mail that came back;
- nobody knows (the connection, or the sender, was lost after the end of the text): ``doubtful``. It is not sent
  again by itself: twice is worse than once too few when a person can look;
- not any more (account closed, address changed or paused, no longer wanted): ``held``, with the reason.

What is wrong with us, or with the server as a whole, gives up on nobody and counts as no attempt: the batch waits a
little and ``Sending.trouble`` says what is wrong. So does a series of mails that came to nothing without a word about
an address: a proxy that swallows every answer would otherwise bring all of them into doubt.
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

from participation.models import Bounce, Message
from participation.models.addresses import email_key

from ..outcomes import Outcome
from .bounces import note, paused_among
from .post import Handed, Post, Unreachable

log = logging.getLogger("leidraad.mail")

Clock = Callable[[], datetime]

#: So many messages are claimed together, for so long.
BATCH, LEASE = 100, timedelta(minutes=10)
#: The wait after a first attempt, in seconds, doubled each time up to the longest; and when that has been enough.
WAIT, LONGEST_WAIT, GIVE_UP_AFTER = 60, 4 * 3600, timedelta(days=5)
#: After trouble: until the server may be back; and, where mails are being lost, until somebody may have looked.
SHORT, LONG = timedelta(minutes=2), timedelta(minutes=30)
#: So many mails in a row that came to nothing without a word about an address are trouble.
SERIES = 5
#: Somebody is waiting for these at this moment.
URGENT = ("question", "already_followed", "alarm")

#: Stands between what went wrong before an administrator had a message sent again, and after.
SENT_AGAIN = gettext_noop("An administrator had it sent again.")
CUT_OFF = gettext_noop("Sending stopped half-way: nobody knows whether the mail server took it.")
UNANSWERED = gettext_noop("The mail server did not answer after the text: nobody knows whether it took it.")
GIVEN_UP = gettext_noop("The mail server did not take it for five days. Its last answer:")
CLOSED = gettext_noop("The recipient's account is closed.")
MOVED = gettext_noop("The recipient has another address now.")
UNWANTED = gettext_noop("The recipient does not want these mails any more.")


class Sending(Outcome):
    """What sending came to: counts, and what is wrong with the mail server or with us, if anything."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__("sent", "later", "refused", "doubtful", "held")
        #: One sentence, without personal data; empty where all is well.
        self.trouble = ""


def send_waiting(clock: Clock, connection: Any = None, limit: int | None = None) -> Sending:
    """Send everything that is due and nobody's, at most so many, and return what it came to.

    Any number of senders may do so at once. Not inside a transaction: what is sent cannot be rolled back.
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
    """Send this message where it is due and nobody's, and return its state; empty where it is not there.

    Not inside a transaction.
    """
    batch = _claim(clock(), 1, pk)
    if batch.rows:
        sender = _Sender(clock, connection)
        try:
            sender.serve(batch)
        finally:
            sender.post.close()
    return Message.objects.filter(pk=pk).values_list("state", flat=True).first() or ""


class _Batch(NamedTuple):
    """Messages in the hands of one sender, and until when; ``held`` says of which addresses why they get nothing."""

    token: str
    until: datetime
    rows: Sequence[Message]
    held: dict[str, str]

    def mine(self) -> QuerySet[Message]:
        """Return what this sender may still hand over."""
        return Message.objects.filter(claimed_by=self.token, state="waiting")


def _due(now: datetime) -> QuerySet[Message]:
    # What was made by a clock that was ahead does not wait until it is as late as that. Once it was tried it waits
    # like all others: else every wait of such a message would be none, and it would be given up within the hour.
    due = Q(not_before__lte=now) | Q(created_at__gt=now, attempts=0)
    return Message.objects.filter(due, Q(claimed_until__isnull=True) | _ended(now), state="waiting")


def _ended(now: datetime) -> Q:
    """Tell which claims are over: also those that end later than any may, made by a clock that was wrong."""
    return Q(claimed_until__lte=now) | Q(claimed_until__gt=now + 2 * LEASE)


def _claim(now: datetime, size: int, pk: int | None = None) -> _Batch:
    """Take what is due, what somebody waits for first, then the oldest."""
    token, until = uuid4().hex, now + LEASE
    due = _due(now) if pk is None else _due(now).filter(pk=pk)
    first = Case(When(kind__in=URGENT, then=0), default=1, output_field=IntegerField())
    with transaction.atomic(durable=True):
        chosen = due.order_by(first, "pk")
        if database.features.has_select_for_update_skip_locked:
            chosen = chosen.select_for_update(skip_locked=True)
        keys = list(chosen.values_list("pk", flat=True)[:size])
        if not keys:
            return _Batch(token, until, [], {})
        due.filter(pk__in=keys).update(claimed_by=token, claimed_until=until)
    taken = Message.objects.filter(claimed_by=token, state="waiting").select_related("user", "follower").in_bulk(keys)
    rows = [taken[key] for key in keys if key in taken]
    return _Batch(token, until, rows, paused_among(row.to for row in rows))


def _cut_off(now: datetime) -> int:
    """Bring into doubt what was being handed over by a sender that is no more; return how many those were.

    Their claim stays: a sender that was only slow, or a clock that jumped, may still say what became of them.
    """
    more = Concat("reason", Value(f"\n{CUT_OFF}"), output_field=TextField())
    reason = Case(When(reason="", then=Value(CUT_OFF)), default=more, output_field=TextField())
    lost = Message.objects.filter(_ended(now), state="handing")
    count = lost.update(state="doubtful", settled_at=now, claimed_until=None, reason=reason)
    if count:
        log.warning("messages in doubt after a sender stopped half-way: %s", count)
    return count


class _Sender:
    """One connection, and what came of what went over it."""

    def __init__(self, clock: Clock, connection: Any) -> None:
        self.clock, self.post, self.sending = clock, Post(connection), Sending()
        #: The last mails in a row that came to nothing without a word about an address.
        self.series: list[Handed] = []
        #: What was handed over, and is not written down yet.
        self.done: tuple[_Batch, Message, Handed] | None = None

    def serve(self, batch: _Batch) -> None:
        """Hand over these messages, as long as the lease lasts and the server is well."""
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

    def _hand(self, batch: _Batch, row: Message) -> None:
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
        """Write down, together, what became of the last message and what is done with the next one."""
        with transaction.atomic(durable=True):
            state = self._settle()
            answer = next_one()
        # Not before it is certain: after an error of the database it is tried once more.
        self.done = None
        if state:
            self.sending.count(state)
        return answer

    def _take(self, batch: _Batch, row: Message) -> bool:
        """Write down that this message is being handed over; tell whether it was still this sender's to do."""
        row.attempts += 1
        changes = {"state": "handing", "attempts": row.attempts, "claimed_until": self.clock() + LEASE}
        return bool(batch.mine().filter(pk=row.pk).update(**changes))

    def _hold(self, batch: _Batch, row: Message, reason: str) -> bool:
        changes = {"state": "held", "reason": _added(row, reason), "settled_at": self.clock(), **_FREE}
        return bool(batch.mine().filter(pk=row.pk).update(**changes))

    def _watch(self, row: Message, handed: Handed) -> None:
        """Notice trouble: at once where it is about us, after a series where no answer is about an address."""
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
        """Write down what became of the message that was handed over last; return under which count it falls."""
        if self.done is None:
            return ""
        (batch, row, handed), now = self.done, self.clock()
        state, changes = _after(row, handed, now)
        # In doubt by now, where another sender took this one for dead: here it is known better.
        known = Message.objects.filter(pk=row.pk, claimed_by=batch.token, state__in=("handing", "doubtful"))
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

    def _put_off(self, batch: _Batch) -> None:
        """Have what is left of this batch wait, and everything that is due where mails are being lost."""
        now = self.clock()
        losing = len(self.series) >= SERIES and any(handed.state != "later" for handed in self.series)
        rest = Q(pk__in=batch.mine().values("pk"))
        if losing:
            rest |= Q(pk__in=_due(now).values("pk"))
        wait = LONG if losing else SHORT
        Message.objects.filter(rest, state="waiting").update(not_before=now + wait, **_FREE)
        log.error("%s", self.sending.trouble)


_FREE: dict[str, Any] = {"claimed_by": "", "claimed_until": None}


def _after(row: Message, handed: Handed, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return under which count a message that was handed over falls, and what changes in its row."""
    if handed.state == "sent":
        # The reason as it was: another sender may have brought it into doubt meanwhile.
        return "sent", {"state": "sent", "reason": row.reason, "settled_at": now, **_FREE}
    if handed.state == "trouble":
        # Still this sender's: it waits with the rest of its batch.
        return "later", {"state": "waiting", "reason": _added(row, handed.reason), "attempts": row.attempts - 1}
    if handed.state == "later" and waited(row.attempts) < GIVE_UP_AFTER:
        wait = timedelta(seconds=_wait(row.attempts))
        return "later", {"state": "waiting", "reason": _added(row, handed.reason), "not_before": now + wait, **_FREE}
    first = {"later": GIVEN_UP, "doubtful": UNANSWERED}.get(handed.state, "")
    state = "doubtful" if handed.state == "doubtful" else "refused"
    reason = "\n".join(filter(None, (first, handed.reason)))
    return state, {"state": state, "reason": _added(row, reason), "settled_at": now, **_FREE}


def _wait(attempts: int) -> int:
    # No chance in it: what is sent when must be the same in every run.
    return get_exponential_backoff_interval(WAIT, attempts - 1, LONGEST_WAIT)


def waited(attempts: int) -> timedelta:
    """Return how long a message has waited between so many attempts: not counting when the trouble was ours."""
    return timedelta(seconds=sum(_wait(number) for number in range(1, attempts)))


def _added(row: Message, reason: str) -> str:
    """Return the reason of a message, with what was there when an administrator had it sent again."""
    before, mark, _last = row.reason.rpartition(SENT_AGAIN)
    return f"{before}{mark}\n{reason}" if mark else reason


def _why_not(row: Message) -> str:
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


def _mail(row: Message) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(row.subject, row.text, to=[row.to], headers=dict(row.headers))
    if row.html:
        mail.attach_alternative(row.html, "text/html")
    return mail
