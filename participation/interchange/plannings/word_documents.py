"""Reading of Word documents (.docx): paragraphs and tables in order, with what tracked changes leave."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final

import docx
from django.utils.translation import gettext as _
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from participation.interchange.sheets.errors import SheetError
from participation.interchange.sheets.parts import validate_parts

from .source import MAX_LINES, SourceRow, UnreadablePlanning, too_much_message

#: Maximum uncompressed size of all parts and of the text part, in bytes (zip bombs).
_MAX_UNCOMPRESSED_BYTES: Final = 50_000_000
_MAX_TEXT_BYTES: Final = 20_000_000
#: Maximum number of columns of a table.
_MAX_COLUMNS: Final = 50
#: What python-docx, zipfile and lxml raise on malformed files; they document no complete list.
_UNREADABLE: Final = (
    *(PackageNotFoundError, SheetError, SyntaxError, zipfile.BadZipFile, zlib.error),
    *(OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, RuntimeError),
)
_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
#: Elements whose content stands where they do: content controls, custom XML, insertions.
_WRAPPERS: Final = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:customXml", "w:smartTag", "w:ins", "w:moveTo")))
#: Text that a tracked change removed, and text for old programs that repeats what is there.
_REMOVED: Final = frozenset(
    (*map(qn, ("w:del", "w:moveFrom")), "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")
)
#: Names of the styles of items of a list, in English and Dutch, with their level.
_LIST_STYLE: Final = re.compile(r"(?:List(?:Bullet|Number|Paragraph)?|Lijst(?:opsomteken|nummering|alinea)?)(\d?)")
_TEXTS: Final = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}


def word_rows(content: bytes) -> list[SourceRow]:
    """Return the paragraphs and the rows of tables of a Word document. Raises UnreadablePlanning."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _reject_zip_bomb(parts)
            validate_parts(parts)
        body = docx.Document(io.BytesIO(content)).element.body
        rows: list[SourceRow] = []
        for row in _blocks(body):
            rows.append(row._replace(number=len(rows) + 1))
            if len(rows) > MAX_LINES:
                raise UnreadablePlanning(too_much_message())
        return rows
    except UnreadablePlanning:
        raise
    except _UNREADABLE as error:
        raise UnreadablePlanning(_damaged_message()) from error


def _reject_zip_bomb(parts: zipfile.ZipFile) -> None:
    found = parts.infolist()
    texts = [part.file_size for part in found if part.filename.endswith((".xml", ".rels"))]
    if sum(part.file_size for part in found) > _MAX_UNCOMPRESSED_BYTES or sum(texts) > _MAX_TEXT_BYTES:
        raise UnreadablePlanning(_("This file is too large once it is unpacked. Copy the planning, and paste it here."))


def _damaged_message() -> str:
    return _(
        "This Word file cannot be opened. Open it in Word, save it again as Word document (.docx), and try once more."
    )


def _blocks(body: Any) -> Iterator[SourceRow]:
    tables = 0
    for block in _children(body):
        if block.tag == _PARAGRAPH:
            yield SourceRow(0, (_paragraph_text(block),))
        elif block.tag == _TABLE:
            tables += 1
            yield from (SourceRow(0, cells, tables) for cells in _table_rows(block))


def _children(element: Any) -> Iterator[Any]:
    """Yield the children, and those of elements that only wrap them."""
    for child in element:
        if child.tag in _WRAPPERS:
            yield from _children(child)
        else:
            yield child


def _table_rows(table: Any) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row. A cell merged downwards repeats its text, one merged sideways stands first."""
    above: dict[int, str] = {}
    for row in _children(table):
        if row.tag != _ROW:
            continue
        cells: list[str] = []
        current: dict[int, str] = {}
        for cell in _children(row):
            if cell.tag != _CELL or len(cells) >= _MAX_COLUMNS:
                continue
            merged = cell.vMerge
            text = above.get(len(cells), "") if merged == "continue" else _cell_text(cell)
            if merged:
                current[len(cells)] = text
            cells += [text, *[""] * (min(cell.grid_span, _MAX_COLUMNS) - 1)]
        above = current
        yield tuple(cells)


def _cell_text(cell: Any) -> str:
    """Return the paragraphs of a cell, those of tables inside it as well, as lines."""
    return "\n".join(text for paragraph in cell.iter(_PARAGRAPH) if (text := _paragraph_text(paragraph)))


def _paragraph_text(paragraph: Any) -> str:
    """Return the text as it is with all tracked changes accepted; of an item of a list with a bullet."""
    text = "".join(_texts(paragraph)).strip()
    properties = paragraph.find(qn("w:pPr"))
    level = _list_level(properties) if text and properties is not None else 0
    return f"{'•' if level == 1 else 'o'} {text}" if level else text


def _list_level(properties: Any) -> int:
    """Return the level of an item of a list, by its numbering or its style; 0 for other paragraphs."""
    numbering = properties.find(f"{qn('w:numPr')}/{qn('w:ilvl')}")
    if numbering is not None:
        return int(numbering.get(qn("w:val"), "0")) + 1
    style = properties.find(qn("w:pStyle"))
    name = _LIST_STYLE.fullmatch(style.get(qn("w:val"), "")) if style is not None else None
    return int(name[1] or 1) if name else 0


def _texts(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag in _TEXTS:
            yield _TEXTS[child.tag]
        elif child.tag not in _REMOVED and child.tag not in (_PARAGRAPH, qn("w:pPr"), qn("w:rPr")):
            yield from _texts(child)
