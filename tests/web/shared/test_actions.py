"""Every rule, a municipality's own too, has the one action that clears it: a form, with what is known filled in."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from django.urls import resolve, reverse

from participation.compliance.checks import CHECKS
from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.compliance.evaluate import evaluate, obligations_under
from participation.compliance.facts import Facts
from participation.compliance.obligations import FLAGGED, ObligationValue, status
from participation.compliance.rulebook import load
from participation.web.shared import remedies
from participation.web.shared.actions import action_for
from participation.web.shared.remedies import RemedyContext, aim_at

READERS = {"dossier": facts_of, "motion": motion_of, "commitment": commitment_of}
BOOKS = {name: load(name) for name in ("nl", "leiden")}
EXAMPLES = [
    (rule, example) for book in BOOKS.values() for rule in book.rules for example in book.by_id[rule.id].examples
]
#: The forms that clear something, each with how many words its address takes.
FORMS = {
    "step_add": 1,
    "step_change": 2,
    "plan_change": 1,
    "trajectory_change": 1,
    "scenario_add": 1,
    "scenario_change": 2,
    "document_add": 1,
    "document_change": 2,
    "document_share": 2,
    "request_change": 2,
    "contributions_answer": 1,
    "contribution_change": 2,
    "motion_change": 1,
    "motion_report": 1,
    "commitment_change": 1,
    "commitment_report": 1,
    "rule": 1,
}


def owed_in(rule, example):
    """What this example still owes on its day, with the facts; and its name as an address has it."""
    ((kind, document),) = example.document.items()
    about = READERS[kind](document)
    name = about.trajectory.slug or "voorbeeld" if isinstance(about, Facts) else about.number or "T-1"
    for obligation in obligations_under(rule, about):
        if status(obligation, example.on) in FLAGGED:
            yield name, about if isinstance(about, Facts) else None, obligation


@pytest.mark.parametrize("with_facts", [True, False], ids=["facts at hand", "no facts"])
@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{rule.id}: {example.title['en']}" for rule, example in EXAMPLES]
)
def test_whatever_an_example_owes_has_a_form_that_clears_it(rule, example, with_facts):
    for name, facts, obligation in owed_in(rule, example):
        aim = aim_at(RemedyContext(name, rule, obligation, facts if with_facts else None, example.on))
        assert aim.view in FORMS, obligation
        assert len(aim.args) == FORMS[aim.view], aim
        assert all(aim.args), aim
        assert all(value for _name, value in aim.query), aim
        assert str(aim.label)
        if facts and with_facts and aim.view == "step_change":
            assert aim.args[1] in {step.ref for step in facts.steps}
        address = reverse(aim.view, args=aim.args)
        action = action_for(name, rule, obligation, example.on, facts=facts if with_facts else None, back="/deze-week/")
        assert urlsplit(action.url).path == address
        assert resolve(urlsplit(action.url).path).url_name == aim.view
        assert dict(parse_qsl(urlsplit(action.url).query))["terug"] == "/deze-week/"


def test_every_check_has_an_action_of_its_own():
    assert set(remedies._BY_CHECK) == set(CHECKS)


def case(dossier, rule, subject="", on="2026-04-20", **facts):
    """The obligation of this rule about this subject in a dossier, with its facts."""
    found = facts_of({"trajectory": {"slug": "plein", "title": "Plein", "kind": "public_space"}, **dossier})
    book = BOOKS["leiden"]
    owed = next(o for o in evaluate(found, book) if o.identity == (rule, subject))
    return RemedyContext("plein", book.by_id[rule], owed, found, date.fromisoformat(on))


EVENING = {"ref": "s3", "kind": "activity", "method": "meeting", "done": "2026-03-20", "audience": ["residents"]}


def test_feedback_leads_to_a_new_step_about_the_activity_for_those_who_were_there_done_today():
    aim = aim_at(case({"steps": [EVENING]}, "feedback-given", "s3"))
    known = [("kind", "feedback"), ("about", "s3"), ("audience", "residents"), ("done", "2026-04-20")]
    assert (aim.view, aim.args, list(aim.query)) == ("step_add", ("plein",), known)


def test_feedback_that_was_planned_leads_to_that_step_with_the_day_it_was_planned_for():
    planned = {"ref": "s4", "kind": "feedback", "about": ["s3"], "planned": "2026-04-10"}
    aim = aim_at(case({"steps": [EVENING, planned]}, "feedback-given", "s3"))
    assert (aim.view, aim.args) == ("step_change", ("plein", "s4"))
    assert dict(aim.query) == {"veld": "done", "done": "2026-04-10"}


def test_feedback_that_is_planned_too_late_leads_to_its_planned_day():
    planned = {"ref": "s4", "kind": "feedback", "about": ["s3"], "planned": "2026-05-10"}
    aim = aim_at(case({"steps": [EVENING, planned]}, "feedback-given", "s3", on="2026-04-01"))
    assert (aim.args, dict(aim.query)) == (("plein", "s4"), {"veld": "planned"})


def test_feedback_before_a_decision_is_about_all_activities_that_have_none_yet():
    steps = [
        {**EVENING, "title": "Avond"},
        {**EVENING, "ref": "s5", "title": "Wandeling", "done": "2026-03-25"},
        {**EVENING, "ref": "s6", "title": "Gesprek", "done": "2026-03-26"},
        {"ref": "s7", "kind": "feedback", "about": ["s6"], "done": "2026-04-01"},
        {"ref": "b1", "kind": "decision", "stage": "adoption", "body": "council", "planned": "2026-06-01"},
    ]
    aim = aim_at(case({"steps": steps}, "feedback-before-decision", "b1"))
    assert [value for name, value in aim.query if name == "about"] == ["s3", "s5"]


def test_a_plan_that_lacks_something_leads_to_those_fields():
    aim = aim_at(case({"plan": {"adopted_on": "2026-03-01"}, "steps": [EVENING]}, "groups-covered"))
    assert (aim.view, list(aim.query)) == ("plan_change", [("veld", "target_groups"), ("veld", "silent_interests")])


def test_what_waits_for_a_decision_leads_to_the_decision_that_has_no_day_yet():
    undated = {"ref": "b1", "kind": "decision", "stage": "adoption", "planned": {"precision": "unscheduled"}}
    aim = aim_at(case({"steps": [EVENING, undated]}, "early-involvement"))
    assert (aim.view, aim.args, dict(aim.query)) == ("step_change", ("plein", "b1"), {"veld": "planned"})


def test_an_answer_leads_to_that_very_contribution():
    given = {"ref": "c4", "step": "s3", "received_on": "2026-03-20"}
    aim = aim_at(case({"steps": [EVENING], "contributions": [given]}, "contribution-answered", "c4"))
    assert (aim.view, aim.place) == ("contributions_answer", "c4")


def test_a_document_that_not_all_have_leads_to_sharing_it_with_just_those_today():
    dossier = {
        "organisations": [{"slug": slug, "name": slug, "kind": "residents_association"} for slug in ("a", "b", "c")],
        "plan": {"actors": [{"organisation": slug, "part": "participant"} for slug in ("a", "b", "c")]},
        "documents": [{"ref": "d1", "shared": [{"with": "a", "on": "2026-03-02"}]}],
    }
    aim = aim_at(case(dossier, "equal-information", "d1"))
    assert (aim.view, aim.args) == ("document_share", ("plein", "d1"))
    assert list(aim.query) == [("parties", "b"), ("parties", "c"), ("on", "2026-04-20")]


@pytest.mark.parametrize("dates", [{"met_on": date(2026, 4, 1)}, {"expected_on": date(2026, 4, 1)}])
def test_what_is_met_or_planned_in_time_needs_no_action(dates):
    rule = BOOKS["leiden"].by_id["feedback-given"]
    planned = ObligationValue(rule.id, "s3", None, date(2026, 4, 17), **dates)
    assert action_for("plein", rule, planned, date(2026, 3, 31)) is None
    # Once its day has gone by without a record, or where it comes too late, there is something to do.
    assert (action_for("plein", rule, planned, date(2026, 4, 2)) is None) == ("met_on" in dates)
    late = planned._replace(due_on=date(2026, 3, 31))
    assert action_for("plein", rule, late, date(2026, 3, 31)) is not None


@pytest.mark.parametrize(("check", "subject"), [("step_dated", "s\n3"), ("a check of later", "s3")])
def test_what_has_no_form_leads_to_where_it_is_explained(check, subject):
    rule = BOOKS["leiden"].by_id["meeting-announced"]._replace(check=check)
    action = action_for("plein", rule, ObligationValue(rule.id, subject), date(2026, 4, 1))
    assert action.url == f"/trajecten/plein/#meeting-announced--{quote(subject)}"


def test_a_rule_of_a_municipality_with_numbers_of_its_own_leads_to_what_those_say():
    rule = BOOKS["leiden"].by_id["early-involvement"]
    own = rule.versions[-1]._replace(parameters={**rule.versions[-1].parameters, "kinds": ["inspection"]})
    rule = rule._replace(id="eigen-regel", versions=(own,))
    aim = aim_at(
        RemedyContext("plein", rule, ObligationValue(rule.id, due_on=date(2026, 4, 17)), None, date(2026, 4, 1))
    )
    assert ("kind", "inspection") in aim.query
