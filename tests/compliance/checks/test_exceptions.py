"""A decision to hold no participation needs a ground of the rulebook and a reason, in public."""

from datetime import date

import pytest

from participation.compliance.checks.exceptions import reasoned_exception
from participation.compliance.dossier_parser import facts_of
from participation.compliance.rulebook import load

DAYS = load("amsterdam").by_id["ams-exception-reasoned"].days
DECISION = {"ground": "urgent", "reason": "de brug is onveilig", "decided_on": "2026-03-02"}


def obligations(no_participation, **trajectory):
    facts = facts_of({"trajectory": {"no_participation": no_participation, **trajectory}})
    return list(reasoned_exception(facts, DAYS, grounds=["urgent", "internal"]))


def test_a_reasoned_decision_in_public_is_met_on_the_day_it_is_due():
    (found,) = obligations(DECISION)
    assert (found.trigger, found.due, found.met) == (found.due, found.due, date(2026, 3, 2))


@pytest.mark.parametrize(
    ("changes", "public", "lacks"),
    [
        ({"ground": None}, True, ["no_participation_ground"]),
        ({"ground": "minor_change"}, True, ["no_participation_ground"]),
        ({"reason": " "}, True, ["no_participation_reason"]),
        ({}, False, ["public"]),
        ({"ground": None, "reason": None}, False, ["no_participation_ground", "no_participation_reason", "public"]),
    ],
    ids=str,
)
def test_a_decision_that_lacks_something_is_not_met(changes, public, lacks):
    (found,) = obligations({**DECISION, **changes}, public=public)
    assert (found.met, found.due.latest, found.details["lacks"]) == (None, date(2026, 3, 2), lacks)


@pytest.mark.parametrize("decided_on", [None, {"precision": "unknown"}])
def test_without_the_day_of_the_decision_it_is_unknown(decided_on):
    (found,) = obligations({**DECISION, "decided_on": decided_on})
    assert (found.due, found.met, found.missing) == (None, None, ("no_participation_decided_on",))


@pytest.mark.parametrize("no_participation", [None, {}])
def test_where_there_is_participation_nothing_is_due(no_participation):
    assert obligations(no_participation) == []
