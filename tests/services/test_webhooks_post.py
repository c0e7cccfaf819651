"""A message is signed by the standard, and goes to no machine inside our own network."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as Standard
from standardwebhooks import WebhookVerificationError

from participation.models import Delivery
from participation.services import webhooks_post
from participation.services.webhooks_post import INSIDE, NO_SECRET, NOT_SECURE, UNKNOWN, UNREACHABLE
from tests.outbox import Clock
from tests.receiver import receiver, send, to
from tests.servers import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings):
    """A receiver on this machine, which only a developer's installation sends to."""
    settings.DEBUG = True
    with receiver() as found:
        yield found


def the_one():
    return Delivery.objects.get()


# ---------- signed


def test_a_signature_is_good_by_the_standard_and_by_no_other_secret(there):
    webhook = to(there.url)
    # The standard's own check reads a clock.
    send(webhook, Clock(datetime.now(UTC)))
    (heard,) = there.heard
    assert Standard(webhook.secret).verify(heard.body, heard.headers) == json.loads(the_one().body)
    with pytest.raises(WebhookVerificationError):
        Standard(webhooks_post.new_secret()).verify(heard.body, heard.headers)


def test_a_message_tells_what_it_is_and_from_whom(there):
    send(to(there.url))
    (heard,) = there.heard
    assert heard.headers["webhook-id"] == the_one().key
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("Leidraad/")
    assert heard.path == "/hook?token=geheim"


# ---------- addresses and secrets


def test_in_real_use_nothing_is_sent_to_a_machine_inside_our_own_network(there, settings, monkeypatch):
    webhook = to("https://receiver.example/hook")
    settings.DEBUG = False
    asked = []

    def resolve(host, port, **_options):
        asked.append(host)
        return [(None, None, None, "", ("93.184.215.14", port)), (None, None, None, "", ("127.0.0.1", port))]

    monkeypatch.setattr(webhooks_post.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(webhooks_post, "create_connection", lambda *_a: pytest.fail("connected"))
    assert send(webhook) == {"later": 1}
    assert the_one().reason == INSIDE
    assert asked == ["receiver.example"]


def test_what_was_looked_at_is_what_is_connected_to(there, settings, monkeypatch):
    """A name may give another number when it is asked once more: it is not asked once more."""
    webhook = to("https://receiver.example/hook")
    settings.DEBUG = False
    connected = []
    monkeypatch.setattr(webhooks_post.socket, "getaddrinfo", lambda *_a, **_o: [(0, 0, 0, "", ("93.184.215.14", 443))])

    def connect(address, *_more):
        connected.append(address)
        raise OSError

    monkeypatch.setattr(webhooks_post, "create_connection", connect)
    send(webhook)
    assert connected == [("93.184.215.14", 443)]
    assert the_one().reason == UNREACHABLE


def test_a_name_that_nobody_knows_is_told(there, monkeypatch):
    webhook = to("https://receiver.example/hook")

    def unknown(*_arguments, **_options):
        raise webhooks_post.socket.gaierror

    monkeypatch.setattr(webhooks_post.socket, "getaddrinfo", unknown)
    assert send(webhook) == {"later": 1}
    assert the_one().reason == UNKNOWN


@pytest.mark.parametrize(
    "number",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::"),
    ],
)
def test_numbers_that_are_not_on_the_internet(number):
    assert not webhooks_post.is_outside(number)


@pytest.mark.parametrize("number", ["93.184.215.14", "2606:2800:220::1", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_numbers_that_are(number):
    assert webhooks_post.is_outside(number)


@pytest.mark.parametrize(
    ("url", "in_use", "locally"),
    [
        ("https://receiver.example/hook?token=x", True, True),
        ("http://receiver.example/hook", False, False),
        ("http://localhost:8000/hook", False, True),
        ("https://localhost/hook", False, True),
        ("https://127.0.0.1/hook", False, True),
        ("https://[::1]/hook", False, True),
        ("https://10.0.0.1/hook", False, True),
        ("https://naam:woord@receiver.example/", False, False),
        ("https:///hook", False, False),
        ("https://receiver.example:poort/", False, False),
        ("ftp://receiver.example/", False, False),
    ],
)
def test_which_addresses_can_be_used(settings, url, in_use, locally):
    settings.DEBUG, settings.DEMO = False, False
    assert (webhooks_post.trouble_with(url) == "") is in_use
    settings.DEMO = True
    assert (webhooks_post.trouble_with(url) == "") is locally


def test_a_receiver_that_cannot_be_trusted_hears_nothing(there):
    assert send(to(there.url.replace("http:", "https:"))) == {"later": 1}
    assert the_one().reason == NOT_SECURE
    assert there.heard == []


def test_nothing_of_the_environment_and_no_cookie_goes_along(there, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    there.script = [(200, {"Set-Cookie": "a=b"}, b"")]
    assert send(to(there.url, 2)) == {"sent": 2}
    assert "cookie" not in there.heard[1].headers


def test_a_secret_that_is_none_is_told(there):
    webhook = to(there.url, secret="whsec_dit is er geen")
    assert send(webhook) == {"later": 1}
    assert the_one().reason == NO_SECRET


def test_neither_the_address_nor_the_secret_comes_into_the_log(there, caplog):
    caplog.set_level(logging.DEBUG, "leidraad")
    there.script = [500, there.dies, 302]
    webhook, clock = to(there.url), Clock()
    for _n in range(3):
        send(webhook, clock)
        clock.on(hours=5)
    own = [record for record in caplog.records if record.name.startswith("leidraad")]
    assert len(own) == 3
    kept = " ".join(str(record.__dict__) for record in own) + the_one().reason
    for secret in ("geheim", webhook.secret, "hook?"):
        assert secret not in kept
