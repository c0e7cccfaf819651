"""Reading of Excel workbooks: detection of the file type, sheets, and cells as displayed."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.utils.exceptions import InvalidFileException

from .errors import SheetError, SheetRow
from .parts import Traits, damaged_message, read_traits, shared_strings, validate_parts

#: Maximum uncompressed size in bytes (zip bombs).
MAX_UNCOMPRESSED_BYTES = 50_000_000
#: Maximum number of columns; Excel's own limit is 16,384.
_MAX_COLUMNS = 300
#: Maximum number of sheets that are read.
_MAX_TABS = 20
#: Excel's maximum length of a cell, in characters.
_MAX_CELL_LENGTH = 32_767
_TEXT_NAMES = (".csv", ".txt", ".tsv")
_BOOK_NAMES = (".xlsx", ".xlsm")

#: OOXML's escape of characters that XML cannot hold, such as _x000D_; _x005F_ escapes the underscore itself.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: Errors that openpyxl, zipfile and the XML parser raise on malformed files; they document no complete list.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, OSError, EOFError, LookupError, ValueError),
    *(TypeError, AttributeError, ArithmeticError, SyntaxError, RuntimeError),
)


class SheetTab(NamedTuple):
    """A sheet of a workbook: its name, rows, notes for the user, and whether it uses the 1904 date system."""

    title: str
    rows: Iterator[SheetRow]
    notes: tuple[str, ...] = ()
    from_1904: bool = False


def is_workbook(name: str, start: bytes) -> bool:
    """Return whether the file is a workbook rather than text, by its first bytes and its name.

    Raises SheetError, with a remedy, on any other type of file, whatever its extension.
    """
    if start.startswith(b"%PDF"):
        raise SheetError(_("This is a PDF, whatever its name says. Ask for the Excel or CSV file that it was made of."))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetError(_unsupported_message(start))
    if start[:200].lstrip().lower().startswith((b"<html", b"<!doctype html", b"<table")):
        raise SheetError(_("This is a web page, whatever its name says. Open it in Excel and save it as .xlsx."))
    if start.startswith(b"PK\x03\x04"):
        if b"opendocument.spreadsheet" in start[:200]:
            raise SheetError(_("This is a file of LibreOffice (.ods). Open it there and save it as .xlsx or .csv."))
        return True
    if name.lower().endswith(_TEXT_NAMES):
        return False
    if name.lower().endswith(_BOOK_NAMES):
        raise SheetError(damaged_message())
    raise SheetError(_("Use a file that ends in .csv or .xlsx. In Excel: Save as, CSV or Excel workbook."))


def _unsupported_message(start: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in start or "EncryptionInfo".encode("utf-16-le") in start:
        return _(
            "This workbook is locked with a password. In Excel: File, Info, Protect workbook, take it off and save."
        )
    return _("This is an old Excel file (.xls), or one locked with a password. Open it in Excel and save it as .xlsx.")


def tabs(source: io.BytesIO, max_uncompressed_bytes: int | None = MAX_UNCOMPRESSED_BYTES) -> list[SheetTab]:
    """Return the visible sheets of a workbook. Raises SheetError if it cannot be opened.

    The value of a merged cell is repeated in every row that it covers, as displayed.
    """
    try:
        with zipfile.ZipFile(source) as parts:
            _reject_binary_and_zip_bomb(parts, max_uncompressed_bytes)
            validate_parts(parts)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            texts = shared_strings(source)
            # The cached values of formulas, as the user saw them.
            book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in sheets if texts is not None else []:
            sheet._shared_strings = texts  # type: ignore[attr-defined]
        found = [_sheet_tab(source, book, sheet) for sheet in sheets[:_MAX_TABS]]
    except SheetError:
        raise
    except _UNREADABLE as error:
        raise SheetError(damaged_message()) from error
    if not found:
        raise SheetError(_("There is no sheet in this workbook that can be seen. Unhide the sheet in Excel, and save."))
    return found


def _reject_binary_and_zip_bomb(parts: zipfile.ZipFile, max_uncompressed_bytes: int | None) -> None:
    """Raise SheetError on a binary workbook (.xlsb) and on a zip bomb."""
    found = parts.infolist()
    if any(part.filename == "xl/workbook.bin" for part in found):
        raise SheetError(_("This is a binary Excel file (.xlsb). Open it in Excel and save it as .xlsx."))
    if max_uncompressed_bytes is not None and sum(part.file_size for part in found) > max_uncompressed_bytes:
        raise SheetError(_("This file is too large. Use at most 2 MB, or upload it in parts."))


def _sheet_tab(source: Any, book: Any, sheet: Any) -> SheetTab:
    traits = read_traits(source, sheet._worksheet_path)
    notes = []
    if traits.hidden:
        listing = ", ".join(str(number) for number in traits.hidden[:10]) + (" …" if len(traits.hidden) > 10 else "")
        notes.append(_("Hidden in the file, and read as well: row %(rows)s.") % {"rows": listing})
    if traits.merged:
        notes.append(_("Merged cells: what stands in one was taken for every row that it covers."))
    hidden = [unescape_ooxml(one.title) for one in book.worksheets if one.sheet_state != "visible"]
    if hidden:
        listing = ", ".join(f"“{title}”" for title in hidden)
        notes.append(_("Hidden in the workbook, and not read: %(sheets)s.") % {"sheets": listing})
    return SheetTab(
        unescape_ooxml(sheet.title), _read_rows(source, sheet, traits), tuple(notes), book.epoch == MAC_EPOCH
    )


def _read_rows(source: Any, sheet: Any, traits: Traits) -> Iterator[SheetRow]:
    pending_merges = sorted(traits.merged, key=lambda one: -one[1])
    active_merges: dict[int, tuple[int, str]] = {}
    formulas = _read_formulas(source, sheet.title) if traits.formulas else None
    for number, values in enumerate(_row_values(sheet), 1):
        written = next(formulas, ()) if formulas else ()
        if not values and not active_merges:
            # A single cell far down yields up to a million empty rows.
            continue
        cells = [
            _cell_text(value, written[index] if index < len(written) else None) for index, value in enumerate(values)
        ]
        for column, (last, text) in list(active_merges.items()):
            if number > last:
                del active_merges[column]
                continue
            cells += [""] * (column + 1 - len(cells))
            cells[column] = cells[column] or text
        while pending_merges and pending_merges[-1][1] <= number:
            column, _first, last = pending_merges.pop()
            if column < min(len(cells), _MAX_COLUMNS) and cells[column]:
                active_merges[column] = last, cells[column]
        if len(cells) > _MAX_COLUMNS and any(cells[_MAX_COLUMNS:]):
            message = _("Row %(row)s has more than %(most)s columns. Remove what is not needed.")
            raise SheetError(message % {"row": number, "most": _MAX_COLUMNS})
        if any(len(cell) > _MAX_CELL_LENGTH for cell in cells):
            raise SheetError(
                _("In row %(row)s a cell holds more text than Excel allows. Shorten it.") % {"row": number}
            )
        yield SheetRow(number, tuple(cells[:_MAX_COLUMNS]))


def _row_values(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # The dimensions that the workbook states are not reliable.
    sheet.reset_dimensions()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield from sheet.iter_rows(values_only=True)
        except _UNREADABLE as error:
            raise SheetError(damaged_message()) from error


def _read_formulas(source: Any, title: str) -> Iterator[tuple[Any, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(source, read_only=True)
    try:
        yield from _row_values(book[title])
    finally:
        book.close()


def unescape_ooxml(text: str) -> str:
    """Return a text of a workbook with OOXML escapes resolved and LF line ends.

    NUL and lone surrogates become U+FFFD.
    """
    if "_x" in text and len(text) <= 7 * _MAX_CELL_LENGTH:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        # Characters outside the Basic Multilingual Plane are escaped as a surrogate pair.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cell_text(value: Any, written: Any = None) -> str:
    """Return the cell as displayed; a formula without a cached value as its own text."""
    if value is None:
        formula = getattr(written, "text", written)
        return unescape_ooxml(formula) if isinstance(formula, str) and formula.startswith("=") else ""
    if isinstance(value, str):
        return unescape_ooxml(value).strip()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        # Excel stores times as fractions of a day, so whole seconds have rounding errors.
        value += timedelta(milliseconds=500)
        midnight = value.time().replace(microsecond=0) == time()
        return value.date().isoformat() if midnight else value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
