"""Sheets as text: which letters the bytes are, what parts the columns, and where a row begins."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Set
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from .errors import Row, SheetError

_DELIMITERS = ("\t", ";", ",")
#: A contribution is not longer than this many characters; a quote that never closes makes one that is.
_LONGEST_CELL = 200_000
_LOOK_AT = 20


class Decoded(NamedTuple):
    """A text, and what was done to read its letters."""

    text: str
    notes: tuple[str, ...]


def heading(text: str) -> str:
    """Return a heading as it is compared: in small letters, single spaces, without a colon at the end."""
    return " ".join(text.lower().replace("_", " ").split()).rstrip(":")


def decoded(content: bytes) -> Decoded:
    """Return the text in these bytes, line by line where they mix encodings. Raises SheetError naming the line."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Decoded(_utf_16(content, "utf-16"), ())
    if encoding := _utf_16_without_mark(content):
        return Decoded(_utf_16(content, encoding), ())
    try:
        return Decoded(content.decode("utf-8-sig"), ())
    except UnicodeDecodeError:
        return _mixed(content.removeprefix(b"\xef\xbb\xbf"))


def normal(text: str) -> str:
    """Return the text with one kind of line end. Raises SheetError, naming the line, on what is no text."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        message = _("Line %(line)s is not text. Save the file as CSV UTF-8 or as an Excel workbook, and try again.")
        raise SheetError(message % {"line": line})
    return text


def rows(text: str, known: Set[str], plain: Callable[[str], str] = heading) -> Iterator[Row]:
    """Yield the rows of a text that ``normal`` returned. Raises SheetError, naming the line, where one has no end.

    ``plain`` returns a heading as ``known`` has it.
    """
    delimiter = _delimiter(text, known, plain)
    if delimiter is None:
        # Sentences hold commas and semicolons: without headings only a tab parts columns, and every line is one.
        for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
            yield Row(number, (line.strip(),))
        return
    before = csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter)
    start, first = 1, 1
    try:
        for cells in reader:
            first, start = start, reader.line_num + 1
            yield Row(first, tuple(cell.strip() for cell in cells))
        if start - first > 1:
            _must_close(text, delimiter, first)
    except csv.Error:
        raise SheetError(_open_quote(start)) from None
    finally:
        csv.field_size_limit(before)


def _must_close(text: str, delimiter: str, first: int) -> None:
    """Raise SheetError where the last row, which begins in this line, is only ended by the end of the text."""
    lines = islice(io.StringIO(text, newline="\n"), first - 1, None)
    try:
        next(csv.reader(lines, delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        if "end of data" in str(error):
            raise SheetError(_open_quote(first)) from None


def _open_quote(line: int) -> str:
    return _("In line %(line)s a quotation mark opens a cell that is never closed. Close or remove it.") % {
        "line": line
    }


def _delimiter(text: str, known: Set[str], plain: Callable[[str], str]) -> str | None:
    """Return what parts the columns: a tab, or what makes headings that are known of one of the first lines."""
    lines = [line for line in islice(io.StringIO(text, newline="\n"), _LOOK_AT * 2) if line.strip()][:_LOOK_AT]
    if any("\t" in line for line in lines[:1]):
        return "\t"
    for index, line in enumerate(lines):
        for delimiter in _DELIMITERS:
            cells = next(csv.reader([line], delimiter=delimiter), [])
            found = sum(plain(cell) in known for cell in cells)
            below = lines[index + 1 : index + 6]
            # One word that is known may begin a sentence; then the lines below are no columns.
            alone = index == 0 and found == 1 and all(delimiter in one for one in below)
            if len(cells) > 1 and (found > 1 or alone):
                return delimiter
    return None


def _utf_16(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise SheetError(_unreadable()) from None


def _utf_16_without_mark(content: bytes) -> str:
    """Return which UTF-16 it is by where its zeros stand, or "" where it is none."""
    start = content[:2000]
    if len(start) < 4 or len(content) % 2:
        return ""
    half = len(start) // 2
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > half * 0.6 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and not odd else ""


def _mixed(content: bytes) -> Decoded:
    """Decode line by line: Excel on a Dutch Windows writes cp1252 and does not say so, and people join files."""
    lines, windows, unicode = [], [], False
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            lines.append(line.decode())
            unicode = unicode or not line.isascii()
        except UnicodeDecodeError:
            try:
                lines.append(line.decode("cp1252"))
            except UnicodeDecodeError:
                raise SheetError(_unreadable(number)) from None
            windows.append(number)
    if not unicode:
        return Decoded("\n".join(lines), ())
    told = ", ".join(str(number) for number in windows[:10]) + (" …" if len(windows) > 10 else "")
    note = _("The file mixes two kinds of letters. Check the accents in line %(lines)s.") % {"lines": told}
    return Decoded("\n".join(lines), (note,))


def _unreadable(line: int = 1) -> str:
    return _("The letters in line %(line)s cannot be read. Save the file as CSV UTF-8, and try again.") % {"line": line}


#: Letters that were decoded twice, or were lost.
DAMAGED = re.compile("Ã[\x80-\xbf©«¨¶¼¯´¡³º­]|â€|Â[°·»«]|\ufffd")
