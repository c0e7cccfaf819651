"""Test data for the outbox: mails, drafts, a clock that the test sets, and a scripted email backend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend

from participation.models import OutboundEmail
from participation.services.mail.outbox import Draft, enqueue_all

NOW = datetime(2026, 4, 20, 5, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until the test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> datetime:
        """Move it by this timedelta, back where that is negative, and return the new time."""
        self.now += timedelta(**delta)
        return self.now


def make_email(to: str = "bewoner@example.org", subject: str = "Nieuws", **options: Any) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(subject, "Er is nieuws.", to=[to], headers={"Content-Language": "nl"}, **options)
    mail.attach_alternative("<p>Er is nieuws.</p>", "text/html")
    return mail


def make_draft(key: str = "news-1", to: str = "bewoner@example.org", kind: str = "news", **columns: Any) -> Draft:
    return Draft(key, kind, make_email(to), **columns)


def make_waiting_emails(number: int = 1, now: datetime = NOW, **columns: Any) -> list[OutboundEmail]:
    """Enqueue this number of mails, each to its own address, the first to ``a1@example.org``."""
    drafts = [make_draft(f"news-{n}", f"a{n}@example.org", **columns) for n in range(1, number + 1)]
    return list(enqueue_all(drafts, now).values())


class ScriptedEmailBackend(EmailBackend):
    """Takes a step of its script for each mail: an exception to raise, a function to call, or None to accept it."""

    def __init__(self, *script: BaseException | Callable[[], object] | None) -> None:
        super().__init__()
        self.script, self.opened, self.closed = list(script), 0, 0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def send_messages(self, messages: Any) -> int:
        action = self.script.pop(0) if self.script else None
        if isinstance(action, BaseException):
            raise action
        if action is not None:
            action()
        return super().send_messages(messages)
