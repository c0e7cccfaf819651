"""JSON Schema fragments that the components are built from."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from participation.dossier.schema_fields import Fragment

#: Prefix of the names of components that also allow null.
NULLABLE_PREFIX: Final = "Nullable"
#: Suffix of the names of components that hold some of the fields of another, chosen by the parameter ``fields``.
SELECTION_SUFFIX: Final = "Selection"
TEXT: Final[Fragment] = {"type": "string"}
NULLABLE_INTEGER: Final[Fragment] = {"type": ["integer", "null"]}
NULLABLE_TEXT: Final[Fragment] = {"type": ["string", "null"]}
INTEGER: Final[Fragment] = {"type": "integer"}
BOOLEAN: Final[Fragment] = {"type": "boolean"}
URL: Final[Fragment] = {"type": "string", "format": "uri"}
#: The type that each keyword is about.
_TYPE_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("properties", "additionalProperties", "required", "propertyNames", "maxProperties"), "object"),
    "items": "array",
    **dict.fromkeys(("pattern", "maxLength", "format"), "string"),
}
DAY: Final[Fragment] = {"type": "string", "format": "date"}
NULLABLE_DAY: Final[Fragment] = {"type": ["string", "null"], "format": "date"}
TIMESTAMP: Final[Fragment] = {"type": "string", "format": "date-time"}
NULLABLE_TIMESTAMP: Final[Fragment] = {"type": ["string", "null"], "format": "date-time"}


def ref(name: str) -> Fragment:
    """Return a reference to this component."""
    return {"$ref": f"#/components/schemas/{name}"}


def with_description(fragment: Fragment, description: str, **keywords: Any) -> Fragment:
    """Return the fragment with a description, and with more ``keywords``."""
    return {**fragment, "description": description, **keywords}


def enum_of(words: Iterable[str], description: str = "") -> Fragment:
    """Return the schema of a string enum."""
    found: Fragment = {"type": "string", "enum": list(words)}
    return with_description(found, description) if description else found


def nullable_enum_of(words: Iterable[str], description: str = "") -> Fragment:
    """Return the schema of a nullable string enum."""
    found: Fragment = {"type": ["string", "null"], "enum": [*words, None]}
    return with_description(found, description) if description else found


def list_of(items: Fragment, description: str = "") -> Fragment:
    """Return the schema of an array of these items."""
    found: Fragment = {"type": "array", "items": items}
    return with_description(found, description) if description else found


def closed_object(properties: Mapping[str, Fragment], required: Iterable[str] = ()) -> Fragment:
    """Return the schema of an object without additional properties."""
    found: Fragment = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    names = sorted(required)
    return {**found, "required": names} if names else found


def complete_object(properties: Mapping[str, Fragment]) -> Fragment:
    """Return the schema of an object of which all properties are required."""
    return closed_object(properties, properties)


def with_types_apart(fragment: Any) -> Any:
    """Return the fragment with an alternative for each type where a list or an object is one of several.

    Generators of clients, such as openapi-python-client, do not read `{"type": ["object", "null"], "properties": …}`.
    Raises KeyError on a keyword of which the type is not known here.
    """
    if isinstance(fragment, list):
        return [with_types_apart(item) for item in fragment]
    if not isinstance(fragment, Mapping):
        return fragment
    found = {key: with_types_apart(value) for key, value in fragment.items()}
    types = found.get("type")
    if not isinstance(types, list) or not {"object", "array"} & set(types):
        return found
    shared = {key: value for key, value in found.items() if key in ("title", "description")}
    own = {key: value for key, value in found.items() if key not in (*shared, "type")}
    parts = [{"type": name, **{key: value for key, value in own.items() if _TYPE_OF[key] == name}} for name in types]
    return {**shared, "anyOf": parts}


def map_of(values: Fragment, description: str = "") -> Fragment:
    """Return the schema of an object with arbitrary keys and values of this schema."""
    found: Fragment = {"type": "object", "additionalProperties": values}
    return with_description(found, description) if description else found
