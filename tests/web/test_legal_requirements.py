"""What the law asks of each page: links to both statements, and only cookies that are needed, for which nobody asks."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from participation.web.shared.cookies import allowed_cookies
from tests import world
from tests.web.test_rights import FOUND, attempts
from tests.web.test_rights import here as here

pytestmark = pytest.mark.django_db
ALLOWED = {cookie.name for cookie in allowed_cookies()}
OWN = [address for address in FOUND if not address.name.startswith("admin:")]
STATEMENT_LINKS = (b'href="/toegankelijkheid/"', b'href="/privacy/"')
RULEBOOK = reverse("rulebook_html")
READERS = ("visitor", "follower", "adviser (own)")


def cookies_of(response):
    return set(response.cookies.keys())


def needed_by(html, role):
    """Return the cookie that a form of the page needs. A visitor's menu has no such form: everyone would get it."""
    own_part = html if role.startswith("adviser") else html.partition(b"<main")[2]
    return {"csrftoken"} if b'name="csrfmiddlewaretoken"' in own_part else set()


def links_to_both_statements(response):
    """Return whether it is no page, or a page with both links. The rulebook is a document to download."""
    if (
        not response.headers.get("Content-Type", "").startswith("text/html")
        or response.request["PATH_INFO"] == RULEBOOK
    ):
        return True
    return response.status_code != 200 or all(link in response.content for link in STATEMENT_LINKS)


@pytest.mark.parametrize("address", OWN, ids=lambda address: address.name)
def test_a_page_links_to_the_statements_and_sets_only_the_cookie_that_its_form_needs(address, here):
    for attempt in attempts(address, False, here, roles=READERS, methods=("GET",)):
        html = getattr(attempt.response, "content", b"")
        assert cookies_of(attempt.response) <= needed_by(html, attempt.role), (attempt.role, attempt.path)
        assert links_to_both_statements(attempt.response), (attempt.role, attempt.path)


def test_the_administration_links_to_the_statements_and_sets_only_declared_cookies(here):
    for address in FOUND:
        if address.name.startswith("admin:"):
            for attempt in attempts(address, False, here, roles=("administrator",), methods=("GET",)):
                assert cookies_of(attempt.response) <= ALLOWED, attempt.path
                assert links_to_both_statements(attempt.response), attempt.path


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
