"""What holds for all pages: the way in, the language, the menu, and an address without a page."""

import pytest
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db
SECRET = "een-lang-wachtwoord"
HOME, LOG_IN, LIST = "/", "/inloggen/", "/trajecten/"


@pytest.fixture(autouse=True)
def _rulebook(settings):
    settings.RULEBOOK = "leiden"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def person(role, *speaks_for, **columns):
    user = world.user(role, *speaks_for, **columns)
    user.set_password(SECRET)
    user.save()
    return user


def page(client, user, **headers):
    client.force_login(user)
    return client.get(LIST, **headers).content.decode()


@pytest.mark.parametrize("typed", ["adviser@example.org", "Adviser@Example.ORG", " adviser@example.org ", "adviser"])
def test_one_logs_in_with_the_address_in_any_case_or_with_the_name(client, typed):
    person("adviser")

    answer = client.post(LOG_IN, {"username": typed, "password": SECRET})

    assert answer.status_code == 302
    assert answer.headers["Location"] == HOME


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client):
    person("adviser")
    answers = [
        client.post(LOG_IN, {"username": who, "password": "anders"}).content.decode()
        for who in ("adviser@example.org", "niemand@example.org")
    ]

    for answer in answers:
        assert "horen niet bij elkaar" in answer
        assert 'role="alert"' in answer


def test_a_closed_account_cannot_log_in(client):
    person("adviser", is_active=False)

    client.post(LOG_IN, {"username": "adviser@example.org", "password": SECRET})

    assert "_auth_user_id" not in client.session


def test_after_logging_in_nobody_is_sent_to_another_site(client):
    person("adviser")
    answer = client.post(LOG_IN, {"username": "adviser", "password": SECRET, "next": "https://elders.example.net/"})

    assert answer.headers["Location"] == HOME


@pytest.mark.parametrize(("language", "word"), [("nl", "Uitloggen"), ("en", "Log out")])
def test_the_page_is_in_the_language_of_who_reads_it_whatever_the_browser_asks(client, language, word):
    other = {"nl": "en", "en": "nl"}[language]
    shown = page(client, person("coordinator", language=language), HTTP_ACCEPT_LANGUAGE=other)

    assert f'<html lang="{language}"' in shown
    assert word in shown


@pytest.mark.parametrize(("asked", "language"), [("en-GB,en", "en"), ("nl", "nl"), ("de", "nl"), ("", "nl")])
def test_the_way_in_is_in_the_language_of_the_browser_or_else_in_dutch(client, asked, language):
    shown = client.get(LOG_IN, HTTP_ACCEPT_LANGUAGE=asked).content.decode()

    assert f'<html lang="{language}"' in shown


def test_only_who_may_enter_the_administration_gets_the_way_to_it(client):
    assert reverse("admin:index") in page(client, person("coordinator", is_staff=True))
    assert reverse("admin:index") not in page(client, person("association_member"))


def test_the_rules_are_there_for_everyone_and_linked(client):
    assert 'href="/regels/"' in client.get(LOG_IN).content.decode()
    answer = client.get("/regels/", HTTP_ACCEPT_LANGUAGE="en")

    assert "feedback-given" in answer.content.decode()
    assert '<html lang="en"' in answer.content.decode()
    assert answer.headers["Content-Language"] == "en"


def test_an_address_without_a_page_says_so_in_a_page(client, settings):
    settings.DEBUG = False
    answer = client.get("/bestaat-niet/")

    assert answer.status_code == 404
    assert "Deze pagina is er niet" in answer.content.decode()


def test_each_page_can_be_used_without_a_mouse_and_without_script(client):
    shown = page(client, person("coordinator")) + client.get("/elders/").content.decode()

    assert shown.count('href="#content"') == shown.count('id="content"') == 2
    assert "<script" not in shown
