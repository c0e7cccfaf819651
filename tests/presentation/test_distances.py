"""How far a day is from today is said in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from participation.presentation.distances import distance_text

TODAY = date(2026, 11, 13)


@pytest.mark.parametrize(
    ("days", "dutch", "english"),
    [
        (0, "vandaag", "today"),
        (1, "morgen", "tomorrow"),
        (-1, "gisteren", "yesterday"),
        (2, "over twee dagen", "in two days"),
        (13, "over 13 dagen", "in 13 days"),
        (14, "over twee weken", "in two weeks"),
        (15, "over twee weken en één dag", "in two weeks and one day"),
        (44, "over zes weken en twee dagen", "in six weeks and two days"),
        (84, "over twaalf weken", "in twelve weeks"),
        (86, "over twaalf weken en twee dagen", "in twelve weeks and two days"),
        (92, "over 13 weken", "in 13 weeks"),
        (-10, "tien dagen geleden", "ten days ago"),
        (-22, "drie weken en één dag geleden", "three weeks and one day ago"),
    ],
)
def test_a_distance_is_said_in_days_and_weeks(days, dutch, english):
    day = TODAY + timedelta(days=days)
    assert distance_text(day, TODAY) == dutch
    with translation.override("en"):
        assert distance_text(day, TODAY) == english
