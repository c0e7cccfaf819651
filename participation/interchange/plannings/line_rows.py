"""Rows of a planning in lines of text: each starts with a date, or ends with one."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from participation.interchange.dates import NotADate, month_number, parse_imprecise_date, weekday_number
from participation.interchange.sheets.text import heading

from .day_mentions import DATED_DOCUMENT
from .row_collector import RawEntry, RowCollector, is_period
from .source import SourceRow
from .words import phase_of_heading

#: A date is at most so many words, over at most so many lines of a narrow column.
_MAX_DATE_WORDS, _MAX_DATE_LINES = 10, 6
_BULLET: Final = re.compile(r"[•▪·*\uf0b7–-]\s+|[o◦○▫‣]\s+(?=\S)")
#: The bullet of an item inside another.
_DETAIL: Final = re.compile(r"[o◦○▫‣]\s")
_NUMBERED: Final = re.compile(r"\d{1,2}[.)]\s+(?=\S)")
_SEPARATORS: Final = " \t:|–—-,;"
#: Words with which a date may start, besides figures, days of the week and months.
_DATE_STARTS: Final = frozenset(
    (
        *("uiterlijk", "op", "deadline", "voor", "vóór", "ong", "ongeveer", "omstreeks", "rond", "circa", "ca"),
        *("vanaf", "met", "begin", "medio", "midden", "half", "eind", "einde", "week", "weken", "wk", "in"),
        *("tussen", "van", "t/m", "tot", "eerste", "tweede", "derde", "vierde", "nog", "n.t.b", "ntb", "n.n.b", "nnb"),
        *(
            "q1",
            "q2",
            "q3",
            "q4",
            "late",
            "early",
            "mid",
            "end",
            "by",
            "no",
            "to",
            "about",
            "before",
            "between",
            "from",
        ),
    )
)
#: Words with which one may end, besides figures and months.
_DATE_ENDS: Final = frozenset(
    (
        *("kwartaal", "voorbehoud", "plannen", "gepland", "bepalen", "bekend", "inplannen", "voorlopig", "bevestigen"),
        *("ntb", "n.t.b", "nnb", "n.n.b", "ntp", "n.t.p", "tbd", "quarter", "planned", "confirmed"),
    )
)
#: Words with which a date goes on.
_CONNECTING: Final = frozenset(("of", "en", "t/m", "tot", "–", "-", "/", "&", "+", "or", "to", "and"))
#: What looks like a date, and in running text as often numbers a section or a version.
_DOTTED: Final = re.compile(r"\d{1,2}\.\d{1,2}\.?")
_DASHED: Final = re.compile(r"\d{1,2}-\d{1,2}")
_SLASHED: Final = re.compile(r"\d{1,2} ?/ ?\d{1,2}")
#: A date is sought in so many cells of a line.
_MAX_CELLS: Final = 20
_MONTH_OF_YEAR: Final = re.compile(r"[A-Za-z]{3,9} \d{4}")
_YEAR: Final = re.compile(r"\b(?:19|20)\d{2}\b")
#: A line that ends like this goes on in the next.
_OPEN_ENDED: Final = frozenset(
    (
        *("in", "en", "of", "van", "de", "het", "een", "met", "aan", "voor", "naar", "per", "op", "over", "ter", "te"),
        *("door", "bij", "tot", "om", "incl", "inclusief", "tegen", "uit", "als", "d.d.", "dd", "onder", "tussen"),
        *("and", "to", "with", "–", "-", "&", "/", "+"),
    )
)
_UNSCHEDULED: Final = re.compile(
    r"(nog (?:niet|in|te)\b[^:]{0,60}(?:opgenomen|plannen|gepland|bepalen|bekend))[^:]{0,20}:"
)
#: Spaces between two cells of a row that was copied as text. A bracket after them belongs to what is before.
_CELL_GAP: Final = re.compile(r" {2,}(?![( ])|\t|\|")


class _LeadingDate(NamedTuple):
    """A date at the start of a line: the lines that it takes, where it ends in the last, and as printed."""

    line: int
    last_line: int
    end: int
    text: str
    has_colon: bool
    #: Whether it may also begin a sentence: "eind maart blijkt of dit nodig is".
    may_be_sentence: bool


class LineReader:
    """Reads the text of a planning outside tables."""

    def __init__(self, found: RowCollector, headings: frozenset[str]) -> None:
        """Add what is found to this; a line that starts with one of these headings is the head of a table."""
        self._found, self._headings = found, headings

    def read(self, rows: list[SourceRow]) -> None:
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

    def _row_starts(self, lines: Sequence[str]) -> list[_LeadingDate]:
        found: list[_LeadingDate] = []
        after = 0
        for index in range(len(lines)):
            if index >= after and (start := self._leading_date(lines, index)):
                found.append(start)
                after = start.last_line + 1
        # Where most rows have no colon after the date, a line that has one is a detail of the row above.
        with_colon = sum(one.has_colon for one in found)
        slashed = sum(bool(_SLASHED.match(one.text)) for one in found)
        found = [
            one
            for one in found
            if (not one.has_colon or with_colon * 2 >= len(found)) and not (_DASHED.fullmatch(one.text) and slashed)
        ]
        return [one for index, one in enumerate(found) if not (one.may_be_sentence and self._is_earlier(found, index))]

    def _is_earlier(self, dates: Sequence[_LeadingDate], index: int) -> bool:
        """Return whether a date lies before the one above it: rows are in order, sentences look back."""
        if not index:
            return False
        above, day = (self._first_day(dates[number].text) for number in (index - 1, index))
        return above is not None and day is not None and day < above

    def _first_day(self, text: str) -> date | None:
        try:
            when = parse_imprecise_date(text, self._found.context)
        except NotADate:
            return None
        return when.earliest or when.latest

    def _leading_date(self, lines: Sequence[str], index: int) -> _LeadingDate | None:
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
            if not found or (words and not self._extends(words, found[0][0])):
                break
            words += found
            if len(words) >= _MAX_DATE_WORDS:
                break
        if not words or not _may_start_date(words[0][0]) or self._continues(lines, index, words[0][0]):
            return None
        for count in range(min(len(words), _MAX_DATE_WORDS), 0, -1):
            last, number, end = words[count - 1]
            text = " ".join([*(word for word, _line, _end in words[: count - 1]), last.rstrip(":;,|")])
            after = lines[number][end:]
            if _may_end_date(last) and self._found.is_date(text) and _stands_alone(text, last, after):
                has_colon = last.endswith(":") or after.lstrip().startswith(":")
                may_be_sentence = not any(map(str.isdigit, text)) and after[1:2].islower()
                return _LeadingDate(index, number, end, text, has_colon, may_be_sentence)
        return None

    @staticmethod
    def _extends(words: Sequence[tuple[str, int, int]], following: str) -> bool:
        """Return whether a date may go on at the next line: "16/3 of", "Medio", "15/3" above "(moet nog"."""
        text = " ".join(word for word, _line, _end in words)
        last = words[-1][0].casefold()
        return (
            text.count("(") > text.count(")")
            or last in _DATE_STARTS
            or last in _CONNECTING
            or following[0] in "(–-/&+"
            or following.casefold() in _CONNECTING
        )

    @staticmethod
    def _continues(lines: Sequence[str], index: int, first: str) -> bool:
        """Return whether the line before goes on in this one: "besproken op / 7/3 en daarna", "14 / maart 2017"."""
        before = lines[index - 1].split() if index else []
        if not before:
            return False
        last = before[-1].casefold().rstrip(",")
        return last in _OPEN_ENDED or (
            last.isdigit() and first.isalpha() and month_number(first.casefold()) is not None
        )

    def _read_line_row(
        self, rows: Sequence[SourceRow], lines: Sequence[str], start: _LeadingDate, following: int
    ) -> int:
        """Add the row that starts here, and return the line after it."""
        end = start.last_line + 1
        while end < following and not phase_of_heading(lines[end]):
            end += 1
        body = [lines[start.last_line][start.end :].lstrip(_SEPARATORS), *lines[start.last_line + 1 : end]]
        if (
            is_period(start.text)
            and not any(line.strip() for line in body[:2])
            and self._found.read_heading(start.text)
        ):
            # A week, a month or a year on a line of its own is a heading; what is below it is read by itself.
            return start.last_line + 1
        if not any(line.strip() for line in body):
            if not self._found.read_heading(start.text):
                self._found.add(rows[start.line].number, start.text, "", "")
            return end
        title, rest = split_title(body)
        self._found.add(rows[start.line].number, start.text, title, rest)
        return end

    def _read_loose(self, rows: Sequence[SourceRow], lines: Sequence[str], *, ends_with_dates: bool) -> None:
        """Read lines without a date in front: headings, and a list of what is still to be planned."""
        unscheduled, is_new = "", True
        for row, line in zip(rows, lines, strict=True):
            text = " ".join(line.split())
            if not text:
                is_new = True
            elif self._found.read_heading(text):
                unscheduled = ""
            elif found := _UNSCHEDULED.match(text.casefold()):
                unscheduled, is_new = text[: found.end(1)], True
            elif heading(_CELL_GAP.split(line.strip())[0]) in self._headings:
                self._found.leftovers.append(row)
                unscheduled = ""
            elif unscheduled:
                self._read_unscheduled(row, line, unscheduled, is_new)
                is_new = False
            elif not (self._read_cells(row, line) or (ends_with_dates and self._read_trailing_date(row, text))):
                self._found.leftovers.append(row)

    def _read_unscheduled(self, row: SourceRow, line: str, printed: str, is_new: bool) -> None:
        """Add an item of a list of what is still to be planned, or add the line to the item before it."""
        text = " ".join(line.split())
        is_detail = bool(_DETAIL.match(text))
        bare = _BULLET.sub("", text, count=1) if _BULLET.match(text) else text
        starts = is_new or not self._found.is_wrapped or line[:1].isspace() or bare != text
        last = self._found.entries[-1] if self._found.entries and self._found.entries[-1].is_unscheduled else None
        if last and (is_detail or not starts):
            joint = " " if not is_detail or last.title.endswith(":") else ", "
            self._found.entries[-1] = last._replace(title=f"{last.title}{joint}{bare}")
        else:
            self._found.entries.append(RawEntry(row.number, printed, bare, "", "", "", is_unscheduled=True))

    def _read_cells(self, row: SourceRow, line: str) -> bool:
        """Add a row of which one of the cells, with gaps between them, is a date; return whether it is one."""
        cells = [" ".join(cell.split()) for cell in _CELL_GAP.split(line.strip(), maxsplit=_MAX_CELLS)]
        index = next((index for index, cell in enumerate(cells) if self._is_row_date(cell)), None)
        others = [cell for number, cell in enumerate(cells) if cell and number != index]
        if index is None or not others:
            return False
        self._found.add(row.number, cells[index], others[0], "\n".join(others[1:]))
        return True

    def _read_trailing_date(self, row: SourceRow, text: str) -> bool:
        """Add a row of which the date stands at the end: "Startbijeenkomst: 14 maart"; return whether it is one."""
        bare = _BULLET.sub("", text, count=1) if _BULLET.match(text) else text
        title, date_text = self._split_trailing_date(bare)
        if date_text:
            self._found.add(row.number, date_text, title, "")
        return bool(date_text)

    def _split_trailing_date(self, text: str) -> tuple[str, str]:
        """Return a line without the date at its end, and that date; "" where there is none."""
        for mark in (":", "(", " – ", " - ", ",", " op "):
            title, found, ending = text.rpartition(mark)
            ending = ending.strip(" ).")
            if found and title.strip() and self._found.is_date(ending) and not self._ends_with_date(title):
                return " ".join(title.split()), ending
        words = text.split()
        for start in range(max(1, len(words) - _MAX_DATE_WORDS), len(words)):
            ending = " ".join(words[start:]).strip(" ().")
            title = " ".join(words[:start]).rstrip(_SEPARATORS)
            is_date = self._is_row_date(ending) or (_MONTH_OF_YEAR.fullmatch(ending) and self._found.is_date(ending))
            if is_date and title:
                return ("", "") if DATED_DOCUMENT.search(title) else (title, ending)
        return "", ""

    def _ends_with_date(self, text: str) -> bool:
        words = text.split()[-3:]
        return any(self._is_row_date(" ".join(words[start:])) for start in range(len(words)))

    def _is_row_date(self, text: str) -> bool:
        """Return whether a text is the date of a row: not the number of a section, nor a month or a year alone."""
        words = text.split()
        # Parsing takes time, and most words cannot be those of a date.
        if not words or not _may_start_date(words[0]) or not (_may_end_date(words[-1]) or words[-1] in ("u", "uur")):
            return False
        is_number = _DOTTED.fullmatch(text) or _DASHED.fullmatch(text)
        is_heading = is_period(text) and not any(map(str.isdigit, _YEAR.sub("", text)))
        return not is_number and not is_heading and self._found.is_date(text)


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


def _may_end_date(word: str) -> bool:
    bare = word.casefold().rstrip(":;,|.")
    return word[-1] in ")!?" or any(map(str.isdigit, bare)) or bare in _DATE_ENDS or month_number(bare) is not None


def _stands_alone(text: str, last: str, after: str) -> bool:
    """Return whether a date at the start of a line is one: not the number of a section, nor a month in a sentence."""
    if _DOTTED.fullmatch(text):
        return False
    if " " in text or not (text.isdigit() or text.isalpha()):
        return True
    return last.endswith(":") or not after.strip() or after.startswith(("  ", " :", " -", " –", " |"))
