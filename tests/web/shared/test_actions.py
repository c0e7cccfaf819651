"""Every rule, also of a municipality, has a remedy: a form with known values filled in."""

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
from participation.web.editing.contribution_forms import ContributionForm
from participation.web.editing.document_form import DocumentForm, ShareForm
from participation.web.editing.plan_form import PlanForm
from participation.web.editing.requests import RequestForm
from participation.web.editing.scenarios import ScenarioForm
from participation.web.editing.step_form import StepForm
from participation.web.editing.trajectories import TrajectoryForm
from participation.web.register.forms import CommitmentForm, MotionForm
from participation.web.shared import remedies
from participation.web.shared.actions import action_for
from participation.web.shared.remedies import RemedyContext, remedy_for

READERS = {"dossier": facts_of, "motion": motion_of, "commitment": commitment_of}
BOOKS = {name: load(name) for name in ("nl", "leiden", "basis", "amsterdam")}
EXAMPLES = [
    (rule, example) for book in BOOKS.values() for rule in book.rules for example in book.by_id[rule.id].examples
]
#: The forms that are remedies, each with the number of arguments of its URL.
FORMS = {
    "step_add": 1,
    "step_change": 2,
    "plan_change": 1,
    "trajectory_change": 1,
    "trajectory_publication": 1,
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
    "commitment_fulfilment": 1,
    "rule": 1,
}
#: The fields of each form, with the columns that are edited in several fields.
FIELDS = {
    "step_add": {*StepForm.base_fields, *StepForm.text_columns},
    "step_change": {*StepForm.base_fields, *StepForm.text_columns},
    "plan_change": {*PlanForm.base_fields, *PlanForm.text_columns},
    "trajectory_change": set(TrajectoryForm.base_fields),
    "scenario_add": set(ScenarioForm.base_fields),
    "scenario_change": set(ScenarioForm.base_fields),
    "document_add": set(DocumentForm.base_fields),
    "document_change": set(DocumentForm.base_fields),
    "document_share": set(ShareForm.base_fields),
    "request_change": set(RequestForm.base_fields),
    "contribution_change": set(ContributionForm.base_fields),
    "motion_change": set(MotionForm.base_fields),
    "commitment_change": set(CommitmentForm.base_fields),
}


def obligation_in(rule, example):
    """Return the open obligations of this example on its day, with the facts, and the name of the trajectory."""
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
def test_every_obligation_of_an_example_has_a_remedy_form(rule, example, with_facts):
    for name, facts, obligation in obligation_in(rule, example):
        remedy = remedy_for(RemedyContext(name, rule, obligation, facts if with_facts else None, example.on))
        assert remedy.view in FORMS, obligation
        assert len(remedy.args) == FORMS[remedy.view], remedy
        assert all(remedy.args), remedy
        assert all(value for _name, value in remedy.query), remedy
        assert str(remedy.label)
        named = {value if name == "veld" else name for name, value in remedy.query}
        assert named <= FIELDS.get(remedy.view, set()), remedy
        if facts and with_facts and remedy.view == "step_change":
            assert remedy.args[1] in {step.ref for step in facts.steps}
        address = reverse(remedy.view, args=remedy.args)
        action = action_for(
            name, rule, obligation, example.on, facts=facts if with_facts else None, return_url="/deze-week/"
        )
        assert urlsplit(action.url).path == address
        assert resolve(urlsplit(action.url).path).url_name == remedy.view
        assert dict(parse_qsl(urlsplit(action.url).query))["terug"] == "/deze-week/"


def test_every_check_has_its_own_remedy():
    assert set(remedies._BY_CHECK) == set(CHECKS)


def case(dossier, rule, subject="", on="2026-04-20", **facts):
    """Return the obligation of this rule and subject in a dossier, with its facts."""
    found = facts_of({"trajectory": {"slug": "plein", "title": "Plein", "kind": "public_space"}, **dossier})
    book = BOOKS["leiden"]
    obligation = next(o for o in evaluate(found, book) if o.identity == (rule, subject))
    return RemedyContext("plein", book.by_id[rule], obligation, found, date.fromisoformat(on))


EVENING = {"ref": "s3", "kind": "activity", "method": "meeting", "done": "2026-03-20", "audience": ["residents"]}


def test_feedback_links_to_a_new_step_about_the_activity_prefilled_as_done_today():
    remedy = remedy_for(case({"steps": [EVENING]}, "feedback-given", "s3"))
    known = [("kind", "feedback"), ("about", "s3"), ("audience", "residents"), ("done", "2026-04-20")]
    assert (remedy.view, remedy.args, list(remedy.query)) == ("step_add", ("plein",), known)


def test_planned_feedback_links_to_that_step_with_its_planned_date():
    planned = {"ref": "s4", "kind": "feedback", "about": ["s3"], "planned": "2026-04-10"}
    remedy = remedy_for(case({"steps": [EVENING, planned]}, "feedback-given", "s3"))
    assert (remedy.view, remedy.args) == ("step_change", ("plein", "s4"))
    assert dict(remedy.query) == {"veld": "done", "done": "2026-04-10"}


def test_feedback_planned_too_late_links_to_its_planned_date():
    planned = {"ref": "s4", "kind": "feedback", "about": ["s3"], "planned": "2026-05-10"}
    remedy = remedy_for(case({"steps": [EVENING, planned]}, "feedback-given", "s3", on="2026-04-01"))
    assert (remedy.args, dict(remedy.query)) == (("plein", "s4"), {"veld": "planned"})


def test_feedback_before_a_decision_covers_all_activities_without_feedback():
    steps = [
        {**EVENING, "title": "Avond"},
        {**EVENING, "ref": "s5", "title": "Wandeling", "done": "2026-03-25"},
        {**EVENING, "ref": "s6", "title": "Gesprek", "done": "2026-03-26"},
        {"ref": "s7", "kind": "feedback", "about": ["s6"], "done": "2026-04-01"},
        {"ref": "b1", "kind": "decision", "stage": "adoption", "body": "council", "planned": "2026-06-01"},
    ]
    remedy = remedy_for(case({"steps": steps}, "feedback-before-decision", "b1"))
    assert [value for name, value in remedy.query if name == "about"] == ["s3", "s5"]


def test_an_incomplete_plan_links_to_the_missing_fields():
    remedy = remedy_for(case({"plan": {"adopted_on": "2026-03-01"}, "steps": [EVENING]}, "groups-covered"))
    assert (remedy.view, list(remedy.query)) == (
        "plan_change",
        [("veld", "target_groups"), ("veld", "silent_interests")],
    )


def test_an_obligation_waiting_for_a_decision_links_to_the_undated_decision():
    undated = {"ref": "b1", "kind": "decision", "stage": "adoption", "planned": {"precision": "unscheduled"}}
    remedy = remedy_for(case({"steps": [EVENING, undated]}, "early-involvement"))
    assert (remedy.view, remedy.args, dict(remedy.query)) == ("step_change", ("plein", "b1"), {"veld": "planned"})


def test_a_missing_answer_links_to_that_contribution():
    given = {"ref": "c4", "step": "s3", "received_on": "2026-03-20"}
    remedy = remedy_for(case({"steps": [EVENING], "contributions": [given]}, "contribution-answered", "c4"))
    assert (remedy.view, remedy.fragment) == ("contributions_answer", "c4")


def test_an_unshared_document_links_to_sharing_with_the_missing_parties_today():
    dossier = {
        "organisations": [{"slug": slug, "name": slug, "kind": "residents_association"} for slug in ("a", "b", "c")],
        "plan": {"actors": [{"organisation": slug, "part": "participant"} for slug in ("a", "b", "c")]},
        "documents": [{"ref": "d1", "shared": [{"with": "a", "on": "2026-03-02"}]}],
    }
    remedy = remedy_for(case(dossier, "equal-information", "d1"))
    assert (remedy.view, remedy.args) == ("document_share", ("plein", "d1"))
    assert list(remedy.query) == [("parties", "b"), ("parties", "c"), ("on", "2026-04-20")]


DECIDED = {"ref": "b1", "kind": "decision", "stage": "adoption", "body": "council", "done": "2026-04-02"}


@pytest.mark.parametrize(
    ("rule", "subject", "highlighted"),
    [
        ("effect-told", "b1", ["effect", "effect_note"]),
        ("room-kept", "b1", ["room_kept"]),
        ("reach-recorded", "s3", ["reach_total"]),
    ],
)
def test_what_is_recorded_with_a_step_links_to_that_step(rule, subject, highlighted):
    remedy = remedy_for(case({"plan": {"room": "alles"}, "steps": [EVENING, DECIDED]}, rule, subject))
    assert (remedy.view, remedy.args) == ("step_change", ("plein", subject))
    assert [value for name, value in remedy.query if name == "veld"] == highlighted


def test_an_evaluation_by_nobody_named_links_to_that_evaluation():
    steps = [DECIDED, {"ref": "e1", "kind": "evaluation", "done": "2026-04-10"}]
    remedy = remedy_for(case({"steps": steps}, "evaluation-independent"))
    assert (remedy.view, remedy.args, dict(remedy.query)) == ("step_change", ("plein", "e1"), {"veld": "evaluated_by"})


def test_an_evaluation_by_the_municipality_itself_leads_to_another_one():
    own = {"ref": "e1", "kind": "evaluation", "planned": "2026-06-10", "evaluated_by": "gemeente"}
    dossier = {"organisations": [{"slug": "gemeente", "kind": "municipality"}], "steps": [DECIDED, own]}
    remedy = remedy_for(case(dossier, "evaluation-independent"))
    assert (remedy.view, remedy.args) == ("step_add", ("plein",))
    assert ("kind", "evaluation") in remedy.query


def test_a_group_not_reached_links_to_the_activity_by_its_method_or_to_a_new_one():
    plan = {"target_groups": [{"group": "Ouderen", "method": "walk"}, {"group": "jongeren", "method": "online"}]}
    walk = {"ref": "s4", "kind": "activity", "method": "walk", "done": "2026-03-21"}
    dossier = {"plan": plan, "steps": [EVENING, walk, DECIDED]}
    reached = remedy_for(case(dossier, "target-groups-reached", "Ouderen"))
    assert (reached.view, reached.args, dict(reached.query)) == (
        "step_change",
        ("plein", "s4"),
        {"veld": "reach_groups"},
    )
    new = remedy_for(case(dossier, "target-groups-reached", "jongeren"))
    assert (new.view, ("method", "online") in new.query) == ("step_add", True)


def test_an_activity_on_an_unknown_day_links_to_that_activity():
    undated = {**EVENING, "done": {"precision": "unknown"}}
    remedy = remedy_for(case({"steps": [undated, DECIDED]}, "effect-told", "b1"))
    assert (remedy.view, remedy.args, dict(remedy.query)) == ("step_change", ("plein", "s3"), {"veld": "done"})


@pytest.mark.parametrize("dates", [{"met_on": date(2026, 4, 1)}, {"expected_on": date(2026, 4, 1)}])
def test_met_or_timely_planned_obligations_need_no_remedy(dates):
    rule = BOOKS["leiden"].by_id["feedback-given"]
    planned = ObligationValue(rule.id, "s3", None, date(2026, 4, 17), **dates)
    assert action_for("plein", rule, planned, date(2026, 3, 31)) is None
    # When its day has passed without a record, or is too late, there is a remedy.
    assert (action_for("plein", rule, planned, date(2026, 4, 2)) is None) == ("met_on" in dates)
    late = planned._replace(due_on=date(2026, 3, 31))
    assert action_for("plein", rule, late, date(2026, 3, 31)) is not None


@pytest.mark.parametrize(("check", "subject"), [("step_dated", "s\n3"), ("a check of later", "s3")])
def test_an_obligation_without_a_form_links_to_its_explanation(check, subject):
    rule = BOOKS["leiden"].by_id["meeting-announced"]._replace(check=check)
    action = action_for("plein", rule, ObligationValue(rule.id, subject), date(2026, 4, 1))
    assert action.url == f"/trajecten/plein/afspraken/#meeting-announced--{quote(subject)}"


def test_remedies_of_a_municipal_rule_use_its_own_numbers():
    rule = BOOKS["leiden"].by_id["early-involvement"]
    own = rule.versions[-1]._replace(parameters={**rule.versions[-1].parameters, "kinds": ["inspection"]})
    rule = rule._replace(id="eigen-regel", versions=(own,))
    remedy = remedy_for(
        RemedyContext("plein", rule, ObligationValue(rule.id, due_on=date(2026, 4, 17)), None, date(2026, 4, 1))
    )
    assert ("kind", "inspection") in remedy.query
