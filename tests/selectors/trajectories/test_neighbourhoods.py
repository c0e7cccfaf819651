"""Neighbourhoods with their running trajectories and residents' associations."""

from __future__ import annotations

import pytest

from participation.models import Trajectory
from participation.selectors.trajectories.neighbourhoods import (
    NeighbourhoodCount,
    associations_of,
    neighbourhoods_by_district,
)
from tests import world

pytestmark = pytest.mark.django_db


def test_neighbourhoods_are_grouped_by_district_with_their_trajectories(django_assert_num_queries):
    world.neighbourhood("b-buurt", district="Noord")
    world.neighbourhood("a-buurt", district="Noord")
    world.neighbourhood("eiland")
    world.neighbourhood("haven", district="Midden")
    world.trajectory("een", "a-buurt", "haven")
    world.trajectory("twee", "a-buurt", status="planned")
    for slug, columns in (
        ("klaar", {"status": "closed"}),
        ("terug", {"retrospective": True}),
        ("geheim", {"public": False}),
    ):
        world.trajectory(slug, "a-buurt", **columns)

    with django_assert_num_queries(2):
        found = neighbourhoods_by_district(Trajectory.objects.visible_to(None))

    assert found == [
        ("Midden", [NeighbourhoodCount("haven", "Haven", "Midden", 1)]),
        (
            "Noord",
            [
                NeighbourhoodCount("a-buurt", "A-Buurt", "Noord", 2),
                NeighbourhoodCount("b-buurt", "B-Buurt", "Noord", 0),
            ],
        ),
        ("", [NeighbourhoodCount("eiland", "Eiland", "", 0)]),
    ]


def test_associations_of_a_neighbourhood_are_those_representing_residents():
    for slug in (world.RESIDENTS, world.SHOPS, world.OUTSIDER):
        world.organisation(slug)
    world.organisation("bureau", kind="research_bureau").neighbourhoods.add(world.neighbourhood())

    assert associations_of(world.neighbourhood()) == [("wijk-a", "Wijk-A"), ("winkeliers", "Winkeliers")]
