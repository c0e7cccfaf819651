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
_SEPARATOR_LINE: Final = re.compile(r"[\s|:+=-]*--[\s|:+=-]*")
_LINE_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)

_Row = tuple[int, tuple[str, ...]]


def with_delimited_tables(lines: Sequence[str]) -> list[SourceRow]:
    """Return the lines as rows, those with delimiters between a date and other cells as rows of a table."""
    rows: list[SourceRow] = []
    tables, start = 0, 0
    while start < len(lines):
        end, cells = _table_at(lines, start)
        tables += bool(cells)
        rows += [SourceRow(number, row, tables) for number, row in cells]
        if not cells:
            rows.append(SourceRow(start + 1, (lines[start],)))
        start = end
    return rows


def _table_at(lines: Sequence[str], start: int) -> tuple[int, list[_Row]]:
    """Return the line after the table that starts at this line, and its rows by number; no rows where none starts."""
    for delimiter in _DELIMITERS:
        found: list[_Row] = []
        end = start
        for index in range(start, len(lines)):
            line = lines[index].strip()
            if found and (not line or _SEPARATOR_LINE.fullmatch(line)):
                continue
            cells = _cells(line, delimiter)
            if len(cells) < 2:
                break
            found.append((index + 1, cells))
            end = index + 1
        if found and (has_known_headings(found[0][1]) or (delimiter != _COMMA and _has_dates(found))):
            return end, found
    return start + 1, []


def _has_dates(rows: Sequence[_Row]) -> bool:
    return any(is_date_text(cell) for _number, cells in rows for cell in cells)


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    if delimiter == _BAR:
        cells = line.removeprefix(_BAR).removesuffix(_BAR).split(_BAR)
        return tuple(_LINE_BREAK.sub("\n", cell.strip().strip("*")) for cell in cells)
    cells = line.split(delimiter)
    if '"' in line:
        with contextlib.suppress(csv.Error):
            cells = next(csv.reader([line], delimiter=delimiter), cells)
    return tuple(cell.strip() for cell in cells)
