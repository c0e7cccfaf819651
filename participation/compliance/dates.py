"""Imprecise dates with bounds: parsing, serializing and comparing them.

Sources print "medio juni", "16/3 of 17/3" or "uiterlijk 17/3". A ``ImpreciseDate`` stores the first and the last
day that such a phrase allows, and the phrase itself (compare EDTF).
"""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, Self

from .problem_kinds import gettext_noop
from .vocabulary import PRECISIONS

#: Precisions without any day: not yet planned, or happened on an unknown day.
DATELESS = ("unscheduled", "unknown")
#: Precisions whose two bounds are the same day; only their certainty differs.
SINGLE_DAY = ("day", "tentative", "approximate")

#: Years outside these are typing errors, and adding terms to them could overflow ``date``.
MIN_YEAR, MAX_YEAR = 1800, 2200

_OPEN = ".."
_NOT_A_DATE = gettext_noop("%(value)s is not a date like 2026-03-20")


class DateError(ValueError):
    """Raised for what is no date: a message of the catalogue with its values; as text it is in English."""

    def __init__(self, message: str, **values: Any) -> None:
        """Store the message and its values."""
        super().__init__(message % values)
        self.message, self.values = message, values

    @classmethod
    def not_a_date(cls, value: Any) -> Self:
        """Return the error for a value that is not written as a date."""
        return cls(_NOT_A_DATE, value=repr(value))


class ImpreciseDate(NamedTuple):
    """An imprecise date: its bounds, its precision and the text that the source printed."""

    earliest: date | None
    latest: date | None
    precision: str = "day"
    text: str = ""

    @classmethod
    def on(cls, day: date) -> Self:
        """Return a precise date."""
        return cls(day, day)

    @classmethod
    def unknown(cls) -> Self:
        """Return the date of something that happened on a day that is not known."""
        return cls(None, None, "unknown")

    @property
    def is_dated(self) -> bool:
        """Return whether at least the latest day is known."""
        return self.latest is not None

    @property
    def sort_key(self) -> tuple[date, date]:
        """Return the sort key: earliest day, then latest; dates without a day sort last."""
        latest = self.latest or date.max
        return (self.earliest or latest, latest)

    def problem(self) -> DateError | None:
        """Return what is wrong with the bounds, or None."""
        if self.precision not in PRECISIONS:
            return DateError(gettext_noop("unknown precision %(precision)s"), precision=repr(self.precision))
        if self.precision in DATELESS:
            if self.earliest or self.latest:
                message = gettext_noop("precision %(precision)s has no days: leave from and to empty")
                return DateError(message, precision=repr(self.precision))
            return None
        if self.latest is None:
            return DateError(gettext_noop("`to` is missing"))
        if self.earliest is None:
            return None if self.precision == "not_later_than" else DateError(gettext_noop("`from` is missing"))
        if self.earliest > self.latest:
            message = gettext_noop("`from` %(first)s is after `to` %(last)s")
            return DateError(message, first=self.earliest, last=self.latest)
        if self.precision == "day" and self.earliest != self.latest:
            return DateError(gettext_noop("precision 'day' needs `from` and `to` to be the same day"))
        return None

    def to_text(self) -> str:
        """Return the stored form: one line, sortable by earliest day, lossless."""
        if self.precision == "day" and not self.text and self.earliest:
            return self.earliest.isoformat()
        bounds = "/".join(d.isoformat() if d else _OPEN.ljust(10, ".") for d in (self.earliest, self.latest))
        return f"{bounds}|{self.precision}|{self.text}"

    @classmethod
    def from_text(cls, stored: str) -> "ImpreciseDate":
        """Parse the output of ``to_text``. Raises ValueError on anything else."""
        return _parse(stored)

    def to_json(self) -> str | dict[str, str | None]:
        """Return the JSON form: an ISO day, or an object with from, to, precision and text."""
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
    def from_json(cls, value: str | dict[str, Any]) -> "ImpreciseDate":
        """Parse the JSON form. Raises ValueError with the reason on anything else."""
        if isinstance(value, str):
            return cls.on(parse_iso_day(value))
        when = cls(
            parse_iso_day(value["from"]) if value.get("from") else None,
            parse_iso_day(value["to"]) if value.get("to") else None,
            value.get("precision") or "day",
            value.get("text") or "",
        )
        if problem := when.problem():
            raise problem
        return when

    @classmethod
    def first_of(cls, dates: "list[ImpreciseDate]") -> "ImpreciseDate | None":
        """Return the bounds of the earliest of these; None when there is none.

        Unscheduled dates are ignored. One on an unknown day may have been the first, so it leaves the earliest
        bound open.
        """
        scheduled = [m for m in dates if m.precision != "unscheduled"]
        dated = [m.latest for m in scheduled if m.latest]
        if not dated:
            return cls.unknown() if scheduled else None
        latest, starts = min(dated), [m.earliest for m in scheduled]
        known = [day for day in starts if day]
        earliest = min(known) if len(known) == len(starts) else None
        return cls(earliest, latest, "day" if earliest == latest else "range" if earliest else "not_later_than")

    @classmethod
    def last_of(cls, dates: "list[ImpreciseDate]") -> "ImpreciseDate | None":
        """Return the bounds of the latest of these; None when there is none.

        A date without a day may be the last: then the result is unknown.
        """
        if not dates:
            return None
        dated = [m.latest for m in dates if m.latest]
        if len(dated) < len(dates):
            return cls.unknown()
        latest, known = max(dated), [m.earliest for m in dates if m.earliest]
        earliest = max(known) if known else None
        return cls(earliest, latest, "day" if earliest == latest else "range" if earliest else "not_later_than")


def parse_iso_day(text: str) -> date:
    """Parse a day written as YYYY-MM-DD. Raises ValueError on any other notation, including other ISO 8601 ones."""
    if not isinstance(text, str) or len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise DateError.not_a_date(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DateError(gettext_noop("%(value)s is not a day in the calendar"), value=repr(text)) from None
    if not MIN_YEAR <= day.year <= MAX_YEAR:
        message = gettext_noop("%(value)s lies outside the years %(first)s to %(last)s")
        raise DateError(message, value=repr(text), first=MIN_YEAR, last=MAX_YEAR)
    return day


@lru_cache(maxsize=1 << 16)
def _parse(stored: str) -> ImpreciseDate:
    # Cached: a table has few distinct dates, and parsing them dominates the cost of a reassessment.
    if len(stored) == 10:
        return ImpreciseDate.on(parse_iso_day(stored))
    bounds, _, rest = stored.partition("|")
    precision, _, text = rest.partition("|")
    first, _, last = bounds.partition("/")
    earliest = None if first.startswith(_OPEN) else parse_iso_day(first)
    latest = None if last.startswith(_OPEN) else parse_iso_day(last)
    return ImpreciseDate(earliest, latest, precision, text)
