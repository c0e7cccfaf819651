"""The description of the API as programs read it, and what stands for the arguments of its addresses in the town."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from participation.compliance.rulebook import load
from tests import world

PREFIX = "/api/v1"


class OpenApiOperation(NamedTuple):
    """One method of one address, and what is told of it."""

    path: str
    method: str
    definition: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def openapi_document() -> dict[str, Any]:
    """Return the description of the API: a copy, to do with as one likes."""
    return copy.deepcopy(_described())


def operations(document: dict[str, Any]) -> Iterator[OpenApiOperation]:
    """Yield every method of every address."""
    for path, item in document["paths"].items():
        for method, definition in item.items():
            if method in ("get", "put", "post", "patch", "delete"):
                yield OpenApiOperation(path, method, definition)


def path_parameter(path: str, name: str) -> Any:
    """Return what stands for an argument of an address in the town. Raises LookupError where nobody said."""
    around = f"{path[: path.index('{' + name + '}')].rstrip('/').rpartition('/')[2]}/{name}"
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
    if around in known:
        return known[around]
    first = {"motions": "21.0098/04", "commitments": "T-1", "rules": load(settings.RULEBOOK).rules[0].id}
    try:
        return first[around.partition("/")[0]]
    except KeyError:
        raise LookupError(f"{path}: say in tests/api/openapi.py what stands for {{{name}}}") from None
