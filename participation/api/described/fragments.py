"""Small pieces of JSON Schema of which the components are made."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from participation.dossier.keys import Fragment

TEXT: Final[Fragment] = {"type": "string"}
MAYBE_NUMBER: Final[Fragment] = {"type": ["integer", "null"]}
MAYBE_TEXT: Final[Fragment] = {"type": ["string", "null"]}
NUMBER: Final[Fragment] = {"type": "integer"}
YES_NO: Final[Fragment] = {"type": "boolean"}
URL: Final[Fragment] = {"type": "string", "format": "uri"}
DAY: Final[Fragment] = {"type": "string", "format": "date"}
MAYBE_DAY: Final[Fragment] = {"type": ["string", "null"], "format": "date"}
MOMENT: Final[Fragment] = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Final[Fragment] = {"type": ["string", "null"], "format": "date-time"}


def ref(name: str) -> Fragment:
    """Return where this component stands."""
    return {"$ref": f"#/components/schemas/{name}"}


def told(fragment: Fragment, description: str, **more: Any) -> Fragment:
    """Return the fragment with what there is to say about it."""
    return {**fragment, "description": description, **more}


def one_of(words: Iterable[str], description: str = "") -> Fragment:
    """Return the fragment for one word of a vocabulary."""
    found: Fragment = {"type": "string", "enum": list(words)}
    return told(found, description) if description else found


def maybe_one_of(words: Iterable[str], description: str = "") -> Fragment:
    """Return the fragment for one word of a vocabulary, or null."""
    found: Fragment = {"type": ["string", "null"], "enum": [*words, None]}
    return told(found, description) if description else found


def list_of(items: Fragment, description: str = "") -> Fragment:
    """Return the fragment for a list of these."""
    found: Fragment = {"type": "array", "items": items}
    return told(found, description) if description else found


def closed(properties: Mapping[str, Fragment], required: Iterable[str] = ()) -> Fragment:
    """Return an object with these keys and no others; those that are required are always there."""
    found: Fragment = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    names = sorted(required)
    return {**found, "required": names} if names else found


def whole(properties: Mapping[str, Fragment]) -> Fragment:
    """Return an object that always has all these keys."""
    return closed(properties, properties)


def map_of(values: Fragment, description: str = "") -> Fragment:
    """Return an object with keys that are not known beforehand."""
    found: Fragment = {"type": "object", "additionalProperties": values}
    return told(found, description) if description else found
