"""Days that a text mentions are found, and are separate unless they are one moment or period."""

from __future__ import annotations

import pytest

from participation.interchange.plannings.day_mentions import day_mentions, may_name_step, separate_days


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14/3, 5 mei 2027 en 12-1-2027", ["14/3", "5 mei 2027", "12-1-2027"]),
        ("2027-01-12 of 14 maart", ["2027-01-12", "14 maart"]),
        # A part of a week, a time, a version and a day that is not in the calendar are no days.
        ("week 12-14 om 19.30-21.00 uur, versie 0.2, 31/2, 4 stappen", []),
    ],
)
def test_days_are_found_in_a_text(text, found):
    assert [mention.printed for mention in day_mentions(text)] == found


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3 maart, 15 april en 20 mei", ["3 maart", "15 april", "20 mei"]),
        ("3, 10 en 17 maart", ["3, 10 en 17 maart"]),
        ("3/3 starten we en 20 mei beslist de raad", ["3/3", "20 mei"]),
    ],
)
def test_days_with_other_days_between_them_are_separate(text, days):
    assert separate_days(text) == days


@pytest.mark.parametrize(
    "text",
    [
        *("14/3", "16/3 en 17/3", "16 en 17 maart", "16/3 of 17/3", "3/4 – 22/4", "24 / 4 – 5 /5", "1 mei t/m 12 juni"),
        *("di 3 maart t/m do 5 maart", "14 maart | verslag van 14/3", "medio juni"),
    ],
)
def test_one_day_one_period_and_two_possible_days_are_not_separate(text):
    assert separate_days(text) == []


def test_the_date_of_a_document_names_no_step():
    assert not may_name_step("Planning het plein, d.d. 14 maart 2017")
    assert may_name_step("Planning het plein: 14 maart 2017 inloop, 3 mei raad")


def test_a_long_list_of_numbers_is_searched_in_time():
    assert day_mentions("1, " * 100_000) == []
