"""Parameters of the checks, as the versions of a rule set them: how each is read follows from the check's signature."""

import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any, Final

from .calendar import Term
from .checks import CheckDefinition
from .checks.base import OwnWords
from .checks.parameters import PARAMETERS
from .problem_kinds import HintKind, ProblemKind
from .problems import ProblemReporter, brief
from .rulebook_sections import ITEM_ID, Sections
from .structure import (
    FlagValue,
    FormatKey,
    Fragment,
    ListValue,
    ValueKind,
    WordValue,
)

UNITS = {"day": "days", "days": "days", "week": "weeks", "weeks": "weeks", "working days": "working_days"}
#: A term of a century is a typing error, and adding it could overflow ``date``. Working days are counted one by one.
MAX_TERM_LENGTH = 36_525
MAX_WORKING_DAYS = 1_000
#: Numbers of a rule are numbers of weeks, scenarios or channels.
MAX_NUMBER = 1_000


class TermValue(ValueKind):
    """A term, such as `28 days`."""

    refusal, noun, example = ProblemKind.NOT_TERM, "a term", "28 days"

    def read(self, value: Any, report: ProblemReporter) -> Term | None:
        """Return the term."""
        term, values = _term_of(value), {"name": report.name, "value": brief(value)}
        if term is None:
            report.add(self.refusal, **values)
        elif abs(term.days) > MAX_TERM_LENGTH:
            report.add(self.refusal, HintKind.SHORTER_TERM, **values)
        elif term.unit == "working_days" and abs(term.length) > MAX_WORKING_DAYS:
            report.add(self.refusal, HintKind.FEWER_WORKING_DAYS, most=MAX_WORKING_DAYS, **values)
        else:
            return term
        return None

    def schema(self) -> Fragment:
        """Return the JSON Schema of a term."""
        units = "|".join(UNITS)
        return {"type": "string", "pattern": f"^ *-?[0-9]{{1,6}} +(?:{units}) *$"}


class NumberValue(ValueKind):
    """A whole number that is not negative."""

    refusal, noun, example = ProblemKind.NOT_NUMBER, f"a whole number from 0 to {MAX_NUMBER:,}", "2"

    def read(self, value: Any, report: ProblemReporter) -> int | None:
        """Return the number."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER:
            return value
        values = {"name": report.name, "value": brief(value), "example": self.example}
        report.add(self.refusal, most=MAX_NUMBER, **values)
        return None

    def schema(self) -> Fragment:
        """Return the JSON Schema of the number."""
        return {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}


class OwnWordValue(WordValue):
    """A fixed word, or an id in a section of the rulebook."""

    def __init__(self, words: OwnWords, sections: Sections | None) -> None:
        super().__init__((*words.fixed, *(getattr(sections, words.section) if sections else ())))
        self._section, self._fixed = words.section, words.fixed

    def add_unknown(self, kind: ProblemKind, word: str, report: ProblemReporter, values: Mapping[str, str]) -> None:
        """Report a word that is none of these, and where one can be added."""
        report.add_unknown(kind, word, self.words, HintKind.ADD_UNDER, section=self._section, **values)

    @property
    def described(self) -> str:
        """Return the section whose ids it may be."""
        return f"{'words of the last table, and ' if self._fixed else ''}ids in `{self._section}`"

    def schema(self) -> Fragment:
        """Return the JSON Schema: a fixed word, or the form of an id."""
        form = ITEM_ID.schema()
        return {"anyOf": [{"enum": list(self._fixed)}, form]} if self._fixed else form


def parameter_keys(
    name: str, check_definition: CheckDefinition, sections: Sections | None = None
) -> dict[str, FormatKey]:
    """Return the parameters of a check, with what each may hold; ids in a rulebook are those of ``sections``."""
    return {
        parameter: FormatKey(
            _kind_of(known.annotation, known.default, sections),
            PARAMETERS.get(f"{name}.{parameter}") or PARAMETERS[parameter],
            is_required=known.default is inspect.Parameter.empty,
        )
        for parameter, known in check_definition.parameters.items()
    }


def convert_parameters(
    name: str,
    parameters: Mapping[str, Any],
    check_definition: CheckDefinition,
    sections: Sections,
    report: ProblemReporter,
) -> dict[str, Any]:
    """Return the parameters of a version converted to the check's signature; report those that do not fit."""
    keys = parameter_keys(name, check_definition, sections)
    values: dict[str, Any] = {}
    for parameter, value in parameters.items():
        if key := keys.get(parameter):
            values[parameter] = key.kind.read(value, report.at(parameter))
        else:
            found = {"check": name, "parameter": brief(parameter)}
            report.at(parameter).add_unknown(ProblemKind.UNKNOWN_PARAMETER, parameter, keys, **found)
    for parameter, key in keys.items():
        if key.is_required and parameter not in parameters:
            report.add(ProblemKind.PARAMETER_MISSING, check=name, name=parameter, example=key.kind.example)
    return values


def sections_named(check_definition: CheckDefinition) -> set[str]:
    """Return the sections of a rulebook whose ids the parameters of this check may name."""
    return {
        annotation.section
        for parameter in check_definition.parameters.values()
        for annotation in _metadata(parameter.annotation)
        if isinstance(annotation, OwnWords)
    }


def _term_of(text: Any) -> Term | None:
    """Return a term like `28 days`, `-14 days`, `6 weeks` or `10 working days`; None for anything else."""
    count, _, unit = str(text).strip().partition(" ")
    digits = count.removeprefix("-")
    if unit.strip() not in UNITS or not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        return None
    return Term(int(count), UNITS[unit.strip()])


def _metadata(annotation: Any) -> list[Any]:
    """Return the metadata of an annotation, or of the type of its items."""
    if typing.get_origin(annotation) is list:
        annotation = typing.get_args(annotation)[0]
    return list(getattr(annotation, "__metadata__", ()))


def _kind_of(annotation: Any, default: Any, sections: Sections | None) -> ValueKind:
    """Return how a parameter with this annotation is read."""
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return WordValue(typing.get_args(annotation))
    if origin is typing.Annotated:
        # Annotated[str, WORDS] is a string limited to a vocabulary, or to the ids of a section of the rulebook.
        words = annotation.__metadata__[0]
        return OwnWordValue(words, sections) if isinstance(words, OwnWords) else WordValue(words)
    if origin is list:
        return ListValue(_kind_of(typing.get_args(annotation)[0], None, sections), may_be_empty=False)
    if origin in (typing.Union, types.UnionType):
        return _kind_of(next(a for a in typing.get_args(annotation) if a is not type(None)), default, sections)
    if annotation is bool:
        return FlagValue(bool(default))
    return _PLAIN_KINDS[annotation]


_PLAIN_KINDS: Final[Mapping[Any, ValueKind]] = {Term: TermValue(), int: NumberValue()}
