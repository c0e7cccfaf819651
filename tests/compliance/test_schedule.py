"""A schedule is computed backwards from a decision, and its dates are in time by the same rules."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import Facts, PlanFacts, StepFacts, TrajectoryFacts
from participation.compliance.obligations import status
from participation.compliance.rulebook import load
from participation.compliance.schedule import (
    move_steps,
    replace_parts,
    schedule_backwards,
    shift_steps,
    target_decision,
    with_decision,
)

BOOK = load("leiden")
TODAY = date(2026, 11, 2)
NEW = Facts(
    TrajectoryFacts(
        "plein", "public_space", level="advise", impact="high", contact_role="project_manager", status="active"
    )
)
LATE = ("overdue", "possibly_overdue", "planned_late")


def schedule(day, facts=NEW, today=TODAY):
    return schedule_backwards(with_decision(facts, day), BOOK, today)


def by_code(found):
    return {slot.code: slot for slot in found.slots}


def test_all_dates_are_counted_back_from_the_decision():
    # Calculated without the code: the council decides on Thursday 29 April 2027.
    found = {code: slot.latest.isoformat() for code, slot in by_code(schedule(date(2027, 4, 29))).items()}
    assert found["first_activity"] == "2027-03-18"  # 42 days before
    assert found["announcement"] == "2027-02-25"  # 21 days before that
    assert found["plan_adoption"] == "2027-02-25"  # the plan states its scope when it is announced
    assert found["plan_review"] == found["actors_shared"] == "2027-02-11"  # 14 days before it is adopted
    assert found["to_council"] == "2027-03-04"  # 14 days before the first activity
    assert found["feedback"] == "2027-04-15"  # 28 days after it, which is 7 before the decision
    assert found["weighing"] == "2027-04-19"
    assert found["papers"] == "2027-04-22"
    assert found["evaluation"] == "2027-07-28"  # 90 days after


def test_a_plan_that_is_written_but_not_adopted_is_to_be_adopted_on_the_same_day():
    written = PlanFacts(frameworks=(("de bomen blijven", "besluit"),), room=True, level_motivation=True)
    empty, full = (by_code(schedule(date(2027, 4, 29), replace_parts(NEW, plan=plan))) for plan in (None, written))
    assert full["plan_adoption"] == empty["plan_adoption"]


def test_suggestions_fall_on_working_days_and_activities_outside_recesses():
    calendar = BOOK.rules[0].days.calendar
    for number in range(0, 120, 7):
        for slot in schedule(date(2027, 2, 1) + timedelta(days=number)).slots:
            assert slot.day <= slot.latest
            assert not calendar.is_day_off(slot.day), slot
            if slot.step and slot.step.kind == "activity":
                assert calendar.recess_containing(slot.day, slot.day) is None, slot


@pytest.mark.parametrize("code", ["feedback", "evaluation"])
def test_feedback_and_evaluation_are_suggested_outside_holidays(code):
    calendar = BOOK.rules[0].days.calendar
    found = [by_code(schedule(date(2026, 12, 1) + timedelta(days=number))).get(code) for number in range(0, 150, 3)]
    days = [slot.day for slot in found if slot]
    assert days
    assert not [day for day in days if calendar.recess_containing(day, day)]


def feedback_on(done, decision, today=TODAY):
    """Return the day that is suggested for feedback on a meeting held on that day."""
    meeting = StepFacts("s1", "activity", "meeting", "exploration", audience=("everyone",), done=ImpreciseDate.on(done))
    facts = replace_parts(NEW, steps=(meeting,))
    slots = schedule(decision, facts, today).slots
    return next(slot for slot in slots if slot.code == "feedback" and slot.step.about == ("s1",))


def test_feedback_is_suggested_before_a_holiday_that_its_last_day_falls_in():
    # 28 days after Thursday 1 July 2027 is 29 July; the summer holiday of the region began on Saturday 17 July.
    found = feedback_on(date(2027, 7, 1), date(2027, 12, 2), today=date(2027, 7, 2))
    assert (found.latest, found.day) == (date(2027, 7, 29), date(2027, 7, 16))


def test_feedback_stays_in_a_holiday_where_it_would_come_before_the_meeting():
    # 28 days after Friday 16 July 2027, the last working day before the holiday, is Friday 13 August.
    found = feedback_on(date(2027, 7, 16), date(2027, 12, 2), today=date(2027, 7, 19))
    assert (found.latest, found.day) == (date(2027, 8, 13), date(2027, 8, 13))


@given(
    st.dates(date(2027, 4, 1), date(2029, 12, 31)),
    st.sampled_from(["low", "high", ""]),
    st.sampled_from([None, ImpreciseDate.on(TODAY), ImpreciseDate.on(TODAY - timedelta(days=20))]),
    st.sampled_from(["council", "committee", "executive"]),
    st.sampled_from(["", "environment_plan", "environment_vision", "project_decision"]),
)
def test_following_the_schedule_meets_the_rules_it_covers(day, impact, start, body, instrument):
    decision = StepFacts("b1", "decision", stage="adoption", phase="decision", body=body, planned=ImpreciseDate.on(day))
    trajectory = NEW.trajectory._replace(impact=impact, started_on=start, instrument=instrument)
    found = schedule_backwards(Facts(trajectory, steps=(decision,)), BOOK, TODAY)
    covered = {rule for slot in found.slots for rule in slot.rules}
    assert {"time-sufficient", "feedback-given", "feedback-before-decision", "trajectory-evaluated"} <= covered
    assert LEGAL_STEPS[instrument] <= covered
    obligations = [o for o in evaluate(found.facts, BOOK) if o.rule in covered - NEEDS_OTHER_FACTS]
    assert [(o, status(o, TODAY)) for o in obligations if status(o, TODAY) in LATE] == []
    # With every step done on its date, everything is met in time.
    done = replace_parts(found.facts, steps=tuple(s._replace(done=s.planned) for s in found.facts.steps))
    obligations = [o for o in evaluate(done, BOOK) if o.rule in covered - NEEDS_OTHER_FACTS]
    assert [o for o in obligations if o.due_on and o.met_on and o.met_on > o.due_on] == []
    last = max(slot.latest for slot in found.slots)
    assert [o for o in obligations if o.rule != "progress-update" and status(o, last + timedelta(days=1)) in LATE] == []


LEGAL_STEPS = {
    "": set(),
    "environment_plan": {
        "intention-announced",
        "draft-open-for-views",
        "involvement-accounted",
        "inspection-announced",
    },
    "environment_vision": {"draft-open-for-views", "involvement-accounted", "inspection-announced"},
    "project_decision": {"project-announced"},
}
#: These need more than a date: what the plan states, its channels, the score of an evaluation.
NEEDS_OTHER_FACTS = frozenset(
    rule.id
    for rule in BOOK.rules
    for version in rule.versions[-1:]
    if version.parameters.get("needs") or version.parameters.get("channels") or version.parameters.get("scored")
)


def test_the_legal_steps_of_an_environment_plan_are_counted_back_from_its_adoption():
    plan = replace_parts(NEW, trajectory=NEW.trajectory._replace(instrument="environment_plan"))
    found = by_code(schedule(date(2027, 4, 29), plan))
    # Calculated without the code: the weighing is published by Monday 19 April, so the inspection closes by then.
    assert found["inspection"].latest == date(2027, 3, 9)
    assert found["inspection"].step.closes == ImpreciseDate.on(date(2027, 4, 19))
    assert found["inspection_notice"].latest == date(2027, 3, 8)
    assert found["notice_of_intention"].latest == date(2027, 3, 8)
    assert found["participation_account"].latest == date(2027, 4, 29)
    assert found["weighing"].latest == date(2027, 4, 19)


def test_an_inspection_that_is_planned_is_not_suggested_again():
    inspection = StepFacts(
        "i1",
        "inspection",
        procedure="extended",
        title="Ontwerp",
        planned=ImpreciseDate.on(date(2027, 2, 1)),
        closes=ImpreciseDate.on(date(2027, 3, 15)),
    )
    trajectory = NEW.trajectory._replace(instrument="environment_vision")
    found = by_code(schedule(date(2027, 4, 29), Facts(trajectory, steps=(inspection,))))
    assert "inspection" not in found
    assert (found["inspection_notice"].about, found["inspection_notice"].latest) == ("Ontwerp", date(2027, 1, 31))


def test_done_and_planned_items_are_not_suggested_again():
    filled = schedule(date(2027, 4, 29)).facts
    again = schedule_backwards(filled, BOOK, TODAY)
    asks_more = {slot.code for slot in again.slots if not set(slot.rules) <= NEEDS_OTHER_FACTS}
    assert asks_more == set()


def test_feedback_is_suggested_for_each_activity_by_name():
    steps = [
        {"ref": "s1", "kind": "activity", "method": "meeting", "title": "Avond", "done": "2026-10-20"},
        {"ref": "s2", "kind": "activity", "method": "walk", "title": "Wandeling", "done": "2026-10-27"},
        {"ref": "b1", "kind": "decision", "stage": "adoption", "body": "council", "planned": "2027-04-29"},
    ]
    facts = facts_of({"trajectory": {"slug": "plein", "title": "Plein", "kind": "housing"}, "steps": steps})
    found = {
        slot.about: slot.latest for slot in schedule_backwards(facts, BOOK, TODAY).slots if slot.code == "feedback"
    }
    assert (found["Avond"], found["Wandeling"]) == (date(2026, 11, 17), date(2026, 11, 24))


def test_progress_updates_are_suggested_for_long_periods_without_contact():
    silent = replace_parts(NEW, trajectory=NEW.trajectory._replace(started_on=ImpreciseDate.on(date(2026, 1, 5))))
    found = schedule(date(2027, 4, 29), silent).slots
    assert min(slot.day for slot in found if slot.code == "message") == TODAY
    moments = sorted(slot.day for slot in found if slot.step and slot.step.audience)
    assert [pair for pair in pairwise(moments) if (pair[1] - pair[0]).days > 42] == []


def test_a_decision_that_was_taken_does_not_move():
    taken = StepFacts("b1", "decision", stage="adoption", done=ImpreciseDate.on(date(2026, 3, 1)), body="council")
    facts = replace_parts(NEW, steps=(taken,))
    assert with_decision(facts, date(2027, 4, 29)) == facts
    assert target_decision(facts) == taken


def test_without_a_decision_there_is_no_schedule():
    assert schedule_backwards(NEW, BOOK, TODAY).slots == ()


def test_moving_a_step_moves_its_closing_date_and_keeps_the_facts():
    step = StepFacts(
        "i1", "inspection", planned=ImpreciseDate.on(date(2027, 1, 4)), closes=ImpreciseDate.on(date(2027, 2, 14))
    )
    facts = replace_parts(NEW, steps=(step,))
    [after] = move_steps(facts, {"i1": date(2027, 1, 11)}).steps
    assert (after.planned, after.closes) == (ImpreciseDate.on(date(2027, 1, 11)), ImpreciseDate.on(date(2027, 2, 21)))
    assert facts.steps == (step,)


@pytest.mark.parametrize("done", [None, ImpreciseDate.on(date(2026, 10, 1))])
def test_only_future_dates_shift(done):
    step = StepFacts("s1", "activity", planned=ImpreciseDate.on(date(2026, 12, 1)), done=done)
    [after] = shift_steps(replace_parts(NEW, steps=(step,)), 7).steps
    assert after.planned == ImpreciseDate.on(date(2026, 12, 1) if done else date(2026, 12, 8))
