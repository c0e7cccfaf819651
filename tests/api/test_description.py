"""The OpenAPI document: for programs, as a page without scripts, and as a page to send requests from."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.test import Client

from participation.api.openapi import reference_page
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
    parts = {name.removeprefix("Nullable") for name in document["components"]["schemas"]}
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
