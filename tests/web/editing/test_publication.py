"""Making a trajectory public is an action of its own, which says first what becomes visible and to whom."""

from __future__ import annotations

import pytest

from participation.models import Changeset, Trajectory
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

SQUARE = "/trajecten/voorbeeldplein/"
PAGE = f"{SQUARE}openbaar/"


@pytest.fixture
def draft(client):
    made = world.trajectory(public=False)
    log_in_as_adviser_of(client, made)
    return made


def test_the_page_says_what_becomes_visible_and_to_whom(client, draft):
    world.step(draft, planned=world.on("2026-06-01"))
    world.contribution(draft)
    world.contribution(draft, ref="c2")
    world.organisation(world.RESIDENTS, name="Wijkvereniging A").neighbourhoods.set([world.neighbourhood()])
    world.user("association_member", world.RESIDENTS)
    html = client.get(PAGE).content.decode()
    assert "1 stap, met datum en plaats" in html
    assert "2 bijdragen, met de antwoorden" in html
    assert "Dat er nog geen participatieplan is" in html
    assert "Iedereen, zonder in te loggen" in html
    assert "In hun eigen overzicht en mail: Wijkvereniging A" in html
    assert not Trajectory.objects.get().public


def test_it_is_made_public_and_undone(client, draft):
    assert get_form(client, PAGE).send(client, publish="1")["Location"] == SQUARE
    assert Trajectory.objects.get().public
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert not Trajectory.objects.get().public


def test_the_message_offers_to_announce_the_first_activity_or_to_plan_one(client, draft):
    get_form(client, PAGE).send(client, publish="1")
    assert f'href="{SQUARE}stappen/nieuw/?kind=activity">Activiteit plannen' in client.get(SQUARE).content.decode()
    get_form(client, PAGE).send(client, hide="1")
    assert "Activiteit plannen" not in client.get(SQUARE).content.decode()
    world.step(draft, "later", planned=world.on("2026-07-01"))
    world.step(draft, "eerst", planned=world.on("2026-06-01"))
    get_form(client, PAGE).send(client, publish="1")
    assert f'href="{SQUARE}stappen/eerst/?veld=announced_on' in client.get(SQUARE).content.decode()


def test_the_message_says_what_happened_and_what_follows(client, draft):
    get_form(client, PAGE).send(client, publish="1")
    assert "Het is nu openbaar: iedereen kan het zien" in client.get(SQUARE).content.decode()

    get_form(client, PAGE).send(client, hide="1")
    html = client.get(SQUARE).content.decode()
    assert "Het is weer een concept: alleen mensen die voor de gemeente of de raad werken, zien het." in html
    assert "Het is nu openbaar" not in html


def test_a_public_trajectory_is_made_a_draft_again(client, draft):
    get_form(client, PAGE).send(client, publish="1")
    page = get_form(client, PAGE)
    assert 'name="hide"' in page.form
    page.send(client, hide="1")
    assert not Trajectory.objects.get().public


def test_what_somebody_else_changed_meanwhile_is_not_made_public_unseen(client, draft):
    page = get_form(client, PAGE)
    get_form(client, f"{SQUARE}wijzigen/").send(client, summary="Met een naam")
    shown = FormPage(page.send(client, publish="1"))
    assert "Iemand anders heeft dit traject intussen gewijzigd" in shown.html
    assert not Trajectory.objects.get().public
    shown.send(client, publish="1")
    assert Trajectory.objects.get().public


def test_changing_a_draft_does_not_make_it_public(client, draft):
    page = get_form(client, f"{SQUARE}wijzigen/")
    assert "public" not in page.fields
    page.send(client, summary="Voor later", public="on")
    assert not Trajectory.objects.get().public


def test_an_empty_post_changes_nothing(client, draft):
    client.post(PAGE, {})
    assert not Changeset.objects.exists()
