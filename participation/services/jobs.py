"""Runs of jobs: cut into parts that any number of workers take, each part done once and nothing left lying.

Rows are the truth. What goes through a queue is a part's number and nothing else: such a message may be lost, late
or doubled, and a worker may die at any moment. A part is claimed by a filtered update, and a claim expires.
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

from participation.compliance.rulebook import Rulebook
from participation.models import JobChunk, JobRun
from participation.timetable import BY_NAME, JOBS, last_slot

from .job_kinds import KINDS
from .outcomes import MAX_LISTED, Outcome, outcome_of

#: A part that went wrong so often, or took its worker along, is given up, and told in the receipt.
MOST_ATTEMPTS = 5
#: A part that went wrong is tried again after a minute, two, four, at most ten.
FIRST_PAUSE, LONGEST_PAUSE = 60, 600
#: So many parts are handed out anew at a time: what is waiting in a queue already would be doubled to no end.
MOST_HANDED_OUT = 500

log = logging.getLogger("leidraad.jobs")


def start_slot(name: str, rulebook: Rulebook, now: datetime) -> list[int]:
    """Start the job for its last moment in the timetable, and return the keys of the parts to hand out.

    Whoever starts it again, at the same time or later, starts nothing: what is still open is handed out again.
    """
    slot = last_slot(BY_NAME[name], now)
    if JobRun.objects.filter(kind=name, slot__gt=slot).exists():
        return []  # the clock was set back: that day has been
    return open_chunks(start(name, timezone.localdate(now), rulebook, now, slot), now)


def start(kind: str, day: date, rulebook: Rulebook, now: datetime, slot: date | None = None) -> JobRun:
    """Return a new run of this job with its parts, or the one that was made for this slot before."""
    try:
        with transaction.atomic():
            run = JobRun.objects.create(
                kind=kind,
                slot=slot,
                day=day,
                started_at=now,
                rulebook=rulebook.hash,
                code_version=settings.CODE_VERSION,
                counts=Outcome(*KINDS[kind].counts).counts,
            )
            JobChunk.objects.bulk_create(
                (JobChunk(run=run, of=of, first=first, last=last) for of, first, last in KINDS[kind].plan(day, now)),
                batch_size=1_000,
            )
    except IntegrityError:
        return JobRun.objects.get(kind=kind, slot=slot)
    log.info("started", extra={"job": kind, "run": run.pk, "day": day.isoformat()})
    _finish(run.pk, now)
    return run


def _free(now: datetime) -> Q:
    # A claim that ends later than any may was made by a clock that was wrong: it would hold up everyone until then.
    too_late = now + 2 * max(settings.CLAIM, timedelta(seconds=LONGEST_PAUSE))
    until = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_until__gt=too_late)
    return Q(finished_at__isnull=True) & until


def open_chunks(run: JobRun, now: datetime) -> list[int]:
    """Return the keys of the parts of this run that are not done and in nobody's hands."""
    return list(run.chunks.filter(_free(now)).order_by("pk").values_list("pk", flat=True))


def catch_up(rulebook: Rulebook, now: datetime) -> list[int]:
    """Start what the timetable asked for and nobody started, and return the keys of all parts to hand out.

    A queue that was emptied, a worker that died, a clock that stood still: this makes good for them. A job that
    has never run is left to the timetable: a new installation begins with its first night.
    """
    for job in JOBS:
        slot = last_slot(job, now)
        earlier = JobRun.objects.filter(kind=job.name, slot__isnull=False).order_by("-slot")
        last = earlier.values_list("slot", flat=True).first()
        if last is not None and last < slot:
            start(job.name, timezone.localdate(now), rulebook, now, slot)
    for run in JobRun.objects.filter(finished_at__isnull=True).values_list("pk", flat=True):
        _finish(run, now)
    left = JobChunk.objects.filter(_free(now), ~_by_hand(now), run__finished_at__isnull=True)
    return list(left.order_by("pk").values_list("pk", flat=True)[:MOST_HANDED_OUT])


def _by_hand(now: datetime) -> Q:
    """Tell which parts are of a run that somebody waits for: they are theirs, as long as any of it gets done."""
    since = now - settings.CLAIM
    lately = JobChunk.objects.filter(run=OuterRef("run"), finished_at__gt=since)
    return Q(run__slot__isnull=True) & (Q(run__started_at__gt=since) | Q(Exists(lately)))


def do_chunk(pk: int, rulebook: Rulebook, clock: Callable[[], datetime]) -> Outcome | None:
    """Do this part and return what it came to, or None where it is done or in another's hands.

    A part that goes wrong is kept for a next time and, after ``MOST_ATTEMPTS``, given up with the reason. Raises
    DatabaseError: then nothing can be noted, and the claim runs out by itself.
    """
    now, claim = clock(), uuid4().hex
    mine = JobChunk.objects.filter(pk=pk, claimed_by=claim, finished_at__isnull=True)
    until = now + settings.CLAIM
    free = JobChunk.objects.filter(_free(now), pk=pk)
    if not free.update(claimed_by=claim, claimed_until=until, attempts=F("attempts") + 1):
        return None
    chunk = mine.select_related("run").get()
    run = chunk.run
    told = {"job": run.kind, "run": run.pk, "chunk": pk}
    try:
        if chunk.attempts > MOST_ATTEMPTS:
            raise _GivenUp(f"Given up: {MOST_ATTEMPTS} workers began this and none finished it.")
        outcome = KINDS[run.kind].work(chunk, rulebook, clock)
    except DatabaseError:
        raise
    except Exception as error:  # whatever is wrong with this part, the others are done
        failure = {"rows": str(chunk), "error": f"{type(error).__name__}: {error}"}
        log.exception("part failed", extra=told)
        if chunk.attempts < MOST_ATTEMPTS:
            pause = get_exponential_backoff_interval(FIRST_PAUSE, chunk.attempts - 1, LONGEST_PAUSE)
            mine.update(claimed_until=clock() + timedelta(seconds=pause), failures=[failure])
            return None
        outcome = Outcome("failed")
        outcome.count("failed")
        outcome.failures.append(failure)
    # Who comes back after its claim ran out may find the part done by another: then that one's receipt stands.
    total = _close(mine, outcome, KINDS[run.kind].found_again, clock())
    if total is not None:
        log.info("part done", extra={**told, "counts": dict(total.counts)})
        _finish(run.pk, clock())
    return outcome


def _close(mine: QuerySet[JobChunk], outcome: Outcome, found_again: Collection[str], now: datetime) -> Outcome | None:
    """Close this part and return what it came to, over all workers that began it; None where it is another's."""
    with transaction.atomic():
        chunk = mine.select_for_update().first()
        if chunk is None:
            return None
        # What was written is counted by who wrote it. This worker adds what it saw and what failed.
        total = outcome_of(chunk)
        earlier = sum(total.counts[name] - outcome.counts[name] for name in found_again if name in total.counts)
        for name, number in outcome.counts.items():
            total.counts.setdefault(name, number)
        if earlier > 0:
            # What this part wrote before, it then found as written before.
            total.counts["before"] = max(0, total.counts["before"] - earlier)
        total.failures = outcome.failures
        mine.update(finished_at=now, **_stored(total))
    return total


def _stored(outcome: Outcome) -> dict[str, Any]:
    return {
        "counts": outcome.counts,
        "failures": outcome.failures[:MAX_LISTED],
        "differences": outcome.differences[:MAX_LISTED],
    }


class _GivenUp(Exception):
    """Too many workers died of it."""


def _finish(pk: int, now: datetime) -> None:
    """Write the receipt of this run where all its parts are done; of several who see that, one does it."""
    if JobChunk.objects.filter(run=pk, finished_at__isnull=True).exists():
        return
    with transaction.atomic():
        run = JobRun.objects.select_for_update().filter(pk=pk, finished_at__isnull=True).first()
        if run is None:
            return
        total = Outcome(*run.counts)
        for part in run.chunks.only("run", "counts", "failures", "differences"):
            total.add(outcome_of(part))
        JobRun.objects.filter(pk=pk).update(finished_at=now, **_stored(total))
    log.info("finished", extra={"job": run.kind, "run": pk, "counts": dict(total.counts)})


def run(
    kind: str,
    day: date,
    rulebook: Rulebook,
    now: datetime,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> JobRun:
    """Do all of this job in this process, for whoever asked for it by hand, and return the receipt.

    ``progress`` is called with how many parts are done, and of how many.
    """
    started = start(kind, day, rulebook, now)
    keys = open_chunks(started, now)
    for done, pk in enumerate(keys, 1):
        do_chunk(pk, rulebook, clock)
        progress(done, len(keys))
    started.refresh_from_db()
    return started
