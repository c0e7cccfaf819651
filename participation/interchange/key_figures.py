"""Reader of the key figures of districts and neighbourhoods of Statistics Netherlands (CBS): the inhabitants by code.

CBS pads texts with spaces, writes "." for unknown values, and numbers its columns otherwise every year.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from participation.dossier.errors import MAX_LISTED, Problem
from participation.dossier.schema_fields import MAX_COUNT

from .cells import parse_whole_number
from .sheets.reading import SheetError, read_file

#: Rows of one file. That of the whole country has about eighteen thousand.
MAX_ROWS: Final = 50_000
_CODE: Final = re.compile(r"(?:WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4})")
_CODE_HEADINGS: Final = ("wijkenenbuurten", "gwb_code", "codering", "regiocode", "wijken en buurten")
_INHABITANTS_HEADINGS: Final = ("aantalinwoners", "aantal inwoners", "a_inw", "aant_inw")
_MISSING: Final = frozenset({"", ".", "-", "x", "-99997", "-99999999"})
#: The number that CBS puts behind the name of a column.
_COLUMN_NUMBER: Final = re.compile(r"_\d{1,3}$")


class KeyFigure(NamedTuple):
    """The inhabitants of an area; ``inhabitants`` is None where CBS does not know or publish them."""

    code: str
    inhabitants: int | None
    location: str


class KeyFigures(NamedTuple):
    """The key figures in a file, by code. With ``problems`` it cannot be imported."""

    rows: Mapping[str, KeyFigure]
    problems: tuple[Problem, ...] = ()


def read_key_figures(path: Path) -> KeyFigures:
    """Return the inhabitants of every district and neighbourhood in this CSV or Excel file."""
    rows: dict[str, KeyFigure] = {}
    problems: list[Problem] = []
    try:
        for item in _read(path):
            if isinstance(item, Problem):
                problems.append(item)
            elif (other := rows.setdefault(item.code, item)).inhabitants != item.inhabitants:
                reason = _("%(code)s has another number in %(place)s.") % {"code": item.code, "place": other.location}
                problems.append(Problem(item.location, reason, _("Keep the right one.")))
            if len(problems) == MAX_LISTED:
                break
    except SheetError as error:
        problems.append(Problem(_("the file"), str(error)))
    if not rows and not problems:
        reason = _("There are no codes of districts or neighbourhoods in this file.")
        problems.append(Problem(_("the file"), reason, _("Use the file Kerncijfers wijken en buurten of CBS.")))
    return KeyFigures(rows, tuple(problems))


def _read(path: Path) -> Iterator[KeyFigure | Problem]:
    sheet, found = read_file(path, {*_CODE_HEADINGS, *_INHABITANTS_HEADINGS}, heading_key=_heading_key)
    headings = [_heading_key(text) for text in sheet.headings]
    code_column = next((headings.index(name) for name in _CODE_HEADINGS if name in headings), None)
    number_column = next((headings.index(name) for name in _INHABITANTS_HEADINGS if name in headings), None)
    if code_column is None or number_column is None:
        reason = _("There is no column with codes, or none with inhabitants.")
        hint = _("CBS calls these WijkenEnBuurten or gwb_code_10, and AantalInwoners_5 or a_inw.")
        yield Problem(_("the file"), reason, hint)
        return
    for count, row in enumerate(found, start=1):
        location = _("row %(number)s") % {"number": row.number}
        if count > MAX_ROWS:
            hint = _("Use the file of one municipality.")
            yield Problem(location, _("A file has at most %(n)s rows.") % {"n": MAX_ROWS}, hint)
            return
        cells = [*row.cells, *[""] * len(headings)]
        code, text = cells[code_column].strip().upper(), cells[number_column].strip()
        if not _CODE.fullmatch(code):
            continue  # the country, or a municipality
        number = parse_whole_number(text)
        if text.casefold() in _MISSING:
            yield KeyFigure(code, None, location)
        elif number is None or number > MAX_COUNT:
            reason = _("“%(text)s” is no number of inhabitants.") % {"text": text[:40]}
            yield Problem(location, reason, _("Write a whole number without dots, or a dot where it is not known."))
        else:
            yield KeyFigure(code, number, location)


def _heading_key(text: str) -> str:
    return _COLUMN_NUMBER.sub("", " ".join(text.strip().lower().split()))
