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
from participation.dossier.motion_number import normalize_number
from participation.dossier.validate import problems_in

from ..html_texts import html_to_text, is_html
from ..json_files import JsonError, parse_json
from .entries import OriEntry, count_entries, entries, section_in_path, type_of
from .lists import duplicate_problems
from .values import (
    DATE_LEFT_OUT,
    MAX_NUMBER_LENGTH,
    MAX_ROWS,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    SECTIONS,
    ParsedRegister,
    Unreadable,
    day_of,
    rejected_register,
    shorten,
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


def read_ori(content: bytes) -> ParsedRegister:
    """Return the content of a JSON file as a register document: of a council information system, or our own format."""
    try:
        document = parse_json(content)
    except JsonError as error:
        return rejected_register(*error.problems)
    if isinstance(document, Mapping) and "register" in document:
        return _read_own_format(document)
    found = entries(document)
    if found is None:
        remedy = _(
            "Export the motions as JSON: a list of them, or an object with a list under motions, results or hits."
        )
        return rejected_register(Problem("/", _("There are no motions or commitments in this file."), remedy))
    if (count := count_entries(document)) > MAX_ROWS:
        reason = _("There are %(count)s entries in this file; at most %(most)s are read.")
        remedy = _("Ask for motions only, or for one year at a time.")
        return rejected_register(Problem("/", reason % {"count": count, "most": MAX_ROWS}, remedy))
    return _OriReader(document).read(found)


def _read_own_format(document: Mapping[str, Any]) -> ParsedRegister:
    """Return a register document in Leidraad's own format, validated."""
    remedy = _("Correct it in the file: %(hint)s.")
    problems = [
        Problem(
            p.location, _("This does not fit a register: %(reason)s.") % {"reason": p.reason}, remedy % {"hint": p.hint}
        )
        for p in problems_in(document)
    ]
    if problems:
        return rejected_register(*problems)
    # A file may have no requests at all: those came later to the format.
    written = [section for section in SECTIONS if section != "requests" or document.get(section)]
    sections = {section: [dict(row) for row in document.get(section) or []] for section in written}
    if sum(map(len, sections.values())) > MAX_ROWS:
        reason = _("There are more than %(most)s entries.") % {"most": MAX_ROWS}
        return rejected_register(Problem("/", reason, _("Do it in parts.")))
    locations = {
        section: tuple(f"/{section}/{index}" for index in range(len(rows))) for section, rows in sections.items()
    }
    return ParsedRegister({"register": 1, **sections}, locations)


class _OriReader:
    """Parser of the entries of one file that collects problems and what was not imported."""

    def __init__(self, document: Any) -> None:
        self.others: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.persons = 0
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.events = _top_level_events(document)

    def read(self, found: Iterator[OriEntry]) -> ParsedRegister:
        """Return these entries as a register document."""
        rows: dict[str, list[dict[str, Any]]] = {"motions": [], "commitments": []}
        locations: dict[str, list[str]] = {"motions": [], "commitments": []}
        for entry in found:
            if not entry.values:
                self._add_problem(entry.location, _("This is no object."), _("A motion is written between { and }."))
                continue
            entry_type = type_of(entry)
            section = (
                entry_type
                if entry_type in rows
                else section_in_path(entry.path)
                if not entry_type or entry_type not in rows
                else ""
            )
            if not section:
                self.others[entry_type or _("without a type")] += 1
                continue
            content = self._motion(entry) if section == "motions" else self._commitment(entry)
            if content and content not in rows[section]:
                rows[section].append(content)
                locations[section].append(entry.location)
        for section in rows:
            self.problems += duplicate_problems(section, rows[section], locations[section])
        if not any(rows.values()) and not self.problems:
            self._add_problem(
                "/", _("There are no motions or commitments in this file."), _("Export the motions as JSON.")
            )
        return ParsedRegister(
            {"register": 1, **rows},
            {section: tuple(own) for section, own in locations.items()},
            tuple(self.problems),
            tuple(self._all_notes()),
        )

    def _motion(self, entry: OriEntry) -> dict[str, Any] | None:
        title, number = self._title_and_number(entry)
        if not number:
            return None
        voting = voting_of(entry, self.events, self._add_note)
        content: dict[str, Any] = {
            "number": number,
            "title": self._shorten(entry, "title", title, MAX_TITLE_LENGTH),
            "dictum": self._shorten(entry, "text", self._text(entry, _TEXTS), MAX_TEXT_LENGTH),
            "body": self._body(entry),
            "outcome": voting.outcome,
        }
        if voting.votes:
            content |= voting.votes._asdict()
        if day := self._decided_on(entry, voting):
            content["adopted_on"] = day.to_json()
        self._count_left_out(entry)
        return {key: value for key, value in content.items() if value not in ("", None)}

    def _commitment(self, entry: OriEntry) -> dict[str, Any] | None:
        title, number = self._title_and_number(entry)
        if not number:
            return None
        text = self._text(entry, _TEXTS)
        content: dict[str, Any] = {
            "number": number,
            "text": self._shorten(entry, "text", "\n\n".join(t for t in (title, text) if t), MAX_TEXT_LENGTH),
        }
        if day := self._day(entry, (*_DECIDED, *_SUBMITTED)):
            content["made_on"] = day.to_json()
        self._count_left_out(entry)
        return content

    def _title_and_number(self, entry: OriEntry) -> tuple[str, str]:
        """Return the title and the number of an entry: its own, the one in its title, else its identifier."""
        title = " ".join(self._text(entry, _TITLES).split())
        for key in _NUMBERS:
            if number := _number_in(entry.values.get(key)):
                return title, self._valid_number(entry, number)
        if in_title := _IN_TITLE.match(title):
            return title[in_title.end() :] or title, in_title[1]
        for key in _IDS:
            if number := text_of(entry.values.get(key)).rstrip("/").rpartition("/")[2]:
                self._add_note(
                    _("%(place)s: has no number; it is known by its identification %(number)s."),
                    entry.location,
                    number=number,
                )
                return title, self._valid_number(entry, number)
        hint = _("Ask the supplier for the numbers, or record this one by hand.")
        self._add_problem(entry.location, _("It has no number, and nothing else that identifies it."), hint)
        return title, ""

    def _valid_number(self, entry: OriEntry, number: str) -> str:
        number = " ".join(number.split())
        if len(number) > MAX_NUMBER_LENGTH:
            reason = _("The number is longer than %(most)s signs.") % {"most": MAX_NUMBER_LENGTH}
            self._add_problem(entry.pointer_to(*_NUMBERS, *_IDS), reason, _("Record this one by hand."))
            return ""
        return number

    def _decided_on(self, entry: OriEntry, voting: Voting) -> ImpreciseDate | None:
        day = voting.on or self._day(entry, _DECIDED)
        if day and voting.unclear:
            # With a date of decision but no outcome it would count as an adopted motion.
            self._add_note(DATE_LEFT_OUT, entry.location)
            return None
        if day:
            return day
        day = self._day(entry, _SUBMITTED)
        if day is None:
            return None
        if voting.outcome not in ("adopted", "rejected") or not day.latest:
            self._add_note(
                _("%(place)s: only the day of submitting is known, not whether and when it was decided."),
                entry.location,
            )
            return None
        self._add_note(
            _("%(place)s: the day of the vote is not in the file. The day of submitting stands for it, as “about”."),
            entry.location,
        )
        return day._replace(precision="approximate", text="") if day.precision == "day" else day

    def _day(self, entry: OriEntry, keys: tuple[str, ...]) -> ImpreciseDate | None:
        for key in keys:
            if content := text_of(entry.values.get(key)):
                location = entry.pointer_to(key)
                try:
                    return day_of(content, partial(self._add_note_at, location))
                except Unreadable as error:
                    self._add_problem(entry.pointer_to(key), error.reason, error.hint)
                    return None
        return None

    def _body(self, entry: OriEntry) -> str:
        for key in _BODIES:
            value = entry.values.get(key)
            content = text_of(value)
            if isinstance(value, Mapping):
                content = content or text_of(value.get("gremiumnaam")) or text_of(value.get("classification"))
            if "commissie" in content.casefold() or "committee" in content.casefold():
                return "committee"
            if "raad" in content.casefold() or "council" in content.casefold():
                return "council"
            if content:
                self.left_out[entry.original_keys[key]] += 1
        return ""

    def _text(self, entry: OriEntry, keys: tuple[str, ...]) -> str:
        content = next((text for key in keys if (text := text_of(entry.values.get(key)))), "")
        content = html_to_text(content, keep_structure=False) if is_html(content) else content
        content = "".join(character for character in content if character.isprintable() or character in "\n\t")
        lines = [line.strip() for line in content.splitlines()]
        # Collapse consecutive empty lines into one.
        return "\n".join(line for line, above in zip(lines, ["", *lines], strict=False) if line or above).strip()

    def _shorten(self, entry: OriEntry, field: str, content: str, max_length: int) -> str:
        if len(content) > max_length:
            key = _TITLES if field == "title" else _TEXTS
            self.notes.append(
                _("%(place)s: the text was shortened to %(most)s signs.")
                % {"place": entry.pointer_to(*key), "most": max_length}
            )
        return shorten(content, max_length)

    def _count_left_out(self, entry: OriEntry) -> None:
        self.persons += any(entry.values.get(key) for key in _PERSONS)
        rest = entry.values.keys() - _USED - _TECHNICAL - _PERSONS
        for key in rest:
            if entry.values[key] not in (None, "", [], {}):
                self.left_out[entry.original_keys[key]] += 1

    def _add_note(self, text: Any, location: str, **params: Any) -> None:
        self.notes.append(text % {"place": location, **params})

    def _add_note_at(self, location: str, note: str) -> None:
        self.notes.append(f"{location}: {note}")

    def _add_problem(self, location: str, reason: str, hint: str) -> None:
        self.problems.append(Problem(location, reason, hint))

    def _all_notes(self) -> Iterator[str]:
        yield from self.notes
        if self.persons:
            yield _("Names of who submitted or voted are not kept, for the register is public: %(n)s times.") % {
                "n": self.persons
            }
        if self.left_out:
            yield _("Not imported, because the register has no field for it: %(keys)s.") % {
                "keys": _format_counts(self.left_out)
            }
        if self.others:
            yield _("Left out, for they are no motion or commitment: %(sorts)s.") % {
                "sorts": _format_counts(self.others)
            }


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
        return next((number for number in found if normalize_number(number) != number), found[0] if found else "")
    if isinstance(value, Mapping):
        return _number_in(value.get("identifier") or value.get("@value") or value.get("value"))
    return text_of(value)


def _top_level_events(document: Any) -> dict[str, list[Mapping[str, Any]]]:
    """Return the vote events at the top level of the file, by the identifier of their motion."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    events = (document.get("vote_events") or document.get("voteEvents")) if isinstance(document, Mapping) else None
    for event in events if isinstance(events, list) else []:
        if isinstance(event, Mapping):
            motion_id = text_of(event.get("motion_id")) or text_of(event.get("motion"))
            found.setdefault(motion_id, []).append(event)
    return found


def _format_counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} ({count}×)" for name, count in found.most_common(30))
