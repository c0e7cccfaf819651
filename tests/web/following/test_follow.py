"""Following by mail from the browser: asked, confirmed with a button, changed, and left with one click."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from participation.models import Follower, OutboundEmail
from participation.services.following import GOOD_FOR, MOST_ASKED
from tests import world

pytestmark = pytest.mark.django_db

FOLLOW = "/trajecten/voorbeeldplein/volgen/"
WANTED = {"email": "bewoner@example.org", "frequency": "weekly", "language": "nl"}


@pytest.fixture(autouse=True)
def fresh_counts():
    """How often a form was sent is counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def client():
    return Client(headers={"accept-language": "nl"})


def asked(client, **more):
    return client.post(FOLLOW, {**WANTED, **more})


def row():
    return Follower.objects.get()


def link_in(message):
    return next(line for line in message.body.splitlines() if "/bevestigen/" in line).partition("localhost:8000")[2]


def text(answer):
    return " ".join(unescape(answer.content.decode()).split())


def follower(square, **columns):
    now = timezone.now()
    moments = {"asked_at": now, "confirmed_at": now, "notified_until": now}
    return Follower.objects.create(trajectory=square, email="bewoner@example.org", **{**moments, **columns})


def test_from_asking_to_leaving(client, square):
    assert asked(client).url == f"{FOLLOW}?verstuurd"
    assert "Kijk in uw mail" in text(client.get(f"{FOLLOW}?verstuurd"))
    address = link_in(mail.outbox[0])
    assert "Ja, ik wil dit nieuws" in text(client.get(address))
    assert row().confirmed_at is None, "a program that opens the link says nothing"
    done = client.post(address, follow=True)
    assert "Gelukt. U volgt vanaf nu Voorbeeldplein." in text(done)
    assert row().confirmed_at is not None
    client.post(f"/volgen/{row().token}/", {"frequency": "daily"})
    assert row().frequency == "daily"
    stop = f"/volgen/{row().token}/stoppen/"
    assert "Stop en wis mijn adres" in text(client.get(stop))
    assert row(), "opening the page does not stop anything"
    left = client.post(stop)
    assert (left.status_code, "Uw adres en uw keuzes zijn gewist" in text(left)) == (200, True)
    assert not Follower.objects.exists()


def test_a_neighbourhood_can_be_followed(client):
    world.neighbourhood()
    address = f"/wijken/{world.CENTRE}/volgen/"
    assert "Binnenstad-Noord volgen" in text(client.get(address))
    assert client.post(address, WANTED).status_code == 302
    assert row().neighbourhood.slug == world.CENTRE


def test_who_follows_already_sees_the_same_as_who_does_not(client, square):
    first = asked(client, email="nieuw@example.org")
    follower(square, asked_at=timezone.now() - timedelta(days=3))
    second = asked(client)
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert [message.to[0] for message in mail.outbox] == ["nieuw@example.org", "bewoner@example.org"]


def test_nobody_is_asked_too_often_and_the_page_does_not_tell(client, square):
    answers = []
    for number in range(MOST_ASKED + 2):
        world.trajectory(f"plein-{number}")
        answers.append(client.post(f"/trajecten/plein-{number}/volgen/", WANTED).status_code)
    assert set(answers) == {302}
    assert len(mail.outbox) == MOST_ASKED


def test_who_sends_the_form_again_and_again_is_asked_to_wait(client, square):
    answers = [asked(client, email=f"{number}@example.org").status_code for number in range(11)]
    assert answers == [302] * 10 + [429]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"email": ""}, "Vul uw e-mailadres in"),
        ({"email": "bewoner"}, "Dit is geen e-mailadres. Schrijf het zoals naam@voorbeeld.nl."),
        ({"frequency": "hourly"}, "hourly"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, square, wrong, told):
    answer = asked(client, **wrong)
    assert (answer.status_code, told in text(answer)) == (400, True)
    if wrong.get("email"):
        assert 'value="bewoner"' in answer.content.decode()
    assert not Follower.objects.exists()
    assert not mail.outbox


def test_a_mail_that_cannot_be_sent_now_waits_and_the_page_is_the_same(client, square, monkeypatch):
    def away(self, messages):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    assert asked(client).url == f"{FOLLOW}?verstuurd"
    assert list(OutboundEmail.objects.values_list("state", "follower")) == [("waiting", row().pk)]
    assert not mail.outbox


def test_what_is_not_public_cannot_be_followed_not_even_by_who_may_see_it(client, square):
    type(square).objects.update(public=False)
    client.force_login(world.user("coordinator"))
    assert client.get(FOLLOW).status_code == asked(client).status_code == 404
    assert not Follower.objects.exists()


def test_a_link_that_is_too_old_says_so_and_confirms_nothing(client, square):
    old = follower(square, confirmed_at=None, notified_until=None, asked_at=timezone.now() - GOOD_FOR)
    address = f"/volgen/{old.token}/bevestigen/"
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 410
        assert "De link in de mail werkt zeven dagen" in text(answer)
    assert row().confirmed_at is None


@pytest.mark.parametrize("act", ["", "bevestigen/", "stoppen/"])
def test_a_link_of_who_left_says_that_nothing_is_kept(client, act):
    answer = client.get(f"/volgen/nobody/{act}")
    assert (answer.status_code, "Misschien bent u eerder gestopt" in text(answer)) == (404, True)


def test_mail_programs_can_stop_it_with_one_click_and_twice():
    square = world.trajectory()
    there = follower(square)
    program = Client(enforce_csrf_checks=True)
    for _time in (1, 2):
        answer = program.post(f"/volgen/{there.token}/stoppen/", {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert not Follower.objects.exists()


def test_no_mail_for_a_while_and_then_again(client, square):
    there = follower(square)
    address, until = f"/volgen/{there.token}/", timezone.localdate() + timedelta(days=10)
    client.post(address, {"act": "pause", "until": until.isoformat()})
    assert row().paused_until == until
    shown = text(client.get(address))
    assert f"U krijgt geen mail tot en met {until.day} " in shown
    assert "U krijgt vanaf nu weer mail." in text(client.post(address, {"act": "wake"}, follow=True))
    assert row().paused_until is None
    assert row().frequency == "weekly"


@pytest.mark.parametrize(
    ("days", "told"),
    [(-1, "Deze dag is al geweest."), (366, "meer dan een jaar vooruit"), (None, "Kies de laatste dag")],
)
def test_a_day_that_cannot_be_is_told_and_kept_in_the_field(client, square, days, told):
    there = follower(square)
    until = "" if days is None else (timezone.localdate() + timedelta(days=days)).isoformat()
    answer = client.post(f"/volgen/{there.token}/", {"act": "pause", "until": until})
    assert (answer.status_code, told in text(answer)) == (400, True)
    assert f'name="until" value="{until}"' in text(answer) or not until
    assert row().paused_until is None


def test_time_without_mail_that_is_over_is_not_shown(client, square):
    there = follower(square, paused_until=timezone.localdate() - timedelta(days=1))
    assert "Stuur mij weer mail" not in text(client.get(f"/volgen/{there.token}/"))


def test_saying_yes_cannot_be_done_from_another_site(square):
    there = follower(square, confirmed_at=None, notified_until=None)
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(f"/volgen/{there.token}/bevestigen/").status_code == 403
    assert stranger.post(f"/volgen/{there.token}/", {"frequency": "daily"}).status_code in (302, 403)
    assert row().confirmed_at is None


def test_a_title_that_is_not_public_any_more_is_told_to_nobody(client, square):
    there = follower(square)
    type(square).objects.update(public=False)
    for act in ("", "stoppen/"):
        answer = client.get(f"/volgen/{there.token}/{act}")
        assert answer.status_code == 200
        assert "Voorbeeldplein" not in text(answer)
    assert client.post(f"/volgen/{there.token}/stoppen/").status_code == 200
    assert not Follower.objects.exists()


def test_no_page_of_a_follower_is_kept_in_a_cache_or_found_by_a_search_engine(client, square):
    there = follower(square)
    for act in ("", "stoppen/"):
        answer = client.get(f"/volgen/{there.token}/{act}")
        assert "no-store" in answer["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_the_page_offers_the_calendar_the_feed_and_the_badge(client, square):
    shown = text(client.get(FOLLOW))
    for address in (
        "webcal://localhost:8000/trajecten/voorbeeldplein/agenda.ics?taal=nl",
        "http://localhost:8000/trajecten/voorbeeldplein/nieuws.atom?taal=nl",
        '<img src="http://localhost:8000/trajecten/voorbeeldplein/stand.svg?taal=nl"',
    ):
        assert address in shown


def test_the_page_asks_the_same_of_the_database_however_many_follow(client, square, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get(FOLLOW)
