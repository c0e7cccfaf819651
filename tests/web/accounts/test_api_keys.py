"""The page with one's own API keys."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from participation.models import ApiKey, User
from participation.services.accounts.api_keys import handle_of, make_key
from tests import world
from tests.web.accounts.log_in_helpers import LOG_IN, TOTP_SET_UP

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


def text(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def shown_key(response):
    [key] = set(re.findall(r"leidraad_[0-9a-f]{64}", response.content.decode()))
    return key


def reads(key, path="/api/v1/trajectories/verborgen"):
    return Client().get(path, headers={"authorization": f"Bearer {key}"}).status_code


def test_a_new_key_is_shown_once_and_gives_access(client, user):
    world.trajectory("verborgen", public=False)
    response = client.post(PAGE, {"name": "Planning van projectbureau Noord"})
    key = shown_key(response)
    assert response.status_code == 200
    assert "Dit is uw nieuwe sleutel" in text(response)
    assert (
        f'curl --header "Authorization: Bearer {key}" "http://localhost:8000/api/v1/trajectories?pageSize=1"'
        in text(response)
    )
    assert "no-store" in response["Cache-Control"]
    assert reads(key) == 200

    later = client.get(PAGE)
    assert "leidraad_" not in later.content.decode()
    assert "Planning van projectbureau Noord Gemaakt op 22 april 2026. Verloopt op 22 april 2027." in text(later)


def test_reloading_the_page_creates_no_second_key(client, user):
    client.post(PAGE, {"name": "Planning"})
    again = client.post(PAGE, {"name": "Planning"})
    assert (again.status_code, "met deze naam" in text(again)) == (400, True)
    assert 'value="Planning"' in again.content.decode()
    assert "leidraad_" not in again.content.decode()
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_key_without_a_name_gives_a_field_error(client, user, name):
    response = client.post(PAGE, {"name": name})
    assert (response.status_code, "<title>Fout: Mijn sleutels" in response.content.decode()) == (400, True)
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_after_confirmation(client, user):
    key, shown = make_key(user, "Planning", NOW)
    world.trajectory("verborgen", public=False)
    link = f"{PAGE}?intrekken={handle_of(key)}"
    assert f'href="?intrekken={handle_of(key)}"' in client.get(PAGE).content.decode()
    confirmation = client.get(link)
    assert "Deze sleutel intrekken? Planning" in text(confirmation)
    assert reads(shown) == 200, "asking withdraws nothing"

    response = client.post(PAGE, {"act": "withdraw", "key": handle_of(key)}, follow=True)

    assert "Ingetrokken: Planning." in text(response)
    assert reads(shown) == 401
    for gone in (client.get(link, follow=True), client.post(PAGE, {"act": "withdraw", "key": "x"}, follow=True)):
        assert "Deze sleutel is er niet meer." in text(gone)


def test_users_cannot_see_or_revoke_keys_of_others(client, user):
    key, _shown = make_key(world.user("coordinator"), "Van een ander", NOW)
    assert "Van een ander" not in text(client.get(PAGE))
    assert "Van een ander" not in text(client.get(f"{PAGE}?intrekken={handle_of(key)}", follow=True))
    client.post(PAGE, {"act": "withdraw", "key": handle_of(key)})
    assert ApiKey.objects.exists()


def test_an_expired_key_is_labelled_as_expired(client, user):
    make_key(user, "Oud", NOW - timedelta(days=365))
    assert "Verlopen op 22 april 2026: hij werkt niet meer." in text(client.get(PAGE))


@pytest.mark.parametrize("role", ["adviser", "coordinator", "auditor", "administrator"])
def test_staff_find_the_api_keys_page_next_to_their_mail_preferences(client, role):
    client.force_login(world.user(role))
    assert client.get(PAGE).status_code == 200
    assert f'href="{PAGE}"' in client.get("/mijn/post/").content.decode()


def test_association_members_have_no_api_keys_page(client):
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"name": "x"}).status_code == 403
    assert f'href="{PAGE}"' not in client.get("/mijn/post/").content.decode()
    assert not ApiKey.objects.exists()


def test_before_the_second_factor_no_key_can_be_created(client, user, strict):
    assert client.post(PAGE, {"name": "x"}).url.startswith(TOTP_SET_UP)
    assert Client().get(PAGE).url.startswith(LOG_IN)
    assert not ApiKey.objects.exists()


def test_a_cross_site_request_creates_no_key(user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post(PAGE, {"name": "x"}).status_code == 403
    assert not ApiKey.objects.exists()


def test_the_number_of_keys_is_limited(client, user, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api_key": "2/h/user"}
    assert [client.post(PAGE, {"name": f"k{n}"}).status_code for n in range(3)] == [200, 200, 429]


def test_closing_an_account_disables_its_keys(client, user):
    _key, shown = make_key(user, "Planning", NOW)
    assert reads(shown, "/api/v1/trajectories") == 200
    User.objects.update(is_active=False)
    assert reads(shown, "/api/v1/trajectories") == 401


def test_ten_keys_take_as_many_queries_as_one(client, user, django_assert_max_num_queries):
    for number in range(10):
        make_key(user, f"k{number}", NOW)
    with django_assert_max_num_queries(5):
        client.get(PAGE)
