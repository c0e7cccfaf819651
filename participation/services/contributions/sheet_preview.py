"""Preview of a sheet of contributions: what each row would become, before anything is recorded."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Max, Model
from django.utils.text import slugify
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES, OUTCOMES
from participation.dossier.names import ITEM_REFS
from participation.interchange.cells import unescape_formula
from participation.interchange.dates import NotADate
from participation.interchange.days import read_day
from participation.interchange.go_vocal.export import PREFIX, without_numbers
from participation.interchange.sheets.reading import Sheet, SheetRow, heading
from participation.interchange.sheets.text import MOJIBAKE
from participation.models import Contribution, Organisation, Step, Trajectory
from participation.models.labels import LABELS
from participation.presentation.values import column_name

#: Columns, with the headings by which each is recognised, in Dutch and English.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "summary": (
        *("samenvatting", "inbreng", "bijdrage", "reactie van bewoner", "opmerking", "idee", "vraag", "tekst"),
        *("omschrijving", "beschrijving", "wat zei men", "wat is er gezegd"),
        *("summary", "contribution", "comment", "remark", "idea", "text", "description"),
    ),
    "party": ("van", "wie", "partij", "organisatie", "indiener", "afzender", "from", "party", "organisation"),
    "received_on": ("ontvangen", "ontvangen op", "datum", "dag", "received", "received on", "date"),
    "theme": ("thema", "onderwerp", "categorie", "theme", "topic", "category", "subject"),
    "outcome": ("uitkomst", "besluit", "wat ermee is gedaan", "outcome"),
    "response": ("antwoord", "reactie", "motivering", "toelichting", "response", "answer", "reason"),
    "responded_on": ("beantwoord", "beantwoord op", "datum antwoord", "answered on", "responded on"),
    "step": ("ontvangen bij", "stap", "bijeenkomst", "received in", "step", "meeting"),
    "ref": ("kenmerk", "id", "referentie", "ref", "reference"),
}
KNOWN_HEADINGS = frozenset(name for names in COLUMNS.values() for name in names)
_PARTY_WORDS = {
    "bewoners": "residents",
    "bewoner": "residents",
    "ondernemers": "entrepreneurs",
    "ondernemer": "entrepreneurs",
    "iedereen": "everyone",
    **{word: word for word in AUDIENCES},
}
_OUTCOME_WORDS = {
    "overgenomen": "adopted",
    "ja": "adopted",
    "deels": "partly",
    "deels overgenomen": "partly",
    "gedeeltelijk": "partly",
    "niet overgenomen": "not_adopted",
    "nee": "not_adopted",
    "buiten de kaders": "out_of_scope",
    "buiten kader": "out_of_scope",
    **{word: word for word in OUTCOMES},
    **{word.replace("_", " "): word for word in OUTCOMES},
}

#: Error values of spreadsheet cells, in Dutch and English.
_CELL_ERROR = re.compile(
    r"#(N/?[AB]|REF!|VERW!|VALUE!|WAARDE!|DIV/0!|DEEL/0!|NAME\?|NAAM\?|NUM!|GETAL!|NULL!|LEEG!|SPILL!|CALC!|####+)"
)
_FORMULA = re.compile(r"=[A-Z][A-Z0-9.]*\(.*|=[+-]?('[^']+'!|\w+!)?\$?[A-Z]{1,3}\$?\d+.*", re.DOTALL)
_EMAIL_ADDRESS = re.compile(r"[^\s@<>]@[^\s@<>]+\.[a-z]{2,}", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<![\d.,-])(?:\+31|0031|0)[ -]?(?:\(0\))?(?:[ -]?\d){8,9}(?![\d.,]?\d)")
#: An earlier year is taken for a mistake.
_MIN_YEAR = 1950


class Defaults(NamedTuple):
    """Values for rows that leave them empty: the step (or None), the party, and the date received."""

    step: Step | None
    party: str
    received_on: ImpreciseDate | None


class CellDifference(NamedTuple):
    """A difference between a row and the stored contribution: the updated contribution, and its latest history id."""

    contribution: Contribution
    was: str
    becomes: str
    version: int


class ProposedContribution(NamedTuple):
    """A contribution as a row proposes it; ``is_duplicate`` where it is stored already, or occurs twice in the sheet.

    ``known`` where a row with the same ref exists, so that it is never recorded twice; ``difference`` is then what
    differs from it, if anything.
    """

    number: int
    contribution: Contribution
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    is_duplicate: bool
    known: bool = False
    difference: CellDifference | None = None

    @property
    def is_preselected(self) -> bool:
        """Return whether it is recorded by default."""
        return not self.problems and not self.is_duplicate

    @property
    def is_selectable(self) -> bool:
        """Return whether a user may choose to record it."""
        return not self.problems and (not self.known or self.difference is not None)


class _StoredContribution(NamedTuple):
    pk: int
    summary: str
    answered: bool


def detect_columns(sheet: Sheet) -> dict[str, int]:
    """Return the index of each column, from the headings; without headings the last column is the summary.

    Without headings, a single column is the summary; of several the first is the party.
    """
    found: dict[str, int] = {}
    for index, text in enumerate(sheet.headings):
        for column, names in COLUMNS.items():
            if heading(text) in names:
                found.setdefault(column, index)
    if not sheet.headings:
        found = {"summary": 0} if sheet.width == 1 else {"party": 0, "summary": sheet.width - 1}
    return found


def propose_contributions(
    sheet: Sheet, columns: Mapping[str, int], trajectory: Trajectory, defaults: Defaults, today: date
) -> list[ProposedContribution]:
    """Return what each row would become; nothing is written. Raises ValidationError without a summary column.

    Names of unknown organisations are not kept: they may be personal data.
    """
    return Proposer(columns, trajectory, defaults, today).propose(sheet.rows)


class Proposer:
    """Builds contributions from rows in batches; recognises duplicates in the sheet and in the trajectory."""

    def __init__(self, columns: Mapping[str, int], trajectory: Trajectory, defaults: Defaults, today: date) -> None:
        """Load what rows are compared with. Raises ValidationError without a summary column."""
        if "summary" not in columns:
            raise ValidationError(_("Say which column holds the contributions themselves."))
        self._columns, self._trajectory, self._defaults, self._today = dict(columns), trajectory, defaults, today
        self._parties, self._outcomes, self._steps = _organisations(), _outcomes(), _steps(trajectory)
        #: Cache of parsed dates: most rows of a sheet share a few days.
        self._days: dict[str, tuple[ImpreciseDate | None, tuple[list[str], list[str]]]] = {}
        self._refs: dict[str, _StoredContribution | None] = {}
        self._seen: set[tuple[str, str]] = set()
        self._seen_without_id: set[tuple[str, str]] = set()
        rows = Contribution.objects.filter(trajectory=trajectory)
        for pk, ref, summary, party, outcome, response in rows.values_list(
            "pk", "ref", "summary", "party", "outcome", "response"
        ):
            self._refs[ref] = _StoredContribution(pk, summary, bool(outcome or response))
            self._seen.add(_duplicate_key(summary, party))
            if not ref.startswith((PREFIX, "id-")):
                self._seen_without_id.add(_duplicate_key(summary, party))

    def propose(self, rows: Iterable[SheetRow]) -> list[ProposedContribution]:
        """Return what each of these rows would become, in a constant number of queries."""
        found = [self._propose_row(row) for row in rows]
        return self._with_differences(found) if "ref" in self._columns else found

    def _propose_row(self, row: SheetRow) -> ProposedContribution:
        raw_cells = {column: row.cells[at] for column, at in self._columns.items() if at < len(row.cells)}
        notes: list[str] = []
        problems = [problem for cell in raw_cells.values() if cell and (problem := _cell_problem(cell))]
        cells = {column: unescape_formula(cell) for column, cell in raw_cells.items()}
        step = self._step(cells.get("step", ""), notes)
        contribution = Contribution(
            trajectory=self._trajectory,
            ref=self._ref(cells.get("ref", ""), step, problems),
            step=step,
            party=self._party(cells.get("party", ""), notes),
            received_on=self._day(cells.get("received_on", ""), notes, problems) or self._defaults.received_on,
            theme=" ".join(cells.get("theme", "").split()),
            summary=cells.get("summary", ""),
            outcome=self._outcome(cells.get("outcome", ""), notes, problems),
            response=cells.get("response", ""),
            responded_on=self._day(cells.get("responded_on", ""), notes, problems),
        )
        problems += _model_errors(contribution)
        if contribution.outcome and not contribution.response:
            notes.append(_("Without a reason this is no answer yet."))
        if contribution.response and not contribution.outcome:
            notes.append(_("Without an outcome this is no answer yet."))
        notes += text_notes(f"{contribution.summary}\n{contribution.response}")
        known = contribution.ref in self._refs
        if known:
            # Notes on the text and the answer were shown when it was first recorded.
            notes.clear()
        if not contribution.summary and not (known and contribution.response):
            problems.append(_("The contribution itself is missing."))
        if known and self._refs[contribution.ref] is None:
            notes.append(_("This id stands in the sheet twice."))
        duplicate_key = _duplicate_key(contribution.summary, contribution.party)
        is_duplicate = known or duplicate_key in (self._seen_without_id if contribution.ref else self._seen)
        self._seen.add(duplicate_key)
        if contribution.ref:
            self._refs.setdefault(contribution.ref, None)
        return ProposedContribution(row.number, contribution, tuple(notes), tuple(problems), is_duplicate, known)

    def _ref(self, text: str, step: str, problems: list[str]) -> str:
        """Return the ref by which a row is recognised: an existing ref as it is, otherwise one derived from the id."""
        text = " ".join(text.split())
        if not text or text in self._refs or text.startswith(PREFIX):
            ref = text
        else:
            # Prefixed with the step: ids are often numbered from 1 at every meeting.
            ref = "-".join(filter(None, ("id", step, slugify(text) or text.encode().hex())))
        if len(ref) > 100:
            problems.append(_("The id is too long. Use at most 80 characters."))
        elif ITEM_REFS.problem(ref):
            problems.append(_("The id cannot be part of an address. Leave out slashes and full stops."))
        return ref[:100]

    def _step(self, text: str, notes: list[str]) -> str:
        default = self._defaults.step.ref if self._defaults.step else ""
        if not text:
            return default
        found = self._steps.get(heading(text))
        if found is None:
            notes.append(_("“%(name)s” is not a step of this trajectory.") % {"name": text})
        return found or default

    def _party(self, text: str, notes: list[str]) -> str:
        if not text:
            return self._defaults.party
        slug = self._parties.get(heading(text), "")
        if not slug:
            notes.append(_("“%(name)s” is not an organisation that we know. The name is not kept.") % {"name": text})
        return slug or self._defaults.party

    def _outcome(self, text: str, notes: list[str], problems: list[str]) -> str:
        label = heading(text)
        guessed = label.endswith("?")
        outcome = self._outcomes.get(label.rstrip("? "), "")
        if label and not outcome and not _cell_problem(text):
            known = ", ".join(str(LABELS[word]) for word in OUTCOMES)
            problems.append(_("“%(word)s” is not an outcome. Use: %(known)s.") % {"word": label, "known": known})
        if outcome and guessed:
            notes.append(_("The outcome is a guess, from the status there. Check it."))
        return outcome

    def _day(self, text: str, notes: list[str], problems: list[str]) -> ImpreciseDate | None:
        if text not in self._days:
            messages: tuple[list[str], list[str]] = [], []
            self._days[text] = self._new_day(text, *messages), messages
        day, (day_notes, day_problems) = self._days[text]
        notes += day_notes
        problems += day_problems
        return day

    def _new_day(self, text: str, notes: list[str], problems: list[str]) -> ImpreciseDate | None:
        if not text or _cell_problem(text):
            return None
        try:
            day, note = read_day(text)
        except NotADate as error:
            problems.append(f"“{text}”: {error}")
            return None
        notes += [note] if note else []
        if day.latest and day.latest.year < _MIN_YEAR:
            problems.append(_("“%(day)s” is before %(year)s. Check the year.") % {"day": text, "year": _MIN_YEAR})
        elif day.earliest and day.earliest > self._today:
            problems.append(_("“%(day)s” has yet to come. Check the date.") % {"day": text})
        return day

    def _with_differences(self, found: list[ProposedContribution]) -> list[ProposedContribution]:
        """Add what the sheet has newer, except where a user changed the text after an earlier import."""
        stored = {
            proposal.contribution.ref: self._refs[proposal.contribution.ref] for proposal in found if proposal.known
        }
        candidates = {
            row.pk: proposal
            for proposal in found
            if not proposal.problems
            and (row := stored.get(proposal.contribution.ref))
            and _differs(proposal.contribution, row)
        }
        if not candidates:
            return found
        earlier_texts: dict[int, set[str]] = defaultdict(set)
        history = Contribution.history.filter(id__in=candidates).order_by()
        for pk, summary in history.values_list("id", "summary"):
            earlier_texts[pk].add(without_numbers(summary))
        newest = dict(history.values_list("id").annotate(at=Max("history_id")))
        rows = Contribution.objects.in_bulk(candidates)
        differences = {
            proposal.number: difference
            for pk, proposal in candidates.items()
            if (difference := _difference(proposal.contribution, rows[pk], earlier_texts[pk], newest.get(pk, 0)))
        }
        return [proposal._replace(difference=differences.get(proposal.number)) for proposal in found]


def _model_errors(row: Contribution) -> list[str]:
    """Return the errors of the model's own validation."""
    try:
        # Columns of the row only: foreign keys were looked up in bulk.
        Model.clean_fields(row, exclude=[field.name for field in row._meta.fields if field.name != "theme"])
        row.clean()
    except ValidationError as error:
        found: Any = error.message_dict.items()
        return [f"{column_name(Contribution, name)}: {message}" for name, messages in found for message in messages]
    return []


def _differs(new: Contribution, stored: _StoredContribution) -> bool:
    answered = bool(new.outcome and new.response) and not stored.answered
    return answered or (bool(new.summary) and without_numbers(new.summary) != without_numbers(stored.summary))


def _difference(new: Contribution, row: Contribution, earlier_texts: set[str], version: int) -> CellDifference | None:
    was, becomes = [], []
    if new.summary and without_numbers(new.summary) not in earlier_texts:
        was.append(row.summary)
        becomes.append(new.summary)
        row.summary = new.summary
    if new.outcome and new.response and not (row.outcome or row.response):
        was.append(_("no answer yet"))
        becomes.append(f"{LABELS[new.outcome]}: {new.response}")
        row.outcome, row.response, row.responded_on = new.outcome, new.response, new.responded_on
    return CellDifference(row, "\n\n".join(was), "\n\n".join(becomes), version) if becomes else None


def _cell_problem(text: str) -> str:
    if _CELL_ERROR.fullmatch(text):
        return _("“%(cell)s” is an error of the spreadsheet. Correct it there, or type what should be here.") % {
            "cell": text
        }
    if _FORMULA.fullmatch(text):
        return _("“%(cell)s” is a formula without a result. Open the file in Excel, save it, and try again.") % {
            "cell": text[:60]
        }
    return ""


def text_notes(text: str) -> list[str]:
    """Return notes on what may be personal data or damaged letters in a text that everyone can read."""
    notes = []
    if _EMAIL_ADDRESS.search(text):
        notes.append(_("There is an e-mail address in the text. Take it out if it is of a person."))
    if _TELEPHONE.search(text):
        notes.append(_("There is a telephone number in the text. Take it out if it is of a person."))
    if MOJIBAKE.search(text):
        notes.append(_("Some letters look damaged. Check the accents."))
    return notes


def _organisations() -> dict[str, str]:
    rows = Organisation.objects.values_list("slug", "name")
    found = {key: slug for slug, name in rows for key in (heading(slug), heading(name))}
    return {**found, **_PARTY_WORDS, **{heading(str(LABELS[word])): word for word in AUDIENCES}}


def _outcomes() -> dict[str, str]:
    return {**_OUTCOME_WORDS, **{heading(str(LABELS[word])): word for word in OUTCOMES}}


def _steps(trajectory: Trajectory) -> dict[str, str]:
    rows: Sequence[tuple[str, str]] = list(
        Step.objects.filter(trajectory=trajectory).order_by("-pk").values_list("ref", "title")
    )
    return {heading(key): ref for ref, title in rows for key in (title, ref) if key}


def _duplicate_key(summary: str, party: str) -> tuple[str, str]:
    """Return the key by which two contributions are duplicates of each other."""
    return " ".join(summary.lower().split()), party
