"""Handing something in from the browser, without an account: the form, its limits, and the link in the mail."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from participation.models import Neighbourhood, Organisation, OutboundEmail, RateCount, Request, Submission
from tests import world
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = pytest.mark.django_db

FORM = "/initiatieven/insturen/"
TEXT = "Een tuin op het dak van de school"
FILLED = {"kind": "initiative", "text": TEXT, "email": "bewoner@example.org", "neighbourhood": world.CENTRE}


@pytest.fixture(autouse=True)
def _fresh_counts(settings):
    settings.RULEBOOK = "leiden"
    world.neighbourhood()
    cache.clear()
    RateCount.objects.all().delete()


@pytest.fixture
def client():
    return Client(headers={"accept-language": "nl"})


def text_of(response):
    return " ".join(unescape(response.content.decode()).split())


def send(client, **more):
    return client.post(FORM, {**FILLED, **more})


def link_in(message):
    return urlsplit(next(line for line in message.body.splitlines() if "/insturen/" in line)).path


def test_a_visitor_hands_something_in_and_confirms_it_with_the_button(client):
    assert send(client).url == f"{FORM}?verstuurd"
    assert "Kijk in uw mail" in text_of(client.get(f"{FORM}?verstuurd"))
    link = link_in(mail.outbox[0])

    shown = text_of(client.get(link))
    assert TEXT in shown
    assert "Ja, stuur dit in" in shown
    assert not Request.objects.exists(), "a program that opens the link hands nothing in"

    done = client.post(link, {"act": "confirm"}, follow=True)

    assert "Ingestuurd: I-" in text_of(done)
    assert "Een adviseur leest het eerst." in text_of(done)
    assert Request.objects.get().moderation == "awaiting"


def test_pressing_the_button_twice_hands_it_in_once(client):
    send(client)
    link = link_in(mail.outbox[0])

    for _time in range(2):
        assert client.post(link, {"act": "confirm"}).url == link

    assert Request.objects.count() == 1


def test_the_form_says_what_happens_and_by_when(client):
    html = text_of(client.get(f"{FORM}?wijk={world.CENTRE}"))

    assert "Bericht dat het initiatief binnen is" in html
    assert "binnen 14 dagen" in html
    assert f'<option value="{world.CENTRE}" selected>' in html


def test_the_form_names_what_is_missing_and_keeps_what_was_typed(client):
    response = client.post(FORM, {"text": TEXT})

    assert response.status_code == 400
    assert TEXT in text_of(response)
    assert "Kies wat het is." in text_of(response)
    assert "Vul uw e-mailadres in" in text_of(response)
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"text": "x" * 5_001},
        {"name": "x" * 101},
        {"email": f"{'x' * 250}@example.org"},
        {"kind": "woo"},
        {"neighbourhood": "nergens"},
    ],
    ids=lambda typed: next(iter(typed)),
)
def test_what_is_too_long_or_not_offered_is_refused(client, typed):
    assert send(client, **typed).status_code == 400
    assert not Submission.objects.exists()


def test_where_there_are_several_municipalities_the_neighbourhood_is_asked(client):
    world.neighbourhood("elders", municipality="amsterdam")

    assert "Kies een buurt" in text_of(send(client, neighbourhood=""))
    assert send(client).status_code == 302


def test_where_the_neighbourhood_does_not_tell_it_is_not_asked(client):
    Neighbourhood.objects.update(municipality="")
    for slug in ("leiden", "amsterdam"):
        world.trajectory(slug, municipality=slug)
    Neighbourhood.objects.update(municipality="")

    assert send(client, neighbourhood="").status_code == 302


def test_neighbouring_municipalities_that_only_take_part_do_not_answer(client):
    for slug in ("leiden", "leiderdorp"):
        Organisation.objects.create(slug=slug, name=slug, kind="municipality")

    assert send(client, neighbourhood="").status_code == 302


def test_the_response_does_not_tell_whether_an_address_is_known(client):
    first, again = send(client), send(client)

    assert (first.status_code, first.url) == (again.status_code, again.url)
    assert len(mail.outbox) == 1


def limited(client, sent, **more):
    response = send(client, **more)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert more.get("text", TEXT) in text_of(response), "what was typed is not lost"
    assert len(mail.outbox) == sent


def test_a_network_can_hand_in_five_times_a_minute(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "submission": "5/d/ip"}
    for number in range(5):
        assert send(client, email=f"bewoner-{number}@example.org").status_code == 302

    limited(client, 5, email="bewoner-6@example.org", text="Nog een idee")


def test_an_address_gets_five_mails_a_day_from_any_network(client, settings):
    for number in range(5):
        response = client.post(FORM, {**FILLED, "text": f"Idee {number}"}, REMOTE_ADDR=f"198.51.100.{number}")
        assert response.status_code == 302

    limited(client, 5, text="Idee 6")
    assert send(client, email="ander@example.org").status_code == 302


def test_all_visitors_together_get_no_more_mails_than_a_day_allows(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "submission_mail_all": "2/d/key"}
    for number in range(2):
        assert send(client, email=f"bewoner-{number}@example.org").status_code == 302

    limited(client, 2, email="bewoner-3@example.org")


def test_a_form_that_is_refused_counts_for_no_other_limit(client, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "submission": "2/d/ip", "submission_mail": "1/d/key"}
    assert send(client).status_code == 302
    assert send(client, text="Nog een idee").status_code == 429

    assert send(client, email="ander@example.org").status_code == 302


def test_the_limits_are_those_that_were_decided(settings):
    assert settings.RATE_LIMITS["submission"] == "5/m/ip,20/h/ip"
    assert settings.RATE_LIMITS["submission_mail"] == "5/d/key"
    assert settings.RATE_LIMITS["submission_mail_all"] == "300/d/key"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_was_tampered_with_opens_nothing(client, method):
    send(client)
    link = link_in(mail.outbox[0])

    another = "y" if link[-2] == "x" else "x"
    response = getattr(client, method)(f"{link[:-2]}{another}/")

    assert response.status_code == 404
    assert TEXT not in text_of(response)
    assert not Request.objects.exists()


def test_a_link_that_expired_hands_nothing_in(client):
    send(client)
    row = Submission.objects.get()
    Submission.objects.update(submitted_at=row.submitted_at - timedelta(days=7))

    for response in (client.get(link_in(mail.outbox[0])), client.post(link_in(mail.outbox[0]), {"act": "confirm"})):
        assert response.status_code == 410
        assert "zeven dagen" in text_of(response)
    assert not Request.objects.exists()


def test_who_did_not_hand_it_in_deletes_it(client):
    send(client)

    response = client.post(link_in(mail.outbox[0]), {"act": "delete"}, follow=True)

    text = "Wat u instuurde is verwijderd, met uw naam en adres. Wij bewaren er niets van."
    assert text in text_of(response)
    assert not Submission.objects.exists()
    assert not OutboundEmail.objects.exists()
    assert not Request.objects.exists()


def confirmed_page(client, **columns):
    """Hand something in and confirm it; return its page, with the request changed to these columns."""
    send(client)
    link = link_in(mail.outbox[0])
    client.post(link, {"act": "confirm"})
    Request.objects.update(**columns)
    return link, text_of(client.get(link))


def test_the_page_of_the_sender_shows_what_was_sent_and_what_happens_next(client):
    _link, text = confirmed_page(client)

    assert "wacht op beoordeling" in text
    assert "Een adviseur leest het eerst." in text
    assert "Bericht dat het initiatief binnen is" in text
    assert "Wat u instuurde" in text
    assert TEXT in text
    assert "noemen geen termijn" not in text


def test_the_page_of_the_sender_says_so_where_no_term_is_known(client, settings):
    settings.RULEBOOK = "nl"

    assert "noemen geen termijn" in confirmed_page(client)[1]


def test_the_page_of_the_sender_says_why_it_is_not_published(client):
    _link, text = confirmed_page(client, moderation="withheld", moderation_reason="Er staan namen in")

    assert "Er staan namen in" in text
    assert TEXT in text


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize(("day", "is_shown"), [("2026-04-20", True), ("2026-04-21", False)])
def test_the_page_of_the_sender_has_the_answer_from_its_day_on(client, day, is_shown):
    _link, text = confirmed_page(client, moderation="withheld", answer="Ja, dat kan", answered_on=world.on(day))

    assert ("Ja, dat kan" in text) is is_shown


def test_who_removes_their_address_later_reads_what_stays(client):
    link, _text = confirmed_page(client)

    text = text_of(client.post(link, {"act": "delete"}, follow=True))

    assert f"blijft bij de gemeente, met nummer {Request.objects.get().number}." in text
    assert not Submission.objects.exists()
    assert Request.objects.get().summary == TEXT


def test_the_pages_are_valid_and_work_without_javascript(client):
    Organisation.objects.create(slug="leiden", name="Gemeente", kind="municipality")
    send(client)
    link = link_in(mail.outbox[0])
    for address in (FORM, f"{FORM}?verstuurd", link):
        html = get_html(client, address)
        ParsedPage(html)
        assert "<script" not in html, address


def test_what_is_typed_is_escaped(client):
    send(client, text="<script>alert(1)</script>", name="<b>")

    assert "<script" not in get_html(client, link_in(mail.outbox[0]))
