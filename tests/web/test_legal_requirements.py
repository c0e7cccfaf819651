"""The cookies that forms set. tests/web/test_rights.py looks at those of every page, and at its links to statements."""

from __future__ import annotations

import pytest
from django.test import Client

from participation.web.shared.cookies import allowed_cookies
from tests import world

pytestmark = pytest.mark.django_db
ALLOWED = {cookie.name for cookie in allowed_cookies()}


def cookies_of(response):
    return set(response.cookies.keys())


def test_choosing_a_language_sets_its_cookie_and_needs_no_other():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/taal/", {"language": "en", "next": "/over/"})

    assert response.status_code == 302
    assert cookies_of(response) == {"language"}


def test_the_language_of_an_account_is_not_changed_by_a_forged_form():
    user = world.user("adviser")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert client.post("/taal/", {"language": "en"}).status_code == 403
    user.refresh_from_db()
    assert user.language == "nl"

    page = client.get("/over/").content.decode()
    assert page.count('name="csrfmiddlewaretoken"') == 2, "of the language, and of logging out"
    token = client.cookies["csrftoken"].value
    assert client.post("/taal/", {"language": "en", "csrfmiddlewaretoken": token}).status_code == 302
    user.refresh_from_db()
    assert user.language == "en"


def test_logging_in_and_sending_a_form_set_only_declared_cookies(client):
    user = world.user("adviser")
    user.set_password("een-lang-wachtwoord")
    user.save()
    client.get("/inloggen/")
    client.post("/inloggen/", {"username": "adviser", "password": "een-lang-wachtwoord"})
    client.post("/mijn/sleutels/", {"name": "proef"})
    client.post("/mijn/post/", {"report_frequency": "daily"})

    assert {"csrftoken", "sessionid"} <= set(client.cookies) <= ALLOWED


def test_the_declaration_names_the_cookies_of_an_installation_with_https(settings):
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"

    assert "__Host-sessionid" in {cookie.name for cookie in allowed_cookies()}
