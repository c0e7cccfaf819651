"""Tables in lines of text: cells between semicolons or vertical bars, as CSV and Markdown have them."""

import contextlib
import csv
import re
from collections.abc import Sequence
from typing import Final

from .row_collector import is_date_text
from .source import SourceRow
from .table_rows import has_known_headings

_BAR: Final = "|"
#: Sentences have commas too: those count only below headings that are known.
_COMMA: Final = ","
_DELIMITERS: Final = (_BAR, ";", _COMMA)
#: The line between the headings and the rows of a table in Markdown.
_SEPARATOR_LINE: Final = re.compile(r"[\s|:+=-]+")
#: Maximum number of columns of a table, and of rows among which it must have a date or headings.
_MAX_COLUMNS, _MAX_SEARCHED_ROWS = 50, 200
_LINE_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)

_Row = tuple[int, tuple[str, ...]]


def with_delimited_tables(lines: Sequence[str]) -> list[SourceRow]:
    """Return the lines as rows, those with delimiters between a date and other cells as rows of a table."""
    rows: list[SourceRow] = []
    # By delimiter the line before which no table starts, so that each line is looked at once.
    no_table_before = dict.fromkeys(_DELIMITERS, 0)
    tables, start = 0, 0
    while start < len(lines):
        table: list[_Row] = []
        for delimiter in _DELIMITERS:
            if not table and no_table_before[delimiter] <= start:
                found, end = _block(lines, start, delimiter)
                first = _first_of_table(found, delimiter)
                table = found if first == 0 else []
                no_table_before[delimiter] = end if first is None else found[first][0] - 1
        tables += bool(table)
        rows += [SourceRow(number, cells, tables) for number, cells in table] or [SourceRow(start + 1, (lines[start],))]
        start = table[-1][0] if table else start + 1
    return rows


def _block(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[_Row], int]:
    """Return the lines with this delimiter that follow one another, split in cells, and the line after them."""
    found: list[_Row] = []
    for index in range(start, len(lines)):
        line = lines[index].strip()
        if found and (not line or ("--" in line and _SEPARATOR_LINE.fullmatch(line))):
            continue
        cells = _cells(line, delimiter) if line.count(delimiter) <= _MAX_COLUMNS else ()
        if len(cells) < 2:
            return found, max(index, start + 1)
        found.append((index + 1, cells))
    return found, len(lines)


def _first_of_table(rows: Sequence[_Row], delimiter: str) -> int | None:
    """Return at which of these rows a table starts: at the first where a date or known headings are among them."""
    for index, (_number, cells) in enumerate(rows[:_MAX_SEARCHED_ROWS]):
        if has_known_headings(cells):
            return index if delimiter == _COMMA else 0
        if delimiter != _COMMA and any(map(is_date_text, cells)):
            return 0
    return None


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    if delimiter == _BAR:
        cells = line.removeprefix(_BAR).removesuffix(_BAR).split(_BAR)
        return tuple(_LINE_BREAK.sub("\n", cell.strip().strip("*")) for cell in cells)
    cells = line.split(delimiter)
    if '"' in line:
        with contextlib.suppress(csv.Error):
            cells = next(csv.reader([line], delimiter=delimiter), cells)
    return tuple(cell.strip() for cell in cells)
