"""Working days, public holidays, recesses and terms under the Algemene termijnenwet.

Source: Algemene termijnenwet (BWBR0002448), articles 1 (a term that ends on a Saturday, Sunday or public
holiday is extended to the next working day), 3 (which days those are) and 4 (long terms are not extended).
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import holidays

SATURDAY = 5
#: Article 4, under a: terms of more than ninety days, twelve weeks or three months are not extended.
MAX_EXTENDABLE_DAYS = 90
MAX_EXTENDABLE_WEEKS = 12
MAX_EXTENDABLE_MONTHS = 3
_MAX_EXTENDABLE: Final[Mapping[str, int]] = {"weeks": MAX_EXTENDABLE_WEEKS, "months": MAX_EXTENDABLE_MONTHS}


class Term(NamedTuple):
    """A length in calendar days, weeks, months or working days; the unit is kept because article 4 depends on it."""

    length: int
    unit: str = "days"

    @property
    def days(self) -> int:
        """Return the length in calendar days, or in working days when that is the unit; not for a term in months."""
        return self.length * 7 if self.unit == "weeks" else self.length

    @property
    def is_long(self) -> bool:
        """Return whether the term is too long to be extended (article 4)."""
        return self.length > _MAX_EXTENDABLE.get(self.unit, MAX_EXTENDABLE_DAYS)

    def end_from(self, day: date) -> date:
        """Return the last day of the term from that day, before any extension; not for a term in working days."""
        return add_months(day, self.length) if self.unit == "months" else day + timedelta(days=self.days)


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a month that is shorter: 31 January, 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Recess(NamedTuple):
    """A school holiday or recess, first and last day included, with its source."""

    name: str
    first: date
    last: date
    source: str = ""


@lru_cache(maxsize=512)
def public_holidays(year: int, language: str = "nl") -> dict[date, str]:
    """Return the names of the public holidays of article 3 in a year, by day; ``language`` is nl or en_US.

    The library lists Good Friday and, outside lustrum years, Liberation Day as optional: the act counts both
    every year. Easter Sunday and Whit Sunday are not holidays in the act, but are days off as Sundays.
    """
    found = holidays.country_holidays("NL", years=year, categories=("public", "optional"), language=language)
    return dict(sorted(found.items()))


class Calendar:
    """A municipality's calendar: statutory holidays, days equated with them, and its recesses."""

    def __init__(self, recesses: Iterable[Recess] = (), equated: Iterable[date] = ()) -> None:
        """Store the recesses and the days that a royal decree equates with holidays (article 3(3))."""
        self.recesses = tuple(sorted(recesses, key=lambda r: (r.first, r.last)))
        self.equated = frozenset(equated)
        # Memoized: the obligations of a city share a few thousand dates.
        self._term_ends: dict[tuple[date, Term, bool], date] = {}
        self._recesses_by_range: dict[tuple[date, date], Recess | None] = {}
        self._last_recess = max((recess.last for recess in self.recesses), default=date.min)

    def is_day_off(self, day: date) -> bool:
        """Return whether the day is a Saturday, a Sunday or a public holiday under the act."""
        return day.weekday() >= SATURDAY or day in self.equated or day in public_holidays(day.year)

    def extend_to_working_day(self, day: date) -> date:
        """Return the day itself, or the next working day when a term may not end on it (article 1)."""
        while self.is_day_off(day):
            day += timedelta(days=1)
        return day

    def after(self, day: date, term: Term, by_law: bool = False) -> date:
        """Return the last day of a term that starts the day after ``day``.

        ``by_law`` applies the Algemene termijnenwet; a negative term counts back and is never extended.
        """
        end = self._term_ends.get((day, term, by_law))
        if end is None:
            if term.unit == "working_days":
                end = self.add_working_days(day, term.length)
            else:
                end = term.end_from(day)
                if by_law and term.length > 0 and not term.is_long:
                    end = self.extend_to_working_day(end)
            self._term_ends[day, term, by_law] = end
        return end

    def add_working_days(self, day: date, count: int) -> date:
        """Return the day ``count`` working days later, or earlier when negative."""
        step = timedelta(days=1 if count >= 0 else -1)
        for _ in range(abs(count)):
            day += step
            while self.is_day_off(day):
                day += step
        return day

    def has_known_recesses(self, day: date) -> bool:
        """Return whether the recesses up to this day were entered; after the last one they are unknown."""
        return day <= self._last_recess

    def recess_containing(self, first: date, last: date) -> Recess | None:
        """Return the recess that contains the whole range of days, or None."""
        if (first, last) not in self._recesses_by_range:
            found = next((r for r in self.recesses if r.first <= first and last <= r.last), None)
            self._recesses_by_range[first, last] = found
        return self._recesses_by_range[first, last]


def holiday_names(calendar: Calendar, day: date) -> dict[str, str]:
    """Return the name of a holiday by language (nl, en); empty for a plain Saturday or Sunday."""
    if day in (names := public_holidays(day.year)):
        return {"nl": names[day], "en": public_holidays(day.year, "en_US")[day]}
    if day in calendar.equated and day.weekday() < SATURDAY:
        return {"nl": "gelijkgestelde dag", "en": "day put on a par"}
    return {}
