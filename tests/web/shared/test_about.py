"""The page about Leidraad, and the language of a page."""

import pytest

from participation.models import User
from tests import world

pytestmark = pytest.mark.django_db
ABOUT, LANGUAGE = "/over/", "/taal/"


def test_everyone_reads_what_leidraad_is_keeps_and_promises(client, settings):
    settings.CONTACT_EMAIL = "hulp@example.org"
    shown = client.get(ABOUT).content.decode()

    for part in ("what", "counting", "privacy", "accessibility", "source"):
        assert f'id="{part}"' in shown
    assert 'href="mailto:hulp@example.org"' in shown
    assert "EUPL-1.2" in shown


def test_without_an_address_it_says_whom_to_ask(client, settings):
    settings.CONTACT_EMAIL, settings.MUNICIPALITY = "", "gemeente Voorbeeldstad"
    shown = client.get(ABOUT).content.decode()

    assert "mailto:" not in shown
    assert "Vraag het de gemeente Voorbeeldstad." in shown


def test_the_language_that_a_visitor_chose_stays(client):
    answer = client.post(LANGUAGE, {"language": "en", "next": ABOUT})

    assert answer.headers["Location"] == ABOUT
    assert '<html lang="en"' in client.get(ABOUT, HTTP_ACCEPT_LANGUAGE="nl").content.decode()


def test_the_language_that_someone_chose_who_is_logged_in_goes_with_the_account(client):
    user = world.user("adviser")
    client.force_login(user)
    client.post(LANGUAGE, {"language": "en", "next": ABOUT})
    elsewhere = client.__class__()
    elsewhere.force_login(user)

    assert '<html lang="en"' in elsewhere.get(ABOUT, HTTP_ACCEPT_LANGUAGE="nl").content.decode()
    assert User.objects.get().language == "en"


@pytest.mark.parametrize("typed", ["", "fr", "nl; drop", "en-US"])
def test_a_language_that_is_not_there_changes_nothing(client, typed):
    client.force_login(world.user("adviser"))
    client.post(LANGUAGE, {"language": typed, "next": "https://elders.example.net/"})

    assert User.objects.get().language == "nl"


def test_looking_at_the_address_changes_nothing(client):
    assert client.get(LANGUAGE + "?language=en").status_code == 405


def test_choosing_a_language_leads_to_no_other_site(client):
    answer = client.post(LANGUAGE, {"language": "en", "next": "https://elders.example.net/"})

    assert answer.headers["Location"] == "/"
