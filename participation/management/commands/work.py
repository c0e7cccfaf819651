"""work: the worker and the clock in one process, for one machine without anything else."""

from pathlib import Path
from typing import Any

from celery.beat import EmbeddedService, Scheduler
from celery.worker import state
from django.conf import settings
from django.core.management.base import CommandError

from participation.management import doors
from participation.models import JobRun
from tracker.celery import app


class Command(doors.Door):
    """What is to be done is rows in the database: this may be killed and started again at any moment."""

    help = "Do all work in the background in this one process: keep the timetable, run the jobs, send the mail."

    def handle(self, **_options: Any) -> None:
        """Work until told to stop, by Ctrl-C or SIGTERM; what is being done then is finished first."""
        doors.rulebook()
        JobRun.objects.exists()
        if settings.REDIS_URL:
            over = "Redis; more workers may join: celery -A tracker worker"
        else:
            over = f"the folder {settings.QUEUE_ROOT}"
            make_room(settings.QUEUE_ROOT)
        # It needs no file for what it started last: a start that was missed is made good by catch_up, from the rows.
        clock = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)
        worker = app.Worker(pool="solo", loglevel="INFO", quiet=True, without_gossip=True, without_mingle=True)
        self.stdout.write(f"Keeps the timetable, runs the jobs and sends the mail, over {over}. Stop with Ctrl-C.")
        app.send_task("participation.tasks.catch_up")
        clock.start()
        try:
            worker.start()
        finally:
            clock.stop()
        # To Celery a Ctrl-C is a failure too; to who pressed it, it is not.
        if worker.exitcode and state.should_stop is None and state.should_terminate is None:
            raise CommandError("The worker stopped by itself; see above.", returncode=worker.exitcode)


def make_room(root: Path) -> None:
    """Make the folders of the queue, and remove what an earlier process left: the rows know what is to be done."""
    for name, leftovers in (("waiting", "*.msg*"), ("control", "*.exchange")):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(leftovers):
            leftover.unlink(missing_ok=True)
