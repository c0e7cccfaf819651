"""Management command: Celery worker and beat in one process, for a single machine; a broker is optional."""

from pathlib import Path
from typing import Any

from celery.beat import EmbeddedService, Scheduler
from celery.worker import state
from django.conf import settings
from django.core.management.base import CommandError

from participation.management import base
from participation.models import JobRun
from tracker.celery import app


class Command(base.TrackerCommand):
    """Run all background work in one process; it may be killed at any time, as pending work is in the database."""

    help = "Run the scheduler, the jobs and the sending of e-mail and webhooks in one process."

    def handle(self, **_options: Any) -> None:
        """Run until SIGINT or SIGTERM, then finish the current task. Raises CommandError where the worker fails."""
        base.rulebooks()
        JobRun.objects.exists()
        if settings.REDIS_URL:
            transport = "Redis; to add workers: celery -A tracker worker"
        else:
            transport = f"the folder {settings.QUEUE_ROOT}"
            reset_queue_folders(settings.QUEUE_ROOT)
        # Beat keeps no schedule file: catch_up starts missed runs, from the rows in the database.
        clock = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)
        worker = app.Worker(pool="solo", loglevel="INFO", quiet=True, without_gossip=True, without_mingle=True)
        self.stdout.write(f"Running the scheduler, jobs and sending, over {transport}. Stop with Ctrl-C.")
        app.send_task("participation.tasks.catch_up")
        clock.start()
        try:
            worker.start()
        finally:
            clock.stop()
        # Celery also reports an exit code after Ctrl-C, which is no failure here.
        if worker.exitcode and state.should_stop is None and state.should_terminate is None:
            raise CommandError("The worker stopped unexpectedly; see the log above.", returncode=worker.exitcode)


def reset_queue_folders(root: Path) -> None:
    """Create the queue folders and discard messages of an earlier process: pending work is in the database."""
    for name, leftovers in (("waiting", "*.msg*"), ("control", "*.exchange")):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(leftovers):
            leftover.unlink(missing_ok=True)
