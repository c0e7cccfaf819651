"""Parsing and validation of one rule of a rulebook: texts, sources, versions, scope and examples.

The keys are declared here; see ``structure``.
"""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

from .checks import CHECKS, CheckDefinition, DateRules
from .obligations import FLAGGED
from .parameter_parser import convert_parameters, sections_named
from .problem_kinds import HintKind, ProblemKind
from .problems import MAX_REPEATED, ProblemReporter
from .rulebook_sections import CITATION, Sections, Values, parse_citation
from .rules import NO_OBLIGATION, Citation, Example, Rule, Scope, Source, Text, Version
from .structure import (
    BilingualValue,
    DayValue,
    FlagValue,
    FormatKey,
    Fragment,
    ListValue,
    NameValue,
    RawValue,
    RecordValue,
    ValueKind,
    WordValue,
)
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
#: What an example may expect: a status, or that there is no obligation.
EXPECTED_WORDS = (*STATUSES, NO_OBLIGATION)
#: What an example holds: one of these documents.
DOCUMENT_KEYS = ("dossier", "motion", "commitment")
#: The lists of a scope, with the words that each may hold.
SCOPE_WORDS: Mapping[str, tuple[str, ...]] = {
    "kinds": TRAJECTORY_KINDS,
    "kinds_except": TRAJECTORY_KINDS,
    "initiators": INITIATORS,
    "levels": LEVELS,
    "impacts": IMPACTS,
    "instruments": INSTRUMENTS,
}
_SCOPE_DESCRIPTIONS: Final = {
    "kinds": "Only trajectories of these kinds.",
    "kinds_except": "All kinds of trajectory but these; write this or `kinds`.",
    "initiators": "Only trajectories of these initiators.",
    "levels": "Only these levels of the participation ladder.",
    "impacts": "Only these impacts.",
    "instruments": "Only these instruments of environmental law.",
}
CHECK_DESCRIPTIONS: Final = {name: found.description for name, found in CHECKS.items()}
RULE_ID: Final = NameValue("[a-z0-9]+(-[a-z0-9]+)*", "feedback-given", HintKind.HYPHENATED, longest=100)


class VersionEntry(NamedTuple):
    """A version as it stands in a file: its days, and the parameters of the check, not converted yet."""

    first: date | None
    last: date | None
    parameters: Mapping[str, Any]


class VersionValue(ValueKind):
    """A version of a rule: its days, and the parameters of its check."""

    refusal, example = ProblemKind.NOT_KEYS, "{from: 2024-05-16}"
    keys: Mapping[str, FormatKey] = {
        "from": FormatKey(
            DayValue(), "The day from which it counts: that of the activity, request or decision.", is_required=True
        ),
        "until": FormatKey(DayValue(), "Its last day, where no version follows it."),
    }

    def read(self, value: Any, report: ProblemReporter) -> VersionEntry | None:
        """Return the version; None where it is no mapping."""
        if not isinstance(value, dict):
            self.refuse(value, report)
            return None
        days = {name: key.read(value.get(name), report.at(name)) for name, key in self.keys.items()}
        parameters = {str(name): found for name, found in value.items() if name not in self.keys}
        return VersionEntry(days["from"], days["until"], parameters)

    def schema(self) -> Fragment:
        """Return the JSON Schema of a version of any check."""
        return {
            "type": "object",
            "required": ["from"],
            "properties": {name: key.schema() for name, key in self.keys.items()},
        }


class ExpectedValue(ValueKind):
    """What an example expects: a status, or one for each subject."""

    example = "overdue"
    empty: Mapping[str, str] = {}
    _word = WordValue(EXPECTED_WORDS, "status")

    def read(self, value: Any, report: ProblemReporter) -> Mapping[str, str]:
        """Return the status by subject; one without a subject is under ""."""
        if not isinstance(value, dict):
            return {"": self._word.read(value, report)}
        if not value:
            self.refuse("", report)
        return {
            "" if subject is None else str(subject): self._word.read(word, report.at(str(subject)))
            for subject, word in value.items()
        }

    def schema(self) -> Fragment:
        """Return the JSON Schema of one status, or of several by subject."""
        word = self._word.schema()
        return {"anyOf": [word, {"type": "object", "minProperties": 1, "additionalProperties": word}]}


VERSIONS: Final = ListValue(VersionValue(), may_be_empty=False)
SCOPE: Final = RecordValue(
    {
        **{
            name: FormatKey(ListValue(WordValue(words), may_be_empty=False), _SCOPE_DESCRIPTIONS[name])
            for name, words in SCOPE_WORDS.items()
        },
        "started_from": FormatKey(DayValue(), "Only trajectories that started on this day or later."),
        "without_participation": FormatKey(
            FlagValue(default=True), "false: the rule falls away once it was decided to hold no participation."
        ),
    }
)
EXAMPLE: Final = RecordValue(
    {
        "title": FormatKey(BilingualValue(), "What happens in it.", is_required=True),
        "dossier": FormatKey(RawValue(), "The facts, as in a dossier; only the keys that matter."),
        "motion": FormatKey(RawValue(), "The facts, as of a motion in a register."),
        "commitment": FormatKey(RawValue(), "The facts, as of a commitment in a register."),
        "on": FormatKey(DayValue(), "The day on which it is looked at.", is_required=True),
        "expect": FormatKey(
            ExpectedValue(),
            "The status on that day, or none; where there are several obligations, by subject: {avond: overdue}.",
            is_required=True,
        ),
    }
)
RULE: Final = RecordValue(
    {
        "id": FormatKey(RULE_ID, "Its only name, never used again for another rule.", is_required=True),
        "basic": FormatKey(WordValue(BASICS), "The heading under which it is reported.", is_required=True),
        "strength": FormatKey(
            WordValue(STRENGTHS), "That of its first source, which may be left out, or a weaker one."
        ),
        "title": FormatKey(BilingualValue(), "A few words.", is_required=True),
        "why": FormatKey(BilingualValue(), "Why it is there, for residents.", is_required=True),
        "remedy": FormatKey(BilingualValue(), "What the adviser can do now.", is_required=True),
        "message": FormatKey(
            BilingualValue(), "What is due, as one sentence; {term} and what the check fills.", is_required=True
        ),
        "source": FormatKey(
            ListValue(CITATION, may_be_empty=False),
            "The sources, each with its passage, the one that it rests on first.",
            is_required=True,
        ),
        "check": FormatKey(WordValue(CHECK_DESCRIPTIONS), "The check that judges it.", is_required=True),
        "applies_to": FormatKey(SCOPE, "The trajectories that it is about; without it all."),
        "versions": FormatKey(VERSIONS, "From when it counts, with the parameters of the check.", is_required=True),
        "own_term": FormatKey(FlagValue(), "Whether the municipality set the term because no source has one."),
        "examples": FormatKey(
            ListValue(EXAMPLE, may_be_empty=False),
            "Documentation and test at once: one that is flagged, one that is not, one that is unknown.",
            is_required=True,
        ),
    },
    named_by="id",
)


def strength_of(entry: Values, sources: Mapping[str, Source]) -> str:
    """Return the strength of a rule's entry: that of the first source it cites, or "" where there is none."""
    first = entry["source"][0].partition(" ")[0] if entry["source"] else ""
    return sources[first].strength if first in sources else ""


def read_rule(
    entry: Values, sections: Sections, report: ProblemReporter, versions_report: ProblemReporter
) -> Rule | None:
    """Return the rule of an entry, or None when it is invalid, with the reasons reported.

    ``versions_report`` is the place of its versions, which an extending rulebook may have adjusted.
    """
    before = len(report.problems)
    check_definition = CHECKS.get(entry["check"])
    if check_definition:
        _check_placeholders(entry["message"], check_definition, report.at("message"))
    citations = _parse_citations(entry, sections, report)
    strength = _strength(entry, citations, sections, report)
    versions = _parse_versions(entry["versions"], entry["check"], sections, versions_report)
    if citations:
        _check_first_days(versions, citations[0].source, sections.sources[citations[0].source].first)
    scope = _scope_of(entry["applies_to"])
    _check_scope(scope, check_definition, report.at("applies_to"))
    examples = tuple(_parse_examples(entry["examples"], check_definition, report.at("examples")))
    if len(report.problems) > before or check_definition is None:
        return None
    return Rule(
        id=entry["id"],
        basic=entry["basic"],
        strength=strength,
        **{key: entry[key] for key in ("title", "why", "remedy", "message")},
        sources=citations,
        check=entry["check"],
        check_definition=check_definition,
        versions=tuple(_with_last_days(versions)),
        scope=scope,
        examples=examples,
        own_term=entry["own_term"],
        file=report.file,
        days=DateRules(sections.calendar, strength in STATUTORY_STRENGTHS),
        item_names=_item_names(check_definition, sections),
    )


def _check_placeholders(message: Text, check_definition: CheckDefinition, report: ProblemReporter) -> None:
    fills = check_definition.fills | COMMON_PLACEHOLDERS
    for language, text in message.items():
        place = report.at(language)
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError:
            place.add(ProblemKind.UNREADABLE_MESSAGE, language=language)
            continue
        for name in sorted(used - fills):
            values = {"language": language, "placeholder": name[:MAX_REPEATED]}
            place.add_unknown(ProblemKind.NEVER_FILLED, name, fills, **values)


def _parse_citations(entry: Values, sections: Sections, report: ProblemReporter) -> tuple[Citation, ...]:
    rows = [parse_citation(row, sections.sources, report.at("source", i)) for i, row in enumerate(entry["source"])]
    return tuple(filter(None, rows))


def _strength(entry: Values, citations: tuple[Citation, ...], sections: Sections, report: ProblemReporter) -> str:
    """Return the strength of the first source, or the weaker one that the rule itself claims."""
    strength, claimed = strength_of(entry, sections.sources), entry["strength"]
    if not (citations and strength and claimed):
        return strength
    if STRENGTHS.index(claimed) < STRENGTHS.index(strength):
        values = {"claimed": repr(claimed), "strength": repr(strength), "source": citations[0].source[:MAX_REPEATED]}
        report.at("strength").add(ProblemKind.CLAIMS_MORE, **values)
    return str(claimed)


def _check_first_days(versions: Iterable[tuple[Version, ProblemReporter]], source: str, first: date | None) -> None:
    """Report each version that counts from before the first source was there."""
    for version, place in versions:
        if first and version.first < first:
            days = {"day": version.first, "first": first}
            place.at("from").add(ProblemKind.BEFORE_ITS_SOURCE, source=source[:MAX_REPEATED], **days)


def _scope_of(entry: Values) -> Scope:
    return Scope(
        **{name: tuple(entry[name]) for name in SCOPE_WORDS},
        started_from=entry["started_from"],
        without_participation=entry["without_participation"],
    )


def _check_scope(scope: Scope, check_definition: CheckDefinition | None, report: ProblemReporter) -> None:
    if scope.kinds and scope.kinds_except:
        report.add(ProblemKind.BOTH_KINDS)
    if scope != Scope() and check_definition and check_definition.owner_type != "trajectory":
        report.add(ProblemKind.SCOPE_OF_OTHERS, owner_type=check_definition.owner_type)


def _item_names(check_definition: CheckDefinition, sections: Sections) -> dict[str, Text]:
    named = sections_named(check_definition)
    return {key: item.name for section in named for key, item in getattr(sections, section).items()}


def _parse_versions(
    entries: Sequence[VersionEntry | None],
    check: str,
    sections: Sections,
    report: ProblemReporter,
) -> list[tuple[Version, ProblemReporter]]:
    """Return the versions by their first day, each with its place; ``report`` is the place of the list."""
    check_definition = CHECKS.get(check)
    found: list[tuple[Version, ProblemReporter]] = []
    for index, entry in enumerate(entries):
        place = report.at(index)
        if entry and check_definition:
            values = convert_parameters(check, entry.parameters, check_definition, sections, place)
            if entry.first:
                found.append((Version(entry.first, entry.last, values), place))
    found.sort(key=lambda row: row[0].first)
    for version, place in found:
        if version.last and version.last < version.first:
            place.at("until").add(ProblemKind.VERSION_REVERSED, day=version.first)
    for (version, _), (following, place) in pairwise(found):
        if version.first == following.first or (version.last and version.last >= following.first):
            place.at("from").add(ProblemKind.TWO_VERSIONS, day=following.first)
    return found


def _with_last_days(found: list[tuple[Version, ProblemReporter]]) -> Iterator[Version]:
    """Yield the versions: one without a last day ends on the day before the next one begins."""
    for (version, _), (following, _) in pairwise(found):
        yield version._replace(last=version.last or following.first - timedelta(days=1))
    if found:
        yield found[-1][0]


def _parse_examples(
    entries: Sequence[Values], check_definition: CheckDefinition | None, report: ProblemReporter
) -> Iterator[Example]:
    seen = {word for entry in entries for word in entry["expect"].values()}
    for kind, words in (
        (ProblemKind.NONE_FLAGGED, [w for w in FLAGGED if w != "unknown"]),
        (ProblemKind.ALL_FLAGGED, [*NOT_FLAGGED, NO_OBLIGATION]),
        (ProblemKind.NONE_UNKNOWN, ["unknown"]),
    ):
        if entries and "" not in seen and not seen.intersection(words):
            report.add(kind, words=", ".join(words))
    for index, entry in enumerate(entries):
        document = {key: entry[key] for key in DOCUMENT_KEYS if isinstance(entry[key], dict)}
        place = report.at(index)
        if len(document) != 1:
            place.add(ProblemKind.NO_FACTS, keys=", ".join(f"`{key}:`" for key in DOCUMENT_KEYS))
        elif check_definition and not set(document) <= _documents_of(check_definition):
            (key,), wanted = document, sorted(_documents_of(check_definition))[0]
            place.at(key).add(ProblemKind.FACTS_OF_OTHERS, key=key, owner_type=wanted)
        if entry["on"]:
            yield Example(entry["title"], document, entry["on"], entry["expect"])


def _documents_of(check_definition: CheckDefinition) -> set[str]:
    """Return the keys of an example that hold what this check judges."""
    owner_types = set(check_definition.owner_types)
    return {"dossier"} if "trajectory" in owner_types else owner_types
