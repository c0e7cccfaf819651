"""Tokens of the municipality's own server: a small one on a port of its own, whose keys are made here."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as some

from participation.api.core import oidc
from participation.models import User
from tests import world
from tests.api.calling import Caller, told

pytestmark = pytest.mark.django_db
SQUARE = "/trajectories/voorbeeldplein"
AUDIENCE = "leidraad-api"
UNSOUND = "Dit token klopt niet, is verlopen, of is niet voor deze API."
SILENT = "We kunnen de inlogserver nu niet bereiken."
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def published(key: Any, name: str, **more: str) -> dict[str, Any]:
    kind = jwt.algorithms.RSAAlgorithm if hasattr(key, "decrypt") else jwt.algorithms.ECAlgorithm
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": name, "use": "sig", **more}


class Server:
    """What the server answers by path, and what it was asked; ``down`` answers 503."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False
        self.answers: dict[str, Any] = {}
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told.asked.append(self.path)
                answer = None if told.down else told.answers.get(self.path)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(503 if answer is None else 200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_said: Any) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/realms/gemeente"

    def set_out(self, *keys: dict[str, Any], **told: Any) -> None:
        self.answers = {
            "/realms/gemeente/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                **told,
            },
            "/realms/gemeente/keys": {"keys": list(keys)},
        }


@pytest.fixture(scope="module")
def running():
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(oidc, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def server(running, settings, clock, monkeypatch):
    monkeypatch.setattr(oidc, "_known", {})
    monkeypatch.setattr(oidc, "_left_alone", {})
    settings.OIDC_SERVER_URL, settings.OIDC_API_AUDIENCE = running.url, AUDIENCE
    running.down, running.asked = False, []
    running.set_out(published(RSA, "one"))
    return running


@pytest.fixture
def person(server):
    world.trajectory(public=False)
    user = world.user("coordinator")
    SocialAccount.objects.create(user=user, provider="staff", uid="p-1")
    return user


def token(server, key=RSA, kid="one", alg="RS256", without=(), **claims):
    now = 4_000_000_000
    said = {"iss": server.url, "aud": AUDIENCE, "sub": "p-1", "exp": now, **claims}
    said = {name: value for name, value in said.items() if name not in without}
    return jwt.encode(said, key, algorithm=alg, headers={"kid": kid} if kid else {})


def knock(shown, path=SQUARE):
    return Caller().send("GET", path, authorization=f"Bearer {shown}")


def refused(shown):
    status, why = told(knock(shown))
    assert status == 401
    return why


def test_a_sound_token_is_its_person(server, person):
    shown = token(server)
    assert knock(shown).status_code == 200
    written = Caller().send(
        "PATCH", SQUARE, '{"summary": "x"}', "application/json", authorization=f"Bearer {shown}", if_match="*"
    )
    assert written.status_code == 200


@pytest.mark.parametrize(
    ("key", "alg"),
    [(RSA, "RS256"), (RSA, "RS512"), (RSA, "PS256"), (CURVE, "ES256")],
    ids=["RS256", "RS512", "PS256", "ES256"],
)
def test_it_may_be_signed_in_each_usual_way(server, person, key, alg):
    server.set_out(published(key, "one", alg=alg))
    assert knock(token(server, key, alg=alg)).status_code == 200


def test_the_audience_may_be_one_of_several(server, person):
    assert knock(token(server, aud=["elders", AUDIENCE])).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "leidraad"},
        {"aud": []},
        {"iss": "https://elders.example.org"},
        {"exp": 1_700_000_000},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"sub": 1},
        {"exp": "morgen"},
        {"without": ["sub"]},
        {"without": ["exp"]},
        {"without": ["aud"]},
        {"without": ["iss"]},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(server, person, claims):
    assert refused(token(server, **claims)) == UNSOUND


def test_another_key_under_the_same_name_is_refused(server, person):
    assert refused(token(server, OTHER)) == UNSOUND


def test_a_token_without_the_name_of_its_key_is_refused(server, person):
    assert refused(token(server, kid="")) == UNSOUND


def test_a_key_that_is_not_for_signing_signs_nothing(server, person):
    server.set_out(published(RSA, "one", use="enc"))
    assert refused(token(server)) == UNSOUND


def _encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _by_hand(server, header, signature=""):
    said = {"iss": server.url, "aud": AUDIENCE, "sub": "p-1", "exp": 4_000_000_000}
    return f"{_encoded(header)}.{_encoded(said)}.{signature}"


def test_an_unsigned_token_is_refused_and_the_server_not_asked(server, person):
    for alg in ("none", "None", "NONE", ""):
        assert refused(_by_hand(server, {"alg": alg, "kid": "one"})) == UNSOUND
    assert server.asked == []


def test_a_token_signed_with_what_everybody_may_know_is_refused(server, person):
    """The public key taken for a secret: signed by hand, for no library does it."""
    import hashlib
    import hmac

    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = _by_hand(server, {"alg": "HS256", "kid": "one"}).rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.new(public, unsigned.encode(), hashlib.sha256).digest())
    assert refused(f"{unsigned}.{signature.rstrip(b'=').decode()}") == UNSOUND


def test_who_never_logged_in_here_or_left_or_does_not_work_here_is_refused(server, person):
    assert "Niemand hier hoort bij dit token" in refused(token(server, sub="p-2"))
    SocialAccount.objects.update(provider="elders")
    assert "Niemand hier" in refused(token(server))
    SocialAccount.objects.update(provider="staff")
    User.objects.update(role="association_member")
    assert "Niemand hier" in refused(token(server))
    User.objects.update(role="coordinator", is_active=False)
    assert "Niemand hier" in refused(token(server))
    User.objects.update(is_active=True)
    assert knock(token(server)).status_code == 200


@pytest.mark.parametrize("missing", ["OIDC_SERVER_URL", "OIDC_API_AUDIENCE"])
def test_without_the_settings_no_token_is_accepted_and_nobody_asked(server, person, settings, missing):
    setattr(settings, missing, "")
    assert refused(token(server)) == "Tokens worden hier niet aangenomen. Gebruik een sleutel."
    assert server.asked == []


def test_a_key_of_our_own_needs_no_server(server, person):
    server.down = True
    assert Caller(person).get(SQUARE).status_code == 200
    assert server.asked == []


# ---------- asking the server


def test_the_server_is_asked_once_for_many_tokens_and_again_after_a_while(server, person, clock):
    for _time in range(3):
        assert knock(token(server)).status_code == 200
    assert len(server.asked) == 2
    clock[0] += 299
    knock(token(server))
    assert len(server.asked) == 2
    clock[0] += 1
    knock(token(server))
    assert len(server.asked) == 4


def test_a_new_key_is_known_within_half_a_minute_and_an_old_one_is_forgotten(server, person, clock):
    assert knock(token(server)).status_code == 200
    server.set_out(published(OTHER, "two"))
    assert refused(token(server, OTHER, kid="two")) == UNSOUND
    clock[0] += 30
    assert knock(token(server, OTHER, kid="two")).status_code == 200
    assert refused(token(server)) == UNSOUND


def test_names_of_keys_that_are_not_there_do_not_keep_the_server_busy(server, person, clock):
    for number in range(20):
        refused(token(server, kid=f"weg-{number}"))
    assert len(server.asked) == 2


def test_a_server_that_is_down_is_told_left_alone_for_a_moment_and_then_asked_again(server, person, clock, client):
    server.down = True
    assert refused(token(server)).startswith(SILENT)
    server.down = False
    assert refused(token(server)).startswith(SILENT)
    assert len(server.asked) == 1, "threads do not wait for it one after the other"
    assert client.get("/over/").status_code == 200

    clock[0] += 10
    assert knock(token(server)).status_code == 200


def test_while_it_is_down_for_a_moment_tokens_of_known_keys_go_on(server, person, clock):
    assert knock(token(server)).status_code == 200
    server.down = True
    clock[0] += 60
    assert refused(token(server, kid="nieuw")) == UNSOUND
    assert knock(token(server)).status_code == 200
    clock[0] += 300
    assert refused(token(server)).startswith(SILENT)


def test_a_port_where_nobody_listens_is_a_server_that_is_down(server, person, settings):
    settings.OIDC_SERVER_URL = "http://127.0.0.1:9"
    assert refused(token(server)).startswith(SILENT)


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://elders.example.org"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "niets"},
        b"<html>",
        b"[]",
        b"null",
        b"",
        b"\xff",
        b"[" * 5000,
    ],
    ids=lambda told: str(told)[:40],
)
def test_a_server_that_says_something_else_is_not_believed(server, person, told):
    if isinstance(told, bytes):
        server.answers["/realms/gemeente/.well-known/openid-configuration"] = told
    else:
        server.set_out(published(RSA, "one"), **told)
    assert refused(token(server)).startswith(SILENT)


@pytest.mark.parametrize("keys", [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1]}', b'{"keys": []}'], ids=str)
def test_keys_that_are_none_open_nothing(server, person, keys):
    server.answers["/realms/gemeente/keys"] = keys
    assert refused(token(server)).startswith(SILENT)


def test_by_https_keys_come_by_https_too(server, monkeypatch):
    told = {"issuer": "https://in.example.org", "jwks_uri": "http://in.example.org/keys"}
    monkeypatch.setattr(oidc, "_fetched", lambda address: told)
    with pytest.raises(ValueError, match="On the way"):
        oidc._asked("https://in.example.org", 0)


# ---------- whatever is sent


def test_a_token_that_is_too_large_or_too_deep_is_refused_before_anyone_is_asked(server, person):
    assert told(knock(token(server, more="x" * 9_000)))[0] == 401
    deep = base64.urlsafe_b64encode(b"[" * 2_500).rstrip(b"=").decode()
    assert refused(f"{deep}.{deep}.x") == UNSOUND
    assert server.asked == []


@given(
    some.text(
        alphabet=some.characters(max_codepoint=127, exclude_characters=" \t\n\r\v\f\x1c\x1d\x1e\x1f"), max_size=60
    )
)
def test_any_text_with_two_dots_is_refused_without_asking(text):
    from rest_framework.exceptions import AuthenticationFailed

    shown = f"{text}.{text[::-1]}.x".replace("..", ".")
    if shown.count(".") != 2:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oidc.settings, "OIDC_SERVER_URL", "http://127.0.0.1:9")
        patch.setattr(oidc.settings, "OIDC_API_AUDIENCE", AUDIENCE)
        patch.setattr(oidc, "_fetched", lambda _address: pytest.fail("asked"))
        with pytest.raises(AuthenticationFailed):
            oidc.person_of(shown)
