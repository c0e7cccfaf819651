"""Reading of numbers of people who were reached, from a sheet: step, group or neighbourhood, and number.

Columns about persons are refused: numbers are all that is needed, and all that may be kept.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from .cells import parse_whole_number, unescape_formula
from .go_vocal import figures
from .go_vocal.columns import COLUMNS as GO_VOCAL_COLUMNS
from .sheets.reading import Sheet, SheetError, heading, read_text, read_upload

#: Headings by column; "either" holds a group or a neighbourhood.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "step": (
        *("stap", "step", "activiteit", "activity", "bijeenkomst", "meeting", "moment", "fase", "phase", "ref"),
        *("naam van de stap", "naam van de bijeenkomst", "titel", "title"),
    ),
    "group": ("groep", "doelgroep", "group", "target group"),
    "place": ("buurt", "wijk", "buurt of wijk", "neighbourhood", "neighborhood", "buurtcode", "cbs-code", "cbs code"),
    "either": ("groep of buurt", "group or neighbourhood", "wie", "who", "buurt of groep", figures.HEADINGS[0]),
    "count": (
        *("aantal", "aantal mensen", "aantal personen", "aantal deelnemers", "deelnemers", "count", "number"),
        *("number of people", "participants", "people", figures.HEADINGS[1]),
    ),
    "left_out": ("reference population", "expected users", "expected user counts"),
}
_BY_HEADING: Final = {name: column for column, names in COLUMNS.items() for name in names}
KNOWN_HEADINGS: Final = frozenset(_BY_HEADING)
#: Words for everybody together, in a column of groups or neighbourhoods.
TOTALS: Final = frozenset({"totaal", "total", "iedereen", "alle deelnemers", "allen", "everyone", "all"})
_PERSONS: Final = frozenset(
    (
        *GO_VOCAL_COLUMNS["person"],
        *("naam", "name", "namen", "names", "deelnemer", "participant", "contactpersoon", "mail", "mailadres"),
        *("telefoon", "telefoonnummer", "mobiel", "phone", "phone number", "adres", "address", "straat", "huisnummer"),
        *("geboortedatum", "date of birth", "bsn", "handtekening", "signature"),
    )
)
_PERSON_CELL: Final = re.compile(r"[^\s@]@[^\s@]+\.[a-z]{2,}|(?<!\d)(?:\+31|0031|0)[ -]?(?:[ -]?\d){8,9}(?!\d)", re.I)


class ReachRow(NamedTuple):
    """A row: its number in the file, its cells as text, and how many people.

    ``either`` is a group or a neighbourhood.
    """

    number: int
    step: str
    group: str
    place: str
    either: str
    people: int


class ReachSheet(NamedTuple):
    """The rows that can be read, what is wrong with others by their number, and notes for the user."""

    rows: tuple[ReachRow, ...]
    problems: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


def read_sheet(name: str, content: bytes) -> Sheet:
    """Return the sheet in a CSV or Excel file, or in figures of Go Vocal as JSON. Raises SheetError."""
    return figures.read_figures(content) if figures.is_figures(content) else read_upload(name, content, KNOWN_HEADINGS)


def read_pasted(text: str) -> Sheet:
    """Return the sheet in a text. Raises SheetError."""
    return read_text(text, KNOWN_HEADINGS)


def read_reach(sheet: Sheet) -> ReachSheet:
    """Return the numbers in a sheet. Raises SheetError where columns are missing, there twice, or about persons."""
    columns = _columns(sheet)
    rows, problems, unanswered = [], [], 0
    for row in sheet.rows:
        cells = {column: _cell(row.cells, index) for column, index in columns.items()}
        if cells.get("either") == figures.NO_ANSWER:
            unanswered += 1
        elif problem := _problem(cells):
            problems.append((row.number, problem))
        else:
            step, group, place, either = (cells.get(column, "") for column in ("step", "group", "place", "either"))
            rows.append(ReachRow(row.number, step, group, place, either, _number(cells["count"]) or 0))
    notes = [*sheet.notes]
    if unanswered:
        notes.append(_("Who did not answer the question is left out."))
    return ReachSheet(tuple(rows), tuple(problems), tuple(notes))


def _columns(sheet: Sheet) -> dict[str, int]:
    found: dict[str, int] = {}
    persons = [text for text in sheet.headings if heading(text) in _PERSONS]
    if persons:
        raise SheetError(
            _(
                "These columns are about persons: %(columns)s. Nothing of it was kept. Only numbers are needed: take "
                "these columns out, count the people, and try again."
            )
            % {"columns": ", ".join(f"“{text}”" for text in persons)}
        )
    for index, text in enumerate(sheet.headings):
        column = _BY_HEADING.get(heading(text))
        if column and column in found and column != "left_out":
            raise SheetError(
                _("“%(one)s” and “%(other)s” mean the same. Take one of these columns out.")
                % {"one": sheet.headings[found[column]], "other": text}
            )
        if column:
            found[column] = index
    if "count" not in found:
        raise SheetError(
            _(
                "There is no column with numbers. Give the columns headings: Stap, Groep, Buurt and Aantal. Is it a "
                "list of persons? Count them: only numbers are needed."
            )
        )
    return found


def _cell(cells: tuple[str, ...], index: int) -> str:
    return " ".join(unescape_formula(cells[index]).split()) if index < len(cells) else ""


def _problem(cells: Mapping[str, str]) -> str:
    return next(_problems(cells), "")


def _problems(cells: Mapping[str, str]) -> Iterator[str]:
    if any(_PERSON_CELL.search(text) for column, text in cells.items() if column != "count"):
        yield _("There is an e-mail address or telephone number in it. Take it out: only numbers are needed.")
    count = cells.get("count", "")
    if not count:
        yield _("The number is missing. Write how many people, 0 for nobody, or leave the row out.")
    elif _number(count) is None:
        yield _("“%(text)s” is not a whole number. Write the number itself, also under five: it is not published.") % {
            "text": count[:60]
        }
    if sum(bool(cells.get(column)) for column in ("group", "place", "either")) > 1:
        yield _("There is a group and a neighbourhood in it. Make two rows of it, each with its own number.")


def _number(text: str) -> int | None:
    """Return the number in a cell; a spreadsheet may write a whole one with a decimal."""
    return parse_whole_number(text.removesuffix(".0").removesuffix(",0"))
