"""Reading of text sheets (CSV, pasted cells): detection of the encoding and the delimiter, and parsing of rows."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Set
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from .errors import SheetError, SheetRow

_DELIMITERS = ("\t", ";", ",")
#: Maximum length of a cell in characters; a longer one is caused by an unclosed quotation mark.
_MAX_CELL_LENGTH = 200_000
_DETECTION_LINES = 20


class Decoded(NamedTuple):
    """A decoded text, with notes about its encoding."""

    text: str
    notes: tuple[str, ...]


def heading(text: str) -> str:
    """Return a heading normalised for comparison: lower case, single spaces, without a colon at the end."""
    return " ".join(text.lower().replace("_", " ").split()).rstrip(":")


def decoded_text(content: bytes) -> Decoded:
    """Decode these bytes, line by line if they mix encodings. Raises SheetError with the number of the line."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Decoded(_decode_utf_16(content, "utf-16"), ())
    if encoding := _detect_utf_16(content):
        return Decoded(_decode_utf_16(content, encoding), ())
    try:
        return Decoded(content.decode("utf-8-sig"), ())
    except UnicodeDecodeError:
        return _decode_mixed(content.removeprefix(b"\xef\xbb\xbf"))


def normalize_text(text: str) -> str:
    """Return the text with LF line ends and without a byte order mark. Raises SheetError on a NUL character."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    position = text.find("\0")
    if position >= 0:
        line = text.count("\n", 0, position) + 1
        message = _("Line %(line)s is not text. Save the file as CSV UTF-8 or as an Excel workbook, and try again.")
        raise SheetError(message % {"line": line})
    return text


def rows(text: str, known: Set[str], heading_key: Callable[[str], str] = heading) -> Iterator[SheetRow]:
    """Yield the rows of a text that ``normalize_text`` returned. Raises SheetError on an unclosed quotation mark.

    ``heading_key`` normalises a heading for comparison with ``known``.
    """
    delimiter = _detect_delimiter(text, known, heading_key)
    if delimiter is None:
        # Without headings or tabs every line is one cell: sentences contain commas and semicolons.
        for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
            yield SheetRow(number, (line.strip(),))
        return
    previous_limit = csv.field_size_limit(_MAX_CELL_LENGTH)
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter)
    start, first = 1, 1
    try:
        for cells in reader:
            first, start = start, reader.line_num + 1
            yield SheetRow(first, tuple(cell.strip() for cell in cells))
        if start - first > 1:
            _reject_open_quote(text, delimiter, first)
    except csv.Error:
        raise SheetError(_open_quote_message(start)) from None
    finally:
        csv.field_size_limit(previous_limit)


def _reject_open_quote(text: str, delimiter: str, first: int) -> None:
    """Raise SheetError if the last row, which starts at this line, has a quotation mark that is never closed."""
    lines = islice(io.StringIO(text, newline="\n"), first - 1, None)
    try:
        next(csv.reader(lines, delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        if "end of data" in str(error):
            raise SheetError(_open_quote_message(first)) from None


def _open_quote_message(line: int) -> str:
    return _("In line %(line)s a quotation mark opens a cell that is never closed. Close or remove it.") % {
        "line": line
    }


def _detect_delimiter(text: str, known: Set[str], heading_key: Callable[[str], str]) -> str | None:
    """Return the delimiter: a tab, or the one that splits one of the first lines into known headings; else None."""
    lines = [line for line in islice(io.StringIO(text, newline="\n"), _DETECTION_LINES * 2) if line.strip()][
        :_DETECTION_LINES
    ]
    if any("\t" in line for line in lines[:1]):
        return "\t"
    for index, line in enumerate(lines):
        for delimiter in _DELIMITERS:
            cells = next(csv.reader([line], delimiter=delimiter), [])
            found = sum(heading_key(cell) in known for cell in cells)
            below = lines[index + 1 : index + 6]
            # A single known heading may be the start of a sentence; then the lines below lack the delimiter.
            is_single = index == 0 and found == 1 and all(delimiter in one for one in below)
            if len(cells) > 1 and (found > 1 or is_single):
                return delimiter
    return None


def _decode_utf_16(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise SheetError(_unreadable_message()) from None


def _detect_utf_16(content: bytes) -> str:
    """Return the byte order of UTF-16 without a byte order mark, judged by its zero bytes; "" if it is not UTF-16."""
    start = content[:2000]
    if len(start) < 4 or len(content) % 2:
        return ""
    half = len(start) // 2
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > half * 0.6 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and not odd else ""


def _decode_mixed(content: bytes) -> Decoded:
    """Decode each line as UTF-8 or else cp1252, which Excel on Windows writes; concatenated files mix the two."""
    lines, windows, unicode = [], [], False
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            lines.append(line.decode())
            unicode = unicode or not line.isascii()
        except UnicodeDecodeError:
            try:
                lines.append(line.decode("cp1252"))
            except UnicodeDecodeError:
                raise SheetError(_unreadable_message(number)) from None
            windows.append(number)
    if not unicode:
        return Decoded("\n".join(lines), ())
    line_numbers = ", ".join(str(number) for number in windows[:10]) + (" …" if len(windows) > 10 else "")
    note = _("The file mixes two kinds of letters. Check the accents in line %(lines)s.") % {"lines": line_numbers}
    return Decoded("\n".join(lines), (note,))


def _unreadable_message(line: int = 1) -> str:
    return _("The letters in line %(line)s cannot be read. Save the file as CSV UTF-8, and try again.") % {"line": line}


#: Mojibake: text decoded with the wrong encoding, or replacement characters.
MOJIBAKE = re.compile("Ã[\x80-\xbf©«¨¶¼¯´¡³º­]|â€|Â[°·»«]|\ufffd")
