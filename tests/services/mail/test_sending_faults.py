"""Concurrent senders, killed senders and clock changes: no mail is lost, and none is sent twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from smtplib import SMTPDataError

import pytest
from django.core import mail
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.models import Bounce, OutboundEmail, PausedAddress
from participation.models.mail import EMAIL_STATES
from participation.presentation.mail import message_id
from participation.services.mail import sender
from participation.services.mail.outbox import enqueue, resend
from participation.services.mail.sender import CUT_OFF, send_one, send_waiting
from participation.services.mail.smtp import EmailBackend
from participation.services.outbox_rows import LEASE
from tests.outbox import NOW, FakeClock, ScriptedEmailBackend, make_draft, make_waiting_emails
from tests.smtp import LOOPBACK, smtp_server

pytestmark = pytest.mark.django_db

MOMENT = timedelta(seconds=1)


def reloaded(message):
    return OutboundEmail.objects.get(pk=message.pk)


def states():
    return Counter(OutboundEmail.objects.values_list("state", flat=True))


def addressees():
    return [address for one in mail.outbox for address in one.to]


def test_two_concurrent_senders_send_each_email_once(monkeypatch):
    monkeypatch.setattr(sender, "BATCH_SIZE", 2)
    make_waiting_emails(5)
    inner = []
    outer = send_waiting(
        FakeClock(), ScriptedEmailBackend(lambda: inner.append(send_waiting(FakeClock(), ScriptedEmailBackend())))
    )
    assert inner[0].counts["sent"] == 3, "all but the batch of the first"
    assert outer.counts["sent"] == 2
    assert sorted(addressees()) == [f"a{n}@example.org" for n in range(1, 6)]


def test_an_email_being_sent_cannot_be_claimed_by_another_sender():
    (message,) = make_waiting_emails()
    found = []
    send_waiting(
        FakeClock(),
        ScriptedEmailBackend(lambda: found.append((reloaded(message).state, send_one(message.pk, FakeClock())))),
    )
    assert found == [("sending", "sending")]
    assert len(mail.outbox) == 1


def test_a_sender_with_an_expired_claim_leaves_the_rest_to_the_next():
    make_waiting_emails(3)
    clock, inner = FakeClock(), []

    def slow():
        clock.now += LEASE
        inner.append(send_waiting(clock, ScriptedEmailBackend()).counts)

    outer = send_waiting(clock, ScriptedEmailBackend(slow))
    assert (inner[0]["sent"], inner[0]["doubtful"]) == (2, 1)
    assert outer.counts["sent"] == 1
    assert sorted(addressees()) == ["a1@example.org", "a2@example.org", "a3@example.org"]


def test_recipient_data_is_read_after_the_claim():
    make_waiting_emails(3)
    clock = FakeClock()

    def slow():
        clock.now += LEASE
        PausedAddress.objects.create(email="a2@example.org", paused_at=clock.now)

    assert send_waiting(clock, ScriptedEmailBackend(slow)).counts["held"] == 1
    assert addressees() == ["a1@example.org", "a3@example.org"]


def test_a_sender_with_an_expired_claim_still_records_its_result():
    (message,) = make_waiting_emails()
    clock = FakeClock()

    def slow():
        clock.now += LEASE
        send_waiting(clock, ScriptedEmailBackend())
        assert (reloaded(message).state, reloaded(message).reason) == ("doubtful", CUT_OFF)

    send_waiting(clock, ScriptedEmailBackend(slow))
    assert (reloaded(message).state, reloaded(message).reason) == ("sent", "")


def test_a_late_sender_does_not_overwrite_a_manual_resend():
    (message,) = make_waiting_emails()
    clock = FakeClock()

    def slow():
        clock.now += LEASE
        send_waiting(clock, ScriptedEmailBackend())
        resend(reloaded(message), clock.now)

    send_waiting(clock, ScriptedEmailBackend(slow), limit=1)
    assert reloaded(message).state == "waiting"


def test_an_email_claimed_by_another_sender_is_skipped():
    make_waiting_emails(2)
    other = OutboundEmail.objects.filter(to="a2@example.org")
    outcome = send_waiting(FakeClock(), ScriptedEmailBackend(lambda: other.update(claimed_by="another")))
    assert outcome.counts["sent"] == 1
    assert addressees() == ["a1@example.org"]


# ---------- killed


def test_a_killed_sender_leaves_one_email_in_doubt_and_the_rest_to_the_next():
    messages = make_waiting_emails(3)
    with pytest.raises(KeyboardInterrupt):
        send_waiting(FakeClock(), ScriptedEmailBackend(None, KeyboardInterrupt()))
    assert [reloaded(message).state for message in messages] == ["sent", "sending", "waiting"]
    soon = send_waiting(FakeClock(NOW + LEASE - MOMENT), ScriptedEmailBackend())
    assert soon.counts["sent"] == soon.counts["doubtful"] == 0, "it may still be at it"
    late = send_waiting(FakeClock(NOW + LEASE), ScriptedEmailBackend())
    assert (late.counts["sent"], late.counts["doubtful"]) == (1, 1)
    row = reloaded(messages[1])
    assert (row.state, row.reason, row.settled_at) == ("doubtful", CUT_OFF, NOW + LEASE)
    assert addressees() == ["a1@example.org", "a3@example.org"]


def test_an_email_in_doubt_keeps_its_earlier_error():
    (message,) = make_waiting_emails()
    OutboundEmail.objects.update(reason="450 greylisted")
    with pytest.raises(KeyboardInterrupt):
        send_waiting(FakeClock(), ScriptedEmailBackend(KeyboardInterrupt()))
    send_waiting(FakeClock(NOW + LEASE), ScriptedEmailBackend())
    assert reloaded(message).reason == f"450 greylisted\n{CUT_OFF}"


def test_a_claimed_but_unsent_batch_is_sent_by_the_next_sender():
    make_waiting_emails(2)
    sender._claim_batch(NOW, 2)
    assert send_waiting(FakeClock(NOW + LEASE - MOMENT), ScriptedEmailBackend()).counts["sent"] == 0
    assert send_waiting(FakeClock(NOW + LEASE), ScriptedEmailBackend()).counts["sent"] == 2


def test_results_are_stored_even_when_the_next_email_cannot_be_claimed(monkeypatch):
    """The database fails when the second mail is claimed: the result of the first is still recorded."""
    messages = make_waiting_emails(2)
    take = sender._Sender._start_sending
    monkeypatch.setattr(
        sender._Sender,
        "_start_sending",
        lambda self, batch, row: _fail() if row.to == "a2@example.org" else take(self, batch, row),
    )
    with pytest.raises(OperationalError):
        send_waiting(FakeClock(), ScriptedEmailBackend())
    assert [reloaded(message).state for message in messages] == ["sent", "waiting"]


def _fail():
    raise OperationalError("the connection was lost")


# ---------- the clock


def test_a_clock_set_back_an_hour_duplicates_and_loses_nothing():
    make_waiting_emails(2)
    clock = FakeClock()
    first = send_waiting(clock, ScriptedEmailBackend(lambda: clock.advance(hours=-1)))
    enqueue(make_draft("later", "later@example.org"), clock.now)
    second = send_waiting(clock, ScriptedEmailBackend())
    assert first.counts["sent"] + second.counts["sent"] == 3
    assert len(addressees()) == len(set(addressees())) == 3
    assert states() == {"sent": 3}


def test_emails_created_before_the_clock_was_set_back_are_sent_without_delay():
    make_waiting_emails()
    assert send_waiting(FakeClock(NOW - timedelta(hours=1)), ScriptedEmailBackend()).counts["sent"] == 1


def test_emails_retried_after_the_clock_was_set_back_wait_the_usual_delay():
    (message,) = make_waiting_emails()
    clock = FakeClock(NOW - timedelta(hours=1))
    later = [SMTPDataError(451, b"later") for _ in range(60)]
    assert send_waiting(clock, ScriptedEmailBackend(*later)).counts["later"] == 1
    assert send_waiting(clock, ScriptedEmailBackend(*later)).counts["later"] == 0
    assert reloaded(message).not_before == clock.advance(minutes=1)
    assert send_waiting(clock, ScriptedEmailBackend()).counts["sent"] == 1


def test_a_sender_that_died_before_the_clock_was_set_back_blocks_nothing():
    make_waiting_emails(2)
    with pytest.raises(KeyboardInterrupt):
        send_waiting(FakeClock(), ScriptedEmailBackend(KeyboardInterrupt()))
    assert send_waiting(FakeClock(NOW - timedelta(hours=1)), ScriptedEmailBackend()).counts["sent"] == 1
    assert states() == {"doubtful": 1, "sent": 1}


def test_a_sender_with_a_slightly_fast_clock_keeps_its_claims():
    make_waiting_emails(2)
    sender._claim_batch(NOW + LEASE, 2)
    assert send_waiting(FakeClock(), ScriptedEmailBackend()).counts["sent"] == 0


def test_a_clock_set_forward_an_hour_duplicates_nothing():
    make_waiting_emails(3)
    clock = FakeClock()
    assert send_waiting(clock, ScriptedEmailBackend(lambda: clock.advance(hours=1))).counts["sent"] == 3
    assert len(set(addressees())) == len(addressees()) == 3


# ---------- any behaviour of a server

STEPS = st.sampled_from(
    [
        *("ok", "connect=421", "connect=drop", "hello=drop", "sender=451", "sender=550", "sender=drop"),
        *("recipient=450", "recipient=550", "recipient=421", "recipient=554 5.7.1 no", "recipient=drop"),
        *("data=451", "data=554", "data=drop", "data=cut"),
        *("end=451", "end=554", "end=421", "end=drop", "end=take+drop", "end=250 2.0.0 fine"),
    ]
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(STEPS, max_size=10))
def test_any_server_responses_give_no_duplicates_and_a_final_state(script):
    for model in (Bounce, PausedAddress, OutboundEmail):
        model.objects.all().delete()
    messages, clock = make_waiting_emails(4), FakeClock()
    with smtp_server(*script) as server:
        for _ in range(60):
            send_waiting(clock, EmailBackend(host=LOOPBACK, port=server.port))
            if not OutboundEmail.objects.unsettled().exists():
                break
            clock.now = max(clock.now, OutboundEmail.objects.unsettled().earliest("not_before").not_before)
    taken = Counter(server.ids)
    assert not [key for key, count in taken.items() if count > 1]
    for message in map(reloaded, messages):
        assert message.state in EMAIL_STATES[2:5], "sent, refused or in doubt"
        arrived = taken[message_id(message.key)]
        assert message.state == "doubtful" or arrived == (message.state == "sent")
        assert message.settled_at
        assert not message.claimed_by
    assert states()["doubtful"] <= sum(step in ("end=drop", "end=take+drop", "data=cut") for step in script)
