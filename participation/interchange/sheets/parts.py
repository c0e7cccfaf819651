"""Inspection of a workbook's XML parts before openpyxl reads it: protection against malicious files, and metadata.

Every part is parsed once, streaming, in time linear in its size.
"""

import zipfile
from collections import Counter
from io import BytesIO
from typing import Final, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import XMLParser, iterparse
from django.utils.translation import gettext as _
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import range_boundaries
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from .errors import SheetError

#: Excel's maximum number of rows; a higher row number would make openpyxl loop over all rows before it.
MAX_SHEET_ROWS: Final = 1_048_576
#: Maximum number of empty cells before others in their rows: openpyxl creates a value for each of them.
_MAX_EMPTY_CELLS: Final = 5_000_000
_CHUNK_BYTES: Final = 1_000_000
#: The namespaces of ISO/IEC 29500 Strict, which openpyxl does not support.
_STRICT: Final = "{http://purl.oclc.org/ooxml/"


class Traits(NamedTuple):
    """Properties of a sheet that openpyxl's read-only mode does not report: hidden rows, merged cells, formulas."""

    hidden: list[int]
    merged: list[tuple[int, int, int]]  # column, first row, last row
    formulas: bool


def damaged_message() -> str:
    """Return the error message for a workbook that cannot be opened."""
    return _("This Excel file cannot be opened. Open it in Excel, save it again as .xlsx, and try once more.")


def validate_parts(parts: zipfile.ZipFile) -> None:
    """Raise SheetError on malformed XML or a Strict workbook, and DTDForbidden (a ValueError) on a DTD.

    A DTD can declare entities (XML bombs, XXE); no spreadsheet program writes one. All parts are checked whatever their
    name, because a workbook can refer to any part; those that are not XML openpyxl cannot parse either.
    """
    for part in parts.infolist():
        try:
            root = _root_tag(parts, part)
        except ParseError as error:
            if part.filename.endswith((".xml", ".rels")):
                raise SheetError(damaged_message()) from error
            continue
        if root.startswith(_STRICT):
            raise SheetError(
                _(
                    "This workbook is saved as a Strict Open XML Spreadsheet. Open it in Excel, choose Save as, "
                    "Excel workbook (.xlsx), and try again."
                )
            )


def shared_strings(source: BytesIO) -> list[str] | None:
    """Return the shared strings of a workbook verbatim; None if openpyxl reads them verbatim too.

    openpyxl removes "x005F_", and thereby the difference between an escaped character and a literal "_x000D_".
    Raises SheetError if two sheets refer to the same part, which would multiply the cost of a small file.
    """
    reader = ExcelReader(source, read_only=True, keep_links=False)
    with reader.archive as parts:
        reader.read_manifest()
        reader.read_workbook()
        targets = Counter(relation.target for _sheet, relation in reader.parser.find_sheets())
        if max(targets.values(), default=0) > 1:
            raise SheetError(damaged_message())
        shared = reader.package.find(SHARED_STRINGS)
        if shared is None or b"x005F_" not in parts.read(shared.PartName[1:]):
            return None
        with parts.open(shared.PartName[1:]) as stream:
            found = []
            for _event, element in iterparse(stream, forbid_dtd=True):
                if element.tag == f"{{{SHEET_MAIN_NS}}}si":
                    text = Text.from_tree(element)
                    found.append(text.content if text else "")
                    element.clear()
            return found


def read_traits(source: BytesIO, path: str) -> Traits:
    """Return the properties of the sheet in this part. Raises SheetError on row numbers that are out of order."""
    found = _Traits()
    parser = XMLParser(target=found, forbid_dtd=True)
    with zipfile.ZipFile(source) as parts, parts.open(path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.feed(chunk)
    parser.close()
    return Traits(sorted(found.hidden), sorted(found.merged), found.formulas)


def _root_tag(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> str:
    with parts.open(part) as stream:
        for _event, element in iterparse(stream, events=("start",), forbid_dtd=True):
            return str(element.tag)
    return ""


class _Traits:
    """Parser target (SAX style) that collects the properties of one sheet without building a tree."""

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        self.merged: set[tuple[int, int, int]] = set()
        self.formulas = False
        self.row = self.cells = self.empty = 0
        self.last = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name == "c":
            self.cells += 1
            self.last = attributes.get("r", "")
        elif name == "row":
            self._start_row(attributes)
        elif name == "f":
            self.formulas = True
        elif name == "mergeCell":
            self._add_merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        if tag.rpartition("}")[2] != "row":
            return
        letters = self.last.rstrip("0123456789")
        if letters:
            self.empty += max(column_index_from_string(letters) - self.cells, 0)
        self.cells, self.last = 0, ""
        if self.empty > _MAX_EMPTY_CELLS:
            raise SheetError(damaged_message())

    def data(self, text: str) -> None:
        """Ignore text."""

    def close(self) -> None:
        """Return nothing: the results are in the attributes."""

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self.row + 1))
        # openpyxl silently skips rows whose number is lower than that of the row before.
        if not self.row < number <= MAX_SHEET_ROWS:
            raise SheetError(damaged_message())
        self.row = number
        if attributes.get("hidden") in ("1", "true"):
            self.hidden.add(number)

    def _add_merge(self, ref: str) -> None:
        column, first, _last_column, last = range_boundaries(ref)
        if column and first and last and first != last:
            self.merged.add((column - 1, first, last))
