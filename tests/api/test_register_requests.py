"""Requests of the register in the API: seen by staff and by who asked, judged by themselves until they are linked."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Changeset, CommitmentFulfilment, Obligation, Request, Transition
from participation.services.assessment import reassess_register
from tests import world
from tests.api.client import ApiTestClient, errors_of
from tests.web.html_helpers import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
NUMBER = "V/2026-12"
WOO: dict[str, Any] = {"number": NUMBER, "kind": "woo", "from": world.RESIDENTS, "received_on": "2026-04-16"}
HERE = f"/requests/{NUMBER}"


@pytest.fixture
def coordinator():
    world.organisation(world.RESIDENTS)
    return ApiTestClient(world.user("coordinator"))


@pytest.fixture
def who_asked(coordinator):
    return ApiTestClient(world.user("association_member", world.RESIDENTS, name="vragers"))


@pytest.fixture
def neighbours(coordinator):
    return ApiTestClient(world.user("association_member", world.SHOPS, name="winkels"))


def numbers(caller, address="/requests"):
    response = caller.get(address)
    assert response.status_code == 200, response.content
    return [record["number"] for record in response.json()["results"]]


def rules(caller, address):
    return {(line["rule"], line.get("request"), line.get("subject")) for line in caller.get(address).json()["results"]}


def assess():
    from django.conf import settings

    from participation.compliance.rulebooks import load_rulebooks

    reassess_register(load_rulebooks(settings.RULEBOOK), TODAY, world.moment("2026-04-20 10:00"))


def test_a_request_is_written_judged_at_once_and_read_back(coordinator):
    texts = {"summary": "Alle stukken", "neighbourhoods": ["de-kooi"], "municipality": "leiden", "committee": None}
    suspended = [{"from": "2026-04-20", "reason": "Derden gehoord"}]
    response = coordinator.post("/requests", {**WOO, **texts, "suspended": suspended})

    assert response.status_code == 201, response.content
    assert response.headers["Location"].endswith(f"/api/v1/requests/{NUMBER}")
    found = coordinator.get(HERE).json()
    assert found == response.json()
    assert (found["state"], found["trajectory"], found["suspended"]) == ("open", None, suspended)
    assert {(line["request"], line["rule"], line["subject"]) for line in found["obligations"]} == {
        (NUMBER, "woo-decided", None)
    }
    assert Changeset.objects.get().request == Request.objects.get()


def test_who_asked_and_staff_see_a_lone_request_and_nobody_else(coordinator, who_asked, neighbours):
    coordinator.post("/requests", WOO)
    adviser = ApiTestClient(world.user("adviser"))

    for caller in (coordinator, adviser, who_asked):
        assert numbers(caller) == [NUMBER]
        assert caller.get(HERE).status_code == 200
        assert rules(caller, "/obligations") == {("woo-decided", NUMBER, None)}
        assert rules(caller, "/transitions") == {("woo-decided", NUMBER, None)}
    for caller in (ApiTestClient(), neighbours):
        assert numbers(caller) == []
        assert caller.get(HERE).status_code == 404
        assert rules(caller, "/obligations") == rules(caller, "/transitions") == set()
        assert rules(caller, f"/obligations?request={NUMBER}") == set()


def test_a_linked_request_is_seen_as_its_trajectory_is(coordinator, who_asked, neighbours):
    square, hidden = world.trajectory(), world.trajectory("verborgen", public=False)
    coordinator.post("/requests", WOO)
    linked = coordinator.patch(HERE, {"trajectory": hidden.slug}, If_Match="*")
    assert linked.status_code == 200, linked.content
    assert who_asked.get(HERE).status_code == neighbours.get(HERE).status_code == 404

    coordinator.patch(HERE, {"trajectory": square.slug}, If_Match="*")

    for caller in (coordinator, who_asked, neighbours, ApiTestClient()):
        assert caller.get(HERE).json()["trajectory"] == square.slug
        assert NUMBER in [row["ref"] for row in caller.get("/trajectories/voorbeeldplein/requests").json()["results"]]
    # What it was judged by on its own stays with staff.
    assert ("woo-decided", NUMBER, None) in rules(coordinator, "/transitions")
    assert ("woo-decided", NUMBER, None) not in rules(who_asked, "/transitions")


def test_a_link_moves_the_obligations_and_can_be_taken_back(coordinator):
    square = world.trajectory()
    coordinator.post("/requests", WOO)
    found = coordinator.patch(HERE, {"trajectory": square.slug}, If_Match="*").json()

    assert found["obligations"] == []
    in_trajectory = coordinator.get("/trajectories/voorbeeldplein/obligations?rule=woo-decided").json()["results"]
    assert [line["subject"] for line in in_trajectory] == [NUMBER]
    assert Changeset.objects.first().trajectory == square

    back = coordinator.patch(HERE, {"trajectory": None}, If_Match="*").json()

    assert [line["rule"] for line in back["obligations"]] == ["woo-decided"]
    assert coordinator.get("/trajectories/voorbeeldplein/obligations?rule=woo-decided").json()["results"] == []


def test_a_version_from_before_the_link_is_not_for_everyone(coordinator, neighbours):
    square = world.trajectory()
    row = world.register_request(NUMBER, summary="Van mij alleen")
    row.history.update(history_date=world.moment("2026-01-10 10:00"))
    world.record(row, "2026-02-10 10:00", trajectory=square, summary="Alle stukken")

    assert neighbours.get(HERE).json()["summary"] == "Alle stukken"
    assert neighbours.get(f"{HERE}?bekendOp=2026-01-15").status_code == 404
    assert numbers(neighbours, "/requests?bekendOp=2026-01-15") == []
    assert coordinator.get(f"{HERE}?bekendOp=2026-01-15").json()["summary"] == "Van mij alleen"


def test_a_partial_update_keeps_other_keys_and_refuses_stale_versions(coordinator):
    tag = coordinator.post("/requests", {**WOO, "summary": "Stukken"}).headers["ETag"]

    assert coordinator.patch(HERE, {"kind": "complaint"}).status_code == 428
    changed = coordinator.patch(HERE, {"kind": "complaint", "committee": True}, If_Match=tag)
    assert changed.status_code == 200, changed.content
    assert (changed.json()["kind"], changed.json()["summary"], changed.json()["committee"]) == (
        "complaint",
        "Stukken",
        True,
    )
    assert [line["rule"] for line in changed.json()["obligations"]] == ["complaint-handled"]
    assert coordinator.patch(HERE, {"kind": "woo"}, If_Match=tag).status_code == 412
    same = {key: value for key, value in changed.json().items() if key not in ("state", "obligations")}
    assert coordinator.patch(HERE, same, If_Match="*").json() == changed.json()


def test_a_repeated_request_adds_nothing(coordinator):
    first, again = (coordinator.post("/requests", WOO, Idempotency_Key="een") for _time in range(2))

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert Request.objects.count() == 1


def test_errors_are_reported_at_their_place_and_nothing_is_stored(coordinator):
    coordinator.post("/requests", WOO)
    square = world.trajectory()
    world.request(square, "V-9")
    world.step(square, "V-8")
    for body, places in (
        ({}, {"#/number"}),
        ({"number": "V-1", "from": "nergens"}, {"#/from"}),
        ({"number": "V-1", "trajectory": "nergens"}, {"#/trajectory"}),
        ({"number": "V-8", "trajectory": "voorbeeldplein"}, {"#/trajectory"}),
        ({"number": "V-1", "suspended": [{"from": "2026-04-20", "to": "2026-04-19"}]}, {"#/suspended/0/to"}),
        ({"number": "V-1", "suspended": [{"to": "2026-04-19"}]}, {"#/suspended/0/from"}),
        ({"number": "V-1", "received_on": "2026-04-20", "agreed_until": "2026-04-19"}, {"#/agreed_until"}),
        ({"number": "V-1", "ref": "r1"}, {"#/ref"}),
        ({"number": "V-1/fulfilments"}, {"#/number"}),
    ):
        assert set(errors_of(coordinator.post("/requests", body))) == places, body
    for body in (WOO, {"number": "V-9", "trajectory": "voorbeeldplein"}):
        assert set(errors_of(coordinator.post("/requests", body), 409)) == {"#/number"}
    assert set(errors_of(coordinator.patch(HERE, {"number": "V-2"}, If_Match="*"))) == {"#/number"}
    assert Request.objects.in_register().count() == 1


def test_only_coordinators_may_write(coordinator):
    coordinator.post("/requests", WOO)
    for role in ("adviser", "association_member", "auditor"):
        person = ApiTestClient(world.user(role, world.RESIDENTS, name=f"schrijver-{role}"))
        assert person.post("/requests", {"number": "V-2"}).status_code == 403
        assert person.patch(HERE, {"summary": "x"}, If_Match="*").status_code == 403
    assert ApiTestClient().post("/requests", {"number": "V-2"}).status_code == 401
    assert Request.objects.get().summary == ""


def test_requests_are_filtered(coordinator):
    square = world.trajectory()
    world.register_request("V-1", neighbourhoods=["de-kooi"], municipality="leiden")
    world.register_request("V-2", kind="complaint", party="residents", answered_on=world.on("2026-04-17"))
    world.register_request(
        "V-3", trajectory=square, neighbourhoods=["de-kooi-noord"], received_on=world.on("2026-03-01")
    )
    assess()

    for question, expected in (
        ("kind=complaint", ["V-2"]),
        ("party=residents", ["V-2"]),
        ("neighbourhood=de-kooi", ["V-1"]),
        ("municipality=leiden", ["V-1"]),
        ("trajectory=voorbeeldplein", ["V-3"]),
        ("linked=true", ["V-3"]),
        ("linked=false", ["V-1", "V-2"]),
        ("state=answered", ["V-2"]),
        ("state=answered&geldigOp=2026-04-16", []),
        ("overdue=true&geldigOp=2026-06-01", ["V-1"]),
        ("overdue=true", []),
    ):
        assert numbers(coordinator, f"/requests?{question}") == expected, question


def test_more_requests_take_no_more_queries(coordinator):
    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert coordinator.get(address).status_code == 200
        return len(captured)

    addresses = ("/requests?pageSize=100", "/requests?bekendOp=2026-04-20&pageSize=100", "/obligations?pageSize=100")
    square = world.trajectory()
    for number in range(2):
        world.register_request(f"W-{number}", trajectory=square if number % 2 else None)
    assess()
    few = [queries(address) for address in addresses]
    for number in range(2, 51):
        world.register_request(f"W-{number}", trajectory=square if number % 2 else None)
    assess()

    assert [queries(address) for address in addresses] == few


# ---------- commitments that repeat

TALK = {"number": "T-1", "text": "Elk half jaar een gesprek", "made_on": "2025-06-01"}
REPEATS = {"every_months": 6, "first_due_on": "2025-12-31", "until": None}


def kept(record):
    return {line["subject"]: line["status"] for line in record["obligations"] if line["rule"] == "commitment-kept"}


def test_a_fulfilment_is_added_and_opens_the_next_time(coordinator):
    made = coordinator.post("/commitments", {**TALK, "repeats": REPEATS})
    assert made.status_code == 201, made.content
    assert kept(made.json()) == {"2025-12-31": "overdue"}

    found = coordinator.post("/commitments/T-1/fulfilments", {"on": "2025-12-01", "text": "Gesproken"})

    assert found.status_code == 201, found.content
    assert kept(found.json()) == {"2025-12-31": "met", "2026-06-30": "pending"}
    assert found.json()["fulfilments"] == [{"on": "2025-12-01", "text": "Gesproken"}]
    assert found.headers["Location"].endswith("/commitments/T-1")
    assert CommitmentFulfilment.objects.get().history.get().history_user.role == "coordinator"


def test_only_a_commitment_that_repeats_has_fulfilments(coordinator):
    coordinator.post("/commitments", TALK)

    assert set(errors_of(coordinator.post("/commitments/T-1/fulfilments", {"on": "2025-12-01", "text": "x"}))) == {"#"}
    assert set(errors_of(coordinator.post("/commitments/T-1/fulfilments", {}))) == {"#", "#/on", "#/text"}
    assert ApiTestClient().post("/commitments/T-1/fulfilments", {}).status_code == 401
    assert not CommitmentFulfilment.objects.exists()


def test_a_repetition_is_changed_in_part_and_cleared(coordinator):
    here = "/commitments/T-1"
    assert coordinator.post("/commitments", TALK).json()["repeats"] is None
    coordinator.patch(here, {"owner": "wethouder"}, If_Match="*")
    coordinator.patch(here, {"repeats": REPEATS}, If_Match="*")

    changed = coordinator.patch(here, {"repeats": {"until": "2027-12-31"}}, If_Match="*")
    assert changed.status_code == 200, changed.content
    assert changed.json()["repeats"] == {**REPEATS, "until": "2027-12-31"}
    wrong = coordinator.patch(here, {"repeats": {"until": "2024-12-31"}}, If_Match="*")
    assert set(errors_of(wrong)) == {"#/repeats/until"}
    assert set(errors_of(coordinator.patch(here, {"repeats": {"every_months": 0}}, If_Match="*"))) == {
        "#/repeats/every_months"
    }
    assert coordinator.patch(here, {"repeats": None}, If_Match="*").json()["repeats"] is None


def test_the_log_links_to_the_page_of_a_lone_request(coordinator):
    coordinator.post("/requests", WOO)

    [line] = coordinator.get("/transitions").json()["results"]
    assert line["request"] == NUMBER
    assert line["url"].endswith(f"/initiatieven/{NUMBER}/#woo-decided")
    assert Transition.objects.get().obligation == Obligation.objects.get()
