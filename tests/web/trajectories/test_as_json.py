"""The same trajectory for whoever builds something with it."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from participation.compliance.dossier_parser import facts_of
from tests import world
from tests.web.reading import PAGE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
JSON = f"{PAGE}traject.json"


def read(client, **headers):
    answer = client.get(JSON, **headers)
    assert answer.status_code == 200
    return answer, json.loads(answer.content)


def test_it_is_the_dossier_and_what_is_owed_as_check_compliance_tells_it(client, square, capsys):
    from participation.selectors.dossiers import dossier_of

    _answer, found = read(client)
    call_command("check_compliance", "voorbeeldplein", "--on", "2026-04-20", "--format", "json")
    owed = found.pop("compliance")

    assert found == json.loads(json.dumps(dossier_of(square)))
    assert owed["obligations"] == json.loads(capsys.readouterr().out)
    assert owed["on"] == "2026-04-20"
    assert len(owed["rulebook"]["hash"]) == 16


def test_it_may_be_read_from_any_site_and_names_nobody_who_recorded_it(client, square):
    answer, _found = read(client)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json"
    assert b"example.org/d2" in answer.content


def test_whoever_has_it_already_is_told_so_until_something_changes(client, square):
    first, _found = read(client)
    tag = first.headers["ETag"]

    assert client.get(JSON, HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert client.get(JSON, HTTP_IF_MODIFIED_SINCE=first.headers["Last-Modified"]).status_code == 304
    world.document(square, "d9", title="Nieuw")
    assert client.get(JSON, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_what_is_not_public_is_kept_by_nobody_and_read_from_no_other_site(client):
    world.trajectory(public=False)
    client.force_login(world.user("auditor"))
    answer, _found = read(client)

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_can_only_be_read(client, square):
    assert client.post(JSON).status_code == 405


def test_more_of_everything_asks_no_more_of_the_database(client, square, django_assert_num_queries):
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


def test_the_dossier_in_it_can_be_read_back(client, square):
    _answer, found = read(client)
    found.pop("compliance")

    assert len(facts_of(found).steps) == 3
