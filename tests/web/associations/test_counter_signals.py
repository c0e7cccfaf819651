"""Counter-signals: written in one's own words, shown beside the status, with a term for the answer."""

from __future__ import annotations

import pytest
from django.conf import settings

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, CounterSignal, Obligation, Request, Step, Upload
from participation.services.assessment import reassess_one
from tests import world
from tests.files import CONTENTS, uploaded_file
from tests.web.associations.association_helpers import log_in_member, main_text, make_square
from tests.web.html_helpers import TODAY

pytestmark = pytest.mark.django_db

COUNTER_SIGNAL_URL = "/trajecten/voorbeeldplein/tegengeluid/?rule=meeting-announced&subject=s1"
NOW = world.moment("2026-04-20T08:00")


def with_obligations(of):
    reassess_one("trajectory", of.pk, load_rulebooks(settings.RULEBOOK), TODAY, NOW)
    return of


def submit_counter_signal(client, **fields):
    return client.post(COUNTER_SIGNAL_URL, {"words": "Wij hoorden niets", "seen": "met", **fields})


def test_the_form_shows_the_current_status_and_the_answer_deadline(client):
    with_obligations(make_square())
    log_in_member(client)

    text = main_text(client.get(COUNTER_SIGNAL_URL))

    assert "Gedaan" in text
    assert "“Bewonersavond”" in text
    # Ten working days from Monday 20 April, without King's Day and Liberation Day.
    assert "binnen 10 werkdagen" in text
    assert "6 mei 2026" in text
    assert "namens Wijk-A" in text


def test_a_counter_signal_is_shown_with_the_status_and_the_answer_deadline(client):
    with_obligations(make_square())
    chair = log_in_member(client)

    response = submit_counter_signal(client, evidence="De brief", evidence_url="example.org/brief")

    assert response.headers["Location"] == "/trajecten/voorbeeldplein/afspraken/"
    signal = CounterSignal.objects.get()
    assert (signal.request.summary, signal.status, signal.made_by) == ("Wij hoorden niets", "met", chair)
    assert signal.evidence_url == "https://example.org/brief"
    assert Obligation.objects.open().filter(rule="meeting-announced", subject="s1", met_on__isnull=False).exists()
    page = client.get("/trajecten/voorbeeldplein/")
    assert "Het antwoord hoort er uiterlijk 6 mei 2026 te zijn (toezegging van het college)." in main_text(page)
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in page.content.decode()
    assert "Wij hoorden niets" in main_text(client.get(COUNTER_SIGNAL_URL))


def test_a_counter_signal_can_be_undone_with_the_button(client):
    with_obligations(make_square())
    log_in_member(client)
    submit_counter_signal(client)

    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")

    assert not CounterSignal.objects.exists()
    assert not Request.objects.exists()


def test_an_attached_file_can_be_downloaded_by_everyone(client):
    with_obligations(make_square())
    log_in_member(client)

    submit_counter_signal(client, evidence_file=uploaded_file("Onze brief.pdf"))

    upload = Upload.objects.get()
    assert upload.name == "Onze brief.pdf"
    client.logout()
    assert b"".join(client.get(f"/bestanden/{upload.pk}/").streaming_content) == CONTENTS["pdf"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"words": " "}, "Schrijf op hoe het ging."),
        ({"evidence_url": "geen adres"}, "Schrijf een webadres"),
        ({"evidence_file": uploaded_file("brief.exe", b"MZ")}, "Dit soort bestand"),
        ({"evidence_file": uploaded_file("brief.pdf", b"MZ")}, "pdf, docx"),
        ({"words": "x" * 10_001}, "10000"),
    ],
)
def test_invalid_input_gives_an_error_and_is_kept(client, fields, wrong):
    with_obligations(make_square())
    log_in_member(client)

    response = submit_counter_signal(client, **{"evidence": "Dit heb ik getypt", **fields})

    assert response.status_code == 200
    assert wrong in main_text(response)
    assert "Dit heb ik getypt" in response.content.decode()
    assert not any(model.objects.exists() for model in (CounterSignal, Request, Upload, Changeset))


def test_a_valid_file_must_be_chosen_again_after_another_error(client):
    with_obligations(make_square())
    log_in_member(client)
    assert "Kies het bestand nog een keer" in main_text(
        submit_counter_signal(client, words="", evidence_file=uploaded_file())
    )


def test_only_members_of_several_associations_choose_one(client):
    with_obligations(make_square())
    log_in_member(client, world.RESIDENTS, world.SHOPS, world.OUTSIDER)
    html = client.get(COUNTER_SIGNAL_URL).content.decode()
    assert 'value="wijk-a"' in html
    assert 'value="winkeliers"' in html
    # One of their own, but of another neighbourhood.
    assert world.OUTSIDER not in html

    assert "Kies voor welke organisatie u spreekt." in main_text(submit_counter_signal(client))
    assert submit_counter_signal(client, organisation=world.OUTSIDER).status_code == 200
    submit_counter_signal(client, organisation=world.SHOPS)

    assert CounterSignal.objects.get().organisation.slug == world.SHOPS
    assert Request.objects.get().party == world.SHOPS


def test_a_duplicate_within_a_day_asks_for_confirmation(client):
    with_obligations(make_square())
    log_in_member(client)
    submit_counter_signal(client)

    response = submit_counter_signal(client, words="Nog eens")

    assert "Wij hoorden niets" in main_text(response)
    assert "Is dit iets anders?" in main_text(response)
    assert 'type="checkbox" name="sure"' in response.content.decode()
    assert CounterSignal.objects.count() == 1
    assert submit_counter_signal(client, words="Nog eens", sure="on").status_code == 302
    assert CounterSignal.objects.count() == 2


def test_another_association_may_submit_the_same_counter_signal(client):
    with_obligations(make_square())
    log_in_member(client)
    submit_counter_signal(client)
    log_in_member(client, world.SHOPS, name="winkelier")
    assert submit_counter_signal(client).status_code == 302
    assert CounterSignal.objects.count() == 2


def test_a_status_changed_meanwhile_is_shown_first(client):
    of = with_obligations(make_square())
    log_in_member(client)
    Step.objects.update(announced_on=None)
    with_obligations(of)

    response = submit_counter_signal(client)

    assert "is veranderd terwijl u schreef" in main_text(response)
    assert not CounterSignal.objects.exists()
    assert 'name="seen" value="overdue"' in response.content.decode()
    submit_counter_signal(client, seen="overdue")
    assert CounterSignal.objects.get().status == "overdue"


def test_an_obligation_without_a_subject_can_be_contradicted(client):
    with_obligations(make_square())
    log_in_member(client)
    address = "/trajecten/voorbeeldplein/tegengeluid/?rule=plan-recorded"
    assert client.get(address).status_code == 200
    seen = "overdue"
    assert client.post(address, {"words": "Er is geen plan", "seen": seen}).status_code == 302
    assert CounterSignal.objects.get().subject == ""


def test_the_pages_are_available_in_english(client):
    with_obligations(make_square())
    who = log_in_member(client)
    who.language = "en"
    who.save()
    assert "within 10 working days" in main_text(client.get(COUNTER_SIGNAL_URL))
    assert "Write down what happened." in main_text(submit_counter_signal(client, words=""))
