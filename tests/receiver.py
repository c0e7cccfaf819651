"""Webhooks to test with, and a receiver: a real HTTP server on a free port of this machine, that does as it is told."""

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
    """A message as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


class WebhookReceiver:
    """What came in, and what is answered: in turn a status, or something to do with the connection; then 200."""

    def __init__(self) -> None:
        self.heard: list[ReceivedWebhook] = []
        self.script: list[int | tuple[int, dict[str, str], bytes] | Callable[[Any], None]] = []
        #: Set when the test is over, for a receiver that never answers.
        self.over = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/hook?token=geheim"

    @property
    def keys(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.heard]

    def never(self, handler: Any) -> None:
        """Say nothing, as long as the test lasts."""
        self.over.wait(20)

    def dies(self, handler: Any) -> None:
        """Hang up after all was read."""
        handler.connection.shutdown(socket.SHUT_RDWR)

    def drips(self, handler: Any) -> None:
        """Answer a letter at a time, and never to the end."""
        with contextlib.suppress(OSError):
            while not self.over.wait(0.02):
                handler.wfile.write(b"H")

    def drones(self, handler: Any) -> None:
        """Say yes, and go on talking."""
        with contextlib.suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
            self.drips(handler)


@contextlib.contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """Run one for the length of the block."""
    here = WebhookReceiver()

    class WebhookHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.heard.append(
                ReceivedWebhook(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )
            what = here.script.pop(0) if here.script else 200
            if callable(what):
                self.close_connection = True
                what(self)
                return
            status, headers, words = (what, {}, b"") if isinstance(what, int) else what
            self.send_response(status)
            for name, value in {"Content-Length": str(len(words)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, *_arguments: Any) -> None:
            pass

    class WebhookServer(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: Any) -> None:
            pass

    with WebhookServer((LOOPBACK, 0), WebhookHandler) as server:
        here.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield here
        finally:
            here.over.set()
            server.shutdown()
            thread.join(5)


def make_webhook(url="https://receiver.example/hook", name="zaken", **columns):
    return webhooks.add_webhook(Webhook(name=name, url=url, **columns))


def make_transitions(number=1):
    """So many changes of status of one public trajectory."""
    obligation = world.obligation(trajectory=world.trajectory(f"plein-{Trajectory.objects.count()}"))
    return [world.transition(obligation, to_status="overdue") for _n in range(number)]


def webhook_with_deliveries(url, number=1, **columns):
    """A webhook to this address, for which so many messages wait, of one change each."""
    webhook = make_webhook(url, **columns)
    for _n in range(number):
        make_transitions()
        webhooks.make_deliveries(NOW)
    return webhook


def send_deliveries(webhook, clock=None, **patience):
    return {
        name: count
        for name, count in send_due_deliveries(webhook.pk, clock or FakeClock(), Timeouts(**patience)).counts.items()
        if count
    }
