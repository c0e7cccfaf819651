"""The description of the API keeps to the API Design Rules of Dutch government, and is sound by its own standard.

The published rules are checked with Spectral by hand, for which Node.js is needed; these tests say the same in our
own words, and go where that checker does not: into the examples, the references, and what the answers really are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker

from participation.api.core.version import VERSION
from tests.api.described import Operation, described, operations
from tracker import api

DOCUMENT = described()
OPERATIONS = list(operations(DOCUMENT))
each = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
#: JSON as programs read it: a list is a list, and text is text, however Python made it.
PLAIN_WORDS = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


def parts(found: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in a document, with the place at which it stands."""
    yield place, found
    if isinstance(found, dict):
        for key, value in found.items():
            yield from parts(value, f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(found, list):
        for index, value in enumerate(found):
            yield from parts(value, f"{place}/{index}")


def at(pointer: str) -> Any:
    """What stands at this place of the document. Raises LookupError where there is nothing."""
    found: Any = DOCUMENT
    for key in pointer.removeprefix("#/").split("/"):
        found = found[key.replace("~1", "/").replace("~0", "~")]
    return found


def schema(fragment: Any) -> Draft202012Validator:
    """What checks a value by a part of the document, whatever that refers to."""
    return Draft202012Validator({**fragment, "components": DOCUMENT["components"]}, format_checker=FormatChecker())


# ---------- the whole


def test_it_is_an_openapi_document():
    validate_schema(DOCUMENT)

    assert DOCUMENT["openapi"].startswith("3.1.")


def test_its_version_is_semantic_and_its_major_part_stands_in_the_address():
    assert DOCUMENT["info"]["version"] == VERSION
    assert (found := re.fullmatch(r"(\d+)\.\d+\.\d+", VERSION))
    assert all(server["url"].endswith(f"/v{found[1]}") for server in DOCUMENT["servers"])


def test_who_to_ask_and_under_which_licence_are_told():
    assert set(DOCUMENT["info"]["contact"]) == {"name", "url", "email"}
    assert DOCUMENT["info"]["license"]["name"] == "EUPL-1.2"


def test_where_the_pages_are_served_over_https_so_is_the_api():
    told = api.description("Leiden", "https://participatie.example.nl", "info@example.nl")

    assert told["SERVERS"] == [{"url": "https://participatie.example.nl/api/v1"}]


def test_every_reference_leads_somewhere():
    found = [value for place, value in parts(DOCUMENT) if place.endswith("/$ref") and isinstance(value, str)]

    assert found
    for reference in set(found):
        assert at(reference)


def test_every_component_is_a_sound_schema_with_a_name_like_others():
    for name, fragment in DOCUMENT["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", name), name
        Draft202012Validator.check_schema(fragment)


def test_every_component_is_used():
    used = {str(value).rpartition("/")[2] for place, value in parts(DOCUMENT) if place.endswith("/$ref")}

    assert set(DOCUMENT["components"]["schemas"]) - used == set()


def test_every_example_is_right():
    told = [(place, value) for place, value in parts(DOCUMENT) if isinstance(value, dict) and "example" in value]
    for place, value in told:
        fragment = value.get("schema", value)
        assert list(schema(fragment).iter_errors(value["example"])) == [], place

    assert told


def test_a_moment_has_a_time_zone_and_a_day_has_no_time():
    for place, value in parts(DOCUMENT):
        if place.endswith("/format"):
            assert value not in ("date-time-local", "time"), place
        if re.search(r"_(on|date)$", place) and isinstance(value, dict) and "format" in value:
            assert value["format"] == "date", place


# ---------- each method of each address


def test_no_two_methods_go_by_one_name():
    assert [name for name, times in Counter(one.told["operationId"] for one in OPERATIONS).items() if times > 1] == []


@each
def test_an_address_is_in_plain_words(operation: Operation):
    for segment in filter(None, operation.path.split("/")):
        assert re.fullmatch(r"\{[a-z]+\}", segment) or PLAIN_WORDS.match(segment) or segment == "openapi.json"


@each
def test_every_argument_of_an_address_is_told_and_no_other(operation: Operation):
    told = [one["name"] for one in operation.told.get("parameters", ()) if one["in"] == "path"]

    assert told == re.findall(r"\{(\w+)\}", operation.path)


@each
def test_a_parameter_is_told_once_in_camel_case_with_what_it_is(operation: Operation):
    told = operation.told.get("parameters", [])

    assert len({(one["in"], one["name"]) for one in told}) == len(told)
    for one in told:
        assert one["description"], one["name"]
        if one["in"] == "query":
            assert re.fullmatch(r"[a-z][a-z\d]*([A-Z][a-z\d]*)*", one["name"])


@each
def test_it_says_what_it_does_under_a_heading(operation: Operation):
    assert operation.told["summary"]
    assert len(operation.told["tags"]) == 1


@each
def test_what_goes_wrong_is_told_as_a_problem(operation: Operation):
    wrong = {code: answer for code, answer in operation.told["responses"].items() if code >= "400"}

    assert {"400", "401", "406", "429"} <= set(wrong)
    assert ("404" in wrong) == ("{" in operation.path)
    for code, answer in wrong.items():
        assert list(answer["content"]) == ["application/problem+json"], code
        assert answer["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert answer["description"], code


@each
def test_every_answer_tells_the_version_of_the_api(operation: Operation):
    for code, answer in operation.told["responses"].items():
        assert "API-Version" in answer["headers"], code


@each
def test_reading_asks_for_no_key_and_writing_does(operation: Operation):
    assert ({} in operation.told["security"]) == (operation.method == "get")


# ---------- and so are the answers


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1/openapi.json", "get", 200),
        ("/api/v1/trajectories", "get", 200),
        ("/api/v1/trajectories/", "get", 404),
        ("/api/v1/trajectories?zoek=plein", "get", 400),
        ("/api/v1/trajectories", "post", 401),
        ("/api/v1/trajectories", "delete", 405),
        ("/api/v1/trajectories/nergens", "get", 404),
        ("/api/v1/nergens", "get", 404),
        ("/api/v1", "get", 200),
        ("/api/v1/", "get", 200),
    ],
)
def test_an_answer_tells_the_version_and_a_refusal_is_a_problem(path: str, method: str, status: int):
    answer = Client().generic(method.upper(), path)

    assert answer.status_code == status
    assert answer["API-Version"] == VERSION
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert list(schema({"$ref": "#/components/schemas/Problem"}).iter_errors(answer.json())) == []


@pytest.mark.django_db
@override_settings(CONTACT_EMAIL="info@example.nl")
def test_any_site_may_read_the_description_and_it_is_the_one_checked_here():
    answer = Client().get("/api/v1/openapi.json", headers={"Origin": "https://example.org"})

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json()["paths"].keys() == DOCUMENT["paths"].keys()
