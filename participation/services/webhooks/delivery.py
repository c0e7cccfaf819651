"""Sending webhook deliveries: at least once, by one worker per receiver at a time.

A worker claims deliveries of one webhook, for the length of its lease; before each is sent its attempt is committed,
and afterwards its outcome:

- 2xx: ``sent``;
- 410: the webhook is disabled at once;
- anything else, or no response: ``waiting`` with back-off, and ``given_up`` once the waits add up to five days.

Deliveries of a worker that died are sent again: receivers deduplicate by ``webhook-id``. The fewest attempts go first,
then the oldest: so a rejected delivery does not block others, and without failures they are in order. After a failure
all deliveries of the receiver back off. After many failures in a row, over a long time, the webhook is disabled, its
deliveries are withheld, and an alarm is raised (``services.jobs.alarms``).
"""

import logging
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_noop

from participation.models import Webhook, WebhookDelivery
from participation.services import outbox_rows
from participation.services.jobs.job_results import JobResult
from participation.services.outbox_rows import UNCLAIMED, Clock

from .client import DEFAULT_TIMEOUTS, Timeouts, WebhookClient, WebhookResponse
from .webhooks import NOT_PUBLIC, body, enabled_webhooks, make_deliveries, withhold_waiting, without_private_transitions

log = logging.getLogger("leidraad.webhooks")

#: Number of deliveries claimed together, and the maximum time per receiver per run.
BATCH_SIZE, MAX_TIME_PER_RECEIVER = 20, timedelta(seconds=30)
#: A webhook is disabled after this many failures in a row, over at least this period.
MAX_FAILURES, MIN_FAILING_PERIOD = 20, timedelta(days=1)

GIVEN_UP = gettext_noop("The receiver did not take it for five days. Its last answer:")
RECEIVER_FAILING = gettext_noop("The receiver took nothing for a long time. Its last answer:")
TEST_RESULT = gettext_noop("This was a test. The answer:")


class _DeliveryBatch(NamedTuple):
    """Deliveries of one webhook claimed by one worker."""

    webhook: Webhook
    token: str
    until: datetime
    rows: list[WebhookDelivery]

    def still_claimed(self) -> QuerySet[WebhookDelivery]:
        """Return the deliveries of this batch that are still claimed and waiting."""
        return WebhookDelivery.objects.unsettled().filter(claimed_by=self.token)


def due_webhooks(now: datetime) -> list[int]:
    """Return the keys of the webhooks with due deliveries that are not claimed."""
    rows = _due(now).filter(webhook__in=enabled_webhooks())
    return sorted(set(rows.order_by().values_list("webhook", flat=True).distinct()))


def make_and_send(clock: Clock, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> JobResult:
    """Create and send all due deliveries in this process, and return the counts.

    Not inside a transaction: sending cannot be rolled back.
    """
    result = JobResult("made", *_COUNT_NAMES)
    result.count("made", make_deliveries(clock()))
    for pk in due_webhooks(clock()):
        result.add(send_due_deliveries(pk, clock, timeouts))
    return result


_COUNT_NAMES = ("sent", "later", "given_up", "held")


def send_due_deliveries(pk: int, clock: Clock, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> JobResult:
    """Send the due deliveries of this webhook, until its time is over or one fails, and return the counts.

    Does nothing where another worker is sending to it. Not inside a transaction.
    """
    result = JobResult(*_COUNT_NAMES)
    began, client = clock(), WebhookClient(timeouts)
    try:
        while began <= clock() < began + MAX_TIME_PER_RECEIVER:
            batch = _claim(pk, clock())
            if batch is None or not _send_batch(batch, clock, client, began + MAX_TIME_PER_RECEIVER, result):
                break
    finally:
        client.close()
    return result


def send_test(pk: int, clock: Clock, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> WebhookDelivery:
    """Send this webhook a test delivery, also where it is off, and return it with its outcome.

    Tried once, without effect on the failure count of the webhook. Not inside a transaction.
    """
    webhook, now = Webhook.objects.get(pk=pk), clock()
    delivery = WebhookDelivery(
        webhook=webhook,
        key=f"{pk}-test-{uuid4().hex[:12]}",
        body=body("test", {"webhook": webhook.name}, now),
        state="given_up",
        created_at=now,
        not_before=now,
        settled_at=now,
        attempts=1,
    )
    delivery.save()
    client = WebhookClient(timeouts)
    try:
        response = client.send(webhook.url, webhook.secret, delivery.key, delivery.body, now)
    finally:
        client.close()
    delivery.state, delivery.status, delivery.settled_at = (
        "sent" if response.accepted else "given_up",
        response.status,
        clock(),
    )
    delivery.reason = "" if response.accepted else f"{TEST_RESULT}\n{response.reason}"
    delivery.save()
    return delivery


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.unsettled().filter(outbox_rows.is_due(now))


def _claim(pk: int, now: datetime) -> _DeliveryBatch | None:
    """Claim due deliveries of this webhook; None where there are none, or another worker is sending."""
    token, until = uuid4().hex, now + outbox_rows.LEASE
    with transaction.atomic(durable=True):
        rows = enabled_webhooks().filter(pk=pk)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        webhook = rows.first()
        # One worker per receiver: two would send out of order, and both try a receiver that is down.
        claimed = WebhookDelivery.objects.unsettled().filter(webhook=pk, claimed_until__isnull=False)
        if webhook is None or claimed.exclude(outbox_rows.is_claim_expired(now)).exists():
            return None
        own = _due(now).filter(webhook=pk)
        keys = list(own.order_by("attempts", "pk").values_list("pk", flat=True)[:BATCH_SIZE])
        own.filter(pk__in=keys).update(claimed_by=token, claimed_until=until)
    own_rows = WebhookDelivery.objects.unsettled().filter(claimed_by=token).order_by("attempts", "pk")
    batch = _DeliveryBatch(webhook, token, until, list(own_rows))
    return batch if batch.rows else None


def _send_batch(batch: _DeliveryBatch, clock: Clock, client: WebhookClient, until: datetime, result: JobResult) -> bool:
    """Send these deliveries until one fails or the time is over; return whether to go on."""
    may_continue = True
    for row in batch.rows:
        if not may_continue or clock() >= min(until, batch.until):
            may_continue = False
            break
        may_continue = _send(batch, row, clock, client, result)
    batch.still_claimed().update(**UNCLAIMED)
    return may_continue


def _send(batch: _DeliveryBatch, row: WebhookDelivery, clock: Clock, client: WebhookClient, result: JobResult) -> bool:
    text = without_private_transitions(row.body)
    if not text:
        gone = {"state": "held", "reason": NOT_PUBLIC, "body": "", "settled_at": clock(), **UNCLAIMED}
        result.count("held", batch.still_claimed().filter(pk=row.pk).update(**gone))
        return True
    row.attempts += 1
    still_claimed = batch.still_claimed().filter(pk=row.pk, webhook__in=enabled_webhooks())
    if not still_claimed.update(attempts=row.attempts, body=text, claimed_until=clock() + outbox_rows.LEASE):
        return False  # switched off, or claimed by another worker after the claim expired
    response = client.send(batch.webhook.url, batch.webhook.secret, row.key, text, clock())
    state = _settle(batch, row, response, clock())
    result.count(state)
    if not response.accepted:
        log_fields = {"code": response.status, "state": state}
        log.warning("webhook %s: delivery not accepted", batch.webhook.pk, extra=log_fields)
    return response.accepted


def _settle(batch: _DeliveryBatch, row: WebhookDelivery, response: WebhookResponse, now: datetime) -> str:
    """Record the outcome of a delivery, and the state of its webhook; return the name of the count."""
    pk = batch.webhook.pk
    own = Webhook.objects.filter(pk=pk)
    with transaction.atomic(durable=True):
        if response.accepted:
            batch.still_claimed().filter(pk=row.pk).update(
                state="sent", status=response.status, reason="", settled_at=now, **UNCLAIMED
            )
            own.filter(failures__gt=0).update(failures=0, failed_since=None)
            return "sent"
        state, changes = _changes_after(row, response, now)
        batch.still_claimed().filter(pk=row.pk).update(status=response.status, **changes, **UNCLAIMED)
        own.update(failures=F("failures") + 1, failed_since=Coalesce("failed_since", Value(now)))
        webhook = own.first()
        if webhook is None:
            return state  # deleted meanwhile, with its deliveries
        retry_at = now + max(outbox_rows.backoff(webhook.failures), _retry_after(response))
        waiting = WebhookDelivery.objects.unsettled().filter(webhook=pk)
        waiting.update(not_before=Greatest("not_before", Value(retry_at)))
        has_failed_long = webhook.failed_since is not None and webhook.failed_since <= now - MIN_FAILING_PERIOD
        if response.gone or (webhook.failures >= MAX_FAILURES and has_failed_long):
            reason = response.reason if response.gone else f"{RECEIVER_FAILING}\n{response.reason}"
            if enabled_webhooks().filter(pk=pk).update(disabled_at=now, disabled_reason=reason):
                log.error("webhook %s was disabled after failures", pk, extra={"code": response.status})
            withhold_waiting(pk, now)
            return "held" if state == "later" else state
    return state


def _changes_after(row: WebhookDelivery, response: WebhookResponse, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the name of the count for a failed delivery, and the changes to its row."""
    if outbox_rows.total_backoff(row.attempts) >= outbox_rows.GIVE_UP_AFTER and not response.gone:
        return "given_up", {"state": "given_up", "reason": f"{GIVEN_UP}\n{response.reason}", "settled_at": now}
    wait = max(outbox_rows.backoff(row.attempts), _retry_after(response))
    return "later", {"reason": response.reason, "not_before": now + wait}


def _retry_after(response: WebhookResponse) -> timedelta:
    """Return the Retry-After of the receiver, with a maximum."""
    return min(response.wait, timedelta(seconds=outbox_rows.MAX_BACKOFF_SECONDS))
