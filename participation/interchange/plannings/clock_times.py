"""Times of day in the rows of a planning: "14 maart 19.30-21.00 uur"."""

import re
from datetime import time
from typing import Final

_CLOCK: Final = re.compile(
    r"\b(?P<from>[0-2]?\d)(?:[:.](?P<from_minute>[0-5]\d)(?P<seconds>:[0-5]\d)?)?"
    r"(?:(?: ?(?:uur|u))? ?(?:-|–|tot|t/m) ?(?P<until>[0-2]?\d)(?:[:.](?P<until_minute>[0-5]\d))?)?"
    r"(?P<unit> ?(?:uur\b|u\b))?(?!\d)"
)
_PREPOSITIONS: Final = ("om", "van", "at")

Times = tuple[time, time | None]


def split_times(printed: str) -> tuple[str, time | None, time | None]:
    """Return a printed date without its times of day, and those: when it starts and when it ends."""
    for found in _CLOCK.finditer(printed):
        if times := _times_of(found, needs_unit=True):
            words = (printed[: found.start()] + printed[found.end() :]).strip(" ,;").split()
            if words and words[-1] in _PREPOSITIONS:
                words.pop()
            # Midnight with its seconds is how a database writes a day.
            is_day = bool(found["seconds"]) and times == (time(), None)
            return " ".join(words).rstrip(" ,;"), *((None, None) if is_day else times)
    return printed, None, None


def times_in(text: str, *, needs_unit: bool = False) -> Times | None:
    """Return the first time of day in a text, and the second where it is a span; None without any."""
    return next((times for found in _CLOCK.finditer(text) if (times := _times_of(found, needs_unit=needs_unit))), None)


def _times_of(found: re.Match[str], *, needs_unit: bool) -> Times | None:
    """Return the times of a match. A figure alone is none, and with ``needs_unit`` "14.3" is none without "uur"."""
    has_unit = bool(found["unit"]) or ":" in found.group()
    if not has_unit and (needs_unit or found["from_minute"] is None):
        return None
    try:
        first = time(int(found["from"]), int(found["from_minute"] or 0))
        last = time(int(found["until"]), int(found["until_minute"] or 0)) if found["until"] else None
    except ValueError:
        return None
    return first, last
