"""Organisations and neighbourhoods in the API, and adding an organisation."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Organisation
from tests import world
from tests.api.client import ApiTestClient, errors_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def read(address, caller=None):
    response = (caller or ApiTestClient()).get(address)
    assert response.status_code == 200, response.content
    return response.json()


def slugs(address, caller=None):
    return [record["slug"] for record in read(address, caller)["results"]]


@pytest.fixture
def town():
    lakes = world.neighbourhood(world.LAKES, district="Noord")
    for slug in (world.RESIDENTS, world.SHOPS, world.OUTSIDER, world.COUNCIL):
        world.organisation(slug)
    world.neighbourhood(world.CENTRE).neighbours.add(lakes)


def test_an_organisation_is_represented_as_in_a_dossier(town):
    assert read("/organisations/winkeliers") == {
        "slug": "winkeliers",
        "name": "Winkeliers",
        "kind": "business_association",
        "municipality": "leiden",
        "neighbourhoods": [world.CENTRE],
    }
    assert ApiTestClient().get("/organisations/nergens").status_code == 404


def test_organisations_are_filtered_by_kind_place_and_search_words(town):
    assert slugs("/organisations") == ["raad-leiden", "wijk-a", "wijk-elders", "winkeliers"]
    assert slugs("/organisations?kind=council") == ["raad-leiden"]
    assert slugs(f"/organisations?neighbourhood={world.CENTRE}") == ["wijk-a", "winkeliers"]
    assert slugs("/organisations?search=wijk+elders") == ["wijk-elders"]
    assert slugs("/organisations?municipality=elders") == []
    assert read("/organisations?fields=name&pageSize=1")["results"] == [{"name": "Raad-Leiden"}]
    assert set(errors_of(ApiTestClient().get("/organisations?kind=x"))) == {"kind"}


def test_parties_of_private_trajectories_are_hidden_from_visitors(town):
    secret = world.trajectory("geheim", public=False)
    for slug, kind in (("bouwer", "developer"), ("bureau", "research_bureau")):
        world.organisation(slug, kind=kind)
    world.plan(secret, "bouwer")
    world.plan(world.trajectory(), "bureau")
    member = ApiTestClient(world.user("association_member", world.RESIDENTS))

    assert "bouwer" not in slugs("/organisations")
    assert ApiTestClient().get("/organisations/bouwer").status_code == 404
    assert "bureau" in slugs("/organisations")
    assert "bouwer" in slugs("/organisations", member)


def test_a_neighbourhood_lists_its_neighbours(town):
    assert read(f"/neighbourhoods/{world.LAKES}") == {
        "slug": world.LAKES,
        "name": "Merenwijk",
        "district": "Noord",
        "municipality": "leiden",
        "cbs_code": None,
        "inhabitants": None,
        "inhabitants_year": None,
        "neighbours": [world.CENTRE],
    }
    # Nought is known.
    world.neighbourhood("haven", inhabitants=0, inhabitants_year=2025)
    found = read("/neighbourhoods/haven")
    assert (found["inhabitants"], found["inhabitants_year"]) == (0, 2025)
    assert ApiTestClient().get("/neighbourhoods/nergens").status_code == 404


def test_neighbourhoods_are_filtered_by_district_code_and_search_words(town):
    world.neighbourhood("stad", cbs_code="WK054600", municipality="elders")
    assert slugs("/neighbourhoods") == [world.CENTRE, world.LAKES, "stad"]
    assert slugs("/neighbourhoods?district=Noord") == slugs("/neighbourhoods?search=meren") == [world.LAKES]
    assert slugs("/neighbourhoods?cbsCode=WK054600") == slugs("/neighbourhoods?municipality=elders") == ["stad"]


def test_users_who_may_add_a_trajectory_may_add_organisations(town):
    response = ApiTestClient(world.user("adviser")).post(
        "/organisations",
        {"name": " Vrienden  van het plein", "kind": "residents_initiative", "neighbourhoods": [world.CENTRE]},
    )
    assert response.status_code == 201
    assert response.json() == read(response.headers["Location"])
    assert response.json() == {
        "slug": "vrienden-van-het-plein",
        "name": "Vrienden van het plein",
        "kind": "residents_initiative",
        "municipality": None,
        "neighbourhoods": [world.CENTRE],
    }
    row = Organisation.objects.get(slug="vrienden-van-het-plein")
    assert row.history.get().history_user.role == "adviser"


def test_other_users_cannot_add_organisations(town):
    body = {"name": "Nieuw"}
    assert ApiTestClient().post("/organisations", body).status_code == 401
    for role in ("association_member", "auditor"):
        assert ApiTestClient(world.user(role)).post("/organisations", body).status_code == 403
    assert not Organisation.objects.filter(name="Nieuw").exists()


def test_an_existing_or_invalid_organisation_is_not_added(town):
    caller, number = ApiTestClient(world.user("coordinator")), Organisation.objects.count()
    for body, places in (
        ({}, {"#/name"}),
        ({"name": "  "}, {"#/name"}),
        ({"name": 1}, {"#/name"}),
        ({"name": "Nieuw", "slug": "Met hoofdletter"}, {"#/slug"}),
        ({"name": "Nieuw", "kind": "x", "naam": "y"}, {"#/kind", "#/naam"}),
        ({"name": "Nieuw", "neighbourhoods": [world.CENTRE, "nergens"]}, {"#/neighbourhoods/1"}),
        ({"name": "Nieuw", "neighbourhoods": "x"}, {"#/neighbourhoods"}),
    ):
        assert set(errors_of(caller.post("/organisations", body))) == places, body
    for body, place in (
        ({"name": "WINKELIERS"}, "#/name"),
        ({"name": "Nieuw", "slug": "winkeliers"}, "#/slug"),
        ({"name": "Nieuw", "slug": "residents"}, "#/slug"),
    ):
        assert set(errors_of(caller.post("/organisations", body), 409)) == {place}
    assert Organisation.objects.count() == number


def test_a_repeated_request_adds_nothing(town):
    caller = ApiTestClient(world.user("coordinator"))
    first, again = (caller.post("/organisations", {"name": "Nieuw"}, Idempotency_Key="1") for _time in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()


def test_more_rows_take_no_more_queries(town):
    def count_queries(address):
        with CaptureQueriesContext(connection) as queries:
            read(address)
        return len(queries)

    addresses = ("/organisations?pageSize=500", "/neighbourhoods?pageSize=500")
    few = [count_queries(address) for address in addresses]
    for number in range(50):
        quarter = world.neighbourhood(f"buurt-{number}")
        quarter.neighbours.add(world.neighbourhood(world.CENTRE))
        world.organisation(f"club-{number}", kind="residents_association").neighbourhoods.add(quarter)
    assert [count_queries(address) for address in addresses] == few == [3, 3]
