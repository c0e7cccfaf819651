"""For each kind of work: how the databases are filled, and what is measured in them."""

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from tests.servers import redis

from .databases import Databases, say

#: Above so many trajectories each thing is measured once, for it takes minutes.
LARGE = 20_000
#: What is measured in the same town.
TOWN = ("reassess", "save", "pages", "api", "exchange", "flag_due")
Found = list[dict[str, Any]]


class Task(NamedTuple):
    """What is asked for: which works, at which sizes, in so many rounds."""

    works: Collection[str]
    sizes: Sequence[int]
    runs: int

    def rounds(self, size: int) -> str:
        """Return in how many rounds work is measured that takes longer the larger the town is."""
        return str(self.runs if size <= LARGE else 1)


def town(task: Task, there: Databases) -> Found:
    """Measure what is about trajectories as they are: reassessing, saving, pages, the API, dumps, and a night."""
    figures: Found = []
    peaks: dict[int, float] = {}
    for size in task.sizes:
        of = str(size)
        # The first assessment of very many takes hours: what it leaves behind is written past the models.
        if size <= LARGE:
            there.do(of, "prepare", of)
            found = there.do(of, "first")
        else:
            there.fill(of, ("prepare", of), ("store",))
            found = []
        if "reassess" in task.works:
            found += there.do(of, "reassess", task.rounds(size))
            peaks[size] = there.do(of, "peak")
            least = min(peaks)
            found.append(
                {
                    "what": "memory that reassess_all adds, at most",
                    "against": f"the same at {least:,}",
                    "ratios": [peaks[size] / peaks[least]],
                    "note": f"{peaks[size]:.0f} MB",
                }
            )
        for work in ("save", "pages", "api"):
            if work in task.works:
                found += there.do(of, work, str(task.runs))
        if "exchange" in task.works:
            found += _exchanged(task, size, there)
        figures += _sized(found, size)
    if "flag_due" in task.works:
        names = [there.name(str(size)) for size in task.sizes]
        figures += there.do(str(task.sizes[0]), "flag_due", str(task.runs), *names)
    return figures


def _exchanged(task: Task, size: int, there: Databases) -> Found:
    """Measure what this town writes out, and taking it in where nothing is."""
    with tempfile.TemporaryDirectory(prefix="leidraad-dossiers-") as folder:
        found: Found = there.do(str(size), "dump", task.rounds(size), folder)
        return found + there.do(f"empty_{size}", "take_in", task.rounds(size), folder, str(size))


def night(task: Task, there: Databases) -> Found:
    """Measure a night in ever larger towns of which obligations are all there is."""
    names = []
    for size in task.sizes:
        there.fill(f"thin_{size}", ("thin", str(size)))
        names.append(there.name(f"thin_{size}"))
    found: Found = there.do(f"thin_{task.sizes[0]}", "flag_due", str(task.runs), *names)
    return found


def mails(task: Task, there: Databases) -> Found:
    """Measure the weekly mailing; the size is the number of recipients, each with two trajectories."""
    figures: Found = []
    for size in task.sizes:
        of = f"mails_{size}"
        there.fill(of, ("prepare", str(3 * size)), ("store",), ("recipients", str(size)))
        figures += _sized(there.do(of, "mails", str(task.runs)), size)
    return figures


def workers(task: Task, there: Databases) -> Found:
    """Measure one worker against two, over Redis."""
    if there.kind == "sqlite":
        say("two workers are for PostgreSQL: SQLite lets one write at a time")
        return []
    figures: Found = []
    for size in task.sizes:
        of = str(size)
        there.fill(of, ("prepare", of), ("store",))
        with redis() as url:
            figures += _sized(there.do(of, "workers", task.rounds(size), REDIS_URL=url), size)
    return figures


def queue(task: Task, there: Databases) -> Found:
    """Measure what a part costs beside its work, over Redis and over a folder."""
    figures: Found = []
    for size in task.sizes:
        of = str(size)
        there.fill(of, ("prepare", of), ("store",))
        with redis() as url:
            figures += _sized(there.do(of, "queue", task.rounds(size), REDIS_URL=url), size)
        with tempfile.TemporaryDirectory(prefix="leidraad-queue-") as folder:
            figures += _sized(there.do(of, "queue", task.rounds(size), QUEUE_ROOT=folder), size)
    return figures


def _sized(found: Found, size: int) -> Found:
    return [{**figure, "size": size} for figure in found]


class BenchmarkPlan(NamedTuple):
    """How a work is measured, and at which sizes where none are named."""

    measure: Callable[[Task, Databases], Found]
    sizes: Sequence[int]


SIZES = (1_000, 10_000)
#: In this order where everything is measured: the first leaves behind what the later ones use.
PLANS: Mapping[str, BenchmarkPlan] = {
    **{work: BenchmarkPlan(town, SIZES) for work in TOWN},
    "workers": BenchmarkPlan(workers, (100_000,)),
    "queue": BenchmarkPlan(queue, SIZES[:1]),
    "mails": BenchmarkPlan(mails, (5_000,)),
    "night": BenchmarkPlan(night, (100_000, 1_000_000)),
}


def measured(work: str, sizes: Sequence[int], runs: int, there: Databases) -> Found:
    """Fill the databases, the smallest first, and measure in each: one work, or all."""
    if work in PLANS:
        return PLANS[work].measure(Task([work], sizes or PLANS[work].sizes, runs), there)
    figures = town(Task(TOWN, sizes or SIZES, runs), there)
    for plan in (workers, queue):
        figures += plan(Task(PLANS, sizes or SIZES, runs), there)
    # A thin town is filled ten times as fast.
    figures += night(Task(PLANS, [10 * size for size in sizes or SIZES], runs), there)
    # Ten thousand reports take as long as a hundred thousand trajectories.
    figures += mails(Task(PLANS, [size for size in sizes or SIZES if size <= LARGE], runs), there)
    return figures
