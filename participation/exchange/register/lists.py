"""Importer of motions or commitments from a spreadsheet: detection of columns, and parsing of rows."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from participation.dossier.errors import Problem
from participation.dossier.motion_number import normal_number
from participation.models import Commitment, Motion

from ..cells import unescaped
from ..sheets.errors import TooManyRows
from ..sheets.reading import MOST_ROWS, Sheet, SheetError, SheetRow, heading, read_upload
from .values import (
    LEFT_OUT_AS_WELL,
    MOST_NAME,
    MOST_NUMBER,
    MOST_TEXT,
    MOST_TITLE,
    NOTHING,
    UNKNOWN_OUTCOME,
    Read,
    Unreadable,
    Votes,
    count_of,
    day_of,
    is_amendment,
    outcome_of,
    refused,
    shortened,
    votes_of,
)

#: Headings of the columns of motions. Those of the model are accepted too, so that our own exports can be imported.
MOTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        *("nummer", "motienummer", "motie nummer", "nummer motie", "motie nr", "motienr", "nr", "nr.", "kenmerk"),
        *("registratienummer", "number", "motion number", "no.", "reference"),
    ),
    "sort": ("soort", "type", "categorie", "documenttype", "classificatie", "soort document", "soort stuk", "kind"),
    "title": ("titel", "onderwerp", "naam", "motie", "titel motie", "title", "subject", "name", "motion"),
    "dictum": ("dictum", "tekst", "inhoud", "verzoek", "wat wordt gevraagd", "wat de motie vraagt", "text"),
    "body": ("orgaan", "gremium", "wie besloot", "wie beslist", "besloten door", "body", "organisation"),
    "adopted_on": (
        *("datum", "datum besluit", "besluitdatum", "besloten op", "aangenomen op", "datum aangenomen"),
        *("vergaderdatum", "datum vergadering", "datum raad", "raadsvergadering", "datum stemming"),
        *("date", "decided on", "adopted on", "date adopted"),
    ),
    "outcome": ("uitslag", "uitkomst", "resultaat", "besluit", "stemuitslag", "outcome", "result"),
    "votes": ("stemmen", "stemverhouding", "stemming", "votes", "vote"),
    "votes_for": ("voor", "stemmen voor", "aantal voor", "for", "votes for"),
    "votes_against": ("tegen", "stemmen tegen", "aantal tegen", "against", "votes against"),
    "owner": (
        *("eigenaar", "verantwoordelijke", "verantwoordelijk", "afdeling", "team", "wie zorgt ervoor", "portefeuille"),
        *("owner", "department", "responsible", "who has to see to it"),
    ),
    "due_on": (
        *("afdoen voor", "af te doen voor", "uiterlijk", "termijn", "streefdatum", "deadline", "gereed op"),
        *("klaar op", "einddatum", "planning", "due", "due on", "due date", "ready by"),
    ),
    "settled_proposed_on": (
        *("voorstel afdoening", "voorgesteld af te doen", "afdoening voorgesteld", "college stelt afdoening voor"),
        *("settling proposed", "settling proposed on"),
    ),
    "settled_on": (
        *("afgedaan", "afgedaan op", "datum afgedaan", "afdoening", "datum afdoening", "afgehandeld op"),
        *("settled", "settled on"),
    ),
    "also_printed_as": ("ook genummerd", "ook geschreven als", "andere nummers", "oud nummer", "also printed as"),
    "report_text": (
        *("stand van zaken", "voortgang", "bericht", "laatste bericht", "toelichting", "opmerkingen"),
        *("progress", "report", "remarks"),
    ),
    "report_on": (
        *("datum stand van zaken", "datum voortgang", "datum bericht", "stand per", "bericht op", "reported on"),
    ),
}
COMMITMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        *("nummer", "toezeggingsnummer", "toezeggingnummer", "toezegging nr", "nummer toezegging", "nr", "nr."),
        *("kenmerk", "registratienummer", "number", "no.", "reference"),
    ),
    "text": (
        *("toezegging", "tekst", "omschrijving", "inhoud", "onderwerp", "titel", "wat is toegezegd"),
        *("commitment", "promise", "text", "description", "what was promised"),
    ),
    "made_on": (
        *("datum", "toegezegd op", "gedaan op", "datum toezegging", "vergaderdatum", "datum vergadering"),
        *("date", "made on", "promised on"),
    ),
    "made_by": ("toegezegd door", "gedaan door", "door", "made by", "promised by", "by"),
    "made_to": ("toegezegd aan", "gedaan aan", "aan", "made to", "promised to", "to"),
    "owner": MOTIONS["owner"],
    "due_on": MOTIONS["due_on"],
    "fulfilled_on": (
        *("nagekomen", "nagekomen op", "afgedaan", "afgedaan op", "datum afgedaan", "afgehandeld op", "voldaan op"),
        *("fulfilled", "fulfilled on", "kept", "kept on"),
    ),
    "source": ("bron", "vindplaats", "waar het staat", "source", "where it is written"),
    "report_text": MOTIONS["report_text"],
    "report_on": MOTIONS["report_on"],
}
#: Columns with names of persons, which are not imported: the register is public and uses roles instead.
_PERSONAL: Final = frozenset(
    {
        *("indiener", "indieners", "ingediend door", "mede-indieners", "medeindieners", "raadslid", "auteur"),
        *("behandelaar", "behandelend ambtenaar", "contactpersoon", "portefeuillehouder", "steller", "wethouder"),
        *("submitted by", "submitter", "councillor", "author", "contact", "portfolio holder"),
    }
)
_SECTIONS: Final = {"motions": (MOTIONS, Motion), "commitments": (COMMITMENTS, Commitment)}
_DAYS = ("adopted_on", "made_on", "due_on", "settled_proposed_on", "settled_on", "fulfilled_on")
#: Pairs of columns of which the first date cannot precede the second.
_NOT_BEFORE = (("settled_on", "adopted_on"), ("fulfilled_on", "made_on"))
#: A number that Excel shortened: it strips trailing zeros, so 21.0090 becomes 21.009.
_CUT_NUMBER = re.compile(r"\d{1,2}\.\d{1,3}")
_BODIES = {"raad": "council", "gemeenteraad": "council", "council": "council", "commissie": "committee"}


class _Columns(NamedTuple):
    """Positions of the known columns, and notes about the others."""

    found: dict[str, int]
    notes: list[str]


def read_list(name: str, content: bytes, section: str) -> Read:
    """Return the rows of a sheet as a register document; ``section`` is "motions" or "commitments"."""
    headings = _headings(section)
    try:
        sheet = read_upload(name, content, {text for known in headings.values() for text in known})
    except TooManyRows:
        reason = _("There are more than %(most)s rows.") % {"most": MOST_ROWS}
        return refused(Problem(_("the file"), reason, _("Do it in parts, for example a year at a time.")))
    except SheetError as error:
        return refused(Problem(_("the file"), str(error)))
    columns = _columns(sheet, headings)
    if "number" not in columns.found:
        reason = _("There is no column with the numbers.")
        remedy = _("Give the columns headings on the first row, of which one is Nummer.")
        return refused(Problem(_("row 1"), reason, remedy))
    return _read(sheet, columns, section)


def _read(sheet: Sheet, columns: _Columns, section: str) -> Read:
    rows, places, problems = [], [], []
    notes = [*sheet.notes, *columns.notes]
    for row in sheet.rows:
        reader = _RowReader(row, sheet.headings, columns.found)
        said = reader.motion() if section == "motions" else reader.commitment()
        problems += reader.problems
        notes += reader.notes
        if said:
            rows.append(said)
            places.append(_("row %(number)s") % {"number": row.number})
    problems += doubles(section, rows, places)
    document: dict[str, Any] = {"register": 1, "motions": [], "commitments": []}
    return Read({**document, section: rows}, {section: tuple(places)}, tuple(problems), tuple(notes))


def doubles(section: str, rows: Iterable[Mapping[str, Any]], places: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each row with the number of an earlier row, in any notation."""
    first: dict[str, tuple[str, str]] = {}
    for row, place in zip(rows, places, strict=True):
        number = normal_number(row["number"]) if section == "motions" else row["number"]
        if number not in first:
            first[number] = (place, row["number"])
            continue
        other, printed = first[number]
        yield Problem(
            place,
            _("“%(printed)s” is the same number as “%(other)s” in %(place)s.")
            % {"printed": row["number"], "other": printed, "place": other},
            _("Make the two one, or correct the number. A merged cell counts for every row that it covers."),
        )


def _headings(section: str) -> dict[str, set[str]]:
    """Return the accepted headings by column, including the model's verbose names in both languages."""
    known, model = _SECTIONS[section]
    found = {column: set(names) for column, names in known.items()}
    taken = {name for names in found.values() for name in names}
    for language in ("nl", "en"):
        with translation.override(language):
            for field in model._meta.concrete_fields:
                name = heading(str(field.verbose_name))
                if field.name in found and name not in taken:
                    found[field.name].add(name)
    return found


def _columns(sheet: Sheet, headings: Mapping[str, set[str]]) -> _Columns:
    found: dict[str, int] = {}
    left_out, personal = [], []
    for index, text in enumerate(sheet.headings):
        name = heading(text)
        column = next((column for column, names in headings.items() if name in names and column not in found), None)
        if column:
            found[column] = index
        elif name in _PERSONAL:
            personal.append(text)
        elif name:
            left_out.append(text)
    notes = []
    if personal:
        notes.append(
            _("Not taken over, for names of persons are not kept: %(columns)s. Put a role under the heading Eigenaar.")
            % {"columns": ", ".join(personal)}
        )
    if left_out:
        notes.append(
            _("Not taken over, for these columns are not known: %(columns)s.") % {"columns": ", ".join(left_out)}
        )
    return _Columns(found, notes)


class _RowReader:
    """Parser of one row that collects its problems and notes."""

    def __init__(self, row: SheetRow, headings: tuple[str, ...], columns: Mapping[str, int]) -> None:
        self.row, self.headings, self.columns = row, headings, columns
        self.problems: list[Problem] = []
        self.notes: list[str] = []

    def motion(self) -> dict[str, Any] | None:
        """Return the motion in this row; None if it has no valid number or is an amendment."""
        if self._is_amendment():
            self.notes.append(
                _("%(place)s: this is an amendment, not a motion; it is left out.")
                % {"place": _("row %(number)s") % {"number": self.row.number}}
            )
            return None
        number = self._number()
        if number is None:
            return None
        said = {
            "number": number,
            "title": self._text("title", MOST_TITLE),
            "dictum": self._text("dictum", MOST_TEXT),
            "body": self._body(),
            "owner": self._text("owner", MOST_NAME),
            "also_printed_as": self._list("also_printed_as"),
        }
        outcome, beside = self._outcome()
        votes = self._read("votes", votes_of) or self._counted()
        if votes and beside and votes != beside:
            self._note(
                "outcome",
                _("%(place)s: another number of votes stands beside the outcome: %(other)s. The columns count."),
                other=f"{beside.votes_for}-{beside.votes_against}",
            )
        said["outcome"] = outcome or ""
        if votes := votes or beside:
            said |= votes._asdict()
        whole = self._whole(said)
        if outcome is None and whole.pop("adopted_on", None):
            # With a date of decision but no outcome it would count as an adopted motion.
            self._note("adopted_on", LEFT_OUT_AS_WELL)
        return whole

    def _outcome(self) -> tuple[str | None, Votes | None]:
        """Return the outcome and the votes in the same cell; for an unknown outcome add a note and return None."""
        said = self._cell("outcome")
        try:
            return outcome_of(said)
        except Unreadable:
            self._note("outcome", UNKNOWN_OUTCOME, word=said[:60])
            return None, None

    def _is_amendment(self) -> bool:
        return any(
            is_amendment(self._cell(column), within=column == "outcome") for column in ("sort", "title", "outcome")
        )

    def commitment(self) -> dict[str, Any] | None:
        """Return the commitment in this row; None if it has no valid number."""
        number = self._number()
        if number is None:
            return None
        return self._whole(
            {
                "number": number,
                "text": self._text("text", MOST_TEXT),
                "made_by": self._text("made_by", MOST_NAME),
                "made_to": self._list("made_to"),
                "owner": self._text("owner", MOST_NAME),
                "source": self._text("source", MOST_TEXT),
            }
        )

    def _whole(self, said: dict[str, Any]) -> dict[str, Any]:
        days = {column: self._day(column) for column in _DAYS if column in self.columns}
        for later, earlier in _NOT_BEFORE:
            after, before = days.get(later), days.get(earlier)
            if after and before and after.latest and before.earliest and after.latest < before.earliest:
                told = {"later": self._heading(later), "earlier": self._heading(earlier)}
                reason = _("The day under “%(later)s” lies before that under “%(earlier)s”.") % told
                self._wrong(later, reason, _("Check both days."))
        said |= {column: day.to_json() for column, day in days.items() if day}
        text, day = self._text("report_text", MOST_TEXT), self._day("report_on")
        if text:
            said["reports"] = [{"on": day.to_json() if day else None, "text": text}]
        return {key: value for key, value in said.items() if value not in ("", [], None)}

    def _number(self) -> str | None:
        number = " ".join(self._cell("number").split())
        if not number or number in ("-", "."):
            self._wrong("number", _("The number is missing."), _("Fill it in, or take the row out."))
            return None
        if number.startswith(("=", "#")):
            self._wrong(
                "number", _("There is a formula here, or what is left of one."), _("Paste the values themselves.")
            )
            return None
        if _CUT_NUMBER.fullmatch(number):
            reason = _("“%(number)s” is too short: Excel takes noughts off a number.") % {"number": number}
            self._wrong("number", reason, _("Give the column the format Text, and write the number as it was printed."))
            return None
        if len(number) > MOST_NUMBER:
            self._wrong(
                "number", _("The number is longer than %(most)s signs.") % {"most": MOST_NUMBER}, _("Shorten it.")
            )
            return None
        return number

    def _counted(self) -> Votes | None:
        for_, against = self._read("votes_for", count_of), self._read("votes_against", count_of)
        if for_ is not None and against is not None:
            return Votes(for_, against)
        if for_ is not None or against is not None:
            lacks = "votes_against" if against is None else "votes_for"
            if lacks not in self.columns or not any(self._heading(lacks) in p.place for p in self.problems):
                there = "votes_for" if against is None else "votes_against"
                self._wrong(there, _("Only one of the two numbers of votes is there."), _("Write both, or neither."))
        return None

    def _body(self) -> str:
        said = self._text("body", MOST_NUMBER)
        return _BODIES.get(said.casefold(), said)

    def _list(self, column: str) -> list[str]:
        return list(dict.fromkeys(part.strip() for part in re.split(r"[;\n]", self._cell(column)) if part.strip()))

    def _text(self, column: str, most: int) -> str:
        said = self._cell(column)
        if said.startswith("="):
            self._wrong(
                column, _("There is a formula here, or what is left of one."), _("Paste the values themselves.")
            )
            return ""
        if said.casefold() in NOTHING:
            return ""
        if len(said) > most:
            self.notes.append(
                _("%(place)s: the text was shortened to %(most)s signs.") % {"place": self._place(column), "most": most}
            )
        # Our own exports put an apostrophe before text that looks like a formula.
        return shortened(unescaped(said), most)

    def _read(self, column: str, reading: Callable[[str], Any]) -> Any:
        try:
            return reading(self._cell(column))
        except Unreadable as error:
            self._wrong(column, error.reason, error.hint)
            return None

    def _cell(self, column: str) -> str:
        index = self.columns.get(column)
        return self.row.cells[index].strip() if index is not None and index < len(self.row.cells) else ""

    def _note(self, column: str, text: Any, **told: str) -> None:
        self.notes.append(text % {"place": self._place(column), **told})

    def _day(self, column: str) -> Any:
        def tell(note: str) -> None:
            self.notes.append(f"{self._place(column)}: {note}")

        return self._read(column, lambda text: day_of(text, tell))

    def _wrong(self, column: str, reason: str, hint: str) -> None:
        self.problems.append(Problem(self._place(column), reason, hint))

    def _heading(self, column: str) -> str:
        index = self.columns.get(column)
        return self.headings[index] if index is not None else column

    def _place(self, column: str) -> str:
        return _("row %(number)s, %(column)s") % {"number": self.row.number, "column": self._heading(column)}
