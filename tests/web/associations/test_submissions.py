"""Requests, contributions and suggestions: each page states beforehand what follows, and afterwards by when."""

from __future__ import annotations

import pytest

from participation.models import Changeset, Contribution, Organisation, Plan, PlanActor, Request
from participation.services.associations.submissions import REQUEST_KINDS
from participation.services.changes.changesets import version_of
from tests import world
from tests.web.associations.association_helpers import SQUARE, log_in_adviser, log_in_member, main_text, make_square

pytestmark = pytest.mark.django_db


def test_all_kinds_are_offered_with_what_follows(client):
    make_square()
    log_in_member(client)

    response = client.get(f"{SQUARE}vraag/")

    html, text = response.content.decode(), main_text(response)
    for kind in REQUEST_KINDS:
        assert f'href="/trajecten/voorbeeldplein/vraag/?kind={kind}"' in html
    for term in ("binnen 10 werkdagen", "binnen 28 dagen", "binnen 14 dagen", "binnen 56 dagen", "binnen 6 weken"):
        assert term in text
    assert main_text(client.get(f"{SQUARE}vraag/?kind=woo")) == text


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
def test_a_submission_can_be_followed_on_the_trajectory_page(client, kind, due, word):
    make_square()
    log_in_member(client)

    response = client.post(f"{SQUARE}vraag/?kind={kind}", {"words": "Mag dit anders?"})

    assert response.headers["Location"] == f"{SQUARE}inbreng/"
    request = Request.objects.get()
    assert (request.kind, request.party, request.summary) == (kind, world.RESIDENTS, "Mag dit anders?")
    assert f"Het antwoord hoort er uiterlijk {due} te zijn ({word})." in main_text(client.get(SQUARE))


def test_a_submission_needs_text(client):
    make_square()
    log_in_member(client)
    response = client.post(f"{SQUARE}vraag/?kind=concern", {"words": ""})
    assert "Schrijf op waar het over gaat." in main_text(response)
    assert not Request.objects.exists()


def test_the_scenario_of_the_referring_page_is_preselected(client):
    of = make_square()
    world.plan(of)
    world.scenario(of, "sc1")
    world.scenario(of, "sc2", title="Alles anders")
    log_in_member(client)

    html = client.get(f"{SQUARE}reactie/?scenario=sc2").content.decode()
    assert '<option value="sc2" selected>' in html
    response = client.post(f"{SQUARE}reactie/?scenario=sc2", {"about": "sc2", "words": "Doen"})

    reaction = Contribution.objects.get()
    assert (reaction.theme, reaction.summary) == ("Scenario: Alles anders", "Doen")
    assert response.headers["Location"] == f"{SQUARE}inbreng/"
    assert "uiterlijk 18 mei 2026" in main_text(client.get(SQUARE))


def test_without_scenarios_or_a_plan_a_reaction_to_the_plan_is_possible(client):
    make_square()
    log_in_member(client)
    assert "Er is nog geen participatieplan vastgelegd." in main_text(client.get(f"{SQUARE}reactie/"))
    client.post(f"{SQUARE}reactie/", {"words": "Wij doen graag mee"})
    assert Contribution.objects.get().theme == "Participatieplan"


def test_a_reaction_to_an_unknown_scenario_is_rejected(client):
    of = make_square()
    world.scenario(of, "sc1")
    log_in_member(client)
    assert client.post(f"{SQUARE}reactie/", {"about": "sc9", "words": "Hm"}).status_code == 200
    assert not Contribution.objects.exists()


def test_the_list_offers_parties_that_the_plan_does_not_name(client):
    of = make_square()
    world.plan(of, world.SHOPS)
    world.organisation(world.OUTSIDER)
    log_in_member(client)

    response = client.get(f"{SQUARE}partijen/aandragen/")

    options = response.content.decode().partition('id="id_party"')[2].partition("</select>")[0]
    assert "Wijk-Elders" in options
    assert "Winkeliers" not in options
    assert "Winkeliers: doet mee" in main_text(response)


def suggest(client, **fields):
    return client.post(f"{SQUARE}partijen/aandragen/", {"party": "", "new_name": "", "kind": "", **fields})


def test_an_existing_organisation_can_be_suggested(client):
    of = make_square()
    world.plan(of)
    shops = world.organisation(world.SHOPS)
    log_in_member(client)

    response = suggest(client, party=shops.pk)

    assert response.headers["Location"] == f"{SQUARE}plan/"
    actor = PlanActor.objects.get()
    assert (actor.organisation, actor.part, actor.suggested_by) == (shops, "", world.RESIDENTS)
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in client.get(SQUARE).content.decode()


def test_a_new_party_can_be_suggested_and_creates_a_plan_if_needed(client):
    make_square()
    lakes = world.neighbourhood(world.LAKES)
    log_in_member(client)

    suggest(client, new_name=" Vrienden  van het Plein ", kind="residents_initiative", neighbourhood=lakes.pk)

    made = Organisation.objects.get(slug="vrienden-van-het-plein")
    assert (made.name, made.kind) == ("Vrienden van het Plein", "residents_initiative")
    assert list(made.neighbourhoods.all()) == [lakes]
    assert Plan.objects.get().actors.get().organisation == made


def test_an_existing_name_refers_to_that_organisation(client):
    make_square()
    shops = world.organisation(world.SHOPS)
    log_in_member(client)
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
def test_an_invalid_suggestion_gives_an_error(client, fields, wrong):
    of = make_square()
    world.plan(of, world.SHOPS)
    log_in_member(client)

    response = suggest(client, **fields)

    assert response.status_code == 200
    assert wrong in main_text(response)
    assert PlanActor.objects.count() == 1


def test_an_existing_organisation_and_a_new_name_cannot_be_combined(client):
    make_square()
    shops = world.organisation(world.SHOPS)
    log_in_member(client)
    assert "Laat een van de twee leeg." in main_text(suggest(client, party=shops.pk, new_name="Iets anders"))


@pytest.fixture
def plan_without_party():
    """Create a party that residents suggested, which has no role yet."""
    plan = world.plan(make_square())
    world.organisation(world.RESIDENTS)
    return PlanActor.objects.create(
        plan=plan, organisation=world.organisation(world.SHOPS), suggested_by=world.RESIDENTS
    )


def test_the_adviser_decides_the_role(client, plan_without_party):
    log_in_adviser(client, plan_without_party.plan.trajectory)
    address = f"{SQUARE}partijen/{plan_without_party.pk}/"
    assert "Wijk-A zei dat deze partij in het plan ontbrak." in main_text(client.get(address))

    response = client.post(address, {"part": "informed", "version": version_of(plan_without_party)})

    assert response.headers["Location"] == f"{SQUARE}plan/"
    plan_without_party.refresh_from_db()
    assert plan_without_party.part == "informed"
    # Once it has a role, it is changed in the plan itself.
    assert "van de lijst" not in main_text(client.get(address))


def test_a_dismissed_suggestion_is_removed_from_the_list(client, plan_without_party):
    log_in_adviser(client, plan_without_party.plan.trajectory)
    client.post(
        f"{SQUARE}partijen/{plan_without_party.pk}/", {"part": "off", "version": version_of(plan_without_party)}
    )
    assert not PlanActor.objects.exists()


def test_a_concurrent_decision_is_shown(client, plan_without_party):
    log_in_adviser(client, plan_without_party.plan.trajectory)
    shown = version_of(plan_without_party)
    plan_without_party.part = "participant"
    plan_without_party.save()

    response = client.post(f"{SQUARE}partijen/{plan_without_party.pk}/", {"part": "informed", "version": shown})

    assert "Iemand anders heeft dit intussen veranderd." in main_text(response)
    plan_without_party.refresh_from_db()
    assert plan_without_party.part == "participant"
    assert f'name="version" value="{version_of(plan_without_party)}"' in response.content.decode()
