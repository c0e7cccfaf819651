"""Importer of organisations from a spreadsheet: name, kind, municipality and neighbourhoods."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from participation.compliance.problems import closest_word
from participation.compliance.vocabulary import ORGANISATION_KINDS
from participation.dossier.characters import clean_line
from participation.dossier.errors import Problem
from participation.models.labels import LABELS

from .cells import unescape_formula
from .sheets.errors import TooManyRows
from .sheets.reading import MAX_ROWS, Sheet, SheetError, SheetRow, heading, read_upload

#: Headings of the columns.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("naam", "organisatie", "vereniging", "naam organisatie", "name", "organisation"),
    "kind": ("soort", "type", "soort organisatie", "kind"),
    "municipality": ("gemeente", "municipality"),
    "neighbourhoods": (
        *("wijken", "wijk", "buurten", "buurt", "gebied", "werkgebied"),
        *("neighbourhoods", "neighbourhood", "area"),
    ),
}
#: Short names that people write for kinds, besides their labels.
_KINDS: Final[Mapping[str, str]] = {
    "wijkvereniging": "residents_association",
    "bewonersvereniging": "residents_association",
    "bewonersorganisatie": "residents_association",
    "wijkraad": "residents_association",
    "buurtvereniging": "residents_association",
    "initiatief": "residents_initiative",
    "winkeliersvereniging": "business_association",
    "raad": "council",
    "gemeenteraad": "council",
    "college": "executive",
    "griffie": "registry",
    "rekenkamer": "audit_office",
    "ontwikkelaar": "developer",
}
_MAX_CHARACTERS: Final = 200


class SheetOrganisation(NamedTuple):
    """An organisation in a file; its neighbourhoods are names, slugs or codes of CBS, as they were written."""

    location: str
    name: str
    kind: str
    municipality: str
    neighbourhoods: tuple[str, ...]


class ParsedOrganisations(NamedTuple):
    """The organisations in a file. With ``problems`` it cannot be imported; ``notes`` tell what was left out."""

    rows: tuple[SheetOrganisation, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def read_organisations(name: str, content: bytes) -> ParsedOrganisations:
    """Return the organisations in a CSV or XLSX file. Problems are returned, with place and remedy, not raised."""
    try:
        sheet = read_upload(name, content, {text for known in COLUMNS.values() for text in known})
    except TooManyRows:
        reason = _("There are more than %(most)s rows.") % {"most": MAX_ROWS}
        return ParsedOrganisations((), (Problem(_("the file"), reason, _("Do it in parts.")),))
    except SheetError as error:
        return ParsedOrganisations((), (Problem(_("the file"), str(error)),))
    columns, left_out = _columns(sheet)
    if "name" not in columns:
        reason = _("There is no column with the names of the organisations.")
        remedy = _("Give the columns headings on the first row, of which one is Naam.")
        return ParsedOrganisations((), (Problem(_("row 1"), reason, remedy),))
    readers = [_RowReader(row, columns, sheet.headings) for row in sheet.rows]
    rows = [reader.read() for reader in readers]
    notes = list(sheet.notes)
    if left_out:
        text = _("Not imported, because these columns are not known: %(columns)s.")
        notes.append(text % {"columns": ", ".join(left_out)})
    return ParsedOrganisations(
        tuple(rows), tuple(problem for reader in readers for problem in reader.problems), tuple(notes)
    )


def _columns(sheet: Sheet) -> tuple[dict[str, int], list[str]]:
    """Return the positions of the known columns, and the headings of the others."""
    found: dict[str, int] = {}
    left_out = []
    for index, text in enumerate(sheet.headings):
        name = heading(text)
        column = next((column for column, names in COLUMNS.items() if name in names and column not in found), None)
        if column:
            found[column] = index
        elif name:
            left_out.append(text)
    return found, left_out


class _RowReader:
    """Parses one row; what is wrong with it is in ``problems``."""

    def __init__(self, row: SheetRow, columns: Mapping[str, int], headings: tuple[str, ...]) -> None:
        self.row, self.columns, self.headings = row, columns, headings
        self.problems: list[Problem] = []

    def read(self) -> SheetOrganisation:
        return SheetOrganisation(
            _("row %(number)s") % {"number": self.row.number},
            self._name(),
            self._kind(),
            slugify(self._cell("municipality").removeprefix("gemeente ").removeprefix("Gemeente "))[:100],
            tuple(dict.fromkeys(filter(None, map(str.strip, re.split(r"[;\n]", self._cell("neighbourhoods")))))),
        )

    def _name(self) -> str:
        content = self._cell("name")
        if not content:
            self._add_problem("name", _("There is no name."), _("Write the name as people know it."))
        elif content.startswith("="):
            reason = _("There is a formula here, or what is left of one.")
            self._add_problem("name", reason, _("Paste the values themselves."))
        elif len(content) > _MAX_CHARACTERS:
            reason = _("The name is longer than %(most)s characters.") % {"most": _MAX_CHARACTERS}
            self._add_problem("name", reason, _("Write the name as people know it."))
        return " ".join(clean_line(unescape_formula(content)).split())[:_MAX_CHARACTERS]

    def _kind(self) -> str:
        content = self._cell("kind")
        known = kinds_by_word()
        if not content or content.casefold() in known:
            return known.get(content.casefold(), "")
        own = [str(LABELS[kind]) for kind in ORGANISATION_KINDS]
        listing = _("Leave it empty, or write one of: %(kinds)s.") % {"kinds": ", ".join(own)}
        reason = _("“%(word)s” is not a kind of organisation.") % {"word": content[:60]}
        close = closest_word(content, known)
        hint = _("Did you mean “%(close)s”?") % {"close": close} if close else ""
        self._add_problem("kind", reason, f"{hint} {listing}".strip())
        return ""

    def _cell(self, column: str) -> str:
        index = self.columns.get(column)
        return self.row.cells[index].strip() if index is not None and index < len(self.row.cells) else ""

    def _add_problem(self, column: str, reason: str, hint: str) -> None:
        values = {"number": self.row.number, "column": self.headings[self.columns[column]]}
        self.problems.append(Problem(_("row %(number)s, %(column)s") % values, reason, hint))


def kinds_by_word() -> dict[str, str]:
    """Return the kinds of organisation by how they are written: code, label in both languages, and short names."""
    return dict(_KINDS) | dict(_labelled_kinds())


def _labelled_kinds() -> Iterator[tuple[str, str]]:
    for language in ("nl", "en"):
        with translation.override(language):
            yield from ((str(LABELS[kind]).casefold(), kind) for kind in ORGANISATION_KINDS)
    yield from ((kind, kind) for kind in ORGANISATION_KINDS)
