"""Test messages: whether the mail server takes our mail."""

import secrets
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import translation
from django.utils.translation import gettext as _

from participation.models import OutboundEmail
from participation.services.outbox_rows import Clock

from .outbox import Draft, enqueue_all
from .sender import send_one


def enqueue_test_message(to: str, language: str, now: datetime, user_id: int | None = None) -> OutboundEmail:
    """Put a test message to this address in the outbox, and return it."""
    key = f"test-{secrets.token_hex(8)}"
    with translation.override(language):
        mail = EmailMultiAlternatives(
            subject=_("Test message of Leidraad, %(municipality)s") % {"municipality": settings.MUNICIPALITY},
            body=_("This message arrived, so Leidraad can send mail. You do not have to do anything.") + "\n",
            to=[to],
            headers={
                "Auto-Submitted": "auto-generated",
                "Content-Language": language,
                "Date": format_datetime(now),
            },
        )
        return enqueue_all([Draft(key, "test", mail, user_id, language=language)], now)[key]


def send_test_message(to: str, language: str, clock: Clock) -> str:
    """Send a test message to this address, and return what went wrong; empty where the mail server took it.

    Not inside a transaction.
    """
    try:
        connection = get_connection()
        connection.open()
        connection.close()
    except Exception as error:  # whatever the mail server does, the answer is what is wrong
        return f"{type(error).__name__}: {error}"
    message = enqueue_test_message(to, language, clock())
    if send_one(message.pk, clock) == "sent":
        return ""
    message.refresh_from_db()
    if message.state == "waiting":
        # Whoever tests tries again; an alarm about this message would be of no use.
        message.delete()
    return message.reason or message.get_state_display()
