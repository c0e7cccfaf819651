"""Celery tasks, run by a real worker where there is a Redis, else in process."""

import os
from datetime import date, datetime, timedelta

import celery.contrib.testing.tasks  # noqa: F401 - start_worker looks for its ping here
import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.core import mail
from django.utils import timezone

from participation import tasks
from participation.compliance.rulebooks import load_rulebooks
from participation.models import DigestDelivery, JobRun, OutboundEmail, Transition, WebhookDelivery
from participation.services.dossiers.dossiers import import_dossier
from participation.services.jobs import jobs
from tests import world
from tests.webhook_receiver import make_transitions, make_webhook, webhook_receiver
from tracker.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run_task(monkeypatch):
    """Run a task and the tasks that it starts."""
    if not settings.REDIS_URL:
        monkeypatch.setitem(app.conf, "task_always_eager", True)
        monkeypatch.setitem(app.conf, "task_eager_propagates", True)
        return lambda task, *arguments: task.delay(*arguments)

    # Test processes share a Redis server, so each needs a queue of its own.
    queue = f"test-{os.getpid()}"
    monkeypatch.setitem(app.conf, "task_default_queue", queue)
    # The worker is a thread of this process, so results stay in memory.
    monkeypatch.setitem(app.conf, "result_backend", "cache+memory://")

    def through_a_worker(task, *arguments):
        with start_worker(app, perform_ping_check=False, shutdown_timeout=30, queues=[queue]):
            task.apply_async(arguments, ignore_result=False, queue=queue).get(timeout=60)
            while JobRun.objects.filter(finished_at=None).exists() or OutboundEmail.objects.unsettled().exists():
                tasks.catch_up.apply_async(ignore_result=False, queue=queue).get(timeout=60)

    return through_a_worker


def add_late_trajectory(day: date) -> None:
    """Import a meeting whose feedback is late by now, recorded in time."""
    document = {
        "dossier": 1,
        "trajectory": {"slug": "plein", "title": "Plein"},
        "steps": [{"ref": "avond", "kind": "activity", "done": day.isoformat()}],
    }
    recorded = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    import_dossier(document, load_rulebooks("leiden"), day, recorded)


def test_the_nightly_task_logs_due_transitions(run_task):
    add_late_trajectory(timezone.localdate() - timedelta(days=40))
    run_task(tasks.start_job, "flag-due")
    assert Transition.objects.filter(to_status="overdue", obligation__rule="feedback-given").exists()
    assert JobRun.objects.get(kind="flag-due").counts["noticed"] > 0


def test_the_full_reassessment_task_stores_its_result(run_task):
    add_late_trajectory(timezone.localdate())
    run_task(tasks.start_job, "reassess-all")
    assert JobRun.objects.get(kind="reassess-all").finished_at


def test_the_monday_task_sends_each_digest_once(run_task):
    add_late_trajectory(timezone.localdate() - timedelta(days=40))
    world.user("coordinator")
    run_task(tasks.start_job, "flag-due")
    run_task(tasks.start_job, "weekly-reports")
    run_task(tasks.start_job, "weekly-reports")
    assert DigestDelivery.objects.count() == len(mail.outbox) == 1


def test_webhooks_are_sent_by_the_scheduler_and_after_catching_up(run_task, settings):
    settings.DEBUG = True
    with webhook_receiver() as there:
        make_webhook(there.url)
        for task in (tasks.send_webhooks, tasks.catch_up):
            make_transitions()
            run_task(task)
        if not settings.REDIS_URL:
            assert len(there.received) == 2
    assert WebhookDelivery.objects.count() == 2


def test_messages_lost_from_the_queue_are_dispatched_again(run_task):
    add_late_trajectory(timezone.localdate())
    now = timezone.now()
    assert jobs.start_scheduled_run("reassess-all", load_rulebooks("leiden"), now)
    run_task(tasks.catch_up)
    assert JobRun.objects.get(kind="reassess-all").finished_at
