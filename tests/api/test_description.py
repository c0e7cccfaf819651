"""The OpenAPI document: for programs, as a page without scripts, and as a page to send requests from."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.test import Client

from participation.api.openapi import reference_page
from tests import world
from tests.api.client import PREFIX, ApiTestClient, errors_of
from tests.api.openapi import openapi_document, operations

pytestmark = pytest.mark.django_db
DOCS = f"{PREFIX}/docs"


@pytest.fixture(scope="module")
def document():
    return openapi_document()


@pytest.fixture
def text(client):
    return client.get(DOCS).content.decode()


# ---------- the page


def test_the_reference_page_shows_every_operation_and_schema(text, document):
    shown = re.findall(r'<details class="ld-details" id="(\w+)">', text)

    operation_ids = [one.definition["operationId"] for one in operations(document)]
    schemas = document["components"]["schemas"]
    parts = {name.removeprefix("Nullable") for name in schemas if not name.endswith("Selection")}
    assert Counter(shown) == Counter([*operation_ids, *parts])


def test_every_internal_link_of_the_page_has_a_target(text):
    places = Counter(re.findall(r' id="([^"]+)"', text))

    assert {link for link in re.findall(r'href="#([^"]+)"', text) if places[link] != 1} == set()


def test_every_operation_links_to_its_try_out_form(text, document):
    links = re.findall(rf'href="{DOCS}/try#/([^"]+)"', text)

    assert len(links) == len(list(operations(document)))
    assert "Trajectory%20items/stepsCreate" in links


@pytest.mark.parametrize(
    ("language", "description"), [("nl", "Wat u kunt meegeven"), ("en", "What you can give along")]
)
def test_the_page_uses_the_reader_language_and_marks_english_text(language, description, client):
    text = client.get(DOCS, headers={"Accept-Language": language}).content.decode()

    assert description in text
    assert f'<html lang="{language}"' in text
    assert re.search(r'<section class="ld-stack" aria-labelledby="trajectories" lang="en">', text)


def test_a_field_shows_its_type_choices_and_nullability(document):
    [step] = [part for part in reference_page.component_docs(document) if part.name == "Step"]
    fields = {field.name: field for field in step.fields}

    assert (fields["planned"].component, fields["planned"].kind) == ("Date", "mag null zijn")
    assert fields["kind"].choices[:2] == ("contact", "plan_review")
    assert (fields["about"].component, fields["about"].kind) == ("Ref", "lijst, mag null zijn")


def test_a_list_shows_the_type_of_its_items(document):
    found = {one.name: one for heading in reference_page.tags_with_operations(document) for one in heading.operations}

    assert (found["trajectoriesRead"].response_body, found["trajectoriesRead"].many) == ("Trajectory", True)
    assert (found["trajectoryRead"].response_body, found["trajectoryRead"].many) == ("Trajectory", False)
    assert (found["trajectoriesCreate"].request_body, found["trajectoriesCreate"].response_body) == (
        "NewTrajectory",
        "Trajectory",
    )
    assert [code for code, _text in found["trajectoryRead"].errors][:2] == ["400", "401"]


# ---------- for programs


def test_an_unchanged_description_gives_304():
    first = ApiTestClient().get("/openapi.json")

    again = ApiTestClient().get("/openapi.json", If_None_Match=first["ETag"])

    assert (again.status_code, again.content) == (304, b"")


def test_the_description_is_the_same_in_every_requested_language():
    answers = {
        ApiTestClient().get("/openapi.json", Accept_Language=language).content for language in ("nl", "en", "de")
    }

    assert len(answers) == 1
    assert b"Authentication required" in answers.pop()


def test_the_description_takes_no_parameters():
    assert "lang" in errors_of(ApiTestClient().get("/openapi.json?lang=nl"))


# ---------- the page to send requests from


def test_only_the_try_out_page_may_use_inline_styles(client: Client):
    policies = {path: client.get(path)["Content-Security-Policy"] for path in (DOCS, f"{DOCS}/try", f"{PREFIX}/rules")}

    assert [path for path, policy in policies.items() if "unsafe-inline" in policy] == [f"{DOCS}/try"]
    for policy in policies.values():
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy.split("; ")


def test_the_try_out_page_loads_scripts_from_its_own_origin_only(client: Client):
    text = client.get(f"{DOCS}/try").content.decode()

    found = re.findall(r'(?:src|href)="([^"#]+)"', text.partition("</head>")[0] + text.partition("<script")[2])
    assert found
    assert [address for address in found if not address.startswith("/") and "github.com" not in address] == []


# ---------- what the server demands


WRITES = ("post", "put", "patch")


def written(document):
    return [one for one in operations(document) if one.method in WRITES]


def header(operation, name):
    found = [one for one in operation.definition["parameters"] if one["name"] == name]
    return found[0] if found else None


def test_every_body_is_required(document):
    assert [one.path for one in written(document) if not one.definition["requestBody"]["required"]] == []


def test_if_match_is_required_where_a_change_without_it_is_refused(document):
    changes = [one for one in written(document) if one.method != "post"]
    found = {one.definition["operationId"]: header(one, "If-Match") for one in changes}
    optional = {name for name, parameter in found.items() if not parameter.get("required")}

    assert len(found) > 10
    assert optional == {"planReplace", "dossierImport"}


def test_a_put_describes_that_it_creates_and_how_to_ask_for_that(document):
    for one in operations(document):
        if one.method == "put":
            assert header(one, "If-None-Match")["schema"]["enum"] == ["*"]
            assert {"200", "201"} <= one.definition["responses"].keys()
            assert "304" not in one.definition["responses"]


def test_what_is_read_always_has_every_field_unless_fields_are_chosen(document):
    schemas = document["components"]["schemas"]
    chosen = {name.removesuffix("Selection") for name in schemas if name.endswith("Selection")}

    assert len(chosen) > 10
    for name in chosen - {"Obligation"}:
        assert schemas[name]["required"] == sorted(schemas[name]["properties"]), name
        assert "required" not in schemas[f"{name}Selection"]
    assert schemas["Obligation"]["properties"].keys() - schemas["Obligation"]["required"] == {
        *("trajectory", "motion", "commitment", "request")
    }


def test_every_list_of_fields_takes_commas_and_repetition(document):
    found = [
        one
        for operation in operations(document)
        for one in operation.definition.get("parameters", ())
        if one["name"] == "fields"
    ]
    trajectory = world.trajectory()

    assert len(found) > 20
    assert {(one["schema"]["type"], one["style"], one["explode"]) for one in found} == {("array", "form", False)}
    with_commas, repeated = (
        ApiTestClient().get(f"/trajectories/{trajectory.slug}?{query}").json()
        for query in ("fields=slug,title", "fields=slug&fields=title")
    )
    assert with_commas == repeated
    assert repeated.keys() == {"slug", "title"}


def test_every_type_beside_a_list_or_an_object_is_an_alternative(document):
    found, pending = [], [document["components"]["schemas"]]
    while pending:
        value = pending.pop()
        if isinstance(value, dict) and isinstance(value.get("type"), list):
            found.append(value["type"])
        pending += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()

    assert len(found) > 100
    assert [types for types in found if {"object", "array"} & set(types)] == []


def test_every_tag_has_a_description(document):
    assert [tag["name"] for tag in document["tags"] if not tag.get("description")] == []


@pytest.mark.parametrize(
    ("address", "component"),
    [
        ("/trajectories", "NewTrajectory"),
        ("/motions", "NewMotion"),
        ("/commitments", "NewCommitment"),
        ("/requests", "NewRegisterRequest"),
        ("/organisations", "NewOrganisation"),
        ("/trajectories/voorbeeldplein/waivers", "NewWaiver"),
        ("/trajectories/voorbeeldplein/steps", "NewStep"),
        ("/trajectories/voorbeeldplein/documents", "NewDocument"),
        ("/trajectories/voorbeeldplein/contributions", "NewContribution"),
        ("/trajectories/voorbeeldplein/requests", "NewRequest"),
        ("/trajectories/voorbeeldplein/scenarios", "NewScenario"),
        ("/motions/21.0098/04/reports", "ProgressReport"),
        ("/commitments/T-1/fulfilments", "Fulfilment"),
    ],
)
def test_what_an_empty_body_lacks_is_what_the_description_requires(address, component, document):
    world.trajectory()
    world.motion()
    world.commitment(repeats_every_months=6, repeats_first_due_on=world.on("2021-12-31"))
    response = ApiTestClient(world.user("administrator")).post(address, {})
    required = document["components"]["schemas"][component].get("required", [])

    assert sorted(error["location"]["pointer"] for error in response.json().get("errors", [])) == [
        f"#/{name}" for name in required
    ]
    assert response.status_code == (400 if required else 201)
