"""Rows of a planning found in tables and in lines of text: a printed date with what stands beside it."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from participation.interchange.dates import DateContext, is_date_notation, month_number, weekday_number
from participation.interchange.sheets.text import heading

from .source import PlanningSource, SourceRow
from .words import phase_of_heading

#: Columns of a table, with the headings by which each is recognised, in Dutch and English.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": (
        *("datum", "data", "wanneer", "dag", "datum/periode", "geplande datum", "moment", "tijdstip", "deadline"),
        *("termijn", "planning", "periode", "week", "weeknr", "weeknummer", "maand", "date", "when"),
    ),
    "title": (
        *("activiteit", "activiteiten", "wat", "actie", "acties", "stap", "processtap", "bijeenkomst", "mijlpaal"),
        *("werkzaamheden", "omschrijving", "onderwerp", "gebeurtenis", "product", "titel", "activity", "what", "title"),
    ),
    "phase": ("fase", "phase"),
    "body": ("gremium", "orgaan", "bestuur", "overleg", "body"),
    "audience": ("doelgroep", "voor wie", "met wie", "deelnemers", "betrokkenen", "audience", "for whom"),
    "time": ("tijd", "tijden", "hoe laat", "time"),
    "document": ("stuk", "stukken", "document", "documenten", "bijlage", "documents"),
    "version": ("versie", "version"),
    "contribution": ("inbreng", "bijdrage", "reactie van bewoner", "opmerking van bewoner", "contribution"),
}
_COLUMN_BY_HEADING: Final = {name: column for column, names in COLUMNS.items() for name in names}
#: Headings stand among the first rows of a table, and are short.
_HEADER_SEARCH_ROWS, _MAX_HEADING_LENGTH = 4, 40
#: A date is at most so many words, over at most so many lines of a narrow column.
_MAX_DATE_WORDS, _MAX_DATE_LINES = 10, 6
_BULLET: Final = re.compile(r"[•▪·*\uf0b7–-]\s+|o\s+(?=\S)")
_NUMBERED: Final = re.compile(r"\d{1,2}[.)]\s+(?=\S)")
_SEPARATORS: Final = " \t:|–—-,;"
#: Words with which a date may start, besides figures, days of the week and months.
_DATE_STARTS: Final = frozenset(
    (
        *(
            "uiterlijk",
            "op",
            "deadline",
            "voor",
            "vóór",
            "ong",
            "ongeveer",
            "omstreeks",
            "rond",
            "circa",
            "ca",
            "vanaf",
            "met",
        ),
        *(
            "begin",
            "medio",
            "midden",
            "half",
            "eind",
            "einde",
            "week",
            "weken",
            "wk",
            "in",
            "tussen",
            "van",
            "t/m",
            "tot",
        ),
        *("eerste", "tweede", "derde", "vierde", "nog", "n.t.b", "ntb", "n.n.b", "nnb", "q1", "q2", "q3", "q4"),
        *("late", "early", "mid", "end", "by", "no", "to", "about", "before", "between", "from"),
    )
)
#: What looks like a date, and in running text as often numbers a section or a version.
_DOTTED: Final = re.compile(r"\d{1,2}\.\d{1,2}\.?")
_DASHED: Final = re.compile(r"\d{1,2}-\d{1,2}")
_SLASHED: Final = re.compile(r"\d{1,2} ?/ ?\d{1,2}")
#: A line that ends like this goes on in the next.
_OPEN_ENDED: Final = frozenset(
    (
        *(
            "in",
            "en",
            "of",
            "van",
            "de",
            "het",
            "een",
            "met",
            "aan",
            "voor",
            "naar",
            "per",
            "op",
            "over",
            "ter",
            "te",
            "door",
        ),
        *(
            "bij",
            "tot",
            "om",
            "incl",
            "inclusief",
            "tegen",
            "uit",
            "als",
            "d.d.",
            "dd",
            "onder",
            "tussen",
            "and",
            "to",
            "with",
        ),
        *("–", "-", "&", "/", "+"),
    )
)
_UNSCHEDULED: Final = re.compile(
    r"(nog (?:niet|in|te)\b[^:]{0,60}(?:opgenomen|plannen|gepland|bepalen|bekend))[^:]{0,20}:"
)
#: Spaces between two cells of a row that was copied as text. A bracket after them belongs to what is before.
_CELL_GAP: Final = re.compile(r" {2,}(?![( ])|\t|\|")


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


def find_rows(source: PlanningSource, year: int) -> Layout:
    """Return the rows of a planning. ``year`` is the year of dates that do not say theirs."""
    finder = _Finder(source.is_wrapped, DateContext(year))
    for table, rows in groupby(source.rows, key=lambda row: row.table):
        (finder.read_table if table else finder.read_lines)(list(rows))
    return Layout(
        *(tuple(found) for found in (finder.entries, finder.documents, finder.contributions, finder.leftovers))
    )


class _TableColumns(NamedTuple):
    """The index of each column that was recognised, and the number of rows up to and including the headings."""

    indexes: Mapping[str, int]
    skipped: int


class _Finder:
    """Reads the parts of a planning in order; a heading of a phase or month holds for what is below it."""

    def __init__(self, is_wrapped: bool, context: DateContext) -> None:
        self.entries: list[RawEntry] = []
        self.documents: list[RawDocument] = []
        self.contributions: list[tuple[SourceRow, ...]] = []
        self.leftovers: list[SourceRow] = []
        self._is_wrapped, self._context = is_wrapped, context
        self._phase = self._period = ""
        self._last_columns: Mapping[str, int] = {}

    def _is_date(self, text: str) -> bool:
        flat = " ".join(text.split())
        return bool(flat) and any(is_date_notation(flat, context) for context in (self._context, DateContext(2000)))

    # ------------------------------------------------------------ tables

    def read_table(self, rows: list[SourceRow]) -> None:
        """Read a table: of steps, of documents or of contributions."""
        columns = self._columns_of(rows)
        indexes = columns.indexes
        if "contribution" in indexes and "title" not in indexes:
            self.contributions.append(tuple(rows[columns.skipped - 1 :]))
            return
        if "date" not in indexes and "title" not in indexes and "document" not in indexes:
            self.leftovers += [row for row in rows if any(cell.strip() for cell in row.cells)]
            return
        for row in rows[: max(columns.skipped - 1, 0)]:
            self._read_heading_row(row)
        for row in rows[columns.skipped :]:
            self._read_table_row(row, indexes)

    def _read_heading_row(self, row: SourceRow) -> None:
        filled = [cell for cell in row.cells if cell.strip()]
        if len(filled) == 1 and self._read_heading(filled[0]):
            return
        if filled:
            self.leftovers.append(row)

    def _read_table_row(self, row: SourceRow, indexes: Mapping[str, int]) -> None:
        cells = [cell.strip() for cell in row.cells]
        filled = [cell for cell in cells if cell]
        named = {name: cells[index] for name, index in indexes.items() if index < len(cells)}
        date = " ".join(named.get("date", "").split())
        if not filled or (len(filled) == 1 and self._read_heading(filled[0])):
            return
        if len(filled) == 1 and not self._is_date(filled[0]):
            self.leftovers.append(row)
            return
        if "document" in indexes and "title" not in indexes:
            document = " ".join(named.get("document", "").split())
            if document:
                self.documents.append(RawDocument(row.number, document, named.get("version", ""), date))
            return
        title, rest = self._title(named.get("title", ""))
        used = {indexes[name] for name in ("date", "title", "time", "phase") if name in indexes}
        others = [cell for index, cell in enumerate(cells) if cell and index not in used]
        if not title and others:
            title, more = self._title(others.pop(0))
            rest = "\n".join(filter(None, (rest, more)))
        rest = "\n".join(filter(None, (rest, *others)))
        self.entries.append(RawEntry(row.number, date, title, rest, self._phase, self._period, named))

    def _columns_of(self, rows: Sequence[SourceRow]) -> _TableColumns:
        found, skipped = self._columns_by_heading(rows)
        if not found and self._last_columns and max(len(row.cells) for row in rows) > max(self._last_columns.values()):
            # A table for each phase: only the first has headings.
            found = dict(self._last_columns)
        body = rows[skipped:]
        if not ({"contribution", "document"} & set(found)) and not self._has_dates(body, found.get("date")):
            index = self._date_column(body)
            found.pop("date", None)
            if index is not None:
                found["date"] = index
            elif not skipped:
                return _TableColumns({}, 0)
        if "date" in found and "title" not in found and not ({"contribution", "document"} & set(found)):
            found["title"] = self._title_column(body, found)
        self._last_columns = found
        return _TableColumns(found, skipped)

    def _columns_by_heading(self, rows: Sequence[SourceRow]) -> tuple[dict[str, int], int]:
        for position, row in enumerate(rows[:_HEADER_SEARCH_ROWS]):
            found: dict[str, int] = {}
            for index, cell in enumerate(row.cells):
                column = _COLUMN_BY_HEADING.get(heading(cell).rstrip(" ?"))
                # "Week" before "Datum": the more precise of the two, where both are there.
                if column == "date" and heading(cell).startswith(("datum", "wanneer", "date", "when")):
                    found[column] = index
                elif column:
                    found.setdefault(column, index)
            is_short = all(len(cell) <= _MAX_HEADING_LENGTH for cell in row.cells)
            if found and is_short and not any(self._is_date(cell) for cell in row.cells):
                return found, position + 1
        return {}, 0

    def _has_dates(self, rows: Sequence[SourceRow], index: int | None) -> bool:
        return index is not None and any(index < len(row.cells) and self._is_date(row.cells[index]) for row in rows)

    def _date_column(self, rows: Sequence[SourceRow]) -> int | None:
        """Return the column with the most dates; None where there are none."""
        counts: dict[int, int] = {}
        for row in rows:
            for index, cell in enumerate(row.cells):
                if self._is_date(cell):
                    counts[index] = counts.get(index, 0) + 1
        return max(counts, key=lambda index: (counts[index], -index)) if counts else None

    @staticmethod
    def _title_column(rows: Sequence[SourceRow], found: Mapping[str, int]) -> int:
        """Return the first column beside the date that is filled in most rows, else the one filled most."""
        width = max(len(row.cells) for row in rows) if rows else 1
        others = [index for index in range(width) if index not in found.values()]
        fills = {
            index: sum(bool(row.cells[index : index + 1] and row.cells[index].strip()) for row in rows)
            for index in others
        }
        after = [index for index in others if index > found["date"]] or others or [found["date"]]
        return next((index for index in after if fills.get(index, 0) * 2 >= len(rows)), None) or max(
            after, key=lambda index: (fills.get(index, 0), -index)
        )

    def _read_heading(self, text: str) -> bool:
        """Remember a heading of a phase, a week, a month or a year, and return whether the text is one."""
        flat = " ".join(text.split())
        if phase := phase_of_heading(flat):
            self._phase = phase
            return True
        if _is_period(flat) and self._is_date(flat):
            self._period = flat
            return True
        return False

    def _title(self, text: str) -> tuple[str, str]:
        lines = text.splitlines()
        if self._is_wrapped:
            return split_title(lines)
        filled = [" ".join(line.split()) for line in lines if line.strip()]
        return (filled[0], "\n".join(filled[1:])) if filled else ("", "")

    # ------------------------------------------------------------ lines

    def read_lines(self, rows: list[SourceRow]) -> None:
        """Read text outside tables: rows that start with a date, else lines that end with one."""
        lines = [row.cells[0].expandtabs(2).rstrip("\r\n") for row in rows]
        starts = self._row_starts(lines)
        position = 0
        for start in [*starts, None]:
            end = len(lines) if start is None else start.line
            self._read_loose(rows[position:end], lines[position:end], ends_with_dates=not starts)
            if start is None:
                break
            following = next((other.line for other in starts if other.line > start.line), len(lines))
            position = self._read_line_row(rows, lines, start, following)

    def _row_starts(self, lines: Sequence[str]) -> list["_LeadingDate"]:
        found: list[_LeadingDate] = []
        after = 0
        for index in range(len(lines)):
            if index >= after and (date := self._leading_date(lines, index)):
                found.append(date)
                after = date.last_line + 1
        # Where most rows have no colon after the date, a line that has one is a detail of the row above.
        with_colon = sum(date.has_colon for date in found)
        slashed = sum(bool(_SLASHED.match(date.text)) for date in found)
        return [
            date
            for date in found
            if (not date.has_colon or with_colon * 2 >= len(found)) and not (_DASHED.fullmatch(date.text) and slashed)
        ]

    def _leading_date(self, lines: Sequence[str], index: int) -> "_LeadingDate | None":
        """Return the longest date with which this line starts; its last words may stand on the next lines."""
        bullet = _BULLET.match(lines[index].lstrip()) or _NUMBERED.match(lines[index].lstrip())
        indent = len(lines[index]) - len(lines[index].lstrip()) + (bullet.end() if bullet else 0)
        words: list[tuple[str, int, int]] = []
        for number in range(index, min(index + _MAX_DATE_LINES, len(lines))):
            begin = indent if number == index else 0
            found = [
                (word.group(), number, word.end())
                for word in re.finditer(r"\S+", lines[number])
                if word.start() >= begin
            ]
            if not found:
                break
            words += found
            if len(words) >= _MAX_DATE_WORDS:
                break
        if not words or not _may_start_date(words[0][0]) or self._continues(lines, index):
            return None
        for count in range(min(len(words), _MAX_DATE_WORDS), 0, -1):
            last, number, end = words[count - 1]
            text = " ".join([*(word for word, _line, _end in words[: count - 1]), last.rstrip(":;,|")])
            after = lines[number][end:]
            if self._is_date(text) and _stands_alone(text, last, after):
                return _LeadingDate(index, number, end, text, last.endswith(":") or after.lstrip().startswith(":"))
        return None

    @staticmethod
    def _continues(lines: Sequence[str], index: int) -> bool:
        """Return whether the line before goes on in this one: "zoals besproken op / 7/3 en daarna"."""
        before = lines[index - 1].split() if index else []
        return bool(before) and before[-1].casefold().rstrip(",") in _OPEN_ENDED

    def _read_line_row(
        self, rows: Sequence[SourceRow], lines: Sequence[str], start: "_LeadingDate", following: int
    ) -> int:
        """Add the row that starts here, and return the line after it."""
        end = start.last_line + 1
        while end < following and not phase_of_heading(lines[end]):
            end += 1
        body = [lines[start.last_line][start.end :].lstrip(_SEPARATORS), *lines[start.last_line + 1 : end]]
        if not any(line.strip() for line in body):
            if not self._read_heading(start.text):
                self._add(rows[start.line].number, start.text, "", "")
            return end
        title, rest = split_title(body)
        self._add(rows[start.line].number, start.text, title, rest)
        return end

    def _read_loose(self, rows: Sequence[SourceRow], lines: Sequence[str], *, ends_with_dates: bool) -> None:
        """Read lines without a date in front: headings, and a list of what is still to be planned."""
        unscheduled, is_new = "", True
        for row, line in zip(rows, lines, strict=True):
            text = " ".join(line.split())
            if not text:
                is_new = True
            elif self._read_heading(text):
                unscheduled = ""
            elif found := _UNSCHEDULED.match(text.casefold()):
                unscheduled, is_new = text[: found.end(1)], True
            elif heading(_CELL_GAP.split(line.strip())[0]) in _COLUMN_BY_HEADING:
                self.leftovers.append(row)
                unscheduled = ""
            elif unscheduled:
                self._read_unscheduled(row, line, unscheduled, is_new)
                is_new = False
            elif not (ends_with_dates and self._read_trailing_date(row, text)):
                self.leftovers.append(row)

    def _read_unscheduled(self, row: SourceRow, line: str, printed: str, is_new: bool) -> None:
        """Add an item of a list of what is still to be planned, or add the line to the item before."""
        text = " ".join(line.split())
        is_detail = bool(re.match(r"o\s", text))
        bare = _BULLET.sub("", text, count=1) if _BULLET.match(text) else text
        starts = is_new or line[:1].isspace() or (not is_detail and bare != text)
        last = self.entries[-1] if self.entries and self.entries[-1].is_unscheduled else None
        if last and (is_detail or not starts):
            joint = " " if not is_detail or last.title.endswith(":") else ", "
            self.entries[-1] = last._replace(title=f"{last.title}{joint}{bare}")
        else:
            self.entries.append(RawEntry(row.number, printed, bare, "", "", "", is_unscheduled=True))

    def _read_trailing_date(self, row: SourceRow, text: str) -> bool:
        """Add a row of which the date stands at the end: "Startbijeenkomst: 14 maart"; return whether it is one."""
        bare = _BULLET.sub("", text, count=1) if _BULLET.match(text) else text
        for mark in (":", "(", " – ", " - ", ",", " op "):
            title, found, date = bare.rpartition(mark)
            date = date.strip(" ).")
            if found and title.strip() and self._is_date(date):
                self._add(row.number, date, " ".join(title.split()), "")
                return True
        return False

    def _add(self, number: int, date: str, title: str, rest: str) -> None:
        self.entries.append(RawEntry(number, date, title, rest, self._phase, self._period))


class _LeadingDate(NamedTuple):
    """A date at the start of a line: the lines that it takes, where it ends in the last, and as printed."""

    line: int
    last_line: int
    end: int
    text: str
    has_colon: bool


def split_title(lines: Sequence[str]) -> tuple[str, str]:
    """Return the first cell of a row that was copied as lines, and the rest of it, with a line for each part.

    A cell ends at an empty line, at a gap of spaces, or before a line that does not go on with the sentence.
    """
    title: list[str] = []
    rest: list[str] = []
    ended = False
    for line in lines:
        if not line.strip():
            ended = ended or bool(title)
            continue
        first, *more = _CELL_GAP.split(line.strip(), maxsplit=1)
        if ended or (title and not _goes_on(title[-1], first)):
            ended = True
            rest.append(" ".join(line.split()))
            continue
        title.append(" ".join(first.split()))
        if more and more[0].strip():
            ended = True
            rest.append(" ".join(more[0].split()))
    return " ".join(title), "\n".join(rest)


def _goes_on(before: str, line: str) -> bool:
    """Return whether a line goes on with the sentence of the line before it."""
    start = line.lstrip()[:1]
    if start in "•▪·*\uf0b7":
        return False
    last = before.split()[-1].casefold()
    return not start.isupper() or last in _OPEN_ENDED or last.endswith((",", "-", "–", "/", "("))


def _may_start_date(word: str) -> bool:
    bare = word.casefold().strip("(:,.±~")
    return (
        bare[:1].isdigit()
        or bare in _DATE_STARTS
        or weekday_number(bare) is not None
        or (bare.isalpha() and month_number(bare) is not None)
    )


def _stands_alone(text: str, last: str, after: str) -> bool:
    """Return whether a date at the start of a line is one: not the number of a section, nor a month in a sentence."""
    if _DOTTED.fullmatch(text):
        return False
    if " " in text or not (text.isdigit() or text.isalpha()):
        return True
    return last.endswith(":") or not after.strip() or after.startswith(("  ", " :", " -", " –", " |"))


def _is_period(text: str) -> bool:
    """Return whether a date is one of a heading: a week, weeks, a month, a quarter or a year."""
    words = text.casefold().replace(".", " ").split()
    if words[0] in ("week", "weken", "wk", "q1", "q2", "q3", "q4") or "kwartaal" in words:
        return True
    years = [word for word in words if word.isdigit() and len(word) == 4]
    months = [word for word in words if word.isalpha() and month_number(word) is not None]
    return len(words) <= 2 and len(years) + len(months) == len(words)
