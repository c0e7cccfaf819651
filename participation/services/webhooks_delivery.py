"""Sending webhook deliveries: at least once, by one worker per receiver at a time.

A worker claims deliveries of one webhook, for the length of its lease; before each is sent its attempt is committed,
and afterwards its outcome:

- 2xx: ``sent``;
- 410: the webhook is disabled at once;
- anything else, or no response: ``waiting`` with back-off, and ``given_up`` once the waits add up to five days.

Deliveries of a worker that died are sent again: receivers deduplicate by ``webhook-id``. The fewest attempts go first,
then the oldest: so a rejected delivery does not block others, and without failures they are in order. After a failure
all deliveries of the receiver back off. After many failures in a row, over a long time, the webhook is disabled, its
deliveries are held, and an alarm is raised (`alarms`).
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from celery.utils.time import get_exponential_backoff_interval
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_noop

from participation.models import Webhook, WebhookDelivery

from .job_results import JobResult
from .webhooks import NOT_PUBLIC, body, hold_waiting, live, make_deliveries, still_public
from .webhooks_client import PATIENCE, Timeouts, WebhookClient, WebhookResponse

log = logging.getLogger("leidraad.webhooks")

Clock = Callable[[], datetime]

#: Number of deliveries claimed together, the duration of the claim, and the maximum time per receiver per run.
BATCH, LEASE, TURN = 20, timedelta(minutes=10), timedelta(seconds=30)
#: First wait in seconds, doubled each time up to the longest; and the total of waits after which to give up.
WAIT, LONGEST_WAIT, GIVE_UP_AFTER = 60, 4 * 3600, timedelta(days=5)
#: A webhook is disabled after this many failures in a row, over at least this period.
MOST_FAILURES, FAILING_FOR = 20, timedelta(days=1)

GIVEN_UP = gettext_noop("The receiver did not take it for five days. Its last answer:")
TOOK_NOTHING = gettext_noop("The receiver took nothing for a long time. Its last answer:")
TESTED = gettext_noop("This was a test. The answer:")
_FREE: dict[str, Any] = {"claimed_by": "", "claimed_until": None}


class _DeliveryBatch(NamedTuple):
    """Deliveries of one webhook claimed by one worker."""

    webhook: Webhook
    token: str
    until: datetime
    rows: list[WebhookDelivery]

    def mine(self) -> QuerySet[WebhookDelivery]:
        """Return the deliveries of this batch that are still claimed and waiting."""
        return WebhookDelivery.objects.unsettled().filter(claimed_by=self.token)


def due(now: datetime) -> list[int]:
    """Return the keys of the webhooks with due deliveries that are not claimed."""
    rows = _due(now).filter(webhook__in=live())
    return sorted(set(rows.order_by().values_list("webhook", flat=True).distinct()))


def make_and_send(clock: Clock, patience: Timeouts = PATIENCE) -> JobResult:
    """Create and send all due deliveries in this process, and return the counts.

    Not inside a transaction: sending cannot be rolled back.
    """
    outcome = JobResult("made", *_COUNTED)
    outcome.count("made", make_deliveries(clock()))
    for pk in due(clock()):
        outcome.add(send_to(pk, clock, patience))
    return outcome


_COUNTED = ("sent", "later", "given_up", "held")


def send_to(pk: int, clock: Clock, patience: Timeouts = PATIENCE) -> JobResult:
    """Send the due deliveries of this webhook, until its time is over or one fails, and return the counts.

    Does nothing where another worker is sending to it. Not inside a transaction.
    """
    outcome = JobResult(*_COUNTED)
    began, post = clock(), WebhookClient(patience)
    try:
        while began <= clock() < began + TURN:
            batch = _claim(pk, clock())
            if batch is None or not _serve(batch, clock, post, began + TURN, outcome):
                break
    finally:
        post.close()
    return outcome


def send_test(pk: int, clock: Clock, patience: Timeouts = PATIENCE) -> WebhookDelivery:
    """Send this webhook a test delivery, also where it is off, and return it with its outcome.

    Tried once, without effect on the failure count of the webhook. Not inside a transaction.
    """
    webhook, now = Webhook.objects.get(pk=pk), clock()
    message = WebhookDelivery(
        webhook=webhook,
        key=f"{pk}-test-{uuid4().hex[:12]}",
        body=body("test", {"webhook": webhook.name}, now),
        state="given_up",
        created_at=now,
        not_before=now,
        settled_at=now,
        attempts=1,
    )
    message.save()
    post = WebhookClient(patience)
    try:
        answer = post.hand(webhook.url, webhook.secret, message.key, message.body, now)
    finally:
        post.close()
    message.state, message.status, message.settled_at = "sent" if answer.taken else "given_up", answer.status, clock()
    message.reason = "" if answer.taken else f"{TESTED}\n{answer.reason}"
    message.save()
    return message


def _ended(now: datetime) -> Q:
    """Return a filter on expired claims, and on those too far in the future, made by a wrong clock."""
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_until__gt=now + 2 * LEASE)


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    # A delivery created by a clock that was ahead is due at once.
    at = Q(not_before__lte=now) | Q(created_at__gt=now, attempts=0)
    return WebhookDelivery.objects.unsettled().filter(at, _ended(now))


def _claim(pk: int, now: datetime) -> _DeliveryBatch | None:
    """Claim due deliveries of this webhook; None where there are none, or another worker is sending."""
    token, until = uuid4().hex, now + LEASE
    with transaction.atomic(durable=True):
        rows = live().filter(pk=pk)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        webhook = rows.first()
        # One worker per receiver: two would send out of order, and both try a receiver that is down.
        if webhook is None or WebhookDelivery.objects.unsettled().filter(~_ended(now), webhook=pk).exists():
            return None
        own = _due(now).filter(webhook=pk)
        keys = list(own.order_by("attempts", "pk").values_list("pk", flat=True)[:BATCH])
        own.filter(pk__in=keys).update(claimed_by=token, claimed_until=until)
    taken = WebhookDelivery.objects.unsettled().filter(claimed_by=token).order_by("attempts", "pk")
    batch = _DeliveryBatch(webhook, token, until, list(taken))
    return batch if batch.rows else None


def _serve(batch: _DeliveryBatch, clock: Clock, post: WebhookClient, until: datetime, outcome: JobResult) -> bool:
    """Send these deliveries until one fails or the time is over; return whether to go on."""
    going = True
    for row in batch.rows:
        if not going or clock() >= min(until, batch.until):
            going = False
            break
        going = _send(batch, row, clock, post, outcome)
    batch.mine().update(**_FREE)
    return going


def _send(batch: _DeliveryBatch, row: WebhookDelivery, clock: Clock, post: WebhookClient, outcome: JobResult) -> bool:
    text = still_public(row.body)
    if not text:
        gone = {"state": "held", "reason": NOT_PUBLIC, "body": "", "settled_at": clock(), **_FREE}
        outcome.count("held", batch.mine().filter(pk=row.pk).update(**gone))
        return True
    row.attempts += 1
    mine = batch.mine().filter(pk=row.pk, webhook__in=live())
    if not mine.update(attempts=row.attempts, body=text, claimed_until=clock() + LEASE):
        return False  # switched off, or claimed by another worker after the claim expired
    answer = post.hand(batch.webhook.url, batch.webhook.secret, row.key, text, clock())
    state = _settle(batch, row, answer, clock())
    outcome.count(state)
    if not answer.taken:
        log.warning("webhook %s: not taken", batch.webhook.pk, extra={"code": answer.status, "state": state})
    return answer.taken


def _settle(batch: _DeliveryBatch, row: WebhookDelivery, answer: WebhookResponse, now: datetime) -> str:
    """Record the outcome of a delivery, and the state of its webhook; return the name of the count."""
    pk = batch.webhook.pk
    own = Webhook.objects.filter(pk=pk)
    with transaction.atomic(durable=True):
        if answer.taken:
            batch.mine().filter(pk=row.pk).update(
                state="sent", status=answer.status, reason="", settled_at=now, **_FREE
            )
            own.filter(failures__gt=0).update(failures=0, failed_since=None)
            return "sent"
        state, changes = _after(row, answer, now)
        batch.mine().filter(pk=row.pk).update(status=answer.status, **changes, **_FREE)
        own.update(failures=F("failures") + 1, failed_since=Coalesce("failed_since", Value(now)))
        webhook = own.first()
        if webhook is None:
            return state  # deleted meanwhile, with its deliveries
        rest = now + max(timedelta(seconds=_wait(webhook.failures)), _asked(answer))
        waiting = WebhookDelivery.objects.unsettled().filter(webhook=pk)
        waiting.update(not_before=Greatest("not_before", Value(rest)))
        long = webhook.failed_since is not None and webhook.failed_since <= now - FAILING_FOR
        if answer.gone or (webhook.failures >= MOST_FAILURES and long):
            reason = answer.reason if answer.gone else f"{TOOK_NOTHING}\n{answer.reason}"
            if live().filter(pk=pk).update(disabled_at=now, disabled_reason=reason):
                log.error("webhook %s was switched off", pk, extra={"code": answer.status})
            hold_waiting(pk, now)
            return "held" if state == "later" else state
    return state


def _after(row: WebhookDelivery, answer: WebhookResponse, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the name of the count for a failed delivery, and the changes to its row."""
    if waited(row.attempts) >= GIVE_UP_AFTER and not answer.gone:
        return "given_up", {"state": "given_up", "reason": f"{GIVEN_UP}\n{answer.reason}", "settled_at": now}
    wait = max(timedelta(seconds=_wait(row.attempts)), _asked(answer))
    return "later", {"reason": answer.reason, "not_before": now + wait}


def _asked(answer: WebhookResponse) -> timedelta:
    """Return the Retry-After of the receiver, with a maximum."""
    return min(answer.wait, timedelta(seconds=LONGEST_WAIT))


def _wait(attempts: int) -> int:
    # No jitter, so that runs are reproducible.
    return get_exponential_backoff_interval(WAIT, attempts - 1, LONGEST_WAIT)


def waited(attempts: int) -> timedelta:
    """Return the minimum total of waits before this attempt."""
    return timedelta(seconds=sum(_wait(number) for number in range(1, attempts)))
