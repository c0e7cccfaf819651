"""A new trajectory in three steps: a draft that keeps what was typed at every step."""

from __future__ import annotations

import pytest

from participation.models import Changeset, Trajectory
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

NEW_URL = "/trajecten/nieuw/"
BRIDGE = "/trajecten/nieuwe-brug-kade/"


def start(client, **typed):
    """Send the first step, and return the response."""
    return get_form(client, NEW_URL).send(client, title="Nieuwe Brug & Kade", **typed)


def test_the_first_step_makes_a_draft_that_is_not_public(client):
    adviser, lakes = log_in_as_adviser_of(client), world.neighbourhood(world.LAKES)
    response = start(client, neighbourhoods=[lakes.pk], summary="Over de kade")
    made = Trajectory.objects.get()
    assert response["Location"] == f"{BRIDGE}starten/besluit/"
    assert (made.slug, made.public, made.status, made.summary) == ("nieuwe-brug-kade", False, "active", "Over de kade")
    assert made.started_on == world.on("2026-04-20")
    assert (list(made.advisers.all()), list(made.neighbourhoods.all())) == ([adviser], [lakes])


def test_three_steps_lead_to_the_plan(client):
    log_in_as_adviser_of(client)
    second = get_form(client, start(client)["Location"])
    assert {"title", "contact_role"}.isdisjoint(second.fields)
    third = second.send(client, kind="housing", level="advise", instrument="programme")["Location"]
    assert third == f"{BRIDGE}starten/wie/"
    plan = get_form(client, third).send(client, contact_phone="14 071")["Location"]
    assert plan == f"{BRIDGE}plan/wijzigen/"
    made = Trajectory.objects.get()
    assert (made.kind, made.level, made.instrument, made.contact_phone) == ("housing", "advise", "programme", "14 071")
    assert not made.public
    assert "is opgeslagen als concept" in client.get(plan).content.decode()


def test_a_trajectory_needs_a_title_and_other_input_is_kept(client):
    log_in_as_adviser_of(client)
    shown = FormPage(get_form(client, NEW_URL).send(client, title=" ", summary="Over de kade"))
    assert list(shown.wrong) == ["title"]
    assert shown["summary"] == "Over de kade"
    assert not Trajectory.objects.exists()


def test_a_second_trajectory_with_the_same_title_gets_its_own_slug(client):
    log_in_as_adviser_of(client)
    for _time in range(2):
        get_form(client, NEW_URL).send(client, title="Brug")
    assert sorted(Trajectory.objects.values_list("slug", flat=True)) == ["brug", "brug-2"]


def test_back_keeps_what_was_typed(client):
    log_in_as_adviser_of(client)
    response = get_form(client, start(client)["Location"]).send(client, kind="housing", back="1")
    assert response["Location"] == f"{BRIDGE}starten/"
    first = get_form(client, response["Location"])
    assert first["title"] == "Nieuwe Brug & Kade"
    again = first.send(client, summary="Over de brug")["Location"]
    assert get_form(client, again)["kind"] == "housing"
    assert Trajectory.objects.get().summary == "Over de brug"


def test_one_may_stop_at_every_step_and_go_on_later(client):
    log_in_as_adviser_of(client)
    assert start(client, later="1")["Location"] == BRIDGE
    response = get_form(client, f"{BRIDGE}starten/besluit/").send(client, kind="housing", later="1")
    assert response["Location"] == BRIDGE
    assert Trajectory.objects.get().kind == "housing"
    html = client.get(BRIDGE).content.decode()
    assert "Concept, nog niet openbaar" in html
    assert f"{BRIDGE}openbaar/" in html


def test_a_step_that_is_sent_twice_is_recorded_once(client):
    log_in_as_adviser_of(client)
    start(client)
    page = get_form(client, f"{BRIDGE}starten/besluit/")
    assert page.send(client, kind="housing")["Location"] == page.send(client, kind="housing")["Location"]
    assert Changeset.objects.filter(verb="changed").count() == 1


def test_a_step_does_not_overwrite_what_somebody_else_changed(client):
    log_in_as_adviser_of(client)
    start(client)
    page = get_form(client, f"{BRIDGE}starten/besluit/")
    get_form(client, f"{BRIDGE}starten/besluit/").send(client, kind="permit")
    shown = FormPage(page.send(client, kind="housing"))
    assert shown["kind"] == "housing"
    assert Trajectory.objects.get().kind == "permit"


def test_only_a_coordinator_chooses_advisers_in_the_last_step(client):
    log_in_as_adviser_of(client)
    start(client)
    assert "advisers" not in get_form(client, f"{BRIDGE}starten/wie/").fields
    client.force_login(world.user("coordinator"))
    assert "advisers" in get_form(client, f"{BRIDGE}starten/wie/").fields
