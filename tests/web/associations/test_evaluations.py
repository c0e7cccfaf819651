"""Evaluation forms: printed links, anonymous answers, and results from five answers on."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
import segno
from django.test import Client

from participation.models import EvaluationLink, EvaluationResponse, Obligation, Step
from participation.services.associations.evaluations import new_token
from tests import world
from tests.web.associations.association_helpers import log_in_adviser, log_in_member, main_text, make_square
from tests.web.html_helpers import TODAY

pytestmark = pytest.mark.django_db

EVALUATION_URL = "/trajecten/voorbeeldplein/stappen/s1/evaluatie/"


def link(of=None):
    step = of or Step.objects.filter(ref="s1").first() or make_square().steps.get()
    return EvaluationLink.objects.create(step=step, token=new_token(), made_on=TODAY)


def make_links(client, how_many=3, day=TODAY):
    return client.post(EVALUATION_URL, {"how_many": how_many, "handed_out_on": day})


def test_an_adviser_creates_and_prints_links(client):
    log_in_adviser(client, make_square())

    answer = make_links(client, 3)

    tokens = list(EvaluationLink.objects.values_list("token", flat=True))
    assert len(tokens) == 3
    sheet = client.get(answer.headers["Location"])
    assert sheet.content.decode().count("ld-qr-card__code") == 3
    for token in tokens:
        assert f"leidraad.example/evaluatie/ {token}" in main_text(sheet)
        assert f'aria-label="QR-code voor leidraad.example/evaluatie/{token}/"' in sheet.content.decode()
    assert "Bewonersavond" in main_text(sheet)
    assert "20 maart 2026" in main_text(sheet)
    # The announcement was about the meeting; this rule asks whether the form was distributed.
    assert Obligation.objects.open().get(rule="meeting-evaluated").met_on == TODAY


def test_the_printed_code_matches_the_url(client):
    one = link()
    log_in_adviser(client, one.step.trajectory)
    html = client.get(f"{EVALUATION_URL}vel/").content.decode()
    address = f"https://leidraad.example/evaluatie/{one.token}/"
    path = segno.make_qr(address, error="m").svg_inline(omitsize=True, border=4, svgclass=None, lineclass=None)
    drawn = path.partition(' d="')[2].partition('"')[0]
    assert len(drawn) > 100
    assert drawn in html
    assert "style=" not in html


def test_used_or_previously_printed_links_are_not_printed_again(client):
    first = link()
    log_in_adviser(client, first.step.trajectory)
    EvaluationLink.objects.filter(pk=first.pk).update(used=True)
    second = link()
    third = link()
    assert first.token not in main_text(client.get(f"{EVALUATION_URL}vel/"))
    text = main_text(client.get(f"{EVALUATION_URL}vel/?vanaf={third.pk}"))
    assert (second.token in text, third.token in text) == (False, True)
    for odd in ("x", "-1", "²", "9" * 30):
        assert client.get(f"{EVALUATION_URL}vel/", {"vanaf": odd}).status_code == 200


@pytest.mark.parametrize(
    ("how_many", "day"),
    [(0, TODAY), (201, TODAY), ("", TODAY), (1, TODAY - timedelta(1)), (1, TODAY + timedelta(400)), (1, "")],
)
def test_an_invalid_number_or_date_is_rejected(client, how_many, day):
    log_in_adviser(client, make_square())
    assert make_links(client, how_many, day).status_code == 200
    assert not EvaluationLink.objects.exists()


def test_a_member_distributes_ten_links_at_a_time_and_sees_no_others(client):
    others = link()
    log_in_member(client)
    assert make_links(client, 11).status_code == 200
    assert EvaluationLink.objects.count() == 1

    make_links(client, 10)

    mine = EvaluationLink.objects.exclude(pk=others.pk)
    assert mine.count() == 10
    text = main_text(client.get(f"{EVALUATION_URL}vel/"))
    assert all(one.token in text for one in mine)
    assert others.token not in text
    fresh = Client()
    log_in_member(fresh, world.SHOPS, name="winkelier")
    assert mine[0].token not in main_text(fresh.get(f"{EVALUATION_URL}vel/?vanaf=0"))


def test_an_adviser_revokes_the_links_of_a_lost_sheet(client):
    lost, used = link(), link()
    EvaluationLink.objects.filter(pk=used.pk).update(used=True)
    log_in_adviser(client, lost.step.trajectory)
    client.post(EVALUATION_URL, {"withdraw": "1"})
    assert list(EvaluationLink.objects.all()) == [used]


def test_the_form_is_submitted_without_name_cookie_or_login(client):
    one = link()
    # As a browser does: with CSRF protection, which must not need a cookie here.
    visitor = Client(enforce_csrf_checks=True)
    address = f"/evaluatie/{one.token}/"

    shown = visitor.get(address)
    answer = visitor.post(address, {"fairness": "8", "heard": "", "remark": "Fijn"}, headers={"Origin": "null"})
    thanks = visitor.get(answer.headers["Location"])

    assert "Wat vond u van “Bewonersavond”?" in main_text(shown)
    assert "Dank u wel" in main_text(thanks)
    assert not visitor.cookies
    for response in (shown, answer, thanks):
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Robots-Tag"] == "noindex"
    stored = EvaluationResponse.objects.get()
    assert (stored.step, stored.fairness, stored.heard, stored.remark) == (one.step, 8, None, "Fijn")
    assert one.token not in shown.content.decode()


def test_used_and_unknown_links_show_the_same_page(client):
    one = link()
    address = f"/evaluatie/{one.token}/"
    client.post(address, {"heard": "5"})

    again, unknown = client.get(address), client.get("/evaluatie/aaaa-bbbb-cccc/")

    assert again.status_code == unknown.status_code == 404
    assert main_text(again) == main_text(unknown)
    assert "Elke link werkt één keer." in main_text(again)
    assert client.post(address, {"heard": "6"}).status_code == 404
    assert EvaluationResponse.objects.count() == 1


def test_an_empty_or_invalid_answer_is_redisplayed_with_its_input(client):
    one = link()
    address = f"/evaluatie/{one.token}/"
    assert "Beantwoord ten minste één vraag." in main_text(client.post(address, {"remark": ""}))
    answer = client.post(address, {"heard": "11", "remark": "Dit heb ik getypt"})
    assert answer.status_code == 200
    assert "Dit heb ik getypt" in answer.content.decode()
    assert client.post(address, {"heard": "10"}).status_code == 302


def test_a_code_may_be_typed_in_capitals_without_hyphens(client):
    one = link()
    assert client.get(f"/evaluatie/{one.token.upper().replace('-', '')}/").status_code == 200


def test_code_attempts_are_throttled(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "evaluation": "2/d/ip"}
    for _attempt in range(2):
        assert client.post("/evaluatie/aaaa-bbbb-cccc/").status_code == 404
    assert client.post("/evaluatie/aaaa-bbbb-cccc/").status_code == 429


def answered(step, *scores):
    for score in scores:
        EvaluationResponse.objects.create(step=step, answered_on=TODAY, heard=score, remark=f"Ik geef een {score}")


def test_below_five_answers_the_page_shows_only_their_number(client):
    of = make_square()
    answered(of.steps.get(), 3, 9, 9)
    text = main_text(client.get(f"{EVALUATION_URL}resultaten/"))
    assert "Nog te weinig antwoorden: 3 van 5." in text
    assert "Ik geef een" not in text
    assert "gemiddeld" not in text


def test_from_five_answers_everyone_reads_them_and_the_sixth_is_pending(client):
    of = make_square()
    answered(of.steps.get(), 4, 6, 8, 8, 9)
    answered(of.steps.get(), 1)

    answer = client.get(f"{EVALUATION_URL}resultaten/")

    html, text = answer.content.decode(), main_text(answer)
    assert "de antwoorden van 5 deelnemers" in text
    assert "Nieuwere antwoorden zitten er nog niet bij." in text
    assert "7,0 gemiddeld" in text
    assert '<th scope="row">8</th><td>2</td>' in html
    assert '<th scope="row">1</th><td>0</td>' in html
    assert "Ik geef een 8" in text
    assert "Ik geef een 1" not in text
    assert "Er komen steeds 5 antwoorden tegelijk bij." in text
    # Nobody answered this one.
    assert "Minder dan 5 deelnemers hebben deze vraag beantwoord." in text


def test_text_of_participants_is_escaped(client):
    of = make_square()
    for _number in range(5):
        EvaluationResponse.objects.create(step=of.steps.get(), answered_on=TODAY, remark="<script>alert(1)</script>")
    assert "<script>alert" not in client.get(f"{EVALUATION_URL}resultaten/").content.decode()


def test_the_form_asks_for_group_and_neighbourhood_and_fills_in_who_was_reached(client):
    square = make_square()
    world.plan(square, target_groups=[{"group": "young_people"}])
    step = square.steps.get()
    for number in range(5):
        answer = {"fairness": "8", "groups": ["young_people"] * (number < 4), "neighbourhood": world.CENTRE}
        one = link(step)
        assert "Bij welke van deze groepen hoort u?" in main_text(client.get(f"/evaluatie/{one.token}/"))
        assert client.post(f"/evaluatie/{one.token}/", answer).status_code == 302
    results = f"{EVALUATION_URL}resultaten/"
    assert "met de aantallen van deze formulieren" not in main_text(client.get(results))
    log_in_adviser(client, square)
    html = client.get(results).content.decode()
    address = unescape(html.partition('<a href="/trajecten/voorbeeldplein/stappen/s1/?')[2].partition('"')[0])
    form = client.get(f"/trajecten/voorbeeldplein/stappen/s1/?{address}").context["form"]
    assert form.initial["reach_groups"] == [{"group": "jongeren", "count": 4}]
    assert form.initial["reach_neighbourhoods"] == [{"slug": world.CENTRE, "count": 5}]
    assert form.initial["reach_note"] == "Geteld uit de evaluatieformulieren."
    world.record(step, "2026-04-20 10:00", reach_total=12)
    again = client.get(f"/trajecten/voorbeeldplein/stappen/s1/?{address}").context["form"]
    assert "count" not in again.initial["reach_groups"][0]


@pytest.mark.parametrize("odd", [{"groups": ["elders"]}, {"neighbourhood": "elders"}])
def test_a_group_or_neighbourhood_that_was_not_asked_is_refused(client, odd):
    one = link()
    world.plan(one.step.trajectory, target_groups=[{"group": "young_people"}])
    assert client.post(f"/evaluatie/{one.token}/", {"fairness": "8", **odd}).status_code == 200
    assert not EvaluationResponse.objects.exists()
