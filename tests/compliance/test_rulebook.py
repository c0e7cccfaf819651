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

HEAD = """
rulebook: eigen
title: {nl: Eigen, en: Own}
sources: {"003": {strength: policy, nl: Brief, en: Letter, from: 2021-05-19}}
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


BROKEN = [
    ("check: feedback_given", "check: feedback_gven", "unknown check 'feedback_gven'"),
    ("term: 28 days", "trem: 28 days", "the check feedback_given has no parameter 'trem'"),
    ("{from: 2021-05-19, term: 28 days}", "{from: 2021-05-19}", "the check feedback_given needs `term`"),
    ("term: 28 days", "term: 28", "term: 28 is not a term"),
    ("term: 28 days", "term: vier weken", "term: 'vier weken' is not a term"),
    ("from: 2021-05-19, term", "from: mei, term", "from: 'mei' is not a day"),
    ("from: 2021-05-19, term", "from: 2021-05-19, until: 2020-01-01, term", "ends before it begins"),
    ('{about}.", en', '{abuot}.", en', "the nl message uses {abuot}, which the check never fills"),
    ("over {about}.", "over {about.", "the nl message cannot be read"),
    ('source: ["003"]', "source: []", "source is empty"),
    ('source: ["003"]', 'source: ["009"]', "unknown source '009'"),
    ("    strength: policy", "    strength: law", "strength 'law', but its first source 003 is 'policy'"),
    ("    strength: policy", "    strength: whish", "unknown strength 'whish'"),
    ("from: 2021-05-19, term", "from: 2021-05-18, term", "it counts from 2021-05-18, before its first source 003"),
    ("{strength: policy, nl", "{strength: polcy, nl", "unknown strength 'polcy'"),
    ("{strength: policy, nl", "{nl", "`strength` is missing"),
    ("nl: Brief, en: Letter", "nl: Brief", "`en` is missing"),
    ("en: Letter", "en: Letter, known_from: '001'", "known_from: there is no source '001'"),
    ("en: Letter", "en: Letter, known_from: '003'", "known_from: there is no source '003'"),
    ("en: Letter", "en: Letter, unread: maybe", "unread: 'maybe' is not true or false"),
    ("en: Letter", "en: Letter, url: brief.pdf", "url: 'brief.pdf' is not an address like https://…"),
    ("en: Letter, from: 2021-05-19", "en: Letter, from: mei", "from: 'mei' is not a day"),
    (
        'sources: {"003"',
        'sources: {"brief 3": {strength: wish, nl: Brief, en: Letter}, "003"',
        "sources: 'brief 3' is not a name like V1",
    ),
    ("basic: feedback", "basic: feedbak", "unknown basic 'feedbak'"),
    ("basic: feedback", "basik: feedback", "unknown key 'basik'"),
    ("id: terugkoppeling", "id: Terug_Koppeling", "id: 'Terug_Koppeling' is not a name like feedback-given"),
    ("why: {nl: Omdat., en: Because.}", "why: {nl: Omdat.}", "no why in English"),
    ("expect: overdue", "expect: overdu", "unknown status 'overdu'"),
    ("expect: overdue", "expect: met", "no example that is flagged"),
    ("expect: met", "expect: overdue", "no example that is not flagged"),
    ("expect: unknown", "expect: met", "no example that is unknown"),
    ("on: 2026-01-01, expect: met", "expect: met", "`on` is missing"),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {kinds_except: [reserch]}",
        "kinds_except: unknown word 'reserch'",
    ),
    ("check: feedback_given", "check: feedback_given\n    applies_to: {impact: [high]}", "unknown key 'impact'"),
    ("check: feedback_given", "check: feedback_given\n    applies_to: {levels: []}", "levels is empty"),
    ("check: feedback_given", "check: feedback_given\n    applies_to: {levels: high}", "levels: 'high' is not a list"),
    ("check: feedback_given", "check: feedback_given\n    applies_to: [policy]", "applies_to: ['policy'] is not"),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {kinds: [policy], kinds_except: [events]}",
        "both kinds and kinds_except",
    ),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {started_from: mei}",
        "started_from: 'mei' is not a day",
    ),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {without_participation: no}",
        "without_participation: 'no' is not true or false",
    ),
    (
        "check: feedback_given",
        "check: motion_reported\n    applies_to: {impacts: [high]}",
        "it is about trajectories, but this check is about a motion",
    ),
    ("check: feedback_given", "check: feedback_given\n    own_term: ja", "own_term: 'ja' is not true or false"),
    ("basic: feedback", "basic: feedback\n    basic: feedback", "the key 'basic' is there twice"),
    ("rulebook: eigen", "rulebook: [eigen", "column"),
    ("rulebook: eigen", "regelboek: eigen", "this is no rulebook"),
    ("rulebook: eigen", "rulebook: Eigen Stad", "rulebook: 'Eigen Stad' is not a name like onze-stad"),
    ("rulebook: eigen", "rulebook: eigen\nmunicipality: [leiden]", "municipality: ['leiden'] is not a name"),
    ("rulebook: eigen", "rulebook: eigen\nnotice: {nl: Let op}", "no notice in English"),
    ("from: 2021-05-19, term", "from: 2021-02-30, term", "'2021-02-30' is not a day in the calendar"),
    ("from: 2021-05-19, term", "from: 2021-05-19T10:00:00, term", "'2021-05-19T10:00:00' is not a date"),
    ("from: 2021-05-19, term", "from: 0021-05-19, term", "lies outside the years"),
    ("term: 28 days", "term: 99999 days", "term: '99999 days' is not a term"),
    ("rulebook: eigen", "rulebook: " + "[" * 101 + "]" * 101, "nested more than 100 levels deep"),
    ("rulebook: eigen", "rulebook: eigen\nextends: eigen", "rulebooks extend each other: eigen -> eigen"),
    ("rulebook: eigen", "rulebook: eigen\nretired: [terugkoppeling]", "this id is retired"),
    ("rulebook: eigen", "rulebook: eigen\nadjust: [{id: terugkopeling}]", "there is no such rule to adjust"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {recesses: [{name: zomer}]}", "`from` is missing"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {equated_days: [vrijdag]}", "'vrijdag' is not a day"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {region: midden}", "unknown region 'midden'"),
    (
        "rulebook: eigen",
        "rulebook: eigen\ncalendar: {school_holidays: {midden: [{name: zomer, from: 2026-07-18, to: 2026-07-17}]}}",
        "zomer ends before it begins",
    ),
    ("on: 2026-01-01, expect: met", "motion: {}, on: 2026-01-01, expect: met", "an example without facts"),
    ("dossier: {}, on: 2026-01-01, expect: met", "motion: {}, on: 2026-01-01, expect: met", "an example with a motion"),
    ("on: 2026-01-01, expect: met", "on: 2026-01-01, expect: {}", "expect is empty"),
    ("on: 2026-01-01, expect: met", "on: 2026-01-01, expect: {a: mett}", "unknown status 'mett'"),
    ("on: 2026-01-01, expect: met", "on: morgen, expect: met", "on: 'morgen' is not a day"),
    ("{nl: Te laat, en: Late}", "{nl: Te laat, en: Late, fr: Tard}", "title: unknown key 'fr'"),
    ("{nl: Te laat, en: Late}", "{nl: 3, en: Late}", "nl: 3 is not a text"),
    ("{nl: Te laat, en: Late}", "{nl: ' ', en: Late}", "nl is empty"),
    ("{nl: Te laat, en: Late}", '{nl: "a\\x07b", en: Late}', "nl: a character that no page can show"),
    ("{nl: Te laat, en: Late}", "Te laat", "title: 'Te laat' is not a text in Dutch and English"),
    ('source: ["003"]', 'source: ["003", "003"]', "source: '003' is there twice"),
    ('source: ["003"]', "source: [2021-05-19]", "source: 2021-05-19 is not a text"),
    ('source: ["003"]', "source: 003", "source: '003' is not a list"),
    ("- {from: 2021-05-19, term: 28 days}", "[]", "versions is empty"),
    ("- {from: 2021-05-19, term: 28 days}", "- 28 days", "versions: '28 days' is not a list of keys"),
    ("{from: 2021-05-19, term: 28 days}", "{term: 28 days}", "`from` is missing"),
    (
        "- {from: 2021-05-19, term: 28 days}",
        "- {from: 2021-05-19, term: 28 days}\n      - {from: 2021-05-19, term: 14 days}",
        "two versions are in force on 2021-05-19",
    ),
    (
        "- {from: 2021-05-19, term: 28 days}",
        "- {from: 2022-01-01, term: 28 days}\n      - {from: 2021-05-19, until: 2022-01-01, term: 14 days}",
        "two versions are in force on 2022-01-01",
    ),
    ("term: 28 days", "term: 1001 working days", "term: '1001 working days' is not a term"),
    ("id: terugkoppeling", f"id: {'x' * 101}", "is not a name like feedback-given"),
    ("id: terugkoppeling", "id: 3", "id: 3 is not a name like feedback-given"),
    (
        "check: feedback_given",
        "check: feedback_given\n    applies_to: {kinds: [policy, policy]}",
        "kinds: 'policy' is there twice",
    ),
    ("rulebook: eigen", "rulebook: eigen\nretired: [weg, weg]", "retired: 'weg' is there twice"),
    ("rulebook: eigen", "rulebook: eigen\nretired: weg", "retired: 'weg' is not a list"),
    ("rulebook: eigen", "rulebook: eigen\nadjust: [{id: x}]", "`versions` is missing"),
    (
        "rulebook: eigen",
        "rulebook: eigen\nadjust: [{id: terugkoppeling, versions: [{from: 2026-01-01}]}]",
        "there is no such rule to adjust",
    ),
    ("rulebook: eigen", "rulebook: eigen\nextends: nergens", "extends: 'nergens': there is no such rulebook"),
    ("rulebook: eigen", f"rulebook: eigen\nextends: {'x' * 300}", "the file cannot be read: File name too long"),
    ("rulebook: eigen", 'rulebook: eigen\nextends: "a\\0.yaml"', "extends: a character that no page can show"),
    ("rulebook: eigen", "rulebook: eigen\nextends: [basis]", "extends: ['basis'] is not a text"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: zomer", "calendar: 'zomer' is not a list of keys"),
    ("rulebook: eigen", "rulebook: eigen\ncalendar: {equated_days: [2026-05-15, 2026-05-15]}", "is there twice"),
    (
        "rulebook: eigen",
        "rulebook: eigen\ncalendar: {recesses: [{from: 2026-07-18, to: 2026-08-30}]}",
        "`name` is missing",
    ),
    ("rulebook: eigen", "rulebook: eigen\nfindings: [{basic: feedback}]", "`found_on` is missing"),
    (
        "rulebook: eigen",
        "rulebook: eigen\nfindings: [{basic: feedback, found_on: 2026-01-01, by: {nl: a, en: b}, text: {nl: a, en: b},"
        " source: '009'}]",
        "unknown source '009'",
    ),
    ("rulebook: eigen", "rulebook: eigen\nsources: 3", "the key 'sources' is there twice"),
    ("title: {nl: Eigen, en: Own}", "", "`title` is missing"),
]


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


PARAMETERS = [
    ("inspection_open", "procedure: extended, weeks: -1", "weeks: -1 is not a whole number from 0 to 1000"),
    ("inspection_open", "procedure: extended, weeks: 1001", "weeks: 1001 is not a whole number from 0 to 1000"),
    ("inspection_open", "procedure: extended, weeks: true", "weeks: True is not a whole number from 0 to 1000"),
    ("inspection_open", "procedure: extended, weeks: six", "weeks: 'six' is not a whole number from 0 to 1000"),
    ("inspection_open", "procedure: exended, weeks: 6", "unknown procedure 'exended'"),
    ("trajectory_states", "what: level, due: [start], least: consullt", "unknown least 'consullt'"),
    ("trajectory_states", "what: level, due: []", "due is empty"),
    ("trajectory_states", "what: level, due: start", "due: 'start' is not a list"),
    ("trajectory_states", "what: level, due: [start, start]", "due: 'start' is there twice"),
    ("trajectory_states", "what: level, due: [first]", "due: unknown word 'first'"),
    ("followed_by", "kind: feedback, after: [start], term: 3 days, latest: ja", "latest: 'ja' is not true or false"),
    ("plan_says", "due: [start], needs: [gaol]", "needs: unknown word 'gaol'"),
    ("reasoned_exception", "grounds: [urgent]", "grounds: unknown word 'urgent'"),
    ("room_kept", "term: 3 days", "the check room_kept has no parameter 'term'"),
]


@pytest.mark.parametrize(("check", "parameters", "reason"), PARAMETERS, ids=[p[2] for p in PARAMETERS])
def test_an_error_in_a_parameter_is_reported_with_its_name(tmp_path, check, parameters, reason):
    text = RULE.replace("feedback_given", check).replace("term: 28 days", parameters).replace("{about}", "{due}")
    assert ("terugkoppeling", reason) in validation_errors(tmp_path, HEAD + text)


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
    long = "x" * 100_000
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
