"""Malformed requests that Schemathesis found, which once gave status 500 or were accepted."""

from __future__ import annotations

import pytest

from tests import world
from tests.api.client import ApiTestClient, errors_of

pytestmark = pytest.mark.django_db
LISTS = ("steps", "documents", "contributions", "requests", "scenarios")


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def coordinator(square):
    return ApiTestClient(world.user("coordinator"))


@pytest.mark.parametrize("section", LISTS)
@pytest.mark.parametrize("ref", [{}, {"": {}}, [], ["s1"], 1, True])
def test_a_ref_that_is_not_a_string_is_rejected(section, ref, coordinator):
    errors = errors_of(coordinator.post(f"/trajectories/voorbeeldplein/{section}", {"ref": ref}))

    assert any(place.startswith("#/ref") for place in errors)


def test_a_ref_that_is_not_a_string_is_rejected_in_an_update(square, coordinator):
    world.step(square)

    assert "#/ref" in errors_of(coordinator.patch("/trajectories/voorbeeldplein/steps/s1", {"ref": {}}, If_Match="*"))


@pytest.mark.parametrize("value", ["null", "yes", "1", "True", " true"])
def test_a_value_that_is_not_a_boolean_is_rejected_and_not_ignored(value, coordinator):
    assert errors_of(coordinator.get(f"/trajectories?retrospective={value}")).keys() == {"retrospective"}


@pytest.mark.parametrize(
    "query",
    [
        *("trajectories?kind=", "trajectories?phase=", "trajectories?retrospective=", "organisations?kind="),
        *("motions?state=", "commitments?state=", "transitions?since=", "transitions?to=", "transitions?after="),
        *("obligations?dueBefore=", "statistics?dueFrom=", "trajectories?fields=", "trajectories?pageSize="),
    ],
)
def test_an_empty_parameter_is_rejected_and_not_ignored(query, coordinator):
    assert list(errors_of(coordinator.get(f"/{query}"))) == [query.partition("?")[2].removesuffix("=")]


def test_an_empty_search_returns_everything(square, coordinator):
    assert len(coordinator.get("/trajectories?search=").json()["results"]) == 1


@pytest.mark.parametrize("address", ["", "/dossier", "/plan", "/steps/s1"])
def test_a_resource_gives_404_before_it_was_recorded(address, square, coordinator):
    """The dossier once was returned as an empty object."""
    world.plan(square)
    world.step(square)

    response = coordinator.get(f"/trajectories/voorbeeldplein{address}?bekendOp=2020-01-01")

    assert errors_of(response, 404) == {}


@pytest.mark.parametrize("day", ["1899-12-31", "2200-01-01", "9676-02-15"])
def test_a_date_outside_the_calendar_is_rejected_by_parameter_name(day, coordinator):
    assert errors_of(coordinator.get(f"/rules?geldigOp={day}")).keys() == {"geldigOp"}
