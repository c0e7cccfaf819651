"""Every report goes out once, to whom it concerns, and what goes wrong with one harms no other."""

from __future__ import annotations

import email
import socket
from datetime import UTC, date, datetime, timedelta
from email import policy

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.mail import get_connection
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebook import load
from participation.models import ReportDelivery, Trajectory, User
from participation.services import reports
from participation.services.reports import Unreachable, prepared, send_weekly, write_reports
from tests import world

RULEBOOK = load("leiden")
MONDAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 5, tzinfo=UTC)
WEEK = timedelta(days=7)

pytestmark = pytest.mark.django_db


def send(now=NOW, **options):
    return send_weekly(RULEBOOK, now.date(), now, **options)


def late(slug="plein", noticed=NOW - timedelta(days=2)):
    made = world.obligation(trajectory=world.trajectory(slug), details={"about": "de avond"})
    world.transition(made, to_status="overdue", noticed_at=noticed)


@pytest.fixture
def coordinator():
    late()
    return world.user("coordinator")


def delivery():
    return ReportDelivery.objects.get()


def addressees():
    return sorted(address for message in mail.outbox for address in message.to)


# ---------- once


def test_a_report_is_sent_and_recorded(coordinator):
    outcome = send()
    assert outcome.counts == {"sent": 1, "nothing": 0, "before": 0, "failed": 0}
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([coordinator.email], "Participatie week 17: 1 nieuw, 1 te laat")
    row = delivery()
    assert (row.recipient, row.year, row.week, row.language) == (coordinator, 2026, 17, "nl")
    assert (row.subject, row.sent_at, row.error) == (message.subject, NOW, "")
    assert row.figures == {"now": {"overdue": 1}, "before": {"overdue": 0}, "new": 1, "resolved": 0}


def test_a_second_run_in_the_same_week_sends_nothing_twice(coordinator):
    send()
    again = send(NOW + timedelta(days=3))
    assert again.counts == {"sent": 0, "nothing": 0, "before": 1, "failed": 0}
    assert len(mail.outbox) == 1


def test_the_next_week_brings_the_next_report(coordinator):
    send()
    send(NOW + WEEK)
    assert [message.subject for message in mail.outbox] == [
        "Participatie week 17: 1 nieuw, 1 te laat",
        "Participatie week 18: 1 te laat",
    ]


def test_nothing_to_say_is_no_mail_and_no_record():
    world.user("coordinator")
    assert send().counts["nothing"] == 1
    assert not mail.outbox
    assert not ReportDelivery.objects.exists()


def test_only_those_who_are_named_get_theirs(coordinator):
    auditor = world.user("auditor")
    assert send(recipients=[auditor.pk]).counts["sent"] == 1
    assert addressees() == [auditor.email]


def test_everyone_is_served_whatever_number_is_taken_at_a_time(coordinator, monkeypatch):
    monkeypatch.setattr(reports, "chunks", lambda rows, size: ([pk] for pk in rows.values_list("pk", flat=True)))
    world.user("auditor")
    assert send().counts["sent"] == 2


def test_two_runs_at_once_send_one_mail(coordinator):
    inner = []

    class Meanwhile(EmailBackend):
        def send_messages(self, messages):
            inner.append(send(connection=get_connection()))
            return super().send_messages(messages)

    outer = send(connection=Meanwhile())
    assert (outer.counts["sent"], inner[0].counts["before"]) == (1, 1)
    assert len(mail.outbox) == 1


class Dies(EmailBackend):
    def send_messages(self, messages):
        raise KeyboardInterrupt


def test_a_run_that_dies_half_way_loses_nothing(coordinator):
    with pytest.raises(KeyboardInterrupt):
        send(connection=Dies())
    assert send(NOW + timedelta(minutes=10)).counts["before"] == 1, "the other run may still be at it"
    assert send(NOW + timedelta(hours=2)).counts["sent"] == 1
    assert len(mail.outbox) == 1


def test_what_changed_is_told_from_the_last_report_on(coordinator):
    late("brug", noticed=NOW + timedelta(minutes=15))
    send(NOW + timedelta(minutes=30))
    late("dijk", noticed=NOW + timedelta(minutes=45))
    send(NOW + WEEK)
    assert [message.subject for message in mail.outbox] == [
        "Participatie week 17: 2 nieuw, 2 te laat",
        "Participatie week 18: 1 nieuw, 3 te laat",
    ]


def test_a_report_that_comes_a_day_late_tells_of_the_day_between(coordinator):
    send()
    late("brug", noticed=NOW + timedelta(hours=1))
    send(NOW + WEEK + timedelta(days=1))
    assert mail.outbox[1].subject == "Participatie week 18: 1 nieuw, 2 te laat"


def test_without_a_recent_report_a_week_is_told(coordinator):
    send()
    found = reports._periods([coordinator], MONDAY + 3 * WEEK, NOW + 3 * WEEK)
    assert found[coordinator.pk] == NOW + 2 * WEEK


def test_an_earlier_day_is_told_up_to_its_end(coordinator):
    found = reports._periods([coordinator], date(2026, 4, 13), NOW)
    assert found[coordinator.pk].isoformat() == "2026-04-06T23:59:59.999999+02:00"


# ---------- what goes wrong with one


class Picky(EmailBackend):
    """A server that refuses one address, and counts how often it is called up."""

    calls = 0

    def open(self):
        type(self).calls += 1

    def send_messages(self, messages):
        if "auditor@example.org" in messages[0].to:
            raise OSError("550 no such mailbox")
        return super().send_messages(messages)


def test_a_refused_recipient_stops_nobody_else_and_is_recorded(coordinator):
    auditor, last = world.user("auditor"), world.user("administrator")
    Picky.calls = 0
    outcome = send(connection=Picky())
    assert Picky.calls == 2, "who refused one may have hung up"
    assert (outcome.counts["sent"], outcome.counts["failed"]) == (2, 1)
    assert outcome.failures == [(auditor.email, "OSError: 550 no such mailbox")]
    assert addressees() == [last.email, coordinator.email]
    row = ReportDelivery.objects.get(recipient=auditor)
    assert (row.sent_at, row.error) == (None, "OSError: 550 no such mailbox")


def test_who_was_refused_is_tried_again_by_the_next_run(coordinator):
    world.user("auditor")
    send(connection=Picky())
    again = send(NOW + timedelta(minutes=1))
    assert (again.counts["sent"], again.counts["before"]) == (1, 1)
    assert not ReportDelivery.objects.exclude(error="").exists()


def test_a_report_that_cannot_be_made_stops_nobody_else(coordinator, monkeypatch):
    world.user("auditor")
    made = reports.mail_for

    def broken(user, *rest):
        if user.role == "auditor":
            raise ValueError("odd data")
        return made(user, *rest)

    monkeypatch.setattr(reports, "mail_for", broken)
    outcome = send()
    assert outcome.counts == {"sent": 1, "nothing": 0, "before": 0, "failed": 1}
    assert ReportDelivery.objects.get(recipient__role="auditor").error == "ValueError: odd data"


class Away(EmailBackend):
    def open(self):
        raise ConnectionRefusedError("nobody there")


def test_a_server_that_is_away_ends_the_run_and_claims_nothing(coordinator):
    with pytest.raises(Unreachable, match="nobody there"):
        send(connection=Away())
    assert not ReportDelivery.objects.exists()
    assert send().counts["sent"] == 1


def test_a_batch_takes_one_connection(coordinator):
    for name in "abcde":
        world.user("coordinator", name=name)
    Picky.calls = 0
    assert send(connection=Picky()).counts["sent"] == 6
    assert Picky.calls == 1


def test_each_further_recipient_costs_the_same_few_queries(coordinator):
    send()

    def queries(number):
        for added in range(number):
            user = world.user("adviser", name=f"adviser-{number}-{added}")
            Trajectory.objects.get().advisers.add(user)
        with CaptureQueriesContext(connection) as asked:
            assert send().counts["sent"] == number
        return len(asked)

    # For each: which trajectories are theirs, the claim in its own transaction (three here), and the record.
    assert queries(11) - queries(1) == 10 * 5


# ---------- what arrives


class Sink:
    def __init__(self):
        self.messages, self.sessions = [], []

    async def handle_RCPT(  # noqa: N802
        self, server, session, envelope, address, options
    ):
        if address.startswith("auditor"):
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.sessions.append(session)
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        self.messages.append((envelope.rcpt_tos, message))
        return "250 OK"


@pytest.fixture
def smtp(settings):
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://leidraad.example", "Leidraad <post@leidraad.example>"
    yield sink
    controller.stop()


def test_what_a_mail_server_gets_is_a_proper_mail(coordinator, smtp):
    User.objects.filter(pk=coordinator.pk).update(language="en")
    send()
    ((to, message),) = smtp.messages
    assert to == [coordinator.email]
    assert message["From"] == "Leidraad <post@leidraad.example>"
    assert message["Subject"] == "Participation week 17: 1 new, 1 overdue"
    assert message["Message-ID"] == f"<weekly-2026-17-{coordinator.pk}@leidraad.example>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["List-Id"] == "Leidraad <weekly.leidraad.example>"
    assert message["List-Unsubscribe"] == "<mailto:post@leidraad.example?subject=stop>"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
    assert "de avond" in text
    assert "https://leidraad.example/trajecten/plein/#feedback-given--s1" in text
    assert '<html lang="en">' in html


def test_a_mail_server_that_refuses_one_takes_the_others(coordinator, smtp):
    world.user("auditor")
    world.user("coordinator", name="derde")
    outcome = send()
    assert (outcome.counts["sent"], outcome.counts["failed"]) == (2, 1)
    assert "no such mailbox here" in outcome.failures[0][1]
    assert [to for to, _message in smtp.messages] == [[coordinator.email], ["derde@example.org"]]


def test_several_mails_go_over_one_connection(coordinator, smtp):
    world.user("coordinator", name="tweede")
    send()
    assert len(smtp.messages) == 2
    assert smtp.sessions[0] is smtp.sessions[1]


# ---------- looking without sending


def test_a_preview_is_what_would_be_sent_and_records_nothing(coordinator):
    world.user("association_member")
    found = {user.role: message and message.subject for user, message in prepared(RULEBOOK, MONDAY, NOW)}
    assert found == {"coordinator": "Participatie week 17: 1 nieuw, 1 te laat", "association_member": None}
    assert not mail.outbox
    assert not ReportDelivery.objects.exists()


def test_a_preview_after_sending_shows_what_was_sent(coordinator):
    send()
    later = NOW + timedelta(days=1)
    ((_user, message),) = prepared(RULEBOOK, later.date(), later)
    assert message is not None
    assert message.subject == mail.outbox[0].subject


def test_reports_can_be_written_to_a_folder_instead(coordinator, tmp_path):
    world.user("auditor", name="rekenkamer@example.org")
    world.user("association_member")
    folder = tmp_path / "mail" / "week"
    written = write_reports(folder, RULEBOOK, MONDAY, NOW)
    names = ["coordinator.eml", "coordinator.html", "rekenkamer.eml", "rekenkamer.html"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in folder.iterdir()) == names
    message = email.message_from_bytes((folder / "coordinator.eml").read_bytes(), policy=policy.default)
    assert message["To"] == coordinator.email
    _text, html = (part.get_content() for part in message.iter_parts())
    assert html.strip() == (folder / "coordinator.html").read_text(encoding="utf-8").strip()
    assert not mail.outbox
    assert not ReportDelivery.objects.exists()


def test_two_people_with_the_same_name_get_a_file_each(coordinator, tmp_path):
    world.user("auditor", name="a@example.org")
    second = User.objects.create(username="a@example.com", email="a@example.com", role="auditor")
    written = write_reports(tmp_path, RULEBOOK, MONDAY, NOW)
    assert f"a-{second.pk}.eml" in [path.name for path in written]
    assert len({path.name for path in written}) == 6
