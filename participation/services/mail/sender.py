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
- no longer wanted (account closed, address changed or paused, unsubscribed), or about what was undone or changed
  since: ``withheld``, with the reason.

An error in our configuration, or of the server as a whole, does not count as an attempt: the batch waits and
``Sending.problem`` is what is wrong. The same applies to a series of failures of which no reply is about an address: a
proxy that drops replies would otherwise make every message ``doubtful``.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection as database
from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_noop

from participation.models import Bounce, OutboundEmail, Request
from participation.models.addresses import email_key
from participation.models.mail import RESENT_REASON
from participation.presentation.mail import MAIL_CHARSET, return_path
from participation.presentation.submissions import current_news, news_of_key
from participation.services import outbox_rows
from participation.services.jobs.job_results import JobResult
from participation.services.outbox_rows import UNCLAIMED, Clock

from .bounces import pause_reasons_of, record_bounces
from .smtp import SendResult, SmtpClient, Unreachable

log = logging.getLogger("leidraad.mail")

#: Number of messages claimed together.
BATCH_SIZE = 250
#: Pause after a problem; the long one where mail is being lost, so that somebody can look first.
SHORT_PAUSE, LONG_PAUSE = timedelta(minutes=2), timedelta(minutes=30)
#: Number of consecutive failures, with no reply about an address, that counts as a problem.
MAX_CONSECUTIVE_FAILURES = 5
#: Kinds sent first, because somebody is waiting for them.
URGENT_KINDS = ("question", "already_followed", "alarm", "test")

CUT_OFF = gettext_noop("Sending stopped half-way: nobody knows whether the mail server took it.")
UNANSWERED = gettext_noop("The mail server did not answer after the text: nobody knows whether it took it.")
GIVEN_UP = gettext_noop("The mail server did not take it for five days. Its last answer:")
CLOSED = gettext_noop("The recipient's account is closed.")
MOVED = gettext_noop("The recipient has another address now.")
UNWANTED = gettext_noop("The recipient does not want these mails any more.")
OUTDATED = gettext_noop("What it says was undone or changed before it was sent.")

#: Stores for the message sent last what ``_changes_after`` does, and for the next one that it is being sent. Another
#: worker may have marked the last one doubtful, taking this one for dead; this outcome is more certain.
_SETTLE_AND_START = """
UPDATE participation_outboundemail SET
    state = CASE WHEN id = %(last)s THEN 'sent' ELSE 'sending' END,
    reason = CASE WHEN id = %(last)s THEN %(reason)s ELSE reason END,
    settled_at = CASE WHEN id = %(last)s THEN %(settled_at)s ELSE settled_at END,
    claimed_by = CASE WHEN id = %(last)s THEN '' ELSE claimed_by END,
    claimed_until = CASE WHEN id = %(last)s THEN NULL ELSE %(until)s END,
    attempts = CASE WHEN id = %(last)s THEN attempts ELSE %(attempts)s END
WHERE id IN (%(last)s, %(next)s) AND claimed_by = %(token)s
    AND (CASE WHEN id = %(last)s THEN state IN ('sending', 'doubtful') ELSE state = 'waiting' END)
RETURNING id
"""
#: Its parameters with their types in PostgreSQL.
_PARAMETER_TYPES = {
    "last": "bigint",
    "reason": "text",
    "settled_at": "timestamptz",
    "next": "bigint",
    "until": "timestamptz",
    "attempts": "integer",
    "token": "text",
}
#: The statement prepared: PostgreSQL then parses and plans it once for a connection instead of for each message.
_PREPARED_NAME = "settle_and_start"
_PREPARE = f"PREPARE {_PREPARED_NAME} ({', '.join(_PARAMETER_TYPES.values())}) AS {_SETTLE_AND_START}" % {
    name: f"${number}" for number, name in enumerate(_PARAMETER_TYPES, 1)
}
_EXECUTE = f"EXECUTE {_PREPARED_NAME} ({', '.join(f'%({name})s' for name in _PARAMETER_TYPES)})"


class Sending(JobResult):
    """Result of sending: counts, and what is wrong with the mail server or the configuration, if anything."""

    def __init__(self) -> None:
        """Start with zero counts."""
        super().__init__("sent", "later", "refused", "doubtful", "held")
        #: One sentence, without personal data; empty where all is well.
        self.problem = ""


def send_waiting(clock: Clock, connection: Any = None, limit: int | None = None) -> Sending:
    """Send all due messages that are not claimed, at most ``limit``, and return the result.

    Safe with any number of concurrent workers. Not inside a transaction: sending cannot be rolled back.
    """
    sender = _Sender(clock, connection)
    sender.sending.count("doubtful", _settle_interrupted(clock()))
    try:
        while limit is None or limit > 0:
            batch = _claim_batch(clock(), BATCH_SIZE if limit is None else min(limit, BATCH_SIZE))
            if not batch.rows:
                break
            sender.send_batch(batch)
            if sender.sending.problem:
                break
            limit = None if limit is None else limit - len(batch.rows)
    finally:
        sender.client.close()
    return sender.sending


def send_one(pk: int, clock: Clock, connection: Any = None) -> str:
    """Send this message where it is due and not claimed, and return its state; empty where it does not exist.

    Not inside a transaction.
    """
    batch = _claim_batch(clock(), 1, pk)
    if batch.rows:
        sender = _Sender(clock, connection)
        try:
            sender.send_batch(batch)
        finally:
            sender.client.close()
    return OutboundEmail.objects.filter(pk=pk).values_list("state", flat=True).first() or ""


class _MailBatch(NamedTuple):
    """Messages claimed by one worker, and until when; ``withheld`` has the reasons by paused address."""

    token: str
    until: datetime
    rows: Sequence[OutboundEmail]
    withheld: dict[str, str]

    def still_claimed(self) -> QuerySet[OutboundEmail]:
        """Return the messages of this batch that are still claimed and waiting."""
        return OutboundEmail.objects.filter(claimed_by=self.token, state="waiting")


def _due(now: datetime) -> QuerySet[OutboundEmail]:
    return OutboundEmail.objects.filter(outbox_rows.is_due(now), state="waiting")


def _claim_batch(now: datetime, size: int, pk: int | None = None) -> _MailBatch:
    """Claim due messages, urgent ones first, then the oldest."""
    token, until = uuid4().hex, now + outbox_rows.LEASE
    due = _due(now) if pk is None else _due(now).filter(pk=pk)
    first = Case(When(kind__in=URGENT_KINDS, then=0), default=1, output_field=IntegerField())
    with transaction.atomic(durable=True):
        chosen = due.order_by(first, "pk")
        if database.features.has_select_for_update_skip_locked:
            chosen = chosen.select_for_update(skip_locked=True)
        keys = list(chosen.values_list("pk", flat=True)[:size])
        if not keys:
            return _MailBatch(token, until, [], {})
        due.filter(pk__in=keys).update(claimed_by=token, claimed_until=until)
    claimed_rows = (
        OutboundEmail.objects.filter(claimed_by=token, state="waiting").select_related("user", "follower").in_bulk(keys)
    )
    rows = [claimed_rows[key] for key in keys if key in claimed_rows]
    return _MailBatch(token, until, rows, pause_reasons_of(row.to for row in rows))


def _settle_interrupted(now: datetime) -> int:
    """Mark messages doubtful whose worker died while sending them; return how many.

    ``claimed_by`` is kept: if the worker was only slow, or a clock jumped, it can still record the outcome.
    """
    extended_reason = Concat("reason", Value(f"\n{CUT_OFF}"), output_field=TextField())
    reason = Case(When(reason="", then=Value(CUT_OFF)), default=extended_reason, output_field=TextField())
    lost = OutboundEmail.objects.filter(outbox_rows.is_claim_expired(now), state="sending")
    count = lost.update(state="doubtful", settled_at=now, claimed_until=None, reason=reason)
    if count:
        log.warning("messages marked doubtful: their worker stopped while sending them: %s", count)
    return count


class _Sender:
    """One connection, and the result of what was sent over it."""

    def __init__(self, clock: Clock, connection: Any) -> None:
        self.clock, self.client, self.sending = clock, SmtpClient(connection), Sending()
        #: The last consecutive failures of which no reply is about an address.
        self.consecutive_failures: list[SendResult] = []
        #: The outcome that is not recorded yet.
        self.unrecorded: tuple[_MailBatch, OutboundEmail, SendResult] | None = None
        self.is_prepared = False

    def send_batch(self, batch: _MailBatch) -> None:
        """Send these messages, until the lease ends or there is a problem."""
        try:
            for index, row in enumerate(batch.rows):
                if self.sending.problem or (index and self.clock() >= batch.until):
                    break
                self._send(batch, row)
        finally:
            if self.unrecorded is not None:
                self._record_outcome(lambda: False)
        if self.sending.problem:
            self._postpone(batch)

    def _send(self, batch: _MailBatch, row: OutboundEmail) -> None:
        withhold_reason = batch.withheld.get(email_key(row.to)) or _withhold_reason(row, self.clock())
        if not withhold_reason:
            try:
                self.client.open()
            except Unreachable as error:
                self.sending.problem = str(error)
                return
        if withhold_reason:
            withheld = self._record_outcome(lambda: self._withhold(batch, row, withhold_reason))
            self.sending.count("held", withheld)
        elif self._start_sending(batch, row):
            result = self.client.send(_mail(row))
            self.unrecorded = (batch, row, result)
            self._detect_problem(row, result)

    def _record_outcome(self, claim_next: Callable[[], bool]) -> bool:
        """Record the outcome of the last message and the claim of the next one, in one transaction."""
        with transaction.atomic(durable=True):
            state = self._settle()
            claimed = claim_next()
        self._count_recorded(state)
        return claimed

    def _count_recorded(self, state: str) -> None:
        # Only after the commit: after a database error it is recorded once more.
        self.unrecorded = None
        if state:
            self.sending.count(state)

    def _start_sending(self, batch: _MailBatch, row: OutboundEmail) -> bool:
        """Record the outcome of the last message, and that this one is being sent.

        Return whether it was still claimed by this worker.
        """
        row.attempts += 1
        if self.unrecorded is not None and self.unrecorded[2].state == "sent":
            return self._settle_and_start(batch, self.unrecorded[1], row)
        return self._record_outcome(lambda: self._start(batch, row))

    def _start(self, batch: _MailBatch, row: OutboundEmail) -> bool:
        changes = {"state": "sending", "attempts": row.attempts, "claimed_until": self.clock() + outbox_rows.LEASE}
        return bool(batch.still_claimed().filter(pk=row.pk).update(**changes))

    def _settle_and_start(self, batch: _MailBatch, last: OutboundEmail, row: OutboundEmail) -> bool:
        """Record that the last message was sent and that this one is being sent, in one statement of its own.

        The statement is its own transaction, so both are stored or neither: at most one message is in doubt.
        """
        adapt = database.ops.adapt_datetimefield_value
        settled_at, until = adapt(self.clock()), adapt(self.clock() + outbox_rows.LEASE)
        params: dict[str, Any] = {
            "last": last.pk,
            "reason": last.reason,
            "settled_at": settled_at,
            "next": row.pk,
            "until": until,
            "attempts": row.attempts,
            "token": batch.token,
        }
        with database.cursor() as cursor:
            cursor.execute(self._settling_statement(cursor), params)
            found = {key for (key,) in cursor.fetchall()}
        self._count_recorded("sent")
        return row.pk in found

    def _settling_statement(self, cursor: Any) -> str:
        """Return the statement that records two messages; on PostgreSQL it is prepared on this connection."""
        if database.vendor != "postgresql":
            return _SETTLE_AND_START
        if not self.is_prepared:
            cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", [_PREPARED_NAME])
            if cursor.fetchone() is None:
                cursor.execute(_PREPARE)
            self.is_prepared = True
        return _EXECUTE

    def _withhold(self, batch: _MailBatch, row: OutboundEmail, reason: str) -> bool:
        changes = {"state": "held", "reason": _append_reason(row, reason), "settled_at": self.clock(), **UNCLAIMED}
        return bool(batch.still_claimed().filter(pk=row.pk).update(**changes))

    def _detect_problem(self, row: OutboundEmail, result: SendResult) -> None:
        """Detect a problem: at once where it is about us, after a series of failures with no reply about an address."""
        if result.state != "sent":
            log.warning("message %s: %s (%s)", row.pk, result.state, result.code)
        if result.state == "trouble":
            self.sending.problem = f"The mail server rejects all our mail: {result.code}"
        elif result.about == "connection" or (result.state == "refused" and result.about == "message"):
            self.consecutive_failures.append(result)
            if len(self.consecutive_failures) >= MAX_CONSECUTIVE_FAILURES:
                codes = ", ".join(sorted({failure.code for failure in self.consecutive_failures}))
                self.sending.problem = (
                    f"The mail server accepted none of the last {MAX_CONSECUTIVE_FAILURES} mails: {codes}"
                )
        else:
            self.consecutive_failures.clear()

    def _settle(self) -> str:
        """Record the outcome of the message sent last; return the name of its count."""
        if self.unrecorded is None:
            return ""
        (batch, row, result), now = self.unrecorded, self.clock()
        state, changes = _changes_after(row, result, now)
        # Another worker may have marked it doubtful, taking this one for dead; this outcome is more certain.
        known = OutboundEmail.objects.filter(pk=row.pk, claimed_by=batch.token, state__in=("sending", "doubtful"))
        if known.update(**changes) and state == "refused" and result.about == "address":
            bounce = Bounce(
                key=f"refused-{row.pk}-{now.isoformat()}",
                email=row.to,
                message=row,
                permanent=True,
                reason=result.reason,
                at=now,
            )
            record_bounces([bounce])
        return state

    def _postpone(self, batch: _MailBatch) -> None:
        """Postpone the rest of this batch, and everything that is due where mail is being lost."""
        now = self.clock()
        is_losing_mail = len(self.consecutive_failures) >= MAX_CONSECUTIVE_FAILURES and any(
            result.state != "later" for result in self.consecutive_failures
        )
        rest = Q(pk__in=batch.still_claimed().values("pk"))
        if is_losing_mail:
            rest |= Q(pk__in=_due(now).values("pk"))
        wait = LONG_PAUSE if is_losing_mail else SHORT_PAUSE
        OutboundEmail.objects.filter(rest, state="waiting").update(not_before=now + wait, **UNCLAIMED)
        log.error("%s", self.sending.problem)


def _changes_after(row: OutboundEmail, result: SendResult, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the name of the count for the outcome of a message, and the changes to its row."""
    if result.state == "sent":
        # Restores the reason: another worker may have marked it doubtful meanwhile.
        return "sent", {"state": "sent", "reason": row.reason, "settled_at": now, **UNCLAIMED}
    if result.state == "trouble":
        # The claim is kept: it is released with the rest of the batch.
        return "later", {"state": "waiting", "reason": _append_reason(row, result.reason), "attempts": row.attempts - 1}
    if result.state == "later" and outbox_rows.total_backoff(row.attempts) < outbox_rows.GIVE_UP_AFTER:
        return "later", {
            "state": "waiting",
            "reason": _append_reason(row, result.reason),
            "not_before": now + outbox_rows.backoff(row.attempts),
            **UNCLAIMED,
        }
    first = {"later": GIVEN_UP, "doubtful": UNANSWERED}.get(result.state, "")
    state = "doubtful" if result.state == "doubtful" else "refused"
    reason = "\n".join(filter(None, (first, result.reason)))
    return state, {"state": state, "reason": _append_reason(row, reason), "settled_at": now, **UNCLAIMED}


def _append_reason(row: OutboundEmail, reason: str) -> str:
    """Return the reason of a message, after that from before it was sent again."""
    before, separator, _last = row.reason.rpartition(RESENT_REASON)
    return f"{before}{separator}\n{reason}" if separator else reason


def _withhold_reason(row: OutboundEmail, now: datetime) -> str:
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
    if row.kind == "submission_news" and not _is_still_news(row, timezone.localdate(now)):
        return OUTDATED
    return ""


def _is_still_news(row: OutboundEmail, today: date) -> bool:
    """Return whether the request is still as this mail says; read now, as it may have waited for long."""
    request = Request.objects.filter(submission=row.submission_id).first()
    return request is not None and news_of_key(row.key) in current_news(request, today)


def _mail(row: OutboundEmail) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(row.subject, row.text, to=[row.to], headers=dict(row.headers))
    if envelope_sender := return_path(row.pk):
        mail.from_email = envelope_sender
        mail.extra_headers.setdefault("From", settings.DEFAULT_FROM_EMAIL)
    mail.encoding = MAIL_CHARSET
    if row.html:
        mail.attach_alternative(row.html, "text/html")
    return mail
