"""View model of the HTML API reference: operations by tag, and component schemas, from the OpenAPI document."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import pgettext

from .json_schema import NULLABLE_PREFIX, SELECTION_SUFFIX

#: Display order of the methods of a path.
_METHODS = ("get", "post", "put", "patch", "delete")
_FORMATS = {"date", "date-time", "uri"}


class Parameter(NamedTuple):
    """A parameter of an operation; ``location`` is path, query or header."""

    name: str
    location: str
    description: str
    kind: str
    choices: tuple[str, ...]


class ReferenceOperation(NamedTuple):
    """One method of one path; ``request_body`` and ``response_body`` name the components of the bodies, or "".

    ``many`` tells whether the response is a list. ``errors`` are the error statuses, each with its description.
    """

    name: str
    tag: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    request_body: str
    response_body: str
    many: bool
    errors: tuple[tuple[str, str], ...]


class Tag(NamedTuple):
    """A tag with its operations; ``id`` is its anchor on the page."""

    name: str
    id: str
    operations: list[ReferenceOperation]


class Field(NamedTuple):
    """A property of a component; ``component`` names the component that it, or each item of it, refers to, or ""."""

    name: str
    description: str
    kind: str
    component: str
    choices: tuple[str, ...]
    required: bool


class ComponentDoc(NamedTuple):
    """A component schema: an object with fields, or a single value."""

    name: str
    description: str
    kind: str
    fields: tuple[Field, ...]


def tags_with_operations(document: Mapping[str, Any]) -> list[Tag]:
    """Return all operations by tag, in the order of the document's tags."""
    found = {tag["name"]: Tag(tag["name"], _id(tag["name"]), []) for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                found[item[method]["tags"][0]].operations.append(_operation(path, method, item[method]))
    return list(found.values())


def component_docs(document: Mapping[str, Any]) -> list[ComponentDoc]:
    """Return the component schemas by name, nullable variants merged: fields that refer to them say so.

    What the parameter ``fields`` leaves of a component is left out.
    """
    found = {}
    for name, definition in sorted(document["components"]["schemas"].items()):
        if name.endswith(SELECTION_SUFFIX):
            continue
        schema, base_name = _with_types_together(definition), name.removeprefix(NULLABLE_PREFIX)
        kind = _kind(schema if base_name == name else _without_null(schema))
        found[base_name] = ComponentDoc(base_name, schema.get("description", ""), kind, tuple(_fields(schema)))
    return [found[name] for name in sorted(found)]


def _with_types_together(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema with its alternatives of different types as one, the reverse of ``with_types_apart``."""
    parts = schema.get("anyOf", ())
    types = [part.get("type") for part in parts]
    if not all(isinstance(name, str) for name in types) or len(set(types)) < max(2, len(types)):
        return schema
    shared = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**shared, **{key: value for part in parts for key, value in part.items()}, "type": types}


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    kinds = schema.get("type", [])
    return {**schema, "type": [kind for kind in kinds if kind != "null"]} if isinstance(kinds, list) else schema


def _operation(path: str, method: str, definition: Mapping[str, Any]) -> ReferenceOperation:
    codes = sorted((code, response["description"]) for code, response in definition["responses"].items())
    body = _body(definition.get("requestBody", {}))
    response = next((_body(definition["responses"][code]) for code, _text in codes if code.startswith("2")), {})
    many = response.get("properties", {}).get("results") or (response if response.get("type") == "array" else None)
    return ReferenceOperation(
        definition["operationId"],
        definition["tags"][0],
        method.upper(),
        path,
        definition["summary"],
        definition.get("description", ""),
        tuple(_parameter(one) for one in definition.get("parameters", ())),
        _component_of(body),
        _component_of(many["items"] if many else response),
        many is not None,
        tuple((code, text) for code, text in codes if code >= "400"),
    )


def _body(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next((one["schema"] for one in definition.get("content", {}).values()), {})
    return found


def _parameter(definition: Mapping[str, Any]) -> Parameter:
    return Parameter(
        definition["name"],
        definition["in"],
        definition["description"],
        _kind(definition["schema"]),
        _choices(definition["schema"]),
    )


def _fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    for name, found in schema.get("properties", {}).items():
        definition = _with_types_together(found)
        yield Field(
            name,
            definition.get("description", ""),
            _kind(definition),
            _component_of(definition) or _component_of(definition.get("items", {})),
            _choices(definition),
            name in schema.get("required", ()),
        )


def _component_of(schema: Mapping[str, Any]) -> str:
    # Of a component and what `fields` leaves of it, the former.
    first = schema.get("anyOf", [schema])[0]
    return str(first.get("$ref", "")).rpartition("/")[2].removeprefix(NULLABLE_PREFIX)


def _choices(schema: Mapping[str, Any]) -> tuple[str, ...]:
    found: Iterable[Any] = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    return tuple(str(word) for word in found if word is not None)


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the type of a value in words; "" for a reference to a component or an enum without a type."""
    if "anyOf" in schema:
        return pgettext("kind of value", " or ").join(dict.fromkeys(filter(None, map(_kind, schema["anyOf"]))))
    if "$ref" in schema:
        component = str(schema["$ref"]).rpartition("/")[2]
        return pgettext("kind of value", "may be null") if component.startswith(NULLABLE_PREFIX) else ""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    words = {
        "string": pgettext("kind of value", "string"),
        "integer": pgettext("kind of value", "integer"),
        "number": pgettext("kind of value", "number"),
        "boolean": pgettext("kind of value", "boolean"),
        "array": pgettext("kind of value", "list"),
        "object": pgettext("kind of value", "object"),
    }
    formats = {
        "date": pgettext("kind of value", "date"),
        "date-time": pgettext("kind of value", "timestamp"),
        "uri": pgettext("kind of value", "URL"),
    }
    format_ = schema.get("format", "")
    texts = [
        formats[format_] if kind == "string" and format_ in _FORMATS else words[kind] for kind in kinds if kind in words
    ]
    if "null" in kinds or None in schema.get("enum", ()):
        texts.append(pgettext("kind of value", "may be null"))
    return ", ".join(texts)


def _id(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
