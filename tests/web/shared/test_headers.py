"""The security headers of each response."""

import re

import pytest
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db
PUBLIC, LOG_IN = "/over/", "/inloggen/"


def policy(response):
    parts = response.headers["Content-Security-Policy"].split(";")
    return {name: values for name, *values in (part.split() for part in parts)}


@pytest.mark.parametrize("address", [PUBLIC, LOG_IN, "/moties/", "/moties/onbekend/", "/uitloggen/"])
def test_the_content_security_policy_allows_only_the_own_origin(client, settings, address):
    settings.DEBUG = False
    directives = policy(client.get(address))

    assert (
        directives["default-src"]
        == directives["object-src"]
        == directives["base-uri"]
        == directives["frame-ancestors"]
        == ["'none'"]
    )
    assert (
        directives["script-src"]
        == directives["style-src"]
        == directives["form-action"]
        == directives["connect-src"]
        == ["'self'"]
    )
    assert not any("unsafe" in value for values in directives.values() for value in values)


def test_the_admin_allows_one_extra_inline_style_and_no_script(client):
    client.force_login(world.user("administrator", is_superuser=True, is_staff=True))
    directives = policy(client.get(reverse("admin:index")))

    assert directives["script-src"] == ["'self'"]
    assert directives["style-src"][:2] == ["'self'", "'unsafe-hashes'"]
    assert [value[:8] for value in directives["style-src"][2:]] == ["'sha256-"]


def test_the_extra_inline_style_is_that_of_the_history_page():
    import base64
    import hashlib
    from pathlib import Path

    import simple_history

    from participation.web.shared.headers import _SIMPLE_HISTORY_STYLE_HASH

    folder = Path(simple_history.__file__).parent / "templates"
    styles = {style for page in folder.rglob("*.html") for style in re.findall(r'style="([^"]*)"', page.read_text())}
    digests = {f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" for style in styles}

    assert digests == {_SIMPLE_HISTORY_STYLE_HASH}


def test_responses_have_nosniff_referrer_and_permissions_policy_headers(client):
    headers = client.get(PUBLIC).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_responses_to_logged_in_users_are_not_cached(client):
    assert "no-store" not in client.get(PUBLIC).headers.get("Cache-Control", "")
    client.force_login(world.user("adviser"))

    assert "no-store" in client.get(PUBLIC).headers["Cache-Control"]


def test_cookies_are_http_only_and_same_site(client):
    client.get(LOG_IN)
    client.post("/taal/", {"language": "en"})
    user = world.user("adviser")
    user.set_password("een-lang-wachtwoord")
    user.save()
    client.post(LOG_IN, {"username": "adviser", "password": "een-lang-wachtwoord"})

    for name in ("csrftoken", "language", "sessionid"):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] == "Lax", name
