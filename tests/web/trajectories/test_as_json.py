"""The trajectory as JSON."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from participation.compliance.dossier_parser import facts_of
from tests import world
from tests.web.html_helpers import PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
JSON = f"{PAGE}traject.json"


def read(client, **headers):
    response = client.get(JSON, **headers)
    assert response.status_code == 200
    return response, json.loads(response.content)


def test_the_json_contains_the_dossier_and_the_compliance_check(client, square, capsys):
    from participation.selectors.dossiers.dossiers import dossier_document

    _answer, found = read(client)
    call_command("check_compliance", "voorbeeldplein", "--on", "2026-04-20", "--format", "json")
    compliance = found.pop("compliance")

    assert found == json.loads(json.dumps(dossier_document(square)))
    assert compliance["obligations"] == json.loads(capsys.readouterr().out)
    assert compliance["on"] == "2026-04-20"
    assert len(compliance["rulebook"]["hash"]) == 16


def test_the_json_is_readable_from_any_origin_and_names_no_users(client, square):
    response, _found = read(client)

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Content-Type"] == "application/json"
    assert b"example.org/d2" in response.content


def test_an_unchanged_response_gives_304(client, square):
    first, _found = read(client)
    tag = first.headers["ETag"]

    assert client.get(JSON, HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert client.get(JSON, HTTP_IF_MODIFIED_SINCE=first.headers["Last-Modified"]).status_code == 304
    world.document(square, "d9", title="Nieuw")
    assert client.get(JSON, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_private_json_is_not_cached_and_has_no_cors_header(client):
    world.trajectory(public=False)
    client.force_login(world.user("auditor"))
    response, _found = read(client)

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]


def test_only_reading_is_allowed(client, square):
    assert client.post(JSON).status_code == 405


def test_more_rows_take_no_more_queries(client, square, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        read(client)
    for number in range(40):
        world.step(square, f"x{number}")
        world.contribution(square, f"y{number}")
        world.document(square, f"z{number}").shares.create(party=world.SHOPS)
    with django_assert_num_queries(len(few)):
        read(client)


def test_the_dossier_in_the_json_can_be_imported(client, square):
    _answer, found = read(client)
    found.pop("compliance")

    assert len(facts_of(found).steps) == 3
