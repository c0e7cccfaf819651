"""The command send_notifications."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from participation.models import Follower, JobRun, OutboundEmail
from participation.services.mail import notifications
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def follower():
    """A follower who was last notified eight days ago, and a trajectory with a step that was planned since."""
    last_notified = timezone.now() - timedelta(days=8)
    square = world.trajectory()
    square.history.update(history_date=last_notified - timedelta(days=1))
    world.step(square).history.update(history_date=last_notified + timedelta(days=1))
    moments = {"asked_at": last_notified, "confirmed_at": last_notified, "notified_until": last_notified}
    return Follower.objects.create(email="bewoner@example.org", trajectory=square, frequency="daily", **moments)


def run(*arguments):
    out = StringIO()
    call_command("send_notifications", *arguments, stdout=out)
    return out.getvalue()


def test_it_creates_and_sends_notifications_and_prints_the_counts(follower):
    assert run() == (
        "1 e-mail created, 0 created by another run, 0 failed; 0 without changes, 0 paused.\n"
        "Outbox: 1 e-mail sent, 0 to be retried, 0 withheld, 0 rejected, 0 with unknown delivery.\n"
    )
    assert run().startswith("0 e-mails created")
    assert [message.to for message in mail.outbox] == [["bewoner@example.org"]]
    assert set(JobRun.objects.values_list("kind", "slot")) == {("notifications", None)}


def test_one_frequency_can_be_selected(follower):
    assert run("--frequency", "weekly").startswith("0 e-mails created")
    assert run("--frequency", "weekly", "--frequency", "daily").startswith("1 e-mail created")


def test_a_failed_notification_fails_the_command_without_printing_addresses(follower, monkeypatch):
    def broken(*_given):
        raise ValueError("odd data")

    monkeypatch.setattr(notifications, "notification_mail", broken)
    with pytest.raises(CommandError, match=f"follower: {follower.pk} · error: ValueError: odd data") as failed:
        run()
    assert failed.value.returncode == 1
    assert "bewoner@example.org" not in str(failed.value)


def test_an_unavailable_mail_server_is_reported(follower, monkeypatch):
    def away(self):
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(EmailBackend, "open", away)
    with pytest.raises(CommandError, match="cannot be reached: nobody there"):
        run()
    assert OutboundEmail.objects.get().state == "waiting"
