"""Doors for Celery: each reads the clock and opens a service, and hands out what the service returns.

A message may come twice, late or never: what it asks for may always be done again, and rows know what is left.
"""

from collections.abc import Iterable
from contextlib import suppress

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from participation.compliance.rulebook import load
from participation.services import alarms, jobs, open_data, rate_limits, webhooks, webhooks_sending
from participation.services.made_files import BeingMadeError
from participation.services.mail import outbox

#: The database may be away for a while; whatever is still open after that is found by ``catch_up``.
AGAIN = {"autoretry_for": (OperationalError, InterfaceError), "retry_backoff": True, "max_retries": 6}


@shared_task(**AGAIN)
def start_job(name: str) -> None:
    """Start a job of the timetable and hand out its parts."""
    hand_out(jobs.start_slot(name, load(settings.RULEBOOK), timezone.now()))


@shared_task(**AGAIN)
def do_chunk(pk: int) -> None:
    """Do one part of a run; what it put in the outbox is sent at once."""
    outcome = jobs.do_chunk(pk, load(settings.RULEBOOK), timezone.now)
    if outcome and outcome.counts["made"]:
        send_mail.delay()


@shared_task(**AGAIN)
def send_mail() -> None:
    """Send what is waiting in the outbox."""
    outbox.send_waiting(timezone.now)


@shared_task(**AGAIN)
def send_webhooks() -> None:
    """Make what webhooks are to be told, and hand out the receivers for which something is due."""
    now = timezone.now()
    webhooks.make_deliveries(now)
    for pk in webhooks_sending.due(now):
        send_webhook.delay(pk)


@shared_task(**AGAIN)
def send_webhook(pk: int) -> None:
    """Send what is due to one receiver: one that is slow holds up no other worker."""
    webhooks_sending.send_to(pk, timezone.now)


@shared_task(**AGAIN)
def make_open_data() -> None:
    """Make the open data where there are none to serve, unless another makes them already."""
    with suppress(BeingMadeError):
        open_data.make_dump(timezone.localdate(), load(settings.RULEBOOK))


@shared_task(**AGAIN)
def catch_up() -> None:
    """Hand out what was lost or never started, and raise the alarm where something stands still."""
    now = timezone.now()
    hand_out(jobs.catch_up(load(settings.RULEBOOK), now))
    send_webhooks.delay()
    rate_limits.forget_ended(now)
    if open_data.current_dump() is None:
        make_open_data.delay()
    alarms.raise_alarms(now)


def hand_out(chunks: Iterable[int]) -> None:
    """Put these parts in the queue."""
    for pk in chunks:
        do_chunk.delay(pk)
