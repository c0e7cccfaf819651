"""What a piece of work came to, and how that gets into its receipt."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from participation.models import JobChunk, JobRun

#: A receipt lists so many failures and differences; its counts have them all.
MAX_LISTED = 200


class Outcome:
    """Counts by kind, what failed, each with its name, and what differed from what was stored."""

    def __init__(self, *names: str) -> None:
        """Start with nothing; these names are counted even where nothing comes of them."""
        self.counts: Counter[str] = Counter(dict.fromkeys(names, 0))
        self.failures: list[dict[str, str]] = []
        self.differences: list[dict[str, Any]] = []

    def count(self, name: str, number: int = 1) -> None:
        """Count so many more under this name."""
        self.counts[name] += number

    def add(self, other: "Outcome") -> None:
        """Add what another piece came to."""
        for name, number in other.counts.items():
            self.counts[name] += number
        self.failures += other.failures
        self.differences += other.differences


#: Called in the transaction that writes, with what it wrote.
Written = Callable[[Outcome], object]


def unrecorded(_outcome: Outcome) -> None:
    """Record nothing: for work that belongs to no run."""


def written_to(chunk: JobChunk) -> Written:
    """Return what adds an outcome to this part and, where its receipt was made before, to the run's receipt.

    Rows and their count are stored together or not at all. So a receipt is right when a worker is killed after its
    transaction, when another worker does the part again, and when one goes on after its claim ran out.
    """

    def add(outcome: Outcome) -> None:
        rows = JobChunk.objects.select_for_update().filter(pk=chunk.pk)
        for stored in rows:
            _add(JobChunk, stored, outcome)
            if stored.finished_at:
                for run in JobRun.objects.select_for_update().filter(pk=stored.run_id, finished_at__isnull=False):
                    _add(JobRun, run, outcome)

    return add


def _add(model: type[JobChunk] | type[JobRun], row: JobChunk | JobRun, outcome: Outcome) -> None:
    total = outcome_of(row)
    total.add(outcome)
    model._default_manager.filter(pk=row.pk).update(
        counts=total.counts, differences=total.differences[:MAX_LISTED], failures=total.failures[:MAX_LISTED]
    )


def outcome_of(row: JobChunk | JobRun) -> Outcome:
    """Return what is stored of a part or a run."""
    outcome = Outcome()
    outcome.counts.update(row.counts)
    outcome.failures, outcome.differences = list(row.failures), list(row.differences)
    return outcome
