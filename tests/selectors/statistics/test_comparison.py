"""Each public trajectory counts once under a shared rule, with the first of its outcomes at the end of the year."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Obligation
from participation.selectors.statistics.comparison import compared_trajectories, count_trajectories
from tests import world
from tests.comparisons import WOO, contradict, judged

pytestmark = pytest.mark.django_db


def counted(year=2025, municipalities=("leiden",)):
    return {rule: dict(found) for rule, found in counts_of(year, municipalities).items()}


def counts_of(year, municipalities):
    return count_trajectories(compared_trajectories(municipalities), [WOO], year)


def test_each_outcome_is_counted_apart():
    judged(2, "in_time")
    judged(1, "late")
    judged(1, "overdue")
    judged(1, "unknown")
    contradict(judged(1, "in_time")[0])
    explained = judged(1, "overdue")[0]
    world.waiver(explained.trajectory, rule=WOO, granted_on=date(2025, 6, 1))
    assert counted() == {WOO: {"in_time": 2, "late": 2, "unknown": 1, "contradicted": 1, "explained": 1}}


def test_a_trajectory_with_several_obligations_counts_once():
    (first,) = judged(1, "in_time")
    world.obligation(trajectory=first.trajectory, rule=WOO, subject="r2", due_on=date(2025, 9, 1), strict_due_on=None)
    assert counted() == {WOO: {"late": 1}}


def test_late_comes_before_a_contradiction_and_that_before_an_explanation():
    contradict(judged(1, "late")[0])
    (explained,) = judged(1, "overdue")
    world.waiver(explained.trajectory, rule=WOO, granted_on=date(2025, 6, 1))
    contradict(explained)
    assert counted() == {WOO: {"late": 1, "contradicted": 1}}


def test_what_happened_after_the_year_does_not_count():
    contradict(judged(1, "in_time")[0], "2026-01-01")
    judged(1, "overdue")
    Obligation.objects.filter(met_on=None).update(met_on=date(2026, 1, 5))
    assert counted() == {WOO: {"in_time": 1, "late": 1}}
    assert counted(2026) == {}


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"public": False}, id="not public"),
        pytest.param({"retrospective": True}, id="looks back"),
        pytest.param({"municipality": "oegstgeest"}, id="of another municipality"),
    ],
)
def test_other_trajectories_are_not_counted(columns):
    judged(6, "in_time", **columns)
    assert counted() == {}


def test_trajectories_without_a_municipality_count_where_asked():
    judged(1, "in_time", municipality="")
    assert counted() == {}
    assert counted(municipalities=("leiden", "")) == {WOO: {"in_time": 1}}


def test_what_has_no_due_date_counts_only_in_trajectories_that_had_begun():
    judged(1, "unknown", started_on=world.on("2026-01-02"))
    judged(1, "unknown", started_on=None)
    assert counted() == {WOO: {"unknown": 1}}


@pytest.mark.parametrize("number", [1, 50])
def test_counting_takes_two_queries_however_many_there_are(number):
    judged(number, "in_time")
    with CaptureQueriesContext(connection) as queries:
        counted()
    assert len(queries) == 2
