"""A delivery is signed as Standard Webhooks says, and is never sent to an internal address."""

from __future__ import annotations

import ipaddress
import json
import logging
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as Standard
from standardwebhooks import WebhookVerificationError

from participation.models import WebhookDelivery
from participation.services.webhooks import client as webhooks_client
from participation.services.webhooks.client import (
    CONNECTION_FAILED,
    NO_SECRET,
    NOT_PUBLIC_ADDRESS,
    NOT_SECURE,
    UNKNOWN_HOST,
    new_secret,
)
from tests.outbox import NOW, FakeClock
from tests.servers import free_port
from tests.webhook_receiver import send_deliveries, webhook_receiver, webhook_with_deliveries

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver_server(settings):
    """Create a webhook to a local receiver, which is allowed with DEBUG only."""
    settings.DEBUG = True
    with webhook_receiver() as found:
        yield found


def only_delivery():
    return WebhookDelivery.objects.get()


# ---------- signed


def test_a_signature_verifies_by_the_standard_and_with_no_other_secret(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url)
    # The library's own verification reads the clock.
    send_deliveries(webhook, FakeClock(datetime.now(UTC)))
    (heard,) = receiver_server.received
    assert Standard(webhook.secret).verify(heard.body, heard.headers) == json.loads(only_delivery().body)
    with pytest.raises(WebhookVerificationError):
        Standard(webhooks_client.new_secret()).verify(heard.body, heard.headers)


def test_a_delivery_has_content_type_and_user_agent_headers(receiver_server):
    send_deliveries(webhook_with_deliveries(receiver_server.url))
    (heard,) = receiver_server.received
    assert heard.headers["webhook-id"] == only_delivery().key
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("Leidraad/")
    assert heard.path == "/hook?token=geheim"


# ---------- addresses and secrets


def test_in_production_nothing_is_sent_to_private_addresses(receiver_server, settings, monkeypatch):
    webhook = webhook_with_deliveries("https://receiver.example/hook")
    settings.DEBUG = False
    resolved_names = []

    def resolve(host, port, **_options):
        resolved_names.append(host)
        return [(None, None, None, "", ("93.184.215.14", port)), (None, None, None, "", ("127.0.0.1", port))]

    monkeypatch.setattr(webhooks_client.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(webhooks_client, "create_connection", lambda *_a: pytest.fail("connected"))
    assert send_deliveries(webhook) == {"later": 1}
    assert only_delivery().reason == NOT_PUBLIC_ADDRESS
    assert resolved_names == ["receiver.example"]


def test_the_validated_address_is_the_connected_address(receiver_server, settings, monkeypatch):
    """DNS may give another address the next time, so the name is resolved once."""
    webhook = webhook_with_deliveries("https://receiver.example/hook")
    settings.DEBUG = False
    connected = []
    monkeypatch.setattr(
        webhooks_client.socket, "getaddrinfo", lambda *_a, **_o: [(0, 0, 0, "", ("93.184.215.14", 443))]
    )

    def connect(address, *_more):
        connected.append(address)
        raise OSError

    monkeypatch.setattr(webhooks_client, "create_connection", connect)
    send_deliveries(webhook)
    assert connected == [("93.184.215.14", 443)]
    assert only_delivery().reason == CONNECTION_FAILED


def test_an_unresolvable_host_name_is_reported(receiver_server, monkeypatch):
    webhook = webhook_with_deliveries("https://receiver.example/hook")

    def unknown(*_arguments, **_options):
        raise webhooks_client.socket.gaierror

    monkeypatch.setattr(webhooks_client.socket, "getaddrinfo", unknown)
    assert send_deliveries(webhook) == {"later": 1}
    assert only_delivery().reason == UNKNOWN_HOST


#: The special-purpose registries of IANA for IPv4 (RFC 6890 and later) and IPv6. IANA_GLOBAL are the prefixes in them
#: that are global and allowed as a receiver: the anycast services AS112 and AMT. Added are the deprecated
#: 192.88.99.0/24 and fec0::/10, multicast, and unallocated prefixes.
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
    """Yield every form of IPv6 that contains this IPv4 address, and through which a network reaches it."""
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
def test_non_public_ip_addresses_are_rejected(network):
    for number in first_and_last(network):
        assert not webhooks_client.is_public_address(number)
        if "." in number and ":" not in number:
            assert [name for name, form in embedded(number).items() if webhooks_client.is_public_address(form)] == []


@pytest.mark.parametrize(
    "number", ["fe80::1%eth0", "64:ff9b:1::a00:1", "::127.0.0.1", "::ffff:0:7f00:1", "fd00:ec2::254"]
)
def test_scoped_and_embedded_private_addresses_are_rejected(number):
    assert not webhooks_client.is_public_address(number)


@pytest.mark.parametrize("number", OUTSIDE)
def test_a_public_address_embedded_in_ipv6_is_public_only_via_a_gateway(number):
    assert [name for name, form in embedded(number).items() if webhooks_client.is_public_address(form)] == [
        "mapped",
        "NAT64",
    ]


@pytest.mark.parametrize("network", IANA_GLOBAL)
def test_anycast_service_addresses_are_public(network):
    assert all(map(webhooks_client.is_public_address, first_and_last(network)))


@pytest.mark.parametrize("host", ["[::127.0.0.1]", "[64:ff9b:1::a00:1]", "[::ffff:10.0.0.1]", "127.0.0.1", "10.0.0.1"])
def test_a_url_with_a_non_public_address_is_rejected_in_the_form(settings, host):
    settings.DEBUG = settings.DEMO = False
    assert webhooks_client.validate_webhook_url(f"https://{host}/hook") == NOT_PUBLIC_ADDRESS


@pytest.mark.parametrize("number", ["93.184.215.14", "2606:2800:220::1", "2a00::1", "64:ff9b::5db8:d70e"])
def test_public_ip_addresses_are_accepted(number):
    assert webhooks_client.is_public_address(number)


def test_networks_that_an_administrator_lists_may_receive_webhooks(settings):
    settings.DEBUG = settings.DEMO = False
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("10.20.30.0/24"), ipaddress.ip_network("fd00:1::/64")]
    for host in ("10.20.30.7", "[::ffff:10.20.30.7]", "[fd00:1::5]", "93.184.215.14"):
        assert webhooks_client.validate_webhook_url(f"https://{host}/hook") == "", host
    for host in ("10.20.31.7", "[fd00:2::5]", "127.0.0.1", "169.254.169.254"):
        assert webhooks_client.validate_webhook_url(f"https://{host}/hook") == NOT_PUBLIC_ADDRESS, host


def test_a_name_that_leads_to_a_listed_and_another_network_is_refused(settings, monkeypatch):
    settings.DEBUG, settings.WEBHOOK_NETWORKS = False, [ipaddress.ip_network("10.20.30.0/24")]
    connected = []

    def connect(address, *_more):
        connected.append(address)
        raise OSError

    monkeypatch.setattr(webhooks_client, "create_connection", connect)
    for found in (["10.20.30.7", "10.0.0.1"], ["10.20.30.7"]):
        monkeypatch.setattr(
            webhooks_client.socket,
            "getaddrinfo",
            lambda *_a, found=found, **_o: [(0, 0, 0, "", (address, 443)) for address in found],
        )
        webhooks_client.WebhookClient().send("https://receiver.example/hook", new_secret(), "1", "{}", NOW)
    assert connected == [("10.20.30.7", 443)]


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
def test_webhook_urls_are_validated(settings, url, in_use, locally):
    settings.DEBUG, settings.DEMO = False, False
    assert (webhooks_client.validate_webhook_url(url) == "") is in_use
    settings.DEMO = True
    assert (webhooks_client.validate_webhook_url(url) == "") is locally


def test_nothing_is_sent_to_a_receiver_with_an_untrusted_certificate(receiver_server):
    assert send_deliveries(webhook_with_deliveries(receiver_server.url.replace("http:", "https:"))) == {"later": 1}
    assert only_delivery().reason == NOT_SECURE
    assert receiver_server.received == []


def test_environment_proxies_and_cookies_are_not_used(receiver_server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    receiver_server.script = [(200, {"Set-Cookie": "a=b"}, b"")]
    assert send_deliveries(webhook_with_deliveries(receiver_server.url, 2)) == {"sent": 2}
    assert "cookie" not in receiver_server.received[1].headers


def test_an_invalid_secret_is_reported(receiver_server):
    webhook = webhook_with_deliveries(receiver_server.url, secret="whsec_dit is er geen")
    assert send_deliveries(webhook) == {"later": 1}
    assert only_delivery().reason == NO_SECRET


def test_neither_url_nor_secret_is_logged(receiver_server, caplog):
    caplog.set_level(logging.DEBUG, "leidraad")
    receiver_server.script = [500, receiver_server.close_connection, 302]
    webhook, clock = webhook_with_deliveries(receiver_server.url), FakeClock()
    for _n in range(3):
        send_deliveries(webhook, clock)
        clock.advance(hours=5)
    own = [record for record in caplog.records if record.name.startswith("leidraad")]
    assert len(own) == 3
    kept = " ".join(str(record.__dict__) for record in own) + only_delivery().reason
    for secret in ("geheim", webhook.secret, "hook?"):
        assert secret not in kept
