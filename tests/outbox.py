"""Messages to test with: a mail, a draft of it, a clock that says what it is told to, and a connection that obeys."""

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
    """A clock that stands still until it is put on, or back."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> datetime:
        """Put it on by so much; back where that is below zero."""
        self.now += timedelta(**by)
        return self.now


def make_email(to: str = "bewoner@example.org", subject: str = "Nieuws", **options: Any) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(subject, "Er is nieuws.", to=[to], headers={"Content-Language": "nl"}, **options)
    mail.attach_alternative("<p>Er is nieuws.</p>", "text/html")
    return mail


def make_draft(key: str = "news-1", to: str = "bewoner@example.org", kind: str = "news", **columns: Any) -> Draft:
    return Draft(key, kind, make_email(to), **columns)


def make_waiting_emails(number: int = 1, now: datetime = NOW, **columns: Any) -> list[OutboundEmail]:
    """So many messages, each to its own address, the first to ``a1@example.org``."""
    drafts = [make_draft(f"news-{n}", f"a{n}@example.org", **columns) for n in range(1, number + 1)]
    return list(enqueue_all(drafts, now).values())


class ScriptedEmailBackend(EmailBackend):
    """A connection on which each mail in turn meets what the script says: an error to raise, or something to do."""

    def __init__(self, *script: BaseException | Callable[[], object] | None) -> None:
        super().__init__()
        self.script, self.opened, self.closed = list(script), 0, 0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def send_messages(self, messages: Any) -> int:
        what = self.script.pop(0) if self.script else None
        if isinstance(what, BaseException):
            raise what
        if what is not None:
            what()
        return super().send_messages(messages)
