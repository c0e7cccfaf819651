"""Loading of rulebooks from YAML; every problem is reported with file, rule and hint.

A rulebook may extend another: it adds rules, and may adjust the parameters of inherited ones.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from .calendar import Calendar
from .facts import OWNER_TYPES, OwnerFacts
from .problems import ProblemReporter, RulebookError, RuleProblem, closest_word_hint
from .rule_parser import read_rule, strength_of
from .rulebook_sections import (
    CalendarParts,
    Sections,
    check_known_from,
    parse_exceptions,
    parse_findings,
    parse_items,
    parse_sources,
)
from .rules import ExceptionGround, Item, Rule, Source, Text
from .structure import SLUG, bilingual_text, brief, check_unknown_keys, rows_of
from .yaml_reader import read_yaml

RULEBOOKS_DIR = Path(__file__).parent.parent / "rulebooks"
#: The files in that folder that are no rulebook.
_OTHER_FILES = ("words",)

_KEYS = (
    "rulebook",
    "municipality",
    "extends",
    "title",
    "notice",
    "sources",
    "calendar",
    "plan_items",
    "report_items",
    "exceptions",
    "findings",
    "retired",
    "adjust",
    "rules",
)


class Rulebook:
    """The rules of a municipality, with the calendar, sources, items and exceptions that they refer to."""

    def __init__(
        self,
        name: str,
        title: Text,
        rules: tuple[Rule, ...],
        sections: Sections,
        findings: tuple[Mapping[str, Any], ...] = (),
        municipality: str = "",
        notice: Text | None = None,
    ) -> None:
        """Store the rules, sorted by id, and compute the hash."""
        self.name = name
        self.title = title
        #: What its readers must know first, such as that a text was read second-hand.
        self.notice = notice
        self.rules = tuple(sorted(rules, key=lambda rule: rule.id))
        self.by_id = {rule.id: rule for rule in self.rules}
        self.calendar: Calendar = sections.calendar
        self.sources: Mapping[str, Source] = sections.sources
        #: What the municipality's plan and final report must hold besides what every plan has.
        self.plan_items: Mapping[str, Item] = sections.plan_items
        self.report_items: Mapping[str, Item] = sections.report_items
        #: The grounds on which it may decide to hold no participation.
        self.exceptions: Mapping[str, ExceptionGround] = sections.exceptions
        self.findings = findings
        #: Slug of the municipality whose trajectories it judges; empty for a base such as nl.
        self.municipality = municipality
        self.hash = self._fingerprint()
        self._rules_by_owner_type = {
            owner_type: tuple(rule for rule in self.rules if rule.is_about(owner_type))
            for owner_type in OWNER_TYPES.values()
        }

    def rules_about(self, facts: OwnerFacts) -> tuple[Rule, ...]:
        """Return the rules for this type of owner."""
        return self._rules_by_owner_type[OWNER_TYPES[type(facts)]]

    def unread_sources(self) -> dict[str, Source]:
        """Return the sources, by key, that apply while not all of them is encoded in rules yet."""
        return {key: source for key, source in self.sources.items() if source.unread}

    def _fingerprint(self) -> str:
        """Return a hash of everything that affects outcomes; texts and examples are excluded."""
        rule_data = [
            [
                rule.id,
                rule.strength,
                rule.check,
                rule.scope,
                [[v.first, v.last, sorted(v.parameters.items())] for v in rule.versions],
            ]
            for rule in self.rules
        ]
        words = [sorted(found) for found in (self.plan_items, self.report_items, self.exceptions)]
        days = [self.calendar.recesses, sorted(self.calendar.equated)]
        text = json.dumps([self.municipality, rule_data, words, days], default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load(name_or_path: str | Path) -> Rulebook:
    """Return the rulebook with this name or path. Raises RulebookError with all its problems."""
    return _load(_path_of(name_or_path, Path()))


def shipped_rulebooks() -> list[str]:
    """Return the names of the rulebooks that come with the program."""
    return sorted(path.stem for path in RULEBOOKS_DIR.glob("*.yaml") if path.stem not in _OTHER_FILES)


@lru_cache(maxsize=16)
def _load(path: Path) -> Rulebook:
    problems: list[RuleProblem] = []
    layers = _read_layers(path, problems)
    rulebook = _assemble(layers) if layers else None
    if problems or rulebook is None:
        raise RulebookError(problems)
    return rulebook


def _path_of(name_or_path: str | Path, base_dir: Path) -> Path:
    name = str(name_or_path)
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return (base_dir / name).resolve()
    sibling = base_dir / f"{name}.yaml"
    return (sibling if base_dir != Path() and sibling.exists() else RULEBOOKS_DIR / f"{name}.yaml").resolve()


class Layer(NamedTuple):
    """A file of a rulebook: one of the rulebooks that it extends, or its own."""

    data: Mapping[str, Any]
    report: ProblemReporter


class Entry(NamedTuple):
    """A rule as it stands in a file, with the places of the rule and of its versions."""

    data: Mapping[str, Any]
    report: ProblemReporter
    versions_report: ProblemReporter


def _read_layers(path: Path, problems: list[RuleProblem]) -> list[Layer]:
    """Return the rulebook and those it extends, base first."""
    layers: list[Layer] = []
    seen: list[Path] = []
    current_path: Path | None = path
    while current_path is not None:
        report = ProblemReporter(problems, current_path.name)
        if current_path in seen:
            cycle = " -> ".join(p.stem for p in [*seen, current_path])
            problems.append(RuleProblem(path.name, "", f"rulebooks extend each other: {cycle}", "break the circle"))
            return []
        seen.append(current_path)
        data = _read_rulebook(current_path, report)
        if data is None:
            return []
        check_unknown_keys(data, _KEYS, report)
        layers.append(Layer(data, report))
        current_path = _path_of(data["extends"], current_path.parent) if data.get("extends") else None
    return layers[::-1]


def _read_rulebook(path: Path, report: ProblemReporter) -> Mapping[str, Any] | None:
    before = len(report.problems)
    try:
        data = read_yaml(path, report)
    except OSError:
        report.add("there is no such rulebook", f"known ones: {', '.join(shipped_rulebooks())}")
        return None
    if isinstance(data, dict) and "rulebook" in data:
        return data
    if len(report.problems) == before:
        report.add("this is no rulebook", "begin with `rulebook: NAME` and a list `rules:`")
    return None


def _assemble(layers: list[Layer]) -> Rulebook:
    entries: dict[str, Entry] = {}
    sources: dict[str, Source] = {}
    plan_items: dict[str, Item] = {}
    report_items: dict[str, Item] = {}
    exceptions: dict[str, ExceptionGround] = {}
    calendar = CalendarParts()
    retired: set[str] = set()
    findings: list[Mapping[str, Any]] = []
    for data, report in layers:
        sources.update(parse_sources(data, dict(sources), report))
        check_known_from(data, sources, report)
        plan_items.update(parse_items(data, "plan_items", dict(plan_items), report))
        report_items.update(parse_items(data, "report_items", dict(report_items), report))
        exceptions.update(parse_exceptions(data, dict(exceptions), sources, report))
        calendar.add(data, report)
        retired |= set(map(str, rows_of(data, "retired", report)))
        findings += parse_findings(data, report)
        for entry in rows_of(data, "rules", report):
            _add_entry(entry, entries, report)
        for change in rows_of(data, "adjust", report):
            _adjust_entry(change, entries, sources, report)
    for rule_id in sorted(retired & entries.keys()):
        entries[rule_id].report.add("this id is retired", "an id is never used again: choose another")
    sections = Sections(sources, plan_items, report_items, exceptions, calendar.calendar())
    rules = [read_rule(entry.data, sections, entry.report, entry.versions_report) for entry in entries.values()]
    last, report = layers[-1]
    title = bilingual_text(last.get("title"), report, "title")
    notice = bilingual_text(last["notice"], report, "notice") if last.get("notice") is not None else None
    return Rulebook(
        _name_of(last, "rulebook", report),
        title,
        tuple(rule for rule in rules if rule),
        sections,
        tuple(findings),
        _name_of(last, "municipality", report),
        notice,
    )


def _name_of(data: Mapping[str, Any], key: str, report: ProblemReporter) -> str:
    """Return the name under this key, "" where there is none; it stands in addresses and names of files."""
    found = data.get(key)
    if found is None:
        return ""
    if not (isinstance(found, str) and SLUG.fullmatch(found)):
        report.add(f"{key}: {brief(found)} is not a name like onze-stad", "use small letters, digits and hyphens")
    return str(found)


def _add_entry(entry: Any, entries: dict[str, Entry], report: ProblemReporter) -> None:
    rule_id = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(rule_id, str):
        report.at(entry).add(f"a rule without an id: {brief(entry)}", "give it `id: some-name`")
        return
    place = report.at(entry, rule_id)
    if rule_id in entries:
        file = entries[rule_id].report.file
        place.add("this id is there twice", f"it is also in {file}; to change its numbers use `adjust:`")
    else:
        entries[rule_id] = Entry(entry, place, place)


def _adjust_entry(
    change: Any, entries: dict[str, Entry], sources: Mapping[str, Source], report: ProblemReporter
) -> None:
    found = change.get("id") if isinstance(change, dict) else None
    rule_id = found if isinstance(found, str) else ""
    place = report.at(change, rule_id)
    if rule_id not in entries:
        place.add("there is no such rule to adjust", _hint_to_adjust(rule_id, entries))
        return
    check_unknown_keys(change, ("id", "versions"), place)
    entry = entries[rule_id]
    if strength_of(entry.data, sources) == "law":
        place.add("a rule of law cannot be adjusted", "only the legislator does; add a rule of your own beside it")
        return
    entries[rule_id] = Entry({**entry.data, "versions": change.get("versions")}, entry.report, place)


def _hint_to_adjust(rule_id: str, entries: Mapping[str, Entry]) -> str:
    """Return a hint that names the rulebook which has the rule, else the closest rule of this one."""
    silent = ProblemReporter([], "")
    for name in shipped_rulebooks():
        data = _read_rulebook(RULEBOOKS_DIR / f"{name}.yaml", silent) or {}
        rules = rows_of(data, "rules", silent)
        if any(isinstance(entry, dict) and entry.get("id") == rule_id for entry in rules):
            return f"it is a rule of {name}: write `extends: {name}`, or add a rule of your own"
    return closest_word_hint(rule_id, entries, "adjust a rule of the rulebook that this one extends")
