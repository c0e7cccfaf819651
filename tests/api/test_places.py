"""Organisations and neighbourhoods, as programs read them, and adding the party that was not there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Organisation
from tests import world
from tests.api.calling import Caller, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def read(address, caller=None):
    answer = (caller or Caller()).get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def slugs(address, caller=None):
    return [record["slug"] for record in read(address, caller)["results"]]


@pytest.fixture
def town():
    lakes = world.neighbourhood(world.LAKES, district="Noord")
    for slug in (world.RESIDENTS, world.SHOPS, world.OUTSIDER, world.COUNCIL):
        world.organisation(slug)
    world.neighbourhood(world.CENTRE).neighbours.add(lakes)


def test_an_organisation_is_what_a_dossier_says_of_it(town):
    assert read("/organisations/winkeliers") == {
        "slug": "winkeliers",
        "name": "Winkeliers",
        "kind": "business_association",
        "municipality": "leiden",
        "neighbourhoods": [world.CENTRE],
    }
    assert Caller().get("/organisations/nergens").status_code == 404


def test_organisations_are_found_by_kind_place_and_words(town):
    assert slugs("/organisations") == ["raad-leiden", "wijk-a", "wijk-elders", "winkeliers"]
    assert slugs("/organisations?kind=council") == ["raad-leiden"]
    assert slugs(f"/organisations?neighbourhood={world.CENTRE}") == ["wijk-a", "winkeliers"]
    assert slugs("/organisations?search=wijk+elders") == ["wijk-elders"]
    assert slugs("/organisations?municipality=elders") == []
    assert read("/organisations?fields=name&pageSize=1")["results"] == [{"name": "Raad-Leiden"}]
    assert set(wrong(Caller().get("/organisations?kind=x"))) == {"kind"}


def test_a_party_in_what_is_not_public_is_not_told_to_visitors(town):
    secret = world.trajectory("geheim", public=False)
    for slug, kind in (("bouwer", "developer"), ("bureau", "research_bureau")):
        world.organisation(slug, kind=kind)
    world.plan(secret, "bouwer")
    world.plan(world.trajectory(), "bureau")
    member = Caller(world.user("association_member", world.RESIDENTS))

    assert "bouwer" not in slugs("/organisations")
    assert Caller().get("/organisations/bouwer").status_code == 404
    assert "bureau" in slugs("/organisations")
    assert "bouwer" in slugs("/organisations", member)


def test_a_neighbourhood_tells_what_lies_beside_it(town):
    assert read(f"/neighbourhoods/{world.LAKES}") == {
        "slug": world.LAKES,
        "name": "Merenwijk",
        "district": "Noord",
        "municipality": "leiden",
        "cbs_code": None,
        "neighbours": [world.CENTRE],
    }
    assert Caller().get("/neighbourhoods/nergens").status_code == 404


def test_neighbourhoods_are_found_by_district_code_and_words(town):
    world.neighbourhood("stad", cbs_code="WK054600", municipality="elders")
    assert slugs("/neighbourhoods") == [world.CENTRE, world.LAKES, "stad"]
    assert slugs("/neighbourhoods?district=Noord") == slugs("/neighbourhoods?search=meren") == [world.LAKES]
    assert slugs("/neighbourhoods?cbsCode=WK054600") == slugs("/neighbourhoods?municipality=elders") == ["stad"]


def test_who_may_add_a_trajectory_adds_the_party_that_it_needs(town):
    answer = Caller(world.user("adviser")).post(
        "/organisations",
        {"name": " Vrienden  van het plein", "kind": "residents_initiative", "neighbourhoods": [world.CENTRE]},
    )
    assert answer.status_code == 201
    assert answer.json() == read(answer.headers["Location"])
    assert answer.json() == {
        "slug": "vrienden-van-het-plein",
        "name": "Vrienden van het plein",
        "kind": "residents_initiative",
        "municipality": None,
        "neighbourhoods": [world.CENTRE],
    }
    row = Organisation.objects.get(slug="vrienden-van-het-plein")
    assert row.history.get().history_user.role == "adviser"


def test_others_add_none(town):
    body = {"name": "Nieuw"}
    assert Caller().post("/organisations", body).status_code == 401
    for role in ("association_member", "auditor"):
        assert Caller(world.user(role)).post("/organisations", body).status_code == 403
    assert not Organisation.objects.filter(name="Nieuw").exists()


def test_one_that_is_there_already_or_is_not_right_is_not_added(town):
    caller, number = Caller(world.user("coordinator")), Organisation.objects.count()
    for body, places in (
        ({}, {"#/name"}),
        ({"name": "  "}, {"#/name"}),
        ({"name": 1}, {"#/name"}),
        ({"name": "Nieuw", "slug": "Met hoofdletter"}, {"#/slug"}),
        ({"name": "Nieuw", "kind": "x", "naam": "y"}, {"#/kind", "#/naam"}),
        ({"name": "Nieuw", "neighbourhoods": [world.CENTRE, "nergens"]}, {"#/neighbourhoods/1"}),
        ({"name": "Nieuw", "neighbourhoods": "x"}, {"#/neighbourhoods"}),
    ):
        assert set(wrong(caller.post("/organisations", body))) == places, body
    for body, place in (
        ({"name": "WINKELIERS"}, "#/name"),
        ({"name": "Nieuw", "slug": "winkeliers"}, "#/slug"),
        ({"name": "Nieuw", "slug": "residents"}, "#/slug"),
    ):
        assert set(wrong(caller.post("/organisations", body), 409)) == {place}
    assert Organisation.objects.count() == number


def test_asking_again_adds_nothing(town):
    caller = Caller(world.user("coordinator"))
    first, again = (caller.post("/organisations", {"name": "Nieuw"}, Idempotency_Key="1") for _time in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()


def test_more_of_them_ask_no_more_of_the_database(town):
    def asked(address):
        with CaptureQueriesContext(connection) as queries:
            read(address)
        return len(queries)

    addresses = ("/organisations?pageSize=500", "/neighbourhoods?pageSize=500")
    few = [asked(address) for address in addresses]
    for number in range(50):
        quarter = world.neighbourhood(f"buurt-{number}")
        quarter.neighbours.add(world.neighbourhood(world.CENTRE))
        world.organisation(f"club-{number}", kind="residents_association").neighbourhoods.add(quarter)
    assert [asked(address) for address in addresses] == few == [3, 3]
