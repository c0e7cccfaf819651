"""The OpenAPI document of the API, and values for the path parameters of its operations."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from participation.compliance.rulebooks import load_rulebooks
from tests import world

PREFIX = "/api/v1"


class OpenApiOperation(NamedTuple):
    """An operation: a method of a path, with its definition."""

    path: str
    method: str
    definition: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


@lru_cache(maxsize=1)
def _cached_document() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


def openapi_document() -> dict[str, Any]:
    """Return a copy of the OpenAPI document."""
    return copy.deepcopy(_cached_document())


def operations(document: dict[str, Any]) -> Iterator[OpenApiOperation]:
    """Yield every operation of the document."""
    for path, item in document["paths"].items():
        for method, definition in item.items():
            if method in ("get", "put", "post", "patch", "delete"):
                yield OpenApiOperation(path, method, definition)


def path_parameter(path: str, name: str) -> Any:
    """Return a value for a path parameter that exists in the permission data. Raises LookupError for an unknown one."""
    context = f"{path[: path.index('{' + name + '}')].rstrip('/').rpartition('/')[2]}/{name}"
    known: dict[str, Any] = {
        "trajectories/slug": "openbaar",
        "steps/ref": "s1",
        "documents/ref": "d1",
        "contributions/ref": "c1",
        "requests/ref": "r1",
        "scenarios/ref": "sc1",
        "waivers/id": 1,
        "obligations/rule": "feedback-given",
        "organisations/slug": world.RESIDENTS,
        "neighbourhoods/slug": world.CENTRE,
    }
    if context in known:
        return known[context]
    first = {
        "motions": "21.0098/04",
        "commitments": "T-1",
        "requests": "V-2026-12",
        "rules": load_rulebooks(settings.RULEBOOK).first.rules[0].id,
    }
    try:
        return first[context.partition("/")[0]]
    except KeyError:
        raise LookupError(f"{path}: add a value for {{{name}}} to path_parameter() in tests/api/openapi.py") from None
