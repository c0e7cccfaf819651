"""Trajectories in the API: permissions, fields, and how they are added and changed."""

import pytest

from participation.models import Changeset, Obligation, Trajectory
from tests import world

from .client import ApiTestClient, errors_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def square():
    made = world.trajectory()
    made.motions.add(world.motion())
    return made


@pytest.fixture
def adviser(square):
    user = world.user("adviser")
    square.advisers.add(user)
    return ApiTestClient(user)


@pytest.fixture
def coordinator():
    return ApiTestClient(world.user("coordinator"))


def names(response):
    assert response.status_code == 200, response.content
    return [record["slug"] for record in response.json()["results"]]


# ---------- reading


def test_public_trajectories_are_readable_by_all_and_private_ones_by_staff(square, adviser):
    world.trajectory("stil-plan", public=False)
    member = ApiTestClient(world.user("association_member", world.OUTSIDER))

    assert names(ApiTestClient().get("/trajectories")) == ["voorbeeldplein"]
    assert names(member.get("/trajectories")) == ["voorbeeldplein"]
    assert names(adviser.get("/trajectories")) == ["stil-plan", "voorbeeldplein"]
    for address in ("", "/dossier", "/plan", "/steps", "/waivers"):
        errors_of(ApiTestClient().get(f"/trajectories/stil-plan{address}"), 404)
        errors_of(member.get(f"/trajectories/stil-plan{address}"), 404)


def test_a_record_has_every_key_and_null_for_unknown_values(square):
    record = ApiTestClient().get("/trajectories/voorbeeldplein").json()

    assert record["title"] == "Voorbeeldplein"
    assert record["started_on"] == "2026-02-02"
    assert record["neighbourhoods"] == [world.CENTRE]
    assert record["motions"] == ["21.0098/04"]
    assert record["summary"] is None
    assert record["contact"] == {"role": None, "name": None, "email": None, "phone": None}
    assert record["no_participation"] == {"ground": None, "reason": None, "decided_on": None, "by": None}
    assert (record["instrument"], record["participation_required"], record["external"]) == (None, None, [])


def test_only_the_selected_fields_are_returned(square):
    assert ApiTestClient().get("/trajectories?fields=slug,title").json()["results"] == [
        {"slug": "voorbeeldplein", "title": "Voorbeeldplein"}
    ]
    assert "title" in errors_of(ApiTestClient().get("/trajectories?fields=titel"))["fields"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=public_space", ["voorbeeldplein"]),
        ("kind=policy", ["beleid"]),
        ("search=plein", ["voorbeeldplein"]),
        (f"neighbourhood={world.LAKES}", ["beleid"]),
        ("retrospective=true", ["beleid"]),
        ("retrospective=false", ["voorbeeldplein"]),
        ("level=inform", []),
        ("openForInput=false", ["beleid", "voorbeeldplein"]),
    ],
)
def test_filters_select_the_matching_trajectories(square, query, found):
    world.trajectory("beleid", world.LAKES, kind="policy", retrospective=True)

    assert names(ApiTestClient().get(f"/trajectories?{query}")) == found


def test_a_motion_filter_takes_the_number_as_printed(square):
    assert names(ApiTestClient().get("/trajectories?motion=M21.0098/04")) == ["voorbeeldplein"]
    assert names(ApiTestClient().get("/trajectories?motion=21.0001/01")) == []


LONG_SEARCH = f"search={'+'.join(f'w{n}' for n in range(600))}"


@pytest.mark.parametrize("query", ["kind=plein", "openForInput=misschien", "overdue=alles", "wijk=noord", LONG_SEARCH])
def test_an_invalid_parameter_is_reported_by_name(square, query):
    assert query.partition("=")[0] in errors_of(ApiTestClient().get(f"/trajectories?{query}"))


def test_a_page_of_fifty_takes_as_many_queries_as_one(django_assert_num_queries):
    motion = world.motion()
    world.trajectory("a0").motions.add(motion)
    with django_assert_num_queries(4):
        ApiTestClient().get("/trajectories?pageSize=60")
    for number in range(1, 50):
        world.trajectory(f"a{number}").motions.add(motion)
    with django_assert_num_queries(4):
        assert len(names(ApiTestClient().get("/trajectories?pageSize=60"))) == 50


def test_as_known_at_a_moment_shows_what_was_recorded_then(square):
    world.record(square, "2026-03-01 12:00", title="Nieuw plein")
    world.record(square, "2026-04-01 12:00", title="Nieuwste plein")

    for caller, title in (
        (ApiTestClient(world.user("auditor", name="leest")), "Nieuw plein"),
        (ApiTestClient(), "[tekst later gewijzigd]"),
    ):
        then = caller.get("/trajectories/voorbeeldplein?bekendOp=2026-03-15T00:00:00Z").json()
        assert then["title"] == title
    assert ApiTestClient().get("/trajectories/voorbeeldplein").json()["title"] == "Nieuwste plein"
    errors_of(ApiTestClient().get("/trajectories/voorbeeldplein?bekendOp=2001-01-01"), 404)
    assert "bekendOp" in errors_of(ApiTestClient().get("/trajectories/voorbeeldplein?bekendOp=2999-01-01T00:00:00Z"))


# ---------- adding


def test_a_trajectory_is_added_as_on_the_website_and_assessed_at_once(coordinator):
    response = coordinator.post("/trajectories", {"title": "Nieuw park", "impact": "high", "level": "advise"})

    assert response.status_code == 201, response.content
    assert response.headers["Location"].endswith("/api/v1/trajectories/nieuw-park")
    made = Trajectory.objects.get(slug="nieuw-park")
    assert response.json()["slug"] == "nieuw-park"
    assert Changeset.objects.get(trajectory=made).verb == "added"
    assert made.history.get().history_user.role == "coordinator"
    assert Obligation.objects.filter(trajectory=made).exists()
    assert coordinator.get(response.headers["Location"]).headers["ETag"] == response.headers["ETag"]


def test_an_adviser_is_assigned_to_a_trajectory_they_add(adviser):
    adviser.post("/trajectories", {"title": "Nieuw park"})

    assert Trajectory.objects.get(slug="nieuw-park").advisers.get().role == "adviser"


def test_users_without_permission_get_403_on_adding():
    errors_of(ApiTestClient().post("/trajectories", {"title": "Nieuw park"}), 401)
    errors_of(
        ApiTestClient(world.user("association_member", world.RESIDENTS)).post("/trajectories", {"title": "Park"}), 403
    )
    errors_of(ApiTestClient(world.user("auditor")).post("/trajectories", {"title": "Park"}), 403)
    assert not Trajectory.objects.exists()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "#/title"),
        ({"title": " "}, "#/title"),
        ({"title": "Park", "kind": "parc"}, "#/kind"),
        ({"title": "Park", "slug": "Nieuw Park"}, "#/slug"),
        ({"title": "Park", "slug": "nieuw"}, "#/slug"),
        ({"title": "Park", "started_on": "2026-02-30"}, "#/started_on"),
        ({"title": "Park", "started_on": "2026-05-01", "closed_on": "2026-04-01"}, "#/closed_on"),
        ({"title": "Park", "neighbourhoods": ["nergens"]}, "#/neighbourhoods/0"),
        ({"title": "Park", "motions": ["99.9999/99"]}, "#/motions/0"),
        ({"title": "Park", "commissioner": "niemand"}, "#/commissioner"),
        ({"title": "Park", "titel": "Park"}, "#/titel"),
        ({"title": "Park", "contact": {"rol": "adviser"}}, "#/contact/rol"),
        ({"title": "Park", "contact": {"email": "park@"}}, "#/contact/email"),
        ({"title": "Park", "contact": {"email": ["park@leiden.nl"]}}, "#/contact/email"),
        ({"title": "Park", "contact": {"phone": "bel Jan"}}, "#/contact/phone"),
        ({"title": "Park", "contact": "Jan"}, "#/contact"),
        ({"title": "Park", "case_number": 12}, "#/case_number"),
        ({"title": "Park", "external": [{"url": "javascript:alert(1)"}]}, "#/external/0/url"),
        ({"title": "Park", "external": {"system": "zaken"}}, "#/external"),
        ({"title": "Park", "instrument": "environmentplan"}, "#/instrument"),
        ({"title": "Park", "participation_required": "ja"}, "#/participation_required"),
        (
            {"title": "Park", "instrument": "programme", "participation_required": True},
            "#/participation_required",
        ),
        (
            {"title": "Park", "instrument": "zoning_plan", "started_on": "2024-01-01"},
            "#/instrument",
        ),
        ({"title": "Park", "no_participation": {"reason": "Spoed"}}, "#/no_participation/ground"),
        ({"title": "Park", "no_participation": {"ground": "haast", "reason": "x"}}, "#/no_participation/ground"),
        ({"title": "Park", "no_participation": {"ground": 5}}, "#/no_participation/ground"),
        ({"title": "Park", "no_participation": {"decided_on": "ooit"}}, "#/no_participation/decided_on"),
        ({"title": "Park", "public": "ja"}, "#/public"),
        (["Park"], "#"),
    ],
)
def test_errors_are_reported_at_their_location_and_nothing_is_stored(square, coordinator, body, place):
    assert place in errors_of(coordinator.post("/trajectories", body))
    assert Trajectory.objects.count() == 1


def test_a_slug_in_use_gives_409(square, coordinator):
    assert "#/slug" in errors_of(coordinator.post("/trajectories", {"title": "Park", "slug": "voorbeeldplein"}), 409)
    assert Trajectory.objects.count() == 1


# ---------- changing


def test_a_partial_update_keeps_other_fields(square, adviser):
    etag = adviser.get("/trajectories/voorbeeldplein").headers["ETag"]
    response = adviser.patch("/trajectories/voorbeeldplein", {"summary": "Meer groen.", "impact": None}, If_Match=etag)

    assert response.status_code == 200, response.content
    square.refresh_from_db()
    assert (square.summary, square.impact, square.level) == ("Meer groen.", "", "advise")
    assert square.motions.count() == square.neighbourhoods.count() == 1
    assert adviser.get("/trajectories/voorbeeldplein").headers["ETag"] == response.headers["ETag"] != etag


def test_the_other_keys_of_an_object_are_kept_and_null_clears_it(square, adviser):
    address = "/trajectories/voorbeeldplein"
    contact = {"role": "project_manager", "email": "plein@leiden.nl", "phone": "14 071"}
    body = {"contact": contact, "instrument": "permit", "participation_required": True, "case_number": "Z/26/1"}
    assert adviser.patch(address, body, If_Match="*").json()["contact"] == {**contact, "name": None}

    changed = adviser.patch(address, {"contact": {"phone": None}}, If_Match="*").json()
    assert changed["contact"] == {**contact, "name": None, "phone": None}
    assert (changed["instrument"], changed["case_number"]) == ("permit", "Z/26/1")

    cleared = adviser.patch(address, {"contact": None}, If_Match="*").json()
    assert set(cleared["contact"].values()) == {None}


def test_relations_can_be_updated_and_the_other_half_of_a_pair_is_kept(square, adviser):
    square.contact_role, square.contact_name = "project_manager", "Afdeling Ruimte"
    square.save()
    world.neighbourhood(world.LAKES)
    body = {"neighbourhoods": [world.LAKES], "motions": [], "contact": {"role": "policy_adviser"}}
    response = adviser.patch("/trajectories/voorbeeldplein", body, If_Match="*")

    assert response.status_code == 200, response.content
    assert response.json()["neighbourhoods"] == [world.LAKES]
    assert response.json()["motions"] == []
    contact = {"role": "policy_adviser", "name": "Afdeling Ruimte", "email": None, "phone": None}
    assert response.json()["contact"] == contact


def test_concurrent_changes_are_not_overwritten(square, adviser, coordinator):
    etag = adviser.get("/trajectories/voorbeeldplein").headers["ETag"]
    coordinator.patch("/trajectories/voorbeeldplein", {"title": "Plein"}, If_Match=etag)

    errors_of(adviser.patch("/trajectories/voorbeeldplein", {"title": "Park"}, If_Match=etag), 412)
    errors_of(adviser.patch("/trajectories/voorbeeldplein", {"title": "Park"}), 428)
    square.refresh_from_db()
    assert square.title == "Plein"


def test_the_slug_cannot_be_changed(square, adviser):
    response = adviser.patch("/trajectories/voorbeeldplein", {"slug": "ander-plein"}, If_Match="*")

    assert "#/slug" in errors_of(response)


def test_an_adviser_changes_only_assigned_trajectories(square):
    other = ApiTestClient(world.user("adviser", name="ander"))

    errors_of(other.patch("/trajectories/voorbeeldplein", {"title": "Plein"}, If_Match="*"), 403)
    errors_of(ApiTestClient().patch("/trajectories/voorbeeldplein", {"title": "Plein"}, If_Match="*"), 401)
    errors_of(other.patch("/trajectories/nergens", {"title": "Plein"}, If_Match="*"), 404)
