"""Rows refuse what the dossier format refuses, at the first column that a form has."""

from datetime import time
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from participation.models import Plan, Scenario, Step, Trajectory
from tests import world

pytestmark = pytest.mark.django_db


def errors_of(row, *, exclude=()):
    try:
        row.clean_fields(exclude=set(exclude))
    except ValidationError as refused:
        return refused.message_dict
    return {}


TRAJECTORIES = [
    ({"no_participation_reason": "Spoed"}, "no_participation_ground"),
    ({"instrument": "programme", "participation_required": True}, "participation_required"),
    ({"instrument": "environment_plan", "closed_on": world.on("2023-12-31")}, "instrument"),
    ({"instrument": "zoning_plan", "started_on": world.on("2024-01-01")}, "instrument"),
]


@pytest.mark.parametrize(("columns", "column"), TRAJECTORIES)
def test_a_trajectory_that_contradicts_itself_is_refused(columns, column):
    assert set(errors_of(Trajectory(slug="plein", title="Plein", **columns))) == {column}


def test_the_error_stands_at_a_column_that_the_form_has():
    row = Trajectory(slug="plein", title="Plein", instrument="environment_plan", closed_on=world.on("2023-12-31"))

    assert set(errors_of(row, exclude=["instrument"])) == {"closed_on"}
    assert errors_of(row, exclude=["instrument", "closed_on"]) == {}


def test_the_error_names_the_day_in_words():
    row = Trajectory(slug="plein", title="Plein", instrument="environment_plan", closed_on=world.on("2023-12-31"))

    with translation.override("nl"):
        assert "1 januari 2024" in errors_of(row)["instrument"][0]


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "ends_next_day", "refused"),
    [(time(19), time(21), True, True), (time(21), time(0, 30), False, True), (time(21), time(0, 30), True, False)],
)
def test_a_step_whose_times_contradict_its_last_day_is_refused(starts_at, ends_at, ends_next_day, refused):
    row = Step(ref="s1", starts_at=starts_at, ends_at=ends_at, ends_next_day=ends_next_day)

    assert ("ends_next_day" in errors_of(row, exclude=["trajectory"])) is refused


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (Trajectory, "contact_email", "plein@"),
        (Trajectory, "contact_email", "x" * 250 + "@leiden.nl"),
        (Trajectory, "contact_phone", "bel Jan"),
        (Trajectory, "contact_phone", "++"),
        (Trajectory, "no_participation_ground", "Heel druk"),
        (Trajectory, "external", [{"system": "x", "url": "javascript:alert(1)"}]),
        (Trajectory, "geometry", {"type": "Point", "coordinates": [52.1583, 4.4925]}),
        (Trajectory, "external", [{"systeem": "x"}]),
        (Trajectory, "external", [{"id": 5}]),
        (Plan, "items", {"Doel": "x"}),
        (Plan, "items", {"goal": 5}),
        (Plan, "items", ["goal"]),
        (Plan, "items", {f"item_{number}": "x" for number in range(101)}),
        (Step, "reach_groups", [{"group": "children", "count": -1}]),
        (Step, "reach_groups", [{"group": "children", "count": True}]),
        (Step, "reach_neighbourhoods", [{"slug": "De Kooi", "count": 1}]),
        (Step, "reach_total", 10_000_001),
        (Step, "score", Decimal("8.25")),
        (Step, "sign_up_url", "ftp://leiden.nl"),
        (Step, "evaluated_by", "niemand"),
        (Scenario, "document", "d9"),
    ],
)
def test_a_value_that_a_dossier_refuses_is_refused(model, column, value):
    row = model(**{column: value})
    others = {field.name for field in model._meta.concrete_fields} - {column}

    assert set(errors_of(row, exclude=others)) == {column}


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (Trajectory, "contact_email", "plein@leiden.nl"),
        (Trajectory, "contact_phone", "+31 (0)71-516 51 65"),
        (Trajectory, "external", [{"system": "x", "id": None, "url": "https://leiden.nl/1"}]),
        (Trajectory, "geometry", {"type": "Point", "coordinates": [4.4925, 52.1583]}),
        (Trajectory, "geometry", None),
        (Plan, "items", {"moment_of_feedback": "Na de zomer", "goal": None}),
        (Step, "reach_groups", [{"group": "children", "count": None}, {"group": "renters", "count": 0}]),
        (Step, "score", Decimal("8.2")),
    ],
)
def test_a_value_that_a_dossier_accepts_is_accepted(model, column, value):
    row = model(**{column: value})

    assert errors_of(row, exclude={field.name for field in model._meta.concrete_fields} - {column}) == {}


@pytest.mark.parametrize("empty", [{}, [], "", None])
def test_an_empty_place_is_stored_as_not_known(empty):
    square = world.trajectory(geometry=empty)
    assert square.geometry is None
    assert Trajectory.objects.filter(geometry__isnull=True).count() == 1


def test_control_characters_are_removed_from_every_new_text():
    square = world.trajectory(contact_phone="14\x00 071", external=[{"system": "Zaak\x01systeem"}])
    step = world.step(square, place_name="Buurt\nhuis", description="a\x0bb", items={"goal": "x\x02"})

    assert (square.contact_phone, square.external) == ("14 071", [{"system": "Zaaksysteem"}])
    assert (step.place_name, step.description, step.items) == ("Buurt huis", "a\nb", {"goal": "x"})
