"""The order of open obligations by consequence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from participation.compliance.priority import GROUPS, cause_of, priority_of

FRIDAY = date(2026, 4, 24)


def group(strength="policy", status="due_soon", days=0, is_new=False):
    return priority_of(strength, status, FRIDAY + timedelta(days=days), is_new, FRIDAY).group


@pytest.mark.parametrize(
    ("expected", "columns"),
    [
        ("statutory", {"strength": "law", "days": 14}),
        ("statutory", {"strength": "ordinance", "status": "overdue", "days": -90}),
        ("today", {"is_new": True}),
        ("new", {"status": "overdue", "days": -3, "is_new": True}),
        ("late", {"status": "overdue", "days": -3}),
        ("late", {"status": "possibly_overdue", "days": 3}),
        ("week", {"days": 2}),
        ("soon", {"days": 3}),
        ("planned", {"status": "planned_late", "days": 40}),
    ],
)
def test_each_point_is_in_the_first_group_that_fits(expected, columns):
    assert group(**columns) == expected


def test_what_has_no_date_is_unknown_unless_the_law_asks_it_or_it_is_new():
    assert priority_of("policy", "unknown", None, False, FRIDAY).group == "unknown"
    assert priority_of("policy", "unknown", None, True, FRIDAY).group == "new"
    assert priority_of("law", "unknown", None, False, FRIDAY).group == "statutory"


def test_within_a_group_old_debt_and_what_is_planned_come_last_and_strong_rules_first():
    def priority(strength, days, is_planned=False):
        return priority_of(strength, "overdue", FRIDAY + timedelta(days=days), False, FRIDAY, is_planned)

    ordered = [priority("policy", -3), priority("wish", -9), priority("policy", -1, True), priority("policy", -29)]
    assert ordered == sorted(ordered)
    assert {found.group for found in ordered} == {"late"}


def test_groups_sort_in_reading_order():
    ranks = [
        priority_of("law", "overdue", FRIDAY, False, FRIDAY),
        priority_of("wish", "due_soon", FRIDAY, False, FRIDAY),
        priority_of("wish", "overdue", FRIDAY - timedelta(days=9), True, FRIDAY),
    ]
    assert ranks == sorted(ranks)
    assert [found.group for found in ranks] == list(GROUPS[:3])


def test_a_fact_of_the_trajectory_is_one_cause_and_one_of_a_step_is_that_of_the_step():
    assert (
        cause_of(("first_activity",), "renters") == cause_of(("first_activity", "level"), "") == ("first_activity", "")
    )
    assert cause_of(("step_date",), "s1") != cause_of(("step_date",), "s2")
    assert cause_of((), "s1") is None
