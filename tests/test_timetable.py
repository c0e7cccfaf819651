"""The timetable across changes of daylight saving time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.timetable import AMSTERDAM, JOBS, JOBS_BY_NAME, last_slot, last_start_past_grace, next_slot, start_of

NIGHT, MONDAYS, OTHER_DAYS = JOBS_BY_NAME["flag-due"], JOBS_BY_NAME["weekly-reports"], JOBS_BY_NAME["daily-reports"]
#: The nights of 2026 in which daylight saving time starts (29 March) and ends (25 October), and some years more.
MOMENTS = st.datetimes(
    datetime.fromisoformat("2025-01-01"),
    datetime.fromisoformat("2028-01-01"),
    timezones=st.sampled_from([UTC, AMSTERDAM, ZoneInfo("Asia/Tokyo")]),
)


def clock(text):
    """Return the local time."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@given(st.sampled_from(JOBS), MOMENTS)
def test_the_last_start_is_not_after_now_and_the_next_one_follows_it(job, now):
    last, following = last_slot(job, now), next_slot(job, now)

    assert start_of(job, last).astimezone(UTC) <= now.astimezone(UTC) < start_of(job, following).astimezone(UTC)
    between = [last + timedelta(days=days) for days in range(1, (following - last).days)]
    assert not [day for day in between if day.weekday() in job.weekdays]
    assert {last.weekday(), following.weekday()} <= set(job.weekdays)


@given(st.sampled_from(JOBS), MOMENTS)
def test_the_last_expected_start_is_the_latest_with_an_expired_grace_period(job, now):
    since = last_start_past_grace(job, now)
    following = start_of(job, next_slot(job, since))

    assert since.astimezone(UTC) + job.grace <= now.astimezone(UTC) < following.astimezone(UTC) + job.grace


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
@pytest.mark.parametrize("changes", ["2026-03-29", "2026-10-25"])
def test_every_start_time_exists_once_on_every_day(job, changes):
    start = start_of(job, date.fromisoformat(changes))

    assert start.astimezone(UTC).astimezone(AMSTERDAM) == start
    assert start.replace(fold=0).utcoffset() == start.replace(fold=1).utcoffset()


@pytest.mark.parametrize(
    ("before", "after", "hours"),
    [("2026-03-28", "2026-03-29", 24), ("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)],
)
def test_between_two_nights_are_23_24_or_25_hours(before, after, hours):
    first, second = (start_of(NIGHT, date.fromisoformat(day)).astimezone(UTC) for day in (before, after))

    assert second - first == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2026-03-23 06:59", "2026-03-16", "2026-03-23"),
        ("2026-03-23 07:00", "2026-03-23", "2026-03-30"),
        ("2026-03-29 23:59", "2026-03-23", "2026-03-30"),
    ],
)
def test_the_weekly_digest_is_scheduled_on_monday_at_seven(now, last, following):
    found = last_slot(MONDAYS, clock(now)), next_slot(MONDAYS, clock(now))

    assert found == (date.fromisoformat(last), date.fromisoformat(following))


def test_the_local_day_counts_and_not_the_server_day():
    # A quarter past midnight in summer is still the day before in UTC.
    assert last_slot(NIGHT, datetime(2026, 7, 1, 22, 15, tzinfo=UTC)) == date(2026, 7, 2)
    assert last_slot(NIGHT, datetime(2026, 7, 1, 22, 14, tzinfo=UTC)) == date(2026, 7, 1)


def test_the_nightly_jobs_are_due_two_hours_after_their_start():
    assert last_start_past_grace(NIGHT, clock("2026-03-20 02:14")) == clock("2026-03-19 00:15")
    assert last_start_past_grace(NIGHT, clock("2026-03-20 02:15")) == clock("2026-03-20 00:15")


def test_no_working_day_has_both_digests():
    assert not set(MONDAYS.weekdays) & set(OTHER_DAYS.weekdays)
    assert len(JOBS_BY_NAME) == len(JOBS)


@pytest.mark.parametrize(("now", "since"), [("2026-03-29 03:14", "2026-03-28"), ("2026-03-29 03:15", "2026-03-29")])
def test_in_the_shorter_night_the_grace_period_is_unchanged(now, since):
    assert last_start_past_grace(NIGHT, clock(now)).date() == date.fromisoformat(since)
