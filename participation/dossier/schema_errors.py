"""Validation against the JSON Schema, with readable messages."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError, validators

from participation.compliance.problems import did_you_mean

from .errors import Problem, pointer
from .hints import format_value
from .schema import Kind, kind_schema

#: Maximum number of problems; validation stops there.
MAX_PROBLEMS: Final = 200

Path = tuple[str | int, ...]

# JSON Schema accepts 7.0 as an integer; the database columns do not.
_Validator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
_KINDS: tuple[Kind, Kind] = ("dossier", "register")
_VALIDATORS = {kind: _Validator(kind_schema(kind)) for kind in _KINDS}

_TYPE_DESCRIPTIONS = {
    "string": "a text between double quotes",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_TITLE_DESCRIPTIONS = {"date": "a date", "day": "a date", "time": "a time of day"}
_TYPE_HINTS = {
    "string": "write it between double quotes",
    "integer": "write it without a point and without quotes",
    "number": "write it without quotes",
    "boolean": "write true or false without quotes",
    "array": "put it between [ and ]",
    "object": "write keys and values between { and }",
}
_PATTERN_MESSAGES = {
    "slug": ("is not a slug", "write lower-case letters, digits and single hyphens, e.g. wijk-a"),
    "ref": ("is not a ref", "write a short name on one line, e.g. s1"),
    "number": ("is not the number of a motion or commitment", "write it on one line, e.g. 21.0098/04"),
    "text": (
        "holds a character that cannot be stored",
        r"take out \u0000, and \ud8.. without its other half",
    ),
    "text that is not blank": ("is blank, or holds a character that cannot be stored", "write some words"),
    "web address": ("is not a web address", "write https://… without spaces"),
    "time": ("is not a time of day", "write HH:MM, e.g. 19:30"),
    "e-mail address": ("is not an e-mail address", "write one like participatie@leiden.nl"),
    "telephone number": ("is not a telephone number", "write digits, spaces, and + ( ) - only"),
    "id of an item": ("is not an id in a rulebook", "write lower-case letters, digits and underscores"),
}


def schema_problems(document: dict[str, Any], kind: Kind) -> tuple[list[Problem], dict[str, Any]]:
    """Return the schema problems, and the document without unknown keys and values of a wrong type.

    Dates are validated elsewhere (see ``days``). At most ``MOST_FOUND`` problems are returned.
    """
    found: list[Problem] = []
    type_errors: list[ValidationError] = []
    for error in _VALIDATORS[kind].iter_errors(document):
        is_not_text = error.validator == "enum" and not isinstance(error.instance, str)
        if is_not_text or error.validator in {"type", "additionalProperties"}:
            type_errors.append(error)
        found.extend(islice(_readable_problems(error), MAX_PROBLEMS - len(found)))
        if len(found) >= MAX_PROBLEMS:
            # The rest was not validated and may be of any type: discard the document.
            return found, {}
    return found, _without_invalid(document, type_errors) if type_errors else document


def _without_invalid(document: dict[str, Any], type_errors: list[ValidationError]) -> dict[str, Any]:
    rest = deepcopy(document)
    for error in type_errors:
        parent: Any = None
        value: Any = rest
        for part in error.absolute_path:
            parent, value = value, value[part]
        schema: Any = error.schema
        if error.validator == "additionalProperties":
            for key in value.keys() - schema["properties"].keys():
                del value[key]
        else:
            parent[error.absolute_path[-1]] = {} if error.validator_value == "object" else None
    return rest


def _readable_problems(error: ValidationError) -> Iterator[Problem]:
    # The type of the value and the limit depends on the validator.
    schema: Any = error.schema
    value: Any = error.instance
    limit: Any = error.validator_value
    path = _path(error)
    location, title = pointer(*path), schema.get("title", "")
    match error.validator:
        case "additionalProperties":
            yield from _unknown_key_problems(value, path, schema["properties"])
        case "required":
            # jsonschema raises one error per missing key, and only its message names the key.
            missing = next(key for key in limit if error.message.startswith(f"'{key}'"))
            yield Problem(pointer(*path, missing), "it is missing", schema["properties"][missing]["description"])
        case "type":
            yield _type_problem(error, path, schema)
        case "enum":
            words = [word for word in limit if word is not None]
            close = did_you_mean(value, words) if isinstance(value, str) else ""
            hint = f"{close} One of: {', '.join(words)}".strip()
            yield Problem(location, f"{format_value(value)} is not a word for this", hint)
        case "pattern" if title in {"date", "day"}:
            # Reported by ``days``, together with dates that match the pattern but do not exist.
            return
        case "pattern":
            yield Problem(location, *pattern_message(title, value))
        case "maxLength":
            yield Problem(location, f"it has {len(value)} characters", f"write at most {limit}")
        case "maxProperties":
            yield Problem(location, f"it has {len(value)} keys", f"write at most {limit}")
        case "minimum" | "maximum":
            number = "a number" if "number" in schema["type"] else "a whole number"
            hint = f"write {number} from {schema['minimum']} to {schema['maximum']}"
            yield Problem(location, f"{format_value(value)} is out of range", hint)
        case _:
            yield Problem(location, f"{format_value(value)} does not fit the schema ({error.validator})")


def _path(error: ValidationError) -> Path:
    """Return the path of the invalid value; where a key itself is invalid, with that key."""
    path: Path = tuple(error.absolute_path)
    return (*path, str(error.instance)) if "propertyNames" in error.absolute_schema_path else path


def pattern_message(title: str, value: Any) -> tuple[str, str]:
    """Return why a text does not fit a scalar with this title, and the hint."""
    reason, hint = _PATTERN_MESSAGES[title]
    return f"{format_value(value)} {reason}", hint


def _unknown_key_problems(keys: Iterable[str], path: Path, known: Collection[str]) -> Iterator[Problem]:
    for key in keys:
        if key not in known:
            hint = did_you_mean(key, known) or f"known here: {', '.join(known)}"
            yield Problem(pointer(*path, key), "this key is not known here", hint)


def _type_problem(error: ValidationError, path: Path, schema: Mapping[str, Any]) -> Problem:
    if error.instance is None:
        if isinstance(path[-1], int):
            return Problem(pointer(*path), "null stands in a list", "leave it out")
        return Problem(pointer(*path), "it is missing", schema.get("description", ""))
    title = schema.get("title", "")
    limit: Any = error.validator_value
    wanted = limit if isinstance(limit, str) else limit[0]
    description = _TITLE_DESCRIPTIONS.get(title, _TYPE_DESCRIPTIONS[wanted])
    hint = _TYPE_HINTS[wanted] if title not in _TITLE_DESCRIPTIONS else ""
    return Problem(pointer(*path), f"{format_value(error.instance)} is not {description}", hint)
