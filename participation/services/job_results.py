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
Written = Callable[[JobResult], object]


def unrecorded(_outcome: JobResult) -> None:
    """Record nothing: for work outside a run."""


def written_to(chunk: JobChunk) -> Written:
    """Return a callback that adds an outcome to this chunk and, where its run is finished, to the run.

    Rows and their counts are committed together. So the totals are right when a worker is killed after its transaction,
    when another worker repeats the chunk, and when one goes on after its claim expired.
    """

    def add(outcome: JobResult) -> None:
        rows = JobChunk.objects.select_for_update().filter(pk=chunk.pk)
        for stored in rows:
            _add(JobChunk, stored, outcome)
            if stored.finished_at:
                for run in JobRun.objects.select_for_update().filter(pk=stored.run_id, finished_at__isnull=False):
                    _add(JobRun, run, outcome)

    return add


def _add(model: type[JobChunk] | type[JobRun], row: JobChunk | JobRun, outcome: JobResult) -> None:
    total = outcome_of(row)
    total.add(outcome)
    model._default_manager.filter(pk=row.pk).update(
        counts=total.counts, differences=total.differences[:MAX_LISTED], failures=total.failures[:MAX_LISTED]
    )


def outcome_of(row: JobChunk | JobRun) -> JobResult:
    """Return the stored outcome of a chunk or a run."""
    outcome = JobResult()
    outcome.counts.update(row.counts)
    outcome.failures, outcome.differences = list(row.failures), list(row.differences)
    return outcome
