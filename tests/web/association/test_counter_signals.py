"""Contradicting a status: said in one's own words, shown beside it, and owed an answer."""

from __future__ import annotations

import pytest
from django.conf import settings

from participation.compliance.rulebook import load
from participation.models import Changeset, CounterSignal, Obligation, Request, Step, Upload
from participation.services.assessment import reassess_one
from tests import world
from tests.files import CONTENTS, given
from tests.web.association.reading import member, square, told
from tests.web.reading import TODAY

pytestmark = pytest.mark.django_db

HERE = "/trajecten/voorbeeldplein/tegengeluid/?rule=meeting-announced&subject=s1"
NOW = world.moment("2026-04-20T08:00")


def judged(of):
    reassess_one(of.pk, load(settings.RULEBOOK), TODAY, NOW)
    return of


def say(client, **fields):
    return client.post(HERE, {"words": "Wij hoorden niets", "seen": "met", **fields})


def test_it_shows_the_status_as_it_stands_and_when_an_answer_would_be_due(client):
    judged(square())
    member(client)

    text = told(client.get(HERE))

    assert "Gedaan" in text
    assert "“Bewonersavond”" in text
    # Ten working days from Monday 20 April, King's day and Liberation day left out.
    assert "binnen 10 werkdagen" in text
    assert "6 mei 2026" in text
    assert "namens Wijk-A" in text


def test_what_they_say_stands_beside_it_and_says_when_the_answer_is_due(client):
    judged(square())
    chair = member(client)

    answer = say(client, evidence="De brief", evidence_url="example.org/brief")

    assert answer.headers["Location"] == "/trajecten/voorbeeldplein/"
    signal = CounterSignal.objects.get()
    assert (signal.request.summary, signal.status, signal.made_by) == ("Wij hoorden niets", "met", chair)
    assert signal.evidence_url == "https://example.org/brief"
    assert Obligation.objects.open().filter(rule="meeting-announced", subject="s1", met_on__isnull=False).exists()
    page = client.get("/trajecten/voorbeeldplein/")
    assert "Het antwoord hoort er uiterlijk 6 mei 2026 te zijn (toezegging van het college)." in told(page)
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in page.content.decode()
    assert "Wij hoorden niets" in told(client.get(HERE))


def test_they_take_it_back_with_the_button(client):
    judged(square())
    member(client)
    say(client)

    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")

    assert not CounterSignal.objects.exists()
    assert not Request.objects.exists()


def test_a_file_hangs_on_it_and_everyone_can_fetch_it(client):
    judged(square())
    member(client)

    say(client, evidence_file=given("Onze brief.pdf"))

    upload = Upload.objects.get()
    assert upload.name == "Onze brief.pdf"
    client.logout()
    assert b"".join(client.get(f"/bestanden/{upload.pk}/").streaming_content) == CONTENTS["pdf"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"words": " "}, "Schrijf op hoe het ging."),
        ({"evidence_url": "geen adres"}, "Schrijf een webadres"),
        ({"evidence_file": given("brief.exe", b"MZ")}, "Dit soort bestand"),
        ({"evidence_file": given("brief.pdf", b"MZ")}, "pdf, docx"),
        ({"words": "x" * 10_001}, "10000"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, fields, wrong):
    judged(square())
    member(client)

    answer = say(client, **{"evidence": "Dit heb ik getypt", **fields})

    assert answer.status_code == 200
    assert wrong in told(answer)
    assert "Dit heb ik getypt" in answer.content.decode()
    assert not any(model.objects.exists() for model in (CounterSignal, Request, Upload, Changeset))


def test_a_file_that_was_right_is_asked_for_again_where_something_else_was_wrong(client):
    judged(square())
    member(client)
    assert "Kies het bestand nog een keer" in told(say(client, words="", evidence_file=given()))


def test_who_speaks_for_several_is_asked_for_whom_and_others_are_not(client):
    judged(square())
    member(client, world.RESIDENTS, world.SHOPS, world.OUTSIDER)
    html = client.get(HERE).content.decode()
    assert 'value="wijk-a"' in html
    assert 'value="winkeliers"' in html
    # Theirs too, but at the other end of town.
    assert world.OUTSIDER not in html

    assert "Kies voor welke organisatie u spreekt." in told(say(client))
    assert say(client, organisation=world.OUTSIDER).status_code == 200
    say(client, organisation=world.SHOPS)

    assert CounterSignal.objects.get().organisation.slug == world.SHOPS
    assert Request.objects.get().party == world.SHOPS


def test_the_same_twice_within_a_day_is_asked_about_first(client):
    judged(square())
    member(client)
    say(client)

    answer = say(client, words="Nog eens")

    assert "Wij hoorden niets" in told(answer)
    assert "Is dit iets anders?" in told(answer)
    assert 'type="checkbox" name="sure"' in answer.content.decode()
    assert CounterSignal.objects.count() == 1
    assert say(client, words="Nog eens", sure="on").status_code == 302
    assert CounterSignal.objects.count() == 2


def test_another_association_may_say_the_same(client):
    judged(square())
    member(client)
    say(client)
    member(client, world.SHOPS, name="winkelier")
    assert say(client).status_code == 302
    assert CounterSignal.objects.count() == 2


def test_a_status_that_changed_meanwhile_is_shown_first(client):
    of = judged(square())
    member(client)
    Step.objects.update(announced_on=None)
    judged(of)

    answer = say(client)

    assert "is veranderd terwijl u schreef" in told(answer)
    assert not CounterSignal.objects.exists()
    assert 'name="seen" value="overdue"' in answer.content.decode()
    say(client, seen="overdue")
    assert CounterSignal.objects.get().status == "overdue"


def test_an_obligation_without_a_subject_can_be_contradicted(client):
    judged(square())
    member(client)
    address = "/trajecten/voorbeeldplein/tegengeluid/?rule=plan-recorded"
    assert client.get(address).status_code == 200
    seen = "overdue"
    assert client.post(address, {"words": "Er is geen plan", "seen": seen}).status_code == 302
    assert CounterSignal.objects.get().subject == ""


def test_english_is_spoken_to_who_speaks_it(client):
    judged(square())
    who = member(client)
    who.language = "en"
    who.save()
    assert "within 10 working days" in told(client.get(HERE))
    assert "Write down what happened." in told(say(client, words=""))
