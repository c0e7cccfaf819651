"""Optimistic locking: nothing is overwritten, nothing typed is lost, and the page shows who changed what."""

from __future__ import annotations

import pytest
from django.test import Client

from participation.models import Document, Plan, PlanActor, Step, Trajectory, Waiver
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = pytest.mark.django_db

EVENING = "/trajecten/voorbeeldplein/stappen/s1/"
PLAN = "/trajecten/voorbeeldplein/plan/wijzigen/?deel=alles"
SQUARE = "/trajecten/voorbeeldplein/wijzigen/"


def shows_conflict(response):
    """Return whether the form came back with a conflict."""
    return "Iemand anders heeft dit intussen gewijzigd" in response.content.decode()


@pytest.fixture
def other(db):
    """Log in a coordinator in another browser."""
    client = Client()
    client.force_login(world.user("coordinator", name="Kim"))
    return client


def test_a_conflict_keeps_the_input_and_shows_the_other_change(client, other):
    square = world.trajectory()
    world.step(square, title="Avond", note="Oud")
    log_in_as_adviser_of(client, square)
    mine = get_form(client, EVENING)
    get_form(other, EVENING).send(other, title="Avond in de kerk", note="Van Kim", planned="21-3-2026")
    response = mine.send(client, note="Van mij", method="walk")
    assert shows_conflict(response)
    assert (Step.objects.get().note, Step.objects.get().method) == ("Van Kim", "meeting")
    again = FormPage(response)
    assert (again["note"], again["method"]) == ("Van mij", "walk")
    assert (again["title"], again["planned"]) == ("Avond in de kerk", "21 maart 2026")
    alert = again.html.partition('role="alert"')[2].partition("</section>")[0]
    for text in ("van “Avond” naar “Avond in de kerk”", "van “Oud” naar “Van Kim”", "20 maart 2026", "door Kim"):
        assert text in alert
    assert alert.count("U veranderde dit ook") == 1
    again.send(client)
    step = Step.objects.get()
    assert (step.title, step.note, step.method, step.planned) == (
        "Avond in de kerk",
        "Van mij",
        "walk",
        world.on("2026-03-21"),
    )


def test_a_third_concurrent_change_is_shown_again(client, other):
    square = world.trajectory()
    world.step(square)
    log_in_as_adviser_of(client, square)
    mine = get_form(client, EVENING)
    get_form(other, EVENING).send(other, title="Eén")
    again = FormPage(mine.send(client, note="Van mij"))
    get_form(other, EVENING).send(other, title="Twee")
    third = again.send(client)
    assert shows_conflict(third)
    assert FormPage(third)["title"] == "Twee"
    assert Step.objects.get().note == ""


def test_identical_concurrent_changes_are_no_conflict(client, other):
    square = world.trajectory()
    world.step(square)
    log_in_as_adviser_of(client, square)
    mine = get_form(client, EVENING)
    for title in ("Avond", ""):
        get_form(other, EVENING).send(other, title=title)
    assert mine.send(client, note="Van mij").status_code == 302
    assert Step.objects.get().note == "Van mij"


def test_a_form_without_its_version_overwrites_nothing(client):
    square = world.trajectory()
    world.step(square, title="Avond")
    log_in_as_adviser_of(client, square)
    for shown in ("", "0.0", "onzin", "-1.0", "1"):
        assert shows_conflict(get_form(client, EVENING).send(client, shown=shown, title="Weg"))
    assert Step.objects.get().title == "Avond"


def test_two_concurrent_first_plans_are_both_preserved(client, other):
    square = world.trajectory()
    world.organisation()
    log_in_as_adviser_of(client, square)
    mine = get_form(client, PLAN)
    theirs = {"actors-0-organisation": world.RESIDENTS, "actors-0-part": "participant"}
    get_form(other, PLAN).send(other, room="De bankjes", channels=["letter"], **theirs)
    response = mine.send(client, room="De bomen", **{"frameworks-0-what": "Geen garage"})
    again = FormPage(response)
    assert shows_conflict(response)
    assert (again["room"], again["frameworks-0-what"]) == ("De bomen", "Geen garage")
    assert (again["channels"], again["actors-0-organisation"]) == (["letter"], world.RESIDENTS)
    again.send(client)
    plan = Plan.objects.get()
    assert (plan.room, plan.channels, plan.actors.count()) == ("De bomen", ["letter"], 1)


def test_an_actor_suggested_meanwhile_is_kept(client, other):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    world.organisation(world.SHOPS)
    log_in_as_adviser_of(client, square)
    mine = get_form(client, PLAN)
    added = {"actors-1-organisation": world.SHOPS, "actors-1-part": "participant"}
    get_form(other, PLAN).send(other, **added)
    again = FormPage(mine.send(client, room="De bomen"))
    assert again["actors-1-organisation"] == world.SHOPS
    assert "door Kim" in again.html
    again.send(client)
    assert PlanActor.objects.count() == 2


def test_neighbourhoods_added_meanwhile_are_kept(client, other):
    square, lakes = world.trajectory(), world.neighbourhood(world.LAKES)
    log_in_as_adviser_of(client, square)
    mine = get_form(client, SQUARE)
    get_form(other, SQUARE).send(other, neighbourhoods=[lakes.pk])
    again = FormPage(mine.send(client, summary="Over het plein"))
    assert (again["summary"], again["neighbourhoods"]) == ("Over het plein", [str(lakes.pk)])
    assert "van “Binnenstad-Noord” naar “Merenwijk”" in again.html
    again.send(client)
    assert list(Trajectory.objects.get().neighbourhoods.all()) == [lakes]


@pytest.mark.parametrize(
    ("make", "address", "column"),
    [
        (world.document, "stukken/d1/", "title"),
        (world.request, "verzoeken/r1/", "summary"),
        (world.scenario, "scenarios/sc1/", "title"),
        (lambda square: world.waiver(square, pk=1), "uitleg/1/", "reason"),
    ],
)
def test_every_edit_form_detects_conflicts(client, other, make, address, column):
    square = world.trajectory()
    world.organisation()
    row = make(square)
    log_in_as_adviser_of(client, square)
    place = f"/trajecten/voorbeeldplein/{address}"
    mine = get_form(client, place)
    get_form(other, place).send(other, **{column: "Van Kim"})
    response = mine.send(client, **{column: "Van mij"})
    assert shows_conflict(response)
    row.refresh_from_db()
    assert getattr(row, column) == "Van Kim"
    FormPage(response).send(client)
    row.refresh_from_db()
    assert getattr(row, column) == "Van mij"
    assert type(row) in (Document, Waiver, world.models.Request, world.models.Scenario)
