"""Webhooks: generating deliveries of status transitions, and switching webhooks on and off.

Sending is in `webhooks_sending`. A delivery is stored before it is sent, in the transaction that advances the webhook's
``notified_until``: so each transition is in exactly one delivery per webhook, also with concurrent workers.
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext_noop

from participation.models import Transition, Webhook, WebhookDelivery
from participation.reports.urls import link
from participation.selectors.transitions import (
    certain_until,
    end_of_ledger,
    record,
    transitions_visible_to,
    with_owners,
)

from .webhooks_client import new_secret

#: Maximum number of transitions per delivery, and of deliveries per transaction.
TOLD, TOGETHER = 100, 20
#: Retention of the body of settled deliveries.
BODIES_KEPT = timedelta(days=30)

SWITCHED_OFF = gettext_noop("The webhook was switched off.")
SKIPPED = gettext_noop("It was left out when the webhook was switched on again.")
NOT_PUBLIC = gettext_noop("What it told is not public any more.")


def live() -> QuerySet[Webhook]:
    """Return the enabled webhooks: neither switched off nor disabled after failures."""
    return Webhook.objects.filter(active=True, disabled_at__isnull=True)


def add(webhook: Webhook) -> Webhook:
    """Save a new webhook with a secret, to receive transitions from now on, and return it."""
    webhook.secret = webhook.secret or new_secret()
    webhook.notified_until = end_of_ledger()
    webhook.save()
    return webhook


def renew_secret(webhook: Webhook) -> str:
    """Replace the secret of this webhook, and return the new one; later deliveries are signed with it."""
    secret = new_secret()
    Webhook.objects.filter(pk=webhook.pk).update(secret=secret)
    return secret


# ---------- generating deliveries


def make_deliveries(now: datetime) -> int:
    """Create deliveries for the transitions since the last ones, and return how many; sends nothing.

    Includes only what is public now. Transitions made while a trajectory was not public are not sent afterwards.
    """
    made = 0
    for pk in live().order_by("pk").values_list("pk", flat=True):
        while number := _make_some(pk, now):
            made += number
    return made


def _make_some(pk: int, now: datetime) -> int:
    with transaction.atomic():
        rows = live().filter(pk=pk)
        if connection.features.has_select_for_update_skip_locked:
            # A concurrent worker that has locked the webhook creates all its deliveries.
            rows = rows.select_for_update(skip_locked=True)
        webhook = rows.first()
        if webhook is None:
            return 0
        after = webhook.notified_until
        until = certain_until(after)
        if until == after:
            return 0
        lines = transitions_visible_to(None).filter(pk__gt=after, pk__lte=until)
        found = list(with_owners(lines)[: TOLD * TOGETHER])
        if len(found) == TOLD * TOGETHER:
            until = found[-1].pk
        # Compare-and-set, for databases without row locks.
        if not Webhook.objects.filter(pk=pk, notified_until=after).update(notified_until=until):
            return 0
        not_before = max(now, _resting_until(webhook) or now)
        parts = [found[first : first + TOLD] for first in range(0, len(found), TOLD)]
        messages = [_message(webhook, part, now, not_before) for part in parts]
        WebhookDelivery.objects.bulk_create(messages)
    return len(messages)


def _resting_until(webhook: Webhook) -> datetime | None:
    """Return when a failing receiver is tried again: new deliveries wait for the same back-off."""
    if not webhook.failures:
        return None
    at: datetime | None = (
        WebhookDelivery.objects.unsettled().filter(webhook=webhook).aggregate(at=Min("not_before"))["at"]
    )
    return at


def _message(webhook: Webhook, rows: Sequence[Transition], now: datetime, not_before: datetime) -> WebhookDelivery:
    # Includes the time: after a restore of the database the same ids are given to other transitions.
    noticed = rows[-1].noticed_at.astimezone(UTC)
    return WebhookDelivery(
        webhook=webhook,
        key=f"{webhook.pk}-{rows[0].pk}-{rows[-1].pk}-{noticed:%Y%m%dT%H%M%S}",
        body=body("transitions", {"transitions": [record(row, link) for row in rows]}, now),
        created_at=now,
        not_before=not_before,
    )


def body(kind: str, data: dict[str, Any], now: datetime) -> str:
    """Return the JSON body of a delivery of this type."""
    at = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))


def still_public(text: str) -> str:
    """Return the body without transitions that are no longer public; empty where none is left. One query."""
    said = json.loads(text)
    told = said["data"].get("transitions", [])
    public = set(transitions_visible_to(None).filter(pk__in=[line["id"] for line in told]).values_list("pk", flat=True))
    left = [line for line in told if line["id"] in public]
    if len(left) == len(told):
        return text
    said["data"]["transitions"] = left
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) if left else ""


# ---------- switching off and on


def switch_off(pk: int, now: datetime) -> None:
    """Switch this webhook off, and hold its waiting deliveries."""
    with transaction.atomic():
        Webhook.objects.filter(pk=pk).update(active=False)
        hold_waiting(pk, now)


def hold_waiting(pk: int, now: datetime) -> int:
    """Hold the waiting deliveries of this webhook, and return how many."""
    waiting = WebhookDelivery.objects.unsettled().filter(webhook=pk)
    return waiting.update(state="held", reason=SWITCHED_OFF, settled_at=now, claimed_by="", claimed_until=None)


def switch_on(pk: int, now: datetime, skip: bool = False) -> int:
    """Switch this webhook on again, and return how many held deliveries are queued.

    Transitions in the meantime are sent too. With ``skip`` nothing from before now is.
    """
    with transaction.atomic():
        changes: dict[str, Any] = {"notified_until": end_of_ledger()} if skip else {}
        cleared = {"disabled_at": None, "disabled_reason": "", "failures": 0, "failed_since": None}
        Webhook.objects.filter(pk=pk).update(active=True, **cleared, **changes)
        # Deliveries may still be waiting where the webhook was switched off without holding them.
        left = WebhookDelivery.objects.filter(webhook=pk, reason=SWITCHED_OFF, state="held")
        if not skip:
            return left.update(state="waiting", reason="", attempts=0, not_before=now, settled_at=None)
        left.update(reason=SKIPPED)
        WebhookDelivery.objects.unsettled().filter(webhook=pk).update(state="held", reason=SKIPPED, settled_at=now)
    return 0


def resend_all(keys: Collection[int], now: datetime) -> int:
    """Queue these deliveries again, and return how many were.

    Skips those that still wait, were emptied, or belong to a webhook that is off.
    """
    again = WebhookDelivery.objects.filter(pk__in=keys, webhook__in=live()).exclude(state="waiting").exclude(body="")
    changes = {"state": "waiting", "reason": "", "status": None, "attempts": 0, "not_before": now, "settled_at": None}
    return again.update(**changes, claimed_by="", claimed_until=None)


def empty_old(now: datetime) -> int:
    """Clear the body of deliveries sent or given up long ago, and return how many.

    Held deliveries keep theirs, to be sent when their webhook is switched on.
    """
    old = WebhookDelivery.objects.filter(state__in=("sent", "given_up"), settled_at__lt=now - BODIES_KEPT).exclude(
        body=""
    )
    return old.update(body="", reason="")
