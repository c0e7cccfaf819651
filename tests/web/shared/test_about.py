"""The page about Leidraad, and the language of a page."""

import pytest

from participation.models import User
from tests import world

pytestmark = pytest.mark.django_db
ABOUT, LANGUAGE = "/over/", "/taal/"


def test_the_about_page_is_public_and_describes_data_and_accessibility(client, settings):
    settings.CONTACT_EMAIL = "hulp@example.org"
    shown = client.get(ABOUT).content.decode()

    for part in ("what", "counting", "privacy", "accessibility", "source"):
        assert f'id="{part}"' in shown
    assert 'href="mailto:hulp@example.org"' in shown
    assert "EUPL-1.2" in shown


def test_without_a_contact_address_it_names_whom_to_ask(client, settings):
    settings.CONTACT_EMAIL, settings.MUNICIPALITY = "", "gemeente Voorbeeldstad"
    shown = client.get(ABOUT).content.decode()

    assert "mailto:" not in shown
    assert "Vraag het de gemeente Voorbeeldstad." in shown


def test_the_language_chosen_by_a_visitor_is_remembered(client):
    response = client.post(LANGUAGE, {"language": "en", "next": ABOUT})

    assert response.headers["Location"] == ABOUT
    assert '<html lang="en"' in client.get(ABOUT, HTTP_ACCEPT_LANGUAGE="nl").content.decode()


def test_the_language_chosen_by_a_user_is_stored_in_the_account(client):
    user = world.user("adviser")
    client.force_login(user)
    client.post(LANGUAGE, {"language": "en", "next": ABOUT})
    elsewhere = client.__class__()
    elsewhere.force_login(user)

    assert '<html lang="en"' in elsewhere.get(ABOUT, HTTP_ACCEPT_LANGUAGE="nl").content.decode()
    assert User.objects.get().language == "en"


@pytest.mark.parametrize("typed", ["", "fr", "nl; drop", "en-US"])
def test_an_unsupported_language_changes_nothing(client, typed):
    client.force_login(world.user("adviser"))
    client.post(LANGUAGE, {"language": typed, "next": "https://elders.example.net/"})

    assert User.objects.get().language == "nl"


def test_a_get_request_does_not_change_the_language(client):
    assert client.get(LANGUAGE + "?language=en").status_code == 405


def test_the_language_switch_redirects_to_this_site_only(client):
    response = client.post(LANGUAGE, {"language": "en", "next": "https://elders.example.net/"})

    assert response.headers["Location"] == "/"
