"""The page about one's own keys."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from participation.models import ApiKey, User
from participation.services.api_keys import handle_of, make_key
from tests import world
from tests.web.accounts.doors import LOG_IN, SET_UP

pytestmark = pytest.mark.django_db
PAGE = "/mijn/sleutels/"
NOW = datetime(2026, 4, 22, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.fixture(autouse=True)
def _that_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user(client):
    found = world.user("adviser")
    client.force_login(found)
    return found


def text(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def shown_key(answer):
    [key] = set(re.findall(r"leidraad_[0-9a-f]{64}", answer.content.decode()))
    return key


def reads(key, path="/api/v1/trajectories/verborgen"):
    return Client().get(path, headers={"authorization": f"Bearer {key}"}).status_code


def test_a_key_is_shown_once_and_opens_what_its_person_may_see(client, user):
    world.trajectory("verborgen", public=False)
    answer = client.post(PAGE, {"name": "Planning van projectbureau Noord"})
    key = shown_key(answer)
    assert answer.status_code == 200
    assert "Dit is uw nieuwe sleutel" in text(answer)
    assert (
        f'curl --header "Authorization: Bearer {key}" "http://localhost:8000/api/v1/trajectories?pageSize=1"'
        in text(answer)
    )
    assert "no-store" in answer["Cache-Control"]
    assert reads(key) == 200

    later = client.get(PAGE)
    assert "leidraad_" not in later.content.decode()
    assert "Planning van projectbureau Noord Gemaakt op 22 april 2026. Verloopt op 22 april 2027." in text(later)


def test_the_page_that_is_loaded_again_makes_no_second_key(client, user):
    client.post(PAGE, {"name": "Planning"})
    again = client.post(PAGE, {"name": "Planning"})
    assert (again.status_code, "met deze naam" in text(again)) == (400, True)
    assert 'value="Planning"' in again.content.decode()
    assert "leidraad_" not in again.content.decode()
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_without_a_name_no_key_is_made_and_the_page_says_why(client, user, name):
    answer = client.post(PAGE, {"name": name})
    assert (answer.status_code, "<title>Fout: Mijn sleutels" in answer.content.decode()) == (400, True)
    assert not ApiKey.objects.exists()


def test_a_key_is_withdrawn_after_a_question_and_opens_nothing_any_more(client, user):
    key, shown = make_key(user, "Planning", NOW)
    world.trajectory("verborgen", public=False)
    link = f"{PAGE}?intrekken={handle_of(key)}"
    assert f'href="?intrekken={handle_of(key)}"' in client.get(PAGE).content.decode()
    asked = client.get(link)
    assert "Deze sleutel intrekken? Planning" in text(asked)
    assert reads(shown) == 200, "asking withdraws nothing"

    answer = client.post(PAGE, {"act": "withdraw", "key": handle_of(key)}, follow=True)

    assert "Ingetrokken: Planning." in text(answer)
    assert reads(shown) == 401
    for gone in (client.get(link, follow=True), client.post(PAGE, {"act": "withdraw", "key": "x"}, follow=True)):
        assert "Deze sleutel is er niet meer." in text(gone)


def test_nobody_sees_or_withdraws_the_keys_of_another(client, user):
    key, _shown = make_key(world.user("coordinator"), "Van een ander", NOW)
    assert "Van een ander" not in text(client.get(PAGE))
    assert "Van een ander" not in text(client.get(f"{PAGE}?intrekken={handle_of(key)}", follow=True))
    client.post(PAGE, {"act": "withdraw", "key": handle_of(key)})
    assert ApiKey.objects.exists()


def test_a_key_that_ended_is_told_as_such(client, user):
    make_key(user, "Oud", NOW - timedelta(days=365))
    assert "Verlopen op 22 april 2026: hij werkt niet meer." in text(client.get(PAGE))


@pytest.mark.parametrize("role", ["adviser", "coordinator", "auditor", "administrator"])
def test_whoever_works_here_has_the_page_and_finds_it_at_their_mail(client, role):
    client.force_login(world.user(role))
    assert client.get(PAGE).status_code == 200
    assert f'href="{PAGE}"' in client.get("/mijn/post/").content.decode()


def test_a_member_reads_what_they_may_without_a_key(client):
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"name": "x"}).status_code == 403
    assert f'href="{PAGE}"' not in client.get("/mijn/post/").content.decode()
    assert not ApiKey.objects.exists()


def test_before_the_second_factor_no_key_is_made(client, user, strict):
    assert client.post(PAGE, {"name": "x"}).url.startswith(SET_UP)
    assert Client().get(PAGE).url.startswith(LOG_IN)
    assert not ApiKey.objects.exists()


def test_another_site_makes_no_key(user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(PAGE, {"name": "x"}).status_code == 403
    assert not ApiKey.objects.exists()


def test_keys_are_not_made_by_the_dozen(client, user, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api_key": "2/h/user"}
    assert [client.post(PAGE, {"name": f"k{n}"}).status_code for n in range(3)] == [200, 200, 429]


def test_whose_account_is_closed_their_keys_open_nothing(client, user):
    _key, shown = make_key(user, "Planning", NOW)
    assert reads(shown, "/api/v1/trajectories") == 200
    User.objects.update(is_active=False)
    assert reads(shown, "/api/v1/trajectories") == 401


def test_the_page_asks_as_much_of_the_database_for_ten_keys_as_for_one(client, user, django_assert_max_num_queries):
    for number in range(10):
        make_key(user, f"k{number}", NOW)
    with django_assert_max_num_queries(5):
        client.get(PAGE)
