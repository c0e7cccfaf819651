"""Start and end times of day: an end before the start is on the next day, unless it is recorded which day it is on."""

from datetime import date, datetime, time, timedelta
from typing import Final

#: Maximum duration past midnight: anything longer means that start and end were swapped.
MAX_OVERNIGHT_DURATION: Final = timedelta(hours=12)


def ends_next_day(starts: time | None, ends: time | None, recorded: bool | None = None) -> bool:
    """Return whether it ends on the day after it starts: as recorded, else by the times; False when one is unknown."""
    if recorded is not None:
        return recorded
    return starts is not None and ends is not None and ends < starts


def has_no_duration(starts: time | None, ends: time | None) -> bool:
    """Return whether start and end are the same time."""
    return starts is not None and starts == ends


def is_too_long(starts: time | None, ends: time | None, recorded: bool | None = None) -> bool:
    """Return whether it ends the next day and lasts longer than ``MAX_OVERNIGHT_DURATION``."""
    if starts is None or ends is None or not ends_next_day(starts, ends, recorded):
        return False
    day = date(2000, 1, 1)
    return datetime.combine(day + timedelta(days=1), ends) - datetime.combine(day, starts) > MAX_OVERNIGHT_DURATION
