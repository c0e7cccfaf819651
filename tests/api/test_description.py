"""The description: for programs, as a page to read without a script, and as one to try it on."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.test import Client

from participation.api.openapi import reference_page
from tests.api.calling import PREFIX, Caller, wrong
from tests.api.described import described, operations

pytestmark = pytest.mark.django_db
DOCS = f"{PREFIX}/docs"


@pytest.fixture(scope="module")
def document():
    return described()


@pytest.fixture
def text(client):
    return client.get(DOCS).content.decode()


# ---------- the page


def test_the_page_shows_every_method_of_every_address_and_all_that_bodies_are_made_of(text, document):
    shown = re.findall(r'<details class="ld-details" id="(\w+)">', text)

    told = [one.told["operationId"] for one in operations(document)]
    parts = {name.removesuffix("OrNull") for name in document["components"]["schemas"]}
    assert Counter(shown) == Counter([*told, *parts])


def test_every_link_within_the_page_leads_somewhere(text):
    places = Counter(re.findall(r' id="([^"]+)"', text))

    assert {link for link in re.findall(r'href="#([^"]+)"', text) if places[link] != 1} == set()


def test_every_operation_leads_to_where_it_is_tried(text, document):
    links = re.findall(rf'href="{DOCS}/try#/([^"]+)"', text)

    assert len(links) == len(list(operations(document)))
    assert "Trajectory%20items/stepsAdd" in links


@pytest.mark.parametrize(("language", "said"), [("nl", "Wat u kunt meegeven"), ("en", "What you can give along")])
def test_the_page_speaks_the_language_of_who_reads_it_and_marks_what_is_english(language, said, client):
    text = client.get(DOCS, headers={"Accept-Language": language}).content.decode()

    assert said in text
    assert f'<html lang="{language}"' in text
    assert re.search(r'<section class="ld-stack" aria-labelledby="trajectories" lang="en">', text)


def test_a_field_tells_its_kind_its_words_and_whether_it_may_be_null(document):
    [step] = [part for part in reference_page.parts(document) if part.name == "Step"]
    fields = {field.name: field for field in step.fields}

    assert (fields["planned"].part, fields["planned"].kind) == ("Date", "mag null zijn")
    assert fields["kind"].choices[:2] == ("contact", "plan_review")
    assert (fields["about"].part, fields["about"].kind) == ("Ref", "lijst, mag null zijn")


def test_a_list_tells_what_it_is_a_list_of(document):
    found = {one.name: one for heading in reference_page.headings(document) for one in heading.operations}

    assert (found["trajectoriesRead"].answers, found["trajectoriesRead"].many) == ("Trajectory", True)
    assert (found["trajectoryRead"].answers, found["trajectoryRead"].many) == ("Trajectory", False)
    assert (found["trajectoriesAdd"].takes, found["trajectoriesAdd"].answers) == ("NewTrajectory", "Trajectory")
    assert [code for code, _text in found["trajectoryRead"].wrong][:2] == ["400", "401"]


# ---------- for programs


def test_who_has_the_description_already_gets_it_no_second_time():
    first = Caller().get("/openapi.json")

    again = Caller().get("/openapi.json", If_None_Match=first["ETag"])

    assert (again.status_code, again.content) == (304, b"")


def test_it_says_the_same_in_whatever_language_it_is_asked_for():
    answers = {Caller().get("/openapi.json", Accept_Language=language).content for language in ("nl", "en", "de")}

    assert len(answers) == 1
    assert b"Not logged in" in answers.pop()


def test_it_takes_no_parameters():
    assert "lang" in wrong(Caller().get("/openapi.json?lang=nl"))


# ---------- where it is tried


def test_only_the_page_on_which_it_is_tried_may_set_styles_itself(client: Client):
    policies = {path: client.get(path)["Content-Security-Policy"] for path in (DOCS, f"{DOCS}/try", f"{PREFIX}/rules")}

    assert [path for path, policy in policies.items() if "unsafe-inline" in policy] == [f"{DOCS}/try"]
    for policy in policies.values():
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy.split("; ")


def test_what_it_is_tried_with_is_served_from_here(client: Client):
    text = client.get(f"{DOCS}/try").content.decode()

    found = re.findall(r'(?:src|href)="([^"#]+)"', text.partition("</head>")[0] + text.partition("<script")[2])
    assert found
    assert [address for address in found if not address.startswith("/") and "github.com" not in address] == []
