"""The municipalities of an installation: named where there are several, at a constant number of queries."""

from __future__ import annotations

import pytest

from participation.models import Trajectory
from participation.selectors.municipalities import municipalities_of, municipality_names
from tests import world

pytestmark = pytest.mark.django_db


def test_a_municipality_has_the_name_of_its_organisation_else_its_slug():
    world.organisation("oegstgeest", kind="municipality", name="Gemeente Oegstgeest")
    world.organisation("leiden", kind="residents_association", name="Vereniging Leiden")
    names = municipality_names()
    assert (names["oegstgeest"], names["leiden"], names[""]) == ("Gemeente Oegstgeest", "leiden", "")


@pytest.mark.parametrize("municipalities", [(), ("leiden",), ("leiden", "leiden", ""), ("",)])
def test_where_there_is_one_municipality_none_is_named(municipalities):
    for number, municipality in enumerate(municipalities):
        world.trajectory(f"t{number}", municipality=municipality)
    assert municipalities_of(Trajectory.objects.all()) == {}


def test_where_there_are_several_they_are_listed_by_name():
    world.organisation("leiden", kind="municipality", name="Zuid-Leiden")
    for number, municipality in enumerate(("leiden", "oegstgeest", "leiden", "")):
        world.trajectory(f"t{number}", municipality=municipality)
    assert list(municipalities_of(Trajectory.objects.all()).items()) == [
        ("oegstgeest", "oegstgeest"),
        ("leiden", "Zuid-Leiden"),
    ]


def test_a_municipality_without_a_visible_trajectory_is_not_offered():
    world.trajectory("plein", municipality="leiden")
    world.trajectory("park", municipality="oegstgeest", public=False)
    assert list(municipalities_of(Trajectory.objects.visible_to(None))) == ["leiden"]


@pytest.mark.parametrize("count", [2, 50])
def test_fifty_trajectories_take_as_many_queries_as_two(count, django_assert_num_queries):
    for number in range(count):
        world.trajectory(f"t{number}", municipality=("leiden", "oegstgeest")[number % 2])
    with django_assert_num_queries(3):
        municipalities_of(Trajectory.objects.all())
