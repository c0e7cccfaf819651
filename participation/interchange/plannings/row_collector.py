"""What the readers of tables and of lines share: the rows that were found, and the headings that hold for them."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from participation.interchange.dates import DateContext, is_date_notation, month_number

from .clock_times import split_times
from .source import SourceRow
from .words import phase_of_heading

_LEAP_YEAR: Final = DateContext(2000)
#: A day with two figures of a year, which are read only near a known year.
_SHORT_YEAR: Final = re.compile(r"(\d{1,2}([-/.])\d{1,2})\2['’]?\d{2}$")
_SHORT_MONTHS: Final = ("jan", "feb", "mrt", "apr", "jun", "jul", "aug", "sep", "sept", "okt", "nov", "dec")


class RawEntry(NamedTuple):
    """A row of a planning as printed. ``columns`` has the cells under a heading that was recognised."""

    number: int
    date: str
    title: str
    rest: str
    phase: str
    #: The month or year in the nearest heading above, as printed.
    period: str
    columns: Mapping[str, str] = {}
    is_unscheduled: bool = False


class RawDocument(NamedTuple):
    """A row of a table of documents, as printed."""

    number: int
    title: str
    version: str
    date: str


class Layout(NamedTuple):
    """What was found: rows and documents; tables of contributions; and the rows and lines that are neither."""

    entries: tuple[RawEntry, ...]
    documents: tuple[RawDocument, ...]
    contributions: tuple[tuple[SourceRow, ...], ...]
    leftovers: tuple[SourceRow, ...]


def is_date_text(text: str, context: DateContext | None = None) -> bool:
    """Return whether a text has the form of a date, times of day included; without ``context`` in any year."""
    flat, _starts_at, _ends_at = split_times(" ".join(text.split()))
    # "Jan" alone is as often somebody's name.
    if not flat or (flat.isalpha() and flat.casefold() in _SHORT_MONTHS):
        return False
    if context is None:
        return is_date_notation(_SHORT_YEAR.sub(r"\1", flat), _LEAP_YEAR)
    # 29 February is a date, be it one of another year.
    contexts = (context, _LEAP_YEAR) if "29" in flat else (context,)
    return any(is_date_notation(flat, one) for one in contexts)


class RowCollector:
    """Collects the rows of a planning in order; a heading of a phase or a month holds for what is below it."""

    def __init__(self, is_wrapped: bool, context: DateContext) -> None:
        """Start with nothing found. ``is_wrapped`` where lines end because the page does."""
        self.entries: list[RawEntry] = []
        self.documents: list[RawDocument] = []
        self.contributions: list[tuple[SourceRow, ...]] = []
        self.leftovers: list[SourceRow] = []
        self.is_wrapped, self.context = is_wrapped, context
        self._phase = self._period = ""

    @property
    def layout(self) -> Layout:
        """Return what was found."""
        return Layout(tuple(self.entries), tuple(self.documents), tuple(self.contributions), tuple(self.leftovers))

    def is_date(self, text: str) -> bool:
        """Return whether the text has the form of a date, times of day beside it included."""
        return is_date_text(text, self.context)

    def add(self, number: int, date: str, title: str, rest: str, columns: Mapping[str, str] = {}) -> None:
        """Add a row under the headings that hold here."""
        self.entries.append(RawEntry(number, date, title, rest, self._phase, self._period, columns))

    def read_heading(self, text: str) -> bool:
        """Remember a heading of a phase, a week, a month or a year, and return whether the text is one."""
        flat = " ".join(text.split())
        if phase := phase_of_heading(flat):
            self._phase = phase
            return True
        if is_period(flat) and self.is_date(flat):
            self._period = flat
            return True
        return False


def is_period(text: str) -> bool:
    """Return whether a date is one of a heading: a week, weeks, a month, a quarter or a year."""
    words = text.casefold().replace(".", " ").split()
    if words[0] in ("week", "weken", "wk", "q1", "q2", "q3", "q4") or "kwartaal" in words:
        return True
    years = [word for word in words if word.isdigit() and len(word) == 4]
    months = [word for word in words if word.isalpha() and month_number(word) is not None]
    return len(words) <= 2 and len(years) + len(months) == len(words)
