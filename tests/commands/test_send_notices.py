"""send_notices, as it is typed, and the task of every morning."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from celery.schedules import crontab
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from participation import tasks
from participation.models import Follower
from tests import world
from tracker.celery import app

pytestmark = pytest.mark.django_db


@pytest.fixture
def follower():
    """Somebody who was last told a week and a day ago, of a square of which an evening was planned since."""
    told = timezone.now() - timedelta(days=8)
    square = world.trajectory()
    square.history.update(history_date=told - timedelta(days=1))
    world.step(square).history.update(history_date=told + timedelta(days=1))
    moments = {"asked_at": told, "confirmed_at": told, "told_until": told}
    return Follower.objects.create(email="bewoner@example.org", trajectory=square, frequency="daily", **moments)


def run(*arguments):
    out = StringIO()
    call_command("send_notices", *arguments, stdout=out)
    return out.getvalue()


def test_it_sends_and_says_what_it_came_to(follower):
    assert run() == ("1 mail sent, 0 were in the hands of another run, 0 went wrong; there is nothing to say to 0.\n")
    assert run().startswith("0 mails sent")
    assert len(mail.outbox) == 1


def test_only_one_frequency_can_be_asked_for(follower):
    assert run("--frequency", "weekly").startswith("0 mails sent")
    assert run("--frequency", "weekly", "--frequency", "daily").startswith("1 mail sent")


def test_what_went_wrong_fails_the_command_and_names_no_address(follower, monkeypatch):
    def refuse(self, messages):
        raise OSError("552 mailbox full")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with pytest.raises(CommandError, match=f"follower {follower.pk}: OSError: 552 mailbox full") as failed:
        run()
    assert failed.value.returncode == 1
    assert "bewoner@example.org" not in str(failed.value)


def test_a_server_that_is_away_is_told(follower, monkeypatch):
    def away(self):
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(EmailBackend, "open", away)
    with pytest.raises(CommandError, match=r"cannot be reached: nobody there\. Run this again"):
        run()


def test_every_morning_the_task_does_the_same(follower):
    assert tasks.send_notices() == 1
    assert tasks.send_notices() == 0
    entry = next(e for e in app.conf.beat_schedule.values() if e["task"] == "participation.tasks.send_notices")
    assert entry["schedule"] == crontab(hour=7, minute=30)
