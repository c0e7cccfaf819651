"""JSON Schema fragments that the components are built from."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from participation.dossier.schema_fields import Fragment

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
    """Return a reference to this component."""
    return {"$ref": f"#/components/schemas/{name}"}


def told(fragment: Fragment, description: str, **more: Any) -> Fragment:
    """Return the fragment with a description, and with ``more`` keywords."""
    return {**fragment, "description": description, **more}


def one_of(words: Iterable[str], description: str = "") -> Fragment:
    """Return the schema of a string enum."""
    found: Fragment = {"type": "string", "enum": list(words)}
    return told(found, description) if description else found


def maybe_one_of(words: Iterable[str], description: str = "") -> Fragment:
    """Return the schema of a nullable string enum."""
    found: Fragment = {"type": ["string", "null"], "enum": [*words, None]}
    return told(found, description) if description else found


def list_of(items: Fragment, description: str = "") -> Fragment:
    """Return the schema of an array of these items."""
    found: Fragment = {"type": "array", "items": items}
    return told(found, description) if description else found


def closed(properties: Mapping[str, Fragment], required: Iterable[str] = ()) -> Fragment:
    """Return the schema of an object without additional properties."""
    found: Fragment = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    names = sorted(required)
    return {**found, "required": names} if names else found


def whole(properties: Mapping[str, Fragment]) -> Fragment:
    """Return the schema of an object of which all properties are required."""
    return closed(properties, properties)


def map_of(values: Fragment, description: str = "") -> Fragment:
    """Return the schema of an object with arbitrary keys and values of this schema."""
    found: Fragment = {"type": "object", "additionalProperties": values}
    return told(found, description) if description else found
