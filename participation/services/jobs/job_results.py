"""The outcome of a unit of work, and storing it with its chunk and run."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from participation.models import JobChunk, JobRun

#: Maximum number of failures and differences stored; the counts include all.
MAX_LISTED = 200


class JobResult:
    """Counts by name, the failures, and the differences with what was stored."""

    def __init__(self, *names: str) -> None:
        """Start with zero; these names are reported even where their count stays zero."""
        self.counts: Counter[str] = Counter(dict.fromkeys(names, 0))
        self.failures: list[dict[str, str]] = []
        self.differences: list[dict[str, Any]] = []

    def count(self, name: str, number: int = 1) -> None:
        """Increase this count."""
        self.counts[name] += number

    def add(self, other: "JobResult") -> None:
        """Add another outcome to this one."""
        for name, number in other.counts.items():
            self.counts[name] += number
        self.failures += other.failures
        self.differences += other.differences


#: Callback, called with what was written in the transaction that writes it.
ResultCallback = Callable[[JobResult], object]


def ignore_result(_result: JobResult) -> None:
    """Record nothing: for work outside a run."""


def chunk_result_callback(chunk: JobChunk) -> ResultCallback:
    """Return a callback that adds an outcome to this chunk and, where its run is finished, to the run.

    Rows and their counts are committed together. So the totals are right when a worker is killed after its transaction,
    when another worker repeats the chunk, and when one goes on after its claim expired.
    """

    def add(result: JobResult) -> None:
        rows = JobChunk.objects.select_for_update().filter(pk=chunk.pk)
        for stored in rows:
            _add_to_row(JobChunk, stored, result)
            if stored.finished_at:
                for run in JobRun.objects.select_for_update().filter(pk=stored.run_id, finished_at__isnull=False):
                    _add_to_row(JobRun, run, result)

    return add


def _add_to_row(model: type[JobChunk] | type[JobRun], row: JobChunk | JobRun, result: JobResult) -> None:
    total = stored_result(row)
    total.add(result)
    model._default_manager.filter(pk=row.pk).update(
        counts=total.counts, differences=total.differences[:MAX_LISTED], failures=total.failures[:MAX_LISTED]
    )


def stored_result(row: JobChunk | JobRun) -> JobResult:
    """Return the stored outcome of a chunk or a run."""
    result = JobResult()
    result.counts.update(row.counts)
    result.failures, result.differences = list(row.failures), list(row.differences)
    return result
