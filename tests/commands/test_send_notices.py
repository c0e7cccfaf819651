"""send_notices, as it is typed."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from participation.models import Follower, JobRun, OutboundEmail
from participation.services.mail import notices
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def follower():
    """Somebody who was last told a week and a day ago, of a square of which an evening was planned since."""
    told = timezone.now() - timedelta(days=8)
    square = world.trajectory()
    square.history.update(history_date=told - timedelta(days=1))
    world.step(square).history.update(history_date=told + timedelta(days=1))
    moments = {"asked_at": told, "confirmed_at": told, "notified_until": told}
    return Follower.objects.create(email="bewoner@example.org", trajectory=square, frequency="daily", **moments)


def run(*arguments):
    out = StringIO()
    call_command("send_notices", *arguments, stdout=out)
    return out.getvalue()


def test_it_makes_and_sends_and_says_what_it_came_to(follower):
    assert run() == (
        "1 mail made, 0 made by another run, 0 went wrong; there is nothing to say to 0, and 0 asked for no mail now.\n"
        "From the outbox: 1 mail sent, 0 to be tried again later, 0 held back, 0 refused, 0 in doubt.\n"
    )
    assert run().startswith("0 mails made")
    assert [message.to for message in mail.outbox] == [["bewoner@example.org"]]
    assert set(JobRun.objects.values_list("kind", "slot")) == {("notices", None)}


def test_only_one_frequency_can_be_asked_for(follower):
    assert run("--frequency", "weekly").startswith("0 mails made")
    assert run("--frequency", "weekly", "--frequency", "daily").startswith("1 mail made")


def test_news_that_cannot_be_made_fails_the_command_and_names_no_address(follower, monkeypatch):
    def broken(*_given):
        raise ValueError("odd data")

    monkeypatch.setattr(notices, "news_mail", broken)
    with pytest.raises(CommandError, match=f"follower: {follower.pk} · error: ValueError: odd data") as failed:
        run()
    assert failed.value.returncode == 1
    assert "bewoner@example.org" not in str(failed.value)


def test_a_server_that_is_away_is_told(follower, monkeypatch):
    def away(self):
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(EmailBackend, "open", away)
    with pytest.raises(CommandError, match="cannot be reached: nobody there"):
        run()
    assert OutboundEmail.objects.get().state == "waiting"
