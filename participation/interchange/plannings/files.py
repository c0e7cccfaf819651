"""Reading of a planning by its format: pasted text, Word, Excel, CSV, text and PDF."""

import io
from collections import Counter
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from participation.interchange.sheets import text as sheets_text
from participation.interchange.sheets import workbook as sheets_workbook
from participation.interchange.sheets.errors import SheetError

from .aligned_columns import with_aligned_tables
from .pasted_text import pasted_rows
from .pdf_documents import pdf_rows
from .source import (
    MAX_BYTES,
    MAX_CHARACTERS,
    MAX_LINES,
    PlanningSource,
    SourceRow,
    UnreadablePlanning,
    bounded_source,
    too_much_message,
)
from .table_rows import COLUMN_BY_HEADING
from .word_documents import word_rows

_TEXT_ENDINGS: Final = (".csv", ".tsv", ".txt")
_HEADINGS: Final = frozenset(COLUMN_BY_HEADING)
#: Delimiters of a CSV file without headings that we know.
_DELIMITERS: Final = (";", ",")


def read_planning_file(name: str, content: bytes) -> PlanningSource:
    """Return the rows of an uploaded planning. Raises UnreadablePlanning, with a remedy, if it cannot be read."""
    validate_size(len(content))
    try:
        return bounded_source(_read(name.lower(), content))
    except SheetError as error:
        raise UnreadablePlanning(str(error)) from error


def validate_size(size: int) -> None:
    """Raise UnreadablePlanning for a file of more bytes than are read."""
    if size > MAX_BYTES:
        message = _("This file is larger than %(most)s MB. Copy the planning out of it, and paste it here.")
        raise UnreadablePlanning(message % {"most": MAX_BYTES // 1_000_000})


def read_planning_text(text: str) -> PlanningSource:
    """Return the rows of a pasted planning. Raises UnreadablePlanning if it is empty or too long."""
    if len(text) > MAX_BYTES:
        raise UnreadablePlanning(too_much_message())
    try:
        return bounded_source(_text_source(sheets_text.normalize_text(text)))
    except SheetError as error:
        raise UnreadablePlanning(str(error)) from error


def _read(name: str, content: bytes) -> PlanningSource:
    if content.startswith(b"%PDF-"):
        return PlanningSource(tuple(with_aligned_tables(pdf_rows(content))), is_wrapped=True)
    if content.startswith(b"PK\x03\x04"):
        if b"opendocument" in content[:200]:
            raise UnreadablePlanning(_("This is a file of LibreOffice. Open it there, and save it as .docx or .xlsx."))
        if name.endswith((".xlsx", ".xlsm")):
            return _workbook_source(content)
        if name.endswith((".docx", ".docm")):
            return PlanningSource(tuple(word_rows(content)))
    elif content.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        raise UnreadablePlanning(
            _("This is an old file, or one with a password. Open it in Word or Excel, and save it as .docx or .xlsx.")
        )
    elif name.endswith(_TEXT_ENDINGS):
        return _text_file_source(name, content)
    raise UnreadablePlanning(
        _("This kind of file cannot be read. Use .docx, .xlsx, .csv, .txt or .pdf, or paste the planning here.")
    )


def _workbook_source(content: bytes) -> PlanningSource:
    rows: list[SourceRow] = []
    notes: list[str] = []
    for number, tab in enumerate(sheets_workbook.tabs(io.BytesIO(content)), 1):
        notes += tab.notes
        for row in tab.rows:
            rows.append(SourceRow(row.number, row.cells, number))
            if len(rows) > MAX_LINES:
                raise UnreadablePlanning(too_much_message())
    return PlanningSource(_with_text_above(rows), notes=tuple(dict.fromkeys(notes)))


def _with_text_above(rows: Sequence[SourceRow]) -> tuple[SourceRow, ...]:
    """Return the rows, where those above the first of several cells are lines of text: a title, and what it says."""
    found: list[SourceRow] = []
    started: set[int] = set()
    for row in rows:
        filled = [cell for cell in row.cells if cell.strip()]
        if len(filled) > 1:
            started.add(row.table)
        is_text = row.table not in started and len(filled) == 1
        found.append(SourceRow(row.number, (filled[0],)) if is_text else row)
    return tuple(found)


def _text_file_source(name: str, content: bytes) -> PlanningSource:
    decoded = sheets_text.decoded_text(content)
    text = sheets_text.normalize_text(decoded.text)
    if name.endswith(".txt"):
        return _text_source(text)._replace(notes=decoded.notes)
    rows = [SourceRow(row.number, row.cells, 1) for row in sheets_text.rows(text, _HEADINGS)]
    if all(len(row.cells) == 1 for row in rows) and (delimiter := _delimiter(text.split("\n"))):
        text = "\n".join(line.replace(delimiter, "\t") for line in text.split("\n"))
        rows = [SourceRow(row.number, row.cells, 1) for row in sheets_text.rows(text, frozenset())]
    return PlanningSource(_with_text_above(rows), notes=decoded.notes)


def _delimiter(lines: Sequence[str]) -> str:
    """Return what stands equally often in most lines; "" if nothing does."""
    filled = [line for line in lines if line.strip()]
    for delimiter in _DELIMITERS:
        for most, times in Counter(line.count(delimiter) for line in filled).most_common(1):
            if most and times * 2 > len(filled):
                return delimiter
    return ""


def _text_source(text: str) -> PlanningSource:
    if len(text) > MAX_CHARACTERS or text.count("\n") > MAX_LINES:
        raise UnreadablePlanning(too_much_message())
    rows = pasted_rows(text)
    if any(row.table for row in rows):
        return PlanningSource(tuple(rows))
    # Lines that were copied out of a table end where its column did.
    return PlanningSource(tuple(with_aligned_tables(rows)), is_wrapped=True)
