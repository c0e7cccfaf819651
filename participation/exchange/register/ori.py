"""Importer of motions and commitments from council information systems: Open Raadsinformatie, VNG's ORI 2.0, Popolo.

Data that the register has no field for is listed in notes. Names of persons are never imported.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.dossier.errors import Problem
from participation.dossier.motion_number import normal_number
from participation.dossier.validate import problems_in

from ..html_texts import is_html, plain
from ..json_files import JsonError, parsed
from .entries import OriEntry, entries, how_many, section_named, sort_of
from .lists import doubles
from .values import (
    LEFT_OUT_AS_WELL,
    MOST_NUMBER,
    MOST_ROWS,
    MOST_TEXT,
    MOST_TITLE,
    Read,
    Unreadable,
    day_of,
    refused,
    shortened,
)
from .votes import EVENTS, RESULTS, TALLIES, Voting, voting_of

_NUMBERS: Final = ("identifier", "identifiers", "nummer", "number", "motienummer", "motionnumber", "kenmerk")
_IDS: Final = ("identificatie", "id", "@id", "_id", "url")
_TITLES: Final = ("name", "titel", "title", "naam")
_TEXTS: Final = ("text", "omschrijving", "dictum", "description", "tekst")
_SUBMITTED: Final = ("datumingediend", "date", "datesubmitted", "proposaldate", "datum")
_DECIDED: Final = ("resolutiondate", "datumbesluit", "besluitdatum")
_BODIES: Final = ("organization", "organisation", "publisher", "gremium", "georganiseerddoorgremium")
_VOTES: Final = (*RESULTS, *TALLIES, *EVENTS, "counts", "count", "votes", "status")
#: Keys with names of persons, which are not imported.
_PERSONS: Final = frozenset(
    {
        *("creator", "creatorid", "cocreator", "mover", "seconder", "indiener", "indieners", "auteur", "voters"),
        *("natuurlijkepersonen", "portefeuillehouder", "author", "authors", "submitters", "ondertekenaars"),
    }
)
#: Keys with technical metadata only.
_TECHNICAL: Final = frozenset({"@context", "@type", "_id", "updatedat", "createdat", *_IDS})
_USED: Final = frozenset({*_NUMBERS, *_TITLES, *_TEXTS, *_SUBMITTED, *_DECIDED, *_BODIES, *_VOTES})
#: The number of a motion at the start of its title: "M21.0098/04 Scenario's", "Motie 21.0098: …".
_IN_TITLE = re.compile(r"(?:Motie\s+)?(M?(?:00)?[0-9]{2}[./][0-9]{4}(?:/[0-9]+)?)(?=$|[\s:,.\-–])\s*[:\-–,.]?\s*", re.I)


def read_ori(content: bytes) -> Read:
    """Return the content of a JSON file as a register document: of a council information system, or our own format."""
    try:
        document = parsed(content)
    except JsonError as error:
        return refused(*error.problems)
    if isinstance(document, Mapping) and "register" in document:
        return _our_own(document)
    found = entries(document)
    if found is None:
        remedy = _(
            "Export the motions as JSON: a list of them, or an object with a list under motions, results or hits."
        )
        return refused(Problem("/", _("There are no motions or commitments in this file."), remedy))
    if (count := how_many(document)) > MOST_ROWS:
        reason = _("There are %(count)s entries in this file; at most %(most)s are read.")
        remedy = _("Ask for motions only, or for one year at a time.")
        return refused(Problem("/", reason % {"count": count, "most": MOST_ROWS}, remedy))
    return _OriReader(document).read(found)


def _our_own(document: Mapping[str, Any]) -> Read:
    """Return a register document in Leidraad's own format, validated."""
    remedy = _("Correct it in the file: %(hint)s.")
    problems = [
        Problem(
            p.place, _("This does not fit a register: %(reason)s.") % {"reason": p.reason}, remedy % {"hint": p.hint}
        )
        for p in problems_in(document)
    ]
    if problems:
        return refused(*problems)
    kept = {section: [dict(row) for row in document.get(section) or []] for section in ("motions", "commitments")}
    if sum(map(len, kept.values())) > MOST_ROWS:
        reason = _("There are more than %(most)s entries.") % {"most": MOST_ROWS}
        return refused(Problem("/", reason, _("Do it in parts.")))
    places = {section: tuple(f"/{section}/{index}" for index in range(len(rows))) for section, rows in kept.items()}
    return Read({"register": 1, **kept}, places)


class _OriReader:
    """Parser of the entries of one file that collects problems and what was not imported."""

    def __init__(self, document: Any) -> None:
        self.others: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.persons = 0
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.events = _loose_events(document)

    def read(self, found: Iterator[OriEntry]) -> Read:
        """Return these entries as a register document."""
        rows: dict[str, list[dict[str, Any]]] = {"motions": [], "commitments": []}
        places: dict[str, list[str]] = {"motions": [], "commitments": []}
        for one in found:
            if not one.values:
                self._wrong(one.place, _("This is no object."), _("A motion is written between { and }."))
                continue
            sort = sort_of(one)
            section = sort if sort in rows else section_named(one.path) if not sort or sort not in rows else ""
            if not section:
                self.others[sort or _("without a type")] += 1
                continue
            said = self._motion(one) if section == "motions" else self._commitment(one)
            if said and said not in rows[section]:
                rows[section].append(said)
                places[section].append(one.place)
        for section in rows:
            self.problems += doubles(section, rows[section], places[section])
        if not any(rows.values()) and not self.problems:
            self._wrong("/", _("There are no motions or commitments in this file."), _("Export the motions as JSON."))
        return Read(
            {"register": 1, **rows},
            {section: tuple(own) for section, own in places.items()},
            tuple(self.problems),
            tuple(self._all_notes()),
        )

    def _motion(self, one: OriEntry) -> dict[str, Any] | None:
        title, number = self._named(one)
        if not number:
            return None
        voting = voting_of(one, self.events, self._note)
        said: dict[str, Any] = {
            "number": number,
            "title": self._short(one, "title", title, MOST_TITLE),
            "dictum": self._short(one, "text", self._text(one, _TEXTS), MOST_TEXT),
            "body": self._body(one),
            "outcome": voting.outcome,
        }
        if voting.votes:
            said |= voting.votes._asdict()
        if day := self._decided_on(one, voting):
            said["adopted_on"] = day.to_json()
        self._count_rest(one)
        return {key: value for key, value in said.items() if value not in ("", None)}

    def _commitment(self, one: OriEntry) -> dict[str, Any] | None:
        title, number = self._named(one)
        if not number:
            return None
        text = self._text(one, _TEXTS)
        said: dict[str, Any] = {
            "number": number,
            "text": self._short(one, "text", "\n\n".join(t for t in (title, text) if t), MOST_TEXT),
        }
        if day := self._day(one, (*_DECIDED, *_SUBMITTED)):
            said["made_on"] = day.to_json()
        self._count_rest(one)
        return said

    def _named(self, one: OriEntry) -> tuple[str, str]:
        """Return the title and the number of an entry: its own, the one in its title, else its identifier."""
        title = " ".join(self._text(one, _TITLES).split())
        for key in _NUMBERS:
            if number := _number_in(one.values.get(key)):
                return title, self._fits(one, number)
        if in_title := _IN_TITLE.match(title):
            return title[in_title.end() :] or title, in_title[1]
        for key in _IDS:
            if number := text_of(one.values.get(key)).rstrip("/").rpartition("/")[2]:
                self._note(
                    _("%(place)s: has no number; it is known by its identification %(number)s."),
                    one.place,
                    number=number,
                )
                return title, self._fits(one, number)
        hint = _("Ask the supplier for the numbers, or record this one by hand.")
        self._wrong(one.place, _("It has no number, and nothing else that identifies it."), hint)
        return title, ""

    def _fits(self, one: OriEntry, number: str) -> str:
        number = " ".join(number.split())
        if len(number) > MOST_NUMBER:
            reason = _("The number is longer than %(most)s signs.") % {"most": MOST_NUMBER}
            self._wrong(one.at(*_NUMBERS, *_IDS), reason, _("Record this one by hand."))
            return ""
        return number

    def _decided_on(self, one: OriEntry, voting: Voting) -> ImpreciseDate | None:
        day = voting.on or self._day(one, _DECIDED)
        if day and voting.unclear:
            # With a date of decision but no outcome it would count as an adopted motion.
            self._note(LEFT_OUT_AS_WELL, one.place)
            return None
        if day:
            return day
        day = self._day(one, _SUBMITTED)
        if day is None:
            return None
        if voting.outcome not in ("adopted", "rejected") or not day.latest:
            self._note(
                _("%(place)s: only the day of submitting is known, not whether and when it was decided."), one.place
            )
            return None
        self._note(
            _("%(place)s: the day of the vote is not in the file. The day of submitting stands for it, as “about”."),
            one.place,
        )
        return day._replace(precision="approximate", text="") if day.precision == "day" else day

    def _day(self, one: OriEntry, keys: tuple[str, ...]) -> ImpreciseDate | None:
        for key in keys:
            if said := text_of(one.values.get(key)):
                place = one.at(key)
                try:
                    return day_of(said, partial(self._note_at, place))
                except Unreadable as error:
                    self._wrong(one.at(key), error.reason, error.hint)
                    return None
        return None

    def _body(self, one: OriEntry) -> str:
        for key in _BODIES:
            value = one.values.get(key)
            said = text_of(value)
            if isinstance(value, Mapping):
                said = said or text_of(value.get("gremiumnaam")) or text_of(value.get("classification"))
            if "commissie" in said.casefold() or "committee" in said.casefold():
                return "committee"
            if "raad" in said.casefold() or "council" in said.casefold():
                return "council"
            if said:
                self.left_out[one.printed[key]] += 1
        return ""

    def _text(self, one: OriEntry, keys: tuple[str, ...]) -> str:
        said = next((text for key in keys if (text := text_of(one.values.get(key)))), "")
        said = plain(said, marks=False) if is_html(said) else said
        said = "".join(sign for sign in said if sign.isprintable() or sign in "\n\t")
        lines = [line.strip() for line in said.splitlines()]
        # Collapse consecutive empty lines into one.
        return "\n".join(line for line, above in zip(lines, ["", *lines], strict=False) if line or above).strip()

    def _short(self, one: OriEntry, what: str, said: str, most: int) -> str:
        if len(said) > most:
            key = _TITLES if what == "title" else _TEXTS
            self.notes.append(
                _("%(place)s: the text was shortened to %(most)s signs.") % {"place": one.at(*key), "most": most}
            )
        return shortened(said, most)

    def _count_rest(self, one: OriEntry) -> None:
        self.persons += any(one.values.get(key) for key in _PERSONS)
        rest = one.values.keys() - _USED - _TECHNICAL - _PERSONS
        for key in rest:
            if one.values[key] not in (None, "", [], {}):
                self.left_out[one.printed[key]] += 1

    def _note(self, text: Any, place: str, **told: Any) -> None:
        self.notes.append(text % {"place": place, **told})

    def _note_at(self, place: str, note: str) -> None:
        self.notes.append(f"{place}: {note}")

    def _wrong(self, place: str, reason: str, hint: str) -> None:
        self.problems.append(Problem(place, reason, hint))

    def _all_notes(self) -> Iterator[str]:
        yield from self.notes
        if self.persons:
            yield _("Names of who submitted or voted are not kept, for the register is public: %(n)s times.") % {
                "n": self.persons
            }
        if self.left_out:
            yield _("Not taken over, for the register has no place for it: %(keys)s.") % {
                "keys": _counted(self.left_out)
            }
        if self.others:
            yield _("Left out, for they are no motion or commitment: %(sorts)s.") % {"sorts": _counted(self.others)}


def text_of(value: Any) -> str:
    """Return the text of a JSON-LD, Popolo or ORI value; "" if it has none."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return next((text for item in value if (text := text_of(item))), "")
    return next((text for key in ("@value", "name", "naam", "@id", "id") if (text := text_of(value.get(key)))), "")


def _number_in(value: Any) -> str:
    """Return the number in an identifier: a text, {"identifier": …}, or a list, preferring a number of a motion."""
    if isinstance(value, list):
        found = [number for item in value if (number := _number_in(item))]
        return next((number for number in found if normal_number(number) != number), found[0] if found else "")
    if isinstance(value, Mapping):
        return _number_in(value.get("identifier") or value.get("@value") or value.get("value"))
    return text_of(value)


def _loose_events(document: Any) -> dict[str, list[Mapping[str, Any]]]:
    """Return the vote events at the top level of the file, by the identifier of their motion."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    events = (document.get("vote_events") or document.get("voteEvents")) if isinstance(document, Mapping) else None
    for event in events if isinstance(events, list) else []:
        if isinstance(event, Mapping):
            of = text_of(event.get("motion_id")) or text_of(event.get("motion"))
            found.setdefault(of, []).append(event)
    return found


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{name} ({count}×)" for name, count in found.most_common(30))
