"""Evaluation forms: handed out on paper, filled in without a name, told from five answers on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import segno
from django.test import Client

from participation.models import EvaluationLink, EvaluationResponse, Obligation, Step
from participation.services.evaluations import new_code
from tests import world
from tests.web.association.reading import adviser, member, square, told
from tests.web.reading import TODAY

pytestmark = pytest.mark.django_db

HERE = "/trajecten/voorbeeldplein/stappen/s1/evaluatie/"


def link(of=None):
    step = of or Step.objects.filter(ref="s1").first() or square().steps.get()
    return EvaluationLink.objects.create(step=step, token=new_code(), made_on=TODAY)


def make(client, how_many=3, day=TODAY):
    return client.post(HERE, {"how_many": how_many, "handed_out_on": day})


def test_the_adviser_makes_links_and_prints_them(client):
    adviser(client, square())

    answer = make(client, 3)

    tokens = list(EvaluationLink.objects.values_list("token", flat=True))
    assert len(tokens) == 3
    sheet = client.get(answer.headers["Location"])
    assert sheet.content.decode().count("ld-qr-card__code") == 3
    for token in tokens:
        assert f"leidraad.example/evaluatie/ {token}" in told(sheet)
        assert f'aria-label="QR-code voor leidraad.example/evaluatie/{token}/"' in sheet.content.decode()
    assert "Bewonersavond" in told(sheet)
    assert "20 maart 2026" in told(sheet)
    # The announcement was about the meeting; that the form was handed out is what this rule asks.
    assert Obligation.objects.open().get(rule="meeting-evaluated").met_on == TODAY


def test_the_code_is_that_of_the_address(client):
    one = link()
    adviser(client, one.step.trajectory)
    html = client.get(f"{HERE}vel/").content.decode()
    address = f"https://leidraad.example/evaluatie/{one.token}/"
    path = segno.make_qr(address, error="m").svg_inline(omitsize=True, border=4, svgclass=None, lineclass=None)
    drawn = path.partition(' d="')[2].partition('"')[0]
    assert len(drawn) > 100
    assert drawn in html
    assert "style=" not in html


def test_what_was_used_or_printed_before_is_not_printed_again(client):
    first = link()
    adviser(client, first.step.trajectory)
    EvaluationLink.objects.filter(pk=first.pk).update(used=True)
    second = link()
    third = link()
    assert first.token not in told(client.get(f"{HERE}vel/"))
    text = told(client.get(f"{HERE}vel/?vanaf={third.pk}"))
    assert (second.token in text, third.token in text) == (False, True)
    for odd in ("x", "-1", "²", "9" * 30):
        assert client.get(f"{HERE}vel/", {"vanaf": odd}).status_code == 200


@pytest.mark.parametrize(
    ("how_many", "day"),
    [(0, TODAY), (201, TODAY), ("", TODAY), (1, TODAY - timedelta(1)), (1, TODAY + timedelta(400)), (1, "")],
)
def test_a_senseless_number_or_day_is_refused(client, how_many, day):
    adviser(client, square())
    assert make(client, how_many, day).status_code == 200
    assert not EvaluationLink.objects.exists()


def test_a_member_hands_on_ten_at_a_time_and_sees_no_others(client):
    others = link()
    member(client)
    assert make(client, 11).status_code == 200
    assert EvaluationLink.objects.count() == 1

    make(client, 10)

    mine = EvaluationLink.objects.exclude(pk=others.pk)
    assert mine.count() == 10
    text = told(client.get(f"{HERE}vel/"))
    assert all(one.token in text for one in mine)
    assert others.token not in text
    fresh = Client()
    member(fresh, world.SHOPS, name="winkelier")
    assert mine[0].token not in told(fresh.get(f"{HERE}vel/?vanaf=0"))


def test_an_adviser_lets_a_lost_sheet_stop_working(client):
    lost, used = link(), link()
    EvaluationLink.objects.filter(pk=used.pk).update(used=True)
    adviser(client, lost.step.trajectory)
    client.post(HERE, {"withdraw": "1"})
    assert list(EvaluationLink.objects.all()) == [used]


def test_the_form_is_filled_in_without_a_name_a_cookie_or_a_log_in(client):
    one = link()
    # As a browser does it: with a check on forged requests, which here must not ask for a cookie.
    visitor = Client(enforce_csrf_checks=True)
    address = f"/evaluatie/{one.token}/"

    shown = visitor.get(address)
    answer = visitor.post(address, {"fairness": "8", "heard": "", "remark": "Fijn"}, headers={"Origin": "null"})
    thanks = visitor.get(answer.headers["Location"])

    assert "Wat vond u van “Bewonersavond”?" in told(shown)
    assert "Dank u wel" in told(thanks)
    assert not visitor.cookies
    for response in (shown, answer, thanks):
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Robots-Tag"] == "noindex"
    stored = EvaluationResponse.objects.get()
    assert (stored.step, stored.fairness, stored.heard, stored.remark) == (one.step, 8, None, "Fijn")
    assert one.token not in shown.content.decode()


def test_a_link_that_was_used_or_never_there_shows_the_same_friendly_page(client):
    one = link()
    address = f"/evaluatie/{one.token}/"
    client.post(address, {"heard": "5"})

    again, unknown = client.get(address), client.get("/evaluatie/aaaa-bbbb-cccc/")

    assert again.status_code == unknown.status_code == 404
    assert told(again) == told(unknown)
    assert "Elke link werkt één keer." in told(again)
    assert client.post(address, {"heard": "6"}).status_code == 404
    assert EvaluationResponse.objects.count() == 1


def test_an_empty_or_odd_answer_is_given_back_with_what_was_typed(client):
    one = link()
    address = f"/evaluatie/{one.token}/"
    assert "Beantwoord ten minste één vraag." in told(client.post(address, {"remark": ""}))
    answer = client.post(address, {"heard": "11", "remark": "Dit heb ik getypt"})
    assert answer.status_code == 200
    assert "Dit heb ik getypt" in answer.content.decode()
    assert client.post(address, {"heard": "10"}).status_code == 302


def test_a_code_is_typed_over_in_capitals_and_without_hyphens(client):
    one = link()
    assert client.get(f"/evaluatie/{one.token.upper().replace('-', '')}/").status_code == 200


def test_who_tries_too_often_is_asked_to_wait(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "evaluation": "2/m/ip"}
    for _attempt in range(2):
        assert client.post("/evaluatie/aaaa-bbbb-cccc/").status_code == 404
    assert client.post("/evaluatie/aaaa-bbbb-cccc/").status_code == 429


def answered(step, *scores):
    for score in scores:
        EvaluationResponse.objects.create(step=step, answered_on=TODAY, heard=score, remark=f"Ik geef een {score}")


def test_below_five_answers_the_page_tells_only_how_many_came(client):
    of = square()
    answered(of.steps.get(), 3, 9, 9)
    text = told(client.get(f"{HERE}resultaten/"))
    assert "Nog te weinig antwoorden: 3 van 5." in text
    assert "Ik geef een" not in text
    assert "gemiddeld" not in text


def test_from_five_answers_on_everyone_reads_them_and_the_sixth_waits(client):
    of = square()
    answered(of.steps.get(), 4, 6, 8, 8, 9)
    answered(of.steps.get(), 1)

    answer = client.get(f"{HERE}resultaten/")

    html, text = answer.content.decode(), told(answer)
    assert "de antwoorden van 5 deelnemers" in text
    assert "1 nieuwer antwoord zit er nog niet bij." in text
    assert "7,0 gemiddeld" in text
    assert '<th scope="row">8</th><td>2</td>' in html
    assert '<th scope="row">1</th><td>0</td>' in html
    assert "Ik geef een 8" in text
    assert "Ik geef een 1" not in text
    assert "Er komen steeds 5 antwoorden tegelijk bij." in text
    # Nobody answered this one.
    assert "Minder dan 5 deelnemers hebben deze vraag beantwoord." in text


def test_what_participants_wrote_is_text_and_nothing_else(client):
    of = square()
    for _number in range(5):
        EvaluationResponse.objects.create(step=of.steps.get(), answered_on=TODAY, remark="<script>alert(1)</script>")
    assert "<script>alert" not in client.get(f"{HERE}resultaten/").content.decode()
