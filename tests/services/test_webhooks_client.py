"""A message is signed by the standard, and goes to no machine inside our own network."""

from __future__ import annotations

import ipaddress
import json
import logging
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as Standard
from standardwebhooks import WebhookVerificationError

from participation.models import WebhookDelivery
from participation.services import webhooks_client
from participation.services.webhooks_client import INSIDE, NO_SECRET, NOT_SECURE, UNKNOWN, UNREACHABLE
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
    return WebhookDelivery.objects.get()


# ---------- signed


def test_a_signature_is_good_by_the_standard_and_by_no_other_secret(there):
    webhook = to(there.url)
    # The standard's own check reads a clock.
    send(webhook, Clock(datetime.now(UTC)))
    (heard,) = there.heard
    assert Standard(webhook.secret).verify(heard.body, heard.headers) == json.loads(the_one().body)
    with pytest.raises(WebhookVerificationError):
        Standard(webhooks_client.new_secret()).verify(heard.body, heard.headers)


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

    monkeypatch.setattr(webhooks_client.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(webhooks_client, "create_connection", lambda *_a: pytest.fail("connected"))
    assert send(webhook) == {"later": 1}
    assert the_one().reason == INSIDE
    assert asked == ["receiver.example"]


def test_what_was_looked_at_is_what_is_connected_to(there, settings, monkeypatch):
    """A name may give another number when it is asked once more: it is not asked once more."""
    webhook = to("https://receiver.example/hook")
    settings.DEBUG = False
    connected = []
    monkeypatch.setattr(
        webhooks_client.socket, "getaddrinfo", lambda *_a, **_o: [(0, 0, 0, "", ("93.184.215.14", 443))]
    )

    def connect(address, *_more):
        connected.append(address)
        raise OSError

    monkeypatch.setattr(webhooks_client, "create_connection", connect)
    send(webhook)
    assert connected == [("93.184.215.14", 443)]
    assert the_one().reason == UNREACHABLE


def test_a_name_that_nobody_knows_is_told(there, monkeypatch):
    webhook = to("https://receiver.example/hook")

    def unknown(*_arguments, **_options):
        raise webhooks_client.socket.gaierror

    monkeypatch.setattr(webhooks_client.socket, "getaddrinfo", unknown)
    assert send(webhook) == {"later": 1}
    assert the_one().reason == UNKNOWN


#: The registries of IANA for special purposes, of IPv4 (RFC 6890 and later) and IPv6, with what is global in them and
#: may be a receiver: no more than the prefixes of the anycast services AS112 and AMT. Added are the deprecated
#: 192.88.99.0/24 and fec0::/10, multicast, and prefixes that were never given out.
IANA_IPV4 = """
    0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
    192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16
    198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
"""
IANA_IPV6 = """
    ::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128
    2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16
    3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 ::/8 4000::/3 8000::/1
"""
IANA_GLOBAL = ("192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "2620:4f:8000::/48")
OUTSIDE = ("93.184.215.14", "1.1.1.1", "223.255.255.1", "100.128.0.1", "172.32.0.1", "198.20.0.1")


def first_and_last(network):
    found = ipaddress.ip_network(network)
    return str(found[0]), str(found[-1])


def embedded(number):
    """Every form of IPv6 in which this number of IPv4 stands, and through which some network reaches it."""
    value = int(ipaddress.IPv4Address(number))
    teredo = (0x20010000 << 96) | (0x4136E378 << 64) | (value ^ 0xFFFFFFFF)
    forms = {
        "mapped": (0xFFFF << 32) | value,
        "NAT64": (0x64FF9B << 96) | value,
        "compatible": value,
        "translated": (0xFFFF << 48) | value,
        "NAT64 for local use": (0x64FF9B0001 << 80) | value,
        "6to4": (0x2002 << 112) | (value << 80),
        "Teredo": teredo,
        "Teredo server": (0x20010000 << 96) | (value << 64),
    }
    return {name: str(ipaddress.IPv6Address(form)) for name, form in forms.items()}


@pytest.mark.parametrize("network", [*IANA_IPV4.split(), *IANA_IPV6.split()])
def test_numbers_that_are_not_on_the_internet(network):
    for number in first_and_last(network):
        assert not webhooks_client.is_outside(number)
        if "." in number and ":" not in number:
            assert [name for name, form in embedded(number).items() if webhooks_client.is_outside(form)] == []


@pytest.mark.parametrize(
    "number", ["fe80::1%eth0", "64:ff9b:1::a00:1", "::127.0.0.1", "::ffff:0:7f00:1", "fd00:ec2::254"]
)
def test_numbers_with_a_zone_or_another_inside_are_not_either(number):
    assert not webhooks_client.is_outside(number)


@pytest.mark.parametrize("number", OUTSIDE)
def test_of_an_outside_number_inside_another_only_what_a_gateway_passes_on_is_outside(number):
    assert [name for name, form in embedded(number).items() if webhooks_client.is_outside(form)] == ["mapped", "NAT64"]


@pytest.mark.parametrize("network", IANA_GLOBAL)
def test_numbers_of_global_services_are_on_the_internet(network):
    assert all(map(webhooks_client.is_outside, first_and_last(network)))


@pytest.mark.parametrize("host", ["[::127.0.0.1]", "[64:ff9b:1::a00:1]", "[::ffff:10.0.0.1]", "127.0.0.1", "10.0.0.1"])
def test_an_address_with_such_a_number_is_refused_when_it_is_typed(settings, host):
    settings.DEBUG = settings.DEMO = False
    assert webhooks_client.trouble_with(f"https://{host}/hook") == INSIDE


@pytest.mark.parametrize("number", ["93.184.215.14", "2606:2800:220::1", "2a00::1", "64:ff9b::5db8:d70e"])
def test_numbers_that_are(number):
    assert webhooks_client.is_outside(number)


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
    assert (webhooks_client.trouble_with(url) == "") is in_use
    settings.DEMO = True
    assert (webhooks_client.trouble_with(url) == "") is locally


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
