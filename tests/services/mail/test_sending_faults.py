"""Two senders at once, a sender that dies, a clock that jumps: nothing is lost, and nothing is sent twice."""

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
from participation.services.mail import sender
from participation.services.mail.outbox import message_id, put, resend, send_one, send_waiting
from participation.services.mail.sender import CUT_OFF, LEASE
from participation.services.mail.smtp import EmailBackend
from tests.outbox import NOW, Clock, Scripted, draft, waiting
from tests.smtp import LOOPBACK, smtp_server

pytestmark = pytest.mark.django_db

MOMENT = timedelta(seconds=1)


def the(message):
    return OutboundEmail.objects.get(pk=message.pk)


def states():
    return Counter(OutboundEmail.objects.values_list("state", flat=True))


def addressees():
    return [address for one in mail.outbox for address in one.to]


def test_two_senders_at_once_send_each_message_once(monkeypatch):
    monkeypatch.setattr(sender, "BATCH", 2)
    waiting(5)
    inner = []
    outer = send_waiting(Clock(), Scripted(lambda: inner.append(send_waiting(Clock(), Scripted()))))
    assert inner[0].counts["sent"] == 3, "all but the batch of the first"
    assert outer.counts["sent"] == 2
    assert sorted(addressees()) == [f"a{n}@example.org" for n in range(1, 6)]


def test_a_message_that_is_being_sent_is_nobody_else_s():
    (message,) = waiting()
    found = []
    send_waiting(Clock(), Scripted(lambda: found.append((the(message).state, send_one(message.pk, Clock())))))
    assert found == [("sending", "sending")]
    assert len(mail.outbox) == 1


def test_a_sender_whose_time_ran_out_leaves_the_rest_to_the_next():
    waiting(3)
    clock, inner = Clock(), []

    def slow():
        clock.now += LEASE
        inner.append(send_waiting(clock, Scripted()).counts)

    outer = send_waiting(clock, Scripted(slow))
    assert (inner[0]["sent"], inner[0]["doubtful"]) == (2, 1)
    assert outer.counts["sent"] == 1
    assert sorted(addressees()) == ["a1@example.org", "a2@example.org", "a3@example.org"]


def test_what_a_sender_knows_of_a_recipient_is_no_older_than_its_claim():
    waiting(3)
    clock = Clock()

    def slow():
        clock.now += LEASE
        PausedAddress.objects.create(email="a2@example.org", paused_at=clock.now)

    assert send_waiting(clock, Scripted(slow)).counts["held"] == 1
    assert addressees() == ["a1@example.org", "a3@example.org"]


def test_a_sender_that_was_taken_for_dead_still_says_what_became_of_its_message():
    (message,) = waiting()
    clock = Clock()

    def slow():
        clock.now += LEASE
        send_waiting(clock, Scripted())
        assert (the(message).state, the(message).reason) == ("doubtful", CUT_OFF)

    send_waiting(clock, Scripted(slow))
    assert (the(message).state, the(message).reason) == ("sent", "")


def test_what_a_person_had_sent_again_is_not_overwritten_by_a_sender_that_comes_back():
    (message,) = waiting()
    clock = Clock()

    def slow():
        clock.now += LEASE
        send_waiting(clock, Scripted())
        resend(the(message), clock.now)

    send_waiting(clock, Scripted(slow), limit=1)
    assert the(message).state == "waiting"


def test_a_message_that_was_taken_over_is_passed_by():
    waiting(2)
    other = OutboundEmail.objects.filter(to="a2@example.org")
    outcome = send_waiting(Clock(), Scripted(lambda: other.update(claimed_by="another")))
    assert outcome.counts["sent"] == 1
    assert addressees() == ["a1@example.org"]


# ---------- killed


def test_a_sender_that_is_killed_leaves_one_message_in_doubt_and_the_others_to_the_next():
    messages = waiting(3)
    with pytest.raises(KeyboardInterrupt):
        send_waiting(Clock(), Scripted(None, KeyboardInterrupt()))
    assert [the(message).state for message in messages] == ["sent", "sending", "waiting"]
    soon = send_waiting(Clock(NOW + LEASE - MOMENT), Scripted())
    assert soon.counts["sent"] == soon.counts["doubtful"] == 0, "it may still be at it"
    late = send_waiting(Clock(NOW + LEASE), Scripted())
    assert (late.counts["sent"], late.counts["doubtful"]) == (1, 1)
    row = the(messages[1])
    assert (row.state, row.reason, row.settled_at) == ("doubtful", CUT_OFF, NOW + LEASE)
    assert addressees() == ["a1@example.org", "a3@example.org"]


def test_why_a_message_waited_before_stays_when_it_comes_in_doubt():
    (message,) = waiting()
    OutboundEmail.objects.update(reason="450 greylisted")
    with pytest.raises(KeyboardInterrupt):
        send_waiting(Clock(), Scripted(KeyboardInterrupt()))
    send_waiting(Clock(NOW + LEASE), Scripted())
    assert the(message).reason == f"450 greylisted\n{CUT_OFF}"


def test_a_batch_that_was_claimed_and_never_begun_is_sent_by_the_next():
    waiting(2)
    sender._claim(NOW, 2)
    assert send_waiting(Clock(NOW + LEASE - MOMENT), Scripted()).counts["sent"] == 0
    assert send_waiting(Clock(NOW + LEASE), Scripted()).counts["sent"] == 2


def test_what_was_sent_is_written_down_even_where_the_next_cannot_be_taken(monkeypatch):
    """The database fails once, when the second message is taken: what became of the first is not lost with it."""
    messages = waiting(2)
    take = sender._Sender._take
    monkeypatch.setattr(
        sender._Sender,
        "_take",
        lambda self, batch, row: _fail() if row.to == "a2@example.org" else take(self, batch, row),
    )
    with pytest.raises(OperationalError):
        send_waiting(Clock(), Scripted())
    assert [the(message).state for message in messages] == ["sent", "waiting"]


def _fail():
    raise OperationalError("the connection was lost")


# ---------- the clock


def test_a_clock_that_is_put_back_an_hour_sends_nothing_twice_and_loses_nothing():
    waiting(2)
    clock = Clock()
    first = send_waiting(clock, Scripted(lambda: clock.on(hours=-1)))
    put(draft("later", "later@example.org"), clock.now)
    second = send_waiting(clock, Scripted())
    assert first.counts["sent"] + second.counts["sent"] == 3
    assert len(addressees()) == len(set(addressees())) == 3
    assert states() == {"sent": 3}


def test_what_was_made_before_the_clock_was_put_back_does_not_wait_until_it_is_as_late_again():
    waiting()
    assert send_waiting(Clock(NOW - timedelta(hours=1)), Scripted()).counts["sent"] == 1


def test_what_was_made_before_the_clock_was_put_back_and_is_tried_again_waits_as_all_others():
    (message,) = waiting()
    clock = Clock(NOW - timedelta(hours=1))
    later = [SMTPDataError(451, b"later") for _ in range(60)]
    assert send_waiting(clock, Scripted(*later)).counts["later"] == 1
    assert send_waiting(clock, Scripted(*later)).counts["later"] == 0
    assert the(message).not_before == clock.on(minutes=1)
    assert send_waiting(clock, Scripted()).counts["sent"] == 1


def test_a_sender_that_died_before_the_clock_was_put_back_holds_nothing_up():
    waiting(2)
    with pytest.raises(KeyboardInterrupt):
        send_waiting(Clock(), Scripted(KeyboardInterrupt()))
    assert send_waiting(Clock(NOW - timedelta(hours=1)), Scripted()).counts["sent"] == 1
    assert states() == {"doubtful": 1, "sent": 1}


def test_a_sender_whose_clock_is_a_little_ahead_keeps_what_it_has():
    waiting(2)
    sender._claim(NOW + LEASE, 2)
    assert send_waiting(Clock(), Scripted()).counts["sent"] == 0


def test_a_clock_that_jumps_an_hour_on_sends_nothing_twice():
    waiting(3)
    clock = Clock()
    assert send_waiting(clock, Scripted(lambda: clock.on(hours=1))).counts["sent"] == 3
    assert len(set(addressees())) == len(addressees()) == 3


# ---------- whatever a server does

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
def test_whatever_the_server_answers_nobody_gets_two_and_every_message_comes_to_an_end(script):
    for model in (Bounce, PausedAddress, OutboundEmail):
        model.objects.all().delete()
    messages, clock = waiting(4), Clock()
    with smtp_server(*script) as server:
        for _ in range(60):
            send_waiting(clock, EmailBackend(host=LOOPBACK, port=server.port))
            if not OutboundEmail.objects.unsettled().exists():
                break
            clock.now = max(clock.now, OutboundEmail.objects.unsettled().earliest("not_before").not_before)
    taken = Counter(server.ids)
    assert not [key for key, count in taken.items() if count > 1]
    for message in map(the, messages):
        assert message.state in EMAIL_STATES[2:5], "sent, refused or in doubt"
        arrived = taken[message_id(message.key)]
        assert message.state == "doubtful" or arrived == (message.state == "sent")
        assert message.settled_at
        assert not message.claimed_by
    assert states()["doubtful"] <= sum(step in ("end=drop", "end=take+drop", "data=cut") for step in script)
