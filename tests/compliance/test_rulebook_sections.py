"""A rulebook's own items, exceptions, sources and calendar, and what it inherits of them."""

from datetime import date

import pytest

from participation.compliance import wording
from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import evaluate
from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import load
from participation.compliance.rules import Source

BASE = """
rulebook: basisstad
title: {nl: Basis, en: Base}
sources:
  V: {strength: ordinance, nl: Verordening, en: Ordinance, from: 2024-09-15, unread: true}
calendar:
  equated_days: [2026-05-15]
  school_holidays:
    noord: [{name: zomer noord, from: 2026-07-04, to: 2026-08-16}]
    midden: [{name: zomer midden, from: 2026-07-18, to: 2026-08-30}]
plan_items: {goal: {nl: het doel, en: the goal, help: {nl: Wat wilt u bereiken?, en: What do you want?}}}
report_items: {summary: {nl: een samenvatting, en: a summary}}
exceptions: {urgent: {nl: Er is haast bij, en: It is urgent, source: V article 3(2)}}
rules:
  - id: plan-complete
    basic: transparency
    title: {nl: Plan, en: Plan}
    why: {nl: Omdat., en: Because.}
    remedy: {nl: Doe het., en: Do it.}
    message: {nl: "Een plan vóór {anchor} ({lacks}).", en: "A plan before {anchor} ({lacks})."}
    source: [V article 5]
    check: plan_says
    versions: [{from: 2024-09-15, due: [first_activity], needs: [goal, frameworks]}]
    examples:
      - {title: {nl: Te laat, en: Late}, dossier: {}, on: 2026-01-01, expect: overdue}
      - {title: {nl: Gedaan, en: Done}, dossier: {}, on: 2026-01-01, expect: met}
      - {title: {nl: Onbekend, en: Unknown}, dossier: {}, on: 2026-01-01, expect: unknown}
"""
OWN = """
rulebook: onze-stad
extends: basisstad
municipality: onze-stad
title: {nl: Onze stad, en: Our town}
notice: {nl: Let op., en: Beware.}
"""


def loaded(folder, own=OWN, base=BASE):
    (folder / "basisstad.yaml").write_text(base, encoding="utf-8")
    path = folder / "onze-stad.yaml"
    path.write_text(own, encoding="utf-8")
    return load(path)


def problems(folder, own=OWN, base=BASE):
    with pytest.raises(RulebookError) as refused:
        loaded(folder, own, base)
    assert all(problem.hint for problem in refused.value.problems)
    return refused.value.problems


def test_items_exceptions_and_sources_are_inherited_and_added_to(tmp_path):
    own = f"{OWN}plan_items: {{way_of_input: {{nl: de manier, en: the way}}}}\n"
    rulebook = loaded(tmp_path, own)
    assert list(rulebook.plan_items) == ["goal", "way_of_input"]
    assert rulebook.plan_items["goal"].help == {"nl": "Wat wilt u bereiken?", "en": "What do you want?"}
    assert rulebook.plan_items["way_of_input"].help is None
    assert list(rulebook.report_items) == ["summary"]
    assert str(rulebook.exceptions["urgent"].source) == "V article 3(2)"
    assert (rulebook.municipality, rulebook.notice) == ("onze-stad", {"nl": "Let op.", "en": "Beware."})


def test_a_source_carries_its_strength_its_day_and_whether_it_is_unread(tmp_path):
    own = f"{OWN}sources: {{W: {{strength: wish, nl: Wens, en: Wish, known_from: V}}}}\n"
    rulebook = loaded(tmp_path, own)
    texts = {"nl": "Verordening", "en": "Ordinance"}
    assert rulebook.sources["V"] == Source(texts, "ordinance", date(2024, 9, 15), unread=True)
    assert list(rulebook.unread_sources()) == ["V"]
    assert rulebook.sources["W"].known_from == "V"


def test_a_rule_has_the_strength_of_its_first_source_and_so_its_terms(tmp_path):
    rule = loaded(tmp_path).by_id["plan-complete"]
    assert (rule.strength, rule.days.by_law) == ("ordinance", True)


@pytest.mark.parametrize(
    ("own", "place", "reason"),
    [
        ("plan_items: {Goal: {nl: a, en: b}}", "plan_items", "plan_items: 'Goal' is not a name like way_of_input"),
        ("plan_items: {3: {nl: a, en: b}}", "plan_items", "plan_items: 3 is not a name like way_of_input"),
        ("plan_items: {goal: {nl: a, en: b}}", "plan_items", "the id 'goal' is there twice"),
        ("plan_items: {frameworks: {nl: a, en: b}}", "plan_items", "'frameworks' is part of every plan"),
        ("plan_items: {reach: {nl: a}}", "plan_items", "`en` is missing"),
        ("plan_items: {reach: {nl: a, en: b, help: c}}", "plan_items", "help: 'c' is not a text in Dutch and English"),
        ("plan_items: {reach: {nl: a, en: b, hulp: c}}", "plan_items", "unknown key 'hulp'"),
        ("plan_items: [reach]", "", "plan_items: ['reach'] is not a list of keys"),
        ("report_items: {summary: {nl: a, en: b}}", "report_items", "the id 'summary' is there twice"),
        ("exceptions: {internal: {nl: a, en: b}}", "exceptions", "`source` is missing"),
        ("exceptions: {internal: {nl: a, en: b, source: W}}", "exceptions", "unknown source 'W'"),
        ("exceptions: {urgent: {nl: a, en: b, source: V}}", "exceptions", "the id 'urgent' is there twice"),
        ("sources: {V: {strength: law, nl: a, en: b}}", "source V", "this source is there twice"),
        ("calendar: {region: zuid}", "calendar", "unknown region 'zuid'"),
    ],
    ids=lambda value: value if " " in value else "",
)
def test_a_mistake_in_a_section_is_reported_there(tmp_path, own, place, reason):
    found = problems(tmp_path, f"{OWN}{own}\n")
    assert (place, reason) in [(problem.rule, problem.reason) for problem in found]
    assert {problem.file for problem in found} == {"onze-stad.yaml"}


def test_an_error_names_the_line(tmp_path):
    (problem,) = problems(tmp_path, f"{OWN}plan_items:\n  reach:\n    nl: hoe\n")
    assert str(problem) == "onze-stad.yaml:8: plan_items: `en` is missing. Write `en: …`."


def test_an_item_that_the_rulebook_does_not_have_is_reported_with_the_closest(tmp_path):
    (problem,) = problems(tmp_path, base=BASE.replace("needs: [goal,", "needs: [gaol,"))
    assert (problem.rule, problem.reason) == ("plan-complete", "needs: unknown word 'gaol'")
    assert problem.hint == "did you mean 'goal'?"


def test_a_report_cannot_ask_for_items_where_there_are_none(tmp_path):
    base = BASE.replace("check: plan_says", "check: report_says").replace("report_items:", "# report_items:")
    reasons = {problem.reason: problem.hint for problem in problems(tmp_path, base=base)}
    assert reasons["needs: unknown word 'goal'"] == "add it under `report_items:`"


def test_a_municipality_has_the_holidays_of_its_region_and_its_own_recess(tmp_path):
    recess = "recesses: [{name: raadsreces, from: 2026-07-11, to: 2026-08-30}]"
    rulebook = loaded(tmp_path, f"{OWN}calendar: {{region: midden, {recess}}}\n")
    assert [found.name for found in rulebook.calendar.recesses] == ["raadsreces", "zomer midden"]
    assert rulebook.calendar.equated == {date(2026, 5, 15)}


def test_without_a_region_there_are_no_school_holidays(tmp_path):
    assert loaded(tmp_path).calendar.recesses == ()


def test_what_the_plan_lacks_is_said_in_the_words_of_the_rulebook(tmp_path):
    rulebook = loaded(tmp_path)
    steps = [{"ref": "avond", "kind": "activity", "done": "2026-03-20"}]
    (found,) = evaluate(facts_of({"plan": {"adopted_on": "2026-03-02"}, "steps": steps}), rulebook)
    assert found.details["lacks"] == ["goal", "frameworks"]
    message = wording.message(rulebook.by_id["plan-complete"], found, "nl")
    assert message == "Een plan vóór de eerste activiteit (het doel en de kaders met hun reden)."


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("strength: ordinance", "strength: policy"),
        ("check: plan_says", "applies_to: {instruments: [permit]}\n    check: plan_says"),
        ("check: plan_says", "applies_to: {without_participation: false}\n    check: plan_says"),
        ("needs: [goal, frameworks]", "needs: [goal]"),
        ("plan_items: {", "plan_items: {reach: {nl: a, en: b}, "),
        ("report_items: {", "report_items: {reach: {nl: a, en: b}, "),
        ("exceptions: {", "exceptions: {internal: {nl: a, en: b, source: V}, "),
        ("equated_days: [2026-05-15]", "equated_days: [2026-05-16]"),
    ],
    ids=lambda value: value.strip().partition("\n")[0],
)
def test_the_hash_covers_what_affects_outcomes(tmp_path, right, wrong):
    assert right in BASE
    (tmp_path / "changed").mkdir()
    changed = loaded(tmp_path / "changed", base=BASE.replace(right, wrong, 1))
    assert loaded(tmp_path).hash != changed.hash


def test_the_hash_covers_the_region(tmp_path):
    (tmp_path / "north").mkdir()
    midden = loaded(tmp_path, f"{OWN}calendar: {{region: midden}}\n")
    assert midden.hash != loaded(tmp_path / "north", f"{OWN}calendar: {{region: noord}}\n").hash


def test_the_hash_leaves_out_names_and_how_a_source_is_known(tmp_path):
    (tmp_path / "changed").mkdir()
    base = BASE.replace("nl: het doel", "nl: het hoofddoel").replace(", unread: true", "")
    assert loaded(tmp_path).hash == loaded(tmp_path / "changed", base=base).hash


# ---------- adjusting another rulebook


def test_adjusting_a_rule_of_another_shipped_rulebook_names_that_one(tmp_path):
    own = f"{OWN.replace('basisstad', 'nl')}adjust: [{{id: meeting-announced, versions: [{{from: 2026-01-01}}]}}]\n"
    (problem,) = problems(tmp_path, own)
    assert (problem.rule, problem.reason) == ("meeting-announced", "there is no such rule to adjust")
    assert problem.hint == "it is a rule of leiden: write `extends: leiden`, or add a rule of your own"


def test_a_mistake_in_an_adjusted_term_is_reported_where_it_was_adjusted(tmp_path):
    own = f"{OWN}adjust:\n  - id: plan-complete\n    versions: [{{from: 2024-09-15, due: [first_activty]}}]\n"
    (problem,) = problems(tmp_path, own)
    assert (problem.file, problem.rule, problem.line) == ("onze-stad.yaml", "plan-complete", 9)
    assert problem.hint == "did you mean 'first_activity'?"


def test_an_adjusted_rule_never_counts_from_before_its_first_source(tmp_path):
    own = f"{OWN}adjust: [{{id: plan-complete, versions: [{{from: 2024-01-01, due: [first_activity]}}]}}]\n"
    (problem,) = problems(tmp_path, own)
    assert problem.reason == "it counts from 2024-01-01, before its first source V (2024-09-15)"


@pytest.mark.parametrize("name", ["nl", "leiden", "basis", "amsterdam"])
def test_any_shipped_rulebook_can_be_extended(tmp_path, name):
    rulebook = loaded(tmp_path, OWN.replace("basisstad", name))
    assert rulebook.by_id.keys() == load(name).by_id.keys()


# ---------- the shipped rulebooks


def test_a_town_without_a_rulebook_is_not_judged_by_promises_of_another():
    basis = load("basis")
    assert basis.municipality == ""
    own = [rule for rule in basis.rules if rule.file == "basis.yaml"]
    assert {citation.source for rule in own for citation in rule.sources} == {"VVR"}
    assert {(rule.strength, rule.own_term) for rule in own} == {("recommendation", True)}
    assert {version.first for rule in own for version in rule.versions} == {date(2026, 2, 23)}
    assert {rule.id for rule in own} <= load("leiden").by_id.keys()


def test_the_rules_of_amsterdam_carry_the_strength_of_the_ordinance():
    amsterdam = load("amsterdam")
    own = [rule for rule in amsterdam.rules if rule.file == "amsterdam.yaml"]
    assert amsterdam.municipality == "amsterdam"
    assert {rule.strength for rule in own} == {"ordinance"}
    assert len(amsterdam.exceptions) == 7
    assert "published text" in amsterdam.notice["en"]
