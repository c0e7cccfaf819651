"""Dates as people say them are counted from the day on which they are said."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

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
    ("gisterenmiddag", "2026-04-19", "2026-04-19", "day"),
    ("gisteren in de avond", "2026-04-19", "2026-04-19", "day"),
    ("morgenochtend", "2026-04-21", "2026-04-21", "day"),
    ("yesterday afternoon", "2026-04-19", "2026-04-19", "day"),
    ("vrijdag over een week", "2026-05-01", "2026-05-01", "day"),
    ("vrijdag over twee weken", "2026-05-08", "2026-05-08", "day"),
    ("vandaag over een week", "2026-04-27", "2026-04-27", "day"),
    ("vrijdag jl.", "2026-04-17", "2026-04-17", "day"),
    ("vrijdag a.s.", "2026-04-24", "2026-04-24", "day"),
    ("12 december jl.", "2025-12-12", "2025-12-12", "day"),
    ("3 maart a.s.", "2027-03-03", "2027-03-03", "day"),
    ("deze vrijdag", "2026-04-24", "2026-04-24", "day"),
    # The same day, whichever way it is counted.
    ("volgende maandag", "2026-04-27", "2026-04-27", "day"),
    ("vorige dinsdag", "2026-04-14", "2026-04-14", "day"),
]

#: What was typed, and the last day of it for what was done, for what is planned, and for what may be either.
ON_A_SIDE = [
    ("maandag", "2026-04-20", "2026-04-20", "2026-04-20"),
    ("vrijdag", "2026-04-17", "2026-04-24", "2026-04-17"),
    ("vrijdagmiddag", "2026-04-17", "2026-04-24", "2026-04-17"),
    ("op dinsdag", "2026-04-14", "2026-04-21", "2026-04-21"),
    ("di.", "2026-04-14", "2026-04-21", "2026-04-21"),
    ("Tuesday", "2026-04-14", "2026-04-21", "2026-04-21"),
    ("uiterlijk vrijdag", "2026-04-17", "2026-04-24", "2026-04-17"),
    ("vrijdag (onder voorbehoud)", "2026-04-17", "2026-04-24", "2026-04-17"),
    ("donderdag t/m zondag", "2026-04-19", "2026-04-26", "2026-04-26"),
    ("10 nov", "2025-11-10", "2026-11-10", "2025-11-10"),
    ("ma 20 april", "2026-04-20", "2026-04-20", "2026-04-20"),
    ("12/11", "2025-11-12", "2026-11-12", "2025-11-12"),
    ("20-4", "2026-04-20", "2026-04-20", "2026-04-20"),
    ("begin november", "2025-11-10", "2026-11-10", "2025-11-10"),
    ("april", "2026-04-30", "2026-04-30", "2026-04-30"),
    ("week 20", "2025-05-18", "2026-05-17", "2026-05-17"),
    ("28 december t/m 3 januari", "2026-01-03", "2027-01-03", "2026-01-03"),
    ("29 februari", "2024-02-29", "2028-02-29", "2028-02-29"),
    ("30-11-26", "2026-11-30", "2026-11-30", "2026-11-30"),
    ("30-11-98", "2098-11-30", "2098-11-30", "2098-11-30"),
    ("nov '25", "2025-11-30", "2025-11-30", "2025-11-30"),
]


@pytest.mark.parametrize(("said", "past", "future", "nearest"), ON_A_SIDE)
def test_a_date_without_its_year_is_on_the_side_of_today_that_fits(said, past, future, nearest):
    found = {way: parse_date_said_on(MONDAY, said, way) for way in ("past", "future", "nearest")}
    days = {way: when.latest and when.latest.isoformat() for way, when in found.items()}
    assert days == {"past": past, "future": future, "nearest": nearest}
    assert {when.text for when in found.values()} == {""}


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


@pytest.mark.parametrize(
    ("today", "said", "one", "other"),
    [
        (MONDAY, "volgende dinsdag", "dinsdag 21 april 2026", "dinsdag 28 april 2026"),
        (MONDAY, "next Tuesday", "dinsdag 21 april 2026", "dinsdag 28 april 2026"),
        (date(2026, 4, 23), "vorige dinsdag", "dinsdag 21 april 2026", "dinsdag 14 april 2026"),
        (MONDAY, "maandag over een week", "maandag 27 april 2026", "maandag 4 mei 2026"),
    ],
)
def test_what_can_mean_two_days_is_refused_with_both(today, said, one, other):
    with translation.override("nl"), pytest.raises(NotADate, match=f"Schrijf welke u bedoelt: {one} of {other}"):
        parse_date_said_on(today, said)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("31 februari", "^31 februari staat niet in de kalender"),
        ("op 31 februari", "^31 februari staat niet in de kalender"),
        ("31-2", "^31-2 staat niet in de kalender"),
        ("29-2-27", "^29-2-27 staat niet in de kalender"),
        ("vrijdag over drie dagen", "^23 april 2026 valt op een andere dag van de week"),
        ("vrijdag 5 december", "^5 december 2026 valt op een andere dag van de week"),
        ("over een poosje", "Schrijf bijvoorbeeld"),
        ("tweede vrijdag", "Schrijf bijvoorbeeld"),
    ],
)
def test_what_is_refused_is_named_as_people_write_it(said, message):
    with translation.override("nl"), pytest.raises(NotADate, match=message):
        parse_date_said_on(MONDAY, said, "future")


def test_a_date_as_far_back_as_ahead_needs_its_year():
    today = date(2027, 7, 2)
    with translation.override("nl"), pytest.raises(NotADate, match="Schrijf ook het jaar"):
        parse_date_said_on(today, "31 december of 1 januari")
    assert parse_date_said_on(today, "31 december").latest == date(2027, 12, 31)


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
