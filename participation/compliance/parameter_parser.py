"""Conversion of the parameters of a rule's version to the types in the signature of its check."""

import types
import typing
from collections.abc import Mapping
from typing import Any

from .calendar import Term
from .checks import CheckDefinition
from .checks.base import OwnWords
from .problems import ProblemReporter, closest_word_hint
from .rulebook_sections import Sections
from .structure import brief

UNITS = {"day": "days", "days": "days", "week": "weeks", "weeks": "weeks", "working days": "working_days"}
#: A term of a century is a typing error, and adding it could overflow ``date``.
MAX_TERM_LENGTH = 36_525


def convert_parameters(
    parameters: Mapping[str, Any], check_definition: CheckDefinition, sections: Sections, report: ProblemReporter
) -> dict[str, Any]:
    """Return the parameters converted to the check's signature; report those that do not fit."""
    values: dict[str, Any] = {}
    for name, value in parameters.items():
        known = check_definition.parameters.get(name)
        if known is None:
            hint = closest_word_hint(str(name), check_definition.parameters, "this check has no parameters")
            report.add(f"the check has no parameter {brief(name)}", hint)
            continue
        try:
            values[name] = _convert_value(known.annotation, value, sections)
        except (ValueError, TypeError) as error:
            report.add(f"{name}: {brief(value)} does not fit", str(error))
    for name, known in check_definition.parameters.items():
        if known.default is known.empty and name not in parameters:
            report.add(f"the check needs {name!r}", f"add `{name}: …` to each version")
    return values


def sections_named(check_definition: CheckDefinition) -> set[str]:
    """Return the sections of a rulebook whose ids the parameters of this check may name."""
    return {
        annotation.section
        for parameter in check_definition.parameters.values()
        for annotation in _metadata(parameter.annotation)
        if isinstance(annotation, OwnWords)
    }


def parse_term(text: Any) -> Term:
    """Parse a term like `28 days`, `-14 days`, `6 weeks` or `10 working days`. Raises ValueError."""
    count, _, unit = str(text).strip().partition(" ")
    digits = count.removeprefix("-")
    if unit.strip() not in UNITS or not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        raise ValueError("write a term like `28 days`, `-14 days`, `6 weeks` or `10 working days`")
    term = Term(int(count), UNITS[unit.strip()])
    if abs(term.days) > MAX_TERM_LENGTH:
        raise ValueError("write a term of less than a century")
    return term


def _metadata(annotation: Any) -> list[Any]:
    """Return the metadata of an annotation, or of the type of its items."""
    if typing.get_origin(annotation) is list:
        annotation = typing.get_args(annotation)[0]
    return list(getattr(annotation, "__metadata__", ()))


def _convert_value(annotation: Any, value: Any, sections: Sections) -> Any:
    origin = typing.get_origin(annotation)
    if origin in (typing.Literal, typing.Annotated):
        # Annotated[str, WORDS] is a string limited to a vocabulary, or to the ids of a section of the rulebook.
        words = typing.get_args(annotation) if origin is typing.Literal else annotation.__metadata__[0]
        if isinstance(words, OwnWords):
            words = (*words.fixed, *getattr(sections, words.section))
        if value not in words:
            raise ValueError(closest_word_hint(str(value), words, "" if words else "the rulebook names none yet"))
        return value
    if origin is list:
        if not isinstance(value, list) or not value:
            raise ValueError("write a list: [one, two]")
        return [_convert_value(typing.get_args(annotation)[0], item, sections) for item in value]
    if origin in (typing.Union, types.UnionType):
        return _convert_value(next(a for a in typing.get_args(annotation) if a is not type(None)), value, sections)
    if annotation is Term:
        return parse_term(value)
    if not isinstance(value, annotation) or (annotation is int and isinstance(value, bool)):
        raise ValueError(f"it must be {annotation.__name__}")
    return value
