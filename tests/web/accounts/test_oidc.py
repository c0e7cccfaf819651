"""Staff log in at the server of the municipality: a real provider, on a port of its own, over real requests."""

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
from tests.web.accounts.doors import ASK, GIVE, LOG_IN, PUBLIC

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # What the provider says of its own parts is not about us.
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]
DOOR = "/account/dienst/staff/"
ADDRESS = "adviser@example.org"


@pytest.fixture(scope="module")
def provider():
    with warnings.catch_warnings(record=True):
        import oidc_provider_mock

    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def staff(strict, provider):
    """Settings with that server for staff, as a real installation has them."""
    return configure(strict, provider)


def configure(settings, provider, domains=(), **extra):
    from tracker.oidc import provider as told

    settings.OIDC_SERVER_URL = provider
    settings.OIDC_EMAIL_DOMAINS = list(domains)
    settings.SOCIALACCOUNT_PROVIDERS = told("", provider, "leidraad", "geheim")
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"].update(extra)
    return settings


def known_there(provider, sub="p-1", **claims):
    """A person as the server knows them."""
    told = {"email": ADDRESS, "email_verified": True, "name": "A. Adviseur", **claims}
    httpx.put(f"{provider}/users/{sub}", json=told).raise_for_status()
    return sub


class Browser:
    """Goes from our page to the server, logs in there, and comes back."""

    def __init__(self, live_server):
        self.ours = live_server.url
        self.http = httpx.Client(cookies=CookieJar())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def get(self, path):
        return self.http.get(self.ours + path)

    def leave(self, path=DOOR):
        """Push the button; returns where the server is asked to log one in."""
        form = self.get(LOG_IN).text.partition(f'action="{DOOR}')[2]
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
        answer = self.http.post(self.ours + path, data={"csrfmiddlewaretoken": token}, headers={"Referer": self.ours})
        assert answer.status_code == 302, answer.text[:500]
        return answer.headers["location"]

    def come_back(self, asked, sub):
        """Log in there as this person; returns our answer."""
        there = httpx.post(asked, data={"sub": sub})
        assert there.status_code in (302, 303), there.text[:500]
        return self.http.get(there.headers["location"])

    def log_in(self, sub, path=DOOR):
        return self.come_back(self.leave(path), sub)

    @property
    def user(self):
        """Who is logged in here, if anyone."""
        session = Session.objects.filter(session_key=self.http.cookies.get("sessionid")).first()
        pk = session.get_decoded().get("_auth_user_id") if session else None
        return User.objects.get(pk=pk) if pk else None


@pytest.fixture
def visitor(live_server):
    with Browser(live_server) as made:
        yield made


def test_who_has_an_account_is_let_in_without_another_second_factor(staff, provider, visitor):
    user = world.user("adviser")
    answer = visitor.log_in(known_there(provider), f"{DOOR}?next=/over/")

    assert answer.status_code == 302
    assert answer.headers["location"] == PUBLIC
    assert visitor.user == user
    assert visitor.get(PUBLIC).status_code == 200


def test_the_code_that_comes_back_is_worth_nothing_to_who_catches_it(staff, provider, visitor, monkeypatch):
    world.user("adviser")
    sent = []
    request = requests.Session.request

    def recorded(self, method, url, **given):
        sent.append(given.get("data") or {})
        return request(self, method, url, **given)

    monkeypatch.setattr(requests.Session, "request", recorded)
    asked = visitor.leave()
    visitor.come_back(asked, known_there(provider))

    query = parse_qs(urlsplit(asked).query)
    [verifier] = [data["code_verifier"] for data in sent if "code_verifier" in data]
    digest = hashlib.sha256(verifier.encode()).digest()
    assert query["code_challenge_method"] == ["S256"]
    assert query["code_challenge"] == [base64.urlsafe_b64encode(digest).decode().rstrip("=")]
    assert query["state"]


@pytest.mark.parametrize(
    ("claims", "told", "setting"),
    [
        ({"email": "niemand@example.org"}, "kent u niet op dat e-mailadres", ""),
        ({"email_verified": False}, "zegt niet dat uw e-mailadres is gecontroleerd", "OIDC_EMAIL_DOMAINS"),
        ({"email": ""}, "gaf ons uw e-mailadres niet door", "OIDC_EMAIL_CLAIM"),
    ],
    ids=["unknown", "unchecked", "none"],
)
def test_who_is_not_known_by_a_checked_address_is_told_whom_to_ask_and_gets_no_account(
    staff, provider, visitor, caplog, claims, told, setting
):
    staff.CONTACT_EMAIL = "beheer@example.org"
    world.user("adviser")
    answer = visitor.log_in(known_there(provider, "p-2", **claims))

    assert answer.status_code == 403
    assert told in answer.text
    assert "beheer@example.org" in answer.text
    logged = " ".join(record.getMessage() for record in caplog.records if record.name == "leidraad.openid")
    assert setting in logged if setting else not logged
    assert "example.org" not in logged
    assert visitor.user is None
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("closed", [{"is_active": False}, {"role": "association_member"}], ids=str)
def test_who_no_longer_works_here_is_not_let_in_also_when_known_from_before(staff, provider, visitor, closed):
    user = world.user("adviser")
    visitor.log_in(known_there(provider))
    assert visitor.user == user
    User.objects.filter(pk=user.pk).update(**closed)
    with Browser(type("Ours", (), {"url": visitor.ours})) as later:
        assert later.log_in("p-1").status_code == 403
        assert later.user is None


def test_an_address_of_the_own_domain_counts_where_the_server_never_says_that_it_was_checked(strict, provider, visitor):
    configure(strict, provider, ["Example.org"])
    user = world.user("adviser")
    visitor.log_in(known_there(provider, email_verified=None))

    assert visitor.user == user


def test_an_explicit_no_is_a_no_also_in_the_own_domain(strict, provider, visitor):
    configure(strict, provider, ["example.org"])
    world.user("coordinator", name="adviser")

    assert visitor.log_in(known_there(provider, "p-5", email_verified=False)).status_code == 403
    assert visitor.user is None


def test_an_answer_about_another_person_is_refused(staff, provider, visitor, monkeypatch):
    world.user("adviser")
    told = {"sub": "p-6", "email": ADDRESS, "email_verified": True}
    monkeypatch.setattr(oidc.StaffServer, "_fetch_user_info", lambda *_: told)

    assert visitor.log_in(known_there(provider, "p-7", email="ander@example.org")).status_code == 401
    assert visitor.user is None


def test_a_server_may_give_the_address_in_another_claim(strict, provider, visitor, monkeypatch):
    configure(strict, provider, ["example.org"])
    strict.OIDC_EMAIL_CLAIM = "preferred_username"
    user = world.user("adviser")
    told = {"sub": "p-8", "preferred_username": "Adviser@example.org"}
    monkeypatch.setattr(oidc.StaffServer, "_fetch_user_info", lambda *_: told)
    visitor.log_in(known_there(provider, "p-8", email="", email_verified=None))

    assert visitor.user == user


SAID = {"email": ADDRESS}


@pytest.mark.parametrize(
    ("said", "more", "counts"),
    [
        *(({**SAID, "email_verified": yes}, {}, True) for yes in (True, "true", "True")),
        *(({**SAID, "email_verified": no}, {}, False) for no in (False, "false", "False", "no", "0", 0, "", [], {})),
        ({**SAID, "email_verified": True}, {**SAID, "email_verified": False}, False),
        ({**SAID, "email_verified": "false"}, {**SAID, "email_verified": True}, False),
        # A yes is about the address beside it.
        ({"email": "mij@elders.example.net", "email_verified": True}, SAID, False),
        ({"email": "mij@elders.example.net", "email_verified": True}, {**SAID, "email_verified": True}, True),
        ({"email_verified": True}, SAID, False),
        (SAID, {}, False),
    ],
)
def test_an_address_counts_as_checked_where_the_server_says_so_of_this_address(settings, said, more, counts):
    settings.OIDC_EMAIL_DOMAINS = []
    assert oidc.address_in(said, more) == (ADDRESS, counts)
    if any(one.get("email_verified") not in (None, True, "true", "True") for one in (said, more)):
        settings.OIDC_EMAIL_DOMAINS = ["example.org"]
        assert oidc.address_in(said, more) == (ADDRESS, False)


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
def test_only_the_own_domains_count_without_a_word_of_the_server(settings, address):
    settings.OIDC_EMAIL_DOMAINS = ["example.org"]
    assert not oidc.address_in({"email": address}, {})[1]


def test_after_the_first_time_one_is_known_by_the_number_of_the_server(staff, provider, visitor):
    user = world.user("adviser")
    visitor.log_in(known_there(provider))
    user.email = "getrouwd@example.org"
    user.save()
    with Browser(type("Ours", (), {"url": visitor.ours})) as later:
        later.log_in("p-1")
        assert later.user == user


def test_who_gets_the_address_of_a_predecessor_does_not_get_the_account(staff, provider, visitor):
    world.user("adviser")
    visitor.log_in(known_there(provider))
    with Browser(type("Ours", (), {"url": visitor.ours})) as later:
        assert later.log_in(known_there(provider, "p-9")).status_code == 403
        assert later.user is None


def test_nothing_of_what_the_server_tells_is_kept_but_its_number(staff, provider, visitor):
    world.user("adviser")
    visitor.log_in(known_there(provider))

    kept = SocialAccount.objects.get()
    assert (kept.uid, kept.extra_data) == ("p-1", {})
    assert (User.objects.get().first_name, User.objects.get().last_name) == ("", "")


def test_the_password_of_the_technical_administrator_stays(staff, provider, visitor):
    user = world.user("administrator", is_superuser=True)
    user.set_password("een-lang-wachtwoord")
    user.save()
    visitor.log_in(known_there(provider, "p-3", email=user.email))

    assert visitor.user == user
    assert User.objects.get().check_password("een-lang-wachtwoord")


def test_a_token_of_another_issuer_is_refused(strict, provider, visitor):
    configure(strict, provider, openid_configuration_overrides={"issuer": "https://elders.example.net"})
    world.user("adviser")
    answer = visitor.log_in(known_there(provider))

    assert answer.status_code == 401
    assert "Inloggen is niet gelukt" in answer.text
    assert visitor.user is None


@pytest.mark.parametrize("query", ["", "?code=x&state=y", "?error=server_error&state=y"])
def test_an_answer_that_nobody_waited_for_is_refused(staff, provider, visitor, query):
    assert visitor.get(f"{DOOR}terug/{query}").status_code == 401


def test_an_answer_counts_once(staff, provider, visitor):
    world.user("adviser")
    there = httpx.post(visitor.leave(), data={"sub": known_there(provider)})
    back = there.headers["location"]
    with Browser(type("Ours", (), {"url": visitor.ours})) as elsewhere:
        assert elsewhere.http.get(back).status_code == 401
    assert visitor.http.get(back).status_code == 302
    visitor.http.cookies.clear()

    assert visitor.http.get(back).status_code == 401


def test_who_stops_over_there_is_told_so(staff, provider, visitor):
    asked = visitor.leave()
    state = parse_qs(urlsplit(asked).query)["state"][0]
    answer = visitor.get(f"{DOOR}terug/?error=access_denied&state={state}")

    assert visitor.http.get(visitor.ours + answer.headers["location"]).status_code == 200


def test_nobody_ties_another_account_to_their_own(staff, provider, visitor):
    world.user("adviser")
    visitor.log_in(known_there(provider))
    world.user("coordinator")

    answer = visitor.http.get(f"{visitor.ours}{DOOR}?process=connect")
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)[1]
    asked = visitor.http.post(
        f"{visitor.ours}{DOOR}?process=connect",
        data={"csrfmiddlewaretoken": token},
        headers={"Referer": visitor.ours},
    ).headers["location"]

    assert visitor.come_back(asked, known_there(provider, "p-4", email="vreemd@example.org")).status_code == 403
    assert SocialAccount.objects.count() == 1


def test_by_the_address_alone_one_is_not_sent_away(staff, provider, visitor):
    """A link elsewhere must not log someone in without their asking."""
    answer = visitor.get(DOOR)

    assert answer.status_code == 200
    assert "Verder" in answer.text


def test_the_page_shows_the_button_first_and_the_password_folded(staff, provider, client):
    shown = client.get(LOG_IN).content.decode()

    assert shown.index("Inloggen met uw werkaccount") < shown.rindex("<details") < shown.index('name="password"')


def test_staff_who_ask_for_a_code_hear_which_door_is_theirs(staff, client, mailoutbox):
    world.user("adviser")
    client.post(ASK, {"email": ADDRESS})
    client.post(GIVE, {"code": "1111-1111"})

    assert "met uw werkaccount" in mailoutbox[0].body


def test_without_a_server_there_is_no_such_door(client):
    assert client.get(DOOR).status_code == 404
    assert client.get(f"{DOOR}terug/").status_code == 404
    assert DOOR not in client.get(LOG_IN).content.decode()
