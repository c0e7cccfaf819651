"""Waiting mails are sent in order over one connection, and the result of each is recorded."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections import Counter
from datetime import timedelta
from email import message_from_string, policy

import pytest
from django.core import mail
from django.core.mail import get_connection
from django.db import connection

from participation.models import Bounce, Follower, OutboundEmail, PausedAddress, User
from participation.services.mail import sender
from participation.services.mail.outbox import enqueue
from participation.services.mail.sender import (
    CLOSED,
    GIVEN_UP,
    MAX_CONSECUTIVE_FAILURES,
    MOVED,
    UNANSWERED,
    UNWANTED,
    send_one,
    send_waiting,
)
from participation.services.outbox_rows import total_backoff
from tests import world
from tests.outbox import NOW, FakeClock, ScriptedEmailBackend, make_draft, make_waiting_emails
from tests.smtp import LOOPBACK, smtp_server

pytestmark = pytest.mark.django_db

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = smtplib.SMTPRecipientsRefused({"x": (450, b"4.2.0 greylisted")})
GONE = smtplib.SMTPRecipientsRefused({"x": (550, b"5.1.1 <a1@example.org> gone")})
CONTENT_REJECTED = smtplib.SMTPDataError(554, b"5.6.0 odd text")
LOST = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
SENDER_REJECTED = smtplib.SMTPSenderRefused(530, b"5.7.0 log in first", "leidraad@example.org")


def send(*script, now=NOW, **options):
    return send_waiting(FakeClock(now), ScriptedEmailBackend(*script), **options)


def reloaded(message):
    return OutboundEmail.objects.get(pk=message.pk)


def states():
    return Counter(OutboundEmail.objects.values_list("state", flat=True))


def nonzero_counts(outcome):
    return {name: count for name, count in outcome.counts.items() if count}


def addressees():
    return [address for one in mail.outbox for address in one.to]


# ---------- sent


def test_a_waiting_email_is_sent_once():
    (message,) = make_waiting_emails()
    outcome = send()
    row = reloaded(message)
    assert (nonzero_counts(outcome), outcome.problem) == ({"sent": 1}, "")
    assert (row.state, row.attempts, row.settled_at, row.reason) == ("sent", 1, NOW, "")
    assert (row.claimed_by, row.claimed_until) == ("", None)
    assert nonzero_counts(send(now=NOW + DAY)) == {}
    assert addressees() == ["a1@example.org"]


def test_without_waiting_emails_no_connection_is_opened():
    connection = ScriptedEmailBackend()
    send_waiting(FakeClock(), connection)
    assert connection.opened == 0


def test_urgent_emails_are_sent_first_and_then_the_oldest(monkeypatch):
    monkeypatch.setattr(sender, "BATCH_SIZE", 2)
    for number, kind in enumerate(("weekly_report", "news", "question", "alarm"), 1):
        enqueue(make_draft(f"k{number}", f"a{number}@example.org", kind), NOW - number * MINUTE)
    send()
    assert addressees() == ["a3@example.org", "a4@example.org", "a1@example.org", "a2@example.org"]


def test_an_email_that_is_not_due_yet_waits():
    make_waiting_emails()
    OutboundEmail.objects.update(not_before=NOW + MINUTE)
    assert nonzero_counts(send()) == {}
    assert nonzero_counts(send(now=NOW + MINUTE)) == {"sent": 1}


def test_several_batches_use_one_connection(monkeypatch):
    monkeypatch.setattr(sender, "BATCH_SIZE", 2)
    make_waiting_emails(5)
    connection = ScriptedEmailBackend()
    assert nonzero_counts(send_waiting(FakeClock(), connection)) == {"sent": 5}
    assert (connection.opened, connection.closed) == (1, 1)


def test_no_more_than_the_limit_is_sent(monkeypatch):
    monkeypatch.setattr(sender, "BATCH_SIZE", 2)
    make_waiting_emails(5)
    assert nonzero_counts(send(limit=3)) == {"sent": 3}
    assert not OutboundEmail.objects.filter(state="waiting").exclude(claimed_by="").exists()


def test_each_additional_email_takes_one_query(django_assert_max_num_queries):
    def queries(number):
        OutboundEmail.objects.all().delete()
        make_waiting_emails(number)
        with django_assert_max_num_queries(1_000) as found:
            send()
        # In a test each transaction is a savepoint with two queries; in production it has none.
        return len([query for query in found if "SAVEPOINT" not in query["sql"]])

    # The second is the first that is recorded together with another, by a statement that PostgreSQL prepares.
    assert queries(50) - queries(2) == 48


@pytest.mark.django_db(transaction=True)
def test_over_a_new_connection_to_the_database_emails_are_sent_as_over_the_first():
    for kind in ("news", "alarm"):
        make_waiting_emails(3, kind=kind)
        assert nonzero_counts(send()) == {"sent": 3}
        OutboundEmail.objects.all().delete()
        connection.close()


def test_an_email_is_recorded_alike_whether_or_not_another_follows():
    make_waiting_emails(3)
    OutboundEmail.objects.update(reason="450 greylisted", attempts=2)
    assert send().counts["sent"] == 3
    columns = ("state", "reason", "settled_at", "attempts", "claimed_by", "claimed_until")
    rows = list(OutboundEmail.objects.values_list(*columns))
    assert rows == [("sent", "450 greylisted", NOW, 3, "", None)] * 3


def test_a_mail_is_sent_as_quoted_printable_which_any_server_passes_on_unchanged():
    make_waiting_emails()
    text, html = "Beste bewoner,\n\nhet café kostte € 3.\n", f"<p>{'één lange regel ' * 99}</p>"
    OutboundEmail.objects.update(subject="Eén café erbij", text=text, html=html)
    with smtp_server("ok") as server:
        send_waiting(FakeClock(), get_connection(SMTP_BACKEND, host=LOOPBACK, port=server.port))
    source = server.accepted[0]["text"]
    sent = message_from_string(source, policy=policy.default)

    assert source.isascii()
    assert max(map(len, source.splitlines())) <= 78
    assert "?q?" in source
    assert sent["Subject"] == "Eén café erbij"
    assert [part["Content-Transfer-Encoding"] for part in sent.iter_parts()] == ["quoted-printable"] * 2
    assert [part.get_content().split() for part in sent.iter_parts()] == [text.split(), html.split()]


@pytest.mark.parametrize("kind", ["console", "filebased", "locmem", "dummy"])
def test_other_email_backends_than_smtp_are_supported(kind, tmp_path):
    make_waiting_emails(2)
    options = {"file_path": tmp_path} if kind == "filebased" else {}
    outcome = send_waiting(FakeClock(), get_connection(f"django.core.mail.backends.{kind}.EmailBackend", **options))
    assert nonzero_counts(outcome) == {"sent": 2}


def test_a_single_email_can_be_sent():
    first, second = make_waiting_emails(2)
    assert send_one(second.pk, FakeClock(), ScriptedEmailBackend()) == "sent"
    assert addressees() == ["a2@example.org"]
    assert send_one(second.pk, FakeClock(), ScriptedEmailBackend()) == "sent"
    assert len(mail.outbox) == 1
    assert send_one(first.pk, FakeClock(), ScriptedEmailBackend(LATER)) == "waiting"
    assert send_one(0, FakeClock(), ScriptedEmailBackend()) == ""


def test_an_email_that_is_not_due_or_is_claimed_is_not_sent():
    (message,) = make_waiting_emails()
    OutboundEmail.objects.update(not_before=NOW + MINUTE)
    assert send_one(message.pk, FakeClock(), ScriptedEmailBackend()) == "waiting"
    OutboundEmail.objects.update(not_before=NOW, claimed_by="another", claimed_until=NOW + MINUTE)
    assert send_one(message.pk, FakeClock(), ScriptedEmailBackend()) == "waiting"
    assert not mail.outbox


# ---------- retried


def test_a_temporary_failure_is_retried_with_exponential_backoff():
    (message,) = make_waiting_emails()
    clock, waits = FakeClock(), []
    for _ in range(11):
        assert nonzero_counts(send_waiting(clock, ScriptedEmailBackend(LATER))) == {"later": 1}
        row = reloaded(message)
        waits.append((row.not_before - clock.now).total_seconds() / 60)
        assert nonzero_counts(send_waiting(clock, ScriptedEmailBackend())) == {}
        clock.now = row.not_before
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]
    assert (row.state, row.attempts, row.reason) == ("waiting", 11, "450 4.2.0 greylisted")
    assert nonzero_counts(send_waiting(clock, ScriptedEmailBackend())) == {"sent": 1}


def test_after_five_days_sending_stops_with_the_last_server_response():
    (message,) = make_waiting_emails()
    clock = FakeClock()
    while reloaded(message).state == "waiting":
        clock.now = reloaded(message).not_before
        outcome = send_waiting(clock, ScriptedEmailBackend(LATER))
    row = reloaded(message)
    assert nonzero_counts(outcome) == {"refused": 1}
    assert (row.state, row.reason) == ("refused", f"{GIVEN_UP}\n450 4.2.0 greylisted")
    assert 5 * DAY <= row.settled_at - NOW < 5 * DAY + timedelta(hours=4)
    assert Bounce.objects.get().message == row


def test_an_email_the_backend_did_not_count_as_sent_is_retried():
    (message,) = make_waiting_emails()

    class Takes(ScriptedEmailBackend):
        def send_messages(self, messages):
            return 0

    assert nonzero_counts(send_waiting(FakeClock(), Takes())) == {"later": 1}
    assert reloaded(message).state == "waiting"


# ---------- refused


def test_a_rejected_recipient_does_not_block_others_and_the_reason_is_stored():
    messages = make_waiting_emails(3)
    assert nonzero_counts(send(GONE)) == {"sent": 2, "refused": 1}
    row = reloaded(messages[0])
    assert (row.state, row.reason) == ("refused", "550 5.1.1 <a1@example.org> gone")
    assert row.settled_at == NOW
    found = Bounce.objects.get()
    assert (found.email, found.message, found.permanent, found.at) == ("a1@example.org", row, True, NOW)
    assert nonzero_counts(send(now=NOW + DAY)) == {}


def test_rejected_content_does_not_count_against_the_address():
    make_waiting_emails()
    assert nonzero_counts(send(CONTENT_REJECTED)) == {"refused": 1}
    assert not Bounce.objects.exists()


def test_a_third_rejection_pauses_the_address():
    for number in range(4):
        enqueue(make_draft(f"news-{number}", "a1@example.org"), NOW)
        send(*[GONE] * (number < 3))
    assert PausedAddress.objects.get().email == "a1@example.org"
    assert states() == {"refused": 3, "held": 1}


def test_the_log_contains_no_addresses(caplog):
    (message, *_) = make_waiting_emails(6)
    with caplog.at_level(logging.INFO):
        send(GONE, LATER, CONTENT_REJECTED, LOST)
    assert f"message {message.pk}: refused (550)" in caplog.text
    assert "example.org" not in caplog.text


# ---------- doubtful


def test_an_email_in_doubt_is_not_sent_again_automatically():
    (message,) = make_waiting_emails()
    assert nonzero_counts(send(LOST)) == {"doubtful": 1}
    row = reloaded(message)
    assert (row.state, row.settled_at) == ("doubtful", NOW)
    assert row.reason == f"{UNANSWERED}\nSMTPServerDisconnected: Connection unexpectedly closed"
    assert nonzero_counts(send(now=NOW + 30 * DAY)) == {}


# ---------- connection errors


class Away(ScriptedEmailBackend):
    def __init__(self, error=None):
        super().__init__()
        self.error = error or ConnectionRefusedError(111, "Connection refused")

    def open(self):
        super().open()
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (smtplib.SMTPAuthenticationError(535, b"leidraad@example.org: no"), "SMTPAuthenticationError 535"),
        (smtplib.SMTPConnectError(554, b"go away"), "SMTPConnectError 554"),
        (ssl.SSLCertVerificationError(1, "certificate expired"), "certificate expired"),
    ],
)
def test_without_a_server_emails_wait_and_no_attempt_is_counted(error, reason):
    messages = make_waiting_emails(3)
    connection = Away(error)
    outcome = send_waiting(FakeClock(), connection)
    assert (connection.opened, nonzero_counts(outcome)) == (1, {})
    assert outcome.problem == f"The mail server cannot be reached: {reason}"
    assert {(row.state, row.attempts, row.claimed_by) for row in map(reloaded, messages)} == {("waiting", 0, "")}
    assert nonzero_counts(send()) == {}, "give it a moment"
    assert nonzero_counts(send(now=NOW + 2 * MINUTE)) == {"sent": 3}


def test_emails_not_yet_attempted_are_not_postponed(monkeypatch):
    monkeypatch.setattr(sender, "BATCH_SIZE", 1)
    tried, other = make_waiting_emails(2)
    send_waiting(FakeClock(), Away())
    assert (reloaded(tried).not_before, reloaded(other).not_before) == (NOW + 2 * MINUTE, NOW)


def test_a_failure_on_our_side_never_gives_up_an_email():
    (message,) = make_waiting_emails()
    clock = FakeClock()
    for _ in range(100):
        send_waiting(clock, Away())
        send_waiting(clock, ScriptedEmailBackend(SENDER_REJECTED))
        clock.advance(hours=3)
    assert (reloaded(message).state, reloaded(message).attempts) == ("waiting", 0)
    assert nonzero_counts(send_waiting(clock, ScriptedEmailBackend(LATER))) == {"later": 1}


def test_a_server_that_rejects_the_sender_ends_the_run_and_gives_up_no_email():
    messages = make_waiting_emails(3)
    outcome = send(None, SENDER_REJECTED)
    assert outcome.problem == "The mail server rejects all our mail: 530"
    assert nonzero_counts(outcome) == {"sent": 1, "later": 1}
    assert [(row.state, row.attempts) for row in map(reloaded, messages)] == [
        ("sent", 1),
        ("waiting", 0),
        ("waiting", 0),
    ]
    assert nonzero_counts(send(now=NOW + 2 * MINUTE)) == {"sent": 2}


@pytest.mark.parametrize(("error", "state"), [(LOST, "doubtful"), (CONTENT_REJECTED, "refused")])
def test_after_a_series_of_failures_the_remaining_emails_wait(monkeypatch, error, state):
    monkeypatch.setattr(sender, "BATCH_SIZE", MAX_CONSECUTIVE_FAILURES + 1)
    make_waiting_emails(MAX_CONSECUTIVE_FAILURES + 4)
    outcome = send(*[error] * 20)
    assert outcome.problem.startswith("The mail server accepted none of the last 5 mails: ")
    assert states() == {state: MAX_CONSECUTIVE_FAILURES, "waiting": 4}
    assert nonzero_counts(send(now=NOW + 29 * MINUTE)) == {}, "until somebody may have looked"
    assert nonzero_counts(send(now=NOW + 30 * MINUTE)) == {"sent": 4}


def test_an_accepted_email_ends_a_series_of_failures():
    make_waiting_emails(MAX_CONSECUTIVE_FAILURES * 2)
    script = [*[LOST] * (MAX_CONSECUTIVE_FAILURES - 1), None, *[LOST] * (MAX_CONSECUTIVE_FAILURES - 1), None]
    outcome = send(*script)
    assert (outcome.problem, nonzero_counts(outcome)) == (
        "",
        {"sent": 2, "doubtful": 2 * (MAX_CONSECUTIVE_FAILURES - 1)},
    )


def test_any_number_of_unknown_recipients_is_not_a_server_problem():
    make_waiting_emails(MAX_CONSECUTIVE_FAILURES * 2)
    assert send(*[GONE] * MAX_CONSECUTIVE_FAILURES * 2).problem == ""
    assert states() == {"refused": MAX_CONSECUTIVE_FAILURES * 2}


# ---------- paused


def test_a_closed_account_or_changed_address_gets_nothing_and_the_reason_is_stored():
    closed, moved = world.user("adviser"), world.user("auditor")
    for user in (closed, moved):
        enqueue(make_draft(user.username, user.email, "weekly_report", user_id=user.pk), NOW)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    User.objects.filter(pk=moved.pk).update(email="nieuw@example.org")
    assert nonzero_counts(send()) == {"held": 2}
    states_before = [
        (row.state, row.reason, row.settled_at, row.claimed_by) for row in OutboundEmail.objects.order_by("pk")
    ]
    assert states_before == [("held", CLOSED, NOW, ""), ("held", MOVED, NOW, "")]
    assert not mail.outbox


def test_an_address_is_compared_case_insensitively():
    user = world.user("adviser")
    enqueue(make_draft("a", user.email.title(), "reminder", user_id=user.pk), NOW)
    assert nonzero_counts(send()) == {"sent": 1}


@pytest.mark.parametrize(
    ("kind", "no_more"),
    [
        ("weekly_report", {"report_frequency": "none"}),
        ("daily_report", {"report_frequency": "none"}),
        ("reminder", {"wants_reminders": False}),
    ],
)
def test_a_user_who_unsubscribed_meanwhile_gets_no_email(kind, no_more):
    user = world.user("adviser")
    enqueue(make_draft("a", user.email, kind, user_id=user.pk), NOW)
    enqueue(make_draft("b", user.email, "alarm", user_id=user.pk), NOW)
    User.objects.update(**no_more)
    assert nonzero_counts(send()) == {"held": 1, "sent": 1}
    assert OutboundEmail.objects.get(state="held").reason == UNWANTED


def test_an_address_paused_meanwhile_gets_no_email():
    make_waiting_emails(2)
    PausedAddress.objects.create(email="A1@example.org", paused_at=NOW, reason="Te vaak terug")
    assert nonzero_counts(send()) == {"held": 1, "sent": 1}
    assert OutboundEmail.objects.get(state="held").reason == "Te vaak terug"
    assert addressees() == ["a2@example.org"]


def test_unfollowing_deletes_waiting_emails():
    square = world.trajectory()
    follower = Follower.objects.create(email="a1@example.org", trajectory=square, asked_at=NOW, confirmed_at=NOW)
    make_waiting_emails(1, follower_id=follower.pk)
    follower.delete()
    assert nonzero_counts(send()) == {}
    assert not OutboundEmail.objects.exists()


def test_the_retry_delays_add_up_to_the_maximum():
    assert [total_backoff(number) / MINUTE for number in (0, 1, 2, 3, 4)] == [0, 0, 1, 3, 7]
