"""A batch of contributions from a sheet: what would be recorded, shown before it is, and then recorded in one go."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from participation.compliance.dates import When
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import AUDIENCES, OUTCOMES
from participation.exchange.sheets import Row, Sheet, heading
from participation.models import Contribution, Entry, Organisation, Step, Trajectory, User
from participation.models.words import LABELS

from .recording import next_ref, recording

#: What a column can hold, and the headings by which it is recognised, in Dutch and English.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "summary": (
        *("samenvatting", "inbreng", "bijdrage", "reactie van bewoner", "opmerking", "idee", "vraag", "tekst"),
        *("summary", "contribution", "comment", "remark", "idea", "text"),
    ),
    "party": ("van", "wie", "partij", "organisatie", "indiener", "afzender", "from", "party", "organisation"),
    "received_on": ("ontvangen", "ontvangen op", "datum", "dag", "received", "received on", "date"),
    "theme": ("thema", "onderwerp", "categorie", "theme", "topic", "category", "subject"),
    "outcome": ("uitkomst", "besluit", "wat ermee is gedaan", "outcome"),
    "response": ("antwoord", "reactie", "motivering", "toelichting", "response", "answer", "reason"),
    "responded_on": ("beantwoord", "beantwoord op", "datum antwoord", "answered on", "responded on"),
}
KNOWN = frozenset(name for names in COLUMNS.values() for name in names)
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


class Defaults(NamedTuple):
    """What holds for every row that does not say otherwise: the step (or None), from whom, received on which day."""

    step: Step | None
    party: str
    received_on: When | None


class Proposed(NamedTuple):
    """A contribution as a row proposes it; ``double`` where it is there already, or stands twice in the sheet."""

    number: int
    contribution: Contribution
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    double: bool

    @property
    def takes_part(self) -> bool:
        """Tell whether it is recorded unless someone decides otherwise."""
        return not self.problems and not self.double


def columns_of(sheet: Sheet) -> dict[str, int]:
    """Return which column holds what, as the headings say it; without headings the last column is the summary.

    A sheet of one column without headings is one contribution a row; of two, who and what.
    """
    found: dict[str, int] = {}
    for index, text in enumerate(sheet.headings):
        for column, names in COLUMNS.items():
            if heading(text) in names:
                found.setdefault(column, index)
    if not sheet.headings:
        found = {"summary": 0} if sheet.width == 1 else {"party": 0, "summary": sheet.width - 1}
    return found


def proposed(
    sheet: Sheet,
    columns: Mapping[str, int],
    trajectory: Trajectory,
    defaults: Defaults,
    read_day: Callable[[str], When | None],
) -> list[Proposed]:
    """Return what each row would become. Nothing is written.

    ``read_day`` reads a day as people write it and raises ValidationError on what is none. Names that are not of a
    known organisation are not kept: they may be of a person.
    """
    if "summary" not in columns:
        raise ValidationError(_("Say which column holds the contributions themselves."))
    names = _organisations()
    there = {
        _same(summary, party)
        for summary, party in Contribution.objects.filter(trajectory=trajectory).values_list("summary", "party")
    }
    found = []
    for row in sheet.rows:
        one = _proposed(row, columns, trajectory, defaults, read_day, names, there)
        found.append(one)
        there.add(_same(one.contribution.summary, one.contribution.party))
    return found


def record_contributions(
    by: User,
    trajectory: Trajectory,
    contributions: Sequence[Contribution],
    *,
    rulebook: Rulebook,
    today: date,
    now: datetime,
) -> Entry | None:
    """Record these in one go and return the entry. Raises ValidationError where one of them is not sound."""
    about = _about(contributions)
    with recording(by, trajectory, "added", about=about, rulebook=rulebook, today=today, now=now) as recorder:
        number = int(next_ref(trajectory, "c")[1:])
        for index, contribution in enumerate(contributions):
            contribution.ref = f"c{number + index}"
        recorder.save_all(contributions)
    return recorder.entry


class Answer(NamedTuple):
    """What is done with one contribution, and why."""

    contribution: Contribution
    outcome: str
    response: str


def record_answers(
    by: User,
    trajectory: Trajectory,
    answers: Iterable[Answer],
    responded_on: When,
    *,
    rulebook: Rulebook,
    today: date,
    now: datetime,
) -> Entry | None:
    """Record these answers in one go and return the entry, or None where there was none."""
    found = list(answers)
    about = _about([answer.contribution for answer in found])
    with recording(by, trajectory, "answered", about=about, rulebook=rulebook, today=today, now=now) as recorder:
        for contribution, outcome, response in found:
            contribution.outcome, contribution.response = outcome, response
            contribution.responded_on = responded_on
        recorder.save_all([answer.contribution for answer in found])
    return recorder.entry


def _about(contributions: Sequence[Contribution]) -> str:
    if len(contributions) == 1:
        return contributions[0].summary[:100] or contributions[0].theme
    return _("%(count)s contributions") % {"count": len(contributions)}


def _proposed(
    row: Row,
    columns: Mapping[str, int],
    trajectory: Trajectory,
    defaults: Defaults,
    read_day: Callable[[str], When | None],
    names: Mapping[str, str],
    there: Collection[tuple[str, str]],
) -> Proposed:
    cells = {column: row.cells[index] for column, index in columns.items() if index < len(row.cells)}
    notes: list[str] = []
    problems: list[str] = []

    def day(column: str, otherwise: When | None) -> When | None:
        text = cells.get(column, "")
        if not text:
            return otherwise
        try:
            return read_day(text)
        except ValidationError as error:
            problems.extend(error.messages)
            return None

    party = cells.get("party", "")
    slug = names.get(heading(party), "") if party else defaults.party
    if party and not slug:
        slug = defaults.party
        notes.append(_("“%(name)s” is not an organisation that we know. The name is not kept.") % {"name": party})
    said = heading(cells.get("outcome", ""))
    outcome = _outcomes().get(said, "")
    if said and not outcome:
        known = ", ".join(str(LABELS[word]) for word in OUTCOMES)
        problems.append(_("“%(word)s” is not an outcome. Use: %(known)s.") % {"word": said, "known": known})
    contribution = Contribution(
        trajectory=trajectory,
        step=defaults.step.ref if defaults.step else "",
        party=slug,
        received_on=day("received_on", defaults.received_on),
        theme=cells.get("theme", ""),
        summary=cells.get("summary", ""),
        outcome=outcome,
        response=cells.get("response", ""),
        responded_on=day("responded_on", None),
    )
    if not contribution.summary:
        problems.append(_("The contribution itself is missing."))
    double = _same(contribution.summary, slug) in there
    return Proposed(row.number, contribution, tuple(notes), tuple(problems), double)


def _organisations() -> dict[str, str]:
    rows = Organisation.objects.values_list("slug", "name")
    found = {key: slug for slug, name in rows for key in (heading(slug), heading(name))}
    return {**found, **_PARTY_WORDS, **{heading(str(LABELS[word])): word for word in AUDIENCES}}


def _outcomes() -> dict[str, str]:
    return {**_OUTCOME_WORDS, **{heading(str(LABELS[word])): word for word in OUTCOMES}}


def _same(summary: str, party: str) -> tuple[str, str]:
    """Return what makes two contributions the same for whoever pastes a sheet twice."""
    return " ".join(summary.lower().split()), party
