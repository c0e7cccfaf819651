"""What one installation publishes at its address is read by another over the network."""

from __future__ import annotations

import contextlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from participation.models import ComparedMunicipality
from participation.services.webhooks.client import FetchError, Timeouts, WebhookClient
from tests.comparisons import comparison, fingerprint_of
from tests.webhook_receiver import webhook_receiver


@pytest.fixture
def server(settings):
    """Run a server on this machine, which is allowed with DEBUG only."""
    settings.DEBUG = True
    with webhook_receiver() as found:
        yield found


def fetch(server, max_bytes=1000, **timeouts):
    client = WebhookClient(Timeouts(**timeouts))
    try:
        return client.fetch(server.url, max_bytes)
    finally:
        client.close()


def test_no_more_is_read_than_one_byte_over_the_maximum(server):
    server.script = [(200, {}, b"x" * 5000)]
    assert fetch(server, 100) == b"x" * 101
    assert server.received[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param((302, {"Location": "http://127.0.0.1/"}, b""), "not followed", id="a redirect"),
        pytest.param(404, "no such document", id="nothing there"),
        pytest.param(500, "no such document", id="an error"),
        pytest.param((200, {"Content-Length": "50"}, b"x"), "broke off|not answer", id="cut off"),
    ],
)
def test_any_other_answer_is_refused(server, answer, reason):
    server.script = [answer]
    with pytest.raises(FetchError, match=reason):
        fetch(server, read=0.5)


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"])
def test_an_answer_without_an_end_is_cut_off(server, start):
    def endless_body(handler):
        with contextlib.suppress(OSError):
            handler.wfile.write(start)
            server.slow_response(handler)

    server.script = [endless_body]
    with pytest.raises(FetchError, match=r"did not answer in time|broke off"):
        fetch(server, total=0.3)


@pytest.mark.django_db
def test_a_municipality_is_read_from_its_address(server, time_machine):
    time_machine.move_to("2026-02-02 09:00")
    server.script = [(200, {}, comparison()), 404]
    out = StringIO()
    call_command("comparison", "read", "utrecht", server.url, "--confirm", fingerprint_of(1), stdout=out)
    assert ComparedMunicipality.objects.get().content.encode() == comparison()
    with pytest.raises(CommandError, match="no such document"):
        call_command("comparison", "read", "utrecht", server.url, stdout=out)
