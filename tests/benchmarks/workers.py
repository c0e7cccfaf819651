"""Runs of jobs over Celery workers: how much two are faster than one, and what a part's way through the queue costs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from django.conf import settings

from participation.management.commands.run_worker import reset_queue_folders
from participation.models import JobRun, Trajectory
from participation.services.jobs import jobs
from participation.tasks import dispatch_chunks

from . import empty_job
from .dataset import TODAY
from .measure import Measurement, in_turns, ratios, rulebook
from .reassess import everything

#: So many seconds a worker gets to be ready, and a run to be finished.
READY_WITHIN, FINISHED_WITHIN = 60, 7_200
#: As compose.yaml starts them, one process each; over a folder as `manage.py run_worker` does.
_OPTIONS = ("--without-gossip", "--without-mingle", "--loglevel", "INFO", "--include", empty_job.__name__)


@contextmanager
def workers(number: int) -> Iterator[None]:
    """Run so many Celery workers, each of one process and ready for work, for the length of the block."""
    pool = ["--concurrency", "1"] if settings.REDIS_URL else ["--pool", "solo"]
    if not settings.REDIS_URL:
        reset_queue_folders(settings.QUEUE_ROOT)
    with TemporaryDirectory(prefix="leidraad-workers-") as folder:
        ready, running = Path(folder) / "ready", []
        ready.mkdir()
        log = Path(folder) / "log"
        try:
            with log.open("wb") as output:
                for nth in range(number):
                    command = [sys.executable, "-m", "celery", "-A", "tracker", "--quiet", "worker", *pool, *_OPTIONS]
                    running.append(
                        subprocess.Popen(
                            [*command, "--hostname", f"{nth}@benchmarks"],
                            env={**os.environ, empty_job.READY: str(ready)},
                            stdout=output,
                            stderr=output,
                        )
                    )
            _wait(lambda: len(list(ready.iterdir())) == number, READY_WITHIN, log)
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()


def _wait(until: Callable[[], bool], seconds: float, log: Path | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            log_tail = log.read_text(errors="replace").splitlines()[-20:] if log else ()
            raise SystemExit("\n".join(["The workers do not get on.", *log_tail]))
        # Often enough to tell hundredths of a second, seldom enough to leave the processor to the workers.
        time.sleep(0.05)


def _now() -> datetime:
    return datetime.now(UTC)


def through_queue(kind: str) -> float:
    """Start this job, hand out its parts as the task does, and return the seconds until its receipt was written."""
    now = _now()
    run = jobs.start_run(kind, TODAY, rulebook(), now)
    dispatch_chunks(jobs.open_chunks(run, now))
    _wait(lambda: JobRun.objects.filter(pk=run.pk, finished_at__isnull=False).exists(), FINISHED_WITHIN)
    run.refresh_from_db()
    if run.failures or any(run.counts.get(name) for name in ("failed", "added", "changed", "withdrawn")):
        raise SystemExit(f"{kind} came to {run.counts}, {run.failures[:1]}")
    assert run.finished_at
    return (run.finished_at - run.started_at).total_seconds()


def speed_up(runs: int) -> list[Measurement]:
    """Measure a full reassessment with one worker and with two, and in this process."""
    book = rulebook()
    size = Trajectory.objects.count()
    seconds: dict[str, list[float]] = {"here": [], "one": [], "two": []}
    for _round in range(runs):
        began = time.perf_counter()
        everything(book)
        seconds["here"].append(time.perf_counter() - began)
        for name, number in (("one", 1), ("two", 2)):
            with workers(number):
                seconds[name].append(through_queue("reassess-all"))
    what = f"reassess-all, {-(-size // 1000):,} parts and the register"
    spent = {name: f"{median(found):.1f} s" for name, found in seconds.items()}
    note = f"{spent['one']} with one, {spent['two']} with two, {spent['here']} in one process"
    return [
        Measurement(f"{what}: one worker", "two workers (the speed-up)", ratios(seconds, "one", "two"), note=note),
        Measurement(
            f"{what}: one worker", "in one process, without a queue", ratios(seconds, "one", "here"), note=note
        ),
    ]


def queue(runs: int) -> list[Measurement]:
    """Measure what a part costs beside its work, as a share of a part of a thousand trajectories."""
    book = rulebook()
    broker = "Redis" if settings.REDIS_URL else "a folder"
    thousands = Trajectory.objects.count() / 1_000

    def rows() -> None:
        jobs.run(empty_job.NAME, TODAY, book, _now(), _now)

    with workers(1):
        through: list[float] = []
        actions = {
            "real": lambda: everything(book),
            "rows": rows,
            "queue": lambda: through.append(through_queue(empty_job.NAME)),
        }
        times = in_turns(actions, runs)
    each = {
        "real": [seconds / thousands for seconds in times["real"]],
        "rows": [seconds / empty_job.PARTS for seconds in times["rows"]],
        # By the receipt, which does not wait for whoever looks whether it is there. The first round does not count.
        "queue": [seconds / empty_job.PARTS for seconds in through[1:]],
    }
    spent = {name: f"{1000 * median(found):.1f} ms" for name, found in each.items()}
    note = f"{spent['queue']} a part, of which {spent['rows']} for its rows; {spent['real']} for a real one"
    against = "reassessing 1,000 trajectories"
    return [
        Measurement(f"an empty part over {broker}", against, ratios(each, "queue", "real"), note=note),
        Measurement("its rows alone, in one process", against, ratios(each, "rows", "real"), note=note),
    ]
