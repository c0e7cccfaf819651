"""The trajectories to which a rule applies, and what a decision to hold no participation ends."""

from datetime import date

import pytest

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import TrajectoryFacts
from participation.compliance.rulebook import load
from participation.compliance.rules import Scope

START = date(2024, 9, 15)


def on(text):
    return ImpreciseDate.on(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("scope", "facts", "excluded", "missing"),
    [
        (Scope(kinds=("policy",)), {"kind": "policy"}, False, ()),
        (Scope(kinds=("policy",)), {"kind": "events"}, True, None),
        (Scope(kinds=("policy",)), {}, False, ("kind",)),
        (Scope(kinds_except=("policy",)), {"kind": "policy"}, True, None),
        (Scope(kinds_except=("policy",)), {}, False, ()),
        (Scope(initiators=("municipality",)), {"initiator": "developer"}, True, None),
        (Scope(initiators=("municipality",)), {}, False, ("initiator",)),
        (Scope(levels=("consult", "advise")), {"level": "advise"}, False, ()),
        (Scope(levels=("consult", "advise")), {"level": "inform"}, True, None),
        (Scope(levels=("consult",), impacts=("high",)), {}, False, ("level", "impact")),
        (Scope(levels=("consult",), impacts=("high",)), {"impact": "low"}, True, None),
        (Scope(instruments=("permit",)), {"instrument": "permit"}, False, ()),
        (Scope(instruments=("permit",)), {"instrument": "programme"}, True, None),
    ],
)
def test_an_unknown_value_excludes_nothing_but_is_missing(scope, facts, excluded, missing):
    trajectory = TrajectoryFacts("plein", **facts)
    assert scope.excludes(trajectory) is excluded
    if not excluded:
        assert scope.missing_facts(trajectory) == missing


def test_without_an_instrument_the_rules_about_instruments_do_not_apply():
    assert Scope(instruments=("permit",)).excludes(TrajectoryFacts("plein"))


@pytest.mark.parametrize(
    ("facts", "excluded", "missing"),
    [
        ({"started_on": on("2024-09-14")}, True, None),
        ({"started_on": on("2024-09-15")}, False, ()),
        ({"started_on": ImpreciseDate(date(2024, 9, 1), date(2024, 9, 30), "month")}, False, ("start",)),
        ({"started_on": ImpreciseDate(None, date(2024, 12, 31), "not_later_than")}, False, ("start",)),
        ({"started_on": ImpreciseDate.unknown()}, False, ("start",)),
        ({}, False, ("start",)),
        ({"status": "planned"}, False, ()),
        ({"started_on": on("2017-01-01"), "retrospective": True}, False, ()),
    ],
    ids=str,
)
def test_what_began_under_older_rules_is_out_of_scope(facts, excluded, missing):
    scope, trajectory = Scope(started_from=START), TrajectoryFacts("plein", **facts)
    assert scope.excludes(trajectory) is excluded
    if not excluded:
        assert scope.missing_facts(trajectory) == missing


DECIDED = {"no_participation_ground": "urgent", "no_participation_decided_on": on("2025-03-10")}
MARCH = ImpreciseDate(date(2025, 3, 1), date(2025, 3, 31), "month")


@pytest.mark.parametrize(
    ("facts", "trigger", "falls_away"),
    [
        (DECIDED, on("2025-03-09"), False),
        (DECIDED, on("2025-03-10"), True),
        (DECIDED, None, True),
        (DECIDED, ImpreciseDate.unknown(), True),
        # Of an imprecise trigger the first day counts.
        (DECIDED, MARCH, False),
        ({"no_participation_decided_on": MARCH}, on("2025-03-15"), None),
        ({"no_participation_decided_on": MARCH}, on("2025-02-28"), False),
        ({"no_participation_decided_on": MARCH}, on("2025-03-31"), True),
        ({"no_participation_ground": "urgent"}, on("2025-03-15"), None),
        ({"no_participation_reason": True}, None, None),
        ({"no_participation_ground": "urgent", "no_participation_decided_on": ImpreciseDate.unknown()}, None, None),
        ({}, None, False),
    ],
)
def test_a_decision_to_hold_none_ends_what_is_called_for_from_that_day(facts, trigger, falls_away):
    trajectory = TrajectoryFacts("plein", **facts)
    assert Scope(without_participation=False).falls_away(trajectory, trigger) is falls_away
    assert Scope().falls_away(trajectory, trigger) is False


def lines(no_participation, **trajectory):
    """Return what is due under two rules of Leiden: a plan before the first activity, and feedback after each."""
    activities = [
        {"ref": "a1", "kind": "activity", "done": "2025-03-05"},
        {"ref": "a2", "kind": "activity", "done": "2025-03-20"},
    ]
    dossier = {
        "trajectory": {"kind": "policy", "no_participation": no_participation, **trajectory},
        "steps": activities,
    }
    found = evaluate(facts_of(dossier), load("leiden"))
    return {o.identity: o.missing for o in found if o.rule in ("plan-recorded", "feedback-given")}


FEEDBACK = {("feedback-given", "a1"): (), ("feedback-given", "a2"): ()}
PLAN = {("plan-recorded", ""): ()}


@pytest.mark.parametrize("retrospective", [False, True])
def test_rules_that_do_not_say_so_stay_after_the_decision(retrospective):
    assert lines({"ground": "urgent", "decided_on": "2025-03-05"}, retrospective=retrospective) == FEEDBACK
    assert lines({"ground": "urgent", "decided_on": "2025-03-06"}, retrospective=retrospective) == FEEDBACK | PLAN


def test_without_the_day_of_the_decision_it_is_unknown_whether_a_plan_is_due():
    missing = {("plan-recorded", ""): ("no_participation_decided_on",)}
    assert lines({"ground": "urgent"}) == FEEDBACK | missing
