"""Each error in a rulebook is reported with its location and a hint; a valid one decides which numbers apply."""

import contextlib
from datetime import date

import pytest
import yaml

from participation.compliance.calendar import Term
from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import Facts, StepFacts, TrajectoryFacts
from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import load

HEAD = """
rulebook: eigen
title: {nl: Eigen, en: Own}
sources: {"003": {strength: policy, nl: Brief, en: Letter}}
rules:
"""
RULE = """
  - id: terugkoppeling
    basic: feedback
    strength: policy
    title: {nl: Terugkoppeling, en: Feedback}
    why: {nl: Omdat., en: Because.}
    remedy: {nl: Doe het., en: Do it.}
    message: {nl: "Terugkoppeling over {about}.", en: "Feedback on {about}."}
    source: ["003"]
    check: feedback_given
    versions:
      - {from: 2021-05-19, term: 28 days}
    examples:
      - {title: {nl: Te laat, en: Late}, dossier: {}, on: 2026-01-01, expect: overdue}
      - {title: {nl: Gedaan, en: Done}, dossier: {}, on: 2026-01-01, expect: met}
      - {title: {nl: Onbekend, en: Unknown}, dossier: {}, on: 2026-01-01, expect: unknown}
"""


def write(folder, text, name="eigen.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def validation_errors(folder, text):
    with pytest.raises(RulebookError) as refused:
        load(write(folder, text))
    for problem in refused.value.problems:
        assert problem.file == "eigen.yaml"
        assert problem.hint, problem
    return [(problem.rule, problem.reason) for problem in refused.value.problems]


def test_a_valid_rulebook_is_loaded(tmp_path):
    rule = load(write(tmp_path, HEAD + RULE)).by_id["terugkoppeling"]
    assert rule.versions[0].parameters == {"term": Term(28)}


BROKEN = [
    ("check: feedback_given", "check: feedback_gven", "unknown check 'feedback_gven'"),
    ("term: 28 days", "trem: 28 days", "the check has no parameter 'trem'"),
    ("{from: 2021-05-19, term: 28 days}", "{from: 2021-05-19}", "the check needs 'term'"),
    ("term: 28 days", "term: 28", "term: 28 does not fit"),
    ("term: 28 days", "term: vier weken", "term: 'vier weken' does not fit"),
    ("from: 2021-05-19", "from: mei", "a version without a proper first day"),
    ("from: 2021-05-19", "from: 2021-05-19, until: 2020-01-01", "ends before it begins"),
    ('{about}.", en', '{abuot}.", en', "the nl message uses {abuot}, which the check never fills"),
    ("over {about}.", "over {about.", "the nl message cannot be read"),
    ('source: ["003"]', "source: []", "no source"),
    ('source: ["003"]', 'source: ["009"]', "unknown source '009'"),
    ("strength: policy", "strength: polcy", "unknown strength 'polcy'"),
    ("basic: feedback", "basic: feedbak", "unknown basic 'feedbak'"),
    ("basic: feedback", "basik: feedback", "unknown key 'basik'"),
    ("id: terugkoppeling", "id: Terug_Koppeling", "the id is not in kebab-case"),
    ("why: {nl: Omdat., en: Because.}", "why: {nl: Omdat.}", "no why in Dutch and English"),
    ("expect: overdue", "expect: overdu", "an example expects 'overdu'"),
    ("expect: overdue", "expect: met", "no example that is flagged"),
    ("expect: met", "expect: overdue", "no example that is not flagged"),
    ("expect: unknown", "expect: met", "no example that is unknown"),
    ("on: 2026-01-01, expect: met", "expect: met", "an example without `on` and `expect`"),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {kinds_except: [reserch]}",
        "unknown word 'reserch'",
    ),
    ("basic: feedback", "basic: feedback\n    basic: feedback", "the key 'basic' is there twice"),
    ("rulebook: eigen", "rulebook: [eigen", "column"),
    ("rulebook: eigen", "regelboek: eigen", "this is no rulebook"),
    ("rulebook: eigen", "rulebook: eigen\nextends: eigen", "rulebooks extend each other: eigen -> eigen"),
    ("rulebook: eigen", "rulebook: eigen\nretired: [terugkoppeling]", "this id is retired"),
    ("rulebook: eigen", "rulebook: eigen\nadjust: [{id: terugkopeling}]", "there is no such rule to adjust"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {recesses: [{name: zomer}]}", "this recess cannot be read"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {equated_days: [vrijdag]}", "'vrijdag' is not a day"),
]


@pytest.mark.parametrize(("right", "wrong", "reason"), BROKEN, ids=[b[2] for b in BROKEN])
def test_an_error_is_reported_with_its_location_and_a_hint(tmp_path, right, wrong, reason):
    text = HEAD + RULE
    assert right in text
    found = validation_errors(tmp_path, text.replace(right, wrong, 1))
    assert any(reason in message for _rule, message in found), found


def test_a_duplicate_id_is_reported(tmp_path):
    assert ("terugkoppeling", "this id is there twice") in validation_errors(tmp_path, HEAD + RULE + RULE)


def test_an_unknown_rulebook_is_reported_with_the_known_names():
    with pytest.raises(RulebookError) as refused:
        load("lieden")
    assert "leiden" in refused.value.problems[0].hint


def test_all_errors_are_reported_at_once(tmp_path):
    text = (HEAD + RULE).replace("strength: policy", "strength: x").replace('["003"]', "[]")
    assert len(validation_errors(tmp_path, text)) == 2


OWN = """
rulebook: eigen
extends: leiden
title: {nl: Eigen, en: Own}
adjust:
  - id: ADJUSTED
    versions:
      - {from: 2021-05-19, until: 2026-06-30, term: 28 days}
      - {from: 2026-07-01, term: 14 days}
"""


def test_a_municipality_changes_its_own_terms_without_python(tmp_path):
    rulebook = load(write(tmp_path, OWN.replace("ADJUSTED", "feedback-given")))
    assert [v.parameters["term"] for v in rulebook.by_id["feedback-given"].versions] == [Term(28), Term(14)]
    assert len(rulebook.rules) == len(load("leiden").rules)


def test_statutory_rules_cannot_be_overridden(tmp_path):
    found = validation_errors_with_own_rule(tmp_path, "woo-decided")
    assert found == ["a rule of law cannot be adjusted"]


def validation_errors_with_own_rule(folder, rule):
    with pytest.raises(RulebookError) as refused:
        load(write(folder, OWN.replace("ADJUSTED", rule)))
    return [problem.reason for problem in refused.value.problems]


def test_rewording_keeps_the_hash_and_another_number_changes_it(tmp_path):
    plain = load(write(tmp_path, HEAD + RULE, "a.yaml")).hash
    reworded = load(write(tmp_path, HEAD + RULE.replace("Omdat.", "Daarom."), "b.yaml")).hash
    shorter = load(write(tmp_path, HEAD + RULE.replace("28 days", "27 days"), "c.yaml")).hash
    assert plain == reworded != shorter


VERSIONED = RULE.replace(
    "- {from: 2021-05-19, term: 28 days}",
    "- {from: 2021-05-19, term: 28 days}\n      - {from: 2026-07-01, until: UNTIL, term: 14 days}",
)


def due_dates(folder, until, **trajectory):
    from participation.compliance.evaluate import evaluate

    text = HEAD + VERSIONED.replace("until: UNTIL, ", f"until: {until}, " if until else "")
    days = ("2021-05-18", "2026-06-30", "2026-07-01", "2027-02-01")
    steps = tuple(StepFacts(day, "activity", done=ImpreciseDate.on(date.fromisoformat(day))) for day in days)
    found = evaluate(Facts(TrajectoryFacts("plein", **trajectory), steps=steps), load(write(folder, text)))
    return {o.subject: (o.due_on - date.fromisoformat(o.subject)).days for o in found}


def test_the_version_in_force_on_the_day_applies_and_without_one_nothing_is_due(tmp_path):
    assert due_dates(tmp_path, None) == {"2026-06-30": 28, "2026-07-01": 14, "2027-02-01": 14}


def test_a_rule_that_has_ended_creates_no_obligations(tmp_path):
    assert due_dates(tmp_path, "2026-12-31") == {"2026-06-30": 28, "2026-07-01": 14}


def test_a_retrospective_trajectory_is_judged_by_the_current_numbers(tmp_path):
    assert set(due_dates(tmp_path, None, retrospective=True).values()) == {14}


def test_a_retrospective_trajectory_on_an_ended_rule_uses_the_numbers_of_then(tmp_path):
    assert due_dates(tmp_path, "2026-12-31", retrospective=True) == {"2026-06-30": 28, "2026-07-01": 14}


ODD = [None, 3, "x", "", [], {}, [1], ["x"], [{}], {"a": 1}, True, date(2026, 1, 1), [None], {"nl": 1, "en": None}]
PLACES = [
    *[(key,) for key in ("rulebook", "extends", "title", "sources", "calendar", "findings")],
    *[(key,) for key in ("retired", "adjust", "rules")],
    *[("rules", 0, key) for key in ("id", "basic", "strength", "title", "message", "source", "check", "applies_to")],
    *[("rules", 0, key) for key in ("versions", "examples", "own_term")],
    *[("rules", 0, "versions", 0, key) for key in ("from", "until", "term")],
    *[("rules", 0, "examples", 0, key) for key in ("title", "dossier", "on", "expect")],
    ("calendar", "recesses"),
    ("calendar", "equated_days"),
    ("sources", "003"),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "/".join(map(str, place)))
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_any_input_is_a_rulebook_or_a_list_of_errors(tmp_path, place, odd):
    data = yaml.safe_load(HEAD.replace("rules:", "calendar: {}\nrules:") + RULE.replace(" on:", " 'on':"))
    within = data
    for part in place[:-1]:
        within = within[part]
    within[place[-1]] = odd
    with contextlib.suppress(RulebookError):
        load(write(tmp_path, yaml.safe_dump(data)))
