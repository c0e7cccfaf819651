"""Times actions in turns within one process, so that each can be compared with its baseline."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import Rulebooks, load_rulebooks

Times = dict[str, list[float]]
T = TypeVar("T")


class Measurement(NamedTuple):
    """A measured action: its name, its baseline, and for each run its time as a multiple of the baseline's."""

    name: str
    baseline: str
    ratios: tuple[float, ...]
    size: int = 0
    database: str = ""
    note: str = ""

    @property
    def spread(self) -> tuple[float, float, float]:
        """Return the minimum, the median and the maximum of the ratios."""
        return min(self.ratios), median(self.ratios), max(self.ratios)


def seconds_of(action: Callable[[], object]) -> float:
    """Return how many seconds this takes."""
    gc.collect()
    started_at = perf_counter()
    action()
    return perf_counter() - started_at


def cpu_seconds_of(action: Callable[[], object]) -> float:
    """Return the CPU seconds that this takes of this process and, on PostgreSQL, of the backend that serves it.

    Parallel workers of PostgreSQL are processes of their own, so there are none meanwhile.
    """
    gc.collect()
    if connection.vendor != "postgresql":
        started_at = process_time()
        action()
        return process_time() - started_at
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        backend = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    started_at = process_time() + _cpu_seconds_in(backend)
    action()
    return process_time() + _cpu_seconds_in(backend) - started_at


def _cpu_seconds_in(stat: Path) -> float:
    # After the name of the program, which may contain spaces: see proc(5), utime and stime.
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def time_in_turns(
    actions: Mapping[str, Callable[[], object]],
    runs: int,
    warm_up: bool = True,
    measure: Callable[[Callable[[], object]], float] = seconds_of,
) -> Times:
    """Return the seconds of each action in each run, as ``measure`` gives them.

    The actions take turns, so that a busy moment affects all of them. The first round fills caches and does not count.
    """
    times: Times = {name: [] for name in actions}
    for turn in range(runs + warm_up):
        for name, action in actions.items():
            seconds = measure(action)
            if turn >= warm_up:
                times[name].append(seconds)
    return times


def ratios(times: Times, name: str, baseline: str) -> tuple[float, ...]:
    """Return the time of one action as a multiple of the other's, in each run."""
    return tuple(one / other for one, other in zip(times[name], times[baseline], strict=True))


def queries_of(action: Callable[[], object]) -> list[str]:
    """Return the SQL statements of an action, without transactions and savepoints."""
    transaction_statements = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    with CaptureQueriesContext(connection) as captured:
        action()
    return [query["sql"] for query in captured if not query["sql"].startswith(transaction_statements)]


def batches(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield these rows in batches of at most this size."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def rulebooks() -> Rulebooks:
    """Return the rulebooks of the settings."""
    return load_rulebooks(settings.RULEBOOK)


def memory(field: str) -> float:
    """Return this process's memory in MB: ``VmRSS`` is the current, ``VmHWM`` the peak size."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:"))


def as_json(figures: list[Measurement]) -> list[dict[str, Any]]:
    """Return the measurements as values that JSON can contain."""
    return [figure._asdict() for figure in figures]
