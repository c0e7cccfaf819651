from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.calendar import Calendar, Recess, Term, public_holidays

SUMMER = Recess("zomervakantie 2026", date(2026, 7, 18), date(2026, 8, 30))
CALENDAR = Calendar([SUMMER])
DAYS = st.dates(date(1995, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "new year's day"),
        (date(2026, 4, 3), "good friday"),
        (date(2026, 4, 6), "easter monday"),
        (date(2026, 4, 27), "king's day"),
        (date(2026, 5, 5), "liberation day, every year"),
        (date(2025, 5, 5), "liberation day in a lustrum year"),
        (date(2026, 5, 14), "ascension day"),
        (date(2026, 5, 25), "whit monday"),
        (date(2026, 12, 25), "christmas day"),
        (date(2026, 12, 26), "second day of christmas"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_public_holidays_of_the_act_are_days_off(day, name):
    assert CALENDAR.is_day_off(day)


@pytest.mark.parametrize("day", [date(2026, 12, 5), date(2026, 11, 11), date(2026, 5, 1), date(2026, 12, 31)])
def test_a_feast_day_outside_the_act_is_an_ordinary_day(day):
    assert day not in public_holidays(day.year)


def test_kings_day_moves_to_saturday_when_it_falls_on_a_sunday():
    assert date(2025, 4, 26) in public_holidays(2025)
    assert date(2025, 4, 27) not in public_holidays(2025)


def test_a_statutory_term_ending_on_saturday_26_december_extends_to_monday():
    assert CALENDAR.after(date(2026, 11, 28), Term(4, "weeks"), by_law=True) == date(2026, 12, 28)


def test_a_statutory_term_ending_on_good_friday_extends_past_easter_monday():
    assert CALENDAR.after(date(2026, 3, 6), Term(4, "weeks"), by_law=True) == date(2026, 4, 7)


def test_a_statutory_term_ending_on_liberation_day_is_extended():
    assert CALENDAR.after(date(2026, 4, 7), Term(4, "weeks"), by_law=True) == date(2026, 5, 6)


def test_a_term_that_is_not_statutory_is_not_extended():
    assert CALENDAR.after(date(2026, 11, 28), Term(28)) == date(2026, 12, 26)


@pytest.mark.parametrize(
    ("term", "end"),
    [
        (Term(12, "weeks"), date(2026, 12, 28)),
        (Term(13, "weeks"), date(2026, 12, 26)),
        (Term(90), date(2026, 12, 28)),
        (Term(91), date(2026, 12, 26)),
    ],
)
def test_terms_over_twelve_weeks_or_ninety_days_are_not_extended(term, end):
    start = date(2026, 12, 26) - timedelta(days=term.days)
    assert CALENDAR.after(start, term, by_law=True) == end


def test_a_day_equated_by_decree_is_a_day_off():
    friday = date(2026, 5, 15)
    assert Calendar(equated=[friday]).extend_to_working_day(friday) == date(2026, 5, 18)
    assert CALENDAR.extend_to_working_day(friday) == friday


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 3, 25), 10, date(2026, 4, 10)),  # over Good Friday and Easter Monday
        (date(2026, 3, 27), 1, date(2026, 3, 30)),  # a Friday
        (date(2026, 3, 28), 1, date(2026, 3, 30)),  # a Saturday
        (date(2026, 4, 7), -1, date(2026, 4, 2)),
        (date(2026, 3, 25), 0, date(2026, 3, 25)),
    ],
)
def test_working_days_exclude_weekends_and_public_holidays(start, count, end):
    assert CALENDAR.after(start, Term(count, "working_days")) == end


@given(DAYS)
def test_an_extension_ends_on_a_working_day_and_never_skips_one(day):
    found = CALENDAR.extend_to_working_day(day)
    assert not CALENDAR.is_day_off(found)
    assert all(CALENDAR.is_day_off(day + timedelta(days=n)) for n in range((found - day).days))


@given(DAYS, st.integers(1, 30))
def test_adding_and_subtracting_working_days_returns_to_the_same_working_day(day, count):
    start = CALENDAR.extend_to_working_day(day)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, count), -count) == start


def test_a_period_is_in_a_recess_only_when_all_of_it_is():
    assert CALENDAR.recess_containing(date(2026, 7, 18), date(2026, 8, 30)) == SUMMER
    assert CALENDAR.recess_containing(date(2026, 7, 17), date(2026, 7, 18)) is None
    assert CALENDAR.recess_containing(date(2026, 8, 30), date(2026, 8, 31)) is None


def test_before_the_first_and_after_the_last_recess_the_answer_is_unknown():
    assert CALENDAR.has_known_recesses(date(2026, 7, 18))
    assert CALENDAR.has_known_recesses(date(2026, 8, 30))
    assert not CALENDAR.has_known_recesses(date(2026, 7, 17))
    assert not CALENDAR.has_known_recesses(date(2026, 8, 31))
    assert not CALENDAR.has_known_recesses(date(2026, 8, 30), date(2026, 8, 31))
    assert not Calendar().has_known_recesses(date(2026, 8, 30))


def test_in_a_gap_where_a_holiday_must_be_missing_the_answer_is_unknown():
    autumn, christmas = (date(2026, 10, 17), date(2026, 10, 25)), (date(2026, 12, 19), date(2027, 1, 3))
    whole = Calendar([SUMMER, Recess("herfstvakantie", *autumn), Recess("kerstvakantie", *christmas)])
    without_autumn = Calendar([SUMMER, Recess("kerstvakantie", *christmas)])
    assert whole.has_known_recesses(date(2026, 11, 20))
    assert not without_autumn.has_known_recesses(date(2026, 11, 20))
    assert without_autumn.has_known_recesses(date(2026, 12, 24))


def test_a_recess_within_another_does_not_shorten_what_is_known():
    council = Recess("reces van de raad", date(2026, 7, 25), date(2026, 7, 31))
    autumn = Recess("herfstvakantie", date(2026, 11, 14), date(2026, 11, 22))
    assert Calendar([SUMMER, council, autumn]).has_known_recesses(date(2026, 10, 1))


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        (date(2028, 2, 1), Term(4, "weeks"), date(2028, 2, 29)),
        (date(2028, 2, 29), Term(1, "weeks"), date(2028, 3, 7)),
        (date(2028, 2, 28), Term(2, "working days"), date(2028, 3, 1)),
        (date(2028, 3, 14), Term(-2, "weeks"), date(2028, 2, 29)),
    ],
)
def test_a_leap_day_is_an_ordinary_day(start, term, end):
    assert CALENDAR.after(start, term) == end
    assert not CALENDAR.is_day_off(date(2028, 2, 29))
