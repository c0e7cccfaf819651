"""Importer of motions, commitments or requests from a spreadsheet: detection of columns, and parsing of rows."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS, REQUEST_KINDS
from participation.dossier.date_checks import NOT_BEFORE, repetition_problem, suspension_problem
from participation.dossier.errors import Problem
from participation.dossier.motion_number import normalize_number
from participation.models import Commitment, Motion, Request
from participation.models.labels import LABELS

from ..cells import unescape_formula
from ..sheets.errors import TooManyRows
from ..sheets.reading import MAX_ROWS, Sheet, SheetError, SheetRow, heading, read_upload
from .values import (
    DATE_LEFT_OUT,
    EMPTY_VALUES,
    MAX_NAME_LENGTH,
    MAX_NUMBER_LENGTH,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    UNKNOWN_OUTCOME,
    ParsedRegister,
    Unreadable,
    Votes,
    count_of,
    day_of,
    is_amendment,
    months_of,
    outcome_of,
    rejected_register,
    shorten,
    slug_of,
    votes_of,
    word_of,
    yes_or_no,
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
    "municipality": ("gemeente", "municipality"),
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
    "repeats_every_months": ("elke zoveel maanden", "herhaling in maanden", "aantal maanden", "every so many months"),
    "repeats_first_due_on": ("eerste keer uiterlijk", "eerste termijn", "first time due on"),
    "repeats_until": ("herhalen tot en met", "einde herhaling", "end of the repetition"),
    "fulfilment_on": ("laatst nagekomen op", "laatste keer", "last fulfilled on"),
    "fulfilment_text": ("wat er laatst is gedaan", "laatste nakoming", "what was done last"),
    "source": ("bron", "vindplaats", "waar het staat", "source", "where it is written"),
    "report_text": MOTIONS["report_text"],
    "report_on": MOTIONS["report_on"],
    "municipality": MOTIONS["municipality"],
}
REQUESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        *("nummer", "verzoeknummer", "nummer verzoek", "zaaknummer", "nr", "nr.", "kenmerk", "registratienummer"),
        *("number", "case number", "no.", "reference"),
    ),
    "kind": ("soort", "soort verzoek", "type", "categorie", "kind", "kind of request"),
    "party": ("van", "van wie", "partij", "organisatie", "from", "party", "organisation"),
    "received_on": ("ontvangen", "ontvangen op", "datum ontvangst", "datum", "received", "received on", "date"),
    "acknowledged_on": ("ontvangst bevestigd", "ontvangst bevestigd op", "acknowledged", "acknowledged on"),
    "extended_on": ("verlengd", "verlengd op", "verdaagd", "verdaagd op", "extended", "extended on"),
    "extension_reason": ("reden verlenging", "reden van de verlenging", "reason for extension"),
    "suspended_from": ("opgeschort vanaf", "opschorting vanaf", "suspended from"),
    "suspended_to": ("opgeschort tot en met", "opschorting tot en met", "suspended until"),
    "suspended_reason": ("reden opschorting", "reden van de opschorting", "reason for suspension"),
    "committee": ("commissie adviseert", "adviescommissie", "committee"),
    "agreed_until": ("akkoord met uitstel tot", "uitstel tot", "agreed until"),
    "answered_on": ("beantwoord", "beantwoord op", "afgehandeld op", "besloten op", "answered", "answered on"),
    "summary": ("samenvatting", "onderwerp", "vraag", "verzoek", "omschrijving", "summary", "subject", "question"),
    "answer": ("antwoord", "answer"),
    "neighbourhoods": ("buurten", "wijken", "buurt", "wijk", "neighbourhoods", "neighbourhood"),
    "municipality": MOTIONS["municipality"],
    "trajectory": ("traject", "trajectory"),
}
#: Columns with names of persons, which are not imported: the register is public and uses roles instead.
_PERSONAL: Final = frozenset(
    {
        *("indiener", "indieners", "ingediend door", "mede-indieners", "medeindieners", "raadslid", "auteur"),
        *("behandelaar", "behandelend ambtenaar", "contactpersoon", "portefeuillehouder", "steller", "wethouder"),
        *("submitted by", "submitter", "councillor", "author", "contact", "portfolio holder"),
    }
)
_SECTIONS: Final = {
    "motions": (MOTIONS, Motion),
    "commitments": (COMMITMENTS, Commitment),
    "requests": (REQUESTS, Request),
}
_DATE_COLUMNS = (
    *("adopted_on", "made_on", "due_on", "settled_proposed_on", "settled_on", "fulfilled_on"),
    *("received_on", "acknowledged_on", "extended_on", "agreed_until", "answered_on"),
)
#: Pairs of columns of which the first date cannot precede the second.
_NOT_BEFORE = tuple(pair for section in ("motions", "commitments", "requests") for pair in NOT_BEFORE[section])
#: A number that Excel shortened: it strips trailing zeros, so 21.0090 becomes 21.009.
_TRUNCATED_NUMBER = re.compile(r"\d{1,2}\.\d{1,3}")
_BODIES = {"raad": "council", "gemeenteraad": "council", "council": "council", "commissie": "committee"}


@cache
def _party_codes() -> dict[str, str]:
    """Return the codes of parties that are no single organisation, by their labels in each language."""
    codes: dict[str, str] = {}
    for language in ("nl", "en"):
        with translation.override(language):
            codes |= {str(LABELS[code]).casefold(): code for code in (*ORGANISATION_KINDS, *AUDIENCES)}
    return codes


class _Columns(NamedTuple):
    """Positions of the known columns, and notes about the others."""

    found: dict[str, int]
    notes: list[str]


def read_list(name: str, content: bytes, section: str) -> ParsedRegister:
    """Return the rows of a sheet as a register document; ``section`` is one of its lists."""
    headings = _headings(section)
    try:
        sheet = read_upload(name, content, {text for known in headings.values() for text in known})
    except TooManyRows:
        reason = _("There are more than %(most)s rows.") % {"most": MAX_ROWS}
        return rejected_register(Problem(_("the file"), reason, _("Do it in parts, for example a year at a time.")))
    except SheetError as error:
        return rejected_register(Problem(_("the file"), str(error)))
    columns = _columns(sheet, headings)
    if "number" not in columns.found:
        reason = _("There is no column with the numbers.")
        remedy = _("Give the columns headings on the first row, of which one is Nummer.")
        return rejected_register(Problem(_("row 1"), reason, remedy))
    return _parse(sheet, columns, section)


def _parse(sheet: Sheet, columns: _Columns, section: str) -> ParsedRegister:
    rows, locations, problems = [], [], []
    notes = [*sheet.notes, *columns.notes]
    for row in sheet.rows:
        reader = _RowReader(row, sheet.headings, columns.found)
        content = {"motions": reader.motion, "commitments": reader.commitment, "requests": reader.request}[section]()
        problems += reader.problems
        notes += reader.notes
        if content:
            rows.append(content)
            locations.append(_("row %(number)s") % {"number": row.number})
    problems += duplicate_problems(section, rows, locations)
    document: dict[str, Any] = {"register": 1, "motions": [], "commitments": []}
    return ParsedRegister({**document, section: rows}, {section: tuple(locations)}, tuple(problems), tuple(notes))


def duplicate_problems(section: str, rows: Iterable[Mapping[str, Any]], locations: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each row with the number of an earlier row, in any notation."""
    first: dict[str, tuple[str, str]] = {}
    for row, location in zip(rows, locations, strict=True):
        number = normalize_number(row["number"]) if section == "motions" else row["number"]
        if number not in first:
            first[number] = (location, row["number"])
            continue
        other, printed = first[number]
        yield Problem(
            location,
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
            _("Not imported, because names of persons are not kept: %(columns)s. Put a role under Eigenaar.")
            % {"columns": ", ".join(personal)}
        )
    if left_out:
        notes.append(
            _("Not imported, because these columns are not known: %(columns)s.") % {"columns": ", ".join(left_out)}
        )
    return _Columns(found, notes)


def _json_day(day: Any) -> Any:
    return day.to_json() if day else None


def _names_of(words: Iterable[str], label: Callable[[str], Any]) -> dict[str, str]:
    """Return the words of a vocabulary by their names in both languages, and by themselves."""
    found: dict[str, str] = {}
    for language in ("nl", "en"):
        with translation.override(language):
            found |= {str(label(word)).casefold(): word for word in words}
    return {**found, **{word: word for word in words}}


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
        content = {
            "number": number,
            "title": self._text_cell("title", MAX_TITLE_LENGTH),
            "dictum": self._text_cell("dictum", MAX_TEXT_LENGTH),
            "body": self._body(),
            "owner": self._text_cell("owner", MAX_NAME_LENGTH),
            "also_printed_as": self._split_cell("also_printed_as"),
            "municipality": self._parse("municipality", slug_of),
        }
        outcome, outcome_votes = self._outcome()
        votes = self._parse("votes", votes_of) or self._votes_from_columns()
        if votes and outcome_votes and votes != outcome_votes:
            self._add_note(
                "outcome",
                _("%(place)s: another number of votes stands beside the outcome: %(other)s. The columns count."),
                other=f"{outcome_votes.votes_for}-{outcome_votes.votes_against}",
            )
        content["outcome"] = outcome or ""
        if votes := votes or outcome_votes:
            content |= votes._asdict()
        completed = self._complete_row(content)
        if outcome is None and completed.pop("adopted_on", None):
            # With a date of decision but no outcome it would count as an adopted motion.
            self._add_note("adopted_on", DATE_LEFT_OUT)
        return completed

    def _outcome(self) -> tuple[str | None, Votes | None]:
        """Return the outcome and the votes in the same cell; for an unknown outcome add a note and return None."""
        content = self._cell("outcome")
        try:
            return outcome_of(content)
        except Unreadable:
            self._add_note("outcome", UNKNOWN_OUTCOME, word=content[:60])
            return None, None

    def _is_amendment(self) -> bool:
        return any(
            is_amendment(self._cell(column), anywhere=column == "outcome") for column in ("sort", "title", "outcome")
        )

    def commitment(self) -> dict[str, Any] | None:
        """Return the commitment in this row; None if it has no valid number."""
        number = self._number()
        if number is None:
            return None
        days = {column: self._day(column) for column in ("repeats_first_due_on", "repeats_until", "fulfilment_on")}
        repeats = {
            "every_months": self._parse("repeats_every_months", months_of),
            "first_due_on": _json_day(days["repeats_first_due_on"]),
            "until": _json_day(days["repeats_until"]),
        }
        if problem := repetition_problem(repeats["every_months"], days["repeats_first_due_on"], days["repeats_until"]):
            remedy = _("Write after how many months it is due again, and on which day it is due for the first time.")
            self._add_problem(f"repeats_{problem}", _("It is not clear how this repeats."), remedy)
        done = self._text_cell("fulfilment_text", MAX_TEXT_LENGTH)
        fulfilled = {"on": _json_day(days["fulfilment_on"]), "text": done}
        return self._complete_row(
            {
                "number": number,
                "repeats": repeats if repeats["every_months"] else None,
                "fulfilments": [fulfilled] if any(fulfilled.values()) else [],
                "municipality": self._parse("municipality", slug_of),
                "text": self._text_cell("text", MAX_TEXT_LENGTH),
                "made_by": self._text_cell("made_by", MAX_NAME_LENGTH),
                "made_to": [_party_codes().get(part.casefold(), part) for part in self._split_cell("made_to")],
                "owner": self._text_cell("owner", MAX_NAME_LENGTH),
                "source": self._text_cell("source", MAX_TEXT_LENGTH),
            }
        )

    def request(self) -> dict[str, Any] | None:
        """Return the request in this row; None if it has no valid number."""
        number = self._number()
        if number is None:
            return None
        first, last = self._day("suspended_from"), self._day("suspended_to")
        reason = self._text_cell("suspended_reason", MAX_TEXT_LENGTH)
        suspended = [{"from": _json_day(first), "to": _json_day(last), "reason": reason}]
        is_suspended = bool(first or last or reason)
        if is_suspended and (problem := suspension_problem(first, last)):
            remedy = _("Write from which day the term was suspended, and a last day that is not before it.")
            self._add_problem(f"suspended_{problem}", _("This is no suspension."), remedy)
        return self._complete_row(
            {
                "number": number,
                "kind": self._parse("kind", lambda text: word_of(text, _names_of(REQUEST_KINDS, LABELS.__getitem__))),
                "from": self._party(),
                "extension_reason": self._text_cell("extension_reason", MAX_TEXT_LENGTH),
                "suspended": suspended if is_suspended else [],
                "committee": self._parse("committee", yes_or_no),
                "summary": self._text_cell("summary", MAX_TEXT_LENGTH),
                "answer": self._text_cell("answer", MAX_TEXT_LENGTH),
                "neighbourhoods": [
                    slug for part in self._split_cell("neighbourhoods") if (slug := self._slug("neighbourhoods", part))
                ],
                "municipality": self._parse("municipality", slug_of),
                "trajectory": self._parse("trajectory", slug_of),
            }
        )

    def _party(self) -> str | None:
        """Return the slug of an organisation, or a word for all residents, entrepreneurs or everyone."""
        code = _party_codes().get(self._cell("party").casefold())
        return code if code in AUDIENCES else self._parse("party", slug_of)

    def _slug(self, column: str, text: str) -> str:
        try:
            return slug_of(text)
        except Unreadable as error:
            self._add_problem(column, error.reason, error.hint)
            return ""

    def _complete_row(self, content: dict[str, Any]) -> dict[str, Any]:
        days = {column: self._day(column) for column in _DATE_COLUMNS if column in self.columns}
        for later, earlier in _NOT_BEFORE:
            after, before = days.get(later), days.get(earlier)
            if after and before and after.latest and before.earliest and after.latest < before.earliest:
                params = {"later": self._heading(later), "earlier": self._heading(earlier)}
                reason = _("The day under “%(later)s” lies before that under “%(earlier)s”.") % params
                self._add_problem(later, reason, _("Check both days."))
        content |= {column: day.to_json() for column, day in days.items() if day}
        text, day = self._text_cell("report_text", MAX_TEXT_LENGTH), self._day("report_on")
        if text:
            content["reports"] = [{"on": day.to_json() if day else None, "text": text}]
        return {key: value for key, value in content.items() if value not in ("", [], None)}

    def _number(self) -> str | None:
        number = " ".join(self._cell("number").split())
        if not number or number in ("-", "."):
            self._add_problem("number", _("The number is missing."), _("Fill it in, or take the row out."))
            return None
        if number.startswith(("=", "#")):
            self._add_problem(
                "number", _("There is a formula here, or what is left of one."), _("Paste the values themselves.")
            )
            return None
        if _TRUNCATED_NUMBER.fullmatch(number):
            reason = _("“%(number)s” is too short: Excel takes noughts off a number.") % {"number": number}
            self._add_problem(
                "number", reason, _("Give the column the format Text, and write the number as it was printed.")
            )
            return None
        if len(number) > MAX_NUMBER_LENGTH:
            self._add_problem(
                "number", _("The number is longer than %(most)s signs.") % {"most": MAX_NUMBER_LENGTH}, _("Shorten it.")
            )
            return None
        return number

    def _votes_from_columns(self) -> Votes | None:
        for_, against = self._parse("votes_for", count_of), self._parse("votes_against", count_of)
        if for_ is not None and against is not None:
            return Votes(for_, against)
        if for_ is not None or against is not None:
            missing = "votes_against" if against is None else "votes_for"
            if missing not in self.columns or not any(self._heading(missing) in p.location for p in self.problems):
                present = "votes_for" if against is None else "votes_against"
                self._add_problem(
                    present, _("Only one of the two numbers of votes is there."), _("Write both, or neither.")
                )
        return None

    def _body(self) -> str:
        content = self._text_cell("body", MAX_NUMBER_LENGTH)
        return _BODIES.get(content.casefold(), content)

    def _split_cell(self, column: str) -> list[str]:
        return list(dict.fromkeys(part.strip() for part in re.split(r"[;\n]", self._cell(column)) if part.strip()))

    def _text_cell(self, column: str, max_length: int) -> str:
        content = self._cell(column)
        if content.startswith("="):
            self._add_problem(
                column, _("There is a formula here, or what is left of one."), _("Paste the values themselves.")
            )
            return ""
        if content.casefold() in EMPTY_VALUES:
            return ""
        if len(content) > max_length:
            self.notes.append(
                _("%(place)s: the text was shortened to %(most)s signs.")
                % {"place": self._location(column), "most": max_length}
            )
        # Our own exports put an apostrophe before text that looks like a formula.
        return shorten(unescape_formula(content), max_length)

    def _parse(self, column: str, reading: Callable[[str], Any]) -> Any:
        try:
            return reading(self._cell(column))
        except Unreadable as error:
            self._add_problem(column, error.reason, error.hint)
            return None

    def _cell(self, column: str) -> str:
        index = self.columns.get(column)
        return self.row.cells[index].strip() if index is not None and index < len(self.row.cells) else ""

    def _add_note(self, column: str, text: Any, **params: str) -> None:
        self.notes.append(text % {"place": self._location(column), **params})

    def _day(self, column: str) -> Any:
        def add_note(note: str) -> None:
            self.notes.append(f"{self._location(column)}: {note}")

        return self._parse(column, lambda text: day_of(text, add_note))

    def _add_problem(self, column: str, reason: str, hint: str) -> None:
        self.problems.append(Problem(self._location(column), reason, hint))

    def _heading(self, column: str) -> str:
        index = self.columns.get(column)
        return self.headings[index] if index is not None else column

    def _location(self, column: str) -> str:
        return _("row %(number)s, %(column)s") % {"number": self.row.number, "column": self._heading(column)}
