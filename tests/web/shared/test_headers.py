"""What each answer tells the browser."""

import re

import pytest
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db
PUBLIC, LOG_IN = "/over/", "/inloggen/"


def policy(answer):
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {name: values for name, *values in (part.split() for part in parts)}


@pytest.mark.parametrize("address", [PUBLIC, LOG_IN, "/moties/", "/moties/onbekend/", "/uitloggen/"])
def test_a_page_may_load_and_send_nothing_elsewhere(client, settings, address):
    settings.DEBUG = False
    told = policy(client.get(address))

    assert told["default-src"] == told["object-src"] == told["base-uri"] == told["frame-ancestors"] == ["'none'"]
    assert told["script-src"] == told["style-src"] == told["form-action"] == told["connect-src"] == ["'self'"]
    assert not any("unsafe" in value for values in told.values() for value in values)


def test_the_administration_gets_one_style_more_and_no_script(client):
    client.force_login(world.user("administrator", is_superuser=True, is_staff=True))
    told = policy(client.get(reverse("admin:index")))

    assert told["script-src"] == ["'self'"]
    assert told["style-src"][:2] == ["'self'", "'unsafe-hashes'"]
    assert [value[:8] for value in told["style-src"][2:]] == ["'sha256-"]


def test_that_style_is_the_one_of_the_history_page():
    import base64
    import hashlib
    from pathlib import Path

    import simple_history

    from participation.web.shared.headers import _BORROWED_STYLE

    folder = Path(simple_history.__file__).parent / "templates"
    styles = {style for page in folder.rglob("*.html") for style in re.findall(r'style="([^"]*)"', page.read_text())}
    digests = {f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" for style in styles}

    assert digests == {_BORROWED_STYLE}


def test_each_answer_says_what_it_is_and_switches_off_what_it_does_not_use(client):
    headers = client.get(PUBLIC).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_what_one_sees_who_is_logged_in_is_not_kept_on_the_way(client):
    assert "no-store" not in client.get(PUBLIC).headers.get("Cache-Control", "")
    client.force_login(world.user("adviser"))

    assert "no-store" in client.get(PUBLIC).headers["Cache-Control"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client):
    client.get(LOG_IN)
    client.post("/taal/", {"language": "en"})
    user = world.user("adviser")
    user.set_password("een-lang-wachtwoord")
    user.save()
    client.post(LOG_IN, {"username": "adviser", "password": "een-lang-wachtwoord"})

    for name in ("csrftoken", "language", "sessionid"):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] == "Lax", name
