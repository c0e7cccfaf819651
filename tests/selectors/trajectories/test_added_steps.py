"""What adding steps would mean: late, missing and to plan, per step and for the trajectory; nothing is stored."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.facts import DocumentFacts, StepFacts
from participation.compliance.rulebook import load
from participation.models import Obligation, Step
from participation.selectors.trajectories.added_steps import added_steps_outlook
from tests import world

pytestmark = pytest.mark.django_db
RULEBOOK = load("leiden")
TODAY = date(2026, 11, 30)


def meeting(day, ref="pl-1", **more):
    columns = {"kind": "activity", "method": "meeting", "title": "Avond", "audience": ("residents",), **more}
    return StepFacts(ref, planned=world.on(day) if isinstance(day, str) else day, **columns)


def outlook(square, *steps, documents=(), moves=None, today=TODAY):
    return added_steps_outlook(square.pk, steps, documents, moves or {}, RULEBOOK, today)


def rules(obligations):
    return {obligation.rule for obligation in obligations}


def test_what_is_late_missing_or_still_to_plan_is_given_per_step():
    square = world.trajectory()
    soon = meeting("2026-12-08", "pl-1")
    later = meeting("2027-02-10", "pl-2")
    undated = meeting(None, "pl-3")
    found = outlook(square, soon, later, undated).by_ref
    # An evening is announced three weeks before.
    assert "meeting-announced" in rules(found["pl-1"].late)
    assert "meeting-announced" in rules(found["pl-2"].to_do)
    assert "meeting-announced" not in rules(found["pl-2"].late)
    assert "meeting-announced" in rules(found["pl-3"].missing)
    assert not Step.objects.exists()
    assert not Obligation.objects.exists()


def test_what_no_longer_fits_or_fits_now_elsewhere_is_given_for_the_trajectory():
    square = world.trajectory()
    world.step(square, "s1", kind="decision", stage="adoption", planned=world.on("2026-12-20"), audience=[])
    changes = outlook(square, meeting("2026-12-08")).changes
    assert "plan-discussed" in {change.obligation.rule for change in changes.worse}
    assert all(change.obligation.subject != "pl-1" for group in changes for change in group)


def test_a_stored_step_is_judged_on_its_new_date():
    square = world.trajectory()
    step = world.step(square, "s1", planned=world.on("2027-03-20"))
    found = outlook(square, moves={step.ref: world.on("2026-12-02")})
    assert "meeting-announced" in {change.obligation.rule for change in found.changes.worse}
    assert found.by_ref == {}


def test_an_added_document_is_judged_with_the_trajectory():
    square = world.trajectory()
    world.document(square, "d1")
    document = DocumentFacts("pd-1", "draft", "Schets", replaces="d1", dated_on=world.on("2026-10-01"))
    worse = outlook(square, documents=(document,)).changes.worse
    assert ("changes-marked", "pd-1") in {change.obligation.identity for change in worse}


def test_an_organisation_named_only_by_an_added_step_is_looked_up():
    square = world.trajectory()
    world.organisation(world.RESIDENTS)
    found = outlook(square, meeting("2027-02-10", audience=(world.RESIDENTS,))).by_ref["pl-1"]
    # Only an activity with a residents' party calls for the next message.
    assert "progress-update" in rules((*found.to_do, *found.late, *found.missing))


def test_a_waiver_takes_a_line_away():
    square = world.trajectory()
    world.waiver(square, rule="meeting-announced", granted_on=date(2026, 11, 1), until=date(2027, 11, 1))
    assert "meeting-announced" not in rules(outlook(square, meeting("2026-12-08")).by_ref["pl-1"].late)


def test_the_number_of_queries_does_not_grow_with_the_number_of_steps(django_assert_max_num_queries):
    square = world.trajectory()
    for count in (1, 50):
        steps = [meeting("2027-02-10", f"pl-{number}", body=f"x{number}") for number in range(count)]
        with django_assert_max_num_queries(14):
            outlook(square, *steps)
