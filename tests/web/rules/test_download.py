"""The whole rulebook at addresses that stay: as data and to read."""

from __future__ import annotations

import json

import pytest

from participation.compliance.rulebook import load
from participation.reports.rules import rulebook_as_json
from participation.web.rules import download

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
JSON, HTML = "/regels/rulebook.json", "/regels/rulebook.html"


def test_as_data_it_is_what_the_command_writes(client):
    answer = client.get(JSON)

    assert answer.json() == json.loads(json.dumps(rulebook_as_json(load("leiden"))))
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_to_read_it_stands_on_its_own_in_the_language_of_the_reader(client):
    dutch, english = (client.get(HTML, headers={"Accept-Language": language}) for language in ("nl", "en"))

    assert '<html lang="nl">' in dutch.content.decode()
    assert '<html lang="en">' in english.content.decode()
    assert dutch.headers["ETag"] != english.headers["ETag"]
    assert {"Accept-Language", "Cookie"} <= set(dutch.headers["Vary"].split(", "))


def test_its_own_look_is_let_through_and_nothing_else(client):
    policy = client.get(HTML).headers["Content-Security-Policy"]

    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in f"{policy};"


@pytest.mark.parametrize("address", [JSON, HTML])
def test_its_mark_begins_with_the_hash_of_the_rulebook(client, address):
    answer = client.get(address)

    assert answer.headers["ETag"].startswith(f'"{load("leiden").hash}-')
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_reworded_rule_is_fetched_again_though_it_decides_the_same(client, monkeypatch):
    etag = client.get(JSON).headers["ETag"]
    told = {**rulebook_as_json(load("leiden")), "title": {"nl": "Anders gezegd"}}
    monkeypatch.setattr(download.rules, "rulebook_as_json", lambda _rulebook: told)

    assert client.get(JSON, headers={"If-None-Match": etag}).status_code == 200
