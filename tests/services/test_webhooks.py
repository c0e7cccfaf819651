"""What webhooks are told: every public line of the ledger, once, in order, from when they were added."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from participation.models import Transition, Webhook, WebhookDelivery
from participation.reports.urls import link
from participation.selectors.transitions import certain_until, transitions_as_records, transitions_visible_to
from participation.services import webhooks
from participation.services.webhooks import (
    NOT_PUBLIC,
    SKIPPED,
    SWITCHED_OFF,
    empty_old,
    make_deliveries,
    renew_secret,
    resend_all,
    still_public,
    switch_off,
    switch_on,
)
from tests import world
from tests.outbox import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def hook(name="zaken", **columns):
    return webhooks.add(Webhook(name=name, url="https://receiver.example/hook", **columns))


def lines(number=1, **of):
    """So many changes of one obligation: of a new public trajectory, unless it is said of what."""
    owed = world.obligation(**(of or {"trajectory": world.trajectory(f"plein-{Transition.objects.count()}")}))
    return [world.transition(owed, from_status="pending", to_status="overdue") for _n in range(number)]


def told(of=None):
    rows = (
        WebhookDelivery.objects.order_by("pk")
        if of is None
        else WebhookDelivery.objects.filter(webhook=of).order_by("pk")
    )
    return [line["id"] for row in rows if row.body for line in json.loads(row.body)["data"]["transitions"]]


def keys(rows):
    return [row.pk for row in rows]


# ---------- what is told


def test_a_new_webhook_is_told_nothing_of_the_past():
    lines()
    hook()
    assert make_deliveries(NOW) == 0
    later = lines(2)
    assert make_deliveries(NOW) == 1
    assert told() == keys(later)


def test_making_twice_makes_once():
    hook()
    noticed = lines(2)
    make_deliveries(NOW)
    assert make_deliveries(NOW) == 0
    assert told() == keys(noticed)


def test_a_message_says_what_changed_in_the_words_of_the_ledger(settings):
    hook()
    trajectory = world.trajectory("voorbeeldplein")
    (line,) = lines(trajectory=trajectory)
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
                    "url": f"{settings.BASE_URL}/trajecten/voorbeeldplein/#feedback-given--s1",
                }
            ]
        },
    }
    assert (delivery.state, delivery.created_at, delivery.not_before, delivery.attempts) == ("waiting", NOW, NOW, 0)


def test_motions_and_commitments_are_named_by_their_numbers_and_a_new_obligation_came_from_nothing():
    owed = [world.obligation(motion=world.motion(), subject=""), world.obligation(commitment=world.commitment())]
    for one in owed:
        world.transition(one)
    first, second = transitions_as_records(transitions_visible_to(None), link)
    assert (first["motion"], first["subject"], first["from"]) == ("21.0098/04", None, None)
    assert second["commitment"] == "T-1"
    assert {"trajectory", "commitment"}.isdisjoint(first)


def test_of_what_is_not_public_nothing_is_told_also_not_afterwards():
    hook()
    hidden = world.trajectory("geheim", public=False)
    lines(2, trajectory=hidden)
    shown = lines()
    make_deliveries(NOW)
    assert told() == keys(shown)
    hidden.public = True
    hidden.save()
    later = lines(trajectory=hidden, rule="plan-recorded")
    make_deliveries(NOW)
    assert told() == keys(shown + later)


def test_what_only_staff_see_is_seen_by_staff_alone():
    lines(trajectory=world.trajectory("geheim", public=False))
    shown = lines()
    assert keys(transitions_visible_to(None)) == keys(shown)
    assert keys(transitions_visible_to(world.user("association_member", world.OUTSIDER))) == keys(shown)
    assert len(transitions_visible_to(world.user("auditor"))) == 2


def test_a_message_tells_a_hundred_changes_at_most_in_order(monkeypatch):
    monkeypatch.setattr(webhooks, "TOGETHER", 2)
    hook()
    noticed = lines(401)
    assert make_deliveries(NOW) == 5
    sizes = [len(json.loads(row.body)["data"]["transitions"]) for row in WebhookDelivery.objects.order_by("pk")]
    assert sizes == [100, 100, 100, 100, 1]
    assert told() == keys(noticed)
    assert Webhook.objects.get().notified_until == noticed[-1].pk


def test_each_webhook_is_told_by_itself_and_keys_differ():
    one, other, off = hook("een"), hook("twee"), hook("uit", active=False)
    noticed = lines(2)
    assert make_deliveries(NOW) == 2
    assert told(one) == told(other) == keys(noticed)
    assert told(off) == []
    assert len(set(WebhookDelivery.objects.values_list("key", flat=True))) == 2


def test_many_changes_cost_as_many_queries_as_one():
    hook()

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            make_deliveries(NOW)
        return len(found)

    lines(1)
    few = queries()
    for _n in range(12):
        lines(4)
    assert queries() == few


# ---------- the ledger while others write


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there one writes at a time")
@pytest.mark.django_db(transaction=True)
def test_a_line_that_appears_after_one_with_a_higher_number_is_told_too():
    owed = world.obligation(trajectory=world.trajectory())
    world.transition(owed)
    hook()
    before = world.transition(owed)
    numbered, go, between = threading.Event(), threading.Event(), []

    def slow():
        try:
            with transaction.atomic():
                between.append(world.transition(owed, to_status="due_soon").pk)
                numbered.set()
                go.wait(20)
        finally:
            connection.close()

    other = threading.Thread(target=slow)
    other.start()
    try:
        assert numbered.wait(20)
        after = world.transition(owed, to_status="overdue")
        make_deliveries(NOW)
        found = told()
    finally:
        go.set()
        other.join(20)
    assert found == [before.pk], "the later one is seen already, the one before it is not"
    make_deliveries(NOW)
    assert before.pk < between[0] < after.pk
    assert told() == [before.pk, *between, after.pk]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there a number that was taken back is given again")
@pytest.mark.django_db(transaction=True)
def test_a_number_that_was_taken_back_holds_up_nothing():
    hook()
    owed = world.obligation(trajectory=world.trajectory())
    before = world.transition(owed)
    with transaction.atomic():
        world.transition(owed)
        transaction.set_rollback(True)
    after = world.transition(owed)
    assert after.pk == before.pk + 2
    make_deliveries(NOW)
    assert told() == [before.pk, after.pk]


def test_while_others_write_what_follows_without_a_gap_is_certain(monkeypatch):
    monkeypatch.setattr("participation.selectors.transitions._has_no_writers", lambda: False)
    one, two, *_more = lines(2)
    gap = two.pk + 2
    world.transition(one.obligation, pk=gap)
    assert certain_until(one.pk - 1) == two.pk
    assert certain_until(two.pk) == two.pk
    assert certain_until(two.pk + 1) == gap
    monkeypatch.setattr("participation.selectors.transitions._has_no_writers", lambda: True)
    assert certain_until(one.pk - 1) == gap
    assert certain_until(gap + 5) == gap + 5, "never back"


# ---------- what was public when it was made


def test_what_is_not_public_any_more_is_taken_out_of_a_message():
    hook()
    square, park = world.trajectory("plein"), world.trajectory("park")
    lines(trajectory=square)
    left = lines(trajectory=park)
    make_deliveries(NOW)
    text = WebhookDelivery.objects.get().body
    assert still_public(text) == text
    square.public = False
    square.save()
    changed = still_public(text)
    assert [line["id"] for line in json.loads(changed)["data"]["transitions"]] == keys(left)
    assert "plein" not in changed.replace("park", "")
    park.public = False
    park.save()
    assert still_public(text) == ""


# ---------- off, on, again


def test_what_waits_is_held_while_a_webhook_is_off_and_sent_when_it_is_on_again():
    webhook = hook()
    lines()
    make_deliveries(NOW)
    switch_off(webhook.pk, NOW)
    lines()
    assert make_deliveries(NOW) == 0
    row = WebhookDelivery.objects.get()
    assert (row.state, row.reason, row.settled_at) == ("held", SWITCHED_OFF, NOW)
    assert switch_on(webhook.pk, NOW + DAY) == 1
    row = WebhookDelivery.objects.get()
    assert (row.state, row.reason, row.settled_at, row.not_before) == ("waiting", "", None, NOW + DAY)
    assert make_deliveries(NOW + DAY) == 1
    assert told() == keys(Transition.objects.order_by("pk"))


def test_what_was_missed_can_be_left_out():
    webhook = hook()
    lines()
    make_deliveries(NOW)
    switch_off(webhook.pk, NOW)
    lines()
    assert switch_on(webhook.pk, NOW + DAY, skip=True) == 0
    assert make_deliveries(NOW + DAY) == 0
    assert WebhookDelivery.objects.get().reason == SKIPPED
    switch_off(webhook.pk, NOW + DAY)
    assert switch_on(webhook.pk, NOW + DAY) == 0, "what was left out stays out"
    later = lines()
    make_deliveries(NOW + DAY)
    assert told()[1:] == keys(later)


def test_what_was_not_public_any_more_is_not_released():
    webhook = hook()
    WebhookDelivery.objects.create(
        webhook=webhook, key="x", state="held", reason=NOT_PUBLIC, created_at=NOW, not_before=NOW, settled_at=NOW
    )
    switch_off(webhook.pk, NOW)
    assert switch_on(webhook.pk, NOW) == 0


def test_a_message_is_sent_again_where_it_is_kept_and_its_webhook_is_on():
    webhook, off = hook(), hook("uit", active=False)
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


def test_what_a_message_said_is_forgotten_after_a_month_but_not_what_is_still_to_be_sent():
    webhook, old = hook(), NOW - timedelta(days=31)
    for n, (state, at) in enumerate(
        [("sent", old), ("given_up", old), ("held", old), ("waiting", None), ("sent", NOW)]
    ):
        WebhookDelivery.objects.create(
            webhook=webhook, key=f"k{n}", state=state, body="{}", created_at=old, not_before=old, settled_at=at
        )
    assert empty_old(NOW) == 2
    assert list(WebhookDelivery.objects.order_by("key").values_list("body", flat=True)) == ["", "", "{}", "{}", "{}"]
    assert empty_old(NOW) == 0


def test_a_new_secret_is_another_one():
    webhook = hook()
    first = webhook.secret
    second = renew_secret(webhook)
    assert first != second == Webhook.objects.get().secret
    assert second.startswith("whsec_")
