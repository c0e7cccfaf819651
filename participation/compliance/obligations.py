"""Obligations and their status on a day. The same date arithmetic is implemented in SQL.

facts --rules--> obligations --(today)--> status --waivers--> flags
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from .dates import ImpreciseDate

#: "Due soon" starts this many days before the due date (RULES).
DUE_SOON_DAYS = 14
_DUE_SOON, _ONE_DAY = timedelta(days=DUE_SOON_DAYS), timedelta(days=1)

FLAGGED = ("overdue", "possibly_overdue", "planned_late", "due_soon", "unknown")
LATE = ("overdue", "possibly_overdue")
SETTLED = ("met", "met_late")


class ObligationValue(NamedTuple):
    """An obligation under a rule: its subject, due dates, and the day on which it was met.

    ``due_on`` is the last day in time by the latest bound, ``strict_due_on`` by the earliest. ``missing`` names
    the facts without which it cannot be judged; then all dates are empty, because a date beside missing facts
    would read as a verdict. ``details`` fill the placeholders of the rule's texts; the texts are not stored.
    """

    rule: str
    subject: str = ""
    trigger_on: date | None = None
    due_on: date | None = None
    strict_due_on: date | None = None
    expected_on: date | None = None
    met_on: date | None = None
    missing: tuple[str, ...] = ()
    details: Mapping[str, Any] = {}

    @property
    def identity(self) -> tuple[str, str]:
        """Return the key that identifies the obligation across assessments."""
        return (self.rule, self.subject)

    @property
    def closes_too_soon(self) -> bool:
        """Return whether it is an inspection that closes before the first day on which it may.

        Its due date is then the day on which it closes, and the expected day the first lawful one: later is right.
        """
        is_early = self.due_on is not None and self.expected_on is not None and self.expected_on > self.due_on
        return is_early and bool(self.details.get("first_lawful_day"))


class WaiverValue(NamedTuple):
    """A waiver (comply or explain): public, with a reason and usually an end date."""

    rule: str
    subject: str
    granted_on: date
    until: date | None = None

    def covers(self, obligation: ObligationValue) -> bool:
        """Return whether it covers this obligation; without a subject it covers the whole rule."""
        return self.rule == obligation.rule and self.subject in ("", obligation.subject)

    def is_in_force(self, today: date) -> bool:
        """Return whether it is in force on that day, first and last day included."""
        return self.granted_on <= today and (self.until is None or today <= self.until)


def status(obligation: ObligationValue, today: date, waivers: Iterable[WaiverValue] = ()) -> str:
    """Return the status on that day; where several apply, the first in this order wins."""
    met_on, due_on = obligation.met_on, obligation.due_on
    if met_on is not None and met_on <= today:
        return "met" if due_on is None or met_on <= due_on else "met_late"
    if any(w.is_in_force(today) and w.covers(obligation) for w in waivers):
        return "explained"
    if due_on is None:
        return "unknown"
    if today > due_on:
        return "overdue"
    if obligation.strict_due_on is not None and today > obligation.strict_due_on:
        return "possibly_overdue"
    if obligation.expected_on is not None and obligation.expected_on > due_on:
        return "planned_late"
    return "due_soon" if due_on - today <= _DUE_SOON else "pending"


def planned_in_time(obligation: ObligationValue, today: date) -> date | None:
    """Return the planned day when it lies ahead and in time, else None.

    Such an obligation needs no action: its remedy would presume a fault.
    """
    due, strict_due = obligation.due_on, obligation.strict_due_on or obligation.due_on
    ahead = [day for day in (obligation.met_on, obligation.expected_on) if day is not None]
    if due is None or strict_due is None or not ahead or today > strict_due:
        return None
    day = ahead[0]
    met = obligation.met_on is not None and obligation.met_on <= today
    return day if not met and today <= day <= due else None


def is_over(day: date, *, retrospective: bool, status: str, closed_on: ImpreciseDate | None) -> bool:
    """Return whether a trajectory was over on that day: retrospective, or closed by then.

    When the closing day is unknown, it counts as over on every day.
    """
    closed_by = closed_on.latest if closed_on else None
    return retrospective or (status == "closed" and (closed_by is None or closed_by <= day))


def days_late(obligation: ObligationValue, today: date, over: bool = False) -> int | None:
    """Return the days between the due date and the day it was met (else today); 0 when not late.

    None when it is late, not met and the trajectory is ``over``: it may have been done without being recorded,
    so a count that goes on would claim more than is known.
    """
    due, met_on = obligation.due_on, obligation.met_on
    if due is None:
        return 0
    if met_on is not None and met_on <= today:
        return max(0, (met_on - due).days)
    late = max(0, (today - due).days)
    return None if late and over else late


def status_change_days(obligation: ObligationValue, waivers: Iterable[WaiverValue] = ()) -> list[date]:
    """Return, in order, every day on which the status may differ from the day before."""
    days: set[date] = set()
    if obligation.met_on:
        days.add(obligation.met_on)
    if obligation.due_on:
        days.add(obligation.due_on - _DUE_SOON)
        if obligation.due_on < date.max:
            days.add(obligation.due_on + _ONE_DAY)
    if obligation.strict_due_on:
        days.add(obligation.strict_due_on + _ONE_DAY)
    for waiver in waivers:
        if waiver.covers(obligation):
            days.add(waiver.granted_on)
            if waiver.until:
                days.add(waiver.until + _ONE_DAY)
    return sorted(days)


def next_status_change(obligation: ObligationValue, today: date, waivers: Iterable[WaiverValue] = ()) -> date | None:
    """Return the first day after today on which the status changes by itself, or None."""
    waivers = tuple(waivers)
    # Of most obligations all days lie in the past: their status is not computed.
    known = [day for day in (obligation.met_on, obligation.due_on, obligation.strict_due_on) if day]
    if not waivers and (not known or max(known) < today):
        return None
    days = [day for day in status_change_days(obligation, waivers) if day > today]
    now = status(obligation, today, waivers)
    return next((day for day in days if status(obligation, day, waivers) != now), None)
