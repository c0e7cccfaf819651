"""Times of day of something that starts and ends: an end before the start lies on the next day."""

from datetime import date, datetime, time, timedelta
from typing import Final

#: What ends the next day lasts no longer than this: anything more is two times that were typed the wrong way round.
LONGEST_NIGHT: Final = timedelta(hours=12)


def ends_next_day(starts: time | None, ends: time | None) -> bool:
    """Return whether it ends on the day after the one on which it starts; not where one of the two is not known."""
    return starts is not None and ends is not None and ends < starts


def takes_no_time(starts: time | None, ends: time | None) -> bool:
    """Return whether it ends at the very time at which it starts."""
    return starts is not None and starts == ends


def takes_too_long(starts: time | None, ends: time | None) -> bool:
    """Return whether it ends the next day, longer after its start than ``LONGEST_NIGHT``."""
    if starts is None or ends is None or not ends_next_day(starts, ends):
        return False
    day = date(2000, 1, 1)
    return datetime.combine(day + timedelta(days=1), ends) - datetime.combine(day, starts) > LONGEST_NIGHT
