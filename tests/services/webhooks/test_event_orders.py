"""In any order of events, each public transition is delivered to a webhook once."""

from __future__ import annotations

import json
from itertools import count

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.models import Trajectory, Webhook, WebhookDelivery
from participation.services.outbox_rows import LEASE
from participation.services.webhooks import delivery as webhooks_delivery
from participation.services.webhooks import webhooks
from participation.services.webhooks.client import CONNECTION_BROKEN, WebhookResponse
from participation.services.webhooks.delivery import make_and_send
from participation.services.webhooks.webhooks import make_deliveries, switch_off, switch_on
from tests import world
from tests.outbox import FakeClock
from tests.webhook_receiver import make_webhook

pytestmark = pytest.mark.django_db
NUMBERS = count()


class Whatever:
    """A receiver with scripted responses that records its requests, without a network."""

    answers: list[WebhookResponse] = []
    accepted: list[tuple[str, str]] = []

    def __init__(self, _patience):
        pass

    def send(self, _url, _secret, key, body, _now):
        response = self.answers.pop(0) if self.answers else WebhookResponse(True, 200)
        if response.accepted or response.reason == CONNECTION_BROKEN:
            self.accepted.append((key, body))
        return response

    def close(self):
        pass


DO = st.sampled_from(
    ["notice", "notice", "hide", "show", "make", "send", "wait", "off", "on", "die", "refuse", "break", "gone"]
)


def act(step, webhook, clock):
    """Do what happens to the deliveries."""
    match step:
        case "make":
            make_deliveries(clock())
        case "send":
            make_and_send(clock)
        case "wait":
            clock.advance(hours=5)
        case "off":
            switch_off(webhook.pk, clock())
        case "on":
            switch_on(webhook.pk, clock())
        case "well":
            Whatever.answers = []
        case "die":
            until = clock() + LEASE
            WebhookDelivery.objects.unsettled().update(
                claimed_by="dead", claimed_until=until, attempts=F("attempts") + 1
            )
        case "refuse" | "break" | "gone":
            reason = CONNECTION_BROKEN if step == "break" else "500"
            Whatever.answers.append(WebhookResponse(False, 410 if step == "gone" else 500, reason, gone=step == "gone"))


@given(st.lists(DO, max_size=25))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_public_change_is_delivered_once(monkeypatch, steps):
    monkeypatch.setattr(webhooks_delivery, "WebhookClient", Whatever)
    monkeypatch.setattr(webhooks, "TRANSITIONS_PER_DELIVERY", 2)
    Webhook.objects.all().delete()
    Whatever.answers, Whatever.accepted = [], []
    webhook, clock, number = make_webhook(), FakeClock(), next(NUMBERS)
    square = world.trajectory(f"plein-{number}")
    obligations = [world.obligation(trajectory=square), world.obligation(commitment=world.commitment(f"T-{number}"))]
    noticed = []
    for step in [*steps, "well", "on", "wait", "send", "wait", "send"]:
        if step == "notice":
            noticed += [world.transition(one, to_status="overdue") for one in obligations]
        elif step in ("hide", "show"):
            Trajectory.objects.filter(pk=square.pk).update(public=step == "show")
        else:
            act(step, webhook, clock)
    # The receiver recognises repeated deliveries by their id.
    found = [
        line["id"] for body in dict(Whatever.accepted).values() for line in json.loads(body)["data"]["transitions"]
    ]
    always = [row.pk for row in noticed if row.obligation.commitment_id or "hide" not in steps]
    assert len(found) == len(set(found)), "nothing is delivered twice"
    assert set(always) <= set(found), "nothing that was public all the time is left out"
    assert set(found) <= {row.pk for row in noticed}
