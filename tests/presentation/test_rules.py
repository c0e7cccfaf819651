"""The texts that explain a rule: to which trajectories it applies, and how its sources are known."""

from datetime import date

import pytest

from participation.compliance.rulebook import load
from participation.compliance.rules import Citation, Scope
from participation.presentation.rules import rule_as_json, rule_texts, unread_texts

LEIDEN = load("leiden")
RULE = LEIDEN.by_id["plan-recorded"]


@pytest.mark.parametrize(
    ("scope", "dutch", "english"),
    [
        (
            Scope(kinds=("policy", "events")),
            "Geldt alleen voor beleid of evenementen.",
            "Applies only to policy or events.",
        ),
        (Scope(kinds_except=("research",)), "Geldt niet voor onderzoek.", "Does not apply to research."),
        (
            Scope(initiators=("residents", "developer")),
            "Geldt alleen voor trajecten van bewoners of een ontwikkelaar.",
            "Applies only to trajectories of residents or a developer.",
        ),
        (
            Scope(levels=("consult", "advise")),
            "Geldt alleen als het niveau raadplegen of adviseren is.",
            "Applies only when the level is consult or advise.",
        ),
        (Scope(impacts=("high",)), "Geldt alleen als de impact groot is.", "Applies only when the impact is high."),
        (
            Scope(instruments=("permit",)),
            "Geldt alleen voor een omgevingsvergunning.",
            "Applies only to an environmental permit.",
        ),
        (
            Scope(started_from=date(2024, 9, 15)),
            "Geldt alleen voor trajecten die op of na 15 september 2024 zijn begonnen.",
            "Applies only to trajectories that started on or after 15 September 2024.",
        ),
        (
            Scope(without_participation=False),
            "Geldt niet meer nadat de gemeente met een reden heeft besloten dat er geen participatie komt.",
            "No longer applies once the municipality has decided, with a reason, to hold no participation.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_condition_of_a_scope_is_a_sentence(scope, dutch, english):
    rule = RULE._replace(scope=scope)
    assert rule_texts(rule, LEIDEN, "nl")["calculation"][1:] == [dutch]
    assert rule_texts(rule, LEIDEN, "en")["calculation"][1:] == [english]


def test_a_rule_for_all_trajectories_has_no_condition():
    rule = RULE._replace(scope=Scope())
    assert len(rule_texts(rule, LEIDEN, "nl")["calculation"]) == 1
    assert rule_as_json(rule)["applies_to"] == {}


def test_the_conditions_are_in_the_json_as_the_rulebook_writes_them():
    scope = Scope(kinds=("policy",), started_from=date(2024, 9, 15), without_participation=False)
    found = rule_as_json(RULE._replace(scope=scope))["applies_to"]
    assert found == {"kinds": ["policy"], "started_from": "2024-09-15", "without_participation": False}


def test_a_source_that_is_known_from_another_says_so():
    rule = RULE._replace(sources=(Citation("H", "theme 2"), Citation("001")))
    handreiking, letter = rule_texts(rule, LEIDEN, "en")["sources"]
    assert handreiking.endswith("(theme 2). Known from: " + letter)


def test_the_terms_of_an_ordinance_run_on_as_those_of_a_law_do():
    report = load("amsterdam").by_id["ams-report-complete"]
    assert "the next working day" in rule_texts(report, load("amsterdam"), "en")["calculation"][0]


def test_the_sources_that_are_not_tested_yet_are_named_with_their_kind():
    (ordinance,) = (row for row in unread_texts(load("amsterdam"), "nl") if "Amsterdam" in row["name"])
    assert ordinance["strength"] == "verordening"
    assert ordinance["url"] == load("amsterdam").sources["AV"].url
