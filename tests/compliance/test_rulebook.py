"""Each error in a rulebook is reported with its location and a hint; a valid one decides which numbers apply."""

import contextlib
from datetime import date

import pytest
import yaml

from participation.compliance.calendar import Term
from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import Facts, StepFacts, TrajectoryFacts
from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import load, load_upload
from participation.compliance.rulebook_sections import MAX_ITEMS
from participation.dossier import schema_fields
from tests.compliance.broken_rulebooks import BROKEN, HEAD, PARAMETERS, RULE, with_parameters, write


def validation_errors(folder, text):
    with pytest.raises(RulebookError) as refused:
        load(write(folder, text))
    for problem in refused.value.problems:
        assert problem.file == "eigen.yaml"
        assert problem.line > 0, problem
        assert problem.hint, problem
    return [(problem.rule, problem.reason) for problem in refused.value.problems]


def test_a_valid_rulebook_is_loaded(tmp_path):
    rule = load(write(tmp_path, HEAD + RULE)).by_id["terugkoppeling"]
    assert rule.versions[0].parameters == {"term": Term(28)}


@pytest.mark.parametrize(("line", "strength"), [("", "policy"), ("    strength: wish\n", "wish")])
def test_a_rule_has_the_strength_of_its_first_source_or_claims_less(tmp_path, line, strength):
    text = RULE.replace("    strength: policy\n", line)
    assert text != RULE
    assert load(write(tmp_path, HEAD + text)).by_id["terugkoppeling"].strength == strength


@pytest.mark.parametrize(("right", "wrong", "reason"), BROKEN, ids=[b[2] for b in BROKEN])
def test_an_error_is_reported_with_its_location_and_a_hint(tmp_path, right, wrong, reason):
    text = HEAD + RULE
    assert right in text
    found = validation_errors(tmp_path, text.replace(right, wrong, 1))
    assert any(reason in message for _rule, message in found), found


#: Mistakes that show elsewhere: in the list of examples, further on in the line of a bracket, at the rule itself.
SHOWN_ELSEWHERE = (
    "no example that",
    "versions is empty",
    "column",
    "this id is retired",
    "the key 'sources'",
    "`title` is missing",
)


@pytest.mark.parametrize(
    ("right", "wrong", "reason"), [b for b in BROKEN if not b[2].startswith(SHOWN_ELSEWHERE)], ids=lambda text: ""
)
def test_an_error_is_reported_on_the_line_of_the_mistake(tmp_path, right, wrong, reason):
    text = HEAD + RULE
    first = text[: text.index(right)].count("\n") + 1
    with pytest.raises(RulebookError) as refused:
        load(write(tmp_path, text.replace(right, wrong, 1)))
    lines = {problem.line for problem in refused.value.problems if reason in problem.reason}
    assert lines <= set(range(first, first + wrong.count("\n") + 1))


def test_a_duplicate_id_is_reported(tmp_path):
    assert ("terugkoppeling", "this id is there twice") in validation_errors(tmp_path, HEAD + RULE + RULE)


def test_an_unknown_rulebook_is_reported_with_the_known_names():
    with pytest.raises(RulebookError) as refused:
        load("lieden")
    assert "leiden" in refused.value.problems[0].hint


def test_all_errors_are_reported_at_once(tmp_path):
    text = (HEAD + RULE).replace("strength: policy", "strength: x").replace('["003"]', "[]")
    assert len(validation_errors(tmp_path, text)) == 3


@pytest.mark.parametrize(("check", "parameters", "reason"), PARAMETERS, ids=[p[2] for p in PARAMETERS])
def test_an_error_in_a_parameter_is_reported_with_its_name(tmp_path, check, parameters, reason):
    assert ("terugkoppeling", reason) in validation_errors(tmp_path, with_parameters(check, parameters))


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


def test_a_rule_is_adjusted_once_and_a_rule_of_the_file_itself_never(tmp_path):
    adjusted = OWN.partition("adjust:\n")[2].replace("ADJUSTED", "feedback-given")
    text = f"{OWN.replace('ADJUSTED', 'feedback-given')}{adjusted}"
    assert validation_errors(tmp_path, text) == [("feedback-given", "this rule is adjusted twice")]
    own = f"{HEAD.strip()}{RULE}\nadjust:\n{adjusted.replace('feedback-given', 'terugkoppeling')}"
    with pytest.raises(RulebookError) as refused:
        load(write(tmp_path, own, "zelf.yaml"))
    (problem,) = refused.value.problems
    assert problem.hint == "it is a rule of this file: change it there"


# ---------- a file that was sent


def upload(text):
    with pytest.raises(RulebookError) as refused:
        load_upload(text.encode(), "voorstel.yaml")
    return list(map(str, refused.value.problems))


def test_a_file_that_was_sent_is_a_rulebook_and_may_extend_a_shipped_one():
    rulebook = load_upload(OWN.replace("ADJUSTED", "feedback-given").encode(), "voorstel.yaml")
    assert len(rulebook.rules) == len(load("leiden").rules)


@pytest.mark.parametrize("name", ["../basis", "basis.yaml", "/etc/passwd", "./nl.yaml", "words"])
def test_a_file_that_was_sent_cannot_name_a_file_of_this_machine(name):
    problem = upload(OWN.replace("extends: leiden", f"extends: {name}"))[0]
    assert problem.startswith(f"voorstel.yaml:3: extends: {name!r} is not a rulebook of Leidraad. ")


def test_a_file_that_was_sent_is_bounded_in_size_and_in_what_its_aliases_stand_for():
    assert upload("rulebook: " + "x" * 1_000_000)[0].startswith("voorstel.yaml: the file is larger than")
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9))
    assert "has more than 100,000 values" in upload(f"l0: &l0 [1]\n{levels}")[0]


def test_an_error_repeats_no_more_of_a_file_than_a_line_can_show():
    # The longest that YAML allows for a key in one line.
    long, key = "x" * 100_000, "x" * 1_000
    texts = [
        HEAD + RULE.replace("terugkoppeling", long),
        HEAD + RULE.replace('["003"]', f'["{long} artikel 5"]'),
        HEAD + RULE.replace("basic: feedback", f"basic: {long}"),
        HEAD + RULE.replace("basic:", f"{long}:"),
        HEAD + RULE.replace("basic: feedback", f"basic: *{long}"),
        HEAD.replace('"003"', long),
        HEAD.replace("rules:", f"plan_items: {{{long}: 3}}\nrules:"),
        HEAD.replace("rulebook: eigen", f"rulebook: eigen\n? {long}\n: 1\n? {long}\n: 2"),
        HEAD.replace("rulebook: eigen", f"rulebook: eigen\nnotice: !!int {long}"),
        HEAD.replace("rulebook: eigen", f"rulebook: eigen\nnotice: !!timestamp {long}"),
        HEAD.replace("rulebook: eigen", f"rulebook: eigen\nextends: {long}"),
        (HEAD + RULE).replace("003", key).replace("en: Letter", "en: Letter, known_from: '009'"),
        (HEAD + RULE).replace("003", key).replace("{from: 2021-05-19, t", "{from: 2020-01-01, t"),
        (HEAD + RULE).replace('{"003"', f'{{"{key}"').replace('["003"]', f'["{key[:-1]}"]'),
        HEAD.replace("rules:", f"calendar: {{recesses: [{{name: {long}, from: 2026-07-18, to: 2026-07-17}}]}}\nrules:"),
    ]
    assert all(len(line) < 700 for text in texts for line in upload(text))
    rule = HEAD + RULE.replace("id: terugkoppeling", 'id: "a\\nb\\e[31m"')
    assert all(line.isprintable() for line in upload(rule))


def test_a_section_has_no_more_items_than_a_dossier_can_hold():
    items = ", ".join(f"i{n}: {{nl: a, en: b}}" for n in range(101))
    found = upload(HEAD.replace("rules:", f"plan_items: {{{items}}}\nrules:"))
    assert found == ["voorstel.yaml:5: plan_items: it has 101 keys. Write at most 100."]
    assert MAX_ITEMS == schema_fields.MAX_ITEMS


def test_more_errors_than_can_be_listed_are_cut_off_before_they_cost_time():
    *listed, last = upload(HEAD + "".join(f"  - {{id: Regel{n}}}\n" for n in range(5_000)))
    assert len(listed) == 200
    assert last == "voorstel.yaml: more than 200 mistakes: the rest is not listed. Correct these first."


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
    *[(key,) for key in ("retired", "adjust", "rules", "municipality", "notice")],
    *[(key,) for key in ("plan_items", "report_items", "exceptions")],
    *[(key, "goal") for key in ("plan_items", "report_items", "exceptions")],
    *[("plan_items", "goal", key) for key in ("nl", "help")],
    ("exceptions", "goal", "source"),
    *[("rules", 0, "applies_to", key) for key in ("kinds", "levels", "started_from", "without_participation")],
    *[("sources", "003", key) for key in ("nl", "strength", "from", "known_from", "unread", "url")],
    *[("calendar", key) for key in ("region", "school_holidays")],
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
    sections = """
calendar: {}
plan_items: {goal: {nl: doel, en: goal}}
report_items: {goal: {nl: doel, en: goal}}
exceptions: {goal: {nl: doel, en: goal, source: '003'}}
rules:
"""
    rule = RULE.replace(" on:", " 'on':").replace("check:", "applies_to: {}\n    check:")
    data = yaml.safe_load(HEAD.replace("rules:", sections.strip()) + rule)
    within = data
    for part in place[:-1]:
        within = within[part]
    within[place[-1]] = odd
    with contextlib.suppress(RulebookError):
        load(write(tmp_path, yaml.safe_dump(data)))
