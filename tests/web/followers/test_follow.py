"""Following by mail from the browser: requested, confirmed, changed, and ended with one click."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from participation.models import Follower, OutboundEmail
from participation.services.followers import CONFIRMATION_VALIDITY, MAX_REQUESTS
from tests import world

pytestmark = pytest.mark.django_db

FOLLOW = "/trajecten/voorbeeldplein/volgen/"
FORM_DATA = {"email": "bewoner@example.org", "frequency": "weekly", "language": "nl"}


@pytest.fixture(autouse=True)
def fresh_counts():
    """Clear the cache, which counts submitted forms across tests."""
    cache.clear()


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def client():
    return Client(headers={"accept-language": "nl"})


def post_follow(client, **more):
    return client.post(FOLLOW, {**FORM_DATA, **more})


def row():
    return Follower.objects.get()


def link_in(message):
    return next(line for line in message.body.splitlines() if "/bevestigen/" in line).partition("localhost:8000")[2]


def text(response):
    return " ".join(unescape(response.content.decode()).split())


def follower(square, **columns):
    now = timezone.now()
    moments = {"asked_at": now, "confirmed_at": now, "notified_until": now}
    return Follower.objects.create(trajectory=square, email="bewoner@example.org", **{**moments, **columns})


def test_a_visitor_follows_confirms_and_unfollows(client, square):
    assert post_follow(client).url == f"{FOLLOW}?verstuurd"
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
    assert client.post(address, FORM_DATA).status_code == 302
    assert row().neighbourhood.slug == world.CENTRE


def test_existing_and_new_followers_see_the_same_page(client, square):
    first = post_follow(client, email="nieuw@example.org")
    follower(square, asked_at=timezone.now() - timedelta(days=3))
    second = post_follow(client)
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert [message.to[0] for message in mail.outbox] == ["nieuw@example.org", "bewoner@example.org"]


def test_confirmation_emails_are_limited_and_the_page_does_not_reveal_it(client, square):
    answers = []
    for number in range(MAX_REQUESTS + 2):
        world.trajectory(f"plein-{number}")
        answers.append(client.post(f"/trajecten/plein-{number}/volgen/", FORM_DATA).status_code)
    assert set(answers) == {302}
    assert len(mail.outbox) == MAX_REQUESTS


def test_repeated_submissions_are_throttled(client, square):
    answers = [post_follow(client, email=f"{number}@example.org").status_code for number in range(11)]
    assert answers == [302] * 10 + [429]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"email": ""}, "Vul uw e-mailadres in"),
        ({"email": "bewoner"}, "Dit is geen e-mailadres. Schrijf het zoals naam@voorbeeld.nl."),
        ({"frequency": "hourly"}, "hourly"),
    ],
)
def test_invalid_input_gives_an_error_and_is_kept(client, square, wrong, message):
    response = post_follow(client, **wrong)
    assert (response.status_code, message in text(response)) == (400, True)
    if wrong.get("email"):
        assert 'value="bewoner"' in response.content.decode()
    assert not Follower.objects.exists()
    assert not mail.outbox


def test_without_a_mail_server_the_email_waits_and_the_page_is_the_same(client, square, monkeypatch):
    def away(self, messages):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    assert post_follow(client).url == f"{FOLLOW}?verstuurd"
    assert list(OutboundEmail.objects.values_list("state", "follower")) == [("waiting", row().pk)]
    assert not mail.outbox


def test_private_trajectories_cannot_be_followed_even_with_access(client, square):
    type(square).objects.update(public=False)
    client.force_login(world.user("coordinator"))
    assert client.get(FOLLOW).status_code == post_follow(client).status_code == 404
    assert not Follower.objects.exists()


def test_an_expired_link_confirms_nothing(client, square):
    old = follower(square, confirmed_at=None, notified_until=None, asked_at=timezone.now() - CONFIRMATION_VALIDITY)
    address = f"/volgen/{old.token}/bevestigen/"
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 410
        assert "De link in de mail werkt zeven dagen" in text(response)
    assert row().confirmed_at is None


@pytest.mark.parametrize("act", ["", "bevestigen/", "stoppen/"])
def test_the_link_of_a_deleted_follower_says_that_no_data_is_stored(client, act):
    response = client.get(f"/volgen/nobody/{act}")
    assert (response.status_code, "Misschien bent u eerder gestopt" in text(response)) == (404, True)


def test_one_click_unsubscribe_is_idempotent():
    square = world.trajectory()
    there = follower(square)
    program = Client(enforce_csrf_checks=True)
    for _time in (1, 2):
        response = program.post(f"/volgen/{there.token}/stoppen/", {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
    assert not Follower.objects.exists()


def test_notifications_can_be_paused_and_resumed(client, square):
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
    ("days", "message"),
    [(-1, "Deze dag is al geweest."), (366, "meer dan een jaar vooruit"), (None, "Kies de laatste dag")],
)
def test_an_invalid_date_gives_an_error_and_is_kept(client, square, days, message):
    there = follower(square)
    until = "" if days is None else (timezone.localdate() + timedelta(days=days)).isoformat()
    response = client.post(f"/volgen/{there.token}/", {"act": "pause", "until": until})
    assert (response.status_code, message in text(response)) == (400, True)
    assert f'name="until" value="{until}"' in text(response) or not until
    assert row().paused_until is None


def test_a_pause_that_has_ended_is_not_shown(client, square):
    there = follower(square, paused_until=timezone.localdate() - timedelta(days=1))
    assert "Stuur mij weer mail" not in text(client.get(f"/volgen/{there.token}/"))


def test_a_cross_site_request_cannot_confirm(square):
    there = follower(square, confirmed_at=None, notified_until=None)
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(f"/volgen/{there.token}/bevestigen/").status_code == 403
    assert stranger.post(f"/volgen/{there.token}/", {"frequency": "daily"}).status_code in (302, 403)
    assert row().confirmed_at is None


def test_the_title_of_a_trajectory_that_became_private_is_not_shown(client, square):
    there = follower(square)
    type(square).objects.update(public=False)
    for act in ("", "stoppen/"):
        response = client.get(f"/volgen/{there.token}/{act}")
        assert response.status_code == 200
        assert "Voorbeeldplein" not in text(response)
    assert client.post(f"/volgen/{there.token}/stoppen/").status_code == 200
    assert not Follower.objects.exists()


def test_follower_pages_are_neither_cached_nor_indexed(client, square):
    there = follower(square)
    for act in ("", "stoppen/"):
        response = client.get(f"/volgen/{there.token}/{act}")
        assert "no-store" in response["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_the_page_offers_the_calendar_the_feed_and_the_badge(client, square):
    shown = text(client.get(FOLLOW))
    for address in (
        "webcal://localhost:8000/trajecten/voorbeeldplein/agenda.ics?taal=nl",
        "http://localhost:8000/trajecten/voorbeeldplein/nieuws.atom?taal=nl",
        '<img src="http://localhost:8000/trajecten/voorbeeldplein/stand.svg?taal=nl"',
    ):
        assert address in shown


def test_the_number_of_queries_does_not_grow_with_the_followers(client, square, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get(FOLLOW)
