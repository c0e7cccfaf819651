"""What Schemathesis once found, each as it was found: odd requests that were answered with a 500, or as if they fit."""

from __future__ import annotations

import pytest

from tests import world
from tests.api.calling import Caller, wrong

pytestmark = pytest.mark.django_db
LISTS = ("steps", "documents", "contributions", "requests", "scenarios")


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def coordinator(square):
    return Caller(world.user("coordinator"))


@pytest.mark.parametrize("section", LISTS)
@pytest.mark.parametrize("ref", [{}, {"": {}}, [], ["s1"], 1, True])
def test_a_ref_that_is_no_text_is_refused(section, ref, coordinator):
    told = wrong(coordinator.post(f"/trajectories/voorbeeldplein/{section}", {"ref": ref}))

    assert any(place.startswith("#/ref") for place in told)


def test_a_ref_that_is_no_text_is_refused_in_a_change_too(square, coordinator):
    world.step(square)

    assert "#/ref" in wrong(coordinator.patch("/trajectories/voorbeeldplein/steps/s1", {"ref": {}}, If_Match="*"))


@pytest.mark.parametrize("value", ["null", "yes", "1", "True", " true"])
def test_what_is_neither_true_nor_false_is_refused_and_not_left_out(value, coordinator):
    assert wrong(coordinator.get(f"/trajectories?retrospective={value}")).keys() == {"retrospective"}


@pytest.mark.parametrize(
    "asked",
    [
        *("trajectories?kind=", "trajectories?phase=", "trajectories?retrospective=", "organisations?kind="),
        *("motions?state=", "commitments?state=", "transitions?since=", "transitions?to=", "transitions?after="),
        *("obligations?dueBefore=", "statistics?dueFrom=", "trajectories?fields=", "trajectories?pageSize="),
    ],
)
def test_a_parameter_that_was_left_empty_is_refused_and_not_left_out(asked, coordinator):
    assert list(wrong(coordinator.get(f"/{asked}"))) == [asked.partition("?")[2].removesuffix("=")]


def test_a_search_for_nothing_finds_everything(square, coordinator):
    assert len(coordinator.get("/trajectories?search=").json()["results"]) == 1


@pytest.mark.parametrize("address", ["", "/dossier", "/plan", "/steps/s1"])
def test_before_it_was_recorded_it_was_not_there(address, square, coordinator):
    """The dossier was answered as an empty object."""
    world.plan(square)
    world.step(square)

    answer = coordinator.get(f"/trajectories/voorbeeldplein{address}?bekendOp=2020-01-01")

    assert wrong(answer, 404) == {}


@pytest.mark.parametrize("day", ["1899-12-31", "2200-01-01", "9676-02-15"])
def test_a_day_off_the_calendar_is_refused_as_is_told(day, coordinator):
    assert wrong(coordinator.get(f"/rules?geldigOp={day}")).keys() == {"geldigOp"}
