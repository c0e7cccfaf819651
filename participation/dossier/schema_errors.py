"""Validation against the JSON Schema, with readable messages in the active language."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from jsonschema import Draft202012Validator, ValidationError, validators

from .errors import Problem, pointer
from .hints import date_hint, did_you_mean, format_value
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

#: By type: why a value is not of it, and the hint.
_TYPE_MESSAGES = {
    "string": (
        gettext_noop("%(value)s is not a text between double quotes"),
        gettext_noop("write it between double quotes"),
    ),
    "integer": (
        gettext_noop("%(value)s is not a whole number"),
        gettext_noop("write it without a point and without quotes"),
    ),
    "number": (gettext_noop("%(value)s is not a number"), gettext_noop("write it without quotes")),
    "boolean": (
        gettext_noop("%(value)s is not true or false"),
        gettext_noop("write true or false without quotes"),
    ),
    "array": (gettext_noop("%(value)s is not a list"), gettext_noop("put it between [ and ]")),
    "object": (
        gettext_noop("%(value)s is not an object"),
        gettext_noop("write keys and values between { and }"),
    ),
}
#: By the title of a text: why a value of another type is not one, and the hint.
_TITLE_MESSAGES = {
    "time": (gettext_noop("%(value)s is not a time of day"), gettext_noop("write HH:MM, e.g. 19:30")),
}
#: By the title of a text: why one does not fit its pattern, and the hint.
_PATTERN_MESSAGES = {
    "slug": (
        gettext_noop("%(value)s is not a slug"),
        gettext_noop("write lower-case letters, digits and single hyphens, e.g. wijk-a"),
    ),
    "ref": (gettext_noop("%(value)s is not a ref"), gettext_noop("write a short name on one line, e.g. s1")),
    "number": (
        gettext_noop("%(value)s is not the number of a motion or commitment"),
        gettext_noop("write it on one line, e.g. 21.0098/04"),
    ),
    "text": (
        gettext_noop("%(value)s holds a character that cannot be stored"),
        gettext_noop(r"take out \u0000, and \ud8.. without its other half"),
    ),
    "text that is not blank": (
        gettext_noop("%(value)s is blank, or holds a character that cannot be stored"),
        gettext_noop("write some words"),
    ),
    "web address": (
        gettext_noop("%(value)s is not a web address"),
        gettext_noop("write https://… without spaces"),
    ),
    "time": _TITLE_MESSAGES["time"],
    "e-mail address": (
        gettext_noop("%(value)s is not an e-mail address"),
        gettext_noop("write one like participatie@leiden.nl"),
    ),
    "telephone number": (
        gettext_noop("%(value)s is not a telephone number"),
        gettext_noop("write digits, spaces, and + ( ) - only"),
    ),
    "id of an item": (
        gettext_noop("%(value)s is not an id in a rulebook"),
        gettext_noop("write lower-case letters, digits and underscores"),
    ),
}
#: The keys that may not be missing, with the hint.
_MISSING_HINTS = {
    "dossier": gettext_noop("write the version of this format: 1"),
    "trajectory": gettext_noop("write an object with at least its slug and its title"),
    "slug": gettext_noop("write the name that it has in addresses, e.g. plein-west"),
    "title": gettext_noop("write the title, as residents see it"),
    "coordinates": gettext_noop("write the positions, in as many lists as the type needs"),
    "type": gettext_noop("write whether it is a point, an area, or an area in parts"),
    "number": gettext_noop("write the number as printed"),
    "from": gettext_noop("write the first day"),
    "every_months": gettext_noop("write after how many months it is due again"),
    "first_due_on": gettext_noop("write the first due date"),
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
            yield Problem(pointer(*path, missing), _("it is missing"), _(_MISSING_HINTS[missing]))
        case "type":
            yield _type_problem(error, path, schema)
        case "enum":
            words = [word for word in limit if word is not None]
            close = did_you_mean(value, words) if isinstance(value, str) else ""
            hint = f"{close} {_('One of: %(words)s') % {'words': ', '.join(words)}}".strip()
            yield Problem(location, _("%(value)s is not a word for this") % {"value": format_value(value)}, hint)
        case "pattern" if title in {"date", "day"}:
            # Reported by ``days``, together with dates that match the pattern but do not exist.
            return
        case "pattern":
            yield Problem(location, *pattern_message(title, value))
        case "maxLength":
            reason = _("it has %(count)s characters") % {"count": len(value)}
            yield Problem(location, reason, _("write at most %(count)s") % {"count": limit})
        case "maxProperties":
            reason = _("it has %(count)s keys") % {"count": len(value)}
            yield Problem(location, reason, _("write at most %(count)s") % {"count": limit})
        case "minimum" | "maximum":
            hint = (
                _("write a number from %(first)s to %(last)s")
                if "number" in schema["type"]
                else _("write a whole number from %(first)s to %(last)s")
            )
            bounds = {"first": schema["minimum"], "last": schema["maximum"]}
            yield Problem(location, _("%(value)s is out of range") % {"value": format_value(value)}, hint % bounds)
        case _:
            reason = _("%(value)s does not fit the schema (%(name)s)")
            yield Problem(location, reason % {"value": format_value(value), "name": error.validator})


def _path(error: ValidationError) -> Path:
    """Return the path of the invalid value; where a key itself is invalid, with that key."""
    path: Path = tuple(error.absolute_path)
    return (*path, str(error.instance)) if "propertyNames" in error.absolute_schema_path else path


def pattern_message(title: str, value: Any) -> tuple[str, str]:
    """Return why a text does not fit a scalar with this title, and the hint."""
    reason, hint = _PATTERN_MESSAGES[title]
    return _(reason) % {"value": format_value(value)}, _(hint)


def _unknown_key_problems(keys: Iterable[str], path: Path, known: Collection[str]) -> Iterator[Problem]:
    for key in keys:
        if key not in known:
            hint = did_you_mean(key, known) or _("known here: %(known)s") % {"known": ", ".join(known)}
            yield Problem(pointer(*path, key), _("this key is not known here"), hint)


def _type_problem(error: ValidationError, path: Path, schema: Mapping[str, Any]) -> Problem:
    if error.instance is None:
        if isinstance(path[-1], int):
            return Problem(pointer(*path), _("null stands in a list"), _("leave it out"))
        return Problem(pointer(*path), _("it is missing"), _(_MISSING_HINTS[path[-1]]))
    title, value = schema.get("title", ""), {"value": format_value(error.instance)}
    if title in {"date", "day"}:
        return Problem(pointer(*path), _("%(value)s is not a date") % value, date_hint(error.instance))
    limit: Any = error.validator_value
    reason, hint = _TITLE_MESSAGES.get(title) or _TYPE_MESSAGES[limit if isinstance(limit, str) else limit[0]]
    return Problem(pointer(*path), _(reason) % value, _(hint))
