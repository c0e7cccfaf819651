"""What Celery beat starts, and when."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from participation.timetable import JOBS
from tracker.celery import app


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= app.tasks.keys()


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
@pytest.mark.parametrize("monday", [date(2026, 3, 23), date(2026, 10, 19)])
def test_the_scheduler_starts_jobs_at_local_time_around_clock_changes(job, monday):
    schedule = app.conf.beat_schedule[job.name]["schedule"]
    schedule.app = app
    begin = timezone.make_aware(datetime.combine(monday, datetime.min.time()))
    started, last = [], begin
    with time_machine.travel(begin, tick=False) as clock:
        while True:
            # As Celery beat does: ask whether it is due, with the time of the last start.
            clock.shift(max(schedule.remaining_estimate(last), timedelta(seconds=1)))
            if timezone.now() >= begin + timedelta(days=14):
                break
            if schedule.is_due(last).is_due:
                last = timezone.now()
                started.append(timezone.localtime(last))
    days = [monday + timedelta(days=n) for n in range(13)]
    found = [at.date() for at in started if at.date() <= days[-1]]
    assert found == [day for day in days if day.weekday() in job.weekdays]
    assert {(at.hour, at.minute) for at in started} == {(job.at.hour, job.at.minute)}
