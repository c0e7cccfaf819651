"""What a plan and a final report say: from which day it counts, and what is missing."""

from datetime import date

import pytest

from participation.compliance.checks.plan import NEEDS, plan_says, report_says, trajectory_states
from participation.compliance.dossier_parser import facts_of
from participation.compliance.rulebook import load

DAYS = load("leiden").by_id["plan-recorded"].days
ACTIVITY = {"ref": "a1", "kind": "activity", "done": "2026-03-20"}


def plan_obligation(plan, needs=(), steps=(ACTIVITY,), trajectory=None, **parameters):
    facts = facts_of({"trajectory": trajectory or {}, "plan": plan, "steps": list(steps)})
    (found,) = plan_says(facts, DAYS, due=["first_activity"], needs=list(needs), **parameters)
    return found


def test_what_is_written_without_an_adoption_day_is_unknown_and_that_day_is_missing():
    found = plan_obligation({"room": "de bomen"}, ["room"])
    assert (found.met, found.missing, found.details["lacks"]) == (None, ("plan_adopted_on",), [])


def test_an_adoption_that_is_still_to_be_planned_is_no_day_either():
    found = plan_obligation({"room": "de bomen", "adopted_on": {"precision": "unscheduled"}}, ["room"])
    assert found.missing == ("plan_adopted_on",)


def test_what_is_not_written_is_not_done_without_an_adoption_day_too():
    found = plan_obligation({"level_motivation": "omdat"}, ["room"])
    assert (found.met, found.missing, found.details["lacks"]) == (None, (), ["room"])


def test_a_plan_as_such_is_not_done_without_an_adoption_day():
    found = plan_obligation({"room": "de bomen"})
    assert (found.met, found.missing) == (None, ())


def test_another_day_of_the_plan_that_is_missing_is_not_done():
    found = plan_obligation({"room": "de bomen"}, ["room"], on="to_council_on")
    assert (found.met, found.missing) == (None, ())


def test_a_joint_start_is_met_on_the_first_activity_without_an_adopted_plan():
    found = plan_obligation({"joint_start": True}, ["joint_start"])
    assert (found.met, found.missing) == (date(2026, 3, 20), ())


def test_a_joint_start_is_expected_when_the_first_activity_is_planned():
    step = {"ref": "a1", "kind": "activity", "planned": "2026-03-20"}
    found = plan_obligation({"joint_start": True}, ["joint_start"], [step])
    assert (found.met, found.expected) == (None, date(2026, 3, 20))


def test_a_reason_against_a_joint_start_counts_from_the_adoption_of_the_plan():
    reason = {"joint_start": False, "joint_start_reason": "eerst over verkoop"}
    assert plan_obligation({**reason, "adopted_on": "2026-03-02"}, ["joint_start"]).met == date(2026, 3, 2)
    assert plan_obligation(reason, ["joint_start"]).missing == ("plan_adopted_on",)


def test_a_joint_start_with_other_needs_is_met_when_both_are():
    plan = {"joint_start": True, "room": "de bomen", "adopted_on": "2026-03-02"}
    assert plan_obligation(plan, ["joint_start", "room"]).met == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("need", "plan", "met"),
    [
        ("frameworks_named", {"frameworks": [{"what": "de bomen blijven"}]}, True),
        ("frameworks_named", {"frameworks": [{"why": "besluit"}]}, False),
        ("frameworks", {"frameworks": [{"what": "de bomen blijven"}]}, False),
        ("groups_named", {"target_groups": [{"group": "ouders"}]}, True),
        ("groups_named", {}, False),
        ("target_groups", {"target_groups": [{"group": "ouders"}]}, False),
        ("goal", {"items": {"goal": "ideeën"}}, True),
        ("goal", {"items": {"goal": "  "}}, False),
    ],
)
def test_a_need_is_met_by_what_the_plan_says(need, plan, met):
    found = plan_obligation({**plan, "adopted_on": "2026-03-02"}, [need])
    assert found.details["lacks"] == ([] if met else [need])


def test_the_level_is_that_of_the_trajectory():
    assert plan_obligation({}, ["level"]).details["lacks"] == ["level"]
    assert plan_obligation({}, ["level"], trajectory={"level": "advise"}).details["lacks"] == []


def test_no_need_is_named_like_an_item_of_a_shipped_rulebook():
    assert NEEDS.keys().isdisjoint(load("amsterdam").plan_items)


# ---------- the final report

DECISION = {"ref": "b1", "kind": "decision", "stage": "adoption", "body": "council", "done": "2026-06-04"}
REPORT = {"ref": "r1", "kind": "final_report", "done": "2026-06-20", "items": {"summary": "veel", "reaction": "ja"}}


def report_obligation(*reports, documents=()):
    facts = facts_of({"steps": [DECISION, *reports], "documents": list(documents)})
    (found,) = report_says(facts, DAYS, due=["final_decision"], needs=["summary", "reaction"])
    return found


@pytest.mark.parametrize("audience", ["residents", "everyone"])
def test_a_report_to_the_residents_or_everyone_is_published(audience):
    assert report_obligation({**REPORT, "audience": [audience]}).met == date(2026, 6, 20)


@pytest.mark.parametrize("audience", [[], ["council"], ["entrepreneurs"], ["wijk-a"]])
def test_a_report_to_some_only_is_not_published(audience):
    found = report_obligation({**REPORT, "audience": audience})
    assert (found.met, found.details["lacks"]) == (None, [])


@pytest.mark.parametrize(("published", "met"), [("2026-06-25", date(2026, 6, 25)), ("2026-06-18", date(2026, 6, 20))])
def test_a_report_of_which_the_document_is_published_counts_from_the_later_day(published, met):
    document = {"ref": "d1", "kind": "report", "published_on": published}
    assert report_obligation({**REPORT, "documents": ["d1"]}, documents=[document]).met == met


def test_a_document_that_is_not_published_does_not_publish_a_report():
    document = {"ref": "d1", "kind": "report"}
    assert report_obligation({**REPORT, "documents": ["d1"]}, documents=[document]).met is None


def test_the_report_that_lacks_least_says_what_is_missing():
    empty = {**REPORT, "ref": "r2", "audience": ["everyone"], "items": {}}
    part = {**REPORT, "audience": ["everyone"], "items": {"summary": "veel"}}
    assert report_obligation(empty, part).details["lacks"] == ["reaction"]
    assert report_obligation().details["lacks"] == ["summary", "reaction"]


def test_a_planned_report_is_expected_and_can_still_be_filled_in():
    planned = {"ref": "r1", "kind": "final_report", "planned": "2026-06-20", "audience": ["everyone"]}
    found = report_obligation(planned)
    assert (found.met, found.expected) == (None, date(2026, 6, 20))


def test_the_least_level_says_nothing_about_a_contact_role():
    trajectory = {"contact": {"role": "project_manager"}, "started_on": "2026-03-01"}
    facts = facts_of({"trajectory": trajectory, "steps": [ACTIVITY]})
    (found,) = trajectory_states(facts, DAYS, what="contact_role", due=["first_activity"], least="consult")
    assert found.met == date(2026, 3, 1)
