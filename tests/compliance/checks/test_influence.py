"""What the input changed, whether the room was kept, and who was reached: facts without a day of their own."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance import wording
from participation.compliance.calendar import Calendar, Term
from participation.compliance.checks import DateRules
from participation.compliance.checks.influence import (
    SUBJECT_LENGTH,
    effect_recorded,
    reach_recorded,
    room_kept,
    target_groups_reached,
)
from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import Facts, OrganisationFacts, PlanFacts, StepFacts, TrajectoryFacts
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebook import load

DAYS = DateRules(Calendar())
UNKNOWN = ImpreciseDate.unknown()
UNSCHEDULED = ImpreciseDate(None, None, "unscheduled")
BODIES = ["council", "executive"]


def on(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def activity(ref="a", done="2026-03-10", **columns):
    return StepFacts(ref, "activity", "meeting", done=on(done) if done else None, **columns)


def decision(ref="d", done="2026-05-07", stage="adoption", body="council", **columns):
    return StepFacts(ref, "decision", stage=stage, body=body, done=on(done) if done else None, **columns)


def facts(*steps, plan=None, organisations=()):
    return Facts(TrajectoryFacts("t"), plan, steps=steps, organisations={o.slug: o for o in organisations})


def effects(*steps, **parts):
    return list(effect_recorded(facts(*steps, **parts), DAYS, term=Term(28), bodies=BODIES))


# ---------- what the input changed


@pytest.mark.parametrize(
    ("columns", "lacks"),
    [
        ({"effect": "none", "effect_note": True}, []),
        ({"effect": "some", "effect_note": True}, []),
        ({"effect": "much"}, ["effect_note"]),
        ({"effect_note": True}, ["effect"]),
        ({}, ["effect", "effect_note"]),
    ],
)
def test_an_effect_is_recorded_with_its_explanation(columns, lacks):
    [draft] = effects(activity(), decision(**columns))

    assert draft.due == on("2026-06-04")
    assert draft.met == (None if lacks else date(2026, 5, 7))
    assert draft.details["lacks"] == lacks


def test_a_decision_still_to_be_taken_has_no_effect_yet():
    planned = decision(done=None, planned=on("2026-05-07"), effect="some", effect_note=True)
    [draft] = effects(activity(), planned)

    assert (draft.due, draft.met, draft.expected) == (on("2026-06-04"), None, None)


@pytest.mark.parametrize(
    "step",
    [
        decision(body="committee"),
        decision(body="steering_group"),
        decision(body=""),
        decision(stage="setup"),
        decision(stage=""),
        decision(cancelled=True),
        decision(done="2026-03-10"),
        decision(done="2026-03-09"),
    ],
)
def test_only_decisions_of_council_and_executive_after_an_activity_count(step):
    assert effects(activity(), step) == []


def test_a_body_is_known_by_the_kind_of_its_organisation():
    college = OrganisationFacts("college-leiden", "executive", "leiden")

    assert effects(activity(), decision(body="college-leiden"), organisations=[college])
    assert not effects(activity(), decision(body="college-leiden"))


def test_a_decision_during_a_survey_is_not_after_it():
    survey = activity(closes=on("2026-05-07"))

    assert effects(survey, decision()) == []
    assert effects(survey, decision(done="2026-05-08"))


def test_what_is_not_known_about_the_days_makes_the_effect_unknown():
    undated = activity(done=None)._replace(done=UNKNOWN)
    [by_activity] = effects(undated, decision())
    [by_decision] = effects(activity(), decision(done=None, planned=UNSCHEDULED))

    assert (by_activity.missing, by_decision.missing) == (("activity_date",), ("step_date",))


# ---------- the room that was kept


PLAN = PlanFacts(room=True)


def rooms(*steps, plan=PLAN):
    return list(room_kept(facts(*steps, plan=plan), DAYS))


@pytest.mark.parametrize(
    ("columns", "lacks"),
    [
        ({"room_kept": True}, []),
        ({"room_kept": False, "room_reason": True}, []),
        ({"room_kept": False}, ["room_reason"]),
        ({"room_reason": True}, ["room_kept"]),
        ({}, ["room_kept"]),
    ],
)
def test_room_is_kept_or_there_is_a_reason(columns, lacks):
    [draft] = rooms(decision(**columns))

    assert draft.due == on("2026-05-07")
    assert draft.met == (None if lacks else date(2026, 5, 7))
    assert draft.details["lacks"] == lacks


def test_without_room_in_the_plan_nothing_is_asked():
    assert rooms(decision(), plan=None) == rooms(decision(), plan=PlanFacts()) == []


def test_room_is_asked_of_each_adoption_by_any_body_but_not_of_a_proposal():
    steps = decision("a", body="executive"), decision("b", body="committee"), decision("c", stage="proposal")

    assert {draft.subject for draft in rooms(*steps)} == {"a", "b"}


# ---------- who was reached


def reach(*steps):
    return list(reach_recorded(facts(*steps), DAYS, methods=["meeting", "survey"], term=Term(14)))


@pytest.mark.parametrize(("total", "met"), [(None, None), (0, date(2026, 3, 10)), (40, date(2026, 3, 10))])
def test_a_number_is_recorded_and_nought_is_one(total, met):
    [draft] = reach(activity(reach_total=total))

    assert (draft.due, draft.met) == (on("2026-03-24"), met)


def test_reach_counts_from_the_end_and_only_once_held():
    [survey] = reach(activity(closes=on("2026-03-29"), reach_total=200))
    [planned] = reach(activity(done=None, planned=on("2026-03-10"), reach_total=40))

    assert (survey.due, survey.met) == (on("2026-04-12"), date(2026, 3, 29))
    assert (planned.due, planned.met) == (on("2026-03-24"), None)


def test_methods_that_reach_nobody_in_person_are_left_out():
    assert reach(activity()._replace(method="letter"), activity(cancelled=True)) == []


# ---------- target groups


def groups(*steps, named=("ouderen",)):
    plan = PlanFacts(target_groups=tuple((group, "walk") for group in named))
    found = target_groups_reached(facts(*steps, plan=plan), DAYS, due=["first_decision"], term=Term(-1))
    return {draft.subject: draft for draft in found}


def test_each_group_is_met_on_the_first_day_that_an_activity_reached_it():
    found = groups(
        activity("a", "2026-03-10", reach_groups=("ouderen",)),
        activity("b", "2026-03-20", reach_groups=("jongeren", "ouderen")),
        decision(),
        named=("jongeren", "ouderen", "ondernemers"),
    )

    assert {group: draft.met for group, draft in found.items()} == {
        "jongeren": date(2026, 3, 20),
        "ouderen": date(2026, 3, 10),
        "ondernemers": None,
    }
    assert {draft.due for draft in found.values()} == {on("2026-05-06")}


@pytest.mark.parametrize("reached", ["Ouderen", "OUDEREN", " ouderen ", "ouderen\n"])
def test_capitals_and_spaces_make_no_difference(reached):
    assert groups(activity(reach_groups=(reached,)), decision())["ouderen"].met == date(2026, 3, 10)


def test_a_group_named_twice_is_one_and_a_nameless_one_none():
    assert set(groups(decision(), named=("Ouders  met kinderen", "ouders met kinderen", " "))) == {
        "Ouders met kinderen"
    }


def test_the_subject_fits_its_column_and_the_group_is_named_in_full():
    name = "ouders " * 30
    [draft] = groups(activity(reach_groups=(name,)), decision(), named=(name,)).values()

    assert len(draft.subject) == SUBJECT_LENGTH
    assert draft.details["group"] == name.strip()
    assert draft.met == date(2026, 3, 10)


def test_without_a_first_decision_it_is_not_known_by_when():
    assert groups(activity(reach_groups=("ouderen",)))["ouderen"].missing == ("first_decision",)


def test_a_plan_without_groups_asks_nothing():
    assert groups(decision(), named=()) == {}


@pytest.mark.parametrize(
    ("group", "language", "words"),
    [
        ("older_people", "nl", "Een activiteit die deze groep bereikt, vóór het eerste besluit: ouderen."),
        (
            "Ouders van De Kooi",
            "en",
            "An activity that reaches this group, before the first decision: Ouders van De Kooi.",
        ),
    ],
)
def test_a_suggested_group_is_shown_in_words_and_another_as_it_is(group, language, words):
    rule = load("leiden").by_id["target-groups-reached"]
    [draft] = groups(decision(), named=(group,)).values()
    obligation = ObligationValue(rule.id, draft.subject, due_on=draft.due.latest, details=draft.details)

    assert wording.message(rule, obligation, language) == words
