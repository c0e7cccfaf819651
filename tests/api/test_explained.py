"""The explanation of an obligation in the API equals the one on its page."""

from __future__ import annotations

import html
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Commitment, CounterSignal, Step
from participation.services.assessment import reassess_one
from tests import world
from tests.api.client import ApiTestClient
from tests.web.trajectories.sample_trajectory import assess

pytestmark = pytest.mark.django_db
OBLIGATION_URL = "/trajectories/voorbeeldplein/obligations/feedback-given?subject=s1"


def assess_register(owner_type, row, today):
    reassess_one(owner_type, row.pk, load_rulebooks("leiden"), today, world.moment("2026-04-20 09:00"))


def read(address=OBLIGATION_URL, caller=None, **headers):
    response = (caller or ApiTestClient()).get(address, **headers)
    assert response.status_code == 200, response.content
    return response.json()


def test_an_explanation_names_the_obligation_parties_source_and_location(square):
    found = read()
    (line,) = (
        ApiTestClient().get("/trajectories/voorbeeldplein/obligations?rule=feedback-given&subject=s1").json()["results"]
    )

    assert found["obligation"] == line
    assert found["to_whom"] == "bewoners en alle partijen die meedoen"
    assert found["why"].startswith("Wie tijd geeft")
    assert (found["on"], found["known_at"]) == ("2026-04-20", None)
    assert {source["source"] for source in found["sources"]} == {"003", "002"}
    assert {source["passage"] for source in found["sources"]} == {"action 10", "condition 5"}
    assert found["url"] == "http://leidraad.example/trajecten/voorbeeldplein/afspraken/#feedback-given--s1"
    assert ApiTestClient().get(found["rule_url"]).json()["id"] == "feedback-given"


def test_the_calculation_is_listed_line_by_line_in_text_and_values(square):
    lines = {line["code"]: line for line in read()["arithmetic"]}

    assert lines["from"]["values"]["day"] == "2026-03-20"
    assert lines["term"]["values"] == {"term": "28 days", "start": "2026-03-20", "end": "2026-04-17"}
    assert "17 april 2026" in lines["due"]["text"]
    assert lines["due"]["values"] == {"day": "2026-04-17"}
    assert lines["after"]["values"]["days"] == 3
    assert not any(line["strict"] for line in lines.values())


def test_skipped_days_are_listed(square):
    found = read("/trajectories/voorbeeldplein/obligations/concern-answered?subject=r1")
    (counted,) = (line for line in found["arithmetic"] if "off" in line["values"])
    assert counted["values"]["term"] == "10 working days"
    assert {"day": "2026-04-06", "name": "Tweede paasdag"} in counted["values"]["off"]
    assert {"day": "2026-04-04", "name": None} in counted["values"]["off"]


def test_the_page_shows_the_same_lines_and_facts(square, client):
    found = read()
    place = reverse("trajectory_obligation", args=["voorbeeldplein"])
    page = html.unescape(client.get(f"{place}?regel=feedback-given&over=s1").content.decode())

    assert len(found["arithmetic"]) > 3
    for text in (found["to_whom"], found["why"], *(line["text"] for line in found["arithmetic"])):
        assert text in page
    for fact in found["facts"]:
        assert fact["title"] in page
        assert all(value["text"] in page for value in fact["values"])


def test_facts_show_their_values_and_who_recorded_them_in_which_role(square):
    adviser = world.user("adviser", first_name="An", last_name="Jansen")
    line = Step.history.filter(ref="s1").latest()
    line.history_user, line.history_date = adviser, world.moment("2026-03-21 08:00")
    line.save()

    (fact,) = (fact for fact in read()["facts"] if fact["ref"] == "s1")
    (done_value,) = (value for value in fact["values"] if value["column"] == "done")
    assert (fact["kind"], done_value["value"], done_value["text"]) == ("step", "2026-03-20", "20 maart 2026")
    assert (fact["recorded_at"], fact["recorded_by_role"]) == ("2026-03-21T08:00:00Z", "adviser")
    assert fact["recorded_by"] is None
    (fact,) = (fact for fact in read(caller=ApiTestClient(adviser))["facts"] if fact["ref"] == "s1")
    assert fact["recorded_by"] == "An Jansen"


def test_recipients_of_a_document_are_a_list(square):
    found = read("/trajectories/voorbeeldplein/obligations/equal-information?subject=d2")
    shared = [value["value"] for fact in found["facts"] for value in fact["values"] if value["column"] == "shares"]
    assert shared == [[{"with": world.RESIDENTS, "on": "2026-03-02"}, {"with": world.SHOPS, "on": "2026-03-05"}]]


def test_waivers_and_status_transitions_are_included(square, today):
    given = world.waiver(square, rule="feedback-given", subject="s1", granted_on=today, until=None)
    world.waiver(square, rule="feedback-given", subject="s3")
    assess(square, today)
    found = read()

    assert found["explanations"] == [
        {
            "id": given.pk,
            "by": "projectleider",
            "reason": "Er is maar één plek voor het plein",
            "granted_on": "2026-04-20",
            "until": None,
            "counts": True,
        }
    ]
    assert [line["to"] for line in found["ledger"]] == ["overdue", "explained"]
    assert found["ledger"][0]["from"] is None
    assert read(f"{OBLIGATION_URL}&geldigOp=2026-04-19")["explanations"] == []


def test_missing_facts_are_listed_instead_of_a_calculation(today):
    square = world.trajectory()
    world.request(square, received_on=None)
    assess(square, today)
    (line,) = (
        ApiTestClient().get("/trajectories/voorbeeldplein/obligations?subject=r1&status=unknown").json()["results"]
    )
    found = read(f"/trajectories/voorbeeldplein/obligations/{line['rule']}?subject=r1")
    assert found["missing"]
    assert found["missing_told"]


def test_an_explanation_can_be_requested_as_of_another_day_and_as_known_before(square):
    assert read(f"{OBLIGATION_URL}&geldigOp=2026-03-25")["obligation"]["status"] == "pending"
    assert ApiTestClient().get(f"{OBLIGATION_URL}&bekendOp=2020-01-01").status_code == 404


def test_as_known_at_a_moment_the_explanation_uses_the_facts_of_then(today):
    square = world.record(world.trajectory(), "2026-01-10 10:00")
    square.history.update(history_date=world.moment("2026-01-10 10:00"))
    step = world.step(square, done=world.on("2026-03-20"))
    step.history.update(history_date=world.moment("2026-03-25 10:00"))
    assert ApiTestClient().get(f"{OBLIGATION_URL}&bekendOp=2026-03-24").status_code == 404

    found = read(f"{OBLIGATION_URL}&bekendOp=2026-03-26T00:00:00Z&geldigOp=2026-04-30")
    assert (found["on"], found["known_at"]) == ("2026-04-30", "2026-03-26T00:00:00Z")
    assert found["obligation"]["status"] == "overdue"
    assert found["facts"][0]["recorded_at"] == "2026-03-25T10:00:00Z"


def test_an_unknown_or_hidden_obligation_gives_404(square):
    base = "/trajectories/voorbeeldplein/obligations"
    for rest in ("/feedback-given", "/feedback-given?subject=s9", "/nergens", "/van-vroeger?subject=s1"):
        assert ApiTestClient().get(base + rest).status_code == 404
    square.public = False
    square.save()
    assert ApiTestClient().get(OBLIGATION_URL).status_code == 404
    assert ApiTestClient(world.user("auditor")).get(OBLIGATION_URL).status_code == 200


def test_the_explanation_is_in_the_requested_language(square):
    assert read(Accept_Language="en")["to_whom"] == "residents and all parties that take part"


def test_more_rows_take_no_more_queries(square):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            read()
        return len(queries)

    few = count_queries()
    for number in range(50):
        world.step(square, f"x{number}", kind="feedback", about=["s1"])
        world.contribution(square, f"y{number}", step="s1")
        world.waiver(square, rule="feedback-given", subject="s1", granted_on=date(2026, 1, 1) + timedelta(days=number))
    # Of many facts only the first are listed, which may be of fewer kinds.
    assert count_queries() <= few


# ---------- what residents contradict


def test_counter_signals_stand_in_the_explanation_with_their_answer(square):
    shops = world.organisation(world.SHOPS)
    request = world.request(square, ref="r9", kind="concern", received_on=world.on("2026-04-18"), summary="Niet waar")
    CounterSignal.objects.create(
        trajectory=square,
        rule="feedback-given",
        subject="s1",
        status="overdue",
        on=date(2026, 4, 18),
        organisation=shops,
        made_by=world.user("adviser"),
        request=request,
        evidence="De brief",
    )

    (signal,) = read()["counter_signals"]

    assert (signal["organisation"], signal["on"], signal["status"]) == (shops.name, "2026-04-18", "overdue")
    assert (signal["text"], signal["evidence"], signal["evidence_url"]) == ("Niet waar", "De brief", None)
    assert (signal["request"], signal["answered"], signal["answer"]) == ("r9", False, None)
    assert read("/trajectories/voorbeeldplein/obligations/concern-answered?subject=r1")["counter_signals"] == []
    assert read(f"{OBLIGATION_URL}&geldigOp=2026-04-17")["counter_signals"] == []
    square.history.update(history_date=world.moment("2026-01-10 10:00"))
    Step.history.update(history_date=world.moment("2026-03-25 10:00"))
    assert read(f"{OBLIGATION_URL}&bekendOp=2026-03-26")["counter_signals"] is None


def test_the_form_to_contradict_a_status_is_linked(square, client):
    member = world.user("association_member", world.RESIDENTS)
    address = read()["counter_signal_url"]
    assert address == "http://leidraad.example/trajecten/voorbeeldplein/tegengeluid/?rule=feedback-given&subject=s1"
    client.force_login(member)
    assert client.get(address.removeprefix("http://leidraad.example")).status_code == 200


# ---------- motions, commitments and requests of the register


def test_an_obligation_of_a_motion_is_explained_as_on_its_page(today, client):
    motion = world.motion("21.0098/04", adopted_on=world.on("2026-01-15"))
    assess_register("motion", motion, today)

    found = read("/motions/M21.0098/4/explanation?rule=motion-followed-up")

    (line,) = (line for line in read("/motions/21.0098/04")["obligations"] if line["rule"] == "motion-followed-up")
    assert found["obligation"] == line
    assert (found["to_whom"], found["explanations"], found["counter_signal_url"]) == ("de raad", [], None)
    assert found["url"] == "http://leidraad.example/moties/21.0098/04/#motion-followed-up"
    page = html.unescape(client.get("/moties/21.0098/04/").content.decode())
    assert found["arithmetic"]
    for text in (found["why"], *(line["text"] for line in found["arithmetic"])):
        assert text in page
    assert ApiTestClient().get(found["rule_url"]).json()["id"] == "motion-followed-up"


def test_an_obligation_of_a_commitment_is_explained_on_another_day_and_as_known(today):
    commitment = world.commitment(made_on=world.on("2026-01-15"), due_on=world.on("2026-03-01"))
    assess_register("commitment", commitment, today)
    address = "/commitments/T-1/explanation?rule=commitment-kept"

    assert read(address)["obligation"]["status"] == "overdue"
    assert read(f"{address}&geldigOp=2026-02-01")["obligation"]["status"] == "pending"
    Commitment.history.update(history_date=world.moment("2026-01-16 10:00"))
    assert read(f"{address}&bekendOp=2026-02-01T00:00:00Z")["known_at"] == "2026-02-01T00:00:00Z"
    assert ApiTestClient().get(f"{address}&bekendOp=2020-01-01").status_code == 404
    assert ApiTestClient().get("/commitments/T-1/explanation?rule=feedback-given").status_code == 404
    assert ApiTestClient().get("/commitments/T-2/explanation?rule=commitment-kept").status_code == 404


def test_an_obligation_of_a_request_without_a_trajectory_is_explained_to_staff_only(today):
    request = world.register_request("V-1", kind="concern", party=world.RESIDENTS, received_on=world.on("2026-03-02"))
    assess_register("request", request, today)
    address = "/requests/V-1/explanation?rule=concern-answered"

    assert read(address, ApiTestClient(world.user("coordinator")))["obligation"]["request"] == "V-1"
    assert ApiTestClient().get(address).status_code == 404
    assert ApiTestClient(world.user("association_member", world.SHOPS)).get(address).status_code == 404
