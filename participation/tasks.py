"""Celery tasks: each reads the clock, calls a service, and queues what the service returns.

A message may be duplicated, late or lost: tasks are idempotent, and the database knows what is left to do.
"""

from collections.abc import Iterable
from contextlib import suppress

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from participation.compliance.rulebooks import load_rulebooks
from participation.services.accounts import rate_limits
from participation.services.contributions import background_import
from participation.services.exports import open_data
from participation.services.exports.cached_files import BeingMadeError
from participation.services.jobs import alarms, jobs
from participation.services.mail import sender
from participation.services.webhooks import delivery as webhooks_delivery
from participation.services.webhooks import webhooks

#: Retries while the database is unavailable; after that ``catch_up`` finds what is left.
RETRY_OPTIONS = {"autoretry_for": (OperationalError, InterfaceError), "retry_backoff": True, "max_retries": 6}


@shared_task(**RETRY_OPTIONS)
def start_job(name: str) -> None:
    """Start a job of the timetable and queue its chunks."""
    dispatch_chunks(jobs.start_scheduled_run(name, load_rulebooks(settings.RULEBOOK), timezone.now()))


@shared_task(**RETRY_OPTIONS)
def do_chunk(pk: int) -> None:
    """Process one chunk of a run, and send the mail it put in the outbox."""
    result = jobs.do_chunk(pk, load_rulebooks(settings.RULEBOOK), timezone.now)
    if result and result.counts["made"]:
        send_mail.delay()


@shared_task(**RETRY_OPTIONS)
def send_mail() -> None:
    """Send what is waiting in the outbox."""
    sender.send_waiting(timezone.now)


@shared_task(**RETRY_OPTIONS)
def send_webhooks() -> None:
    """Create webhook deliveries, and queue a task for each receiver with due deliveries."""
    now = timezone.now()
    webhooks.make_deliveries(now)
    for pk in webhooks_delivery.due_webhooks(now):
        send_webhook.delay(pk)


@shared_task(**RETRY_OPTIONS)
def send_webhook(pk: int) -> None:
    """Send the due deliveries of one webhook, so that a slow receiver delays no other."""
    webhooks_delivery.send_due_deliveries(pk, timezone.now)


@shared_task(**RETRY_OPTIONS)
def import_waiting_sheets() -> None:
    """Queue a task for each long sheet of contributions, and each long undo, that no worker has."""
    for pk in background_import.due_imports(timezone.now()):
        import_sheet.delay(pk)


@shared_task(**RETRY_OPTIONS)
def import_sheet(pk: int) -> None:
    """Import one long sheet of contributions, or undo what is as long."""
    background_import.run_import(pk, load_rulebooks(settings.RULEBOOK), timezone.now)


@shared_task(**RETRY_OPTIONS)
def make_open_data() -> None:
    """Make the open data dump where there is none to serve, unless another process is making it."""
    with suppress(BeingMadeError):
        open_data.make_dump(timezone.localdate(), load_rulebooks(settings.RULEBOOK))


@shared_task(**RETRY_OPTIONS)
def catch_up() -> None:
    """Queue missed work, clean up rate counts, and raise alarms for problems."""
    now = timezone.now()
    dispatch_chunks(jobs.catch_up(load_rulebooks(settings.RULEBOOK), now))
    send_webhooks.delay()
    rate_limits.delete_ended_counts(now)
    if open_data.needs_dump():
        make_open_data.delay()
    alarms.raise_alarms(now)


def dispatch_chunks(chunks: Iterable[int]) -> None:
    """Queue these chunks."""
    for pk in chunks:
        do_chunk.delay(pk)
