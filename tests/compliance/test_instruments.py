"""Which legal steps an instrument of environmental law brings."""

from datetime import date

import pytest

from participation.compliance.dates import ImpreciseDate
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import Facts, TrajectoryFacts
from participation.compliance.instruments import rules_of_instrument
from participation.compliance.rulebook import load
from participation.compliance.vocabulary import INSTRUMENTS

NL = load("nl")
STEPS = {
    "environment_plan": ["draft-open-for-views", "intention-announced", "involvement-accounted"],
    "environment_vision": ["draft-open-for-views", "involvement-accounted"],
    "programme": ["draft-open-for-views", "involvement-accounted"],
    "project_decision": ["project-announced"],
    "permit": ["permit-involvement-held", "permit-involvement-stated"],
    "zoning_plan": ["zoning-decided-in-time"],
}


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_each_instrument_brings_its_own_legal_steps(instrument):
    assert [rule.id for rule in rules_of_instrument(NL, instrument)] == STEPS[instrument]


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_these_are_the_rules_that_the_instrument_adds(instrument):
    with_instrument = Facts(TrajectoryFacts("t", instrument=instrument, started_on=ImpreciseDate.on(date(2025, 1, 6))))
    added = {o.rule for o in evaluate(with_instrument, NL)} - {
        o.rule for o in evaluate(Facts(TrajectoryFacts("t")), NL)
    }
    assert added == {rule.id for rule in rules_of_instrument(NL, instrument)}


def test_without_an_instrument_there_are_none():
    assert rules_of_instrument(NL, "") == ()


def test_an_instrument_whose_law_has_ended_brings_nothing_today():
    assert rules_of_instrument(NL, "zoning_plan", date(2024, 1, 1)) == ()
    assert len(rules_of_instrument(NL, "zoning_plan", date(2023, 12, 31))) == 1
    assert rules_of_instrument(NL, "environment_plan", date(2023, 12, 31)) == ()
    assert len(rules_of_instrument(NL, "environment_plan", date(2024, 1, 1))) == 3
