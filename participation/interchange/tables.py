"""Export of tables as CSV and XLSX, streaming: memory use does not depend on the number of rows.

Callers supply rows as an iterable that reads in chunks, with a constant number of queries per chunk: see ``in_chunks``.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from itertools import chain, islice
from typing import IO, Any, Final, NamedTuple

from django.utils import translation
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from participation.dossier.characters import clean_line, clean_text

from .cells import Cell, cell, escape_formula, escape_ooxml, safe_name

#: Rows read and written per chunk.
CHUNK_SIZE: Final = 500
#: Limits of Excel: characters in a cell, rows in a sheet, and the first date that it handles correctly.
_MAX_CELL_LENGTH, _MAX_ROWS, _MIN_DATE = 32_767, 1_048_576, date(1900, 3, 1)
_WIDTHS: Final = (10, 60)
_NOT_IN_A_TITLE: Final = str.maketrans(dict.fromkeys(r"[]:*?/\'", " "))


class TableColumn(NamedTuple):
    """A column: its key in the dossier, its label, and a function that reads its value from a row."""

    key: str
    label: Any
    read: Callable[[Any], Any]


class Table(NamedTuple):
    """A table to export: file name, title of the sheet, columns, rows and language."""

    name: str
    title: str
    columns: Sequence[TableColumn]
    rows: Iterable[Any]
    language: str


def in_chunks(keys: Iterable[Any], read: Callable[[list[Any]], Iterable[Any]], size: int = CHUNK_SIZE) -> Iterator[Any]:
    """Yield the results of ``read``, called with ``size`` keys at a time."""
    for chunk in _batches(keys, size):
        yield from read(chunk)


def escaped_rows(table: Table) -> Iterator[list[Cell]]:
    """Yield the cells of each row, texts escaped."""
    readers = [column.read for column in table.columns]
    rows = iter(table.rows)
    while True:
        # Activate the language here: a streamed response is consumed after the view and the middleware have returned.
        with translation.override(table.language):
            chunk = [
                [_escape_cell(cell(read(row), table.language)) for read in readers] for row in islice(rows, CHUNK_SIZE)
            ]
        yield from chunk
        if len(chunk) < CHUNK_SIZE:
            return


def headings(table: Table) -> list[str]:
    """Return the headings of the columns, escaped."""
    with translation.override(table.language):
        labels = [clean_line(str(column.label)) for column in table.columns]
    return [escape_formula(label[:1].upper() + label[1:]) for label in labels]


def as_csv(table: Table) -> Iterator[bytes]:
    """Yield chunks of the table as CSV that a Dutch Excel opens correctly by a double click.

    Semicolons, because Excel uses them in locales with a decimal comma; a byte order mark, because Excel otherwise
    assumes the Windows code page; dates as 2026-03-20, which Excel recognises in any locale.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    out.write("\ufeff")
    writer.writerow(headings(table))
    for chunk in _batches(escaped_rows(table), CHUNK_SIZE):
        writer.writerows(chunk)
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()
    yield out.getvalue().encode()


def write_xlsx(table: Table, file: IO[bytes]) -> None:
    """Write the table as an Excel workbook into this file; the file position is left at the end.

    With a frozen header row and an autofilter; rows beyond Excel's limit go on in further sheets.
    """
    book = Workbook(write_only=True)
    book_title = safe_name(clean_line(table.title), table.name)
    book.properties.creator, book.properties.title = "Leidraad", book_title
    column_headings, found, number = headings(table), escaped_rows(table), 1
    with closing(book):
        while True:
            title = safe_name(book_title.translate(_NOT_IN_A_TITLE), table.name)[:28].strip()
            sheet: Any = book.create_sheet(title if number == 1 else f"{title} {number}")
            rows = _write_sheet(sheet, column_headings, islice(found, _MAX_ROWS - 1))
            number += 1
            if rows < _MAX_ROWS - 1:
                break
        book.save(file)


def _write_sheet(sheet: Any, column_headings: Sequence[str], rows: Iterable[list[Cell]]) -> int:
    """Write the headings and these rows; return the number of rows."""
    converted = ([_excel_value(value) for value in row] for row in rows)
    first = list(islice(converted, CHUNK_SIZE))
    sheet.freeze_panes = "A2"
    for index, heading in enumerate(column_headings):
        # Estimated from the first rows only, because the file format has widths before the rows.
        found = max([len(heading), *(len(str(row[index] or "")) for row in first)])
        sheet.column_dimensions[get_column_letter(index + 1)].width = min(max(found + 2, _WIDTHS[0]), _WIDTHS[1])
    sheet.append([_heading_cell(sheet, heading) for heading in column_headings])
    number = 0
    for row in chain(first, converted):
        sheet.append(row)
        number += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(column_headings) or 1)}{number + 1}"
    return number


def _heading_cell(sheet: Any, text: str) -> Any:
    found = WriteOnlyCell(sheet, value=_excel_value(text))
    found.font, found.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    return found


def _escape_cell(value: Cell) -> Cell:
    # Texts recorded before ``clean_text`` was applied on input may hold control characters, which XLSX cannot.
    return escape_formula(clean_text(value)) if isinstance(value, str) else value


def _excel_value(value: Cell) -> Any:
    """Return the value for an Excel cell: long texts truncated, dates before March 1900 as text."""
    if isinstance(value, str):
        return escape_ooxml(value if len(value) <= _MAX_CELL_LENGTH else f"{value[: _MAX_CELL_LENGTH - 1]}…")
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return value if day >= _MIN_DATE else value.isoformat()
    return value


def _batches(found: Iterable[Any], size: int) -> Iterator[list[Any]]:
    found = iter(found)
    while chunk := list(islice(found, size)):
        yield chunk
