"""Properties of all pages: the home page, the language, the menu, and URLs without a page."""

import pytest
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db
SECRET = "een-lang-wachtwoord"
HOME, LOG_IN, LIST = "/", "/inloggen/", "/trajecten/"


@pytest.fixture(autouse=True)
def _rulebook(settings):
    settings.RULEBOOK = "leiden"


def make_user(role, *speaks_for, **columns):
    user = world.user(role, *speaks_for, **columns)
    user.set_password(SECRET)
    user.save()
    return user


def page(client, user, **headers):
    client.force_login(user)
    return client.get(LIST, **headers).content.decode()


@pytest.mark.parametrize("typed", ["adviser@example.org", "Adviser@Example.ORG", " adviser@example.org ", "adviser"])
def test_users_log_in_with_their_address_in_any_case_or_user_name(client, typed):
    make_user("adviser")

    response = client.post(LOG_IN, {"username": typed, "password": SECRET})

    assert response.status_code == 302
    assert response.headers["Location"] == HOME


def test_a_wrong_password_and_an_unknown_address_get_the_same_response(client):
    make_user("adviser")
    answers = [
        client.post(LOG_IN, {"username": who, "password": "anders"}).content.decode()
        for who in ("adviser@example.org", "niemand@example.org")
    ]

    for response in answers:
        assert "horen niet bij elkaar" in response
        assert 'role="alert"' in response


def test_an_inactive_account_cannot_log_in(client):
    make_user("adviser", is_active=False)

    client.post(LOG_IN, {"username": "adviser@example.org", "password": SECRET})

    assert "_auth_user_id" not in client.session


def test_login_does_not_redirect_to_another_site(client):
    make_user("adviser")
    response = client.post(LOG_IN, {"username": "adviser", "password": SECRET, "next": "https://elders.example.net/"})

    assert response.headers["Location"] == HOME


@pytest.mark.parametrize(("language", "word"), [("nl", "Uitloggen"), ("en", "Log out")])
def test_a_page_uses_the_user_language_whatever_the_browser_requests(client, language, word):
    other = {"nl": "en", "en": "nl"}[language]
    shown = page(client, make_user("coordinator", language=language), HTTP_ACCEPT_LANGUAGE=other)

    assert f'<html lang="{language}"' in shown
    assert word in shown


@pytest.mark.parametrize(("browser_language", "language"), [("en-GB,en", "en"), ("nl", "nl"), ("de", "nl"), ("", "nl")])
def test_the_login_page_uses_the_browser_language_or_dutch(client, browser_language, language):
    shown = client.get(LOG_IN, HTTP_ACCEPT_LANGUAGE=browser_language).content.decode()

    assert f'<html lang="{language}"' in shown


def test_only_users_with_admin_access_see_the_admin_link(client):
    assert reverse("admin:index") in page(client, make_user("coordinator", is_staff=True))
    assert reverse("admin:index") not in page(client, make_user("association_member"))


def test_the_rules_are_public_and_linked(client):
    assert 'href="/regels/"' in client.get(LOG_IN).content.decode()
    response = client.get("/regels/", HTTP_ACCEPT_LANGUAGE="en")

    assert "feedback-given" in response.content.decode()
    assert '<html lang="en"' in response.content.decode()
    assert response.headers["Content-Language"] == "en"


def test_an_unknown_url_gives_a_404_page(client, settings):
    settings.DEBUG = False
    response = client.get("/bestaat-niet/")

    assert response.status_code == 404
    assert "Deze pagina is er niet" in response.content.decode()


def test_each_page_works_with_the_keyboard_and_without_javascript(client):
    shown = page(client, make_user("coordinator")) + client.get("/elders/").content.decode()

    assert shown.count('href="#content"') == shown.count('id="content"') == 2
    assert "<script" not in shown
