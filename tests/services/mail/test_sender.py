"""What waits is sent, in order, over one connection; what became of each message is written down."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import get_connection

from participation.models import Bounce, Follower, OutboundEmail, PausedAddress, User
from participation.services.mail import sender
from participation.services.mail.outbox import put, send_one, send_waiting
from participation.services.mail.sender import CLOSED, GIVEN_UP, MOVED, SERIES, UNANSWERED, UNWANTED, waited
from tests import world
from tests.outbox import NOW, Clock, Scripted, draft, waiting

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = smtplib.SMTPRecipientsRefused({"x": (450, b"4.2.0 greylisted")})
GONE = smtplib.SMTPRecipientsRefused({"x": (550, b"5.1.1 <a1@example.org> gone")})
TOO_ODD = smtplib.SMTPDataError(554, b"5.6.0 odd text")
LOST = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
NOT_US = smtplib.SMTPSenderRefused(530, b"5.7.0 log in first", "leidraad@example.org")


def send(*script, now=NOW, **options):
    return send_waiting(Clock(now), Scripted(*script), **options)


def the(message):
    return OutboundEmail.objects.get(pk=message.pk)


def states():
    return Counter(OutboundEmail.objects.values_list("state", flat=True))


def counted(outcome):
    return {name: count for name, count in outcome.counts.items() if count}


def addressees():
    return [address for one in mail.outbox for address in one.to]


# ---------- sent


def test_what_waits_is_sent_once():
    (message,) = waiting()
    outcome = send()
    row = the(message)
    assert (counted(outcome), outcome.trouble) == ({"sent": 1}, "")
    assert (row.state, row.attempts, row.settled_at, row.reason) == ("sent", 1, NOW, "")
    assert (row.claimed_by, row.claimed_until) == ("", None)
    assert counted(send(now=NOW + DAY)) == {}
    assert addressees() == ["a1@example.org"]


def test_nothing_that_waits_opens_no_connection():
    connection = Scripted()
    send_waiting(Clock(), connection)
    assert connection.opened == 0


def test_what_somebody_waits_for_goes_first_and_then_the_oldest(monkeypatch):
    monkeypatch.setattr(sender, "BATCH", 2)
    for number, kind in enumerate(("weekly_report", "news", "question", "alarm"), 1):
        put(draft(f"k{number}", f"a{number}@example.org", kind), NOW - number * MINUTE)
    send()
    assert addressees() == ["a3@example.org", "a4@example.org", "a1@example.org", "a2@example.org"]


def test_what_is_not_due_yet_waits():
    waiting()
    OutboundEmail.objects.update(not_before=NOW + MINUTE)
    assert counted(send()) == {}
    assert counted(send(now=NOW + MINUTE)) == {"sent": 1}


def test_a_number_of_batches_takes_one_connection(monkeypatch):
    monkeypatch.setattr(sender, "BATCH", 2)
    waiting(5)
    connection = Scripted()
    assert counted(send_waiting(Clock(), connection)) == {"sent": 5}
    assert (connection.opened, connection.closed) == (1, 1)


def test_no_more_is_sent_than_the_limit(monkeypatch):
    monkeypatch.setattr(sender, "BATCH", 2)
    waiting(5)
    assert counted(send(limit=3)) == {"sent": 3}
    assert not OutboundEmail.objects.filter(state="waiting").exclude(claimed_by="").exists()


def test_each_further_message_costs_two_queries(django_assert_max_num_queries):
    def queries(number):
        OutboundEmail.objects.all().delete()
        waiting(number)
        with django_assert_max_num_queries(1_000) as found:
            send()
        # In a test each transaction is a savepoint, two queries more; elsewhere it is no query of its own.
        return len([query for query in found if "SAVEPOINT" not in query["sql"]])

    assert queries(50) - queries(1) == 49 * 2


@pytest.mark.parametrize("kind", ["console", "filebased", "locmem", "dummy"])
def test_a_connection_that_is_no_mail_server_serves_too(kind, tmp_path):
    waiting(2)
    options = {"file_path": tmp_path} if kind == "filebased" else {}
    outcome = send_waiting(Clock(), get_connection(f"django.core.mail.backends.{kind}.EmailBackend", **options))
    assert counted(outcome) == {"sent": 2}


def test_one_message_can_be_sent_by_itself():
    first, second = waiting(2)
    assert send_one(second.pk, Clock(), Scripted()) == "sent"
    assert addressees() == ["a2@example.org"]
    assert send_one(second.pk, Clock(), Scripted()) == "sent"
    assert len(mail.outbox) == 1
    assert send_one(first.pk, Clock(), Scripted(LATER)) == "waiting"
    assert send_one(0, Clock(), Scripted()) == ""


def test_one_message_that_is_not_due_or_in_other_hands_is_left_alone():
    (message,) = waiting()
    OutboundEmail.objects.update(not_before=NOW + MINUTE)
    assert send_one(message.pk, Clock(), Scripted()) == "waiting"
    OutboundEmail.objects.update(not_before=NOW, claimed_by="another", claimed_until=NOW + MINUTE)
    assert send_one(message.pk, Clock(), Scripted()) == "waiting"
    assert not mail.outbox


# ---------- later


def test_not_now_is_tried_again_after_twice_as_long_each_time():
    (message,) = waiting()
    clock, waits = Clock(), []
    for _ in range(11):
        assert counted(send_waiting(clock, Scripted(LATER))) == {"later": 1}
        row = the(message)
        waits.append((row.not_before - clock.now).total_seconds() / 60)
        assert counted(send_waiting(clock, Scripted())) == {}
        clock.now = row.not_before
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]
    assert (row.state, row.attempts, row.reason) == ("waiting", 11, "450 4.2.0 greylisted")
    assert counted(send_waiting(clock, Scripted())) == {"sent": 1}


def test_after_five_days_it_is_given_up_with_the_last_words_of_the_server():
    (message,) = waiting()
    clock = Clock()
    while the(message).state == "waiting":
        clock.now = the(message).not_before
        outcome = send_waiting(clock, Scripted(LATER))
    row = the(message)
    assert counted(outcome) == {"refused": 1}
    assert (row.state, row.reason) == ("refused", f"{GIVEN_UP}\n450 4.2.0 greylisted")
    assert 5 * DAY <= row.settled_at - NOW < 5 * DAY + timedelta(hours=4)
    assert Bounce.objects.get().message == row


def test_a_mail_that_the_server_did_not_count_as_sent_is_sent_later():
    (message,) = waiting()

    class Takes(Scripted):
        def send_messages(self, messages):
            return 0

    assert counted(send_waiting(Clock(), Takes())) == {"later": 1}
    assert the(message).state == "waiting"


# ---------- refused


def test_a_refused_address_stops_nobody_else_and_its_reason_is_kept():
    messages = waiting(3)
    assert counted(send(GONE)) == {"sent": 2, "refused": 1}
    row = the(messages[0])
    assert (row.state, row.reason) == ("refused", "550 5.1.1 <a1@example.org> gone")
    assert row.settled_at == NOW
    found = Bounce.objects.get()
    assert (found.email, found.message, found.permanent, found.at) == ("a1@example.org", row, True, NOW)
    assert counted(send(now=NOW + DAY)) == {}


def test_a_refused_text_is_not_held_against_the_address():
    waiting()
    assert counted(send(TOO_ODD)) == {"refused": 1}
    assert not Bounce.objects.exists()


def test_a_third_refusal_pauses_the_address():
    for number in range(4):
        put(draft(f"news-{number}", "a1@example.org"), NOW)
        send(*[GONE] * (number < 3))
    assert PausedAddress.objects.get().email == "a1@example.org"
    assert states() == {"refused": 3, "held": 1}


def test_the_log_names_no_address(caplog):
    (message, *_) = waiting(6)
    with caplog.at_level(logging.INFO):
        send(GONE, LATER, TOO_ODD, LOST)
    assert f"message {message.pk}: refused (550)" in caplog.text
    assert "example.org" not in caplog.text


# ---------- in doubt


def test_what_nobody_knows_of_is_not_sent_again_by_itself():
    (message,) = waiting()
    assert counted(send(LOST)) == {"doubtful": 1}
    row = the(message)
    assert (row.state, row.settled_at) == ("doubtful", NOW)
    assert row.reason == f"{UNANSWERED}\nSMTPServerDisconnected: Connection unexpectedly closed"
    assert counted(send(now=NOW + 30 * DAY)) == {}


# ---------- trouble


class Away(Scripted):
    def __init__(self, error=None):
        super().__init__()
        self.error = error or ConnectionRefusedError(111, "Connection refused")

    def open(self):
        super().open()
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (smtplib.SMTPAuthenticationError(535, b"leidraad@example.org: no"), "SMTPAuthenticationError 535"),
        (smtplib.SMTPConnectError(554, b"go away"), "SMTPConnectError 554"),
        (ssl.SSLCertVerificationError(1, "certificate expired"), "certificate expired"),
    ],
)
def test_without_a_server_everything_waits_and_no_attempt_is_counted(error, told):
    messages = waiting(3)
    connection = Away(error)
    outcome = send_waiting(Clock(), connection)
    assert (connection.opened, counted(outcome)) == (1, {})
    assert outcome.trouble == f"The mail server cannot be reached: {told}"
    assert {(row.state, row.attempts, row.claimed_by) for row in map(the, messages)} == {("waiting", 0, "")}
    assert counted(send()) == {}, "give it a moment"
    assert counted(send(now=NOW + 2 * MINUTE)) == {"sent": 3}


def test_what_was_not_tried_yet_is_not_put_off(monkeypatch):
    monkeypatch.setattr(sender, "BATCH", 1)
    tried, other = waiting(2)
    send_waiting(Clock(), Away())
    assert (the(tried).not_before, the(other).not_before) == (NOW + 2 * MINUTE, NOW)


def test_however_long_the_trouble_is_ours_nobody_is_given_up():
    (message,) = waiting()
    clock = Clock()
    for _ in range(100):
        send_waiting(clock, Away())
        send_waiting(clock, Scripted(NOT_US))
        clock.on(hours=3)
    assert (the(message).state, the(message).attempts) == ("waiting", 0)
    assert counted(send_waiting(clock, Scripted(LATER))) == {"later": 1}


def test_a_server_that_does_not_want_our_mail_ends_the_run_and_gives_up_on_nobody():
    messages = waiting(3)
    outcome = send(None, NOT_US)
    assert outcome.trouble == "The mail server does not want our mail: 530"
    assert counted(outcome) == {"sent": 1, "later": 1}
    assert [(row.state, row.attempts) for row in map(the, messages)] == [("sent", 1), ("waiting", 0), ("waiting", 0)]
    assert counted(send(now=NOW + 2 * MINUTE)) == {"sent": 2}


@pytest.mark.parametrize(("error", "state"), [(LOST, "doubtful"), (TOO_ODD, "refused")])
def test_after_a_series_of_mails_that_come_to_nothing_the_others_wait(monkeypatch, error, state):
    monkeypatch.setattr(sender, "BATCH", SERIES + 1)
    waiting(SERIES + 4)
    outcome = send(*[error] * 20)
    assert outcome.trouble.startswith("The mail server took none of the last 5 mails: ")
    assert states() == {state: SERIES, "waiting": 4}
    assert counted(send(now=NOW + 29 * MINUTE)) == {}, "until somebody may have looked"
    assert counted(send(now=NOW + 30 * MINUTE)) == {"sent": 4}


def test_a_mail_that_is_taken_ends_a_series():
    waiting(SERIES * 2)
    script = [*[LOST] * (SERIES - 1), None, *[LOST] * (SERIES - 1), None]
    outcome = send(*script)
    assert (outcome.trouble, counted(outcome)) == ("", {"sent": 2, "doubtful": 2 * (SERIES - 1)})


def test_any_number_of_addresses_that_are_gone_is_no_trouble():
    waiting(SERIES * 2)
    assert send(*[GONE] * SERIES * 2).trouble == ""
    assert states() == {"refused": SERIES * 2}


# ---------- held


def test_who_closed_the_account_or_has_another_address_gets_nothing_and_the_row_says_why():
    closed, moved = world.user("adviser"), world.user("auditor")
    for user in (closed, moved):
        put(draft(user.username, user.email, "weekly_report", user_id=user.pk), NOW)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    User.objects.filter(pk=moved.pk).update(email="nieuw@example.org")
    assert counted(send()) == {"held": 2}
    held = [(row.state, row.reason, row.settled_at, row.claimed_by) for row in OutboundEmail.objects.order_by("pk")]
    assert held == [("held", CLOSED, NOW, ""), ("held", MOVED, NOW, "")]
    assert not mail.outbox


def test_an_address_in_other_capitals_is_the_same_address():
    user = world.user("adviser")
    put(draft("a", user.email.title(), "reminder", user_id=user.pk), NOW)
    assert counted(send()) == {"sent": 1}


@pytest.mark.parametrize(
    ("kind", "no_more"),
    [
        ("weekly_report", {"report_frequency": "none"}),
        ("daily_report", {"report_frequency": "none"}),
        ("reminder", {"wants_reminders": False}),
    ],
)
def test_who_stopped_these_mails_in_the_meantime_gets_no_more(kind, no_more):
    user = world.user("adviser")
    put(draft("a", user.email, kind, user_id=user.pk), NOW)
    put(draft("b", user.email, "alarm", user_id=user.pk), NOW)
    User.objects.update(**no_more)
    assert counted(send()) == {"held": 1, "sent": 1}
    assert OutboundEmail.objects.get(state="held").reason == UNWANTED


def test_an_address_that_was_paused_in_the_meantime_gets_nothing():
    waiting(2)
    PausedAddress.objects.create(email="A1@example.org", paused_at=NOW, reason="Te vaak terug")
    assert counted(send()) == {"held": 1, "sent": 1}
    assert OutboundEmail.objects.get(state="held").reason == "Te vaak terug"
    assert addressees() == ["a2@example.org"]


def test_who_stopped_following_leaves_no_message_to_be_sent():
    square = world.trajectory()
    follower = Follower.objects.create(email="a1@example.org", trajectory=square, asked_at=NOW, confirmed_at=NOW)
    waiting(1, follower_id=follower.pk)
    follower.delete()
    assert counted(send()) == {}
    assert not OutboundEmail.objects.exists()


def test_the_waits_of_a_message_add_up():
    assert [waited(number) / MINUTE for number in (0, 1, 2, 3, 4)] == [0, 0, 1, 3, 7]
