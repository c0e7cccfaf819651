"""A form that is submitted two or three times adds one row, and leads to it each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import Signer
from django.urls import URLResolver, get_resolver

from participation import models
from participation.models import Changeset, Document, IdempotencyRecord, Scenario, Trajectory
from participation.services.jobs.retention import delete_expired
from participation.web.shared.idempotency import KEY_FIELD
from tests import world
from tests.interchange.agendas import agenda_files
from tests.web.editing.form_helpers import FormPage, get_form
from tests.web.html_helpers import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

SQUARE = "/trajecten/voorbeeldplein/"
OBLIGATION_QUERY = "?rule=feedback-given&subject=s1"
SCENARIOS = f"{SQUARE}scenarios/nieuw/"


class AddForm(NamedTuple):
    """A form that adds a row: its URL, its values, and the model that gets one more row."""

    address: str
    typed: dict[str, Any]
    model: Any
    more: int = 1
    #: The values of the second page, for forms with a preview.
    then: dict[str, Any] = {}
    by: str = "coordinator"


def listed() -> Any:
    return SimpleUploadedFile("lijst.csv", b"Nummer;Titel\n21.0093;Groen")


def agenda() -> Any:
    meeting = agenda_files.notubiz_meeting(agenda_files.notubiz_item(7, "Vaststelling Voorbeeldplein"))
    return SimpleUploadedFile("agenda.json", agenda_files.notubiz(meeting))


#: By the name of the URL pattern.
FORMS: dict[str, AddForm] = {
    "trajectory_add": AddForm("/trajecten/nieuw/", {"title": "Brug"}, Trajectory),
    "step_add": AddForm(f"{SQUARE}stappen/nieuw/?kind=activity", {"title": "Wandeling"}, models.Step),
    "document_add": AddForm(f"{SQUARE}stukken/nieuw/", {"title": "Schets", "kind": "draft"}, Document),
    "scenario_add": AddForm(SCENARIOS, {"title": "Autovrij"}, Scenario),
    "request_add": AddForm(f"{SQUARE}verzoeken/nieuw/", {"kind": "concern", "summary": "Licht"}, models.Request),
    "waiver_add": AddForm(
        f"{SQUARE}uitleg/{OBLIGATION_QUERY}", {"reason": "Het waait", "by": "Adviseur"}, models.Waiver
    ),
    "contributions_add": AddForm(
        f"{SQUARE}inbreng/nieuw/", {"text": "Meer bomen\nMinder auto's"}, models.Contribution, 2, {"do": "save"}
    ),
    "motion_add": AddForm("/moties/nieuw/", {"number": "26.0001"}, models.Motion),
    "motion_report": AddForm("/moties/21.0098/04/bericht/", {"text": "Begonnen"}, models.ProgressReport),
    "commitment_add": AddForm("/toezeggingen/nieuw/", {"number": "T-9", "text": "Een bankje"}, models.Commitment),
    "commitment_report": AddForm("/toezeggingen/T-1/bericht/", {"text": "Begonnen"}, models.ProgressReport),
    "commitment_fulfilment": AddForm(
        "/toezeggingen/T-1/nakomen/", {"text": "Gesproken"}, models.CommitmentFulfilment
    ),
    "register_import": AddForm("/moties/importeren/", {"file": listed}, models.Motion, 1, {"do": "record"}),
    "agenda_import": AddForm(
        "/agenda/inlezen/", {"file": agenda}, models.Step, 1, {"do": "save", "take": ["0 new"]}
    ),
    "planning": AddForm(
        f"{SQUARE}planning/", {"besluit": "2026-11-05", "neem": ["evaluation"]}, models.Step, 2, {"bevestig": "1"}
    ),
    "planning_import": AddForm(
        f"{SQUARE}planning/inlezen/", {"text": "14/3 Stuurgroep\n15/3 College"}, models.Step, 2, {"do": "save"}
    ),
    "plan_change": AddForm(f"{SQUARE}plan/wijzigen/?deel=ruimte", {"room": "De bestrating"}, models.Plan),
    "document_share": AddForm(f"{SQUARE}stukken/d1/delen/", {"parties": ["residents"]}, models.DocumentShare),
    "evaluation_links": AddForm(f"{SQUARE}stappen/s1/evaluatie/", {"how_many": "3"}, models.EvaluationLink, 3),
    "counter_signal_add": AddForm(
        f"{SQUARE}tegengeluid/{OBLIGATION_QUERY}", {"words": "Wij weten van niets"}, models.CounterSignal, by="member"
    ),
    "request_submit": AddForm(f"{SQUARE}vraag/?kind=concern", {"words": "Mag dit?"}, models.Request, by="member"),
    "plan_react": AddForm(f"{SQUARE}reactie/", {"words": "Goed plan"}, models.Contribution, by="member"),
    "actor_suggest": AddForm(
        f"{SQUARE}partijen/aandragen/", {"new_name": "Buurtcomité"}, models.PlanActor, by="member"
    ),
}  # fmt: skip
#: URL patterns with another name that also add a row; those of a follower have a test of their own.
OTHERS = {
    "motion_report",
    "commitment_report",
    "commitment_fulfilment",
    "register_import",
    "planning",
    "plan_change",
    "document_share",
}
OTHERS |= {"agenda_import", "planning_import", "evaluation_links", "request_submit", "plan_react", "actor_suggest"}


@pytest.fixture
def square():
    square = world.trajectory()
    world.step(square, title="Avond", done=world.on("2026-03-20"))
    world.document(square)
    world.obligation(trajectory=square)
    return square


@pytest.fixture
def coordinator(client, square):
    coordinator = world.user("coordinator")
    client.force_login(coordinator)
    return coordinator


def names(resolver=None):
    for one in (resolver or get_resolver("participation.web.urls")).url_patterns:
        if isinstance(one, URLResolver):
            yield from names(one)
        elif one.name:
            yield one.name


def test_every_form_that_adds_a_row_is_tested():
    assert {name for name in names() if name.endswith("_add")} | OTHERS == set(FORMS)


def opened(client, form):
    """Return the form with its values, after its preview where it has one."""
    response = client.get(form.address)
    if KEY_FIELD not in response.content.decode():
        # One that has its preview after it is filled in.
        return FormPage(client.post(form.address, form.typed), KEY_FIELD), form.then
    page, typed = (
        FormPage(response, KEY_FIELD),
        {k: v() if isinstance(v, Callable) else v for k, v in form.typed.items()},
    )
    if not form.then:
        return page, typed
    return FormPage(page.send(client, **typed), KEY_FIELD), form.then


@pytest.mark.parametrize("name", FORMS)
def test_a_form_submitted_three_times_adds_one_row_and_redirects_to_it(client, square, name):
    form, parties = FORMS[name], (world.RESIDENTS,)
    world.motion()
    world.commitment(repeats_every_months=6, repeats_first_due_on=world.on("2021-12-31"))
    client.force_login(world.user("association_member", *parties) if form.by == "member" else world.user(form.by))
    before = form.model.objects.count()
    page, typed = opened(client, form)

    answers = [page.send(client, **typed) for _time in range(3)]

    assert [response.status_code for response in answers] == [302, 302, 302], answers[0].content.decode()
    assert len({response.headers["Location"] for response in answers}) == 1
    assert form.model.objects.count() - before == form.more


def test_a_newly_opened_form_has_a_new_key(client, coordinator):
    for _time in range(2):
        get_form(client, SCENARIOS).send(client, title="Autovrij")
    assert Scenario.objects.count() == 2


def test_a_repeated_submission_says_that_it_was_recorded_once(client, coordinator):
    page = get_form(client, SCENARIOS)
    page.send(client, title="Autovrij")
    response = client.get(page.send(client, title="Autovrij").headers["Location"])
    assert "U hebt dit formulier vaker verstuurd. Het is één keer vastgelegd." in response.content.decode()


def test_an_invalid_form_keeps_its_key_and_can_be_submitted_again(client, coordinator, square):
    page = FormPage(client.get("/trajecten/nieuw/"))
    wrong = FormPage(page.send(client, title=" "))
    assert wrong.fields[KEY_FIELD].split(":")[0] == page.fields[KEY_FIELD].split(":")[0]
    assert not IdempotencyRecord.objects.exists()
    assert [wrong.send(client, title="Brug").status_code for _time in range(2)] == [302, 302]
    assert Trajectory.objects.filter(title="Brug").count() == 1


def test_another_submission_with_the_same_key_is_kept_and_reported(client, coordinator):
    page = get_form(client, SCENARIOS)
    page.send(client, title="Autovrij")
    response = client.get(page.send(client, title="Autoluw").headers["Location"])
    assert set(Scenario.objects.values_list("title", flat=True)) == {"Autovrij", "Autoluw"}
    assert "U hebt dit formulier eerder verstuurd, met iets anders erin." in response.content.decode()


def test_another_file_with_the_same_name_is_another_submission(client, coordinator):
    page = get_form(client, f"{SQUARE}stukken/nieuw/")
    for text in (b"%PDF-1.4 een %%EOF", b"%PDF-1.4 twee %%EOF", b"%PDF-1.4 een %%EOF"):
        page.send(client, title="Schets", kind="draft", upload=SimpleUploadedFile("schets.pdf", text))
    assert Document.objects.filter(title="Schets").count() == 2


@pytest.mark.parametrize("key", ["", "x", Signer(salt="participation.else").sign("form.x"), "form.x:y"])
def test_without_a_valid_key_every_submission_is_processed(client, coordinator, key):
    page = get_form(client, SCENARIOS)
    for _time in range(2):
        assert page.send(client, **{KEY_FIELD: key, "title": "Autovrij"}).status_code == 302
    assert (Scenario.objects.count(), IdempotencyRecord.objects.count()) == (2, 0)


def test_keys_of_different_users_do_not_clash(client, coordinator, square):
    page = get_form(client, SCENARIOS)
    page.send(client, title="Autovrij")
    client.force_login(world.user("coordinator", name="ander"))
    page.send(client, title="Autovrij")
    assert Scenario.objects.count() == 2


def test_an_error_after_saving_rolls_back_and_can_be_submitted_again(client, coordinator, monkeypatch):
    from participation.web.editing import views

    page = get_form(client, SCENARIOS)
    with monkeypatch.context() as patch:
        patch.setattr(views, "add_saved_message", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            page.send(client, title="Autovrij")
    assert [model.objects.count() for model in (Scenario, Changeset, IdempotencyRecord)] == [0, 0, 0]
    assert page.send(client, title="Autovrij").status_code == 302


def test_a_key_is_remembered_for_a_day(client, coordinator):
    start = world.moment("2026-04-20 10:00")
    with time_machine.travel(start, tick=False):
        page = get_form(client, SCENARIOS)
        page.send(client, title="Autovrij")
    delete_expired(start + timedelta(days=1, seconds=-1))
    assert IdempotencyRecord.objects.count() == 1
    delete_expired(start + timedelta(days=1))
    assert not IdempotencyRecord.objects.exists()


def test_visitor_forms_have_no_idempotency_key(client, square):
    link = models.EvaluationLink.objects.create(step=square.steps.get(), token="2222-3333-4444", made_on=TODAY)
    address, answers = f"/evaluatie/{link.token}/", []
    for _time in range(3):
        answers.append(client.post(address, {"fairness": "7"}).status_code)
        client.post(f"{SQUARE}volgen/", {"email": "v@example.org", "frequency": "weekly", "language": "nl"})
    assert answers == [302, 404, 404]
    assert (models.EvaluationResponse.objects.count(), models.Follower.objects.count()) == (1, 1)
    assert KEY_FIELD not in client.get(f"{SQUARE}volgen/").content.decode()
