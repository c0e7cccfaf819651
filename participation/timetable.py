"""When each job runs, in local time, and how long after that it counts as late. Does not read the clock."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

#: Nothing is scheduled between 02:00 and 03:00: daylight saving time skips that hour once a year, and repeats it once.
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EVERY_DAY = tuple(range(7))
MONDAY = (0,)
OTHER_WORKING_DAYS = (1, 2, 3, 4)
SUNDAY = (6,)


class Job(NamedTuple):
    """A job: its name, and the local time and weekdays at which it starts (Monday is 0).

    ``grace`` is how long after its start it may be unfinished before it counts as late.
    """

    name: str
    at: time
    weekdays: tuple[int, ...] = EVERY_DAY
    grace: timedelta = timedelta(hours=2)


JOBS = (
    Job("flag-due", time(0, 15)),
    Job("reassess-changed", time(1, 0)),
    Job("reassess-all", time(3, 30), grace=timedelta(hours=12)),
    Job("open-data", time(4, 30)),
    Job("expire", time(5, 0)),
    Job("reassess-full", time(5, 30), SUNDAY, grace=timedelta(hours=12)),
    Job("reminders", time(6, 30)),
    Job("weekly-reports", time(7, 0), MONDAY),
    Job("daily-reports", time(7, 0), OTHER_WORKING_DAYS),
    Job("notifications", time(7, 30)),
    Job("submission-news", time(7, 45)),
)
JOBS_BY_NAME = {job.name: job for job in JOBS}


def start_of(job: Job, slot: date, zone: tzinfo = AMSTERDAM) -> datetime:
    """Return the time at which the job starts on that day."""
    return datetime.combine(slot, job.at, zone)


def last_slot(job: Job, now: datetime, zone: tzinfo = AMSTERDAM) -> date:
    """Return the day of the latest start at or before that time."""
    slot = now.astimezone(zone).date()
    while slot.weekday() not in job.weekdays or start_of(job, slot, zone) > now:
        slot -= timedelta(days=1)
    return slot


def next_slot(job: Job, now: datetime, zone: tzinfo = AMSTERDAM) -> date:
    """Return the day of the first start after that time."""
    slot = now.astimezone(zone).date()
    while slot.weekday() not in job.weekdays or start_of(job, slot, zone) <= now:
        slot += timedelta(days=1)
    return slot


def last_start_past_grace(job: Job, now: datetime, zone: tzinfo = AMSTERDAM) -> datetime:
    """Return the last start of which the grace has passed: a run since then must have finished."""
    # Subtracted in UTC: in local time the grace would be an hour off when daylight saving time begins or ends.
    return start_of(job, last_slot(job, now.astimezone(UTC) - job.grace, zone), zone)
