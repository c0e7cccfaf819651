"""A digest as an e-mail message, the same for sending, previewing and storing."""

from datetime import date, datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from participation.compliance.calendar import Calendar
from participation.compliance.rulebook import Rulebook
from participation.models import User

from .digest import Digest
from .mail_headers import answers_to, envelope, ways_out
from .rendering import Foot, as_context
from .urls import mail_stop

MONDAY = 0


def report_key(period: str, day: date, user_pk: int) -> str:
    """Return the idempotency key of this user's digest of that day or week: each is made once."""
    year, week, _weekday = day.isocalendar()
    of = f"{year}-{week:02}" if period == "weekly" else day.isoformat()
    return f"{period}-{of}-{user_pk}"


def next_digest_date(frequency: str, day: date, calendar: Calendar) -> date:
    """Return the earliest day after this one for the next digest: a Monday, or (daily) the next working day."""
    following = day + timedelta(days=1)
    while following.weekday() != MONDAY and (frequency == "weekly" or calendar.is_day_off(following)):
        following += timedelta(days=1)
    return following


def digest_mail(user: User, report: Digest, rulebook: Rulebook, now: datetime) -> EmailMultiAlternatives:
    """Return the e-mail with this digest, in text and HTML."""
    language = report.recipient.language
    with translation.override(language):
        foot = Foot(
            next_digest_date(user.report_frequency, report.day, rulebook.calendar),
            answers_to(),
            ways_out(user, "rapport"),
        )
        return envelope(
            report_key(report.period, report.day, user.pk),
            report.period,
            user.email,
            language,
            mail_stop(user.pk, "rapport"),
            now,
            as_context(report, rulebook, foot),
            "reports/mail",
        )
