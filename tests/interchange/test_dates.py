"""Dates of which the year stands in a heading, as plannings print them."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from participation.interchange.dates import (
    DateContext,
    NotADate,
    is_date_notation,
    parse_imprecise_date,
    weekday_number,
)

SPRING = DateContext(2017)
PRINTED = [
    ("16/3", "2017-03-16", "2017-03-16", "day"),
    ("4  juli", "2017-07-04", "2017-07-04", "day"),
    ("di 14/3", "2017-03-14", "2017-03-14", "day"),
    ("di. 14 mrt", "2017-03-14", "2017-03-14", "day"),
    ("dinsdag 14 maart", "2017-03-14", "2017-03-14", "day"),
    ("14-3-17", "2017-03-14", "2017-03-14", "day"),
    ("14 maart '17", "2017-03-14", "2017-03-14", "day"),
    ("16/3 en 17/3", "2017-03-16", "2017-03-17", "range"),
    ("16, 17 en 18 maart", "2017-03-16", "2017-03-18", "range"),
    ("16/3 of 17/3", "2017-03-16", "2017-03-17", "either_or"),
    ("wo 15 of do 16 maart", "2017-03-15", "2017-03-16", "either_or"),
    ("Uiterlijk 17/3", None, "2017-03-17", "not_later_than"),
    ("deadline 17/3", None, "2017-03-17", "not_later_than"),
    ("t/m 1 juni", None, "2017-06-01", "not_later_than"),
    ("voor 1 juni", None, "2017-05-31", "not_later_than"),
    ("Uiterlijk week 27", None, "2017-07-09", "not_later_than"),
    ("3/4 – 22/4", "2017-04-03", "2017-04-22", "range"),
    ("24 / 4 –  5 /5", "2017-04-24", "2017-05-05", "range"),
    ("3/4-22/4", "2017-04-03", "2017-04-22", "range"),
    ("3-22/4", "2017-04-03", "2017-04-22", "range"),
    ("vanaf 3 t/m 22 april", "2017-04-03", "2017-04-22", "range"),
    ("28 december t/m 3 januari", "2017-12-28", "2018-01-03", "range"),
    ("Ong 13/6", "2017-06-13", "2017-06-13", "approximate"),
    ("± 13/6", "2017-06-13", "2017-06-13", "approximate"),
    ("vanaf 1 mei", "2017-05-01", "2017-05-01", "approximate"),
    ("9/5 (?)", "2017-05-09", "2017-05-09", "tentative"),
    ("9/5 o.v.b.", "2017-05-09", "2017-05-09", "tentative"),
    ("15/3 (moet nog ingepland worden!)", "2017-03-15", "2017-03-15", "tentative"),
    ("Medio juni", "2017-06-11", "2017-06-20", "month_part"),
    ("Eind juni", "2017-06-21", "2017-06-30", "month_part"),
    ("juni", "2017-06-01", "2017-06-30", "month"),
    ("juni/juli", "2017-06-01", "2017-07-31", "range"),
    ("mei-juni", "2017-05-01", "2017-06-30", "range"),
    ("eerste helft juni", "2017-06-01", "2017-06-15", "range"),
    ("2e helft van juni", "2017-06-16", "2017-06-30", "range"),
    ("Q2", "2017-04-01", "2017-06-30", "range"),
    ("tweede kwartaal", "2017-04-01", "2017-06-30", "range"),
    ("week 27", "2017-07-03", "2017-07-09", "week"),
    ("begin week 27", "2017-07-03", "2017-07-09", "week"),
    ("week 24 – 26", "2017-06-12", "2017-07-02", "range"),
    ("Week 14 – 16", "2017-04-03", "2017-04-23", "range"),
    ("wk 24 t/m wk 26", "2017-06-12", "2017-07-02", "range"),
    ("weken 50 en 2", "2017-12-11", "2018-01-14", "range"),
    ("n.t.b.", None, None, "unscheduled"),
    ("Nog te bepalen", None, None, "unscheduled"),
]


def _day(text):
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(("printed", "earliest", "latest", "precision"), PRINTED)
def test_a_date_without_a_year_takes_that_of_its_context(printed, earliest, latest, precision):
    found = parse_imprecise_date(printed, SPRING)
    assert found[:3] == (_day(earliest), _day(latest), precision)
    assert found.problem() is None


@pytest.mark.parametrize("printed", [text for text, _first, _last, precision in PRINTED if precision != "unscheduled"])
def test_without_a_context_the_year_is_asked_for(printed):
    with translation.override("en"), pytest.raises(NotADate) as refused:
        parse_imprecise_date(printed)
    with translation.override("en"):
        assert "year" in str(refused.value) or "Write for example" in str(refused.value)


@pytest.mark.parametrize(
    ("printed", "latest"),
    [("16/3/2019", "2019-03-16"), ("week 27 2019", "2019-07-07"), ("week 24-26 2019", "2019-06-30")],
)
def test_a_date_with_a_year_keeps_its_own(printed, latest):
    assert parse_imprecise_date(printed, SPRING).latest == _day(latest)


@pytest.mark.parametrize("printed", ["14-3-20", "14-3-14", "14 maart 26"])
def test_two_figures_far_from_the_year_of_the_context_are_no_year(printed):
    with pytest.raises(NotADate):
        parse_imprecise_date(printed, SPRING)


def test_a_day_without_a_month_takes_that_of_its_context():
    assert parse_imprecise_date("di 14", DateContext(2017, 3)).latest == date(2017, 3, 14)
    with pytest.raises(NotADate):
        parse_imprecise_date("di 14", SPRING)


@pytest.mark.parametrize("printed", ["maandag 14 maart", "31/2", "week 54", "asap", "1.0", "5/5 – 24/4"])
def test_what_is_no_date_in_that_year_is_refused(printed):
    with pytest.raises(NotADate):
        parse_imprecise_date(printed, SPRING)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("maandag 14 maart", True), ("29/2", False), ("16/3 of", False), ("di", False), ("3/4 – 22/4", True)],
)
def test_the_form_of_a_date_does_not_depend_on_the_day_of_the_week(text, expected):
    assert is_date_notation(text, SPRING) is expected


@pytest.mark.parametrize(
    ("name", "number"), [("maandag", 0), ("ma", 0), ("din", 1), ("wed", 2), ("zo", 6), ("dag", None)]
)
def test_days_of_the_week_are_known_by_name_and_abbreviation(name, number):
    assert weekday_number(name) == number
