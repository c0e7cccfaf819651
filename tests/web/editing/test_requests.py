"""Pages to record, acknowledge, extend and answer a request."""

from __future__ import annotations

from datetime import date

import pytest

from participation.models import Changeset, CounterSignal, Request, Scenario
from participation.services.assessment import reassess_one
from participation.web.editing.requests import RequestForm
from tests import world
from tests.web.editing.form_helpers import (
    FormPage,
    bound_form,
    get_form,
    log_in_as_adviser_of,
    request_context,
    table,
)
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


def test_the_periods_in_which_a_term_stood_still_are_recorded(client):
    square = world.trajectory()
    world.organisation()
    world.request(square, kind="complaint")
    log_in_as_adviser_of(client, square)
    shown = get_form(client, CONCERN, veld=["suspended", "committee", "agreed_until"])
    assert shown.form.count('class="ld-highlighted"') == 3
    periods = table(
        "suspended",
        {"from": "1-4-2026", "to": "gisteren", "reason": "De buren zijn eerst gehoord"},
        {"from": "vandaag", "to": "", "reason": ""},
        {"from": "", "to": "", "reason": ""},
    )
    shown.send(client, committee="yes", agreed_until="1-6-2026", **periods)
    request = Request.objects.get()
    assert (request.committee, request.agreed_until) == (True, world.on("2026-06-01"))
    assert request.suspended == [
        {"from": "2026-04-01", "to": "2026-04-19", "reason": "De buren zijn eerst gehoord"},
        {"from": "2026-04-20"},
    ]
    shown = get_form(client, CONCERN)
    assert (shown["suspended-0-to"], shown["suspended-1-from"]) == ("19 april 2026", "20 april 2026")
    shown.send(client)
    assert Changeset.objects.count() == 1


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ({"from": "", "to": "1-4-2026"}, "Rij 1: vul in: Eerste dag."),
        ({"from": "2-4-2026", "to": "1-4-2026"}, "eindigt voordat ze begint"),
        ({"from": "ooit"}, "Rij 1, Eerste dag: "),
        ({"from": "nog te plannen"}, ""),
    ],
)
def test_a_period_that_cannot_be_gives_an_error_at_the_table(period, message):
    row = world.request(world.trajectory(), kind="woo")
    world.organisation()
    form = bound_form(RequestForm, row, {"kind": "woo", **table("suspended", period)})
    assert list(form.errors) == ["suspended"]
    assert message in form.errors["suspended"][0]


@pytest.mark.parametrize(("kind", "asked"), [("complaint", True), ("woo", False), ("", True)])
def test_a_committee_is_asked_for_a_complaint_only(kind, asked):
    row = world.request(world.trajectory(), kind=kind)
    form = RequestForm(row=row, trajectory=row.trajectory, request_context=request_context())
    assert ("committee" in form.fields) is asked


def test_the_request_its_author_and_answer_deadline_are_shown(client, today):
    from participation.compliance.rulebooks import load_rulebooks

    square = world.trajectory()
    world.organisation(world.RESIDENTS, name="Wijkvereniging A")
    world.request(square, summary="Te druk <op> het plein")
    reassess_one("trajectory", square.pk, load_rulebooks("leiden"), TODAY, world.moment("2026-04-20T09:00"))
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


def test_a_scenario_has_what_residents_judge_it_by_and_what_became_of_it(client):
    square = world.trajectory()
    world.document(square, title="Schets A")
    world.scenario(square)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, "/trajecten/voorbeeldplein/scenarios/sc1/")
    assert "Schets A" in shown.form
    texts = {"description": "Geen auto's", "advantages": "Rustig", "disadvantages": "Verder lopen"}
    shown.send(client, **texts, document="d1", chosen="no", chosen_reason="Te duur")
    scenario = Scenario.objects.get()
    assert {name: getattr(scenario, name) for name in texts} == texts
    assert (scenario.document, scenario.chosen, scenario.chosen_reason) == ("d1", False, "Te duur")
    refused = FormPage(get_form(client, "/trajecten/voorbeeldplein/scenarios/sc1/").send(client, document="d9"))
    assert list(refused.wrong) == ["document"]


@pytest.mark.parametrize("address", [CONCERN, "/trajecten/voorbeeldplein/scenarios/sc1/"])
def test_unknown_objects_give_404(client, address):
    log_in_as_adviser_of(client, world.trajectory())
    assert client.get(address).status_code == 404
