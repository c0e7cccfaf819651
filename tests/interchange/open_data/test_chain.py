"""The decision chain: one address for each thing, links in both directions, and where the chain stops."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from participation.compliance.dates import ImpreciseDate
from participation.interchange.open_data import dcat
from participation.interchange.open_data.chain import api_address, chain
from participation.interchange.open_data.datasets import LOOSE_END_KINDS, LOOSE_ENDS
from participation.models import Commitment, Motion, ProgressReport
from tests import world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)
JSON_LD = {"Accept": "application/ld+json"}
SQUARE = "trajectories/voorbeeldplein"


def nodes():
    return {
        node["@id"].removeprefix(f"{settings.BASE_URL}/api/v1/"): node for part in chain(TODAY) for node in part.nodes
    }


def loose_ends():
    keys = [column.key for column in LOOSE_ENDS.columns]
    return [dict(zip(keys, row, strict=True)) for part in chain(TODAY) for row in part.loose_ends]


def kinds(**expected):
    return [row["kind"] for row in loose_ends() if expected.items() <= row.items()]


def links(node, key):
    return [address.removeprefix(f"{settings.BASE_URL}/api/v1/") for address in node.get(key, ())]


@pytest.fixture
def whole():
    """Create a chain that stops nowhere: said at a meeting, weighed, fed back, decided, and a motion carried out."""
    square = world.trajectory()
    world.step(square, "avond", done=world.on("2026-03-01"))
    world.contribution(
        *(square, "c1"),
        step="avond",
        theme="Bomen",
        summary="Meer bomen",
        received_on=world.on("2026-03-01"),
        outcome="adopted",
        response="Er komen tien bomen.",
        responded_on=world.on("2026-03-10"),
    )
    world.step(square, "terug", kind="feedback", about=["avond"], done=world.on("2026-03-10"))
    world.document(square, "afweging", kind="weighing", title="Afweging van belangen")
    world.step(
        *(square, "raad"),
        kind="decision",
        uses=["terug"],
        documents=["afweging"],
        done=world.on("2026-04-01"),
        effect="much",
        effect_note="Tien bomen.",
    )
    motion = world.motion("21.0098/04", outcome="adopted", adopted_on=world.on("2021-11-11"))
    square.motions.add(motion)
    ProgressReport.objects.create(motion=motion, on=world.on("2026-01-01"), text="Bezig")
    promise = world.commitment("T-1", text="Iedereen krijgt antwoord")
    promise.fulfilments.create(on=world.on("2026-02-01"), text="Gedaan")
    return square


# ---------- links and addresses


def test_a_contribution_leads_through_its_weighing_to_the_decision_that_used_it(whole):
    found = nodes()

    assert links(found[f"{SQUARE}/contributions/c1"], "leadsTo") == [f"{SQUARE}/contributions/c1#weighing"]
    weighing = found[f"{SQUARE}/contributions/c1#weighing"]
    assert (weighing["outcome"], weighing["text"], weighing["date"]) == (
        "adopted",
        "Er komen tien bomen.",
        "2026-03-10",
    )
    assert links(weighing, "leadsTo") == [f"{SQUARE}/steps/raad"]
    decision = found[f"{SQUARE}/steps/raad"]
    assert links(decision, "follows") == [f"{SQUARE}/contributions/c1#weighing", f"{SQUARE}/documents/afweging"]
    assert (decision["outcome"], decision["text"]) == ("much", "Tien bomen.")


def test_a_motion_leads_to_its_trajectory_and_to_its_reports(whole):
    report = ProgressReport.objects.get()
    found = nodes()

    assert links(found["motions/21.0098/04"], "leadsTo") == [SQUARE, f"motions/21.0098/04#report-{report.pk}"]
    assert links(found[SQUARE], "follows") == ["motions/21.0098/04"]


def test_every_link_is_there_in_both_directions_and_leads_to_something(whole):
    found = {node["@id"]: node for node in nodes().values()}

    for address, node in found.items():
        for key, inverse in (("leadsTo", "follows"), ("follows", "leadsTo")):
            for other in node.get(key, ()):
                assert address in found[other][inverse], (address, key, other)
        for part in node.get("hasPart", ()):
            assert found[part]["partOf"] == address
        assert "partOf" not in node or address in found[node["partOf"]]["hasPart"]
    assert sum(len(node.get("leadsTo", ())) for node in found.values()) == 6


def test_every_address_answers_and_every_page_has_the_place(whole, client):
    for node in nodes().values():
        record = client.get(node["@id"].partition("#")[0].removeprefix(settings.BASE_URL))
        assert (record.status_code, record.headers["Content-Type"]) == (200, "application/json"), node["@id"]
        page, _hash, place = node["url"].removeprefix(settings.BASE_URL).partition("#")
        html = client.get(page).content.decode()
        assert not place or f'id="{place}"' in html, node["url"]


def test_every_address_gives_its_node_with_its_links_as_json_ld(whole, client):
    for address, node in nodes().items():
        answer = client.get(f"/api/v1/{address.partition('#')[0]}", headers=JSON_LD)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/ld+json"), address
        assert "Accept" in answer.headers["Vary"]
        document = answer.json()
        assert document["@context"] == dcat.context()
        assert node in document["@graph"]
        unchanged = {**JSON_LD, "If-None-Match": answer.headers["ETag"]}
        assert client.get(f"/api/v1/{address.partition('#')[0]}", headers=unchanged).status_code == 304


def test_json_ld_is_of_what_the_user_may_see(whole, client):
    whole.public = False
    whole.save()

    assert client.get(f"/api/v1/{SQUARE}/contributions/c1", headers=JSON_LD).status_code == 404
    [motion, _report] = client.get("/api/v1/motions/21.0098/04", headers=JSON_LD).json()["@graph"]
    assert [link for link in motion["leadsTo"] if "/trajectories/" in link] == []
    client.force_login(world.user("coordinator"))
    assert client.get(f"/api/v1/{SQUARE}/contributions/c1", headers=JSON_LD).status_code == 200
    [motion, _report] = client.get("/api/v1/motions/21.0098/04", headers=JSON_LD).json()["@graph"]
    assert links(motion, "leadsTo")[0] == SQUARE


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{SQUARE}/steps/avond", 406),
        (f"{SQUARE}/steps/onbekend", 404),
        (f"{SQUARE}/plan", 406),
        (f"{SQUARE}?fields=slug", 400),
        ("commitments/T-1?geldigOp=2026-04-01", 400),
        ("commitments/T-9", 404),
    ],
)
def test_what_is_no_part_of_the_chain_as_known_now_is_refused(whole, client, path, status):
    answer = client.get(f"/api/v1/{path}", headers=JSON_LD)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


def test_json_is_given_where_any_type_will_do(whole, client):
    for accept in ("*/*", "application/json", "application/json, application/ld+json"):
        answer = client.get(f"/api/v1/{SQUARE}", headers={"Accept": accept})
        assert (answer.headers["Content-Type"], answer.json()["slug"]) == ("application/json", "voorbeeldplein")


@pytest.mark.parametrize("path", [SQUARE, f"{SQUARE}/contributions/c1", "motions/21.0098/04", "commitments/T-1"])
def test_more_rows_take_no_more_queries_for_json_ld(whole, client, path):
    def number():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/api/v1/{path}", headers=JSON_LD).status_code == 200
        return len(queries)

    number()
    before = number()
    for extra in range(10):
        world.contribution(whole, f"extra{extra}", step="avond")
        motion = world.motion(f"M-{extra}")
        whole.motions.add(motion)
        world.trajectory(f"ander-{extra}").motions.add(Motion.objects.get(number="21.0098/04"))
        ProgressReport.objects.create(motion=motion, on=world.on("2026-01-01"), text="Bezig")
        ProgressReport.objects.create(commitment=Commitment.objects.get(), on=world.on("2026-01-01"), text="Bezig")
    assert number() == before


def test_an_address_is_written_as_django_writes_it():
    for ref in ("s 1", "a/b", "c#1?x", "é;'(2)"):
        expected = reverse("api:steps-one", args=["plein", ref])
        assert api_address("trajectories", "plein", "steps", ref) == f"{settings.BASE_URL}{expected}"


def test_every_key_of_a_node_is_a_term_of_the_context(whole):
    terms = dcat.context()
    written = Path(dcat.__file__).with_name("context.jsonld")

    assert json.loads(written.read_text("utf-8")) == {"@context": terms}
    used = {key for node in nodes().values() for key in node if not key.startswith("@")}
    assert used <= terms.keys()
    types = {name for node in nodes().values() for name in node["@type"]}
    assert {name.partition(":")[0] for name in types} <= terms.keys()


def test_a_private_trajectory_is_not_in_the_chain_and_no_motion_leads_to_it(whole):
    whole.public = False
    whole.save()

    assert {node["kind"] for node in nodes().values()} == {"motion", "report", "commitment", "fulfilment"}
    assert not [address for address in nodes() if "voorbeeldplein" in address]
    assert kinds() == ["motion_without_trajectory"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (world.on("2026-03-01"), "2026-03-01"),
        (world.between("2026-03-01", "2026-03-31", "month", "maart"), "2026-03-01/2026-03-31"),
        (ImpreciseDate(None, date(2026, 3, 17), "not_later_than"), "../2026-03-17"),
        (ImpreciseDate(date(2026, 3, 17), date(2026, 3, 17), "tentative"), "2026-03-17?"),
        (ImpreciseDate(date(2026, 3, 17), date(2026, 3, 17), "approximate"), "2026-03-17~"),
        (ImpreciseDate.unknown(), None),
    ],
)
def test_a_date_is_written_in_edtf_and_left_out_where_no_day_is_known(when, expected):
    world.contribution(world.trajectory(), received_on=when, outcome="")

    assert nodes()[f"{SQUARE}/contributions/c1"].get("date") == expected


# ---------- loose ends


def test_a_whole_chain_has_no_loose_ends(whole):
    assert loose_ends() == []


@pytest.mark.parametrize(
    ("ref", "changes", "expected"),
    [
        ("c1", {"outcome": "", "response": ""}, ["contribution_without_outcome"]),
        ("c1", {"response": ""}, ["weighing_without_reason"]),
        ("c1", {"step": ""}, ["weighing_without_decision"]),
        ("c1", {"step": "", "outcome": "out_of_scope"}, []),
        ("c1", {"step": "", "received_on": world.on("2026-04-02")}, []),
        ("c1", {"step": "", "received_on": None}, ["weighing_without_decision"]),
        ("raad", {"uses": [], "documents": []}, ["weighing_without_decision"] * 2 + ["decision_without_weighing"]),
        ("raad", {"uses": [], "documents": [], "done": None, "planned": world.on("2026-05-01")}, []),
        ("raad", {"uses": [], "documents": [], "stage": "setup"}, []),
        ("raad", {"uses": [], "documents": [], "cancelled": True}, []),
    ],
)
def test_a_chain_that_stops_in_a_trajectory_is_listed(whole, ref, changes, expected):
    row = whole.contributions.get() if ref == "c1" else whole.steps.get(ref=ref)
    world.record(row, "2026-04-20 10:00", **changes)

    assert kinds(trajectory="voorbeeldplein") == expected == kinds()


def test_nothing_is_missing_while_another_decision_is_to_come(whole):
    world.record(whole.contributions.get(), "2026-04-20 10:00", step="")
    world.step(whole, "tweede", kind="decision", planned=world.on("2026-06-01"))

    assert kinds() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["motion_without_trajectory", "motion_without_execution"]),
        ({"rules": ["feedback-given"]}, ["motion_without_execution"]),
        ({"settled_on": world.on("2026-04-20")}, []),
        ({"settled_on": world.on("2026-04-21")}, ["motion_without_trajectory", "motion_without_execution"]),
        ({"outcome": "rejected"}, []),
        ({"outcome": "", "adopted_on": None}, []),
    ],
)
def test_an_adopted_motion_without_a_follow_up_is_listed_until_it_is_settled(changes, expected):
    world.motion("M-1", **{"outcome": "adopted", "adopted_on": world.on("2026-01-01"), **changes})

    assert kinds(motion="M-1") == expected


def test_a_commitment_is_listed_until_it_is_kept_or_reported_on():
    promise = world.commitment("T-1", text="Iedereen krijgt antwoord")
    assert kinds(commitment="T-1") == ["commitment_without_execution"]
    report = ProgressReport.objects.create(commitment=promise, on=world.on("2026-01-01"), text="Bezig")
    assert kinds() == []
    report.delete()
    world.record(promise, "2026-04-20 10:00", fulfilled_on=world.on("2026-04-01"))
    assert kinds() == []


def test_a_loose_end_of_a_retrospective_trajectory_says_so():
    world.contribution(world.trajectory(retrospective=True), outcome="", theme="", summary="Bomen " * 40)

    [row] = loose_ends()
    assert (row["kind"], row["retrospective"], row["ref"]) == ("contribution_without_outcome", True, "c1")
    assert row["kind"] in LOOSE_END_KINDS
    assert len(row["name"]) <= 120
