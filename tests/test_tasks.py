"""The doors for Celery, through a real worker where there is a Redis, else in process."""

import os
from datetime import date, datetime, timedelta

import celery.contrib.testing.tasks  # noqa: F401 - start_worker looks for its ping here
import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.core import mail
from django.utils import timezone

from participation import tasks
from participation.compliance.rulebook import load
from participation.models import DigestDelivery, JobRun, OutboundEmail, Transition, WebhookDelivery
from participation.services import jobs
from participation.services.dossiers import import_dossier
from tests import world
from tests.receiver import hook, news, receiver
from tracker.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def do(monkeypatch):
    """Have a task done, and all that it hands out."""
    if not settings.REDIS_URL:
        monkeypatch.setitem(app.conf, "task_always_eager", True)
        monkeypatch.setitem(app.conf, "task_eager_propagates", True)
        return lambda task, *arguments: task.delay(*arguments)

    # Test processes share the Redis: each has a queue of its own, or one would take the other's work.
    queue = f"test-{os.getpid()}"
    monkeypatch.setitem(app.conf, "task_default_queue", queue)
    # The worker is a thread of this process, so its answers need not travel.
    monkeypatch.setitem(app.conf, "result_backend", "cache+memory://")

    def through_a_worker(task, *arguments):
        with start_worker(app, perform_ping_check=False, shutdown_timeout=30, queues=[queue]):
            task.apply_async(arguments, ignore_result=False, queue=queue).get(timeout=60)
            while JobRun.objects.filter(finished_at=None).exists() or OutboundEmail.objects.unsettled().exists():
                tasks.catch_up.apply_async(ignore_result=False, queue=queue).get(timeout=60)

    return through_a_worker


def take_in(day: date) -> None:
    """A meeting of some weeks ago whose feedback is late by now, recorded in time."""
    document = {
        "dossier": 1,
        "trajectory": {"slug": "plein", "title": "Plein"},
        "steps": [{"ref": "avond", "kind": "activity", "done": day.isoformat()}],
    }
    recorded = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    import_dossier(document, load("leiden"), day, recorded)


def test_the_night_notices_what_fell_due(do):
    take_in(timezone.localdate() - timedelta(days=40))
    do(tasks.start_job, "flag-due")
    assert Transition.objects.filter(to_status="overdue", obligation__rule="feedback-given").exists()
    assert JobRun.objects.get(kind="flag-due").counts["noticed"] > 0


def test_a_look_at_everything_leaves_a_receipt(do):
    take_in(timezone.localdate())
    do(tasks.start_job, "reassess-all")
    assert JobRun.objects.get(kind="reassess-all").finished_at


def test_monday_sends_each_their_report_once(do):
    take_in(timezone.localdate() - timedelta(days=40))
    world.user("coordinator")
    do(tasks.start_job, "flag-due")
    do(tasks.start_job, "weekly-reports")
    do(tasks.start_job, "weekly-reports")
    assert DigestDelivery.objects.count() == len(mail.outbox) == 1


def test_webhooks_are_told_by_the_clock_and_when_what_was_lost_is_caught_up_with(do, settings):
    settings.DEBUG = True
    with receiver() as there:
        hook(there.url)
        for task in (tasks.send_webhooks, tasks.catch_up):
            news()
            do(task)
        if not settings.REDIS_URL:
            assert len(there.heard) == 2
    assert WebhookDelivery.objects.count() == 2


def test_what_was_put_in_the_queue_and_lost_is_handed_out_again(do):
    take_in(timezone.localdate())
    now = timezone.now()
    assert jobs.start_slot("reassess-all", load("leiden"), now)
    do(tasks.catch_up)
    assert JobRun.objects.get(kind="reassess-all").finished_at
