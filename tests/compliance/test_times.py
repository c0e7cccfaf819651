"""Times of day of a meeting that ends after midnight."""

from datetime import time

import pytest

from participation.compliance.times import ends_next_day, is_too_long

EVENING, LATE, NIGHT = time(19, 30), time(22, 0), time(0, 30)


@pytest.mark.parametrize(
    ("starts", "ends", "recorded", "expected"),
    [
        (EVENING, LATE, None, False),
        (EVENING, NIGHT, None, True),
        (EVENING, None, None, False),
        (None, NIGHT, None, False),
        (EVENING, NIGHT, True, True),
        (None, NIGHT, True, True),
        (NIGHT, LATE, True, True),
        (EVENING, NIGHT, False, False),
    ],
)
def test_it_ends_on_the_next_day_as_recorded_and_else_by_its_times(starts, ends, recorded, expected):
    assert ends_next_day(starts, ends, recorded) is expected


def test_an_end_on_the_next_day_is_at_most_twelve_hours_later():
    assert not is_too_long(EVENING, time(7, 30))
    assert is_too_long(EVENING, time(7, 31))
    assert is_too_long(EVENING, LATE, recorded=True)
    assert not is_too_long(EVENING, LATE, recorded=False)
    assert not is_too_long(EVENING, None, recorded=True)
