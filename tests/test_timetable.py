"""The timetable, through the changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.timetable import AMSTERDAM, BY_NAME, JOBS, last_slot, next_slot, should_have_finished, start_of

NIGHT, MONDAYS, OTHER_DAYS = BY_NAME["flag-due"], BY_NAME["weekly-reports"], BY_NAME["daily-reports"]
#: Around the nights of 2026 in which the clock goes forward (29 March) and back (25 October), and some years more.
MOMENTS = st.datetimes(
    datetime.fromisoformat("2025-01-01"),
    datetime.fromisoformat("2028-01-01"),
    timezones=st.sampled_from([UTC, AMSTERDAM, ZoneInfo("Asia/Tokyo")]),
)


def clock(text):
    """What a clock in town shows."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@given(st.sampled_from(JOBS), MOMENTS)
def test_the_last_start_is_never_after_now_and_the_next_one_is_the_one_after_it(job, now):
    last, following = last_slot(job, now), next_slot(job, now)

    assert start_of(job, last).astimezone(UTC) <= now.astimezone(UTC) < start_of(job, following).astimezone(UTC)
    between = [last + timedelta(days=days) for days in range(1, (following - last).days)]
    assert not [day for day in between if day.weekday() in job.weekdays]
    assert {last.weekday(), following.weekday()} <= set(job.weekdays)


@given(st.sampled_from(JOBS), MOMENTS)
def test_what_should_have_finished_is_the_last_of_which_the_grace_has_passed(job, now):
    since = should_have_finished(job, now)
    following = start_of(job, next_slot(job, since))

    assert since.astimezone(UTC) + job.grace <= now.astimezone(UTC) < following.astimezone(UTC) + job.grace


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
@pytest.mark.parametrize("changes", ["2026-03-29", "2026-10-25"])
def test_every_start_is_an_hour_that_every_day_has_once(job, changes):
    start = start_of(job, date.fromisoformat(changes))

    assert start.astimezone(UTC).astimezone(AMSTERDAM) == start
    assert start.replace(fold=0).utcoffset() == start.replace(fold=1).utcoffset()


@pytest.mark.parametrize(
    ("before", "after", "hours"),
    [("2026-03-28", "2026-03-29", 24), ("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)],
)
def test_between_two_nights_lie_as_many_hours_as_the_clock_makes_of_it(before, after, hours):
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
def test_the_weekly_report_is_of_monday_at_seven(now, last, following):
    found = last_slot(MONDAYS, clock(now)), next_slot(MONDAYS, clock(now))

    assert found == (date.fromisoformat(last), date.fromisoformat(following))


def test_the_day_in_town_counts_and_not_the_day_of_the_server():
    # A quarter past midnight in summer is still the day before in UTC.
    assert last_slot(NIGHT, datetime(2026, 7, 1, 22, 15, tzinfo=UTC)) == date(2026, 7, 2)
    assert last_slot(NIGHT, datetime(2026, 7, 1, 22, 14, tzinfo=UTC)) == date(2026, 7, 1)


def test_two_hours_after_its_start_the_night_should_be_done():
    assert should_have_finished(NIGHT, clock("2026-03-20 02:14")) == clock("2026-03-19 00:15")
    assert should_have_finished(NIGHT, clock("2026-03-20 02:15")) == clock("2026-03-20 00:15")


def test_no_working_day_has_both_reports():
    assert not set(MONDAYS.weekdays) & set(OTHER_DAYS.weekdays)
    assert len(BY_NAME) == len(JOBS)


@pytest.mark.parametrize(("now", "since"), [("2026-03-29 03:14", "2026-03-28"), ("2026-03-29 03:15", "2026-03-29")])
def test_in_the_night_that_is_an_hour_shorter_the_grace_is_as_long_as_ever(now, since):
    assert should_have_finished(NIGHT, clock(now)).date() == date.fromisoformat(since)
