"""Parsing and validation of one rulebook entry: texts, sources, versions, scope and examples."""

import re
import string
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import zip_longest
from typing import Any

from .calendar import Calendar, Term
from .checks import CHECKS, CheckDefinition, DateRules
from .obligations import FLAGGED
from .problems import RuleProblem, did_you_mean
from .rules import Citation, Example, Rule, Scope, Source, Version
from .vocabulary import BASICS, IMPACTS, STATUSES, STATUTORY_STRENGTHS, TRAJECTORY_KINDS

LANGUAGES = ("nl", "en")
UNITS = {"day": "days", "days": "days", "week": "weeks", "weeks": "weeks", "working days": "working_days"}
#: Placeholders that every message may use besides the details of its check.
COMMON_PLACEHOLDERS = frozenset({"due", "term"})
NOT_FLAGGED = tuple(s for s in STATUSES if s not in FLAGGED)

_KEYS = (
    "id",
    "basic",
    "strength",
    "title",
    "why",
    "remedy",
    "message",
    "source",
    "check",
    "applies_to",
    "versions",
    "own_term",
    "examples",
)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def closest_word_hint(word: str, known: Iterable[str], default_hint: str = "") -> str:
    """Return a hint with the closest known word, else ``default_hint`` or all known words."""
    known = sorted(known)
    return did_you_mean(word, known, len(known)) or default_hint or f"known are: {', '.join(known)}"


def check_unknown_keys(data: Any, known: Iterable[str], file: str, rule: str, problems: list[RuleProblem]) -> None:
    """Add a problem for every unknown key."""
    if not isinstance(data, dict):
        problems.append(RuleProblem(file, rule, f"{str(data)[:60]!r} is not a list of keys", "write `key: value`"))
        return
    problems += [
        RuleProblem(file, rule, f"unknown key {key!r}", closest_word_hint(str(key), known))
        for key in data
        if key not in tuple(known)
    ]


def rows_of(data: Mapping[str, Any], key: str, file: str, rule: str, problems: list[RuleProblem]) -> list[Any]:
    """Return the list under this key; add a problem when it is something else."""
    found = data.get(key)
    if found is None or isinstance(found, list):
        return found or []
    problems.append(RuleProblem(file, rule, f"{key}: {str(found)[:60]!r} is not a list", f"write `{key}: [one, two]`"))
    return []


def bilingual_text(
    text: Any, file: str, rule: str, problems: list[RuleProblem], description: str = "text"
) -> Mapping[str, str]:
    """Return a text in both languages; add a problem when one is missing."""
    if isinstance(text, dict) and all(isinstance(text.get(k), str) and text[k].strip() for k in LANGUAGES):
        check_unknown_keys(text, LANGUAGES, file, rule, problems)
        return {k: " ".join(text[k].split()) for k in LANGUAGES}
    problems.append(
        RuleProblem(file, rule, f"no {description} in Dutch and English", f"write {description}: {{nl: …, en: …}}")
    )
    return dict.fromkeys(LANGUAGES, "")


def strength_of(entry: Mapping[str, Any], sources: Mapping[str, Source]) -> str:
    """Return the strength of a rule's entry: that of the first source it cites, or "" where there is none."""
    cited = entry.get("source")
    first = str(cited[0]).partition(" ")[0] if isinstance(cited, list) and cited else ""
    return sources[first].strength if first in sources else ""


class RuleReader:
    """Parses entries, validated against the registered checks and the sources of the rulebook."""

    def __init__(self, sources: Mapping[str, Source], calendar: Calendar, problems: list[RuleProblem]) -> None:
        """Store the references; problems are appended to ``problems``."""
        self.sources = sources
        self.calendar = calendar
        self.problems = problems

    def read(self, entry: dict[str, Any], file: str) -> Rule | None:
        """Return the rule, or None when it is invalid; the reasons are added to the problems."""
        before = len(self.problems)
        rule_id = str(entry["id"])

        def add_problem(reason: str, hint: str) -> None:
            self.problems.append(RuleProblem(file, rule_id, reason, hint))

        check_unknown_keys(entry, _KEYS, file, rule_id, self.problems)
        if not _ID.fullmatch(rule_id):
            add_problem("the id is not in kebab-case", "write it like feedback-given")
        if entry.get("basic") not in BASICS:
            add_problem(f"unknown basic {entry.get('basic')!r}", closest_word_hint(str(entry.get("basic")), BASICS))
        check_definition = CHECKS.get(str(entry.get("check")))
        if check_definition is None:
            add_problem(f"unknown check {entry.get('check')!r}", closest_word_hint(str(entry.get("check")), CHECKS))
        texts = {
            key: bilingual_text(entry.get(key), file, rule_id, self.problems, key)
            for key in ("title", "why", "remedy", "message")
        }
        if check_definition:
            self._check_placeholders(texts["message"], check_definition, add_problem)
        versions = self._parse_versions(self._rows(entry, "versions", file), check_definition, add_problem)
        citations = self._parse_citations(self._rows(entry, "source", file), add_problem)
        strength = self._strength(entry, citations, add_problem)
        rule = Rule(
            id=rule_id,
            basic=str(entry.get("basic")),
            strength=strength,
            **texts,
            sources=citations,
            check=str(entry.get("check")),
            check_definition=check_definition or next(iter(CHECKS.values())),
            versions=versions,
            scope=self._parse_scope(entry.get("applies_to") or {}, file, rule_id, add_problem),
            examples=self._parse_examples(self._rows(entry, "examples", file), file, rule_id, add_problem),
            own_term=bool(entry.get("own_term")),
            file=file,
            days=DateRules(self.calendar, strength in STATUTORY_STRENGTHS),
        )
        return rule if len(self.problems) == before else None

    def _rows(self, entry: Mapping[str, Any], key: str, file: str) -> list[Any]:
        return rows_of(entry, key, file, str(entry["id"]), self.problems)

    def _check_placeholders(
        self, message: Mapping[str, str], check_definition: CheckDefinition, add_problem: Any
    ) -> None:
        fills = check_definition.fills | COMMON_PLACEHOLDERS
        for language, text in message.items():
            try:
                used = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
            except ValueError as error:
                add_problem(f"the {language} message cannot be read: {error}", "write {name}, or {{ for a brace")
                continue
            for name in sorted(used - fills):
                add_problem(
                    f"the {language} message uses {{{name}}}, which the check never fills",
                    closest_word_hint(name, fills),
                )

    def _strength(self, entry: Mapping[str, Any], citations: tuple[Citation, ...], add_problem: Any) -> str:
        """Return the strength of the first source; one that the rule itself states must be the same."""
        source = self.sources.get(citations[0].source) if citations else None
        stated = entry.get("strength")
        if source and stated is not None and stated != source.strength:
            hint = f"leave `strength` out, or cite first the source that carries {stated!r}"
            add_problem(f"strength {stated!r}, but its first source {citations[0].source} is {source.strength!r}", hint)
        return source.strength if source else ""

    def _parse_citations(self, data: Any, add_problem: Any) -> tuple[Citation, ...]:
        found = []
        for row in data:
            key, _, passage = str(row).partition(" ")
            if key not in self.sources:
                add_problem(f"unknown source {key!r}", closest_word_hint(key, self.sources))
            found.append(Citation(key, passage))
        if not found:
            add_problem("no source", "name at least one: `source: ['003', '002 action 10']`")
        return tuple(found)

    def _parse_scope(self, data: Any, file: str, rule_id: str, add_problem: Any) -> Scope:
        check_unknown_keys(data, Scope._fields, file, rule_id, self.problems)
        if not isinstance(data, dict):
            return Scope()
        found = {}
        for key, words in (("kinds_except", TRAJECTORY_KINDS), ("impact", IMPACTS)):
            found[key] = tuple(map(str, rows_of(data, key, file, rule_id, self.problems)))
            for word in found[key]:
                if word not in words:
                    add_problem(f"applies_to: unknown word {word!r}", closest_word_hint(word, words))
        return Scope(**found)

    def _parse_versions(
        self, data: Any, check_definition: CheckDefinition | None, add_problem: Any
    ) -> tuple[Version, ...]:
        found: list[Version] = []
        for row in data:
            first, last = (row.get("from"), row.get("until")) if isinstance(row, dict) else (None, None)
            if not isinstance(first, date) or not (last is None or isinstance(last, date)):
                add_problem(f"a version without a proper first day: {row}", "write `from: 2021-05-19`")
                continue
            parameters = {k: v for k, v in row.items() if k not in ("from", "until")}
            values = convert_parameters(parameters, check_definition, add_problem) if check_definition else {}
            found.append(Version(first, last, values))
        if not found:
            add_problem("no versions", "give at least one: `versions: [{from: 2021-05-19, …}]`")
        found.sort(key=lambda version: version.first)
        return tuple(self._with_last_days(found, add_problem))

    @staticmethod
    def _with_last_days(found: list[Version], add_problem: Any) -> Iterable[Version]:
        for version, following in zip_longest(found, found[1:]):
            if version.last and version.last < version.first:
                add_problem(f"the version of {version.first} ends before it begins", "put `until` after `from`")
            if following is None:
                yield version
                continue
            if version.first == following.first or (version.last and version.last >= following.first):
                add_problem(f"two versions are in force on {following.first}", "let one end before the next begins")
            last = version.last or date.fromordinal(following.first.toordinal() - 1)
            yield version._replace(last=last)

    def _parse_examples(self, data: Any, file: str, rule_id: str, add_problem: Any) -> tuple[Example, ...]:
        found = []
        for row in data:
            check_unknown_keys(
                row,
                ("title", "dossier", "motion", "commitment", "on", "expect"),
                file,
                rule_id,
                self.problems,
            )
            if not isinstance(row, dict):
                continue
            title = bilingual_text(row.get("title"), file, rule_id, self.problems, "title of an example")
            expected = row.get("expect")
            if isinstance(expected, str):
                expected = {"": expected}
            if not isinstance(expected, dict) or not isinstance(row.get("on"), date):
                add_problem("an example without `on` and `expect`", "write `on: 2026-04-01` and `expect: overdue`")
                continue
            expected = {str(k or ""): str(v) for k, v in expected.items()}
            for word in expected.values():
                if word not in (*STATUSES, "none"):
                    add_problem(f"an example expects {word!r}", closest_word_hint(word, (*STATUSES, "none")))
            document = {k: row[k] for k in ("dossier", "motion", "commitment") if k in row}
            found.append(Example(title, document, row["on"], expected))
        seen = {word for example in found for word in example.expected.values()}
        for words, description in (
            ([w for w in FLAGGED if w != "unknown"], "is flagged"),
            ([*NOT_FLAGGED, "none"], "is not flagged"),
            (["unknown"], "is unknown"),
        ):
            if not seen.intersection(words):
                add_problem(f"no example that {description}", f"add one that expects one of: {', '.join(words)}")
        return tuple(found)


def convert_parameters(
    parameters: Mapping[str, Any], check_definition: CheckDefinition, add_problem: Any
) -> dict[str, Any]:
    """Return the parameters converted to the check's signature; report mismatches to ``add_problem``."""
    values: dict[str, Any] = {}
    for name, value in parameters.items():
        known = check_definition.parameters.get(name)
        if known is None:
            add_problem(f"the check has no parameter {name!r}", closest_word_hint(name, check_definition.parameters))
            continue
        try:
            values[name] = _convert_value(known.annotation, value)
        except (ValueError, TypeError) as error:
            add_problem(f"{name}: {value!r} does not fit", str(error))
    for name, known in check_definition.parameters.items():
        if known.default is known.empty and name not in parameters:
            add_problem(f"the check needs {name!r}", f"add `{name}: …` to each version")
    return values


def parse_term(text: Any) -> Term:
    """Parse a term like `28 days`, `-14 days`, `6 weeks` or `10 working days`. Raises ValueError."""
    count, _, unit = str(text).strip().partition(" ")
    if unit.strip() not in UNITS or not count.lstrip("-").isdigit():
        raise ValueError("write a term like `28 days`, `-14 days`, `6 weeks` or `10 working days`")
    return Term(int(count), UNITS[unit.strip()])


def _convert_value(annotation: Any, value: Any) -> Any:
    origin = typing.get_origin(annotation)
    if origin in (typing.Literal, typing.Annotated):
        # Annotated[str, WORDS] is a string limited to a vocabulary.
        words = typing.get_args(annotation) if origin is typing.Literal else annotation.__metadata__[0]
        if value not in words:
            raise ValueError(closest_word_hint(str(value), words))
        return value
    if origin is list:
        if not isinstance(value, list) or not value:
            raise ValueError("write a list: [one, two]")
        return [_convert_value(typing.get_args(annotation)[0], item) for item in value]
    if origin in (typing.Union, types.UnionType):
        return _convert_value(next(a for a in typing.get_args(annotation) if a is not type(None)), value)
    if annotation is Term:
        return parse_term(value)
    if not isinstance(value, annotation) or (annotation is int and isinstance(value, bool)):
        raise ValueError(f"it must be {annotation.__name__}")
    return value
