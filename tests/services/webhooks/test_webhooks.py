"""A webhook gets every public transition once, in order, from the moment that it was added."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from participation.models import Transition, Webhook, WebhookDelivery
from participation.presentation.mail import link
from participation.selectors.obligations.transitions import (
    safe_read_position,
    transitions_as_records,
    transitions_visible_to,
)
from participation.services.webhooks import webhooks
from participation.services.webhooks.webhooks import (
    NOT_PUBLIC,
    SKIPPED,
    SWITCHED_OFF,
    clear_old_content,
    make_deliveries,
    renew_secret,
    resend_all,
    switch_off,
    switch_on,
    without_private_transitions,
)
from tests import world
from tests.outbox import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def make_webhook(name="zaken", **columns):
    return webhooks.add_webhook(Webhook(name=name, url="https://receiver.example/hook", **columns))


def add_transitions(number=1, **of):
    """Add this number of transitions to one obligation, by default of a new public trajectory."""
    obligation = world.obligation(**(of or {"trajectory": world.trajectory(f"plein-{Transition.objects.count()}")}))
    return [world.transition(obligation, from_status="pending", to_status="overdue") for _n in range(number)]


def sent_ids(of=None):
    rows = (
        WebhookDelivery.objects.order_by("pk")
        if of is None
        else WebhookDelivery.objects.filter(webhook=of).order_by("pk")
    )
    return [line["id"] for row in rows if row.body for line in json.loads(row.body)["data"]["transitions"]]


def keys(rows):
    return [row.pk for row in rows]


# ---------- contents


def test_a_new_webhook_gets_no_past_events():
    add_transitions()
    make_webhook()
    assert make_deliveries(NOW) == 0
    later = add_transitions(2)
    assert make_deliveries(NOW) == 1
    assert sent_ids() == keys(later)


def test_creating_deliveries_twice_creates_them_once():
    make_webhook()
    noticed = add_transitions(2)
    make_deliveries(NOW)
    assert make_deliveries(NOW) == 0
    assert sent_ids() == keys(noticed)


def test_an_event_describes_the_transitions_as_in_the_transition_log(settings):
    make_webhook()
    trajectory = world.trajectory("voorbeeldplein")
    (line,) = add_transitions(trajectory=trajectory)
    make_deliveries(NOW)
    delivery = WebhookDelivery.objects.get()
    assert json.loads(delivery.body) == {
        "type": "transitions",
        "timestamp": "2026-04-20T05:00:00Z",
        "data": {
            "transitions": [
                {
                    "id": line.pk,
                    "trajectory": "voorbeeldplein",
                    "rule": "feedback-given",
                    "subject": "s1",
                    "from": "pending",
                    "to": "overdue",
                    "on": "2026-03-20",
                    "noticed_at": "2026-03-20T22:00:00Z",
                    "rulebook": "0" * 16,
                    "url": f"{settings.BASE_URL}/trajecten/voorbeeldplein/afspraken/#feedback-given--s1",
                }
            ]
        },
    }
    assert (delivery.state, delivery.created_at, delivery.not_before, delivery.attempts) == ("waiting", NOW, NOW, 0)


def test_motions_and_commitments_have_their_number_and_a_null_previous_status():
    obligation = [world.obligation(motion=world.motion(), subject=""), world.obligation(commitment=world.commitment())]
    for one in obligation:
        world.transition(one)
    first, second = transitions_as_records(transitions_visible_to(None), link)
    assert (first["motion"], first["subject"], first["from"]) == ("21.0098/04", None, None)
    assert second["commitment"] == "T-1"
    assert {"trajectory", "commitment"}.isdisjoint(first)


def test_events_of_private_trajectories_are_never_sent_not_even_later():
    make_webhook()
    hidden = world.trajectory("geheim", public=False)
    add_transitions(2, trajectory=hidden)
    shown = add_transitions()
    make_deliveries(NOW)
    assert sent_ids() == keys(shown)
    hidden.public = True
    hidden.save()
    later = add_transitions(trajectory=hidden, rule="plan-recorded")
    make_deliveries(NOW)
    assert sent_ids() == keys(shown + later)


def test_staff_only_events_are_sent_only_to_staff_webhooks():
    add_transitions(trajectory=world.trajectory("geheim", public=False))
    shown = add_transitions()
    assert keys(transitions_visible_to(None)) == keys(shown)
    assert keys(transitions_visible_to(world.user("association_member", world.OUTSIDER))) == keys(shown)
    assert len(transitions_visible_to(world.user("auditor"))) == 2


def test_an_event_contains_at_most_a_hundred_changes_in_order(monkeypatch):
    monkeypatch.setattr(webhooks, "DELIVERIES_PER_TRANSACTION", 2)
    make_webhook()
    noticed = add_transitions(401)
    assert make_deliveries(NOW) == 5
    sizes = [len(json.loads(row.body)["data"]["transitions"]) for row in WebhookDelivery.objects.order_by("pk")]
    assert sizes == [100, 100, 100, 100, 1]
    assert sent_ids() == keys(noticed)
    assert Webhook.objects.get().notified_until == noticed[-1].pk


def test_each_webhook_has_its_own_deliveries_and_keys():
    one, other, off = make_webhook("een"), make_webhook("twee"), make_webhook("uit", active=False)
    noticed = add_transitions(2)
    assert make_deliveries(NOW) == 2
    assert sent_ids(one) == sent_ids(other) == keys(noticed)
    assert sent_ids(off) == []
    assert len(set(WebhookDelivery.objects.values_list("key", flat=True))) == 2


def test_many_changes_take_as_many_queries_as_one():
    make_webhook()

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            make_deliveries(NOW)
        return len(found)

    add_transitions(1)
    few = queries()
    for _n in range(12):
        add_transitions(4)
    assert queries() == few


# ---------- concurrent transitions


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there one writes at a time")
@pytest.mark.django_db(transaction=True)
def test_a_transition_committed_after_one_with_a_higher_id_is_sent():
    obligation = world.obligation(trajectory=world.trajectory())
    world.transition(obligation)
    make_webhook()
    before = world.transition(obligation)
    numbered, go, between = threading.Event(), threading.Event(), []

    def slow():
        try:
            with transaction.atomic():
                between.append(world.transition(obligation, to_status="due_soon").pk)
                numbered.set()
                go.wait(20)
        finally:
            connection.close()

    other = threading.Thread(target=slow)
    other.start()
    try:
        assert numbered.wait(20)
        after = world.transition(obligation, to_status="overdue")
        make_deliveries(NOW)
        found = sent_ids()
    finally:
        go.set()
        other.join(20)
    assert found == [before.pk], "the later one is seen already, the one before it is not"
    make_deliveries(NOW)
    assert before.pk < between[0] < after.pk
    assert sent_ids() == [before.pk, *between, after.pk]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there a number that was taken back is given again")
@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_id_does_not_block_the_queue():
    make_webhook()
    obligation = world.obligation(trajectory=world.trajectory())
    before = world.transition(obligation)
    with transaction.atomic():
        world.transition(obligation)
        transaction.set_rollback(True)
    after = world.transition(obligation)
    assert after.pk == before.pk + 2
    make_deliveries(NOW)
    assert sent_ids() == [before.pk, after.pk]


def test_during_concurrent_writes_transitions_without_an_id_gap_are_sent(monkeypatch):
    monkeypatch.setattr("participation.selectors.obligations.transitions._has_no_writers", lambda: False)
    one, two, *_more = add_transitions(2)
    gap = two.pk + 2
    world.transition(one.obligation, pk=gap)
    assert safe_read_position(one.pk - 1) == two.pk
    assert safe_read_position(two.pk) == two.pk
    assert safe_read_position(two.pk + 1) == gap
    monkeypatch.setattr("participation.selectors.obligations.transitions._has_no_writers", lambda: True)
    assert safe_read_position(one.pk - 1) == gap
    assert safe_read_position(gap + 5) == gap + 5, "never back"


# ---------- visibility at the time of creation


def test_changes_that_became_private_are_removed_from_a_delivery():
    make_webhook()
    square, park = world.trajectory("plein"), world.trajectory("park")
    add_transitions(trajectory=square)
    left = add_transitions(trajectory=park)
    make_deliveries(NOW)
    text = WebhookDelivery.objects.get().body
    assert without_private_transitions(text) == text
    square.public = False
    square.save()
    changed = without_private_transitions(text)
    assert [line["id"] for line in json.loads(changed)["data"]["transitions"]] == keys(left)
    assert "plein" not in changed.replace("park", "")
    park.public = False
    park.save()
    assert without_private_transitions(text) == ""


# ---------- disabled and enabled


def test_deliveries_wait_while_a_webhook_is_disabled_and_are_sent_when_enabled():
    webhook = make_webhook()
    add_transitions()
    make_deliveries(NOW)
    switch_off(webhook.pk, NOW)
    add_transitions()
    assert make_deliveries(NOW) == 0
    row = WebhookDelivery.objects.get()
    assert (row.state, row.reason, row.settled_at) == ("held", SWITCHED_OFF, NOW)
    assert switch_on(webhook.pk, NOW + DAY) == 1
    row = WebhookDelivery.objects.get()
    assert (row.state, row.reason, row.settled_at, row.not_before) == ("waiting", "", None, NOW + DAY)
    assert make_deliveries(NOW + DAY) == 1
    assert sent_ids() == keys(Transition.objects.order_by("pk"))


def test_missed_deliveries_can_be_skipped():
    webhook = make_webhook()
    add_transitions()
    make_deliveries(NOW)
    switch_off(webhook.pk, NOW)
    add_transitions()
    assert switch_on(webhook.pk, NOW + DAY, skip=True) == 0
    assert make_deliveries(NOW + DAY) == 0
    assert WebhookDelivery.objects.get().reason == SKIPPED
    switch_off(webhook.pk, NOW + DAY)
    assert switch_on(webhook.pk, NOW + DAY) == 0, "what was left out stays out"
    later = add_transitions()
    make_deliveries(NOW + DAY)
    assert sent_ids()[1:] == keys(later)


def test_deliveries_that_became_private_are_not_released():
    webhook = make_webhook()
    WebhookDelivery.objects.create(
        webhook=webhook, key="x", state="held", reason=NOT_PUBLIC, created_at=NOW, not_before=NOW, settled_at=NOW
    )
    switch_off(webhook.pk, NOW)
    assert switch_on(webhook.pk, NOW) == 0


def test_a_stored_delivery_of_an_enabled_webhook_can_be_sent_again():
    webhook, off = make_webhook(), make_webhook("uit", active=False)
    at = {"created_at": NOW, "not_before": NOW, "settled_at": NOW}
    rows = [
        WebhookDelivery.objects.create(webhook=of, key=f"k{n}", state=state, body=body, **at)
        for n, (of, state, body) in enumerate(
            [(webhook, "sent", "{}"), (webhook, "given_up", "{}"), (webhook, "sent", ""), (off, "held", "{}")]
        )
    ]
    assert resend_all(keys(rows), NOW + DAY) == 2
    states = list(WebhookDelivery.objects.order_by("key").values_list("state", flat=True))
    assert states == ["waiting", "waiting", "sent", "held"]
    assert resend_all(keys(rows), NOW + DAY) == 0, "what waits is left alone"


def test_the_content_of_settled_deliveries_is_erased_unless_withheld():
    webhook, old = make_webhook(), NOW - DAY
    for n, (state, at) in enumerate(
        [("sent", old), ("given_up", old), ("held", old), ("waiting", None), ("sent", NOW)]
    ):
        WebhookDelivery.objects.create(
            webhook=webhook, key=f"k{n}", state=state, body="{}", created_at=old, not_before=old, settled_at=at
        )
    assert clear_old_content(NOW) == 2
    assert list(WebhookDelivery.objects.order_by("key").values_list("body", flat=True)) == ["", "", "{}", "{}", "{}"]
    assert clear_old_content(NOW) == 0


def test_a_regenerated_secret_differs_from_the_old_one():
    webhook = make_webhook()
    first = webhook.secret
    second = renew_secret(webhook)
    assert first != second == Webhook.objects.get().secret
    assert second.startswith("whsec_")
