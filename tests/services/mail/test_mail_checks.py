"""A test message tells whether the mail server takes our mail."""

from __future__ import annotations

import pytest
from django.core import mail
from django.utils import timezone

from participation.models import OutboundEmail, PausedAddress
from participation.services.mail.checks import send_test_message
from tests import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_test_message_that_was_taken_is_kept_as_sent():
    assert send_test_message("noor@example.org", "nl", timezone.now) == ""
    assert mail.outbox[0].to == ["noor@example.org"]
    assert OutboundEmail.objects.get().state == "sent"


def test_an_unreachable_mail_server_is_named_and_nothing_waits(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    assert "refused" in send_test_message("noor@example.org", "nl", timezone.now)
    assert not OutboundEmail.objects.exists()


def test_a_paused_address_gets_no_test_message():
    PausedAddress.objects.create(email="noor@example.org", paused_at=world.moment("2026-04-01 10:00"))
    assert send_test_message("noor@example.org", "nl", timezone.now)
    assert not mail.outbox
