"""Taking times that can be compared: in turns, in one process, each beside its floor."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebook import Rulebook, load

Times = dict[str, list[float]]
T = TypeVar("T")


class Measurement(NamedTuple):
    """A ratio: what was measured, against what, and how it varied over the runs."""

    what: str
    against: str
    ratios: tuple[float, ...]
    size: int = 0
    database: str = ""
    note: str = ""

    @property
    def spread(self) -> tuple[float, float, float]:
        """Return the smallest, the middle and the largest."""
        return min(self.ratios), median(self.ratios), max(self.ratios)


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that this takes."""
    gc.collect()
    began = perf_counter()
    action()
    return perf_counter() - began


def in_turns(actions: Mapping[str, Callable[[], object]], runs: int, warm_up: bool = True) -> Times:
    """Return the seconds that each of these took, round after round, so that a busy moment touches all.

    The first round fills caches and is not counted.
    """
    times: Times = {name: [] for name in actions}
    for turn in range(runs + warm_up):
        for name, action in actions.items():
            seconds = timed(action)
            if turn >= warm_up:
                times[name].append(seconds)
    return times


def ratios(times: Times, what: str, against: str) -> tuple[float, ...]:
    """Return how many times as long the one took as the other, in each round."""
    return tuple(one / other for one, other in zip(times[what], times[against], strict=True))


def queries(action: Callable[[], object]) -> list[str]:
    """Return the SQL that this sends, transactions and savepoints left out."""
    apart = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    with CaptureQueriesContext(connection) as captured:
        action()
    return [query["sql"] for query in captured if not query["sql"].startswith(apart)]


def in_parts(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield these rows, at most so many at a time."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def rulebook() -> Rulebook:
    """Return the rulebook of the settings."""
    return load(settings.RULEBOOK)


def memory(of: str) -> float:
    """Return this process's memory in MB: ``VmRSS`` now, or ``VmHWM``, the most it ever was."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{of}:"))


def plain(figures: list[Measurement]) -> list[dict[str, Any]]:
    """Return the figures as JSON takes them."""
    return [figure._asdict() for figure in figures]
