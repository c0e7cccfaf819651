"""Asking, reacting and suggesting: each says beforehand what follows, and afterwards by when."""

from __future__ import annotations

import pytest

from participation.models import Changeset, Contribution, Organisation, Plan, PlanActor, Request
from participation.services.changesets import version_of
from participation.services.submissions import ASKED
from tests import world
from tests.web.association.reading import SQUARE, adviser, member, square, told

pytestmark = pytest.mark.django_db


def test_all_kinds_are_offered_with_what_follows(client):
    square()
    member(client)

    answer = client.get(f"{SQUARE}vraag/")

    html, text = answer.content.decode(), told(answer)
    for kind in ASKED:
        assert f'href="/trajecten/voorbeeldplein/vraag/?kind={kind}"' in html
    for term in ("binnen 10 werkdagen", "binnen 28 dagen", "binnen 14 dagen", "binnen 56 dagen", "binnen 6 weken"):
        assert term in text
    assert told(client.get(f"{SQUARE}vraag/?kind=woo")) == text


@pytest.mark.parametrize(
    ("kind", "due", "word"),
    [
        ("concern", "6 mei 2026", "toezegging van het college"),
        ("information", "18 mei 2026", "toezegging van het college"),
        ("initiative", "15 juni 2026", "wens van bewoners"),
        ("right_to_challenge", "15 juni 2026", "wens van bewoners"),
        ("complaint", "1 juni 2026", "wet"),
    ],
)
def test_what_is_handed_in_is_followed_on_the_page_of_the_trajectory(client, kind, due, word):
    square()
    member(client)

    answer = client.post(f"{SQUARE}vraag/?kind={kind}", {"words": "Mag dit anders?"})

    assert answer.headers["Location"] == SQUARE
    asked = Request.objects.get()
    assert (asked.kind, asked.party, asked.summary) == (kind, world.RESIDENTS, "Mag dit anders?")
    assert f"Het antwoord hoort er uiterlijk {due} te zijn ({word})." in told(client.get(SQUARE))


def test_nothing_is_handed_in_without_words(client):
    square()
    member(client)
    answer = client.post(f"{SQUARE}vraag/?kind=concern", {"words": ""})
    assert "Schrijf op waar het over gaat." in told(answer)
    assert not Request.objects.exists()


def test_a_reaction_to_a_scenario_is_chosen_already_where_one_comes_from_it(client):
    of = square()
    world.plan(of)
    world.scenario(of, "sc1")
    world.scenario(of, "sc2", title="Alles anders")
    member(client)

    html = client.get(f"{SQUARE}reactie/?scenario=sc2").content.decode()
    assert '<option value="sc2" selected>' in html
    answer = client.post(f"{SQUARE}reactie/?scenario=sc2", {"about": "sc2", "words": "Doen"})

    reaction = Contribution.objects.get()
    assert (reaction.theme, reaction.summary) == ("Scenario: Alles anders", "Doen")
    assert answer.headers["Location"] == SQUARE
    assert "uiterlijk 18 mei 2026" in told(client.get(SQUARE))


def test_without_scenarios_or_a_plan_one_reacts_to_the_plan_all_the_same(client):
    square()
    member(client)
    assert "Er is nog geen participatieplan vastgelegd." in told(client.get(f"{SQUARE}reactie/"))
    client.post(f"{SQUARE}reactie/", {"words": "Wij doen graag mee"})
    assert Contribution.objects.get().theme == "Participatieplan"


def test_a_reaction_to_what_is_not_there_is_refused(client):
    of = square()
    world.scenario(of, "sc1")
    member(client)
    assert client.post(f"{SQUARE}reactie/", {"about": "sc9", "words": "Hm"}).status_code == 200
    assert not Contribution.objects.exists()


def test_the_list_offers_whom_the_plan_does_not_name(client):
    of = square()
    world.plan(of, world.SHOPS)
    world.organisation(world.OUTSIDER)
    member(client)

    answer = client.get(f"{SQUARE}partijen/aandragen/")

    options = answer.content.decode().partition('id="id_party"')[2].partition("</select>")[0]
    assert "Wijk-Elders" in options
    assert "Winkeliers" not in options
    assert "Winkeliers: doet mee" in told(answer)


def suggest(client, **fields):
    return client.post(f"{SQUARE}partijen/aandragen/", {"party": "", "new_name": "", "kind": "", **fields})


def test_a_known_party_is_suggested(client):
    of = square()
    world.plan(of)
    shops = world.organisation(world.SHOPS)
    member(client)

    answer = suggest(client, party=shops.pk)

    assert answer.headers["Location"] == SQUARE
    actor = PlanActor.objects.get()
    assert (actor.organisation, actor.part, actor.suggested_by) == (shops, "", world.RESIDENTS)
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in client.get(SQUARE).content.decode()


def test_a_new_party_is_suggested_and_a_plan_made_where_there_was_none(client):
    square()
    lakes = world.neighbourhood(world.LAKES)
    member(client)

    suggest(client, new_name=" Vrienden  van het Plein ", kind="residents_initiative", neighbourhood=lakes.pk)

    made = Organisation.objects.get(slug="vrienden-van-het-plein")
    assert (made.name, made.kind) == ("Vrienden van het Plein", "residents_initiative")
    assert list(made.neighbourhoods.all()) == [lakes]
    assert Plan.objects.get().actors.get().organisation == made


def test_a_name_that_is_known_already_is_that_party(client):
    square()
    shops = world.organisation(world.SHOPS)
    member(client)
    suggest(client, new_name="WINKELIERS")
    assert PlanActor.objects.get().organisation == shops


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "Kies een partij, of schrijf hieronder hoe die heet."),
        ({"new_name": "Winkeliers"}, "Winkeliers staat al in het plan: doet mee."),
        ({"kind": "council", "new_name": "Raad"}, "council"),
        ({"party": "0"}, "Kies"),
    ],
)
def test_what_cannot_be_suggested_is_said(client, fields, wrong):
    of = square()
    world.plan(of, world.SHOPS)
    member(client)

    answer = suggest(client, **fields)

    assert answer.status_code == 200
    assert wrong in told(answer)
    assert PlanActor.objects.count() == 1


def test_one_of_the_two_is_enough(client):
    square()
    shops = world.organisation(world.SHOPS)
    member(client)
    assert "Laat een van de twee leeg." in told(suggest(client, party=shops.pk, new_name="Iets anders"))


@pytest.fixture
def forgotten():
    """A party that the residents suggested, of which nobody decided the part yet."""
    plan = world.plan(square())
    world.organisation(world.RESIDENTS)
    return PlanActor.objects.create(
        plan=plan, organisation=world.organisation(world.SHOPS), suggested_by=world.RESIDENTS
    )


def test_the_adviser_decides_the_part(client, forgotten):
    adviser(client, forgotten.plan.trajectory)
    address = f"{SQUARE}partijen/{forgotten.pk}/"
    assert "Wijk-A zei dat deze partij in het plan ontbrak." in told(client.get(address))

    answer = client.post(address, {"part": "informed", "version": version_of(forgotten)})

    assert answer.headers["Location"] == SQUARE
    forgotten.refresh_from_db()
    assert forgotten.part == "informed"
    # Once it has a part, the plan itself is where it is changed.
    assert "van de lijst" not in told(client.get(address))


def test_a_suggestion_that_is_not_taken_up_comes_off_the_list(client, forgotten):
    adviser(client, forgotten.plan.trajectory)
    client.post(f"{SQUARE}partijen/{forgotten.pk}/", {"part": "off", "version": version_of(forgotten)})
    assert not PlanActor.objects.exists()


def test_a_decision_that_somebody_else_took_first_is_shown(client, forgotten):
    adviser(client, forgotten.plan.trajectory)
    shown = version_of(forgotten)
    forgotten.part = "participant"
    forgotten.save()

    answer = client.post(f"{SQUARE}partijen/{forgotten.pk}/", {"part": "informed", "version": shown})

    assert "Iemand anders heeft dit intussen veranderd." in told(answer)
    forgotten.refresh_from_db()
    assert forgotten.part == "participant"
    assert f'name="version" value="{version_of(forgotten)}"' in answer.content.decode()
