"""Deliveries to a real receiver: signed, at least once, and retried with a backoff."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from participation.models import OutboundEmail, Trajectory, Transition, Webhook, WebhookDelivery
from participation.services.jobs.alarms import raise_alarms
from participation.services.outbox_rows import GIVE_UP_AFTER, LEASE, MAX_BACKOFF_SECONDS, total_backoff
from participation.services.webhooks import client as webhooks_client
from participation.services.webhooks.client import (
    CONNECTION_BROKEN,
    CONNECTION_FAILED,
    GONE,
    NO_ANSWER,
    REDIRECTED,
    WebhookResponse,
)
from participation.services.webhooks.delivery import (
    GIVEN_UP,
    MAX_FAILURES,
    MIN_FAILING_PERIOD,
    RECEIVER_FAILING,
    due_webhooks,
    make_and_send,
    send_test,
)
from participation.services.webhooks.webhooks import NOT_PUBLIC, SWITCHED_OFF, make_deliveries, switch_off, switch_on
from tests import world
from tests.outbox import NOW, FakeClock
from tests.servers import free_port
from tests.webhook_receiver import (
    make_transitions,
    make_webhook,
    send_deliveries,
    webhook_receiver,
    webhook_with_deliveries,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def receiver_server(settings):
    """Create a webhook to a local receiver, which is allowed with DEBUG only."""
    settings.DEBUG = True
    with webhook_receiver() as found:
        yield found


def only_delivery():
    return WebhookDelivery.objects.get()


def received_ids(heard):
    return [line["id"] for one in heard for line in json.loads(one.body)["data"].get("transitions", [])]


# ---------- accepted


def test_an_accepted_delivery_is_sent_once(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url)
    assert send_deliveries(webhook) == {"sent": 1}
    row = only_delivery()
    assert (row.state, row.status, row.attempts, row.settled_at) == ("sent", 200, 1, NOW)
    assert (row.claimed_by, row.claimed_until, row.reason) == ("", None, "")
    assert send_deliveries(webhook, FakeClock(NOW + MINUTE)) == {}
    assert receiver_server.keys == [row.key]


def test_deliveries_are_sent_in_order_over_one_connection(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url, 25)
    assert send_deliveries(webhook) == {"sent": 25}
    assert received_ids(receiver_server.received) == list(
        Transition.objects.order_by("pk").values_list("pk", flat=True)
    )


def test_every_2xx_response_is_success(receiver_server):
    receiver_server.script = [204, (202, {}, b"x" * 5_000)]
    assert send_deliveries(webhook_with_deliveries(receiver_server.url, 2)) == {"sent": 2}


# ---------- not accepted


def test_a_failed_delivery_is_retried_with_the_same_key(receiver_server):
    receiver_server.script = [(500, {}, b"<h1>Fout</h1>")]
    webhook, clock = webhook_with_deliveries(receiver_server.url), FakeClock()
    assert send_deliveries(webhook, clock) == {"later": 1}
    row = only_delivery()
    assert (row.state, row.status, row.reason) == ("waiting", 500, "500 <h1>Fout</h1>")
    assert (row.claimed_by, row.claimed_until, row.not_before) == ("", None, NOW + MINUTE)
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failed_since) == (1, NOW)
    clock.advance(seconds=59)
    assert send_deliveries(webhook, clock) == {}
    clock.advance(seconds=1)
    assert send_deliveries(webhook, clock) == {"sent": 1}
    assert len(set(receiver_server.keys)) == 1
    assert len(receiver_server.keys) == 2
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failed_since) == (0, None)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 503])
def test_every_other_response_is_retried(receiver_server, status):
    receiver_server.script = [status]
    assert send_deliveries(webhook_with_deliveries(receiver_server.url)) == {"later": 1}
    assert only_delivery().status == status


def test_redirects_are_not_followed(receiver_server):
    receiver_server.script = [(302, {"Location": receiver_server.url.replace("hook", "elders")}, b"")]
    assert send_deliveries(webhook_with_deliveries(receiver_server.url)) == {"later": 1}
    assert len(receiver_server.received) == 1
    assert only_delivery().reason.splitlines() == [REDIRECTED, "302"]


def test_retry_after_is_respected_within_limits(receiver_server):
    receiver_server.script = [
        (429, {"Retry-After": "600"}, b""),
        (503, {"Retry-After": "999999"}, b""),
        (503, {"Retry-After": "?"}, b""),
    ]
    for number, wait in enumerate((600, MAX_BACKOFF_SECONDS, 240)):
        clock = FakeClock(NOW + number * timedelta(days=1))
        webhook = Webhook.objects.first() or webhook_with_deliveries(receiver_server.url)
        assert send_deliveries(webhook, clock) == {"later": 1}
        assert only_delivery().not_before == clock.now + timedelta(seconds=wait)


def test_a_silent_receiver_times_out(receiver_server):
    receiver_server.script = [receiver_server.no_response]
    assert send_deliveries(webhook_with_deliveries(receiver_server.url), read=0.05) == {"later": 1}
    assert only_delivery().reason == NO_ANSWER


def test_an_endless_response_is_cut_off(receiver_server):
    receiver_server.script = [receiver_server.slow_response]
    assert send_deliveries(webhook_with_deliveries(receiver_server.url), read=5, total=0.2) == {"later": 1}
    assert only_delivery().reason == CONNECTION_BROKEN


def test_a_success_status_with_an_endless_body_is_success(receiver_server):
    receiver_server.script = [receiver_server.endless_body]
    assert send_deliveries(webhook_with_deliveries(receiver_server.url), read=5, total=0.2) == {"sent": 1}


def test_an_unreachable_receiver_is_retried(receiver_server):
    assert send_deliveries(webhook_with_deliveries(f"http://localhost:{free_port()}/hook")) == {"later": 1}
    assert only_delivery().reason == CONNECTION_FAILED


def test_a_receiver_that_crashes_after_reading_gets_a_retry_with_the_same_key(receiver_server):
    receiver_server.script = [receiver_server.close_connection]
    webhook, clock = webhook_with_deliveries(receiver_server.url), FakeClock()
    assert send_deliveries(webhook, clock) == {"later": 1}
    assert only_delivery().reason == CONNECTION_BROKEN
    clock.advance(minutes=1)
    assert send_deliveries(webhook, clock) == {"sent": 1}
    assert receiver_server.received[0].body == receiver_server.received[1].body
    assert receiver_server.keys[0] == receiver_server.keys[1]


def test_after_a_failure_new_deliveries_to_the_receiver_wait_too(receiver_server):
    receiver_server.script = [500]
    webhook = webhook_with_deliveries(receiver_server.url, 3)
    assert send_deliveries(webhook) == {"later": 1}
    make_transitions()
    make_deliveries(NOW)
    assert due_webhooks(NOW + MINUTE - timedelta(seconds=1)) == []
    assert len(receiver_server.received) == 1
    assert send_deliveries(webhook, FakeClock(NOW + MINUTE)) == {"sent": 4}


def test_a_rejected_delivery_does_not_block_others(receiver_server):
    receiver_server.script = [400, 200, 200, 400]
    webhook = webhook_with_deliveries(receiver_server.url, 3)
    send_deliveries(webhook)
    assert send_deliveries(webhook, FakeClock(NOW + MINUTE)) == {"sent": 2, "later": 1}
    assert list(WebhookDelivery.objects.order_by("pk").values_list("state", flat=True)) == ["waiting", "sent", "sent"]


def test_a_delivery_is_given_up_after_five_days(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url, 2)
    tries = next(number for number in range(1, 100) if total_backoff(number) >= GIVE_UP_AFTER)
    WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.earliest("pk").pk).update(attempts=tries - 1)
    receiver_server.script = [200, 400]
    assert send_deliveries(webhook) == {"sent": 1, "given_up": 1}
    row = WebhookDelivery.objects.earliest("pk")
    assert (row.state, row.settled_at, row.reason.splitlines()) == ("given_up", NOW, [GIVEN_UP, "400"])


# ---------- disabled automatically


def test_a_410_response_disables_the_webhook_immediately(receiver_server):
    receiver_server.script = [410]
    webhook = webhook_with_deliveries(receiver_server.url, 2)
    assert send_deliveries(webhook) == {"held": 1}
    webhook.refresh_from_db()
    assert (webhook.active, webhook.disabled_at, webhook.disabled_reason) == (True, NOW, f"{GONE}\n410")
    assert set(WebhookDelivery.objects.values_list("state", "reason")) == {("held", SWITCHED_OFF)}
    assert send_deliveries(webhook, FakeClock(NOW + MINUTE)) == {}
    assert switch_on(webhook.pk, NOW + MINUTE) == 2
    assert send_deliveries(webhook, FakeClock(NOW + MINUTE)) == {"sent": 2}
    webhook.refresh_from_db()
    assert (webhook.disabled_at, webhook.disabled_reason) == (None, "")


@pytest.mark.parametrize(
    ("failures", "since", "off"),
    [
        (MAX_FAILURES - 1, MIN_FAILING_PERIOD, True),
        (MAX_FAILURES - 2, MIN_FAILING_PERIOD, False),
        (MAX_FAILURES - 1, MIN_FAILING_PERIOD - MINUTE, False),
    ],
)
def test_prolonged_failures_disable_a_webhook_and_raise_an_alarm(receiver_server, failures, since, off):
    world.user("administrator")
    receiver_server.script = [500]
    webhook = webhook_with_deliveries(receiver_server.url)
    Webhook.objects.update(failures=failures, failed_since=NOW - since)
    send_deliveries(webhook)
    webhook.refresh_from_db()
    assert bool(webhook.disabled_at) is off
    assert webhook.disabled_reason == (f"{RECEIVER_FAILING}\n500" if off else "")
    assert only_delivery().state == ("held" if off else "waiting")
    for _twice in range(2):
        keys = raise_alarms(NOW + MINUTE)
    assert len(keys) == off
    if off:
        message = OutboundEmail.objects.get()
        assert "zaken" in message.subject
        assert f"/admin/participation/webhook/{webhook.pk}/change/" in message.text


def test_a_success_resets_the_failure_count(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url)
    Webhook.objects.update(failures=MAX_FAILURES * 2, failed_since=NOW - MIN_FAILING_PERIOD)
    send_deliveries(webhook)
    assert Webhook.objects.values_list("failures", "failed_since").get() == (0, None)


# ---------- visibility at the time of sending


def test_changes_that_became_private_before_sending_are_omitted(receiver_server):
    webhook = make_webhook(receiver_server.url)
    (gone,), (left,) = make_transitions(), make_transitions()
    make_deliveries(NOW)
    Trajectory.objects.filter(obligations__transitions=gone).update(public=False)
    assert send_deliveries(webhook) == {"sent": 1}
    assert received_ids(receiver_server.received) == [left.pk]
    assert "plein-0" not in receiver_server.received[0].body.decode()


def test_a_delivery_without_public_changes_is_neither_sent_nor_kept(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url)
    Trajectory.objects.update(public=False)
    assert send_deliveries(webhook) == {"held": 1}
    assert receiver_server.received == []
    assert (only_delivery().reason, only_delivery().body) == (NOT_PUBLIC, "")


# ---------- concurrent and killed senders


def test_two_concurrent_senders_send_each_delivery_once(receiver_server, monkeypatch):
    webhook, inner = webhook_with_deliveries(receiver_server.url, 3), []
    hand = webhooks_client.WebhookClient.send

    def and_another(self, *arguments):
        inner.append(send_deliveries(webhook))
        return hand(self, *arguments)

    monkeypatch.setattr(webhooks_client.WebhookClient, "send", and_another)
    assert send_deliveries(webhook) == {"sent": 3}
    assert inner == [{}, {}, {}]
    assert len(set(receiver_server.keys)) == len(receiver_server.keys) == 3


def test_deliveries_of_a_dead_sender_are_sent_after_its_claim_expires(receiver_server, monkeypatch):
    webhook = webhook_with_deliveries(receiver_server.url)

    def dies(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhooks_client.WebhookClient, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            send_deliveries(webhook)
    assert only_delivery().attempts == 1, "that it was tried is written down before the receiver hears of it"
    assert send_deliveries(webhook, FakeClock(NOW + LEASE - MINUTE)) == {}
    assert send_deliveries(webhook, FakeClock(NOW + LEASE)) == {"sent": 1}


def test_a_claim_by_a_wrong_clock_blocks_nobody(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url)
    WebhookDelivery.objects.update(claimed_by="x", claimed_until=NOW + timedelta(days=900))
    assert send_deliveries(webhook) == {"sent": 1}


def test_a_slow_sender_does_not_overwrite_a_later_result(receiver_server, monkeypatch):
    webhook, clock = webhook_with_deliveries(receiver_server.url), FakeClock()
    hand = webhooks_client.WebhookClient.send

    def slow(self, *arguments):
        monkeypatch.setattr(webhooks_client.WebhookClient, "send", hand)
        clock.now += LEASE
        assert send_deliveries(webhook, clock) == {"sent": 1}
        return WebhookResponse(False, 500, "500")

    monkeypatch.setattr(webhooks_client.WebhookClient, "send", slow)
    send_deliveries(webhook, clock)
    assert (only_delivery().state, only_delivery().status) == ("sent", 200)


def test_deliveries_of_a_webhook_disabled_meanwhile_are_not_sent(receiver_server, monkeypatch):
    webhook = webhook_with_deliveries(receiver_server.url, 3)
    hand = webhooks_client.WebhookClient.send

    def and_off(self, *arguments):
        switch_off(webhook.pk, NOW)
        return hand(self, *arguments)

    monkeypatch.setattr(webhooks_client.WebhookClient, "send", and_off)
    send_deliveries(webhook)
    assert len(receiver_server.received) == 1


def test_the_sending_time_per_receiver_is_limited(receiver_server, monkeypatch):
    webhook, clock = webhook_with_deliveries(receiver_server.url, 5), FakeClock()
    hand = webhooks_client.WebhookClient.send

    def slow(self, *arguments):
        clock.advance(seconds=16)
        return hand(self, *arguments)

    monkeypatch.setattr(webhooks_client.WebhookClient, "send", slow)
    assert send_deliveries(webhook, clock) == {"sent": 2}
    assert due_webhooks(clock()) == [webhook.pk], "the rest is anybody's"


def test_in_one_process_a_failing_receiver_does_not_block_others(receiver_server):
    receiver_server.script = [500]
    first, second = make_webhook(receiver_server.url, "een"), make_webhook(receiver_server.url, "twee")
    make_transitions(2)
    outcome = make_and_send(FakeClock())
    assert dict(outcome.counts) == {"made": 2, "sent": 1, "later": 1, "given_up": 0, "held": 0}
    assert set(WebhookDelivery.objects.values_list("webhook", "state")) == {(first.pk, "waiting"), (second.pk, "sent")}


# ---------- test deliveries


def test_a_test_delivery_contains_no_changes_and_affects_no_counters(receiver_server):
    receiver_server.script = [(401, {}, b"wrong secret")]
    webhook = make_webhook(receiver_server.url, active=False)
    row = send_test(webhook.pk, FakeClock())
    assert (row.state, row.status, row.reason.splitlines()[1:]) == ("given_up", 401, ["401 wrong secret"])
    assert send_test(webhook.pk, FakeClock()).state == "sent"
    assert json.loads(receiver_server.received[1].body)["type"] == "test"
    webhook.refresh_from_db()
    assert (webhook.failures, due_webhooks(NOW + timedelta(days=1))) == (0, [])
