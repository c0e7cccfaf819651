"""Trajectories over the API: who sees which, what is told of them, and how they are added and changed."""

import pytest

from participation.models import Changeset, Obligation, Trajectory
from tests import world

from .calling import Caller, wrong

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
    return Caller(user)


@pytest.fixture
def coordinator():
    return Caller(world.user("coordinator"))


def names(answer):
    assert answer.status_code == 200, answer.content
    return [record["slug"] for record in answer.json()["results"]]


# ---------- reading


def test_everyone_reads_what_is_public_and_nobody_else_what_is_not(square, adviser):
    world.trajectory("stil-plan", public=False)
    member = Caller(world.user("association_member", world.OUTSIDER))

    assert names(Caller().get("/trajectories")) == ["voorbeeldplein"]
    assert names(member.get("/trajectories")) == ["voorbeeldplein"]
    assert names(adviser.get("/trajectories")) == ["stil-plan", "voorbeeldplein"]
    for address in ("", "/dossier", "/plan", "/steps", "/waivers"):
        wrong(Caller().get(f"/trajectories/stil-plan{address}"), 404)
        wrong(member.get(f"/trajectories/stil-plan{address}"), 404)


def test_a_record_has_every_key_and_says_null_of_what_is_not_known(square):
    record = Caller().get("/trajectories/voorbeeldplein").json()

    assert record["title"] == "Voorbeeldplein"
    assert record["started_on"] == "2026-02-02"
    assert record["neighbourhoods"] == [world.CENTRE]
    assert record["motions"] == ["21.0098/04"]
    assert record["summary"] is None
    assert record["contact"] == {"role": None, "name": None}


def test_only_the_fields_that_are_asked_for_are_told(square):
    assert Caller().get("/trajectories?fields=slug,title").json()["results"] == [
        {"slug": "voorbeeldplein", "title": "Voorbeeldplein"}
    ]
    assert "title" in wrong(Caller().get("/trajectories?fields=titel"))["fields"]


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
def test_the_list_is_narrowed_by_what_is_asked(square, query, found):
    world.trajectory("beleid", world.LAKES, kind="policy", retrospective=True)

    assert names(Caller().get(f"/trajectories?{query}")) == found


def test_the_motion_of_a_filter_may_be_written_as_it_was_printed(square):
    assert names(Caller().get("/trajectories?motion=M21.0098/04")) == ["voorbeeldplein"]
    assert names(Caller().get("/trajectories?motion=21.0001/01")) == []


MUCH = f"search={'+'.join(f'w{n}' for n in range(600))}"


@pytest.mark.parametrize("query", ["kind=plein", "openForInput=misschien", "overdue=alles", "wijk=noord", MUCH])
def test_what_cannot_be_asked_is_refused_by_its_name(square, query):
    assert query.partition("=")[0] in wrong(Caller().get(f"/trajectories?{query}"))


def test_a_page_takes_as_many_queries_for_fifty_as_for_one(django_assert_num_queries):
    motion = world.motion()
    world.trajectory("a0").motions.add(motion)
    with django_assert_num_queries(4):
        Caller().get("/trajectories?pageSize=60")
    for number in range(1, 50):
        world.trajectory(f"a{number}").motions.add(motion)
    with django_assert_num_queries(4):
        assert len(names(Caller().get("/trajectories?pageSize=60"))) == 50


def test_as_known_at_a_moment_it_is_what_was_recorded_then(square):
    world.record(square, "2026-03-01 12:00", title="Nieuw plein")
    world.record(square, "2026-04-01 12:00", title="Nieuwste plein")

    for caller, title in (
        (Caller(world.user("auditor", name="leest")), "Nieuw plein"),
        (Caller(), "[tekst later gewijzigd]"),
    ):
        then = caller.get("/trajectories/voorbeeldplein?bekendOp=2026-03-15T00:00:00Z").json()
        assert then["title"] == title
    assert Caller().get("/trajectories/voorbeeldplein").json()["title"] == "Nieuwste plein"
    wrong(Caller().get("/trajectories/voorbeeldplein?bekendOp=2001-01-01"), 404)
    assert "bekendOp" in wrong(Caller().get("/trajectories/voorbeeldplein?bekendOp=2999-01-01T00:00:00Z"))


# ---------- adding


def test_a_trajectory_is_added_as_on_the_page_and_judged_at_once(coordinator):
    answer = coordinator.post("/trajectories", {"title": "Nieuw park", "impact": "high", "level": "advise"})

    assert answer.status_code == 201, answer.content
    assert answer.headers["Location"].endswith("/api/v1/trajectories/nieuw-park")
    made = Trajectory.objects.get(slug="nieuw-park")
    assert answer.json()["slug"] == "nieuw-park"
    assert Changeset.objects.get(trajectory=made).verb == "added"
    assert made.history.get().history_user.role == "coordinator"
    assert Obligation.objects.filter(trajectory=made).exists()
    assert coordinator.get(answer.headers["Location"]).headers["ETag"] == answer.headers["ETag"]


def test_an_adviser_becomes_the_adviser_of_what_they_add(adviser):
    adviser.post("/trajectories", {"title": "Nieuw park"})

    assert Trajectory.objects.get(slug="nieuw-park").advisers.get().role == "adviser"


def test_who_may_not_add_is_told_so():
    wrong(Caller().post("/trajectories", {"title": "Nieuw park"}), 401)
    wrong(Caller(world.user("association_member", world.RESIDENTS)).post("/trajectories", {"title": "Park"}), 403)
    wrong(Caller(world.user("auditor")).post("/trajectories", {"title": "Park"}), 403)
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
        ({"title": "Park", "public": "ja"}, "#/public"),
        (["Park"], "#"),
    ],
)
def test_what_is_wrong_is_told_at_its_place_and_nothing_is_stored(square, coordinator, body, place):
    assert place in wrong(coordinator.post("/trajectories", body))
    assert Trajectory.objects.count() == 1


def test_a_slug_that_is_in_use_is_a_conflict(square, coordinator):
    assert "#/slug" in wrong(coordinator.post("/trajectories", {"title": "Park", "slug": "voorbeeldplein"}), 409)
    assert Trajectory.objects.count() == 1


# ---------- changing


def test_a_change_leaves_alone_what_it_does_not_name(square, adviser):
    etag = adviser.get("/trajectories/voorbeeldplein").headers["ETag"]
    answer = adviser.patch("/trajectories/voorbeeldplein", {"summary": "Meer groen.", "impact": None}, If_Match=etag)

    assert answer.status_code == 200, answer.content
    square.refresh_from_db()
    assert (square.summary, square.impact, square.level) == ("Meer groen.", "", "advise")
    assert square.motions.count() == square.neighbourhoods.count() == 1
    assert adviser.get("/trajectories/voorbeeldplein").headers["ETag"] == answer.headers["ETag"] != etag


def test_links_are_changed_too_and_of_a_pair_the_other_half_stays(square, adviser):
    square.contact_role, square.contact_name = "project_manager", "Afdeling Ruimte"
    square.save()
    world.neighbourhood(world.LAKES)
    body = {"neighbourhoods": [world.LAKES], "motions": [], "contact": {"role": "policy_adviser"}}
    answer = adviser.patch("/trajectories/voorbeeldplein", body, If_Match="*")

    assert answer.status_code == 200, answer.content
    assert answer.json()["neighbourhoods"] == [world.LAKES]
    assert answer.json()["motions"] == []
    assert answer.json()["contact"] == {"role": "policy_adviser", "name": "Afdeling Ruimte"}


def test_nobody_overwrites_what_somebody_else_changed_meanwhile(square, adviser, coordinator):
    etag = adviser.get("/trajectories/voorbeeldplein").headers["ETag"]
    coordinator.patch("/trajectories/voorbeeldplein", {"title": "Plein"}, If_Match=etag)

    wrong(adviser.patch("/trajectories/voorbeeldplein", {"title": "Park"}, If_Match=etag), 412)
    wrong(adviser.patch("/trajectories/voorbeeldplein", {"title": "Park"}), 428)
    square.refresh_from_db()
    assert square.title == "Plein"


def test_the_slug_stays_what_it_is(square, adviser):
    answer = adviser.patch("/trajectories/voorbeeldplein", {"slug": "ander-plein"}, If_Match="*")

    assert "#/slug" in wrong(answer)


def test_an_adviser_changes_only_what_is_assigned(square):
    other = Caller(world.user("adviser", name="ander"))

    wrong(other.patch("/trajectories/voorbeeldplein", {"title": "Plein"}, If_Match="*"), 403)
    wrong(Caller().patch("/trajectories/voorbeeldplein", {"title": "Plein"}, If_Match="*"), 401)
    wrong(other.patch("/trajectories/nergens", {"title": "Plein"}, If_Match="*"), 404)
