"""Parsing and validation of one rule of a rulebook: texts, sources, versions, scope and examples."""

import string
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from .checks import CHECKS, CheckDefinition, DateRules
from .obligations import FLAGGED
from .parameter_parser import convert_parameters, sections_named
from .problems import ProblemReporter, closest_word_hint
from .rulebook_sections import Sections, parse_citation
from .rules import Citation, Example, Rule, Scope, Source, Text, Version
from .structure import KEBAB_CASE, bilingual_text, brief, check_unknown_keys, day_of, flag_of, mapping_of, rows_of
from .vocabulary import (
    BASICS,
    IMPACTS,
    INITIATORS,
    INSTRUMENTS,
    LEVELS,
    STATUSES,
    STATUTORY_STRENGTHS,
    STRENGTHS,
    TRAJECTORY_KINDS,
)

#: Placeholders that every message may use besides the details of its check.
COMMON_PLACEHOLDERS = frozenset({"due", "term"})
NOT_FLAGGED = tuple(s for s in STATUSES if s not in FLAGGED)
#: The lists of a scope, with the words that each may hold.
SCOPE_WORDS: Mapping[str, tuple[str, ...]] = {
    "kinds": TRAJECTORY_KINDS,
    "kinds_except": TRAJECTORY_KINDS,
    "initiators": INITIATORS,
    "levels": LEVELS,
    "impacts": IMPACTS,
    "instruments": INSTRUMENTS,
}

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


def strength_of(entry: Mapping[str, Any], sources: Mapping[str, Source]) -> str:
    """Return the strength of a rule's entry: that of the first source it cites, or "" where there is none."""
    cited = entry.get("source")
    first = str(cited[0]).partition(" ")[0] if isinstance(cited, list) and cited else ""
    return sources[first].strength if first in sources else ""


def read_rule(
    entry: Mapping[str, Any], sections: Sections, report: ProblemReporter, versions_report: ProblemReporter
) -> Rule | None:
    """Return the rule of an entry, or None when it is invalid, with the reasons reported.

    ``versions_report`` is the place of its versions, which an extending rulebook may have adjusted.
    """
    before = len(report.problems)
    check_unknown_keys(entry, _KEYS, report)
    if not KEBAB_CASE.fullmatch(entry["id"]):
        report.add("the id is not in kebab-case", "write it like feedback-given")
    if entry.get("basic") not in BASICS:
        report.add(f"unknown basic {brief(entry.get('basic'))}", closest_word_hint(str(entry.get("basic")), BASICS))
    check_definition = CHECKS.get(str(entry.get("check")))
    if check_definition is None:
        report.add(f"unknown check {brief(entry.get('check'))}", closest_word_hint(str(entry.get("check")), CHECKS))
    texts = {key: bilingual_text(entry.get(key), report, key) for key in ("title", "why", "remedy", "message")}
    if check_definition:
        _check_placeholders(texts["message"], check_definition, report)
    citations = _parse_citations(entry, sections, report)
    strength = _strength(entry, citations, sections, report)
    versions = _parse_versions(entry, check_definition, sections, versions_report)
    _check_first_day(versions, citations, sections, versions_report)
    rule = Rule(
        id=entry["id"],
        basic=str(entry.get("basic")),
        strength=strength,
        **texts,
        sources=citations,
        check=str(entry.get("check")),
        check_definition=check_definition or next(iter(CHECKS.values())),
        versions=versions,
        scope=_parse_scope(mapping_of(entry, "applies_to", report), check_definition, report),
        examples=_parse_examples(entry, report),
        own_term=flag_of(entry, "own_term", report),
        file=report.file,
        days=DateRules(sections.calendar, strength in STATUTORY_STRENGTHS),
        item_names=_item_names(check_definition, sections),
    )
    return rule if len(report.problems) == before else None


def _check_placeholders(message: Text, check_definition: CheckDefinition, report: ProblemReporter) -> None:
    fills = check_definition.fills | COMMON_PLACEHOLDERS
    for language, text in message.items():
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError as error:
            report.add(f"the {language} message cannot be read: {error}", "write {name}, or {{ for a brace")
            continue
        for name in sorted(used - fills):
            report.add(
                f"the {language} message uses {{{name}}}, which the check never fills", closest_word_hint(name, fills)
            )


def _parse_citations(entry: Mapping[str, Any], sections: Sections, report: ProblemReporter) -> tuple[Citation, ...]:
    rows = rows_of(entry, "source", report)
    if not rows:
        report.add("no source", "name at least one: `source: ['003', '002 action 10']`")
    return tuple(found for row in rows if (found := parse_citation(row, sections.sources, report)))


def _strength(
    entry: Mapping[str, Any], citations: tuple[Citation, ...], sections: Sections, report: ProblemReporter
) -> str:
    """Return the strength of the first source, or the weaker one that the rule itself claims."""
    strength, claimed = strength_of(entry, sections.sources), entry.get("strength")
    if not citations or not strength or claimed is None:
        return strength
    if claimed not in STRENGTHS:
        report.add(f"unknown strength {brief(claimed)}", closest_word_hint(str(claimed), STRENGTHS))
        return strength
    if STRENGTHS.index(claimed) < STRENGTHS.index(strength):
        hint = f"leave `strength` out, or cite first a source that is {brief(claimed)}"
        report.add(f"strength {brief(claimed)}, but its first source {citations[0].source} is {strength!r}", hint)
    return str(claimed)


def _check_first_day(
    versions: tuple[Version, ...], citations: tuple[Citation, ...], sections: Sections, report: ProblemReporter
) -> None:
    """Report a version that counts from before the first source was there."""
    source = sections.sources[citations[0].source] if citations else None
    for version in versions:
        if source and source.first and version.first < source.first:
            reason = f"it counts from {version.first}, before its first source {citations[0].source} ({source.first})"
            report.add(
                reason, f"write `from: {source.first}` or later, or cite first the older source that it rests on"
            )


def _parse_scope(data: Mapping[str, Any], check_definition: CheckDefinition | None, report: ProblemReporter) -> Scope:
    check_unknown_keys(data, Scope._fields, report)
    found: dict[str, tuple[str, ...]] = {}
    for key, words in SCOPE_WORDS.items():
        found[key] = tuple(map(str, rows_of(data, key, report)))
        if data.get(key) == []:
            report.add(f"applies_to: {key} is empty", f"name at least one of {', '.join(words)}, or leave it out")
        for word in found[key]:
            if word not in words:
                report.add(f"applies_to: unknown word {brief(word)}", closest_word_hint(word, words))
    if found["kinds"] and found["kinds_except"]:
        report.add("applies_to: both kinds and kinds_except", "write one of the two")
    if data and check_definition and check_definition.owner_type != "trajectory":
        owner_type = check_definition.owner_type
        report.add(f"applies_to: it is about trajectories, but this check is about a {owner_type}", "leave it out")
    return Scope(
        **found,
        started_from=day_of(data, "started_from", report),
        without_participation=flag_of(data, "without_participation", report, default=True),
    )


def _item_names(check_definition: CheckDefinition | None, sections: Sections) -> dict[str, Text]:
    named = sections_named(check_definition) if check_definition else ()
    return {key: item.name for section in named for key, item in getattr(sections, section).items()}


def _parse_versions(
    entry: Mapping[str, Any], check_definition: CheckDefinition | None, sections: Sections, report: ProblemReporter
) -> tuple[Version, ...]:
    found: list[Version] = []
    for row in rows_of(entry, "versions", report):
        place = report.at(row)
        first, last = (row.get("from"), row.get("until")) if isinstance(row, dict) else (None, None)
        if not isinstance(first, date) or not (last is None or isinstance(last, date)):
            place.add(f"a version without a proper first day: {brief(row)}", "write `from: 2021-05-19`")
            continue
        parameters = {k: v for k, v in row.items() if k not in ("from", "until")}
        values = convert_parameters(parameters, check_definition, sections, place) if check_definition else {}
        found.append(Version(first, last, values))
    if not found:
        report.add("no versions", "give at least one: `versions: [{from: 2021-05-19, …}]`")
    found.sort(key=lambda version: version.first)
    return tuple(_with_last_days(found, report))


def _with_last_days(found: list[Version], report: ProblemReporter) -> Iterable[Version]:
    for version, following in zip_longest(found, found[1:]):
        if version.last and version.last < version.first:
            report.add(f"the version of {version.first} ends before it begins", "put `until` after `from`")
        if following is None:
            yield version
            continue
        if version.first == following.first or (version.last and version.last >= following.first):
            report.add(f"two versions are in force on {following.first}", "let one end before the next begins")
        yield version._replace(last=version.last or following.first - timedelta(days=1))


def _parse_examples(entry: Mapping[str, Any], report: ProblemReporter) -> tuple[Example, ...]:
    found = tuple(_read_examples(entry, report))
    seen = {word for example in found for word in example.expected.values()}
    for words, description in (
        ([w for w in FLAGGED if w != "unknown"], "is flagged"),
        ([*NOT_FLAGGED, "none"], "is not flagged"),
        (["unknown"], "is unknown"),
    ):
        if not seen.intersection(words):
            report.add(f"no example that {description}", f"add one that expects one of: {', '.join(words)}")
    return found


def _read_examples(entry: Mapping[str, Any], report: ProblemReporter) -> Iterator[Example]:
    for row in rows_of(entry, "examples", report):
        place = report.at(row)
        check_unknown_keys(row, ("title", "dossier", "motion", "commitment", "on", "expect"), place)
        if not isinstance(row, dict):
            continue
        title = bilingual_text(row.get("title"), place, "title of an example")
        expected = row.get("expect")
        if isinstance(expected, str):
            expected = {"": expected}
        if not isinstance(expected, dict) or not isinstance(row.get("on"), date):
            place.add("an example without `on` and `expect`", "write `on: 2026-04-01` and `expect: overdue`")
            continue
        expected = {str(k or ""): str(v) for k, v in expected.items()}
        for word in expected.values():
            if word not in (*STATUSES, "none"):
                place.add(f"an example expects {brief(word)}", closest_word_hint(word, (*STATUSES, "none")))
        document = {k: row[k] for k in ("dossier", "motion", "commitment") if k in row}
        if len(document) != 1:
            place.add("an example without facts", "write one of `dossier:`, `motion:` and `commitment:`")
        yield Example(title, document, row["on"], expected)
