"""Non-public data does not affect any response to those who may not see it.

Every readable URL is requested with each of its parameters, before and after a non-public trajectory with marked texts
is added. A difference for a visitor, or for the association of another neighbourhood, is a leak.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from participation.api.core.throttling import Throttle
from participation.compliance.rulebooks import load_rulebooks
from participation.models import ApiKey
from participation.services.assessment import reassess_register
from participation.services.dossiers.dossiers import import_dossier, import_register
from tests import world
from tests.api.openapi import PREFIX, OpenApiOperation, openapi_document, operations, path_parameter
from tests.dossier.example import importable_dossier

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-05-01 10:00")
MARK, SECRET = "GEHEIM", "geheim-plein"
READ = [operation for operation in operations(openapi_document()) if operation.method == "get"]
#: Values for text parameters: from the hidden trajectory and from the public one.
TEXTS = (SECRET, MARK, "geheim-bureau", "feedback-given")


def public() -> dict[str, Any]:
    found = importable_dossier()
    found["motions"] = ["21.0098/04"]
    return found


def secret() -> dict[str, Any]:
    """Add the hidden trajectory: the same rows with the mark in every text, and a bureau that appears nowhere else."""
    found = _marked(public())
    found["trajectory"] |= {"slug": SECRET, "public": False, "subject_of_study": "geheim-bureau"}
    found["trajectory"]["contact"] |= {"email": f"{MARK}@leiden.example", "phone": "06 99 99 99 99"}
    found["organisations"] = [
        *deepcopy(public()["organisations"]),
        {"slug": "geheim-bureau", "name": MARK, "kind": "research_bureau"},
    ]
    return found


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        # A place has no words: its type is a code of GeoJSON.
        return {key: one if key == "geometry" else _marked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_marked(one) for one in value]
    if isinstance(value, str) and value.startswith("+"):
        return value  # a telephone number holds no words
    # Codes, refs and dates contain no capital and no space.
    return f"{MARK} {value}" if isinstance(value, str) and (" " in value or value[:1].isupper()) else value


def record(document: dict[str, Any]) -> None:
    import_dossier(document, load_rulebooks(settings.RULEBOOK), date(2026, 5, 1), NOW)


def record_secrets() -> None:
    """Add the hidden trajectory, and a request that belongs to no trajectory."""
    record(secret())
    asked = {"kind": "woo", "from": world.RESIDENTS, "received_on": "2026-04-16", "neighbourhoods": ["beukenhof"]}
    texts = {"summary": f"{MARK} Wie sprak er over mij?", "municipality": "geheim-bureau"}
    document = {"register": 1, "requests": [{"number": "V-2026-12", **asked, **texts}]}
    import_register(document, load_rulebooks(settings.RULEBOOK), date(2026, 5, 1), NOW)


# ---------- every request


def addresses(operation: OpenApiOperation) -> Iterator[str]:
    """Yield every URL of an operation: with public and hidden values, and with each parameter."""
    for slug in ("vergroening-eikenhof", SECRET, "geheim-bureau"):
        path = operation.path
        for parameter in operation.definition.get("parameters", ()):
            if parameter["in"] == "path":
                value = slug if parameter["name"] == "slug" else path_parameter(operation.path, parameter["name"])
                path = path.replace(f"{{{parameter['name']}}}", str(value))
        yield path
        for parameter in operation.definition.get("parameters", ()):
            if parameter["in"] == "query":
                yield from (
                    f"{path}?{parameter['name']}={value}" for value in _values(parameter["name"], parameter["schema"])
                )
        if "{slug}" not in operation.path:
            return


def _values(name: str, schema: dict[str, Any]) -> tuple[Any, ...]:
    kind, words = schema.get("type"), schema.get("enum") or schema.get("items", {}).get("enum")
    if name == "fields":
        return (",".join(words),)
    if words:
        there = json.dumps(public())
        return tuple(word for index, word in enumerate(words) if index == 0 or f'"{word}"' in there)
    if kind == "boolean":
        return ("true", "false")
    if kind == "integer":
        return (0, 2)
    if schema.get("format") == "date" or "anyOf" in schema:
        return ("2026-03-25", "2026-07-01")
    return TEXTS


def responses_of(client: Client) -> dict[str, tuple[Any, ...]]:
    """Return every response by its URL, with the following pages of a list."""
    found = {}
    for operation in READ:
        waiting = [f"{PREFIX}{address}" for address in addresses(operation)]
        while waiting:
            address = waiting.pop()
            response = client.get(address)
            found[address] = (response.status_code, dict(response.headers), response.content.decode())
            if (
                response.status_code == 200
                and (more := response.json())
                and isinstance(more, dict)
                and more.get("next")
            ):
                waiting.append(more["next"].removeprefix("http://testserver"))
            if "ETag" in response.headers:
                again = client.get(address, headers={"If-None-Match": response["ETag"]})
                found[f"{address} again"] = (again.status_code, again.content)
    return found


@pytest.fixture(autouse=True)
def _as_on_one_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Throttle, "THROTTLE_RATES", {"anonymous": None, "read": None, "write": None})
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town() -> None:
    world.motion()
    world.commitment()
    for slug in (world.RESIDENTS, world.SHOPS, world.OUTSIDER, world.COUNCIL):
        world.organisation(slug)
    world.neighbourhood("beukenhof")
    record(public())
    reassess_register(load_rulebooks(settings.RULEBOOK), date(2026, 5, 1), NOW)


def of(role: str, *speaks_for: str) -> Client:
    key = ApiKey.objects.create(user=world.user(role, *speaks_for), name="proef")[1]
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_private_data_does_not_affect_responses_to_outsiders(town):
    visitor, outsider = Client(), of("association_member", world.OUTSIDER)
    before = responses_of(visitor)
    before_outsider = {
        address: outsider.get(address).content for address in before if "?" not in address and " " not in address
    }
    record_secrets()

    after = responses_of(visitor)

    assert {address for address in after if after[address] != before.get(address)} == set()
    assert before.keys() == after.keys()
    differing = [address for address, got in before_outsider.items() if outsider.get(address).content != got]
    # Logged-in users see every organisation, because they choose from them.
    assert [address for address in differing if "/organisations" not in address] == []
    # A response may repeat the query, as in the link to the next page; nothing else may contain the mark.
    for address, response in after.items():
        text = str(response).lower()
        assert "geheim" not in text or "geheim" in address.lower(), address


def test_private_data_affects_responses_to_permitted_users(town):
    """Proves that the test above can find a leak."""
    reassess_register(load_rulebooks(settings.RULEBOOK), date(2026, 5, 1), NOW)
    coordinator = of("coordinator")
    addresses = [f"{PREFIX}{operation.path.replace('{slug}', SECRET)}" for operation in READ]
    addresses = [address for address in addresses if "{" not in address]
    before = {address: coordinator.get(address).content for address in addresses}
    record_secrets()

    after = {address: coordinator.get(address).content for address in addresses}

    same = {address.removeprefix(PREFIX) for address in addresses if after[address] == before[address]}
    assert same == {
        "/", "/openapi.json", "/rules", "/motions", "/commitments", "/neighbourhoods",
        f"/organisations/{SECRET}", f"/neighbourhoods/{SECRET}",
    }  # fmt: skip
    assert sum(MARK in content.decode() for content in after.values()) > 10
