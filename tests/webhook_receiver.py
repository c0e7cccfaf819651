"""Webhooks, and a scripted HTTP server on a free local port that receives them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from participation.models import Trajectory, Webhook
from participation.services.webhooks import webhooks
from participation.services.webhooks.client import Timeouts
from participation.services.webhooks.delivery import send_due_deliveries
from tests import world
from tests.outbox import NOW, FakeClock

LOOPBACK = "127.0.0.1"


class ReceivedWebhook(NamedTuple):
    """A request as it was received."""

    path: str
    headers: dict[str, str]
    body: bytes


class WebhookReceiver:
    """What was received, and the script of responses: a status, a full response, or a function; afterwards 200."""

    def __init__(self) -> None:
        self.received: list[ReceivedWebhook] = []
        self.script: list[int | tuple[int, dict[str, str], bytes] | Callable[[Any], None]] = []
        #: Set when the test ends, so that responses without an end stop.
        self.finished = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/hook?token=geheim"

    @property
    def keys(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.received]

    def no_response(self, handler: Any) -> None:
        """Send nothing until the test ends."""
        self.finished.wait(20)

    def close_connection(self, handler: Any) -> None:
        """Close the connection after the request was read."""
        handler.connection.shutdown(socket.SHUT_RDWR)

    def slow_response(self, handler: Any) -> None:
        """Send one byte at a time, and never finish."""
        with contextlib.suppress(OSError):
            while not self.finished.wait(0.02):
                handler.wfile.write(b"H")

    def endless_body(self, handler: Any) -> None:
        """Send status 200, and a body that never finishes."""
        with contextlib.suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
            self.slow_response(handler)


@contextlib.contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """Run a receiver for the length of the block."""
    server_state = WebhookReceiver()

    class WebhookHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            server_state.received.append(
                ReceivedWebhook(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )
            response = server_state.script.pop(0) if server_state.script else 200
            if callable(response):
                self.close_connection = True
                response(self)
                return
            status, headers, body = (response, {}, b"") if isinstance(response, int) else response
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_arguments: Any) -> None:
            pass

    class WebhookServer(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: Any) -> None:
            pass

    with WebhookServer((LOOPBACK, 0), WebhookHandler) as server:
        server_state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server_state
        finally:
            server_state.finished.set()
            server.shutdown()
            thread.join(5)


def make_webhook(url="https://receiver.example/hook", name="zaken", **columns):
    return webhooks.add_webhook(Webhook(name=name, url=url, **columns))


def make_transitions(number=1):
    """Add this number of status transitions of one public trajectory."""
    obligation = world.obligation(trajectory=world.trajectory(f"plein-{Trajectory.objects.count()}"))
    return [world.transition(obligation, to_status="overdue") for _n in range(number)]


def webhook_with_deliveries(url, number=1, **columns):
    """Add a webhook to this address with this number of waiting deliveries, of one transition each."""
    webhook = make_webhook(url, **columns)
    for _n in range(number):
        make_transitions()
        webhooks.make_deliveries(NOW)
    return webhook


def send_deliveries(webhook, clock=None, **timeouts):
    """Send the due deliveries of a webhook, and return the counts above zero."""
    return {
        name: count
        for name, count in send_due_deliveries(webhook.pk, clock or FakeClock(), Timeouts(**timeouts)).counts.items()
        if count
    }
