"""Workbooks: what kind of file it is, which sheets it holds, and what their cells show."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.utils.exceptions import InvalidFileException

from .errors import Row, SheetError

#: A workbook that unfolds to more than this was made to fill a memory, not by a participation adviser.
MOST_UNFOLDED = 50_000_000
#: No sheet of contributions is wider; Excel's own widest is 16,384.
_MOST_COLUMNS = 300
#: So many sheets of a workbook are looked at.
_MOST_TABS = 20
#: So much of a part is looked at in one go; what stands across two pieces is found in the overlap.
_BYTES = 1_000_000
_OVERLAP = 4_000
_TEXT_NAMES = (".csv", ".txt", ".tsv")
_BOOK_NAMES = (".xlsx", ".xlsm")

_HIDDEN = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")


class Tab(NamedTuple):
    """A sheet of a workbook: what it is called, its rows, what there is to tell, and how it counts its days."""

    title: str
    rows: Iterator[Row]
    notes: tuple[str, ...] = ()
    from_1904: bool = False


class _Traits(NamedTuple):
    hidden: list[int]
    merged: list[tuple[int, int, int]]  # column, first row, last row
    formulas: bool


def is_workbook(name: str, start: bytes) -> bool:
    """Tell whether it is a workbook, by its first bytes and its name; False is a text.

    Raises SheetError, with what to do, on what is neither, whatever it is called.
    """
    if start.startswith(b"%PDF"):
        raise SheetError(_("This is a PDF, whatever its name says. Ask for the Excel or CSV file that it was made of."))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetError(_old_or_locked(start))
    if start[:200].lstrip().lower().startswith((b"<html", b"<!doctype html", b"<table")):
        raise SheetError(_("This is a web page, whatever its name says. Open it in Excel and save it as .xlsx."))
    if start.startswith(b"PK\x03\x04"):
        if b"opendocument.spreadsheet" in start[:200]:
            raise SheetError(_("This is a file of LibreOffice (.ods). Open it there and save it as .xlsx or .csv."))
        return True
    if name.lower().endswith(_TEXT_NAMES):
        return False
    if name.lower().endswith(_BOOK_NAMES):
        raise SheetError(_damaged())
    raise SheetError(_("Use a file that ends in .csv or .xlsx. In Excel: Save as, CSV or Excel workbook."))


def _old_or_locked(start: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in start or "EncryptionInfo".encode("utf-16-le") in start:
        return _(
            "This workbook is locked with a password. In Excel: File, Info, Protect workbook, take it off and save."
        )
    return _("This is an old Excel file (.xls), or one locked with a password. Open it in Excel and save it as .xlsx.")


def tabs(source: io.BytesIO | Path, most_unfolded: int | None = MOST_UNFOLDED) -> list[Tab]:
    """Return the sheets of a workbook that are not hidden. Raises SheetError where it cannot be opened.

    A merged cell stands in every row that it covers, as it does on the screen.
    """
    try:
        with zipfile.ZipFile(source) as parts:
            _must_be_honest(parts, most_unfolded)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Values, not formulas: what the person saw in the cell is what counts.
            book = load_workbook(source, read_only=True, data_only=True)
        return [_tab(source, book, sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"][:_MOST_TABS]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, OSError, EOFError, ValueError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError(_damaged()) from error


def _damaged() -> str:
    return _("This Excel file cannot be opened. Open it in Excel, save it again as .xlsx, and try once more.")


def _must_be_honest(parts: zipfile.ZipFile, most_unfolded: int | None) -> None:
    """Raise SheetError on what was made to do harm: unfolding without end, or declaring entities."""
    found = parts.infolist()
    names = {part.filename for part in found}
    if "xl/workbook.bin" in names:
        raise SheetError(_("This is a binary Excel file (.xlsb). Open it in Excel and save it as .xlsx."))
    if most_unfolded is not None and sum(part.file_size for part in found) > most_unfolded:
        raise SheetError(_("This file is too large. Use at most 2 MB, or upload it in parts."))
    for part in found:
        if part.filename.endswith((".xml", ".rels")):
            with parts.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(2000):
                    raise SheetError(_damaged())


def _tab(source: Any, book: Any, sheet: Any) -> Tab:
    traits = _traits(source, sheet._worksheet_path)
    notes = []
    if traits.hidden:
        told = ", ".join(str(number) for number in traits.hidden[:10]) + (" …" if len(traits.hidden) > 10 else "")
        notes.append(_("Hidden in the file, and read as well: row %(rows)s.") % {"rows": told})
    if traits.merged:
        notes.append(_("Merged cells: what stands in one was taken for every row that it covers."))
    hidden = [one.title for one in book.worksheets if one.sheet_state != "visible"]
    if hidden:
        told = ", ".join(f"“{title}”" for title in hidden)
        notes.append(_("Hidden in the workbook, and not read: %(sheets)s.") % {"sheets": told})
    return Tab(sheet.title, _rows(source, sheet, traits), tuple(notes), book.epoch == MAC_EPOCH)


def _traits(source: Any, path: str) -> _Traits:
    """Return what a reader of values alone does not tell, from the part of the file itself, a piece at a time."""
    hidden: set[int] = set()
    merged: set[tuple[int, int, int]] = set()
    formulas, tail = False, b""
    with zipfile.ZipFile(source) as parts, parts.open(path) as stream:
        while piece := stream.read(_BYTES):
            seen = tail + piece
            hidden.update(int(number) for number in _HIDDEN.findall(seen))
            merged.update(
                (column_index_from_string(column.decode()) - 1, int(first), int(last))
                for column, first, _column, last in _MERGED.findall(seen)
                if first != last
            )
            formulas = formulas or bool(_FORMULA.search(seen))
            tail = seen[-_OVERLAP:]
    return _Traits(sorted(hidden), sorted(merged), formulas)


def _rows(source: Any, sheet: Any, traits: _Traits) -> Iterator[Row]:
    coming = sorted(traits.merged, key=lambda one: -one[1])
    covering: dict[int, tuple[int, str]] = {}
    formulas = _formulas(source, sheet.title) if traits.formulas else None
    for number, values in enumerate(_values(sheet), 1):
        written = next(formulas, ()) if formulas else ()
        if not values and not covering:
            # One cell far below the others makes a million of these.
            continue
        cells = [_cell(value, written[index] if index < len(written) else None) for index, value in enumerate(values)]
        for column, (last, text) in list(covering.items()):
            if number > last:
                del covering[column]
                continue
            cells += [""] * (column + 1 - len(cells))
            cells[column] = cells[column] or text
        while coming and coming[-1][1] <= number:
            column, _first, last = coming.pop()
            if column < min(len(cells), _MOST_COLUMNS):
                covering[column] = last, cells[column]
        if len(cells) > _MOST_COLUMNS and any(cells[_MOST_COLUMNS:]):
            message = _("Row %(row)s has more than %(most)s columns. Remove what is not needed.")
            raise SheetError(message % {"row": number, "most": _MOST_COLUMNS})
        yield Row(number, tuple(cells[:_MOST_COLUMNS]))


def _values(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # What a workbook says of its own size may be anything; without it the rows tell.
    sheet.reset_dimensions()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield from sheet.iter_rows(values_only=True)
        except (zipfile.BadZipFile, KeyError, IndexError, OSError, EOFError, ValueError, SyntaxError) as error:
            raise SheetError(_damaged()) from error


def _formulas(source: Any, title: str) -> Iterator[tuple[Any, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _values(load_workbook(source, read_only=True)[title])


def _cell(value: Any, written: Any = None) -> str:
    """Return what the cell shows; a formula that was never worked out is shown as it was written."""
    if value is None:
        formula = getattr(written, "text", written)
        return formula if isinstance(formula, str) and formula.startswith("=") else ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        # Excel counts in parts of a day: what is a whole second comes out a hair beside it.
        value += timedelta(milliseconds=500)
        midnight = value.time().replace(microsecond=0) == time()
        return value.date().isoformat() if midnight else value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
