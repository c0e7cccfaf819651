"""A dossier can be read and written back through the API without a change."""

import json
from pathlib import Path

import pytest

from participation.api.core.parsers import DossierParser
from participation.models import Trajectory
from tests import world

from .client import ApiTestClient, errors_of, status_and_detail

pytestmark = pytest.mark.django_db
CASES = sorted((Path(__file__).resolve().parents[2] / "fixtures" / "cases").glob("*.json"))


@pytest.fixture
def coordinator():
    return ApiTestClient(world.user("coordinator"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_real_case_is_written_and_read_as_the_same_dossier(case):
    # Its neighbourhoods do not exist yet; an administrator adds them with it.
    administrator = ApiTestClient(world.user("administrator", is_staff=True, is_superuser=True))
    document = json.loads(case.read_text(encoding="utf-8"))
    address = f"/trajectories/{document['trajectory']['slug']}/dossier"

    added = administrator.put(address, document, If_None_Match="*")
    assert added.status_code == 201, added.content
    read = administrator.get(address)
    assert read.json() == added.json()
    # Writing back what was read changes nothing, not even the version.
    again = administrator.put(address, read.json(), If_Match=read.headers["ETag"])
    assert again.json() == read.json()
    assert again.headers["ETag"] == read.headers["ETag"]
    assert Trajectory.objects.get().history.count() == 1


def test_a_dossier_larger_than_other_bodies_is_written_back_as_it_was_read(coordinator, settings):
    body = {"dossier": 1, "trajectory": {"slug": "park", "title": "Park"}, "steps": [{"ref": "s1", "kind": "activity"}]}
    coordinator.put("/trajectories/park/dossier", body, If_None_Match="*")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    read = coordinator.get("/trajectories/park/dossier")

    assert len(read.content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    again = coordinator.put("/trajectories/park/dossier", read.json(), If_Match=read.headers["ETag"])
    assert (again.status_code, again.json()) == (200, read.json())
    # Only the dossier as a whole may be as large.
    errors_of(coordinator.patch("/trajectories/park", {"summary": "x" * 100}, If_Match="*"), 413)


def test_a_dossier_above_its_own_limit_is_refused_with_a_remedy(coordinator, monkeypatch):
    monkeypatch.setattr("participation.api.core.parsers.MAX_BYTES", 1024 * 1024)
    response = coordinator.send("PUT", "/trajectories/park/dossier", b" " * (1024 * 1024 + 1), "application/json")

    status, why = status_and_detail(response)
    assert (status, "hoogstens 1 MB" in why, "alleen wat u gewijzigd hebt" in why) == (413, True, True)


@pytest.mark.parametrize(
    ("role", "slug", "status"),
    [("association_member", "park", 403), ("council_member", "elders", 404), ("adviser", "elders", 403)],
)
def test_the_body_of_a_dossier_is_not_read_from_who_may_not_write_it(coordinator, monkeypatch, role, slug, status):
    world.trajectory(slug="park")
    monkeypatch.setattr(DossierParser, "parse", lambda *_arguments: pytest.fail("the body was read"))

    errors_of(ApiTestClient(world.user(role)).put(f"/trajectories/{slug}/dossier", {"dossier": 1}), status)


def test_what_is_wrong_in_a_dossier_is_said_in_dutch_or_in_english_when_asked(coordinator):
    world.trajectory(slug="park")
    body = {"dossier": 1, "trajectory": {"slug": "park", "title": "Park", "titel": "Park"}}
    body["steps"] = [{"kind": "activity", "planned": 20270612}]

    assert errors_of(coordinator.put("/trajectories/park/dossier", body, If_Match="*")) == {
        "#/steps/0/planned": '20270612 is geen datum — schrijf "2027-06-12"',
        "#/trajectory/titel": "deze naam bestaat hier niet — bedoelt u 'title'?",
    }
    english = coordinator.put("/trajectories/park/dossier", body, If_Match="*", Accept_Language="en")
    assert errors_of(english)["#/steps/0/planned"] == '20270612 is not a date — write "2027-06-12"'


def test_an_exported_dossier_names_its_producer(coordinator):
    body = {"dossier": 1, "trajectory": {"slug": "park", "title": "Park"}, "steps": [{"ref": "s1", "kind": "activity"}]}
    coordinator.put("/trajectories/park/dossier", body, If_None_Match="*")
    park = Trajectory.objects.get()

    assert park.history.get().history_user.role == "coordinator"
    assert park.steps.get().history.get().history_user.role == "coordinator"


def test_concurrent_changes_are_not_overwritten(coordinator):
    body = {"dossier": 1, "trajectory": {"slug": "park", "title": "Park"}}
    etag = coordinator.put("/trajectories/park/dossier", body, If_None_Match="*").headers["ETag"]
    coordinator.post("/trajectories/park/steps", {"kind": "activity"})

    errors_of(coordinator.put("/trajectories/park/dossier", body, If_Match=etag), 412)
    errors_of(coordinator.put("/trajectories/park/dossier", body), 428)
    errors_of(coordinator.put("/trajectories/park/dossier", body, If_None_Match="*"), 412)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"dossier": 1, "trajectory": {"slug": "plein", "title": "Park"}}, "#/trajectory/slug"),
        ({"dossier": 2, "trajectory": {"slug": "park", "title": "Park"}}, "#/dossier"),
        ({"dossier": 1, "trajectory": {"slug": "park", "title": "Park"}, "stappen": []}, "#/stappen"),
        ({"dossier": 1, "trajectory": {"slug": "park", "title": "Park"}, "steps": [{"kind": "x"}]}, "#/steps/0/kind"),
        ({}, "#/trajectory/slug"),
    ],
)
def test_errors_are_reported_at_their_location_and_nothing_is_stored(coordinator, body, place):
    assert place in errors_of(coordinator.put("/trajectories/park/dossier", body, If_None_Match="*"))
    assert not Trajectory.objects.exists()


def test_adding_by_dossier_needs_permission_to_change_everything():
    body = {"dossier": 1, "trajectory": {"slug": "park", "title": "Park"}}
    put = "/trajectories/park/dossier"

    errors_of(ApiTestClient().put(put, body, If_None_Match="*"), 401)
    errors_of(ApiTestClient(world.user("adviser")).put(put, body, If_None_Match="*"), 403)
    errors_of(ApiTestClient(world.user("association_member")).put(put, body, If_None_Match="*"), 404)
    assert not Trajectory.objects.exists()


def test_a_private_trajectory_gives_404_without_permission():
    world.trajectory("stil-plan", public=False)
    body = {"dossier": 1, "trajectory": {"slug": "stil-plan", "title": "Open plan", "public": True}}
    member = ApiTestClient(world.user("association_member", world.RESIDENTS))

    errors_of(member.put("/trajectories/stil-plan/dossier", body, If_None_Match="*"), 404)
    errors_of(member.get("/trajectories/stil-plan/dossier"), 404)


def test_a_dossier_as_known_at_a_moment_shows_what_was_recorded_then():
    square = world.trajectory()
    step = world.step(square)
    world.record(square, "2026-03-01 12:00", title="Nieuw plein")
    world.record(step, "2026-03-02 12:00", title="Inloop")
    world.record(step, "2026-03-20 12:00", title="Avond")

    # Earlier versions of a text are visible to staff only.
    for caller, title in (
        (ApiTestClient(world.user("auditor")), "Inloop"),
        (ApiTestClient(), "[tekst later gewijzigd]"),
    ):
        then = caller.get("/trajectories/voorbeeldplein/dossier?bekendOp=2026-03-10").json()
        assert (then["trajectory"]["title"], then["steps"][0]["title"]) == ("Nieuw plein", title)
    before = ApiTestClient().get("/trajectories/voorbeeldplein/dossier?bekendOp=2026-03-01T13:00:00Z").json()
    assert "steps" not in before
