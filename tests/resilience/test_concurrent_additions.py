"""Concurrent additions of one name, by several people or by one who submits a form more than once, give no 500."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from participation import models
from participation.models import Commitment, Motion, Organisation, PlanActor, Scenario, Step, Trajectory
from tests import world
from tests.api.client import ApiTestClient
from tests.resilience.concurrency import run_concurrently
from tests.web.editing.form_helpers import get_form

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer at a time"),
]
SQUARE = "/trajectories/voorbeeldplein"


@pytest.fixture(autouse=True)
def square():
    cache.clear()
    # Only administrators add neighbourhoods, so this one exists; organisations and motions are added by the tests.
    world.neighbourhood("kade")
    return world.trajectory()


def statuses(found):
    return Counter(getattr(response, "status_code", response) for response in found)


def browser(user):
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


NAMED = [
    ("/trajectories", {"title": "Brug", "slug": "brug"}, Trajectory, {"slug": "brug"}),
    ("/organisations", {"name": "Brug", "slug": "brug"}, Organisation, {"slug": "brug"}),
    ("/organisations", {"name": "Brug"}, Organisation, {"name": "Brug"}),
    ("/motions", {"number": "26.0001"}, Motion, {"number": "26.0001"}),
    ("/commitments", {"number": "T-1"}, Commitment, {"number": "T-1"}),
    (f"{SQUARE}/steps", {"kind": "activity", "ref": "avond"}, Step, {"ref": "avond"}),
    (
        f"{SQUARE}/waivers",
        {"rule": "scenarios-offered", "reason": "Wind", "by": "Adviseur", "granted_on": "2026-04-20"},
        models.Waiver,
        {},
    ),
]


@pytest.mark.parametrize(("address", "body", "model", "named"), NAMED)
def test_one_of_six_concurrent_api_additions_of_a_name_succeeds(address, body, model, named):
    programs = [ApiTestClient(world.user("coordinator", name=f"c{number}")) for number in range(6)]

    found = run_concurrently(*(lambda program=program: program.post(address, body) for program in programs))

    assert statuses(found) == {201: 1, 409: 5}
    assert model.objects.filter(**named).count() == 1


@pytest.mark.parametrize(
    ("address", "body", "model"),
    [("/trajectories", {"title": "Brug"}, Trajectory), (f"{SQUARE}/scenarios", {"title": "Autovrij"}, Scenario)],
)
def test_six_concurrent_additions_without_a_name_each_get_a_unique_one(address, body, model):
    programs = [ApiTestClient(world.user("coordinator", name=f"c{number}")) for number in range(6)]
    before = model.objects.count()

    found = run_concurrently(*(lambda program=program: program.post(address, body) for program in programs))

    assert statuses(found) == {201: 6}
    assert model.objects.count() - before == 6


def test_concurrent_additions_of_a_step_and_a_document_get_different_refs():
    program = ApiTestClient(world.user("coordinator"))
    found = run_concurrently(
        lambda: program.post(f"{SQUARE}/steps", {"kind": "activity", "ref": "x"}),
        lambda: program.post(f"{SQUARE}/documents", {"title": "Schets", "ref": "x"}),
    )
    assert statuses(found) == {201: 1, 409: 1}


def test_one_of_six_concurrent_writes_of_a_new_dossier_succeeds():
    programs = [ApiTestClient(world.user("coordinator", name=f"c{number}")) for number in range(6)]
    document = {
        "dossier": 1,
        "trajectory": {"slug": "brug", "title": "Brug", "neighbourhoods": ["kade"]},
        "organisations": [{"slug": "bruggers", "name": "Bruggers"}],
        "motions": ["26.0001"],
    }

    found = run_concurrently(
        *(
            lambda program=program: program.put("/trajectories/brug/dossier", document, If_None_Match="*")
            for program in programs
        )
    )

    assert statuses(found) == {201: 1, 412: 5}


def test_concurrent_dossiers_with_the_same_new_rows_are_all_stored():
    program = ApiTestClient(world.user("coordinator"))

    def write(number):
        document = {
            "dossier": 1,
            "trajectory": {"slug": f"brug-{number}", "title": "Brug", "neighbourhoods": ["kade"]},
            "organisations": [{"slug": "bruggers", "name": "Bruggers"}],
            "motions": ["26.0001"],
        }
        return program.put(f"/trajectories/brug-{number}/dossier", document, If_None_Match="*")

    assert statuses(run_concurrently(*(lambda number=number: write(number) for number in range(4)))) == {201: 4}
    assert Motion.objects.count() == 1


def test_four_concurrent_trajectories_with_one_title_are_all_added():
    clients = [browser(world.user("coordinator", name=f"c{number}")) for number in range(4)]
    pages = [get_form(client, "/trajecten/nieuw/") for client in clients]

    found = run_concurrently(
        *(
            lambda client=client, page=page: page.send(client, title="Brug")
            for client, page in zip(clients, pages, strict=True)
        )
    )

    assert statuses(found) == {302: 4}
    assert set(Trajectory.objects.filter(title="Brug").values_list("slug", flat=True)) == {
        *("brug", "brug-2", "brug-3", "brug-4")
    }


def test_a_concurrent_duplicate_motion_gives_a_field_error():
    clients = [browser(world.user("coordinator", name=f"c{number}")) for number in range(2)]
    pages = [get_form(client, "/moties/nieuw/") for client in clients]

    found = run_concurrently(
        *(
            lambda client=client, page=page: page.send(client, number="26.0001", title="Groen")
            for client, page in zip(clients, pages, strict=True)
        )
    )

    assert statuses(found) == {302: 1, 200: 1}
    [again] = [response.content.decode() for response in found if response.status_code == 200]
    assert 'id="id_number_error"' in again
    assert 'value="Groen"' in again


def test_a_party_suggested_by_four_associations_at_once_is_added_once(square):
    world.organisation()
    clients = []
    for number in range(4):
        world.trajectory(f"plein-{number}")
        clients.append(browser(world.user("association_member", world.RESIDENTS, name=f"m{number}")))

    found = run_concurrently(
        *(
            lambda number=number, client=client: client.post(
                f"/trajecten/plein-{number}/partijen/aandragen/", {"new_name": "Buurtcomité"}
            )
            for number, client in enumerate(clients)
        )
    )

    assert statuses(found) == {302: 4}
    assert Organisation.objects.filter(name="Buurtcomité").count() == 1
    assert PlanActor.objects.count() == 4


@pytest.mark.parametrize(
    ("address", "typed", "model"),
    [
        ("/trajecten/nieuw/", {"title": "Brug"}, Trajectory),
        ("/trajecten/voorbeeldplein/scenarios/nieuw/", {"title": "Autovrij"}, Scenario),
        ("/trajecten/voorbeeldplein/plan/wijzigen/?deel=ruimte", {"room": "De bestrating"}, models.Plan),
    ],
)
def test_a_form_submitted_three_times_at_once_adds_one_row(address, typed, model):
    user, before = world.user("coordinator"), model.objects.count()
    clients = [browser(user) for _time in range(3)]
    page = get_form(clients[0], address)

    found = run_concurrently(*(lambda client=client: page.send(client, **typed) for client in clients))

    assert statuses(found) == {302: 3}
    assert len({response.headers["Location"] for response in found}) == 1
    assert model.objects.count() - before == 1


def test_a_concurrent_duplicate_neighbourhood_gives_a_form_error():
    clients = [
        browser(world.user("administrator", name=f"a{number}", is_staff=True, is_superuser=True)) for number in range(3)
    ]
    typed = {"slug": "singel", "name": "Singel", "municipality": "leiden", "district": "", "cbs_code": ""}

    found = run_concurrently(
        *(lambda client=client: client.post("/admin/participation/neighbourhood/add/", typed) for client in clients)
    )

    assert statuses(found) == {302: 1, 200: 2}
