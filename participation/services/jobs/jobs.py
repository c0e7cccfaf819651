"""Runs of jobs: cut into chunks that any number of workers process, each chunk once.

The rows are the source of truth. A queue message holds only the key of a chunk: it may be lost, late or duplicated, and
a worker may die at any moment. A chunk is claimed by a conditional update, and a claim expires.
"""

import logging
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from celery.utils.time import get_exponential_backoff_interval
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from participation.compliance.rulebooks import Rulebooks
from participation.models import JobChunk, JobRun
from participation.timetable import JOBS, JOBS_BY_NAME, last_slot

from .job_definitions import JOB_DEFINITIONS
from .job_results import MAX_LISTED, JobResult, stored_result

#: Maximum number of attempts of a chunk, including those in which the worker died; then it is reported as failed.
MAX_ATTEMPTS = 5
#: Minimum and maximum back-off in seconds before a failed chunk is retried; it doubles each time.
MIN_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 60, 600
#: Maximum number of chunks queued again at a time: most may still be in the queue.
MAX_QUEUED_CHUNKS = 500

log = logging.getLogger("leidraad.jobs")


def start_scheduled_run(name: str, rulebooks: Rulebooks, now: datetime) -> list[int]:
    """Start the job for its last slot in the timetable, and return the keys of the chunks to queue.

    Idempotent: another call for the same slot starts nothing, and returns the chunks that are still open.
    """
    slot = last_slot(JOBS_BY_NAME[name], now)
    if JobRun.objects.filter(kind=name, slot__gt=slot).exists():
        return []  # the clock was set back: that day was run already
    return open_chunks(start_run(name, timezone.localdate(now), rulebooks, now, slot), now)


def start_run(kind: str, day: date, rulebooks: Rulebooks, now: datetime, slot: date | None = None) -> JobRun:
    """Return a new run of this job with its chunks, or the existing run of this slot."""
    try:
        with transaction.atomic():
            run = JobRun.objects.create(
                kind=kind,
                slot=slot,
                day=day,
                started_at=now,
                rulebooks=dict(rulebooks.hashes),
                code_version=settings.CODE_VERSION,
                counts=JobResult(*JOB_DEFINITIONS[kind].counts).counts,
            )
            JobChunk.objects.bulk_create(
                (
                    JobChunk(run=run, of=of, first=first, last=last)
                    for of, first, last in JOB_DEFINITIONS[kind].plan(day, now, rulebooks)
                ),
                batch_size=1_000,
            )
    except IntegrityError:
        return JobRun.objects.get(kind=kind, slot=slot)
    log.info("started", extra={"job": kind, "run": run.pk, "day": day.isoformat()})
    _finish_run(run.pk, now)
    return run


def _claimable(now: datetime) -> Q:
    # A claim further in the future than possible came from a wrong clock, and would block the chunk until then.
    latest_possible = now + 2 * max(settings.CLAIM, timedelta(seconds=MAX_BACKOFF_SECONDS))
    until = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_until__gt=latest_possible)
    return Q(finished_at__isnull=True) & until


def open_chunks(run: JobRun, now: datetime) -> list[int]:
    """Return the keys of the chunks of this run that are neither done nor claimed."""
    return list(run.chunks.filter(_claimable(now)).order_by("pk").values_list("pk", flat=True))


def catch_up(rulebooks: Rulebooks, now: datetime) -> list[int]:
    """Start missed runs of the timetable, and return the keys of all chunks to queue.

    Recovers from a flushed queue, a dead worker or a stopped clock. A job that never ran is left to the timetable, so
    that a new installation starts with its first night.
    """
    for job in JOBS:
        slot = last_slot(job, now)
        earlier = JobRun.objects.filter(kind=job.name, slot__isnull=False).order_by("-slot")
        last = earlier.values_list("slot", flat=True).first()
        if last is not None and last < slot:
            start_run(job.name, timezone.localdate(now), rulebooks, now, slot)
    for run in JobRun.objects.filter(finished_at__isnull=True).values_list("pk", flat=True):
        _finish_run(run, now)
    open_rows = JobChunk.objects.filter(_claimable(now), ~_in_manual_run(now), run__finished_at__isnull=True)
    return list(open_rows.order_by("pk").values_list("pk", flat=True)[:MAX_QUEUED_CHUNKS])


def _in_manual_run(now: datetime) -> Q:
    """Return a filter on chunks of manual runs that are still in progress: their command processes them itself."""
    since = now - settings.CLAIM
    recent = JobChunk.objects.filter(run=OuterRef("run"), finished_at__gt=since)
    return Q(run__slot__isnull=True) & (Q(run__started_at__gt=since) | Q(Exists(recent)))


def do_chunk(pk: int, rulebooks: Rulebooks, clock: Callable[[], datetime]) -> JobResult | None:
    """Process this chunk and return its outcome, or None where it is done or claimed by another worker.

    A failed chunk is retried later and, after ``MAX_ATTEMPTS``, reported as failed. Raises DatabaseError: nothing can
    be recorded then, and the claim expires by itself.
    """
    now, claim = clock(), uuid4().hex
    claimed = JobChunk.objects.filter(pk=pk, claimed_by=claim, finished_at__isnull=True)
    until = now + settings.CLAIM
    claimable = JobChunk.objects.filter(_claimable(now), pk=pk)
    if not claimable.update(claimed_by=claim, claimed_until=until, attempts=F("attempts") + 1):
        return None
    chunk = claimed.select_related("run").get()
    run = chunk.run
    log_fields = {"job": run.kind, "run": run.pk, "chunk": pk}
    try:
        if chunk.attempts > MAX_ATTEMPTS:
            raise _GivenUp(f"Given up: {MAX_ATTEMPTS} workers began this and none finished it.")
        result = JOB_DEFINITIONS[run.kind].work(chunk, rulebooks, clock)
    except DatabaseError:
        raise
    except Exception as error:  # a failing chunk must not stop the others
        failure = {"rows": str(chunk), "error": f"{type(error).__name__}: {error}"}
        log.exception("chunk failed", extra=log_fields)
        if chunk.attempts < MAX_ATTEMPTS:
            backoff = get_exponential_backoff_interval(MIN_BACKOFF_SECONDS, chunk.attempts - 1, MAX_BACKOFF_SECONDS)
            claimed.update(claimed_until=clock() + timedelta(seconds=backoff), failures=[failure])
            return None
        result = JobResult("failed")
        result.count("failed")
        result.failures.append(failure)
    # If the claim expired, another worker may have closed the chunk: its outcome stands.
    total = _close_chunk(claimed, result, JOB_DEFINITIONS[run.kind].counted_as_before, clock())
    if total is not None:
        log.info("chunk done", extra={**log_fields, "counts": dict(total.counts)})
        _finish_run(run.pk, clock())
    return result


def _close_chunk(
    claimed: QuerySet[JobChunk], result: JobResult, counted_as_before: Collection[str], now: datetime
) -> JobResult | None:
    """Close this chunk and return its outcome over all attempts; None where the claim was lost."""
    with transaction.atomic():
        chunk = claimed.select_for_update().first()
        if chunk is None:
            return None
        # Written rows were counted in the transaction that wrote them; only what was seen or failed is added here.
        total = stored_result(chunk)
        earlier = sum(total.counts[name] - result.counts[name] for name in counted_as_before if name in total.counts)
        for name, number in result.counts.items():
            total.counts.setdefault(name, number)
        if earlier > 0:
            # Rows this chunk wrote in an earlier attempt were counted as "before" in this one.
            total.counts["before"] = max(0, total.counts["before"] - earlier)
        total.failures = result.failures
        claimed.update(finished_at=now, **_result_columns(total))
    return total


def _result_columns(result: JobResult) -> dict[str, Any]:
    return {
        "counts": result.counts,
        "failures": result.failures[:MAX_LISTED],
        "differences": result.differences[:MAX_LISTED],
    }


class _GivenUp(Exception):
    """Raised where a chunk had too many attempts."""


def _finish_run(pk: int, now: datetime) -> None:
    """Close this run where all its chunks are done; of concurrent workers one does it."""
    if JobChunk.objects.filter(run=pk, finished_at__isnull=True).exists():
        return
    with transaction.atomic():
        run = JobRun.objects.select_for_update().filter(pk=pk, finished_at__isnull=True).first()
        if run is None:
            return
        total = JobResult(*run.counts)
        for chunk in run.chunks.only("run", "counts", "failures", "differences"):
            total.add(stored_result(chunk))
        JobRun.objects.filter(pk=pk).update(finished_at=now, **_result_columns(total))
    log.info("finished", extra={"job": run.kind, "run": pk, "counts": dict(total.counts)})


def run(
    kind: str,
    day: date,
    rulebooks: Rulebooks,
    now: datetime,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> JobRun:
    """Run all of this job in this process, as for a manual run, and return the run.

    ``progress`` is called with the number of chunks done and the total.
    """
    started = start_run(kind, day, rulebooks, now)
    keys = open_chunks(started, now)
    for done, pk in enumerate(keys, 1):
        do_chunk(pk, rulebooks, clock)
        progress(done, len(keys))
    started.refresh_from_db()
    return started
