"""Dates as people say them are counted from the day on which they are said."""

from __future__ import annotations

from datetime import date

import pytest

from participation.interchange.dates import MAX_LENGTH, NotADate, parse_imprecise_date
from participation.interchange.relative_dates import parse_date_said_on

MONDAY = date(2026, 4, 20)

SAID = [
    ("vandaag", "2026-04-20", "2026-04-20", "day"),
    ("Gisteren", "2026-04-19", "2026-04-19", "day"),
    ("eergisteren", "2026-04-18", "2026-04-18", "day"),
    ("morgen", "2026-04-21", "2026-04-21", "day"),
    ("overmorgen", "2026-04-22", "2026-04-22", "day"),
    ("yesterday", "2026-04-19", "2026-04-19", "day"),
    ("the day before yesterday", "2026-04-18", "2026-04-18", "day"),
    ("the day after tomorrow", "2026-04-22", "2026-04-22", "day"),
    ("vorige week dinsdag", "2026-04-14", "2026-04-14", "day"),
    ("dinsdag vorige week", "2026-04-14", "2026-04-14", "day"),
    ("dinsdag van vorige week", "2026-04-14", "2026-04-14", "day"),
    ("volgende week op donderdag", "2026-04-30", "2026-04-30", "day"),
    ("deze week woensdag", "2026-04-22", "2026-04-22", "day"),
    ("last week Tuesday", "2026-04-14", "2026-04-14", "day"),
    ("Tuesday last week", "2026-04-14", "2026-04-14", "day"),
    ("afgelopen maandag", "2026-04-13", "2026-04-13", "day"),
    ("afgelopen zondag", "2026-04-19", "2026-04-19", "day"),
    ("komende maandag", "2026-04-27", "2026-04-27", "day"),
    ("aanstaande dinsdag", "2026-04-21", "2026-04-21", "day"),
    ("last Friday", "2026-04-17", "2026-04-17", "day"),
    ("drie dagen geleden", "2026-04-17", "2026-04-17", "day"),
    ("over twee weken", "2026-05-04", "2026-05-04", "day"),
    ("over 1 dag", "2026-04-21", "2026-04-21", "day"),
    ("in 10 days", "2026-04-30", "2026-04-30", "day"),
    ("a week ago", "2026-04-13", "2026-04-13", "day"),
    ("vorige week", "2026-04-13", "2026-04-19", "week"),
    ("next week", "2026-04-27", "2026-05-03", "week"),
    ("vorige maand", "2026-03-01", "2026-03-31", "month"),
    ("deze maand", "2026-04-01", "2026-04-30", "month"),
    ("next month", "2026-05-01", "2026-05-31", "month"),
    ("uiterlijk morgen", None, "2026-04-21", "not_later_than"),
    ("vóór komende vrijdag", None, "2026-04-23", "not_later_than"),
    ("rond vorige week dinsdag", "2026-04-14", "2026-04-14", "approximate"),
    ("gisteren of vandaag", "2026-04-19", "2026-04-20", "either_or"),
    ("van vorige week dinsdag tot gisteren", "2026-04-14", "2026-04-19", "range"),
    ("morgen (onder voorbehoud)", "2026-04-21", "2026-04-21", "tentative"),
]


@pytest.mark.parametrize(("said", "earliest", "latest", "precision"), SAID)
def test_what_is_counted_from_today_becomes_that_day(said, earliest, latest, precision):
    found = parse_date_said_on(MONDAY, said)
    first, last = (text and date.fromisoformat(text) for text in (earliest, latest))
    assert found == (first, last, precision, "")


@pytest.mark.parametrize(
    ("today", "said", "expected"),
    [
        (date(2026, 1, 1), "gisteren", date(2025, 12, 31)),
        (date(2026, 12, 31), "volgende maand", date(2027, 1, 31)),
        (date(2026, 1, 31), "volgende maand", date(2026, 2, 28)),
        (date(2026, 3, 31), "vorige maand", date(2026, 2, 28)),
        (date(2026, 1, 1), "vorige week", date(2025, 12, 28)),
        (date(2026, 4, 26), "volgende week maandag", date(2026, 4, 27)),
    ],
)
def test_the_turn_of_a_month_or_year_is_counted_right(today, said, expected):
    assert parse_date_said_on(today, said).latest == expected


@pytest.mark.parametrize("said", ["volgende dinsdag", "next Tuesday", "dinsdag", "morgenochtend", "over een poosje"])
def test_what_can_mean_two_days_is_not_read(said):
    with pytest.raises(NotADate):
        parse_date_said_on(MONDAY, said)


def test_two_days_that_count_from_today_are_both_read():
    assert parse_date_said_on(MONDAY, "vorige week dinsdag of gisteren").earliest == date(2026, 4, 14)
    with pytest.raises(NotADate, match="De eerste dag valt na de laatste"):
        parse_date_said_on(MONDAY, "gisteren of vorige week dinsdag")


@pytest.mark.parametrize("typed", ["20 maart 2026", "medio juni 2026", "week 27 2017", "onbekend", "x" * MAX_LENGTH])
def test_other_dates_are_read_as_before(typed):
    try:
        expected = parse_imprecise_date(typed)
    except NotADate as problem:
        with pytest.raises(NotADate, match=str(problem)[:20]):
            parse_date_said_on(MONDAY, typed)
        return
    assert parse_date_said_on(MONDAY, typed) == expected


def test_a_printed_text_keeps_its_words():
    found = parse_date_said_on(MONDAY, "19 april 2026 (“gisteren”)")
    assert found == (date(2026, 4, 19), date(2026, 4, 19), "day", "gisteren")


def test_a_text_that_is_too_long_is_refused_at_once():
    with pytest.raises(NotADate):
        parse_date_said_on(MONDAY, "gisteren " * MAX_LENGTH)
