"""The whole rulebook at permanent URLs, as data and as a page."""

from __future__ import annotations

import json

import pytest

from participation.compliance.rulebook import load
from participation.presentation.rules import rulebook_as_json
from participation.web.rules import download

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
JSON, HTML = "/regels/rulebook.json", "/regels/rulebook.html"


def test_the_json_download_equals_the_command_output(client):
    response = client.get(JSON)

    assert response.json() == json.loads(json.dumps(rulebook_as_json(load("leiden"))))
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_the_downloads_say_how_each_source_is_known(client):
    sources = client.get(JSON).json()["sources"]
    handreiking = {"strength": "policy", "from": "2024-05-16", "known_from": "001", "unread": False, "url": None}
    assert sources["H"] == {**load("leiden").sources["H"].text, **handreiking}
    assert sources["V19"]["unread"]
    html = client.get(HTML, headers={"Accept-Language": "en"}).content.decode()
    assert load("leiden").sources["V19"].text["en"] in html.partition('id="unread"')[2]


def test_the_downloads_have_the_items_exceptions_and_notice_of_a_municipality(client, settings):
    settings.RULEBOOK = "amsterdam"
    found, rulebook = client.get(JSON).json(), load("amsterdam")
    assert found["municipality"] == "amsterdam"
    assert found["plan_items"].keys() == rulebook.plan_items.keys()
    assert found["plan_items"]["goal"]["help"] == rulebook.plan_items["goal"].help
    assert found["report_items"]["summary"] == {**rulebook.report_items["summary"].name, "help": None}
    assert found["exceptions"]["urgent"]["source"] == "AV article 3(2)"
    (rule,) = (rule for rule in found["rules"] if rule["id"] == "ams-plan-complete")
    assert rule["applies_to"] == {"started_from": "2024-09-15", "without_participation": False}
    assert rulebook.notice["nl"] in client.get(HTML, headers={"Accept-Language": "nl"}).content.decode()


def test_the_html_download_is_self_contained_and_in_the_reader_language(client):
    dutch, english = (client.get(HTML, headers={"Accept-Language": language}) for language in ("nl", "en"))

    assert '<html lang="nl">' in dutch.content.decode()
    assert '<html lang="en">' in english.content.decode()
    assert dutch.headers["ETag"] != english.headers["ETag"]
    assert {"Accept-Language", "Cookie"} <= set(dutch.headers["Vary"].split(", "))


def test_the_html_download_allows_only_its_own_styles(client):
    policy = client.get(HTML).headers["Content-Security-Policy"]

    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in f"{policy};"


@pytest.mark.parametrize("address", [JSON, HTML])
def test_the_etag_starts_with_the_hash_of_the_rulebook(client, address):
    response = client.get(address)

    assert response.headers["ETag"].startswith(f'"{load("leiden").hash}-')
    assert client.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_a_reworded_rule_changes_the_etag_although_its_hash_is_equal(client, monkeypatch):
    etag = client.get(JSON).headers["ETag"]
    changed = {**rulebook_as_json(load("leiden")), "title": {"nl": "Anders gezegd"}}
    monkeypatch.setattr(download.rules, "rulebook_as_json", lambda _rulebook: changed)

    assert client.get(JSON, headers={"If-None-Match": etag}).status_code == 200
