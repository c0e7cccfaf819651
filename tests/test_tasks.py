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
from participation.models import AssessmentRun, ReportDelivery, Transition
from participation.services.dossiers import import_dossier
from tests import world
from tracker.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def result(monkeypatch):
    """Run a task as whoever calls it would, and hand back what it returned."""
    if not settings.REDIS_URL:
        return lambda task: task.delay().get()

    # Test processes share the Redis: each has a queue of its own, or one would take the other's work.
    queue = f"test-{os.getpid()}"

    def through_a_worker(task):
        with start_worker(app, perform_ping_check=False, shutdown_timeout=30, queues=[queue]):
            return task.apply_async(ignore_result=False, queue=queue).get(timeout=60)

    # The worker is a thread of this process, so its answers need not travel.
    monkeypatch.setitem(app.conf, "result_backend", "cache+memory://")
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


def test_the_night_notices_what_fell_due(result):
    take_in(timezone.localdate() - timedelta(days=40))
    assert result(tasks.flag_due) > 0
    assert Transition.objects.filter(to_status="overdue", obligation__rule="feedback-given").exists()
    assert result(tasks.flag_due) == 0


def test_a_look_at_everything_leaves_a_receipt(result):
    take_in(timezone.localdate())
    assert result(tasks.reassess_all) == 0
    assert AssessmentRun.objects.get(kind="reassess").finished_at


def test_monday_sends_each_their_report_once(result):
    take_in(timezone.localdate() - timedelta(days=40))
    world.user("coordinator")
    result(tasks.flag_due)
    assert result(tasks.send_weekly_reports) == 1
    assert result(tasks.send_weekly_reports) == 0
    assert ReportDelivery.objects.count() == len(mail.outbox) == 1


def test_what_the_clock_starts_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= app.tasks.keys()
