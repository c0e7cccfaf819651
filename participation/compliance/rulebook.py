"""Loading of rulebooks from YAML; every problem is reported with file, rule and hint.

A rulebook may extend another: it adds rules, and may adjust the parameters of inherited ones.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from .calendar import Calendar
from .facts import OWNER_TYPES, OwnerFacts
from .problem_kinds import HintKind, ProblemKind
from .problems import ProblemReporter, RulebookError, RuleProblem, brief
from .rule_parser import RULE, RULE_ID, VERSIONS, read_rule, strength_of
from .rulebook_sections import (
    SECTIONS,
    CalendarParts,
    Sections,
    Values,
    parse_exceptions,
    parse_findings,
    parse_items,
    parse_sources,
)
from .rules import ExceptionGround, Item, Rule, Source, Text
from .structure import BilingualValue, FormatKey, ListValue, NameValue, RecordValue, TextValue
from .yaml_reader import MAX_BYTES, line_finder, read_yaml

RULEBOOKS_DIR = Path(__file__).parent.parent / "rulebooks"
#: The files in that folder that are no rulebook.
_OTHER_FILES = ("words",)
_HERE = Path()

#: A name stands in addresses and names of files.
SLUG = NameValue("[a-z0-9]+([-_][a-z0-9]+)*", "onze-stad", HintKind.HYPHENATED)
ADJUSTMENT = RecordValue(
    {
        "id": FormatKey(RULE_ID, "The rule of the extended rulebook.", is_required=True),
        "versions": FormatKey(VERSIONS, "All its versions, in place of those that it had.", is_required=True),
    },
    named_by="id",
)
#: The format of a rulebook.
RULEBOOK = RecordValue(
    {
        "rulebook": FormatKey(SLUG, "Its name.", is_required=True),
        "municipality": FormatKey(SLUG, "Slug of the municipality whose trajectories it judges; a base has none."),
        "extends": FormatKey(
            TextValue("basis"), "The rulebook that it adds to: basis, nl, leiden, amsterdam, or another file."
        ),
        "title": FormatKey(BilingualValue(), "Its title.", is_required=True),
        "notice": FormatKey(BilingualValue(), "What its readers must know first."),
        **SECTIONS,
        "retired": FormatKey(ListValue(RULE_ID), "Ids of rules that are gone: no rule may get them again."),
        "adjust": FormatKey(ListValue(ADJUSTMENT), "Rules of the extended rulebook that get other numbers."),
        "rules": FormatKey(ListValue(RULE), "Its own rules."),
    }
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

    def with_rules(self, rules: Iterable[Rule]) -> "Rulebook":
        """Return this rulebook with other rules."""
        sections = Sections(self.sources, self.plan_items, self.report_items, self.exceptions, self.calendar)
        return Rulebook(self.name, self.title, tuple(rules), sections, self.findings, self.municipality, self.notice)

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


def load(name_or_path: str | Path, folder: Path = _HERE) -> Rulebook:
    """Return the rulebook with this name or path, from this folder. Raises RulebookError with all its problems."""
    return _load(_path_of(name_or_path, folder))


def load_upload(content: bytes, file: str) -> Rulebook:
    """Return the rulebook in a file that somebody sent, which may extend a shipped one. Raises RulebookError.

    It can name no other file of this machine.
    """
    return _rulebook_of(_Content(file, content, None))


def shipped_rulebooks() -> list[str]:
    """Return the names of the rulebooks that come with the program."""
    return sorted(path.stem for path in RULEBOOKS_DIR.glob("*.yaml") if path.stem not in _OTHER_FILES)


@lru_cache(maxsize=16)
def _load(path: Path) -> Rulebook:
    try:
        return _rulebook_of(_content_of(path))
    except OSError as error:
        kind, values = _unreadable(error, ProblemKind.NO_RULEBOOK, ProblemKind.UNREADABLE)
        raise RulebookError([RuleProblem(path.name, "", kind, items=tuple(values.items()))]) from None


class _Content(NamedTuple):
    """The content of a file with its name, and its path, which is None when it was sent."""

    name: str
    content: bytes
    path: Path | None


def _content_of(path: Path) -> _Content:
    """Return a file; no more of it is read than may be. Raises OSError."""
    with path.open("rb") as file:
        return _Content(path.name, file.read(MAX_BYTES + 1), path)


def _unreadable(error: OSError, missing: ProblemKind, unreadable: ProblemKind) -> tuple[ProblemKind, dict[str, str]]:
    """Return which of these kinds of problem a file has that cannot be opened, with its values."""
    if isinstance(error, FileNotFoundError):
        return missing, {"known": ", ".join(shipped_rulebooks())}
    return unreadable, {"detail": str(error.strerror)}


def _path_of(name_or_path: str | Path, base_dir: Path) -> Path:
    name = str(name_or_path)
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return (base_dir / name).resolve()
    sibling = base_dir / f"{name}.yaml"
    return (sibling if base_dir != _HERE and sibling.exists() else RULEBOOKS_DIR / f"{name}.yaml").resolve()


class Layer(NamedTuple):
    """A file of a rulebook: one of the rulebooks that it extends, or its own."""

    data: Values
    report: ProblemReporter


class Entry(NamedTuple):
    """A rule as it stands in a file, with the places of the rule and of its versions."""

    data: Values
    report: ProblemReporter
    versions_report: ProblemReporter


def _rulebook_of(content: _Content) -> Rulebook:
    problems: list[RuleProblem] = []
    layers = _read_layers(content, problems)
    rulebook = _assemble(layers) if layers else None
    if problems or rulebook is None:
        files = [problem.file for problem in problems]
        raise RulebookError(
            sorted(dict.fromkeys(problems), key=lambda problem: (files.index(problem.file), problem.line))
        )
    return rulebook


def _read_layers(content: _Content, problems: list[RuleProblem]) -> list[Layer]:
    """Return the rulebook and those it extends, base first; none where one cannot be read."""
    layers: list[Layer] = []
    seen: list[Path | None] = []
    current: _Content | None = content
    while current is not None:
        report = ProblemReporter(problems, current.name, line_finder(current.content))
        data = _read_rulebook(current, report)
        if data is None:
            return []
        layers.append(Layer(data, report))
        seen.append(current.path)
        current = _extended(data["extends"], current, seen, report.at("extends"))
        if data["extends"] and current is None:
            return []
    return layers[::-1]


def _extended(name: str, content: _Content, seen: Sequence[Path | None], report: ProblemReporter) -> _Content | None:
    """Return the file that this one extends; None where it extends none, or, reported, one that cannot be used."""
    if not name:
        return None
    if content.path is None and name not in (known := shipped_rulebooks()):
        report.add_unknown(ProblemKind.NOT_OF_LEIDRAAD, name, known, value=brief(name))
        return None
    try:
        path = _path_of(name, content.path.parent if content.path else RULEBOOKS_DIR)
        if path not in seen:
            return _content_of(path)
    except OSError as error:
        kind, values = _unreadable(error, ProblemKind.EXTENDS_NOTHING, ProblemKind.EXTENDS_UNREADABLE)
        report.add(kind, value=brief(name), **values)
        return None
    circle = " -> ".join(found.stem for found in (*seen[seen.index(path) :], path) if found)
    report.add(ProblemKind.CIRCLE, circle=circle)
    return None


def _read_rulebook(content: _Content, report: ProblemReporter) -> Values | None:
    before = len(report.problems)
    data = read_yaml(content.content, report)
    if isinstance(data, dict) and "rulebook" in data:
        return RULEBOOK.read(data, report)
    if len(report.problems) == before:
        report.add(ProblemKind.NOT_A_RULEBOOK)
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
        sources.update(parse_sources(data, sources, report))
        plan_items.update(parse_items(data, "plan_items", plan_items, report))
        report_items.update(parse_items(data, "report_items", report_items, report))
        exceptions.update(parse_exceptions(data, exceptions, sources, report))
        calendar.add(data, report)
        retired.update(data["retired"])
        findings += parse_findings(data, sources, report)
        _adjust_entries(data, entries, sources, report)
        _add_entries(data, entries, report)
    for rule_id in sorted(retired & entries.keys()):
        entries[rule_id].report.at("id").add(ProblemKind.ID_RETIRED)
    sections = Sections(sources, plan_items, report_items, exceptions, calendar.calendar())
    rules = [read_rule(entry.data, sections, entry.report, entry.versions_report) for entry in entries.values()]
    own = layers[-1].data
    return Rulebook(
        own["rulebook"],
        own["title"],
        tuple(rule for rule in rules if rule),
        sections,
        tuple(findings),
        own["municipality"],
        own["notice"] if any(own["notice"].values()) else None,
    )


def _add_entries(data: Values, entries: dict[str, Entry], report: ProblemReporter) -> None:
    for index, entry in enumerate(data["rules"]):
        rule_id = entry["id"]
        place = report.at("rules", index, rule=rule_id)
        if rule_id in entries:
            place.at("id").add(ProblemKind.ID_TWICE, file=entries[rule_id].report.file)
        elif rule_id:
            entries[rule_id] = Entry(entry, place, place.at("versions"))


def _adjust_entries(
    data: Values, entries: dict[str, Entry], sources: Mapping[str, Source], report: ProblemReporter
) -> None:
    """Replace the versions of the rules that a file adjusts: those of the files that it extends."""
    own = {entry["id"] for entry in data["rules"]}
    adjusted: set[str] = set()
    for index, change in enumerate(data["adjust"]):
        rule_id = change["id"]
        place = report.at("adjust", index, rule=rule_id)
        entry = entries.get(rule_id)
        if not rule_id:
            continue
        if rule_id in adjusted:
            place.at("id").add(ProblemKind.ADJUSTED_TWICE)
        elif entry is None:
            _add_unknown_rule(rule_id, own, entries, place.at("id"))
        elif strength_of(entry.data, sources) == "law":
            place.add(ProblemKind.LAW_ADJUSTED)
        else:
            versions = {**entry.data, "versions": change["versions"]}
            entries[rule_id] = Entry(versions, entry.report, place.at("versions"))
        adjusted.add(rule_id)


def _add_unknown_rule(rule_id: str, own: Set[str], entries: Mapping[str, Entry], report: ProblemReporter) -> None:
    """Report that there is no such rule to adjust: one of this file, of another rulebook, or a wrong id."""
    kind = ProblemKind.NO_RULE_TO_ADJUST
    if rule_id in own:
        report.add(kind, HintKind.OWN_RULE)
    elif other := next((name for name in shipped_rulebooks() if rule_id in _own_rules(name)), ""):
        report.add(kind, HintKind.RULE_OF, other=other)
    else:
        report.add_unknown(kind, rule_id, entries, HintKind.ADJUST_INHERITED)


@lru_cache(maxsize=16)
def _own_rules(name: str) -> frozenset[str]:
    """Return the ids of the rules in the file of a shipped rulebook."""
    data = _read_rulebook(_content_of(RULEBOOKS_DIR / f"{name}.yaml"), ProblemReporter([], "")) or {"rules": []}
    return frozenset(entry["id"] for entry in data["rules"])
