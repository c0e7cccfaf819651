"""Motions and commitments in the API: found by any form of their number, with their obligations."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.dossier.names import NUMBERS
from participation.models import Changeset, Commitment, Motion, ProgressReport, Transition
from tests import towns, world
from tests.api.client import ApiTestClient, errors_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def read(address, caller=None, **headers):
    response = (caller or ApiTestClient()).get(address, **headers)
    assert response.status_code == 200, response.content
    return response.json()


def numbers(address):
    return [record["number"] for record in read(address)["results"]]


@pytest.fixture
def coordinator():
    return ApiTestClient(world.user("coordinator"))


BOMEN = {"number": "M25.0001/2", "title": "Bomen", "outcome": "adopted", "adopted_on": "2025-01-20"}


def test_a_motion_is_found_by_every_notation_of_its_number():
    world.motion(printed_as="M21.0098/04", also_printed_as=["Motie Scenario's", "2021-98"])
    for number in ("21.0098/04", "M21.0098/4", "0021%2F0098%2F04", "motie21.0098/04", "2021-98"):
        assert read(f"/motions/{number}")["number"] == "21.0098/04"
    assert ApiTestClient().get("/motions/21.0098").status_code == 404
    assert ApiTestClient().get("/motions/21.0098/04/").status_code == 404


def test_a_motion_shows_its_record_its_status_and_its_obligations(coordinator):
    found = coordinator.post("/motions", {**BOMEN, "reports": [{"on": "2025-03-01", "text": "Begonnen"}]}).json()
    assert read("/motions/25.0001/02") == read("/motions")["results"][0] == found
    assert (found["number"], found["printed_as"], found["state"]) == ("25.0001/02", "M25.0001/2", "open")
    assert found["reports"] == [{"on": "2025-03-01", "text": "Begonnen"}]
    assert {line["rule"] for line in found["obligations"]} >= {"motion-followed-up", "motion-settled"}
    assert {line["motion"] for line in found["obligations"]} == {"25.0001/02"}
    assert found["owner"] is None
    assert found["rules"] == []


def test_a_motion_has_another_status_as_of_another_day():
    world.motion(settled_on=world.on("2024-05-16"))
    assert read("/motions/21.0098/04?geldigOp=2024-05-15")["state"] == "open"
    assert read("/motions/21.0098/04")["state"] == "settled"
    assert numbers("/motions?state=settled") == ["21.0098/04"]
    assert numbers("/motions?state=settled&geldigOp=2024-05-15") == []


def test_as_known_at_a_moment_shows_what_was_recorded_then():
    row = world.motion(title="Eerst")
    row.history.update(history_date=world.moment("2026-01-10 10:00"))
    world.record(row, "2026-02-10 10:00", title="Later", settled_on=world.on("2026-01-05"))
    report = ProgressReport.objects.create(motion=row, on=world.on("2021-12-01"), text="Verslag")
    report.history.update(history_date=world.moment("2026-03-10 10:00"))

    works_here = ApiTestClient(world.user("auditor"))
    for caller, title in ((works_here, "Eerst"), (None, "[tekst later gewijzigd]")):
        early = read("/motions/21.0098/04?bekendOp=2026-01-11", caller)
        assert (early["title"], early["state"], early["reports"]) == (title, "open", [])
        # Hidden trajectories are not found by their words either.
        found = read("/motions?bekendOp=2026-01-11&search=eerst", caller)["results"]
        assert len(found) == (caller is works_here)
    assert {line["rule"] for line in early["obligations"]} >= {"motion-settled"}
    later = read("/motions?bekendOp=2026-02-11")["results"][0]
    assert (later["title"], later["state"], later["reports"]) == ("Later", "settled", [])
    assert read("/motions/21.0098/04?bekendOp=2026-03-11")["reports"] == [{"on": "2021-12-01", "text": "Verslag"}]
    assert numbers("/motions?overdue=true&bekendOp=2026-01-11&geldigOp=2026-01-11") == ["21.0098/04"]
    assert numbers("/motions?overdue=false&bekendOp=2026-01-11&geldigOp=2021-11-12") == ["21.0098/04"]
    assert ApiTestClient().get("/motions/21.0098/04?bekendOp=2026-01-09").status_code == 404
    assert read("/motions?bekendOp=2026-01-09")["results"] == []


def test_filters_select_the_matching_rows():
    late = world.motion("22.0001", owner="Wethouder", title="Bankjes")
    world.obligation(motion=late, rule="motion-settled", subject="")
    world.motion("22.0002", outcome="rejected", dictum="Meer groen")
    world.commitment("T-2", text="Een bankje", made_by="Wethouder", fulfilled_on=world.on("2026-01-01"))

    assert numbers("/motions") == ["22.0001", "22.0002"]
    assert numbers("/motions?overdue=true") == numbers("/motions?owner=Wethouder") == ["22.0001"]
    # Also as known at an earlier moment, for which no folded text is stored.
    assert numbers("/motions?search=B%C3%80NKJES") == ["22.0001"]
    world.record(late, "2026-03-01 12:00")
    assert numbers("/motions?search=B%C3%80NKJES&bekendOp=2026-03-02") == ["22.0001"]
    assert numbers("/motions?search=groen&bekendOp=2026-03-02") == []
    assert numbers("/motions?search=bankjes") == numbers("/motions?state=open") == ["22.0001"]
    assert numbers("/motions?overdue=false") == numbers("/motions?search=groen") == ["22.0002"]
    assert numbers("/motions?overdue=true&geldigOp=2026-04-17") == []
    assert numbers("/commitments?state=kept") == numbers("/commitments?search=bank+weth") == ["T-2"]
    assert numbers("/commitments?state=open") == []
    assert set(errors_of(ApiTestClient().get("/motions?state=kept"))) == {"state"}


def test_a_commitment_number_may_contain_slashes(coordinator):
    response = coordinator.post(
        "/commitments", {"number": "Z/21/3258970-1", "text": "Beloofd", "made_on": "2025-01-01"}
    )
    assert response.status_code == 201
    assert response.headers["Location"].endswith("/api/v1/commitments/Z/21/3258970-1")
    found = read(response.headers["Location"])
    assert found == response.json()
    assert {line["rule"] for line in found["obligations"]} >= {"commitment-kept"}
    assert read(f"{response.headers['Location']}?fields=number,state") == {"number": "Z/21/3258970-1", "state": "open"}


def test_written_motions_are_recorded_and_assessed_at_once(coordinator):
    response = coordinator.post("/motions", BOMEN)
    assert response.status_code == 201
    row = Motion.objects.get(number="25.0001/02")
    assert row.history.get().history_user.role == "coordinator"
    assert (Changeset.objects.get().motion, Changeset.objects.get().verb) == (row, "added")
    assert Transition.objects.filter(obligation__motion=row).exists()


def test_a_whole_number_may_be_written_with_a_point(coordinator):
    assert coordinator.post("/motions", {"number": "22.0001", "votes_for": 24.0}).status_code == 201
    assert Motion.objects.get().votes_for == 24


def test_an_explanation_without_a_rule_says_what_is_missing():
    world.motion()
    assert errors_of(ApiTestClient().get("/motions/21.0098/04/explanation")).keys() == {"rule"}


def test_a_partial_update_keeps_other_fields_and_rejects_stale_versions(coordinator):
    made = coordinator.post("/motions", {**BOMEN, "owner": "Wethouder"})
    here, tag = "/motions/25.0001/02", made.headers["ETag"]
    assert ApiTestClient().get(here).headers["ETag"] == tag

    assert coordinator.patch(here, {"title": "x"}).status_code == 428
    changed = coordinator.patch(here, {"title": "Meer bomen", "due_on": "2026-01-01"}, If_Match=tag)
    assert changed.status_code == 200
    found = changed.json()
    assert (found["title"], found["owner"], found["due_on"]) == ("Meer bomen", "Wethouder", "2026-01-01")
    assert coordinator.patch(here, {"title": "Andere"}, If_Match=tag).status_code == 412
    assert coordinator.patch(here, {"owner": None}, If_Match=changed.headers["ETag"]).json()["owner"] is None
    assert Motion.objects.get().title == "Meer bomen"


def test_a_report_does_not_change_the_etag_of_writes_but_that_of_reads(coordinator):
    tag = coordinator.post("/motions", BOMEN).headers["ETag"]
    coordinator.post("/motions/25.0001/02/reports", {"on": "2025-03-01", "text": "Begonnen"})

    assert ApiTestClient().get("/motions/25.0001/02", If_None_Match=tag).status_code == 200
    assert coordinator.patch("/motions/25.0001/02", {"title": "x"}, If_Match=tag).status_code == 200


def test_a_report_is_added_and_assessed_at_once(coordinator):
    coordinator.post("/motions", BOMEN)
    statuses = {line["rule"]: line["status"] for line in read("/motions/25.0001/02")["obligations"]}
    response = coordinator.post("/motions/M25.0001/2/reports", {"on": "2025-03-01", "text": "Begonnen"})
    assert response.status_code == 201
    assert response.headers["Location"].endswith("/motions/25.0001/02")
    after = {(line["rule"], line["subject"]): line["status"] for line in response.json()["obligations"]}
    assert statuses["motion-followed-up"] == "overdue"
    assert after["motion-followed-up", None] == "met"
    assert set(errors_of(coordinator.post("/motions/25.0001/02/reports", {}))) == {"#/on", "#/text"}
    wrongly = coordinator.post("/motions/25.0001/02/reports", {"on": "2025-13-01", "txt": "x", "text": " "})
    assert set(errors_of(wrongly)) == {"#/on", "#/text", "#/txt"}
    assert coordinator.post("/motions/nergens/reports", {"on": "2025-03-01", "text": "x"}).status_code == 404
    assert ProgressReport.objects.count() == 1


def test_a_repeated_request_adds_nothing(coordinator):
    for address, body in (
        ("/motions", BOMEN),
        ("/commitments", {"number": "T-9", "text": "x"}),
        ("/motions/25.0001/02/reports", {"on": "2025-03-01", "text": "Begonnen"}),
    ):
        first, again = (coordinator.post(address, body, Idempotency_Key=address) for _time in range(2))
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
    assert (Motion.objects.count(), Commitment.objects.count(), ProgressReport.objects.count()) == (1, 1, 1)


def test_errors_are_reported_at_their_location_and_nothing_is_stored(coordinator):
    coordinator.post("/motions", BOMEN)
    for body, places in (
        ({}, {"#/number"}),
        ({"number": "26.0001", "votes_for": -1, "adopted_on": "gisteren"}, {"#/votes_for", "#/adopted_on"}),
        ({"number": "26.0001", "outcome": "ja", "titel": "x"}, {"#/outcome", "#/titel"}),
        ({"number": "26.0001", "rules": ["feedback-given", "x"]}, {"#/rules/1"}),
        ({"number": "26.0001", "reports": [{"on": "2025-01-01"}, {"on": 1}]}, {"#/reports/1/on"}),
        ({"number": "26.0001", "state": "open"}, {"#/state"}),
        ({"number": "26.0001/reports"}, {"#/number"}),
        *(({"number": word}, {"#/number"}) for word in sorted(NUMBERS.reserved)),
    ):
        assert set(errors_of(coordinator.post("/motions", body))) == places, body
    assert set(errors_of(coordinator.post("/motions", {"number": "0025.0001/02"}), 409)) == {"#/number"}
    assert Motion.objects.count() == 1


def test_rules_of_a_motion_are_those_of_its_municipality(coordinator, settings):
    settings.RULEBOOK = towns.TOWNS
    body = {"number": "26.0001", "municipality": "oegstgeest", "rules": ["neighbours-invited"]}
    assert coordinator.post("/motions", body).status_code == 201
    elsewhere = {**body, "number": "26.0002", "municipality": "leiden"}
    assert set(errors_of(coordinator.post("/motions", elsewhere))) == {"#/rules/0"}
    moved = coordinator.patch("/motions/26.0001", {"municipality": "leiden", "rules": ["feedback-given"]}, If_Match="*")
    assert moved.status_code == 200


def test_number_and_reports_cannot_be_changed_by_an_update(coordinator):
    made = coordinator.post("/motions", {**BOMEN, "reports": [{"on": "2025-03-01", "text": "Begonnen"}]}).json()
    here = "/motions/25.0001/02"
    assert set(errors_of(coordinator.patch(here, {"number": "26.0001"}, If_Match="*"))) == {"#/number"}
    assert set(errors_of(coordinator.patch(here, {"reports": []}, If_Match="*"))) == {"#/reports"}
    # Sending back what was read changes nothing.
    same = {key: made[key] for key in made if key not in ("state", "obligations", "printed_as")}
    assert coordinator.patch(here, same, If_Match="*").json() == made
    assert coordinator.patch(here, {"number": "M25.0001/2"}, If_Match="*").status_code == 200
    assert Motion.objects.get().history.count() == 1


def test_only_coordinators_may_write(coordinator):
    world.motion()
    world.commitment()
    for address, of in (("/motions", "/motions/21.0098/04"), ("/commitments", "/commitments/T-1")):
        for send in (
            lambda caller, address=address: caller.post(address, {"number": "26.0001"}),
            lambda caller, of=of: caller.patch(of, {"owner": "x"}, If_Match="*"),
            lambda caller, of=of: caller.post(f"{of}/reports", {"on": "2025-03-01", "text": "x"}),
        ):
            assert send(ApiTestClient()).status_code == 401
            for role in ("adviser", "association_member", "auditor"):
                person = world.user(role, name=f"{role}{world.models.User.objects.count()}")
                assert send(ApiTestClient(person)).status_code == 403
    assert (Motion.objects.count(), Commitment.objects.count(), ProgressReport.objects.count()) == (1, 1, 0)


def test_more_rows_take_no_more_queries():
    def count_queries(address):
        with CaptureQueriesContext(connection) as queries:
            read(address)
        return len(queries)

    def add(number):
        row = world.motion(f"23.{number:04}")
        world.obligation(motion=row, rule="motion-settled", subject="")
        ProgressReport.objects.create(motion=row, on=world.on("2024-01-01"), text="x")

    addresses = ("/motions?pageSize=100", "/motions?bekendOp=2026-04-20&pageSize=100", "/motions/23.0000")
    add(0)
    Motion.history.update(history_date=world.moment("2026-01-01 10:00"))
    few = [count_queries(address) for address in addresses]
    for number in range(1, 51):
        add(number)
    Motion.history.update(history_date=world.moment("2026-01-01 10:00"))
    assert len(numbers(addresses[0])) == len(numbers(addresses[1])) == 51
    assert [count_queries(address) for address in addresses] == few
    assert max(few) <= 9
