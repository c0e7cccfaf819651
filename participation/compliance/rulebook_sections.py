"""Parsing of the sections of a rulebook besides its rules: sources, calendar, items, exceptions and findings.

Every section is added to that of the rulebook it extends.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from .calendar import Calendar, Recess
from .checks.plan import NEEDS
from .problems import ProblemReporter, closest_word_hint
from .rules import Citation, ExceptionGround, Item, Source
from .structure import (
    LANGUAGES,
    SNAKE_CASE,
    bilingual_text,
    brief,
    check_unknown_keys,
    day_of,
    flag_of,
    mapping_of,
    rows_of,
)
from .vocabulary import BASICS, STRENGTHS

_SOURCE_KEYS = (*LANGUAGES, "strength", "from", "known_from", "unread", "url")
_CALENDAR_KEYS = ("region", "school_holidays", "recesses", "equated_days")


def parse_sources(
    data: Mapping[str, Any], known: Mapping[str, Source], report: ProblemReporter
) -> Iterator[tuple[str, Source]]:
    """Yield the sources of a file by key; what cannot be read is reported, once: rules may cite it all the same."""
    for key, entry in mapping_of(data, "sources", report).items():
        place = report.at(entry, f"source {key}")
        check_unknown_keys(entry, _SOURCE_KEYS, place)
        entry = entry if isinstance(entry, dict) else {}
        text = bilingual_text({k: entry.get(k) for k in LANGUAGES}, place, "name")
        strength = entry.get("strength")
        if strength not in STRENGTHS:
            reason = "no strength" if strength is None else f"unknown strength {brief(strength)}"
            place.add(reason, closest_word_hint(str(strength), STRENGTHS))
            strength = ""
        source = Source(
            text,
            strength,
            day_of(entry, "from", place),
            str(entry.get("known_from") or ""),
            flag_of(entry, "unread", place),
            str(entry.get("url") or ""),
        )
        if str(key) in known:
            place.add("this source is there twice", "the rulebook that this one extends has it: choose another key")
        if not str(key).strip() or " " in str(key):
            place.add("the key of a source is one word", "write it like H, '003' or '21.0098/04'")
        if source.url and not source.url.startswith("https://"):
            place.add(f"url: {brief(source.url)} is not an address", "write `url: https://…`")
        yield str(key), source


def check_known_from(data: Mapping[str, Any], sources: Mapping[str, Source], report: ProblemReporter) -> None:
    """Report the sources of a file that are known from one that no rulebook has."""
    for key, entry in mapping_of(data, "sources", report).items():
        source = sources.get(str(key))
        if source and source.known_from and (source.known_from not in sources or source.known_from == str(key)):
            hint = closest_word_hint(source.known_from, [name for name in sources if name != str(key)])
            report.at(entry, f"source {key}").add(f"known_from: there is no source {source.known_from!r}", hint)


class CalendarParts:
    """The calendar as the files of a rulebook fill it: the base has the school holidays, a municipality its region."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.school_holidays: dict[str, list[Recess]] = {}
        self.recesses: list[Recess] = []
        self.equated: list[date] = []
        self.region = ""

    def add(self, data: Mapping[str, Any], report: ProblemReporter) -> None:
        """Add the calendar of a file; what cannot be read is reported."""
        found = mapping_of(data, "calendar", report)
        place = report.at(found, "calendar")
        check_unknown_keys(found, _CALENDAR_KEYS, place)
        holidays = mapping_of(found, "school_holidays", place)
        for region in holidays:
            self.school_holidays.setdefault(str(region), []).extend(_parse_recesses(holidays, region, place))
        self.recesses += _parse_recesses(found, "recesses", place)
        for day in rows_of(found, "equated_days", place):
            if isinstance(day, date):
                self.equated.append(day)
            else:
                place.add(f"{brief(day)} is not a day", "write 2026-05-15")
        region = found.get("region")
        if region is not None and str(region) not in self.school_holidays:
            hint = "list its holidays under `school_holidays:`, or extend a rulebook that does"
            place.add(f"unknown region {brief(region)}", closest_word_hint(str(region), self.school_holidays, hint))
        elif region is not None:
            self.region = str(region)

    def calendar(self) -> Calendar:
        """Return the calendar: the holidays of the region, the recesses of the municipality and the equated days."""
        return Calendar([*self.school_holidays.get(self.region, ()), *self.recesses], self.equated)


def _parse_recesses(data: Mapping[Any, Any], key: Any, report: ProblemReporter) -> Iterator[Recess]:
    for row in rows_of(data, key, report):
        place = report.at(row)
        values = row if isinstance(row, dict) else {}
        first, last, name = values.get("from"), values.get("to"), values.get("name")
        if isinstance(first, date) and isinstance(last, date) and first <= last and name:
            check_unknown_keys(row, ("name", "from", "to", "source"), place)
            yield Recess(str(name), first, last, str(values.get("source") or ""))
        else:
            hint = "write {name: …, from: 2026-07-18, to: 2026-08-30, source: …}"
            place.add(f"{key}: this recess cannot be read: {brief(row)}", hint)


def parse_items(
    data: Mapping[str, Any], section: str, known: Mapping[str, Item], report: ProblemReporter
) -> Iterator[tuple[str, Item]]:
    """Yield the plan items or report items of a file by id; what cannot be read is reported."""
    for key, entry in mapping_of(data, section, report).items():
        place = report.at(entry, section)
        _check_id(key, known, place)
        if section == "plan_items" and key in NEEDS:
            place.add(f"{key!r} is part of every plan", f"write `needs: [{key}]` without an item, or choose another id")
        check_unknown_keys(entry, (*LANGUAGES, "help"), place)
        entry = entry if isinstance(entry, dict) else {}
        name = bilingual_text({k: entry.get(k) for k in LANGUAGES}, place, f"name of {brief(key)}")
        help_text = bilingual_text(entry["help"], place, "help") if entry.get("help") is not None else None
        yield str(key), Item(name, help_text)


def parse_exceptions(
    data: Mapping[str, Any],
    known: Mapping[str, ExceptionGround],
    sources: Mapping[str, Source],
    report: ProblemReporter,
) -> Iterator[tuple[str, ExceptionGround]]:
    """Yield the grounds for holding no participation of a file by id; what cannot be read is reported."""
    for key, entry in mapping_of(data, "exceptions", report).items():
        place = report.at(entry, "exceptions")
        before = len(place.problems)
        _check_id(key, known, place)
        check_unknown_keys(entry, (*LANGUAGES, "source"), place)
        entry = entry if isinstance(entry, dict) else {}
        name = bilingual_text({k: entry.get(k) for k in LANGUAGES}, place, f"name of {brief(key)}")
        citation = parse_citation(entry.get("source"), sources, place)
        if citation and len(place.problems) == before:
            yield str(key), ExceptionGround(name, citation)


def parse_citation(row: Any, sources: Mapping[str, Source], report: ProblemReporter) -> Citation | None:
    """Return the source and the passage of `002 action 10`; None, reported, when there is no such source."""
    key, _, passage = str("" if row is None else row).partition(" ")
    if key in sources:
        return Citation(key, passage)
    reason = "no source" if not key else f"unknown source {brief(key)}"
    report.add(reason, closest_word_hint(key, sources, "" if sources else "add it under `sources:`"))
    return None


def _check_id(key: Any, known: Mapping[str, Any], report: ProblemReporter) -> None:
    if not (isinstance(key, str) and SNAKE_CASE.fullmatch(key)):
        report.add(f"the id {brief(key)} is not in snake_case", "write it like way_of_input")
    elif key in known:
        report.add(f"the id {key!r} is there twice", "the rulebook that this one extends has it: leave it out here")


def parse_findings(data: Mapping[str, Any], report: ProblemReporter) -> Iterator[Mapping[str, Any]]:
    """Yield the findings of others about the municipality as a whole; what cannot be read is reported."""
    for row in rows_of(data, "findings", report):
        place = report.at(row, "findings")
        finding = row if isinstance(row, dict) else {}
        before = len(place.problems)
        texts = {key: bilingual_text(finding.get(key), place, key) for key in ("by", "text")}
        if finding.get("basic") not in BASICS:
            hint = closest_word_hint(str(finding.get("basic")), BASICS)
            place.add(f"unknown basic {brief(finding.get('basic'))}", hint)
        if day_of(finding, "found_on", place) is None:
            place.add("no day on which it was found", "write `found_on: 2026-02-23`")
        if len(place.problems) == before:
            yield {**finding, **texts}


class Sections(NamedTuple):
    """What the rules of a rulebook may refer to."""

    sources: Mapping[str, Source]
    plan_items: Mapping[str, Item]
    report_items: Mapping[str, Item]
    exceptions: Mapping[str, ExceptionGround]
    calendar: Calendar
