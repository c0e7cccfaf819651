"""Rows of a planning as proposed steps and documents. What cannot be read stays empty, with what was printed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.dates import MAX_YEAR, MIN_YEAR, ImpreciseDate
from participation.interchange.dates import (
    OTHER_WEEKDAY,
    DateContext,
    NotADate,
    parse_imprecise_date,
    weekday_number,
)
from participation.interchange.days import read_day

from .clock_times import split_times, times_in
from .day_mentions import day_mentions
from .document_mentions import DocumentMention, mentions_in, merge_mentions
from .layout import find_rows
from .row_collector import Layout, RawEntry
from .source import MAX_ENTRIES, PlanningSource, SourceRow, UnreadablePlanning
from .words import KnownOrganisation, WordReader, phase_in, status_of

#: Maximum length of a title; what is longer goes to the rest of the row.
MAX_TITLE_LENGTH: Final = 200
_MONTHS: Final = "jan|feb|mrt|maart|apr|mei|jun|jul|aug|sep|okt|nov|dec"
_FULL_DAY: Final = re.compile(
    r"\b\d{1,2}[-/. ]\d{1,2}[-/. ](?P<year>(?:19|20)\d{2})\b"
    rf"|\b(?:\d{{1,2}} )?(?:{_MONTHS})[a-z]{{0,6}}\.? (?P<named>(?:19|20)\d{{2}})\b"
    r"|\b(?P<iso>(?:19|20)\d{2})-\d{2}-\d{2}\b",
)
_PLANNING_YEAR: Final = re.compile(
    r"\b(?:planning|jaarplanning|tijdpad|kalender|agenda|jaar|kwartaal|q[1-4]|week \d{1,2}),? ?(?P<year>20\d{2})\b"
)
_YEAR: Final = re.compile(r"\b20\d{2}\b")
#: A year in a title that is further away is the horizon of a plan: "Omgevingsvisie 2040".
_MAX_YEARS_AWAY: Final = 3
_SHORT_DAY: Final = re.compile(r"\b([a-z]{2,9})\.?,? (\d{1,2})(?: ?[-/] ?(\d{1,2})| ([a-z]{3,9}))")
#: From December to January: a month that lies so many before that of the row above is of the next year.
_MONTHS_OVER_NEW_YEAR: Final = 7
#: Maximum length of a place; a longer one goes to the rest of the row.
MAX_PLACE_LENGTH: Final = 200


class PlannedRow(NamedTuple):
    """A row as a proposed step. ``number`` is its row or line in the source; ``rest`` what else it says.

    ``when`` is None where the date cannot be read; ``date_problem`` then says why. ``documents`` are the keys of the
    documents that it mentions. ``is_done`` where the planning says that it took place, on a day that has been.
    """

    number: int
    printed_date: str
    when: ImpreciseDate | None
    date_problem: str
    title: str
    rest: str
    kind: str = ""
    method: str = ""
    stage: str = ""
    procedure: str = ""
    phase: str = ""
    body: str = ""
    audience: tuple[str, ...] = ()
    optional: bool = False
    is_cancelled: bool = False
    starts_at: time | None = None
    ends_at: time | None = None
    place: str = ""
    is_done: bool = False
    documents: tuple[str, ...] = ()


class PlannedDocument(NamedTuple):
    """A document that the planning names. ``replaces`` is the key of the version before it."""

    key: str
    number: int
    title: str
    version: str
    kind: str
    dated_on: ImpreciseDate | None
    replaces: str = ""


class PlanningYear(NamedTuple):
    """The year of dates that do not say theirs. ``is_stated`` where the planning itself gives it."""

    year: int
    is_stated: bool


class RecognisedPlanning(NamedTuple):
    """What a planning becomes: steps, documents, tables of contributions, and what was left out."""

    rows: tuple[PlannedRow, ...]
    documents: tuple[PlannedDocument, ...]
    contributions: tuple[tuple[SourceRow, ...], ...]
    leftovers: tuple[SourceRow, ...]
    year: PlanningYear


def recognise_planning(
    source: PlanningSource, organisations: Iterable[KnownOrganisation], today: date, year: int | None = None
) -> RecognisedPlanning:
    """Return what each row becomes. ``year`` is that of dates without one; without it, the planning's own is sought.

    Raises UnreadablePlanning if there are no rows with a date, or too many.
    """
    used_year = PlanningYear(year, True) if year else find_year(source, today)
    layout = find_rows(source, used_year.year)
    if len(layout.entries) > MAX_ENTRIES:
        raise UnreadablePlanning(
            _("There are more than %(most)s rows. Do it in parts: a phase at a time, for example.")
            % {"most": MAX_ENTRIES}
        )
    rows = _read_rows(layout, WordReader(organisations), used_year.year, today)
    if not any(row.when for row in rows) and not layout.documents and not layout.contributions:
        raise UnreadablePlanning(_no_rows_message(source))
    mentions = merge_mentions([mentions_in(f"{row.title}\n{row.rest}") for row in rows])
    documents = _documents(layout, rows, mentions, used_year.year)
    rows = [row._replace(documents=tuple(one.key for one in found)) for row, found in zip(rows, mentions, strict=True)]
    return RecognisedPlanning(tuple(rows), tuple(documents), layout.contributions, layout.leftovers, used_year)


def _no_rows_message(source: PlanningSource) -> str:
    if any(day_mentions(cell) for row in source.rows for cell in row.cells):
        return _(
            "There are dates in it, but no line that begins or ends with one. Give each step a line of its own, with "
            "its date in front, such as 14 March or 14/3."
        )
    return _("There is no row with a date in it. Put a date in front of each row, such as 14 March or 14/3.")


def find_year(source: PlanningSource, today: date) -> PlanningYear:
    """Return the year that the planning gives: in a heading, in most of its dates, or by the days of the week."""
    text = "\n".join(" ".join(" ".join(row.cells).split()) for row in source.rows).casefold()
    head = text[:2_000]
    for found in (_PLANNING_YEAR.search(head), _FULL_DAY.search(head)):
        if found:
            return PlanningYear(int(next(filter(None, found.groups()))), True)
    near_years = [year for year in map(int, _YEAR.findall(head)) if abs(year - today.year) <= _MAX_YEARS_AWAY]
    if near_years:
        return PlanningYear(near_years[0], True)
    years = Counter(int(next(filter(None, found.groups()))) for found in _FULL_DAY.finditer(text))
    if years:
        return PlanningYear(years.most_common(1)[0][0], True)
    # A single day of the week may be a mistake.
    assumed = _coming_year(source, today)
    candidates = (assumed, today.year, today.year + 1, today.year - 1)
    fits = {candidate: _fitting_weekdays(text, candidate) for candidate in candidates}
    best = max(candidates, key=lambda candidate: fits[candidate])
    return PlanningYear(best, fits[best] > 1)


def _coming_year(source: PlanningSource, today: date) -> int:
    """Return this year, or the next one where most dates of the planning would be past."""
    dates = _DateReader(today.year)
    days = []
    for entry in find_rows(source, today.year).entries:
        when, _problem = dates.read(entry._replace(date=split_times(entry.date)[0]))
        if when and (day := when.latest or when.earliest):
            days.append(day)
    past = sum(day < today for day in days)
    return today.year + (past * 2 > len(days))


def _fitting_weekdays(text: str, year: int) -> int:
    """Return how many days stand beside the day of the week that they have in this year."""
    count = 0
    for weekday, day, month, name in _SHORT_DAY.findall(text):
        if weekday_number(weekday) is None:
            continue
        try:
            found = parse_imprecise_date(
                f"{weekday} {day} {name}" if name else f"{weekday} {day}/{month}", DateContext(year)
            )
        except NotADate:
            continue
        count += found.precision == "day"
    return count


class _DateReader:
    """Reads printed dates in order: after December comes January of the next year."""

    def __init__(self, year: int) -> None:
        self._context = DateContext(year)
        self._last: date | None = None

    def read(self, entry: RawEntry) -> tuple[ImpreciseDate | None, str]:
        """Return the date of a row, else None and why it cannot be read; "" where nothing is printed."""
        if entry.is_unscheduled:
            return ImpreciseDate(None, None, "unscheduled", entry.date), ""
        self._read_period(entry.period)
        if not entry.date:
            return None, ""
        try:
            when = self._parse(entry.date)
        except NotADate as error:
            return None, str(error)
        day = when.earliest or when.latest
        if day and not MIN_YEAR < day.year < MAX_YEAR:
            return None, _("Check the year.")
        if day:
            self._last, self._context = day, self._context._replace(year=day.year)
        return when, ""

    def _read_period(self, period: str) -> None:
        """Take the year and the month from the heading of a month, a quarter or a year."""
        if not period or period.casefold().startswith(("week", "weken", "wk")):
            return
        try:
            found = self._parse(period)
        except NotADate:
            return
        if found.earliest:
            month = found.earliest.month if found.precision == "month" else None
            self._context = DateContext(found.earliest.year, month)

    def _parse(self, printed: str) -> ImpreciseDate:
        try:
            when = parse_imprecise_date(printed, self._context)
        except NotADate as error:
            if error.message is OTHER_WEEKDAY:
                raise
            # Notations of databases and spreadsheets, such as 46329 and 2026-11-03T19:30.
            return read_day(printed).when
        day = when.earliest or when.latest
        if day and self._last and self._last.month - day.month >= _MONTHS_OVER_NEW_YEAR:
            # One that says its own year stays what it is.
            return parse_imprecise_date(printed, self._context._replace(year=self._last.year + 1))
        return when


def _read_rows(layout: Layout, words: WordReader, year: int, today: date) -> list[PlannedRow]:
    dates = _DateReader(year)
    return [_read_row(entry, dates, words, today) for entry in layout.entries]


def _read_row(entry: RawEntry, dates: _DateReader, words: WordReader, today: date) -> PlannedRow:
    printed, starts_at, ends_at = split_times(entry.date)
    when, problem = dates.read(entry._replace(date=printed))
    title, rest = _shortened(entry.title, entry.rest)
    phase = phase_in(entry.columns.get("phase", "")) or entry.phase
    found = words.read(title, rest, phase=phase)
    if when and found.is_tentative and when.precision == "day":
        when = when._replace(precision="tentative", text=f"{entry.date} (?)")
    if not title and when and when.precision == "not_later_than":
        # Only a last day: a deadline for what is around it.
        found = found._replace(kind="milestone")
    if starts_at is None:
        starts_at, ends_at = times_in(entry.columns.get("time", "")) or times_in(title, needs_unit=True) or (None, None)
    place, status = " ".join(entry.columns.get("place", "").split()), entry.columns.get("status", "")
    is_done = status_of(status) == "done"
    if is_done and not (when and when.latest and when.latest <= today):
        # Only what was on a day that has been can have taken place.
        is_done, rest = False, f"{rest}\n{entry.columns['printed_status']}".strip()
    if len(place) > MAX_PLACE_LENGTH:
        place, rest = "", f"{rest}\n{place}".strip()
    body, audience = found.body, found.audience
    if text := entry.columns.get("body", ""):
        body = words.body_of(text) or body
    if text := entry.columns.get("audience", ""):
        audience = words.audience_of(text) or audience
    return PlannedRow(
        entry.number,
        entry.date,
        when,
        problem,
        title,
        rest,
        found.kind,
        found.method,
        found.stage,
        found.procedure,
        phase or (phase_in(title) if found.kind in ("briefing", "decision", "activity") else ""),
        body,
        audience,
        found.is_optional,
        found.is_cancelled or status_of(status) == "cancelled",
        starts_at,
        ends_at,
        place,
        is_done,
    )


def _shortened(title: str, rest: str) -> tuple[str, str]:
    if len(title) <= MAX_TITLE_LENGTH:
        return title, rest
    start = title[:MAX_TITLE_LENGTH].rpartition(" ")[0] or title[:MAX_TITLE_LENGTH]
    return f"{start} …", f"… {title[len(start) :].strip()}\n{rest}".strip()


def _documents(
    layout: Layout, rows: Sequence[PlannedRow], mentions: Sequence[Sequence[DocumentMention]], year: int
) -> list[PlannedDocument]:
    """Return the documents that rows mention by version, and those of tables of documents."""
    dates = _DateReader(year)
    # Who writes or sends a document dates it; who discusses it does not.
    found = [
        PlannedDocument(
            one.key, row.number, one.title, one.version, one.kind, row.when if row.kind == "milestone" else None
        )
        for row, of_row in zip(rows, mentions, strict=True)
        for one in of_row
    ]
    for row in layout.documents:
        # As rows mention it, so that they refer to it.
        mentioned = mentions_in(f"{row.title} versie {row.version}")
        one = mentioned[-1] if mentioned else DocumentMention.of(row.title, row.version)
        when, _problem = dates.read(RawEntry(row.number, row.date, "", "", "", ""))
        found.append(PlannedDocument(one.key, row.number, row.title, row.version, one.kind, when))
    return list(_with_predecessors(found))


def _with_predecessors(documents: Iterable[PlannedDocument]) -> Iterator[PlannedDocument]:
    """Yield the documents once each; one with the title of an earlier one replaces it."""
    newest: dict[str, str] = {}
    seen: set[str] = set()
    for document in documents:
        if document.key in seen:
            continue
        seen.add(document.key)
        title = document.title.casefold()
        yield document._replace(replaces=newest.get(title, ""))
        newest[title] = document.key
