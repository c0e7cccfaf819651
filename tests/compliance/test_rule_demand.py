"""Figures under a rule can be compared where it demanded the same: the same version with the same numbers."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.calendar import Calendar, Term
from participation.compliance.rule_demand import demand_digest, shared_rules
from participation.compliance.rulebook import Rulebook, load
from participation.compliance.rulebook_sections import Sections
from participation.compliance.rules import Version

BASIS = load("basis")
RULE = BASIS.by_id["feedback-given"]
(ONLY,) = RULE.versions


def digest(rule=RULE, rulebook=BASIS, year=2026):
    return demand_digest(rule, rulebook, year)


def test_the_law_demands_the_same_in_every_municipality():
    leiden, amsterdam = load("leiden"), load("amsterdam")
    law = [rule.id for rule in shared_rules().values() if rule.strength == "law"]
    assert len(law) == 12
    for rule in law:
        assert len({demand_digest(found.by_id[rule], found, 2025) for found in (BASIS, leiden, amsterdam)}) == 1


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"versions": (ONLY._replace(parameters={"term": Term(27)}),)}, id="another term"),
        pytest.param({"versions": (ONLY._replace(first=date(2026, 3, 1)),)}, id="from another day"),
        pytest.param({"scope": RULE.scope._replace(kinds=("mobility",))}, id="for other trajectories"),
        pytest.param({"strength": "policy"}, id="another strength"),
        pytest.param({"check": "final-report"}, id="another check"),
        pytest.param({"item_names": {"doel": {"nl": "doel", "en": "goal"}}}, id="other items"),
        pytest.param({"days": RULE.days._replace(by_law=True)}, id="another way of counting days"),
    ],
)
def test_a_rule_that_demands_something_else_has_another_digest(changed):
    assert digest(RULE._replace(**changed)) != digest()


def test_words_examples_and_what_came_later_change_nothing():
    later = (ONLY._replace(last=date(2026, 12, 31)), Version(date(2027, 1, 1), None, {"term": Term(14)}))
    assert digest(RULE._replace(versions=later)) == digest()
    assert digest(RULE._replace(versions=later), year=2027) != digest(year=2027)
    assert digest(RULE._replace(title={"nl": "Anders", "en": "Else"}, examples=())) == digest()


def test_a_day_that_a_municipality_equates_with_a_holiday_counts():
    def with_days(*days):
        sections = Sections(BASIS.sources, BASIS.plan_items, BASIS.report_items, BASIS.exceptions, Calendar((), days))
        return Rulebook("eigen", BASIS.title, BASIS.rules, sections)

    days = BASIS.calendar.equated
    assert digest(rulebook=with_days(*days, date(2026, 10, 3))) != digest()
    assert digest(rulebook=with_days(*days, date(2030, 10, 3))) == digest()
