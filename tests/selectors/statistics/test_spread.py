"""The spread over trajectories, the ladder of participation and districts."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory
from participation.selectors.statistics.city import CityFigures, Period
from participation.selectors.statistics.series import obligations_of_scope
from participation.selectors.statistics.spread import GroupFigures, figures_by_trajectory, spread
from tests import world

pytestmark = pytest.mark.django_db
RULEBOOKS = load_rulebooks("leiden")


def trajectory(slug, in_time, late, *neighbourhoods, **columns):
    """Create a trajectory in which so many points were done on time, and so many are overdue."""
    of = world.trajectory(slug, *neighbourhoods, **columns)
    for number in range(in_time + late):
        met = date(2026, 4, 1) if number < in_time else None
        world.obligation(trajectory=of, subject=f"s{number}", met_on=met)
    return of


def found():
    rows = Trajectory.objects.filter(retrospective=False)
    promised = obligations_of_scope(rows, RULEBOOKS, "promised")
    return spread(rows, figures_by_trajectory(promised, Period(None, date(2026, 4, 20))))


def test_trajectories_stand_in_bins_by_their_percentage_on_time():
    trajectory("alles", 5, 0)
    trajectory("helft", 3, 3)
    trajectory("niets", 0, 6)
    trajectory("vier-van-vijf", 4, 1)
    bins = {one.first: [row.slug for row in one.rows] for one in found().bins}
    assert bins == {0: ["niets"], 20: [], 40: ["helft"], 60: [], 80: ["vier-van-vijf", "alles"]}


def test_the_middle_half_is_known_from_four_trajectories_on():
    for slug, in_time in (("a", 0), ("b", 5), ("c", 10)):
        trajectory(slug, in_time, 10 - in_time)
    assert found().middle == ()
    trajectory("d", 10, 0)
    # Of 0, 50, 100 and 100 percent: a quarter of the way from the first to the last is 37.5, half is 75.
    assert found().middle == [37.5, 75.0, 100.0]


def test_a_trajectory_in_which_little_was_due_has_no_percentage():
    trajectory("klein", 4, 0)
    trajectory("leeg", 0, 0)
    assert (found().too_few, sum(len(one.rows) for one in found().bins)) == (1, 0)


def test_each_rung_of_the_ladder_is_counted_also_without_trajectories():
    trajectory("advies", 1, 1, level="advise")
    trajectory("onbekend", 1, 0, level="")
    assert [(group.name, group.trajectories) for group in found().levels] == [
        ("inform", 0),
        ("consult", 0),
        ("advise", 1),
        ("coproduce", 0),
        ("codecide", 0),
        ("self_manage", 0),
        ("", 1),
    ]
    assert found().levels[2].figures == CityFigures(in_time=1, overdue=1)


def test_a_trajectory_in_two_districts_counts_in_each_and_one_in_none_apart():
    world.neighbourhood("noord-1", district="Noord")
    world.neighbourhood("noord-2", district="Noord")
    world.neighbourhood("zuid-1", district="Zuid")
    world.neighbourhood("los")
    trajectory("beide", 1, 0, "noord-1", "noord-2", "zuid-1")
    trajectory("nergens", 0, 2, "los")
    assert found().districts == [
        GroupFigures("Noord", 1, CityFigures(in_time=1)),
        GroupFigures("Zuid", 1, CityFigures(in_time=1)),
        GroupFigures("", 1, CityFigures(overdue=2)),
    ]


@pytest.mark.parametrize("number", [1, 50])
def test_a_spread_takes_three_queries(django_assert_num_queries, number):
    for n in range(number):
        trajectory(f"plein-{n}", 1, 0)
    with django_assert_num_queries(3):
        assert len(found().trajectories) == number
