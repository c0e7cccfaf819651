"""The rules in the API: which numbers apply on which day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.compliance.vocabulary import STRENGTHS
from participation.presentation.rules import rule_as_json
from tests import towns
from tests.api.client import ApiTestClient, errors_of

pytestmark = pytest.mark.usefixtures("today")


def read(address):
    response = ApiTestClient().get(address)
    assert response.status_code == 200, response.content
    return response.json()


def test_all_rules_are_listed_with_the_name_and_hash_of_their_rulebook():
    found, rulebook = read("/rules"), load_rulebooks("leiden").first
    assert found["rulebook"] == {"name": "leiden", "hash": rulebook.hash}
    assert {rule["id"] for rule in found["rules"]} == set(rulebook.by_id)
    assert found["on"] == "2026-04-20"


def test_each_source_carries_its_strength_and_how_it_is_known():
    found = read("/rules")
    assert found["notice"] is None
    assert found["sources"]["H"]["known_from"] == "001"
    assert found["sources"]["L10"]["unread"] is True
    assert found["sources"].keys() == load_rulebooks("leiden").first.sources.keys()
    for rule in found["rules"]:
        first = found["sources"][rule["sources"][0].split()[0]]["strength"]
        assert STRENGTHS.index(rule["strength"]) >= STRENGTHS.index(first)


def test_a_rule_is_returned_with_its_version_on_the_given_day():
    rule = load_rulebooks("leiden").first.by_id["feedback-given"]
    found = read("/rules/feedback-given")
    assert {key: found[key] for key in rule_as_json(rule)} == rule_as_json(rule)
    assert found["version"] == found["versions"][-1]
    assert read(f"/rules/feedback-given?geldigOp={rule.versions[0].first}")["version"] == found["versions"][0]
    assert read("/rules/feedback-given?geldigOp=1950-01-01")["version"] is None


def test_a_rule_that_ended_has_no_version_after_its_last_day():
    rule = next(rule for rule in load_rulebooks("leiden").first.rules if rule.versions[-1].last)
    last = rule.versions[-1].last
    assert read(f"/rules/{rule.id}?geldigOp={last}")["version"]["until"] == last.isoformat()
    assert read(f"/rules/{rule.id}?geldigOp={last + timedelta(days=1)}")["version"] is None


def test_filters_select_the_matching_rules():
    def ids(query):
        return {rule["id"] for rule in read(f"/rules?{query}")["rules"]}

    rules = load_rulebooks("leiden").first.rules
    assert ids("basic=feedback") == {rule.id for rule in rules if rule.basic == "feedback"}
    assert ids("strength=law&about=trajectory") == {
        rule.id for rule in rules if rule.strength == "law" and rule.owner_type == "trajectory"
    }
    assert ids("about=motion") == {rule.id for rule in rules if rule.owner_type == "motion"}
    assert "feedback-given" in ids("search=terugkoppeling") < ids("")
    assert ids("search=zzzz") == set()


def test_unknown_rules_give_404_and_invalid_parameters_400():
    assert ApiTestClient().get("/rules/nergens").status_code == 404
    assert set(errors_of(ApiTestClient().get("/rules?basic=x&strength=y"))) == {"basic", "strength"}
    assert set(errors_of(ApiTestClient().get("/rules?geldigOp=morgen"))) == {"geldigOp"}


def test_an_unchanged_list_gives_304():
    for address in ("/rules", "/rules/feedback-given"):
        tag = ApiTestClient().get(address).headers["ETag"]
        assert ApiTestClient().get(address, If_None_Match=tag).status_code == 304


def test_the_index_links_to_every_list(db):
    for address in ("/", ""):
        found = read(address)
        assert found["version"].startswith("1.")
        for link in (*found["links"].values(), found["description"], found["docs"]):
            assert ApiTestClient().get(link).status_code == 200, link


def test_each_municipality_has_the_rules_that_judge_it(settings):
    settings.RULEBOOK = towns.TOWNS
    ours, theirs = read("/rules"), read("/rules?municipality=oegstgeest")
    assert (ours["rulebook"]["name"], theirs["rulebook"]["name"]) == ("leiden", "oegstgeest")
    assert read("/rules?municipality=leiderdorp")["rulebook"] == ours["rulebook"]
    assert {rule["id"] for rule in theirs["rules"]} == set(towns.TOWN.by_id)
    assert {rule["rulebook"]["name"] for rule in theirs["rules"]} == {"oegstgeest"}
    assert [(found["name"], found["municipality"]) for found in ours["rulebooks"]] == [
        ("leiden", "leiden"),
        ("oegstgeest", "oegstgeest"),
    ]


def test_one_id_may_be_another_rule_in_another_municipality(settings):
    settings.RULEBOOK = towns.TOWNS
    assert read("/rules/feedback-given")["rulebook"]["name"] == "leiden"
    assert read("/rules/feedback-given?municipality=oegstgeest")["strength"] == "wish"
    assert ApiTestClient().get("/rules/neighbours-invited").status_code == 404
    assert read("/rules/neighbours-invited?municipality=oegstgeest")["id"] == "neighbours-invited"
