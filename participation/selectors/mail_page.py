"""What someone wants to know about their own mail: when it comes, what was sent, and whether their address works."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from participation.compliance.calendar import Calendar
from participation.models import Bounce, Message, PausedAddress, User
from participation.timetable import AMSTERDAM, BY_NAME, next_slot

#: Which jobs make the reports of whoever chose this.
JOBS = {"none": (), "weekly": ("weekly-reports",), "daily": ("weekly-reports", "daily-reports")}
#: So many of the last messages are told.
LAST = 10
MONDAY = 0


class Sent(NamedTuple):
    """A message as its reader is told of it: what it was, when, and what became of it ("returned": it came back)."""

    kind: str
    subject: str
    at: datetime
    state: str
    reason: str


def next_report(user: User, now: datetime, calendar: Calendar) -> date | None:
    """Return the first day on which a report may come, after whatever time without mail was asked for; else None.

    On Monday the week is told, also when it is a day off; on other days off nothing is.
    """
    if user.snoozed_until:
        now = max(now, datetime.combine(user.snoozed_until + timedelta(days=1), time.min, AMSTERDAM))
    jobs = [BY_NAME[name] for name in JOBS[user.report_frequency]]
    day = min((next_slot(job, now) for job in jobs), default=None)
    while day and day.weekday() != MONDAY and calendar.is_day_off(day):
        now = datetime.combine(day, time.max, AMSTERDAM)
        day = min(next_slot(job, now) for job in jobs)
    return day


def is_snoozed(until: date | None, today: date) -> bool:
    """Tell whether no mail is sent today. When the last day is over, so is this: there is nothing to clean up."""
    return until is not None and until >= today


def paused_address(user: User) -> PausedAddress | None:
    """Return why nothing is sent to this user's address, or None where mail is sent to it."""
    return PausedAddress.objects.filter(email=user.email, lifted_at__isnull=True).first()


def last_messages(user: User) -> list[Sent]:
    """Return what was last made for this user, newest first; one query."""
    returned = Exists(Bounce.objects.filter(message=OuterRef("pk"), permanent=True))
    rows = Message.objects.filter(user=user).order_by("-pk").annotate(returned=returned)
    columns = ("kind", "subject", "created_at", "settled_at", "state", "reason", "returned")
    # Why it was sent later than it might have been is of no use to who has it.
    return [
        Sent(
            kind,
            subject,
            settled_at or created_at,
            "returned" if back else state,
            "" if state == "sent" and not back else reason,
        )
        for kind, subject, created_at, settled_at, state, reason, back in rows.values_list(*columns)[:LAST]
    ]
