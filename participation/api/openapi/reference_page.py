"""View model of the HTML API reference: operations by tag, and component schemas, from the OpenAPI document."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import pgettext

#: Display order of the methods of a path.
_METHODS = ("get", "post", "put", "patch", "delete")
_OR_NULL = "OrNull"
_FORMATS = {"date", "date-time", "uri"}


class Parameter(NamedTuple):
    """A parameter of an operation; ``place`` is path, query or header."""

    name: str
    place: str
    description: str
    kind: str
    choices: tuple[str, ...]


class Operation(NamedTuple):
    """One method of one path; ``takes`` and ``answers`` name the components of the request and response body, or "".

    ``many`` tells whether the response is a list. ``wrong`` are the error statuses, each with its description.
    """

    name: str
    tag: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    takes: str
    answers: str
    many: bool
    wrong: tuple[tuple[str, str], ...]


class Heading(NamedTuple):
    """A tag with its operations; ``id`` is its anchor on the page."""

    name: str
    id: str
    operations: list[Operation]


class Field(NamedTuple):
    """A property of a component; ``part`` names the component that it, or each item of it, refers to, or ""."""

    name: str
    description: str
    kind: str
    part: str
    choices: tuple[str, ...]
    required: bool


class ReferencePart(NamedTuple):
    """A component schema: an object with fields, or a single value."""

    name: str
    description: str
    kind: str
    fields: tuple[Field, ...]


def headings(document: Mapping[str, Any]) -> list[Heading]:
    """Return all operations by tag, in the order of the document's tags."""
    found = {tag["name"]: Heading(tag["name"], _id(tag["name"]), []) for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                found[item[method]["tags"][0]].operations.append(_operation(path, method, item[method]))
    return list(found.values())


def parts(document: Mapping[str, Any]) -> list[ReferencePart]:
    """Return the component schemas by name, nullable variants merged: fields that refer to them say so."""
    found = {}
    for name, schema in sorted(document["components"]["schemas"].items()):
        bare = name.removesuffix(_OR_NULL)
        kind = _kind(schema if bare == name else _without_null(schema))
        found[bare] = ReferencePart(bare, schema.get("description", ""), kind, tuple(_fields(schema)))
    return [found[name] for name in sorted(found)]


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    kinds = schema.get("type", [])
    return {**schema, "type": [kind for kind in kinds if kind != "null"]} if isinstance(kinds, list) else schema


def _operation(path: str, method: str, told: Mapping[str, Any]) -> Operation:
    codes = sorted((code, answer["description"]) for code, answer in told["responses"].items())
    body = _body(told.get("requestBody", {}))
    answer = next((_body(told["responses"][code]) for code, _text in codes if code.startswith("2")), {})
    many = answer.get("properties", {}).get("results") or (answer if answer.get("type") == "array" else None)
    return Operation(
        told["operationId"],
        told["tags"][0],
        method.upper(),
        path,
        told["summary"],
        told.get("description", ""),
        tuple(_parameter(one) for one in told.get("parameters", ())),
        _part_of(body),
        _part_of(many["items"] if many else answer),
        many is not None,
        tuple((code, text) for code, text in codes if code >= "400"),
    )


def _body(told: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next((one["schema"] for one in told.get("content", {}).values()), {})
    return found


def _parameter(told: Mapping[str, Any]) -> Parameter:
    return Parameter(told["name"], told["in"], told["description"], _kind(told["schema"]), _choices(told["schema"]))


def _fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    for name, told in schema.get("properties", {}).items():
        yield Field(
            name,
            told.get("description", ""),
            _kind(told),
            _part_of(told) or _part_of(told.get("items", {})),
            _choices(told),
            name in schema.get("required", ()),
        )


def _part_of(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2].removesuffix(_OR_NULL)


def _choices(schema: Mapping[str, Any]) -> tuple[str, ...]:
    found: Iterable[Any] = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    return tuple(str(word) for word in found if word is not None)


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the type of a value in words; "" for a reference to a component or an enum without a type."""
    if "anyOf" in schema:
        return pgettext("kind of value", " or ").join(dict.fromkeys(filter(None, map(_kind, schema["anyOf"]))))
    if "$ref" in schema:
        return pgettext("kind of value", "may be null") if str(schema["$ref"]).endswith(_OR_NULL) else ""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    words = {
        "string": pgettext("kind of value", "text"),
        "integer": pgettext("kind of value", "whole number"),
        "number": pgettext("kind of value", "number"),
        "boolean": pgettext("kind of value", "true or false"),
        "array": pgettext("kind of value", "list"),
        "object": pgettext("kind of value", "object"),
    }
    formats = {
        "date": pgettext("kind of value", "day"),
        "date-time": pgettext("kind of value", "moment"),
        "uri": pgettext("kind of value", "address"),
    }
    format_ = schema.get("format", "")
    said = [
        formats[format_] if kind == "string" and format_ in _FORMATS else words[kind] for kind in kinds if kind in words
    ]
    if "null" in kinds or None in schema.get("enum", ()):
        said.append(pgettext("kind of value", "may be null"))
    return ", ".join(said)


def _id(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
