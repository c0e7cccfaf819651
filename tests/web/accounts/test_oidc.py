"""Staff log in with OpenID Connect: a real provider on a local port, over real requests."""

from __future__ import annotations

import base64
import hashlib
import re
import warnings
from http.cookiejar import CookieJar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session

from participation.models import User
from participation.web.accounts import oidc
from tests import world
from tests.web.accounts.log_in_helpers import CODE_FORM, CODE_REQUEST, LOG_IN, PUBLIC_PAGE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Deprecation warnings of the provider's own code do not matter.
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]
LOGIN_URL = "/account/dienst/staff/"
ADDRESS = "adviser@example.org"


@pytest.fixture(scope="module")
def provider():
    with warnings.catch_warnings(record=True):
        import oidc_provider_mock

    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def staff(strict, provider):
    """Settings with that provider for staff, as in production."""
    return configure(strict, provider)


def configure(settings, provider, domains=(), **extra):
    from tracker.oidc import provider as provider_settings

    settings.OIDC_SERVER_URL = provider
    settings.OIDC_EMAIL_DOMAINS = list(domains)
    settings.SOCIALACCOUNT_PROVIDERS = provider_settings("", provider, "leidraad", "geheim")
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"].update(extra)
    return settings


def add_provider_user(provider, sub="p-1", **claims):
    """A person as the provider knows them."""
    user_info = {"email": ADDRESS, "email_verified": True, "name": "A. Adviseur", **claims}
    httpx.put(f"{provider}/users/{sub}", json=user_info).raise_for_status()
    return sub


class Browser:
    """A browser that goes to the provider, logs in there, and returns."""

    def __init__(self, live_server):
        self.ours = live_server.url
        self.http = httpx.Client(cookies=CookieJar())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def get(self, path):
        return self.http.get(self.ours + path)

    def leave(self, path=LOGIN_URL):
        """Press the button, and return the URL of the provider."""
        form = self.get(LOG_IN).text.partition(f'action="{LOGIN_URL}')[2]
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
        response = self.http.post(self.ours + path, data={"csrfmiddlewaretoken": token}, headers={"Referer": self.ours})
        assert response.status_code == 302, response.text[:500]
        return response.headers["location"]

    def come_back(self, redirect, sub):
        """Log in there as this person, and return our response."""
        there = httpx.post(redirect, data={"sub": sub})
        assert there.status_code in (302, 303), there.text[:500]
        return self.http.get(there.headers["location"])

    def log_in(self, sub, path=LOGIN_URL):
        return self.come_back(self.leave(path), sub)

    @property
    def user(self):
        """Return the user who is logged in here, if any."""
        session = Session.objects.filter(session_key=self.http.cookies.get("sessionid")).first()
        pk = session.get_decoded().get("_auth_user_id") if session else None
        return User.objects.get(pk=pk) if pk else None


@pytest.fixture
def visitor(live_server):
    with Browser(live_server) as made:
        yield made


def test_an_existing_user_logs_in_without_a_local_second_factor(staff, provider, visitor):
    user = world.user("adviser")
    response = visitor.log_in(add_provider_user(provider), f"{LOGIN_URL}?next=/over/")

    assert response.status_code == 302
    assert response.headers["location"] == PUBLIC_PAGE
    assert visitor.user == user
    assert visitor.get(PUBLIC_PAGE).status_code == 200


def test_an_intercepted_authorization_code_is_useless(staff, provider, visitor, monkeypatch):
    world.user("adviser")
    sent = []
    request = requests.Session.request

    def recorded(self, method, url, **given):
        sent.append(given.get("data") or {})
        return request(self, method, url, **given)

    monkeypatch.setattr(requests.Session, "request", recorded)
    redirect = visitor.leave()
    visitor.come_back(redirect, add_provider_user(provider))

    query = parse_qs(urlsplit(redirect).query)
    [verifier] = [data["code_verifier"] for data in sent if "code_verifier" in data]
    digest = hashlib.sha256(verifier.encode()).digest()
    assert query["code_challenge_method"] == ["S256"]
    assert query["code_challenge"] == [base64.urlsafe_b64encode(digest).decode().rstrip("=")]
    assert query["state"]


@pytest.mark.parametrize(
    ("claims", "message", "setting"),
    [
        ({"email": "niemand@example.org"}, "kent u niet op dat e-mailadres", ""),
        ({"email_verified": False}, "zegt niet dat uw e-mailadres is gecontroleerd", "OIDC_EMAIL_DOMAINS"),
        ({"email": ""}, "gaf ons uw e-mailadres niet door", "OIDC_EMAIL_CLAIM"),
    ],
    ids=["unknown", "unchecked", "none"],
)
def test_an_unknown_or_unverified_address_is_refused_with_a_contact(
    staff, provider, visitor, caplog, claims, message, setting
):
    staff.CONTACT_EMAIL = "beheer@example.org"
    world.user("adviser")
    response = visitor.log_in(add_provider_user(provider, "p-2", **claims))

    assert response.status_code == 403
    assert message in response.text
    assert "beheer@example.org" in response.text
    logged = " ".join(record.getMessage() for record in caplog.records if record.name == "leidraad.openid")
    assert setting in logged if setting else not logged
    assert "example.org" not in logged
    assert visitor.user is None
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("closed", [{"is_active": False}, {"role": "association_member"}], ids=str)
def test_a_departed_employee_is_refused_even_when_linked_before(staff, provider, visitor, closed):
    user = world.user("adviser")
    visitor.log_in(add_provider_user(provider))
    assert visitor.user == user
    User.objects.filter(pk=user.pk).update(**closed)
    with Browser(type("Ours", (), {"url": visitor.ours})) as later:
        assert later.log_in("p-1").status_code == 403
        assert later.user is None


def test_an_address_in_an_own_domain_needs_no_verified_claim(strict, provider, visitor):
    configure(strict, provider, ["Example.org"])
    user = world.user("adviser")
    visitor.log_in(add_provider_user(provider, email_verified=None))

    assert visitor.user == user


def test_an_explicitly_unverified_address_is_refused_even_in_an_own_domain(strict, provider, visitor):
    configure(strict, provider, ["example.org"])
    world.user("coordinator", name="adviser")

    assert visitor.log_in(add_provider_user(provider, "p-5", email_verified=False)).status_code == 403
    assert visitor.user is None


def test_a_response_about_another_subject_is_rejected(staff, provider, visitor, monkeypatch):
    world.user("adviser")
    user_info = {"sub": "p-6", "email": ADDRESS, "email_verified": True}
    monkeypatch.setattr(oidc.StaffOIDCAdapter, "_fetch_user_info", lambda *_: user_info)

    assert visitor.log_in(add_provider_user(provider, "p-7", email="ander@example.org")).status_code == 401
    assert visitor.user is None


def test_the_address_claim_is_configurable(strict, provider, visitor, monkeypatch):
    configure(strict, provider, ["example.org"])
    strict.OIDC_EMAIL_CLAIM = "preferred_username"
    user = world.user("adviser")
    user_info = {"sub": "p-8", "preferred_username": "Adviser@example.org"}
    monkeypatch.setattr(oidc.StaffOIDCAdapter, "_fetch_user_info", lambda *_: user_info)
    visitor.log_in(add_provider_user(provider, "p-8", email="", email_verified=None))

    assert visitor.user == user


USERINFO = {"email": ADDRESS}


@pytest.mark.parametrize(
    ("claims", "more", "counts"),
    [
        *(({**USERINFO, "email_verified": yes}, {}, True) for yes in (True, "true", "True")),
        *(
            ({**USERINFO, "email_verified": no}, {}, False)
            for no in (False, "false", "False", "no", "0", 0, "", [], {})
        ),
        ({**USERINFO, "email_verified": True}, {**USERINFO, "email_verified": False}, False),
        ({**USERINFO, "email_verified": "false"}, {**USERINFO, "email_verified": True}, False),
        # The claim email_verified is about the claim email beside it.
        ({"email": "mij@elders.example.net", "email_verified": True}, USERINFO, False),
        ({"email": "mij@elders.example.net", "email_verified": True}, {**USERINFO, "email_verified": True}, True),
        ({"email_verified": True}, USERINFO, False),
        (USERINFO, {}, False),
    ],
)
def test_an_address_is_verified_only_if_the_server_verified_that_very_address(settings, claims, more, counts):
    settings.OIDC_EMAIL_DOMAINS = []
    assert oidc.email_from_claims(claims, more) == (ADDRESS, counts)
    if any(one.get("email_verified") not in (None, True, "true", "True") for one in (claims, more)):
        settings.OIDC_EMAIL_DOMAINS = ["example.org"]
        assert oidc.email_from_claims(claims, more) == (ADDRESS, False)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org.elders.example.net",
        "a@elders.example.net",
        "a@sub.example.org",
        "a@exampl\u00e9.org",
        None,
        "geen adres",
        7,
    ],
)
def test_only_own_domains_are_trusted_without_a_verified_claim(settings, address):
    settings.OIDC_EMAIL_DOMAINS = ["example.org"]
    assert not oidc.email_from_claims({"email": address}, {})[1]


def test_after_the_first_login_a_user_is_identified_by_subject(staff, provider, visitor):
    user = world.user("adviser")
    visitor.log_in(add_provider_user(provider))
    user.email = "getrouwd@example.org"
    user.save()
    with Browser(type("Ours", (), {"url": visitor.ours})) as later:
        later.log_in("p-1")
        assert later.user == user


def test_a_successor_with_the_same_address_does_not_get_the_account(staff, provider, visitor):
    world.user("adviser")
    visitor.log_in(add_provider_user(provider))
    with Browser(type("Ours", (), {"url": visitor.ours})) as later:
        assert later.log_in(add_provider_user(provider, "p-9")).status_code == 403
        assert later.user is None


def test_only_the_subject_of_the_server_response_is_stored(staff, provider, visitor):
    world.user("adviser")
    visitor.log_in(add_provider_user(provider))

    kept = SocialAccount.objects.get()
    assert (kept.uid, kept.extra_data) == ("p-1", {})
    assert (User.objects.get().first_name, User.objects.get().last_name) == ("", "")


def test_the_technical_administrator_keeps_a_password(staff, provider, visitor):
    user = world.user("administrator", is_superuser=True)
    user.set_password("een-lang-wachtwoord")
    user.save()
    visitor.log_in(add_provider_user(provider, "p-3", email=user.email))

    assert visitor.user == user
    assert User.objects.get().check_password("een-lang-wachtwoord")


def test_a_token_of_another_issuer_is_rejected(strict, provider, visitor):
    configure(strict, provider, openid_configuration_overrides={"issuer": "https://elders.example.net"})
    world.user("adviser")
    response = visitor.log_in(add_provider_user(provider))

    assert response.status_code == 401
    assert "Inloggen is niet gelukt" in response.text
    assert visitor.user is None


@pytest.mark.parametrize("query", ["", "?code=x&state=y", "?error=server_error&state=y"])
def test_an_unsolicited_response_is_rejected(staff, provider, visitor, query):
    assert visitor.get(f"{LOGIN_URL}terug/{query}").status_code == 401


def test_a_response_is_accepted_once(staff, provider, visitor):
    world.user("adviser")
    there = httpx.post(visitor.leave(), data={"sub": add_provider_user(provider)})
    back = there.headers["location"]
    with Browser(type("Ours", (), {"url": visitor.ours})) as elsewhere:
        assert elsewhere.http.get(back).status_code == 401
    assert visitor.http.get(back).status_code == 302
    visitor.http.cookies.clear()

    assert visitor.http.get(back).status_code == 401


def test_cancelling_at_the_server_shows_a_message(staff, provider, visitor):
    redirect = visitor.leave()
    state = parse_qs(urlsplit(redirect).query)["state"][0]
    response = visitor.get(f"{LOGIN_URL}terug/?error=access_denied&state={state}")

    assert visitor.http.get(visitor.ours + response.headers["location"]).status_code == 200


def test_users_cannot_link_another_account_to_their_own(staff, provider, visitor):
    world.user("adviser")
    visitor.log_in(add_provider_user(provider))
    world.user("coordinator")

    response = visitor.http.get(f"{visitor.ours}{LOGIN_URL}?process=connect")
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', response.text)[1]
    redirect = visitor.http.post(
        f"{visitor.ours}{LOGIN_URL}?process=connect",
        data={"csrfmiddlewaretoken": token},
        headers={"Referer": visitor.ours},
    ).headers["location"]

    assert (
        visitor.come_back(redirect, add_provider_user(provider, "p-4", email="vreemd@example.org")).status_code == 403
    )
    assert SocialAccount.objects.count() == 1


def test_opening_the_login_url_with_get_does_not_redirect_to_the_server(staff, provider, visitor):
    """Log-in starts with POST only, so that a link cannot log someone in."""
    response = visitor.get(LOGIN_URL)

    assert response.status_code == 200
    assert "Verder" in response.text


def test_the_login_page_shows_the_oidc_button_first_and_folds_the_password(staff, provider, client):
    shown = client.get(LOG_IN).content.decode()

    assert shown.index("Inloggen met uw werkaccount") < shown.rindex("<details") < shown.index('name="password"')


def test_staff_who_request_a_code_are_referred_to_oidc(staff, client, mailoutbox):
    world.user("adviser")
    client.post(CODE_REQUEST, {"email": ADDRESS})
    client.post(CODE_FORM, {"code": "1111-1111"})

    assert "met uw werkaccount" in mailoutbox[0].body


def test_without_an_oidc_server_there_is_no_oidc_login(client):
    assert client.get(LOGIN_URL).status_code == 404
    assert client.get(f"{LOGIN_URL}terug/").status_code == 404
    assert LOGIN_URL not in client.get(LOG_IN).content.decode()
