"""Reading of pasted or uploaded sheets as rows of text; every assumption made is reported in a note."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from . import text as sheets_text
from . import workbook as sheets_workbook
from .errors import SheetError, SheetRow, TooManyRows
from .text import heading

#: Limits of uploads in bytes and rows, for memory and for the preview; the management commands have none.
MAX_BYTES, MAX_ROWS = 2_000_000, 500
#: Maximum number of characters in all cells together.
MAX_CHARACTERS = 5 * MAX_BYTES
#: Limits of a long sheet, which is read in the background: in the file, unpacked, in rows and in characters.
MAX_LONG_BYTES, MAX_LONG_UNCOMPRESSED_BYTES, MAX_LONG_ROWS = 30_000_000, 150_000_000, 100_000
MAX_LONG_CHARACTERS = 2 * MAX_LONG_BYTES
#: The header row must be among the first rows; a title and an explanation may precede it.
_HEADER_SEARCH_ROWS = 20
#: Headings of columns in which a bare number is a serial date, for workbooks with the 1904 date system.
_DATE_HEADING = re.compile(
    r"\b(dat(um|e)|dag|day|deadline|termijn|uiterlijk|afd[aeio]+n|gereed|klaar|planning|due|vergadering|"
    r"(ontvang|beantwoord|besl[ou]t|aangenom|afgeda|afgehandeld|nagekom|voldaan|toegezegd|gepubliceerd|ingediend)\w*|"
    r"received|answered|decided|adopted|settled|fulfilled|kept|made|promised|reported|published|submitted)\b"
)
_DAYS_1900_TO_1904 = 1462


class Sheet(NamedTuple):
    """The headings (empty if there is no header row) and the rows that are not empty.

    ``title`` is the name of the sheet in the workbook; ``notes`` tell the user which assumptions were made.
    """

    headings: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return max([len(self.headings), *(len(row.cells) for row in self.rows)], default=0)


def read_upload(name: str, content: bytes, known: Iterable[str]) -> Sheet:
    """Return the sheet in an uploaded CSV or XLSX file. ``known`` are the headings that identify the header row.

    Of a workbook, the first sheet with such headings, else the first that is not empty. Raises SheetError if the file
    is too large, damaged or of another type.
    """
    return read_tabs(name, content, known)[0]


def read_tabs(name: str, content: bytes, known: Iterable[str]) -> list[Sheet]:
    """Return all readable sheets of an uploaded file, those with known headings first.

    Raises SheetError if the file is too large, damaged or of another type, or if no sheet is readable.
    """
    if len(content) > MAX_BYTES:
        raise SheetError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
    names = set(known)
    if not sheets_workbook.is_workbook(name, content[:8192]):
        return [_sheet_from_tab(_text_tab(sheets_text.decoded_text(content), names), names, MAX_ROWS)]
    found, failures = [], []
    tabs = sheets_workbook.tabs(io.BytesIO(content))
    for tab in tabs:
        try:
            found.append(_sheet_from_tab(tab, names, MAX_ROWS))
        except SheetError as error:
            failures.append((tab.title, error))
    too_long = [error for _title, error in failures if isinstance(error, TooManyRows)]
    if too_long and not any(_count_known(sheet.headings, names) for sheet in found):
        raise too_long[0]
    if not found:
        if len(failures) == 1:
            raise failures[0][1]
        listing = " ".join(f"“{title}”: {error}" for title, error in failures)
        raise SheetError(_("None of the sheets in this workbook can be read. %(errors)s") % {"errors": listing})
    found.sort(key=lambda sheet: not _count_known(sheet.headings, names))
    if failures:
        skipped = _("Left out: %(errors)s") % {"errors": " ".join(f"“{title}”: {error}" for title, error in failures)}
        found[0] = found[0]._replace(notes=(*found[0].notes, skipped))
    return found


def read_file(
    path: Path, known: Iterable[str], tab: str = "", heading_key: Callable[[str], str] = heading
) -> tuple[Sheet, Iterator[SheetRow]]:
    """Return the headings of a local file, and an iterator over its rows without a limit.

    The returned Sheet itself has no rows. ``tab`` is the name of the sheet in a workbook; ``heading_key`` normalises a
    heading for comparison with ``known``. Raises SheetError, also during iteration.
    """
    with path.open("rb") as file:
        start = file.read(8192)
    names = set(known)
    if not sheets_workbook.is_workbook(path.name, start):
        decoded = sheets_text.decoded_text(path.read_bytes())
        return _stream_rows(_text_tab(decoded, names, heading_key), names, heading_key)
    # Rows are read after this function has returned: memory needs no closing, an open file does.
    tabs = sheets_workbook.tabs(io.BytesIO(path.read_bytes()), max_uncompressed_bytes=None)
    chosen = [one for one in tabs if not tab or one.title == tab]
    if not chosen or (len(tabs) > 1 and not tab):
        listing = ", ".join(f"“{one.title}”" for one in tabs)
        raise SheetError(_("Name the sheet of the workbook to read: %(titles)s.") % {"titles": listing})
    return _stream_rows(chosen[0], names, heading_key)


def read_long_sheet(name: str, content: bytes, known: Iterable[str]) -> Sheet:
    """Return the sheet in a long file: of a workbook the first with the most known headings.

    Raises SheetError if the file is damaged, of another type, or beyond the limits of a long sheet.
    """
    names = set(known)
    if not sheets_workbook.is_workbook(name, content[:8192]):
        return _with_long_rows(*_stream_rows(_text_tab(sheets_text.decoded_text(content), names), names))
    found: list[tuple[Sheet, Iterator[SheetRow]]] = []
    failures = []
    for tab in sheets_workbook.tabs(io.BytesIO(content), MAX_LONG_UNCOMPRESSED_BYTES):
        try:
            found.append(_stream_rows(tab, names))
        except SheetError as error:
            failures.append(error)
    if not found:
        raise failures[0]
    return _with_long_rows(*max(found, key=lambda one: _count_known(one[0].headings, names)))


def _with_long_rows(sheet: Sheet, rows: Iterable[SheetRow]) -> Sheet:
    kept: list[SheetRow] = []
    size = 0
    for row in rows:
        kept.append(row)
        size += sum(map(len, row.cells))
        if len(kept) > MAX_LONG_ROWS:
            raise TooManyRows(_too_many_rows_message(MAX_LONG_ROWS))
        if size > MAX_LONG_CHARACTERS:
            raise SheetError(too_large_message())
    if not kept:
        raise SheetError(_("There are headings, but no rows under them."))
    return sheet._replace(rows=tuple(kept))


def too_large_message() -> str:
    """Return the error message for a file that is too large even for a long sheet."""
    return _("This file is too large. Use at most %(most)s MB, or upload it in parts.") % {
        "most": MAX_LONG_BYTES // 1_000_000
    }


def read_text(text: str, known: Iterable[str]) -> Sheet:
    """Return the sheet in a text: pasted from a spreadsheet, CSV, or one contribution per line. Raises SheetError."""
    if len(text) > MAX_BYTES:
        raise SheetError(_("This is too much at once. Use at most 2 MB, or do it in parts."))
    names = set(known)
    return _sheet_from_tab(_text_tab(sheets_text.Decoded(text, ()), names), names, MAX_ROWS)


def as_text(sheet: Sheet) -> str:
    """Return the sheet as tab-separated text for editing; ``read_text`` parses it back into the same cells."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([sheet.headings] if sheet.headings else [])
    writer.writerows(row.cells for row in sheet.rows)
    return out.getvalue()


def duplicate_headings(headings: Sequence[str]) -> list[str]:
    """Return the headings that occur more than once."""
    counts = Counter(heading(text) for text in headings if text)
    return [name for name, count in counts.items() if count > 1]


def _text_tab(
    decoded: sheets_text.Decoded, names: set[str], heading_key: Callable[[str], str] = heading
) -> sheets_workbook.SheetTab:
    """Return a text as the only sheet of a workbook, with the notes on its encoding. Raises SheetError."""
    rows = sheets_text.rows(sheets_text.normalize_text(decoded.text), names, heading_key)
    return sheets_workbook.SheetTab("", rows, decoded.notes)


def _sheet_from_tab(tab: sheets_workbook.SheetTab, names: set[str], max_rows: int | None) -> Sheet:
    sheet = _make_sheet(tab.rows, names, max_rows)
    if tab.from_1904:
        sheet = sheet._replace(rows=tuple(_convert_1904_dates(sheet.headings, sheet.rows)))
    return sheet._replace(title=tab.title, notes=(*tab.notes, *sheet.notes))


def _stream_rows(
    tab: sheets_workbook.SheetTab, names: set[str], heading_key: Callable[[str], str] = heading
) -> tuple[Sheet, Iterator[SheetRow]]:
    filled = (row for row in tab.rows if any(row.cells))
    first = list(islice(filled, _HEADER_SEARCH_ROWS))
    if not first:
        raise SheetError(_("There is nothing in it yet. Paste rows, or choose a file."))
    header_index = _header_index(first, names, heading_key)
    headings = first[header_index].cells if header_index is not None else ()
    body: Iterator[SheetRow] = chain(first[header_index + 1 :] if header_index is not None else first, filled)
    if tab.from_1904:
        body = _convert_1904_dates(headings, body)
    width = len(headings) or max(len(row.cells) for row in first)
    trimmed = (SheetRow(row.number, (*row.cells, *[""] * (width - len(row.cells)))) for row in body)
    return Sheet(
        headings, (), tab.title, (*tab.notes, *_skipped_note(first[:header_index] if header_index else ()))
    ), trimmed


def _make_sheet(rows: Iterator[SheetRow], names: set[str], max_rows: int | None) -> Sheet:
    filled: list[SheetRow] = []
    size = 0
    for row in rows:
        if any(row.cells):
            filled.append(row)
            # A small workbook can refer to one long shared string from every cell.
            size += sum(map(len, row.cells))
            if size > MAX_CHARACTERS:
                raise SheetError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
        if max_rows is not None and len(filled) > max_rows + _HEADER_SEARCH_ROWS:
            raise TooManyRows(_too_many_rows_message(max_rows))
    if not filled:
        raise SheetError(_("There is nothing in it yet. Paste rows, or choose a file."))
    header_index = _header_index(filled[:_HEADER_SEARCH_ROWS], names)
    preceding, headings, body = (
        ((), (), filled)
        if header_index is None
        else (filled[:header_index], filled[header_index].cells, filled[header_index + 1 :])
    )
    if not body:
        raise SheetError(_("There are headings, but no rows under them."))
    if max_rows is not None and len(body) > max_rows:
        raise TooManyRows(_too_many_rows_message(max_rows))
    used = _used_columns([headings, *(row.cells for row in body)])
    trimmed = tuple(SheetRow(row.number, _select_columns(row.cells, used)) for row in body)
    return Sheet(_select_columns(headings, used) if headings else (), trimmed, notes=tuple(_skipped_note(preceding)))


def _header_index(rows: Sequence[SheetRow], names: set[str], heading_key: Callable[[str], str] = heading) -> int | None:
    """Return the index of the header row, None if there is none.

    The first row needs one known heading, a later row two.
    """
    for index, row in enumerate(rows):
        if _count_known(row.cells, names, heading_key) > (index > 0):
            return index
    return None


def _count_known(cells: Iterable[str], names: set[str], heading_key: Callable[[str], str] = heading) -> int:
    return len({heading_key(cell) for cell in cells} & names)


def _skipped_note(preceding: Sequence[SheetRow]) -> Iterator[str]:
    if preceding:
        yield _("What stands above the headings, in row %(first)s to %(last)s, was left out.") % {
            "first": preceding[0].number,
            "last": preceding[-1].number,
        }


def _convert_1904_dates(headings: Sequence[str], rows: Iterable[SheetRow]) -> Iterator[SheetRow]:
    """Yield the rows with serial dates converted from the 1904 to the 1900 date system."""
    days = {index for index, text in enumerate(headings) if _DATE_HEADING.search(heading(text))}
    for row in rows:
        cells = (
            str(int(cell) + _DAYS_1900_TO_1904) if index in days and re.fullmatch(r"\d{4,5}", cell) else cell
            for index, cell in enumerate(row.cells)
        )
        yield SheetRow(row.number, tuple(cells))


def _used_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    return sorted({index for cells in rows for index, cell in enumerate(cells) if cell})


def _select_columns(cells: Sequence[str], used: Sequence[int]) -> tuple[str, ...]:
    return tuple(cells[index] if index < len(cells) else "" for index in used)


def validate_row_count(sheet: Sheet) -> Sheet:
    """Return this sheet. Raises TooManyRows if it has more than ``MAX_ROWS``."""
    if len(sheet.rows) > MAX_ROWS:
        raise TooManyRows(_too_many_rows_message(MAX_ROWS))
    return sheet


def _too_many_rows_message(max_rows: int) -> str:
    return _(
        "There are more than %(most)s rows. Do it in parts, or ask whoever looks after Leidraad to import the file "
        "with the command import_contributions, which has no limit."
    ) % {"most": max_rows}
