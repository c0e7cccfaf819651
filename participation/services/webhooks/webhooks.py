"""Webhooks: generating deliveries of status transitions, and switching webhooks on and off.

``delivery`` sends them. A delivery is stored before it is sent, in the transaction that advances the webhook's
``notified_until``: so each transition is in exactly one delivery per webhook, also with concurrent workers.
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext_noop

from participation.models import Transition, Webhook, WebhookDelivery
from participation.presentation.mail import link
from participation.selectors.obligations.transitions import (
    last_transition_id,
    safe_read_position,
    transition_record,
    transitions_visible_to,
    with_owners,
)
from participation.services.outbox_rows import UNCLAIMED

from .client import new_secret

#: Maximum number of transitions per delivery, and of deliveries per transaction.
TRANSITIONS_PER_DELIVERY, DELIVERIES_PER_TRANSACTION = 100, 20

SWITCHED_OFF = gettext_noop("The webhook was switched off.")
SKIPPED = gettext_noop("It was left out when the webhook was switched on again.")
NOT_PUBLIC = gettext_noop("What was in it is not public any more.")


def enabled_webhooks() -> QuerySet[Webhook]:
    """Return the enabled webhooks: neither switched off nor disabled after failures."""
    return Webhook.objects.filter(active=True, disabled_at__isnull=True)


def add_webhook(webhook: Webhook) -> Webhook:
    """Save a new webhook with a secret, to receive transitions from now on, and return it."""
    webhook.secret = webhook.secret or new_secret()
    webhook.notified_until = last_transition_id()
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
    for pk in enabled_webhooks().order_by("pk").values_list("pk", flat=True):
        while number := _make_delivery_batch(pk, now):
            made += number
    return made


def _make_delivery_batch(pk: int, now: datetime) -> int:
    with transaction.atomic():
        rows = enabled_webhooks().filter(pk=pk)
        if connection.features.has_select_for_update_skip_locked:
            # A concurrent worker that has locked the webhook creates all its deliveries.
            rows = rows.select_for_update(skip_locked=True)
        webhook = rows.first()
        if webhook is None:
            return 0
        after = webhook.notified_until
        until = safe_read_position(after)
        if until == after:
            return 0
        transitions = transitions_visible_to(None).filter(pk__gt=after, pk__lte=until)
        found = list(with_owners(transitions)[: TRANSITIONS_PER_DELIVERY * DELIVERIES_PER_TRANSACTION])
        if len(found) == TRANSITIONS_PER_DELIVERY * DELIVERIES_PER_TRANSACTION:
            until = found[-1].pk
        # Compare-and-set, for databases without row locks.
        if not Webhook.objects.filter(pk=pk, notified_until=after).update(notified_until=until):
            return 0
        not_before = max(now, _backoff_ends_at(webhook) or now)
        groups = [
            found[first : first + TRANSITIONS_PER_DELIVERY] for first in range(0, len(found), TRANSITIONS_PER_DELIVERY)
        ]
        deliveries = [_new_delivery(webhook, group, now, not_before) for group in groups]
        WebhookDelivery.objects.bulk_create(deliveries)
    return len(deliveries)


def _backoff_ends_at(webhook: Webhook) -> datetime | None:
    """Return when a failing receiver is tried again: new deliveries wait for the same back-off."""
    if not webhook.failures:
        return None
    at: datetime | None = (
        WebhookDelivery.objects.unsettled().filter(webhook=webhook).aggregate(at=Min("not_before"))["at"]
    )
    return at


def _new_delivery(webhook: Webhook, rows: Sequence[Transition], now: datetime, not_before: datetime) -> WebhookDelivery:
    # Includes the time: after a restore of the database the same ids are given to other transitions.
    noticed = rows[-1].noticed_at.astimezone(UTC)
    return WebhookDelivery(
        webhook=webhook,
        key=f"{webhook.pk}-{rows[0].pk}-{rows[-1].pk}-{noticed:%Y%m%dT%H%M%S}",
        body=body("transitions", {"transitions": [transition_record(row, link) for row in rows]}, now),
        created_at=now,
        not_before=not_before,
    )


def body(kind: str, data: dict[str, Any], now: datetime) -> str:
    """Return the JSON body of a delivery of this type."""
    at = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))


def without_private_transitions(text: str) -> str:
    """Return the body without transitions that are no longer public; empty where none is left. One query."""
    payload = json.loads(text)
    payload_transitions = payload["data"].get("transitions", [])
    public = set(
        transitions_visible_to(None)
        .filter(pk__in=[transition["id"] for transition in payload_transitions])
        .values_list("pk", flat=True)
    )
    remaining = [transition for transition in payload_transitions if transition["id"] in public]
    if len(remaining) == len(payload_transitions):
        return text
    payload["data"]["transitions"] = remaining
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")) if remaining else ""


# ---------- switching off and on


def switch_off(pk: int, now: datetime) -> None:
    """Switch this webhook off, and withhold its waiting deliveries."""
    with transaction.atomic():
        Webhook.objects.filter(pk=pk).update(active=False)
        withhold_waiting(pk, now)


def withhold_waiting(pk: int, now: datetime) -> int:
    """Withhold the waiting deliveries of this webhook, and return how many."""
    waiting = WebhookDelivery.objects.unsettled().filter(webhook=pk)
    return waiting.update(state="held", reason=SWITCHED_OFF, settled_at=now, **UNCLAIMED)


def switch_on(pk: int, now: datetime, skip: bool = False) -> int:
    """Switch this webhook on again, and return how many withheld deliveries are queued.

    Transitions in the meantime are sent too. With ``skip`` nothing from before now is.
    """
    with transaction.atomic():
        changes: dict[str, Any] = {"notified_until": last_transition_id()} if skip else {}
        cleared = {"disabled_at": None, "disabled_reason": "", "failures": 0, "failed_since": None}
        Webhook.objects.filter(pk=pk).update(active=True, **cleared, **changes)
        # Deliveries may still be waiting where the webhook was switched off without withholding them.
        remaining = WebhookDelivery.objects.filter(webhook=pk, reason=SWITCHED_OFF, state="held")
        if not skip:
            return remaining.update(state="waiting", reason="", attempts=0, not_before=now, settled_at=None)
        remaining.update(reason=SKIPPED)
        WebhookDelivery.objects.unsettled().filter(webhook=pk).update(state="held", reason=SKIPPED, settled_at=now)
    return 0


def resend_all(keys: Collection[int], now: datetime) -> int:
    """Queue these deliveries again, and return how many were.

    Skips those that still wait, were emptied, or belong to a webhook that is off.
    """
    resendable = (
        WebhookDelivery.objects.filter(pk__in=keys, webhook__in=enabled_webhooks())
        .exclude(state="waiting")
        .exclude(body="")
    )
    changes = {"state": "waiting", "reason": "", "status": None, "attempts": 0, "not_before": now, "settled_at": None}
    return resendable.update(**changes, **UNCLAIMED)


def clear_old_content(before: datetime) -> int:
    """Clear the body of deliveries sent or given up before this moment, and return how many.

    Withheld deliveries keep theirs, to be sent when their webhook is switched on.
    """
    old = WebhookDelivery.objects.filter(state__in=("sent", "given_up"), settled_at__lt=before).exclude(body="")
    return old.update(body="", reason="")
