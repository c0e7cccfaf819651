"""Reading of a pasted planning: the cells of a table, as Word, Excel and browsers copy them, or lines of text."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

from participation.interchange.dates import DateContext, is_date_notation

from .delimited_lines import with_delimited_tables
from .source import SourceRow
from .words import phase_of_heading

#: Any leap year: only the form of a date counts here.
_ANY_YEAR: Final = DateContext(2000)
_MAX_DATE_LINES: Final = 6
_MAX_CELL_LENGTH: Final = 200_000
_BULLET: Final = re.compile(r"^([•▪·o\uf0b7–-])\t", re.MULTILINE)


def pasted_rows(text: str) -> list[SourceRow]:
    """Return the rows of a table in the text where it has tabs or other delimiters, and its other lines."""
    # Word copies the item of a list as its bullet and a tab.
    lines = _BULLET.sub(r"\1 ", text).split("\n")
    first = next((index for index, line in enumerate(lines) if "\t" in line), len(lines))
    if first == len(lines):
        return with_delimited_tables(lines)
    above = [SourceRow(number, (line,)) for number, line in enumerate(lines[:first], 1)]
    rows = _quoted_rows(lines[first:]) or _word_rows(lines[first:])
    return above + [SourceRow(first + number, tuple(cells), 1) for number, cells in rows]


def _quoted_rows(lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the rows as a spreadsheet copies them, with quotation marks around a cell of several lines; else none."""
    text = "\n".join(lines)
    if '\t"' not in text and not text.startswith('"') and '\n"' not in text:
        return []
    previous_limit = csv.field_size_limit(_MAX_CELL_LENGTH)
    try:
        reader = csv.reader(io.StringIO(text, newline="\n"), delimiter="\t", strict=True)
        rows, start = [], 1
        for cells in reader:
            rows.append((start, cells))
            start = reader.line_num + 1
    except csv.Error:
        return []
    finally:
        csv.field_size_limit(previous_limit)
    return rows if any("\n" in cell for _number, cells in rows for cell in cells) else []


def _word_rows(lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the rows as Word copies them: a cell of several paragraphs goes on at the next line.

    A row starts with a date, with the heading of a phase, or where the row before it has all its cells.
    """
    parts = [line.split("\t") for line in lines]
    width = max(map(len, parts))
    rows: list[tuple[int, list[str]]] = []
    index = 0
    while index < len(parts):
        cells = parts[index]
        lines_of_date = _lines_of_date(parts, index)
        is_complete = not rows or len(rows[-1][1]) >= width
        if lines_of_date:
            printed = "\n".join(line[0] for line in parts[index : index + lines_of_date])
            rows.append((index + 1, [printed, *parts[index + lines_of_date - 1][1:]]))
        elif (
            not rows
            or len(cells) == width
            or phase_of_heading(" ".join(cells))
            or (is_complete and not cells[0].strip() and len(cells) > 1)
        ):
            rows.append((index + 1, list(cells)))
        else:
            row = rows[-1][1]
            row[-1] += f"\n{cells[0]}"
            row += cells[1:]
        index += lines_of_date or 1
    return rows


def _lines_of_date(parts: Sequence[Sequence[str]], index: int) -> int:
    """Return over how many lines the first cell is a date, such as "3/4 –" above "22/4"; 0 if it is none."""
    text = ""
    for count, cells in enumerate(parts[index : index + _MAX_DATE_LINES], 1):
        text = f"{text} {cells[0]}".strip()
        if text and is_date_notation(" ".join(text.split()), _ANY_YEAR):
            return count
        if len(cells) > 1 or not cells[0].strip():
            return 0
    return 0
