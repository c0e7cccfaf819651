"""Measures job runs with Celery workers: the speed-up of a second worker, and the overhead of a chunk in the queue."""

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
from .measure import Measurement, ratios, rulebooks, time_in_turns
from .reassess import reassess_full

#: The seconds within which a worker must be ready, and a job run finished.
READY_SECONDS, FINISH_SECONDS = 60, 7_200
#: The options of compose.yaml; with a folder as the queue those of `manage.py run_worker`.
_OPTIONS = ("--without-gossip", "--without-mingle", "--loglevel", "INFO", "--include", empty_job.__name__)


@contextmanager
def running_workers(number: int) -> Iterator[None]:
    """Run this number of Celery workers, of one process each, for the length of the block."""
    pool = ["--concurrency", "1"] if settings.REDIS_URL else ["--pool", "solo"]
    if not settings.REDIS_URL:
        reset_queue_folders(settings.QUEUE_ROOT)
    with TemporaryDirectory(prefix="leidraad-workers-") as folder:
        ready, running = Path(folder) / "ready", []
        ready.mkdir()
        log = Path(folder) / "log"
        try:
            with log.open("wb") as output:
                for index in range(number):
                    command = [sys.executable, "-m", "celery", "-A", "tracker", "--quiet", "worker", *pool, *_OPTIONS]
                    running.append(
                        subprocess.Popen(
                            [*command, "--hostname", f"{index}@benchmarks"],
                            env={**os.environ, empty_job.READY: str(ready)},
                            stdout=output,
                            stderr=output,
                        )
                    )
            _wait_until(lambda: len(list(ready.iterdir())) == number, READY_SECONDS, log)
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()


def _wait_until(condition: Callable[[], bool], seconds: float, log: Path | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            log_tail = log.read_text(errors="replace").splitlines()[-20:] if log else ()
            raise SystemExit("\n".join(["The workers did not finish in time.", *log_tail]))
        # Short enough to measure hundredths of a second, long enough to leave the processor to the workers.
        time.sleep(0.05)


def _now() -> datetime:
    return datetime.now(UTC)


def run_through_queue(name: str) -> float:
    """Start a job, dispatch its chunks as the task does, and return the seconds until the job run was finished."""
    now = _now()
    run = jobs.start_run(name, TODAY, rulebooks(), now)
    dispatch_chunks(jobs.open_chunks(run, now))
    _wait_until(lambda: JobRun.objects.filter(pk=run.pk, finished_at__isnull=False).exists(), FINISH_SECONDS)
    run.refresh_from_db()
    if run.failures or any(run.counts.get(name) for name in ("failed", "added", "changed", "withdrawn")):
        raise SystemExit(f"{name} returned {run.counts}, {run.failures[:1]}")
    assert run.finished_at
    return (run.finished_at - run.started_at).total_seconds()


def measure_workers(runs: int) -> list[Measurement]:
    """Measure a full reassessment with one worker, with two workers, and in this process."""
    book = rulebooks()
    size = Trajectory.objects.count()
    seconds: dict[str, list[float]] = {"here": [], "one": [], "two": []}
    for _run in range(runs):
        started_at = time.perf_counter()
        reassess_full(book)
        seconds["here"].append(time.perf_counter() - started_at)
        for name, number in (("one", 1), ("two", 2)):
            with running_workers(number):
                seconds[name].append(run_through_queue("reassess-full"))
    label = f"reassess-full, {-(-size // 1000):,} chunks, motions and commitments"
    medians = {name: f"{median(found):.1f} s" for name, found in seconds.items()}
    note = f"{medians['one']} with one, {medians['two']} with two, {medians['here']} in one process"
    return [
        Measurement(f"{label}: one worker", "two workers (the speed-up)", ratios(seconds, "one", "two"), note=note),
        Measurement(
            f"{label}: one worker", "in one process, without a queue", ratios(seconds, "one", "here"), note=note
        ),
    ]


def measure_queue(runs: int) -> list[Measurement]:
    """Measure the overhead of a chunk, as a share of the work of a chunk of a thousand trajectories."""
    book = rulebooks()
    broker = "Redis" if settings.REDIS_URL else "a folder"
    thousands = Trajectory.objects.count() / 1_000

    def rows() -> None:
        jobs.run(empty_job.NAME, TODAY, book, _now(), _now)

    with running_workers(1):
        queue_seconds: list[float] = []
        actions = {
            "real": lambda: reassess_full(book),
            "rows": rows,
            "queue": lambda: queue_seconds.append(run_through_queue(empty_job.NAME)),
        }
        times = time_in_turns(actions, runs)
    each = {
        "real": [seconds / thousands for seconds in times["real"]],
        "rows": [seconds / empty_job.CHUNKS for seconds in times["rows"]],
        # From the job run's own times, which do not include polling. The first run is the warm-up.
        "queue": [seconds / empty_job.CHUNKS for seconds in queue_seconds[1:]],
    }
    medians = {name: f"{1000 * median(found):.1f} ms" for name, found in each.items()}
    note = f"{medians['queue']} a chunk, of which {medians['rows']} for its rows; {medians['real']} for a real one"
    baseline = "reassessing 1,000 trajectories"
    return [
        Measurement(f"an empty chunk through {broker}", baseline, ratios(each, "queue", "real"), note=note),
        Measurement("its rows alone, in one process", baseline, ratios(each, "rows", "real"), note=note),
    ]
