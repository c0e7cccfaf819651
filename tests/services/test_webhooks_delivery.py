"""Messages reach a real receiver: signed, at least once, and with patience."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from participation.models import OutboundEmail, Trajectory, Transition, Webhook, WebhookDelivery
from participation.services import webhooks_client
from participation.services.alarms import raise_alarms
from participation.services.webhooks import NOT_PUBLIC, SWITCHED_OFF, make_deliveries, switch_off, switch_on
from participation.services.webhooks_client import (
    BROKEN_OFF,
    ELSEWHERE,
    NO_ANSWER,
    NO_MORE,
    UNREACHABLE,
    WebhookResponse,
)
from participation.services.webhooks_delivery import (
    FAILING_FOR,
    GIVE_UP_AFTER,
    GIVEN_UP,
    LEASE,
    LONGEST_WAIT,
    MOST_FAILURES,
    TOOK_NOTHING,
    due,
    make_and_send,
    send_test,
    waited,
)
from tests import world
from tests.outbox import NOW, Clock
from tests.receiver import hook, news, receiver, send, to
from tests.servers import free_port

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def there(settings):
    """A receiver on this machine, which only a developer's installation sends to."""
    settings.DEBUG = True
    with receiver() as found:
        yield found


def the_one():
    return WebhookDelivery.objects.get()


def told(heard):
    return [line["id"] for one in heard for line in json.loads(one.body)["data"].get("transitions", [])]


# ---------- taken


def test_what_is_taken_is_sent_once(there):
    webhook = to(there.url)
    assert send(webhook) == {"sent": 1}
    row = the_one()
    assert (row.state, row.status, row.attempts, row.settled_at) == ("sent", 200, 1, NOW)
    assert (row.claimed_by, row.claimed_until, row.reason) == ("", None, "")
    assert send(webhook, Clock(NOW + MINUTE)) == {}
    assert there.keys == [row.key]


def test_messages_go_in_order_and_over_one_connection(there):
    webhook = to(there.url, 25)
    assert send(webhook) == {"sent": 25}
    assert told(there.heard) == list(Transition.objects.order_by("pk").values_list("pk", flat=True))


def test_any_answer_in_the_two_hundreds_is_yes(there):
    there.script = [204, (202, {}, b"x" * 5_000)]
    assert send(to(there.url, 2)) == {"sent": 2}


# ---------- not taken


def test_what_was_not_taken_is_sent_again_under_the_same_key(there):
    there.script = [(500, {}, b"<h1>Fout</h1>")]
    webhook, clock = to(there.url), Clock()
    assert send(webhook, clock) == {"later": 1}
    row = the_one()
    assert (row.state, row.status, row.reason) == ("waiting", 500, "500 <h1>Fout</h1>")
    assert (row.claimed_by, row.claimed_until, row.not_before) == ("", None, NOW + MINUTE)
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failed_since) == (1, NOW)
    clock.on(seconds=59)
    assert send(webhook, clock) == {}
    clock.on(seconds=1)
    assert send(webhook, clock) == {"sent": 1}
    assert len(set(there.keys)) == 1
    assert len(there.keys) == 2
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failed_since) == (0, None)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 503])
def test_whatever_else_is_answered_is_tried_again(there, status):
    there.script = [status]
    assert send(to(there.url)) == {"later": 1}
    assert the_one().status == status


def test_a_redirect_is_not_followed(there):
    there.script = [(302, {"Location": there.url.replace("hook", "elders")}, b"")]
    assert send(to(there.url)) == {"later": 1}
    assert len(there.heard) == 1
    assert the_one().reason.splitlines() == [ELSEWHERE, "302"]


def test_a_receiver_that_asks_to_wait_is_left_alone_as_long_within_reason(there):
    there.script = [
        (429, {"Retry-After": "600"}, b""),
        (503, {"Retry-After": "999999"}, b""),
        (503, {"Retry-After": "?"}, b""),
    ]
    for number, wait in enumerate((600, LONGEST_WAIT, 240)):
        clock = Clock(NOW + number * timedelta(days=1))
        webhook = Webhook.objects.first() or to(there.url)
        assert send(webhook, clock) == {"later": 1}
        assert the_one().not_before == clock.now + timedelta(seconds=wait)


def test_a_receiver_that_says_nothing_is_given_up_waiting_for(there):
    there.script = [there.never]
    assert send(to(there.url), read=0.05) == {"later": 1}
    assert the_one().reason == NO_ANSWER


def test_a_receiver_that_never_comes_to_an_end_is_cut_off(there):
    there.script = [there.drips]
    assert send(to(there.url), read=5, whole=0.2) == {"later": 1}
    assert the_one().reason == BROKEN_OFF


def test_a_receiver_that_took_it_and_goes_on_talking_has_taken_it(there):
    there.script = [there.drones]
    assert send(to(there.url), read=5, whole=0.2) == {"sent": 1}


def test_a_receiver_that_is_not_there_is_tried_again(there):
    assert send(to(f"http://localhost:{free_port()}/hook")) == {"later": 1}
    assert the_one().reason == UNREACHABLE


def test_a_receiver_that_dies_after_reading_gets_it_again_under_the_same_key(there):
    there.script = [there.dies]
    webhook, clock = to(there.url), Clock()
    assert send(webhook, clock) == {"later": 1}
    assert the_one().reason == BROKEN_OFF
    clock.on(minutes=1)
    assert send(webhook, clock) == {"sent": 1}
    assert there.heard[0].body == there.heard[1].body
    assert there.keys[0] == there.keys[1]


def test_after_a_failure_the_receiver_rests_also_for_what_is_new(there):
    there.script = [500]
    webhook = to(there.url, 3)
    assert send(webhook) == {"later": 1}
    news()
    make_deliveries(NOW)
    assert due(NOW + MINUTE - timedelta(seconds=1)) == []
    assert len(there.heard) == 1
    assert send(webhook, Clock(NOW + MINUTE)) == {"sent": 4}


def test_a_message_that_is_refused_holds_up_no_other(there):
    there.script = [400, 200, 200, 400]
    webhook = to(there.url, 3)
    send(webhook)
    assert send(webhook, Clock(NOW + MINUTE)) == {"sent": 2, "later": 1}
    assert list(WebhookDelivery.objects.order_by("pk").values_list("state", flat=True)) == ["waiting", "sent", "sent"]


def test_after_five_days_a_message_is_given_up(there):
    webhook = to(there.url, 2)
    tries = next(number for number in range(1, 100) if waited(number) >= GIVE_UP_AFTER)
    WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.earliest("pk").pk).update(attempts=tries - 1)
    there.script = [200, 400]
    assert send(webhook) == {"sent": 1, "given_up": 1}
    row = WebhookDelivery.objects.earliest("pk")
    assert (row.state, row.settled_at, row.reason.splitlines()) == ("given_up", NOW, [GIVEN_UP, "400"])


# ---------- switched off by itself


def test_a_receiver_that_wants_no_more_is_switched_off_at_once(there):
    there.script = [410]
    webhook = to(there.url, 2)
    assert send(webhook) == {"held": 1}
    webhook.refresh_from_db()
    assert (webhook.active, webhook.disabled_at, webhook.disabled_reason) == (True, NOW, f"{NO_MORE}\n410")
    assert set(WebhookDelivery.objects.values_list("state", "reason")) == {("held", SWITCHED_OFF)}
    assert send(webhook, Clock(NOW + MINUTE)) == {}
    assert switch_on(webhook.pk, NOW + MINUTE) == 2
    assert send(webhook, Clock(NOW + MINUTE)) == {"sent": 2}
    webhook.refresh_from_db()
    assert (webhook.disabled_at, webhook.disabled_reason) == (None, "")


@pytest.mark.parametrize(
    ("failures", "since", "off"),
    [
        (MOST_FAILURES - 1, FAILING_FOR, True),
        (MOST_FAILURES - 2, FAILING_FOR, False),
        (MOST_FAILURES - 1, FAILING_FOR - MINUTE, False),
    ],
)
def test_many_failures_for_long_enough_switch_a_webhook_off_and_an_alarm_tells(there, failures, since, off):
    world.user("administrator")
    there.script = [500]
    webhook = to(there.url)
    Webhook.objects.update(failures=failures, failed_since=NOW - since)
    send(webhook)
    webhook.refresh_from_db()
    assert bool(webhook.disabled_at) is off
    assert webhook.disabled_reason == (f"{TOOK_NOTHING}\n500" if off else "")
    assert the_one().state == ("held" if off else "waiting")
    for _twice in range(2):
        keys = raise_alarms(NOW + MINUTE)
    assert len(keys) == off
    if off:
        message = OutboundEmail.objects.get()
        assert "zaken" in message.subject
        assert f"/admin/participation/webhook/{webhook.pk}/change/" in message.text


def test_once_it_takes_one_all_that_went_wrong_before_is_forgotten(there):
    webhook = to(there.url)
    Webhook.objects.update(failures=MOST_FAILURES * 2, failed_since=NOW - FAILING_FOR)
    send(webhook)
    assert Webhook.objects.values_list("failures", "failed_since").get() == (0, None)


# ---------- what is public when it is sent


def test_what_is_not_public_any_more_when_it_is_sent_is_left_out(there):
    webhook = hook(there.url)
    (gone,), (left,) = news(), news()
    make_deliveries(NOW)
    Trajectory.objects.filter(obligations__transitions=gone).update(public=False)
    assert send(webhook) == {"sent": 1}
    assert told(there.heard) == [left.pk]
    assert "plein-0" not in there.heard[0].body.decode()


def test_where_nothing_is_public_any_more_nothing_is_sent_and_nothing_kept(there):
    webhook = to(there.url)
    Trajectory.objects.update(public=False)
    assert send(webhook) == {"held": 1}
    assert there.heard == []
    assert (the_one().reason, the_one().body) == (NOT_PUBLIC, "")


# ---------- two at once, and one that dies


def test_two_senders_at_once_send_each_message_once(there, monkeypatch):
    webhook, inner = to(there.url, 3), []
    hand = webhooks_client.WebhookClient.hand

    def and_another(self, *arguments):
        inner.append(send(webhook))
        return hand(self, *arguments)

    monkeypatch.setattr(webhooks_client.WebhookClient, "hand", and_another)
    assert send(webhook) == {"sent": 3}
    assert inner == [{}, {}, {}]
    assert len(set(there.keys)) == len(there.keys) == 3


def test_what_a_sender_had_in_hand_when_it_died_is_sent_by_the_next_after_its_lease(there, monkeypatch):
    webhook = to(there.url)

    def dies(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(webhooks_client.WebhookClient, "hand", dies)
        with pytest.raises(KeyboardInterrupt):
            send(webhook)
    assert the_one().attempts == 1, "that it was tried is written down before the receiver hears of it"
    assert send(webhook, Clock(NOW + LEASE - MINUTE)) == {}
    assert send(webhook, Clock(NOW + LEASE)) == {"sent": 1}


def test_a_claim_of_a_clock_that_was_wrong_holds_up_nobody(there):
    webhook = to(there.url)
    WebhookDelivery.objects.update(claimed_by="x", claimed_until=NOW + timedelta(days=900))
    assert send(webhook) == {"sent": 1}


def test_a_slow_sender_changes_nothing_of_what_another_did_meanwhile(there, monkeypatch):
    webhook, clock = to(there.url), Clock()
    hand = webhooks_client.WebhookClient.hand

    def slow(self, *arguments):
        monkeypatch.setattr(webhooks_client.WebhookClient, "hand", hand)
        clock.now += LEASE
        assert send(webhook, clock) == {"sent": 1}
        return WebhookResponse(False, 500, "500")

    monkeypatch.setattr(webhooks_client.WebhookClient, "hand", slow)
    send(webhook, clock)
    assert (the_one().state, the_one().status) == ("sent", 200)


def test_what_is_switched_off_meanwhile_is_not_sent(there, monkeypatch):
    webhook = to(there.url, 3)
    hand = webhooks_client.WebhookClient.hand

    def and_off(self, *arguments):
        switch_off(webhook.pk, NOW)
        return hand(self, *arguments)

    monkeypatch.setattr(webhooks_client.WebhookClient, "hand", and_off)
    send(webhook)
    assert len(there.heard) == 1


def test_one_receiver_has_a_sender_s_attention_for_a_turn_at_most(there, monkeypatch):
    webhook, clock = to(there.url, 5), Clock()
    hand = webhooks_client.WebhookClient.hand

    def slow(self, *arguments):
        clock.on(seconds=16)
        return hand(self, *arguments)

    monkeypatch.setattr(webhooks_client.WebhookClient, "hand", slow)
    assert send(webhook, clock) == {"sent": 2}
    assert due(clock()) == [webhook.pk], "the rest is anybody's"


def test_all_in_one_process_a_receiver_that_fails_holds_up_no_other(there):
    there.script = [500]
    first, second = hook(there.url, "een"), hook(there.url, "twee")
    news(2)
    outcome = make_and_send(Clock())
    assert dict(outcome.counts) == {"made": 2, "sent": 1, "later": 1, "given_up": 0, "held": 0}
    assert set(WebhookDelivery.objects.values_list("webhook", "state")) == {(first.pk, "waiting"), (second.pk, "sent")}


# ---------- trying it


def test_a_test_tells_nothing_and_counts_for_nothing(there):
    there.script = [(401, {}, b"wrong secret")]
    webhook = hook(there.url, active=False)
    row = send_test(webhook.pk, Clock())
    assert (row.state, row.status, row.reason.splitlines()[1:]) == ("given_up", 401, ["401 wrong secret"])
    assert send_test(webhook.pk, Clock()).state == "sent"
    assert json.loads(there.heard[1].body)["type"] == "test"
    webhook.refresh_from_db()
    assert (webhook.failures, due(NOW + timedelta(days=1))) == (0, [])
