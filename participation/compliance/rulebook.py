"""Loading of rulebooks from YAML; every problem is reported with file, rule and hint.

A rulebook may extend another: it adds rules, and may adjust the parameters of inherited ones.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .calendar import Calendar, Recess
from .facts import OWNER_TYPES, OwnerFacts
from .problems import RulebookError, RuleProblem
from .rule_parser import RuleReader, bilingual_text, check_unknown_keys, closest_word_hint, rows_of
from .rules import Rule
from .vocabulary import BASICS

RULEBOOKS_DIR = Path(__file__).parent.parent / "rulebooks"

_KEYS = (
    "rulebook",
    "municipality",
    "extends",
    "title",
    "sources",
    "calendar",
    "findings",
    "retired",
    "adjust",
    "rules",
)


class Rulebook:
    """The rules of a municipality, with their calendar, sources and findings."""

    def __init__(
        self,
        name: str,
        title: Mapping[str, str],
        rules: tuple[Rule, ...],
        calendar: Calendar,
        sources: Mapping[str, Mapping[str, str]],
        findings: tuple[Mapping[str, Any], ...] = (),
        municipality: str = "",
    ) -> None:
        """Store the rules, sorted by id, and compute the hash."""
        self.name = name
        self.title = title
        self.rules = tuple(sorted(rules, key=lambda rule: rule.id))
        self.by_id = {rule.id: rule for rule in self.rules}
        self.calendar = calendar
        self.sources = sources
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
        days = [self.calendar.recesses, sorted(self.calendar.equated)]
        text = json.dumps([rule_data, days], default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load(name_or_path: str | Path) -> Rulebook:
    """Return the rulebook with this name or path. Raises RulebookError with all its problems."""
    return _load(_path_of(name_or_path, Path()))


@lru_cache(maxsize=16)
def _load(path: Path) -> Rulebook:
    problems: list[RuleProblem] = []
    layers = _read_layers(path, problems)
    rulebook = _assemble(layers, problems) if layers else None
    if problems or rulebook is None:
        raise RulebookError(problems)
    return rulebook


def _path_of(name_or_path: str | Path, base_dir: Path) -> Path:
    name = str(name_or_path)
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return (base_dir / name).resolve()
    sibling = base_dir / f"{name}.yaml"
    return (sibling if base_dir != Path() and sibling.exists() else RULEBOOKS_DIR / f"{name}.yaml").resolve()


class _Loader(yaml.SafeLoader):
    """Safe YAML loader that keeps `on` and `no` as strings and rejects duplicate keys.

    By default the last of two duplicate keys silently wins.
    """

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _read_yaml(path: Path, problems: list[RuleProblem]) -> dict[str, Any] | None:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 a SafeLoader
    except FileNotFoundError:
        known = sorted(p.stem for p in RULEBOOKS_DIR.glob("*.yaml") if p.stem != "words")
        problems.append(RuleProblem(path.name, "", "there is no such rulebook", f"known ones: {', '.join(known)}"))
    except UnicodeDecodeError:
        problems.append(RuleProblem(path.name, "", "the file is not UTF-8", "save it as UTF-8"))
    except yaml.YAMLError as error:
        location = getattr(error, "problem_mark", None)
        line = f"line {location.line + 1}, column {location.column + 1}: " if location else ""
        reason = getattr(error, "problem", None) or str(error)
        problems.append(RuleProblem(path.name, "", f"{line}{reason}", "check indentation, colons and quotes there"))
    else:
        if isinstance(data, dict) and "rulebook" in data:
            return data
        problems.append(
            RuleProblem(path.name, "", "this is no rulebook", "begin with `rulebook: NAME` and a list `rules:`")
        )
    return None


def _read_layers(path: Path, problems: list[RuleProblem]) -> list[tuple[str, dict[str, Any]]]:
    """Return the rulebook and those it extends, base first."""
    layers: list[tuple[str, dict[str, Any]]] = []
    seen: list[Path] = []
    current_path: Path | None = path
    while current_path is not None:
        if current_path in seen:
            cycle = " -> ".join(p.stem for p in [*seen, current_path])
            problems.append(RuleProblem(path.name, "", f"rulebooks extend each other: {cycle}", "break the circle"))
            return []
        seen.append(current_path)
        data = _read_yaml(current_path, problems)
        if data is None:
            return []
        check_unknown_keys(data, _KEYS, current_path.name, "", problems)
        layers.append((current_path.name, data))
        current_path = _path_of(data["extends"], current_path.parent) if data.get("extends") else None
    return layers[::-1]


def _assemble(layers: list[tuple[str, dict[str, Any]]], problems: list[RuleProblem]) -> Rulebook:
    entries: dict[str, tuple[str, dict[str, Any]]] = {}
    sources: dict[str, Mapping[str, str]] = {}
    retired: set[str] = set()
    recesses: list[Recess] = []
    equated: list[date] = []
    findings: list[Mapping[str, Any]] = []
    for file, data in layers:
        for key, text in mapping_of(data, "sources", file, problems).items():
            sources[str(key)] = bilingual_text(text, file, f"source {key}", problems)
        retired |= set(map(str, rows_of(data, "retired", file, "", problems)))
        _parse_calendar(mapping_of(data, "calendar", file, problems), file, recesses, equated, problems)
        findings += _parse_findings(data, file, problems)
        for entry in rows_of(data, "rules", file, "", problems):
            _add_entry(entry, file, entries, problems)
        for change in rows_of(data, "adjust", file, "", problems):
            _adjust_entry(change, file, entries, problems)
    for rule_id in sorted(retired & entries.keys()):
        file = entries[rule_id][0]
        problems.append(RuleProblem(file, rule_id, "this id is retired", "an id is never used again: choose another"))
    calendar = Calendar(recesses, equated)
    reader = RuleReader(sources, calendar, problems)
    rules = [rule for file, entry in entries.values() if (rule := reader.read(entry, file))]
    last = layers[-1][1]
    title = bilingual_text(last.get("title"), layers[-1][0], "", problems, description="title")
    municipality = str(last.get("municipality") or "")
    return Rulebook(str(last["rulebook"]), title, tuple(rules), calendar, sources, tuple(findings), municipality)


def mapping_of(data: Mapping[str, Any], key: str, file: str, problems: list[RuleProblem]) -> dict[Any, Any]:
    """Return the mapping under this key; add a problem when it is something else."""
    found = data.get(key)
    if found is None or isinstance(found, dict):
        return found or {}
    hint = f"write `{key}:` and below it, indented, `name: value`"
    problems.append(RuleProblem(file, "", f"{key}: {str(found)[:60]!r} is not a list of keys", hint))
    return {}


def _parse_findings(data: Mapping[str, Any], file: str, problems: list[RuleProblem]) -> Iterator[Mapping[str, Any]]:
    for row in rows_of(data, "findings", file, "", problems):
        finding = row if isinstance(row, dict) else {}
        before = len(problems)
        texts = {key: bilingual_text(finding.get(key), file, "findings", problems, key) for key in ("by", "text")}
        if finding.get("basic") not in BASICS:
            hint = closest_word_hint(str(finding.get("basic")), BASICS)
            problems.append(RuleProblem(file, "findings", f"unknown basic {finding.get('basic')!r}", hint))
        if not isinstance(finding.get("found_on"), date):
            problems.append(
                RuleProblem(file, "findings", "no day on which it was found", "write `found_on: 2026-02-23`")
            )
        if len(problems) == before:
            yield {**finding, **texts}


def _add_entry(
    entry: Any, file: str, entries: dict[str, tuple[str, dict[str, Any]]], problems: list[RuleProblem]
) -> None:
    rule_id = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(rule_id, str):
        problems.append(RuleProblem(file, "", f"a rule without an id: {str(entry)[:60]}", "give it `id: some-name`"))
    elif rule_id in entries:
        hint = f"it is also in {entries[rule_id][0]}; to change its numbers use `adjust:`"
        problems.append(RuleProblem(file, rule_id, "this id is there twice", hint))
    else:
        entries[rule_id] = (file, entry)


def _adjust_entry(
    change: Any, file: str, entries: dict[str, tuple[str, dict[str, Any]]], problems: list[RuleProblem]
) -> None:
    rule_id = change.get("id") if isinstance(change, dict) else None
    if rule_id not in entries:
        hint = closest_word_hint(str(rule_id), entries, "adjust a rule of the rulebook that this one extends")
        problems.append(RuleProblem(file, str(rule_id or ""), "there is no such rule to adjust", hint))
        return
    check_unknown_keys(change, ("id", "versions"), file, str(rule_id), problems)
    origin, entry = entries[str(rule_id)]
    if entry.get("strength") == "law":
        hint = "only the legislator does; add a rule of your own beside it"
        problems.append(RuleProblem(file, str(rule_id), "a rule of law cannot be adjusted", hint))
        return
    entries[str(rule_id)] = (origin, {**entry, "versions": change.get("versions")})


def _parse_calendar(
    data: Any, file: str, recesses: list[Recess], equated: list[date], problems: list[RuleProblem]
) -> None:
    check_unknown_keys(data, ("recesses", "equated_days"), file, "calendar", problems)
    for row in rows_of(data, "recesses", file, "calendar", problems):
        row = row if isinstance(row, dict) else {"": row}
        first, last = row.get("from"), row.get("to")
        if not (isinstance(first, date) and isinstance(last, date) and first <= last and row.get("name")):
            hint = "write {name: …, from: 2026-07-18, to: 2026-08-30, source: …}"
            problems.append(RuleProblem(file, "calendar", f"this recess cannot be read: {row}", hint))
            continue
        recesses.append(Recess(str(row["name"]), first, last, str(row.get("source") or "")))
    for day in rows_of(data, "equated_days", file, "calendar", problems):
        if isinstance(day, date):
            equated.append(day)
        else:
            problems.append(RuleProblem(file, "calendar", f"{day!r} is not a day", "write 2026-05-15"))
