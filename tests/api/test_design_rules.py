"""The OpenAPI document follows the Dutch API Design Rules, and is valid OpenAPI.

The official checks run in Spectral, which needs Node.js. These tests implement the same rules independently, and also
check the examples, the references, and the real responses.
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
from tests.api.openapi import OpenApiOperation, openapi_document, operations
from tracker import api

DOCUMENT = openapi_document()
OPERATIONS = list(operations(DOCUMENT))
each = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
#: JSON in which lists and texts are equal whatever their Python type.
PLAIN_WORDS = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


def parts(found: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a document with its location."""
    yield place, found
    if isinstance(found, dict):
        for key, value in found.items():
            yield from parts(value, f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(found, list):
        for index, value in enumerate(found):
            yield from parts(value, f"{place}/{index}")


def at(pointer: str) -> Any:
    """Return the value at this location. Raises LookupError where there is none."""
    found: Any = DOCUMENT
    for key in pointer.removeprefix("#/").split("/"):
        found = found[key.replace("~1", "/").replace("~0", "~")]
    return found


def schema(fragment: Any) -> Draft202012Validator:
    """Return a validator for a part of the document, with its references resolved."""
    return Draft202012Validator({**fragment, "components": DOCUMENT["components"]}, format_checker=FormatChecker())


# ---------- the document


def test_the_description_is_a_valid_openapi_document():
    validate_schema(DOCUMENT)

    assert DOCUMENT["openapi"].startswith("3.1.")


def test_the_version_is_semantic_and_its_major_number_is_in_the_path():
    assert DOCUMENT["info"]["version"] == VERSION
    assert (found := re.fullmatch(r"(\d+)\.\d+\.\d+", VERSION))
    assert all(server["url"].endswith(f"/v{found[1]}") for server in DOCUMENT["servers"])


def test_contact_and_licence_are_given():
    assert set(DOCUMENT["info"]["contact"]) == {"name", "url", "email"}
    assert DOCUMENT["info"]["license"]["name"] == "EUPL-1.2"


def test_the_api_uses_https_where_the_pages_do():
    settings = api.spectacular_settings("Leiden", "https://participatie.example.nl", "info@example.nl")

    assert settings["SERVERS"] == [{"url": "https://participatie.example.nl/api/v1"}]


def test_every_reference_resolves():
    found = [value for place, value in parts(DOCUMENT) if place.endswith("/$ref") and isinstance(value, str)]

    assert found
    for reference in set(found):
        assert at(reference)


def test_every_component_is_a_valid_and_well_named_schema():
    for name, fragment in DOCUMENT["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", name), name
        Draft202012Validator.check_schema(fragment)


def test_every_component_is_used():
    used = {str(value).rpartition("/")[2] for place, value in parts(DOCUMENT) if place.endswith("/$ref")}

    assert set(DOCUMENT["components"]["schemas"]) - used == set()


def test_every_example_is_valid():
    examples = [(place, value) for place, value in parts(DOCUMENT) if isinstance(value, dict) and "example" in value]
    for place, value in examples:
        fragment = value.get("schema", value)
        assert list(schema(fragment).iter_errors(value["example"])) == [], place

    assert examples


def test_a_timestamp_has_a_time_zone_and_a_date_has_no_time():
    for place, value in parts(DOCUMENT):
        if place.endswith("/format"):
            assert value not in ("date-time-local", "time"), place
        if re.search(r"_(on|date)$", place) and isinstance(value, dict) and "format" in value:
            assert value["format"] == "date", place


# ---------- each operation


def test_operation_ids_are_unique():
    assert [
        name for name, times in Counter(one.definition["operationId"] for one in OPERATIONS).items() if times > 1
    ] == []


@each
def test_paths_consist_of_plain_words(operation: OpenApiOperation):
    for segment in filter(None, operation.path.split("/")):
        assert re.fullmatch(r"\{[a-z]+\}", segment) or PLAIN_WORDS.match(segment) or segment == "openapi.json"


@each
def test_every_path_parameter_is_described_and_no_other(operation: OpenApiOperation):
    names = [one["name"] for one in operation.definition.get("parameters", ()) if one["in"] == "path"]

    assert names == re.findall(r"\{(\w+)\}", operation.path)


@each
def test_parameters_are_unique_camel_case_and_described(operation: OpenApiOperation):
    parameters = operation.definition.get("parameters", [])

    assert len({(one["in"], one["name"]) for one in parameters}) == len(parameters)
    for one in parameters:
        assert one["description"], one["name"]
        if one["in"] == "query":
            assert re.fullmatch(r"[a-z][a-z\d]*([A-Z][a-z\d]*)*", one["name"])


@each
def test_every_operation_has_a_summary_a_description_and_a_tag(operation: OpenApiOperation):
    assert operation.definition["summary"]
    assert len(operation.definition["tags"]) == 1


@each
def test_errors_are_described_as_problems(operation: OpenApiOperation):
    wrong = {code: response for code, response in operation.definition["responses"].items() if code >= "400"}

    assert {"400", "401", "406", "429"} <= set(wrong)
    assert ("404" in wrong) == ("{" in operation.path)
    for code, response in wrong.items():
        assert list(response["content"]) == ["application/problem+json"], code
        assert response["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert response["description"], code


@each
def test_every_response_describes_the_version_header(operation: OpenApiOperation):
    for code, response in operation.definition["responses"].items():
        assert "API-Version" in response["headers"], code


@each
def test_writing_requires_authentication_and_reading_does_not(operation: OpenApiOperation):
    assert ({} in operation.definition["security"]) == (operation.method == "get")


# ---------- the responses


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
def test_responses_have_a_version_header_and_errors_are_problems(path: str, method: str, status: int):
    response = Client().generic(method.upper(), path)

    assert response.status_code == status
    assert response["API-Version"] == VERSION
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
        assert list(schema({"$ref": "#/components/schemas/Problem"}).iter_errors(response.json())) == []


@pytest.mark.django_db
@override_settings(CONTACT_EMAIL="info@example.nl")
def test_the_description_has_cors_headers_and_is_the_one_under_test():
    response = Client().get("/api/v1/openapi.json", headers={"Origin": "https://example.org"})

    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json()["paths"].keys() == DOCUMENT["paths"].keys()
