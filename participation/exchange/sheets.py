"""Sheets that people paste or upload: read as rows of texts, whatever wrote them, and nothing guessed silently."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

#: What fits in memory and on a screen; whoever has more imports it in parts.
MOST_BYTES, MOST_ROWS = 2_000_000, 500
#: A sheet that unfolds to more than this was made to fill a memory, not by a participation adviser.
_MOST_UNFOLDED = 50_000_000
_DELIMITERS = ("\t", ";", ",")


class SheetError(ValueError):
    """The sheet cannot be read; the message says what to do."""


class Row(NamedTuple):
    """A row as it stood in the sheet: its number there, counted from 1, and its cells as text."""

    number: int
    cells: tuple[str, ...]


class Sheet(NamedTuple):
    """The headings (empty where there are none) and the rows that hold anything."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def width(self) -> int:
        """Return how many columns there are."""
        return max([len(self.headings), *(len(row.cells) for row in self.rows)], default=0)


def read_upload(name: str, content: bytes, known: Iterable[str]) -> Sheet:
    """Return the sheet in an uploaded CSV or XLSX file. ``known`` are headings by which a first row is told apart.

    Raises SheetError on what is too large, of another kind, or damaged.
    """
    if len(content) > MOST_BYTES:
        raise SheetError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
    if name.lower().endswith(".xlsx"):
        return _sheet(_workbook_rows(content), known)
    if name.lower().endswith((".csv", ".txt", ".tsv")):
        return read_text(_decoded(content), known)
    raise SheetError(_("Use a file that ends in .csv or .xlsx. In Excel: Save as, CSV or Excel workbook."))


def read_text(text: str, known: Iterable[str]) -> Sheet:
    """Return the sheet in a text: pasted from a spreadsheet, of a CSV file, or one contribution a line."""
    if len(text) > MOST_BYTES:
        raise SheetError(_("This is too much at once. Use at most 2 MB, or do it in parts."))
    if "\0" in text:
        raise SheetError(_("This is not a text file. Save it as CSV or as an Excel workbook, and try again."))
    return _sheet(_text_rows(text.lstrip("\ufeff"), set(known)), known)


def as_text(sheet: Sheet) -> str:
    """Return the sheet as text that ``read_text`` reads back as the same cells: to be shown and corrected."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([sheet.headings] if sheet.headings else [])
    writer.writerows(row.cells for row in sheet.rows)
    return out.getvalue()


def heading(text: str) -> str:
    """Return a heading as it is compared: in small letters, single spaces, without a colon at the end."""
    return " ".join(text.lower().replace("_", " ").split()).rstrip(":")


def _text_rows(text: str, known: set[str]) -> Iterator[Row]:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = _delimiter(first, known)
    if delimiter is None:
        # Sentences hold commas and semicolons: without headings only a tab parts columns, and every line is one.
        yield from (Row(number, (line.strip(),)) for number, line in enumerate(lines, 1))
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    try:
        for cells in reader:
            yield Row(start, tuple(cell.strip() for cell in cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise SheetError(_("Line %(line)s cannot be read: %(error)s.") % {"line": start, "error": error}) from None


def _delimiter(first: str, known: set[str]) -> str | None:
    """Return what parts the columns: a tab, or what makes headings that are known of the first line."""
    if "\t" in first:
        return "\t"
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        if len(cells) > 1 and any(heading(cell) in known for cell in cells):
            return delimiter
    return None


def _workbook_rows(content: bytes) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MOST_UNFOLDED:
                raise SheetError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
        # Values, not formulas: what the person saw in the cell is what counts.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found = book.worksheets[0]
        for number, cells in enumerate(found.iter_rows(values_only=True), 1):
            yield Row(number, tuple(_cell(value) for value in cells))
            if number > 20 * MOST_ROWS:
                raise SheetError(_too_many())
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, OSError, EOFError) as error:
        message = _("This Excel file cannot be opened. Open it in Excel, save it again as .xlsx, and try once more.")
        raise SheetError(message) from error


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _decoded(content: bytes) -> str:
    # Excel on a Dutch Windows writes cp1252 and does not say so.
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(_("The letters in this file cannot be read. Save it as CSV UTF-8, and try again."))


def _sheet(rows: Iterator[Row], known: Iterable[str]) -> Sheet:
    names = set(known)
    filled: list[Row] = []
    for row in rows:
        if any(row.cells):
            filled.append(row)
        if len(filled) > MOST_ROWS + 1:
            raise SheetError(_too_many())
    if not filled:
        raise SheetError(_("There is nothing in it yet. Paste rows, or choose a file."))
    headed = any(heading(cell) in names for cell in filled[0].cells)
    headings, body = (filled[0].cells, filled[1:]) if headed else ((), filled)
    if not body:
        raise SheetError(_("There are headings, but no rows under them."))
    width = _used_width([headings, *(row.cells for row in body)])
    cut = tuple(Row(row.number, (*row.cells, *[""] * width)[:width]) for row in body)
    return Sheet(tuple(headings[:width]), cut)


def _used_width(rows: Sequence[Sequence[str]]) -> int:
    return max(index + 1 for cells in rows for index, cell in enumerate(cells) if cell)


def _too_many() -> str:
    return _("There are more than %(most)s rows. Do it in parts.") % {"most": MOST_ROWS}
