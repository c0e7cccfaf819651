"""A digest as an e-mail message, the same for sending, previewing and storing."""

from datetime import date, datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from participation.compliance.calendar import Calendar
from participation.compliance.rulebook import Rulebook
from participation.models import User

from .digest import Digest
from .mail_headers import build_mail, reply_address, unsubscribe_links
from .rendering import DigestFooter, digest_context
from .urls import mail_stop_url

MONDAY = 0


def digest_key(period: str, day: date, user_pk: int) -> str:
    """Return the idempotency key of this user's digest of that day or week: each is made once."""
    year, week, _weekday = day.isocalendar()
    period_key = f"{year}-{week:02}" if period == "weekly" else day.isoformat()
    return f"{period}-{period_key}-{user_pk}"


def next_digest_date(frequency: str, day: date, calendar: Calendar) -> date:
    """Return the earliest day after this one for the next digest: a Monday, or (daily) the next working day."""
    next_day = day + timedelta(days=1)
    while next_day.weekday() != MONDAY and (frequency == "weekly" or calendar.is_day_off(next_day)):
        next_day += timedelta(days=1)
    return next_day


def digest_mail(user: User, digest: Digest, rulebook: Rulebook, now: datetime) -> EmailMultiAlternatives:
    """Return the e-mail with this digest, in text and HTML."""
    language = digest.recipient.language
    with translation.override(language):
        footer = DigestFooter(
            next_digest_date(user.report_frequency, digest.day, rulebook.calendar),
            reply_address(),
            unsubscribe_links(user, "rapport"),
        )
        return build_mail(
            digest_key(digest.period, digest.day, user.pk),
            digest.period,
            user.email,
            language,
            mail_stop_url(user.pk, "rapport"),
            now,
            digest_context(digest, rulebook, footer),
            "reports/mail",
        )
