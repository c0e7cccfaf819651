"""Dates with bounds: the one place where imprecise dates are read, compared and moved.

Sources print "medio juni", "16/3 of 17/3" or "uiterlijk 17/3". A ``When`` keeps the first and the last
day that such a phrase leaves open, and the phrase itself.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Self

from .vocabulary import PRECISIONS

#: Precisions without any day: still to be planned, or happened on a day that nobody wrote down.
DATELESS = ("unscheduled", "unknown")
#: Precisions whose two bounds are the same day: what is printed is a day, only its certainty differs.
SINGLE_DAY = ("day", "tentative", "approximate")

#: Years outside these are typing errors, and terms counted from them would run off the calendar.
FIRST_YEAR, LAST_YEAR = 1800, 2200

_OPEN = ".."


class When(NamedTuple):
    """A day, or the bounds between which a day lies, with how precise it is and what the source printed."""

    earliest: date | None
    latest: date | None
    precision: str = "day"
    text: str = ""

    @classmethod
    def on(cls, day: date) -> Self:
        """Return the precise day."""
        return cls(day, day)

    @classmethod
    def unknown(cls) -> Self:
        """Return the date of something that happened on a day that is not known."""
        return cls(None, None, "unknown")

    @property
    def is_dated(self) -> bool:
        """Tell whether at least the latest day is known."""
        return self.latest is not None

    @property
    def sort_key(self) -> tuple[date, date]:
        """Return what to sort by: earliest day first, then latest; without a day comes last."""
        latest = self.latest or date.max
        return (self.earliest or latest, latest)

    def problem(self) -> str | None:
        """Return what is wrong with these bounds in a few words, or None."""
        if self.precision not in PRECISIONS:
            return f"unknown precision {self.precision!r}"
        if self.precision in DATELESS:
            if self.earliest or self.latest:
                return f"precision {self.precision!r} has no days: leave from and to empty"
            return None
        if self.latest is None:
            return "`to` is missing"
        if self.earliest is None:
            return None if self.precision == "not_later_than" else "`from` is missing"
        if self.earliest > self.latest:
            return f"`from` {self.earliest} is after `to` {self.latest}"
        if self.precision == "day" and self.earliest != self.latest:
            return "precision 'day' needs `from` and `to` to be the same day"
        return None

    def to_text(self) -> str:
        """Return the one-line form that is stored: sortable by earliest day, exact in both directions."""
        if self.precision == "day" and not self.text and self.earliest:
            return self.earliest.isoformat()
        bounds = "/".join(d.isoformat() if d else _OPEN.ljust(10, ".") for d in (self.earliest, self.latest))
        return f"{bounds}|{self.precision}|{self.text}"

    @classmethod
    def from_text(cls, stored: str) -> "When":
        """Return what ``to_text`` wrote. Raises ValueError on anything else."""
        return _parse(stored)

    def to_json(self) -> str | dict[str, str | None]:
        """Return the dossier's form: an ISO day, or an object with from, to, precision and text."""
        if self.precision == "day" and not self.text and self.earliest:
            return self.earliest.isoformat()
        found: dict[str, str | None] = {
            "from": self.earliest.isoformat() if self.earliest else None,
            "to": self.latest.isoformat() if self.latest else None,
            "precision": self.precision,
        }
        if self.text:
            found["text"] = self.text
        return found

    @classmethod
    def from_json(cls, value: str | dict[str, Any]) -> "When":
        """Return the date that a dossier writes. Raises ValueError with the reason on anything else."""
        if isinstance(value, str):
            return cls.on(iso_day(value))
        when = cls(
            iso_day(value["from"]) if value.get("from") else None,
            iso_day(value["to"]) if value.get("to") else None,
            value.get("precision") or "day",
            value.get("text") or "",
        )
        if problem := when.problem():
            raise ValueError(problem)
        return when

    @classmethod
    def first_of(cls, moments: "list[When]") -> "When | None":
        """Return the bounds of whichever of these comes first; None when there is none.

        What is still to be planned is not there yet. What happened on an unknown day may have been the first,
        but not later than the first of the others.
        """
        there = [m for m in moments if m.precision != "unscheduled"]
        dated = [m.latest for m in there if m.latest]
        if not dated:
            return cls.unknown() if there else None
        latest, starts = min(dated), [m.earliest for m in there]
        known = [day for day in starts if day]
        earliest = min(known) if len(known) == len(starts) else None
        return cls(earliest, latest, "day" if earliest == latest else "range" if earliest else "not_later_than")

    @classmethod
    def last_of(cls, moments: "list[When]") -> "When | None":
        """Return the bounds of whichever of these comes last; None when there is none.

        One without a day may be the last: then the day of the last is not known.
        """
        if not moments:
            return None
        dated = [m.latest for m in moments if m.latest]
        if len(dated) < len(moments):
            return cls.unknown()
        latest, known = max(dated), [m.earliest for m in moments if m.earliest]
        earliest = max(known) if known else None
        return cls(earliest, latest, "day" if earliest == latest else "range" if earliest else "not_later_than")


def iso_day(text: str) -> date:
    """Return the day written as YYYY-MM-DD. Raises ValueError on every other notation, also ISO's own."""
    if not isinstance(text, str) or len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError(f"{text!r} is not a date like 2026-03-20")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day in the calendar") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{text!r} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


@lru_cache(maxsize=1 << 16)
def _parse(stored: str) -> When:
    # Cached because a table holds few distinct days: reading rows is the cost of a reassessment.
    if len(stored) == 10:
        return When.on(iso_day(stored))
    bounds, _, rest = stored.partition("|")
    precision, _, text = rest.partition("|")
    first, _, last = bounds.partition("/")
    earliest = None if first.startswith(_OPEN) else iso_day(first)
    latest = None if last.startswith(_OPEN) else iso_day(last)
    return When(earliest, latest, precision, text)


def days_after(day: date | None, days: int) -> date | None:
    """Return the day so many calendar days later; None stays None."""
    return day + timedelta(days=days) if day else None
