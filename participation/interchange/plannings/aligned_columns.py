"""Tables in lines of text without delimiters: columns that stand straight below their headings, as in a PDF."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from .row_collector import is_date_text
from .source import SourceRow
from .table_rows import column_of_heading, has_known_headings
from .words import phase_of_heading

#: A cell may start so many characters before its heading.
_TOLERANCE: Final = 2
#: A date in a narrow column stands on at most so many lines.
_MAX_DATE_LINES: Final = 6
_CELL: Final = re.compile(r"\S+(?: \S+)*")


class _Columns(NamedTuple):
    """Where each column starts, and which of them has the dates."""

    starts: tuple[int, ...]
    date: int


def with_aligned_tables(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Return these rows, where lines below the headings of a table are rows of that table."""
    found: list[SourceRow] = []
    table = max((row.table for row in rows), default=0)
    last: _Columns | None = None
    index = 0
    while index < len(rows):
        headings = _columns_of(rows[index])
        columns = headings or (last if last and _is_aligned(rows[index : index + _MAX_DATE_LINES], last) else None)
        if columns is None:
            found.append(rows[index])
            index += 1
            continue
        last = columns
        table += 1
        if headings:
            found.append(SourceRow(rows[index].number, tuple(_cells_of(rows[index], columns)), table))
            index += 1
        end = index
        while end < len(rows) and not _ends_table(rows[end], columns):
            end += 1
        found += _read_table(rows[index:end], columns, table)
        index = end
    return found


def _line(row: SourceRow) -> str:
    return row.cells[0].expandtabs(2).rstrip()


def _columns_of(row: SourceRow) -> _Columns | None:
    if row.table:
        return None
    cells = list(_CELL.finditer(_line(row)))
    headings = [cell.group() for cell in cells]
    if not has_known_headings(headings):
        return None
    of_dates = [index for index, text in enumerate(headings) if column_of_heading(text) == "date"]
    # "Week" before "Datum": the more precise of the two.
    return _Columns(tuple(cell.start() for cell in cells), of_dates[-1])


def _ends_table(row: SourceRow, columns: _Columns) -> bool:
    """Return whether a row is not one of the table above it: other headings, or a sentence at the start of the line."""
    if row.table or _columns_of(row):
        return True
    cells = list(_CELL.finditer(_line(row)))
    if len(cells) != 1 or phase_of_heading(cells[0].group()):
        return False
    text = cells[0].group()
    is_sentence = text[0].isupper() and text[-1] in ".!?:"
    return _column_at(cells[0].start(), columns) == 0 and (is_sentence or cells[0].end() > columns.starts[1])


def _is_aligned(rows: Sequence[SourceRow], columns: _Columns) -> bool:
    """Return whether the table above goes on here, below another line: a date, and each cell in its place."""
    cells = [] if rows[0].table else list(_CELL.finditer(_line(rows[0])))
    if len(cells) < 2 or any(all(abs(cell.start() - start) > _TOLERANCE for start in columns.starts) for cell in cells):
        return False
    return bool(_lines_of_date([_cells_of(row, columns)[columns.date] for row in rows]))


def _column_at(position: int, columns: _Columns) -> int:
    before = [index for index, start in enumerate(columns.starts) if start <= position + _TOLERANCE]
    return before[-1] if before else 0


def _read_table(rows: Sequence[SourceRow], columns: _Columns, table: int) -> Iterator[SourceRow]:
    """Yield a row for each date in the column of dates, with the lines below it until the next one."""
    lines = [_cells_of(row, columns) for row in rows]
    number, cells = 0, [""] * len(columns.starts)
    below_date = 0
    for index, line in enumerate(lines):
        filled = [cell for cell in line if cell]
        if not filled:
            continue
        is_heading = len(filled) == 1 and bool(phase_of_heading(filled[0]))
        lines_of_date = (
            0
            if below_date
            else _lines_of_date([one[columns.date] for one in lines[index : index + 2 * _MAX_DATE_LINES]])
        )
        # What stands below a date and is no part of it begins a row, if need be one that cannot be read.
        starts = lines_of_date or is_heading or not number or line[columns.date][:1] not in ("", "(")
        if starts and not below_date:
            if number:
                yield SourceRow(number, tuple(cells), table)
            number, cells = rows[index].number, list(line)
            below_date = max(lines_of_date - 1, 0)
            continue
        below_date = max(below_date - bool(line[columns.date]), 0)
        cells = ["\n".join(filter(None, pair)) for pair in zip(cells, line, strict=True)]
    if number:
        yield SourceRow(number, tuple(cells), table)


def _cells_of(row: SourceRow, columns: _Columns) -> list[str]:
    found = list(_CELL.finditer(_line(row)))
    cells = [""] * len(columns.starts)
    for index, cell in enumerate(found):
        column = index if len(found) == len(cells) else _column_at(cell.start(), columns)
        cells[column] = " ".join(filter(None, (cells[column], cell.group())))
    return cells


def _lines_of_date(cells: Sequence[str]) -> int:
    """Return over how many lines the date at the first of these cells goes on, such as "12 januari" above "2027"."""
    filled = []
    for cell in cells:
        if cell:
            filled.append(cell)
        elif not filled:
            return 0
    return next(
        (count for count in range(min(len(filled), _MAX_DATE_LINES), 0, -1) if is_date_text(" ".join(filled[:count]))),
        0,
    )
