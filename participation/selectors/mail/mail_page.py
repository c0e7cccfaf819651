"""A user's own mail: when the next digest comes, what was sent, and whether their address works."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from participation.compliance.calendar import Calendar
from participation.models import Bounce, OutboundEmail, PausedAddress, User
from participation.timetable import AMSTERDAM, JOBS_BY_NAME, next_slot

#: The jobs that make the digests, by the frequency that the user chose.
DIGEST_JOBS = {"none": (), "weekly": ("weekly-reports",), "daily": ("weekly-reports", "daily-reports")}
#: The number of latest messages shown.
MAX_EMAILS = 10
MONDAY = 0


class SentEmail(NamedTuple):
    """A message as its recipient sees it: kind, subject, time, and result ("returned": it bounced)."""

    kind: str
    subject: str
    at: datetime
    state: str
    reason: str


def next_digest_day(user: User, now: datetime, calendar: Calendar) -> date | None:
    """Return the first day on which a digest may come, after any snooze; None where none will.

    The weekly digest comes on Monday, also when that is a day off; on other days off there is none.
    """
    if user.role == "council_member":  # see digest_recipients
        return None
    if user.snoozed_until:
        now = max(now, datetime.combine(user.snoozed_until + timedelta(days=1), time.min, AMSTERDAM))
    jobs = [JOBS_BY_NAME[name] for name in DIGEST_JOBS[user.report_frequency]]
    day = min((next_slot(job, now) for job in jobs), default=None)
    while day and day.weekday() != MONDAY and calendar.is_day_off(day):
        now = datetime.combine(day, time.max, AMSTERDAM)
        day = min(next_slot(job, now) for job in jobs)
    return day


def is_snoozed(until: date | None, today: date) -> bool:
    """Return whether no mail is sent today. It ends by itself after the last day: nothing has to be reset."""
    return until is not None and until >= today


def paused_address(user: User) -> PausedAddress | None:
    """Return the pause of this user's address after bounces, or None where mail is sent to it."""
    return PausedAddress.objects.filter(email=user.email, lifted_at__isnull=True).first()


def latest_emails(user: User) -> list[SentEmail]:
    """Return the latest messages to this user, newest first; one query."""
    returned = Exists(Bounce.objects.filter(message=OuterRef("pk"), permanent=True))
    rows = OutboundEmail.objects.filter(user=user).order_by("-pk").annotate(returned=returned)
    columns = ("kind", "subject", "created_at", "settled_at", "state", "reason", "returned")
    # Why a message was sent late is of no use to its recipient.
    return [
        SentEmail(
            kind,
            subject,
            settled_at or created_at,
            "returned" if bounced else state,
            "" if state == "sent" and not bounced else reason,
        )
        for kind, subject, created_at, settled_at, state, reason, bounced in rows.values_list(*columns)[:MAX_EMAILS]
    ]
