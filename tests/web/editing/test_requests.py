"""Pages to record, acknowledge, extend and answer a request."""

from __future__ import annotations

from datetime import date

import pytest

from participation.models import Changeset, CounterSignal, Request, Scenario
from participation.services.assessment import reassess_one
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of
from tests.web.html_helpers import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

NEW_URL = "/trajecten/voorbeeldplein/verzoeken/nieuw/"
CONCERN = "/trajecten/voorbeeldplein/verzoeken/r1/"


def test_a_concern_by_telephone_is_dated_today(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, NEW_URL, kind="concern")
    assert shown["received_on"] == "20 april 2026"
    shown.send(client, party=world.RESIDENTS, summary="Het wordt te druk op het plein")
    request = Request.objects.get()
    assert (request.ref, request.kind, request.received_on) == ("r1", "concern", world.on("2026-04-20"))
    assert Changeset.objects.get().about == "Het wordt te druk op het plein"


def test_a_request_opened_to_answer_is_dated_today(client):
    square = world.trajectory()
    world.organisation()
    world.request(square)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, CONCERN, veld="answered_on")
    assert shown["answered_on"] == "20 april 2026"
    shown.send(client, answer="De auto's gaan eruit")
    assert (Request.objects.get().answered_on, Changeset.objects.get().verb) == (world.on("2026-04-20"), "answered")
    shown = get_form(client, CONCERN)
    shown.send(client, answer="De auto's gaan er in mei uit")
    assert Changeset.objects.first().verb == "changed"


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"answer": "Ja"}, "answered_on"),
        ({"extended_on": "1-4-2026"}, "extension_reason"),
        ({"extension_reason": "Het is druk"}, "extended_on"),
        ({"kind": ""}, "kind"),
        ({"received_on": "ooit"}, "received_on"),
    ],
)
def test_incomplete_requests_give_field_errors(client, typed, wrong):
    square = world.trajectory()
    world.organisation()
    world.request(square, summary="Te druk")
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, CONCERN).send(client, **typed))
    assert list(shown.wrong) == [wrong]
    assert shown["summary"] == "Te druk"
    for name, text in typed.items():
        assert shown[name] == text
    assert not Changeset.objects.exists()


def test_an_answer_on_an_unknown_date_is_an_answer(client):
    square = world.trajectory()
    world.organisation()
    world.request(square)
    log_in_as_adviser_of(client, square)
    get_form(client, CONCERN).send(client, answer="Ja", answered_on="onbekend")
    assert Request.objects.get().answered_on.precision == "unknown"


def test_the_request_its_author_and_answer_deadline_are_shown(client, today):
    from participation.compliance.rulebook import load

    square = world.trajectory()
    world.organisation(world.RESIDENTS, name="Wijkvereniging A")
    world.request(square, summary="Te druk <op> het plein")
    reassess_one(square.pk, load("leiden"), TODAY, world.moment("2026-04-20T09:00"))
    log_in_as_adviser_of(client, square)
    html = get_form(client, CONCERN).html
    for text in (
        "Wijkvereniging A",
        "Te druk &lt;op&gt; het plein",
        "25 maart 2026",
        "Uiterlijk 10 april 2026",
        "Te laat",
    ):
        assert text in html


def test_a_counter_signal_shows_the_contradicted_status_and_its_evidence(client):
    square = world.trajectory()
    world.step(square, title="Avond")
    world.obligation(trajectory=square, details={"about": "Avond"})
    signal = CounterSignal.objects.create(
        trajectory=square,
        rule="feedback-given",
        subject="s1",
        status="met",
        on=date(2026, 4, 1),
        organisation=world.organisation(),
        made_by=world.user("association_member"),
        request=world.request(square),
        evidence="Wij kregen niets",
        evidence_url="https://wijk-a.example/brief",
    )
    log_in_as_adviser_of(client, square)
    html = get_form(client, CONCERN).html
    assert "Dit is een weerwoord" in html
    assert "Terugkoppeling over “Avond”." in html
    assert signal.evidence in html
    assert 'href="https://wijk-a.example/brief"' in html


def test_a_scenario_is_added_with_its_publication_date(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    refused = FormPage(get_form(client, "/trajecten/voorbeeldplein/scenarios/nieuw/").send(client))
    assert "title" in refused.wrong
    refused.send(client, title="Autovrij")
    shown = get_form(client, "/trajecten/voorbeeldplein/scenarios/sc1/", veld="presented_on")
    shown.send(client, presented_on="medio april 2026")
    scenario = Scenario.objects.get()
    assert (scenario.title, scenario.presented_on.precision) == ("Autovrij", "month_part")


@pytest.mark.parametrize("address", [CONCERN, "/trajecten/voorbeeldplein/scenarios/sc1/"])
def test_unknown_objects_give_404(client, address):
    log_in_as_adviser_of(client, world.trajectory())
    assert client.get(address).status_code == 404
