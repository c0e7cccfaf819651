"""Pages to add a trajectory and to change its own fields."""

from __future__ import annotations

import pytest

from participation.models import Changeset, Trajectory
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = pytest.mark.django_db

NEW_URL = "/trajecten/nieuw/"
SQUARE = "/trajecten/voorbeeldplein/wijzigen/"


def test_an_adviser_adds_a_trajectory_and_continues_with_its_plan(client):
    adviser, lakes = log_in_as_adviser_of(client), world.neighbourhood(world.LAKES)
    shown = get_form(client, NEW_URL)
    assert (shown["status"], shown["public"]) == ("active", ["on"])
    response = shown.send(client, title="Nieuwe Brug & Kade", neighbourhoods=[lakes.pk], level="advise")
    made = Trajectory.objects.get()
    assert response["Location"] == "/trajecten/nieuwe-brug-kade/plan/"
    assert (made.slug, made.level, list(made.advisers.all()), list(made.neighbourhoods.all())) == (
        "nieuwe-brug-kade",
        "advise",
        [adviser],
        [lakes],
    )
    assert client.get(response["Location"]).status_code == 200


def test_a_trajectory_needs_a_title_and_other_input_is_kept(client):
    log_in_as_adviser_of(client)
    shown = FormPage(get_form(client, NEW_URL).send(client, title=" ", summary="Over de kade", level="advise"))
    assert list(shown.wrong) == ["title"]
    assert (shown["summary"], shown["level"]) == ("Over de kade", "advise")
    assert not Trajectory.objects.exists()


def test_a_second_trajectory_with_the_same_title_gets_its_own_slug(client):
    log_in_as_adviser_of(client)
    for _time in range(2):
        get_form(client, NEW_URL).send(client, title="Brug")
    assert sorted(Trajectory.objects.values_list("slug", flat=True)) == ["brug", "brug-2"]


def test_private_is_explained_and_stays_private(client):
    square = world.trajectory(public=False)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, SQUARE)
    assert "zien bewoners en verenigingen het traject helemaal niet" in shown.form
    assert shown["public"] == []
    shown.send(client, summary="Voor later")
    assert not Trajectory.objects.get().public


def test_changing_a_trajectory_keeps_its_slug_and_relations(client):
    square, motion = world.trajectory(), world.motion()
    square.motions.set([motion])
    adviser = log_in_as_adviser_of(client, square)
    get_form(client, SQUARE).send(client, title="Een heel ander plein", contact_role="policy_adviser")
    square.refresh_from_db()
    assert (square.slug, square.title, square.contact_role) == (
        "voorbeeldplein",
        "Een heel ander plein",
        "policy_adviser",
    )
    assert (list(square.motions.all()), list(square.advisers.all())) == ([motion], [adviser])
    get_form(client, SQUARE).send(client)
    assert Changeset.objects.count() == 1


def test_neighbourhoods_are_changed_and_restored_by_undo(client):
    square, lakes = world.trajectory(), world.neighbourhood(world.LAKES)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, SQUARE)
    assert shown["neighbourhoods"] == [str(world.neighbourhood().pk)]
    shown.send(client, neighbourhoods=[lakes.pk])
    assert list(square.neighbourhoods.all()) == [lakes]
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert list(square.neighbourhoods.all()) == [world.neighbourhood()]


def test_only_coordinators_choose_advisers(client):
    square = world.trajectory()
    adviser = log_in_as_adviser_of(client, square)
    shown = get_form(client, SQUARE)
    assert "advisers" not in shown.fields
    shown.send(client, advisers=[])
    assert list(square.advisers.all()) == [adviser]
    client.force_login(world.user("coordinator"))
    other = world.user("adviser", name="ander")
    get_form(client, SQUARE).send(client, advisers=[adviser.pk, other.pk])
    assert set(square.advisers.all()) == {adviser, other}
    member = world.user("association_member")
    refused = FormPage(get_form(client, SQUARE).send(client, advisers=[member.pk]))
    assert list(refused.wrong) == ["advisers"]


def test_closing_before_the_start_gives_an_error_at_the_closing_date(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, SQUARE).send(client, started_on="1-3-2026", closed_on="1-2-2026"))
    assert list(shown.wrong) == ["closed_on"]


@pytest.mark.parametrize("role", ["association_member", "auditor"])
def test_users_without_permission_cannot_add_a_trajectory(client, role):
    client.force_login(world.user(role))
    assert client.get(NEW_URL).status_code == 403
    assert client.post(NEW_URL, {"title": "Brug"}).status_code == 403
    assert not Trajectory.objects.exists()
