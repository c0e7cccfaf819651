"""The benchmarks: for each, how its databases are filled and which steps measure it."""

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from tests.servers import redis

from .databases import Databases, log

#: With more trajectories than this, each measurement takes minutes and is done once.
LARGE = 20_000
#: The number of trajectories that a larger database has copies of.
COPIED_SIZE = 1_000
#: The benchmarks that share one dataset.
DATASET_BENCHMARKS = ("reassess", "save", "pages", "api", "import_export", "flag_due")
Figures = list[dict[str, Any]]


class BenchmarkRequest(NamedTuple):
    """Which benchmarks to run, at which sizes, and how many times."""

    benchmarks: Collection[str]
    sizes: Sequence[int]
    runs: int

    def runs_at(self, size: int) -> str:
        """Return the number of runs of a measurement whose duration depends on the size."""
        return str(self.runs if size <= LARGE else 1)


def dataset_benchmarks(request: BenchmarkRequest, databases: Databases) -> Figures:
    """Measure reassessment, saving, pages, the API, imports and exports, and flag_due."""
    figures: Figures = []
    peaks: dict[int, float] = {}
    for size in request.sizes:
        name = str(size)
        # Above this size a first assessment takes long, so a small one is copied side by side.
        if size <= LARGE:
            # Of a database that was kept it is not measured again: nothing in it is new.
            found = databases.fill(name, ("prepare", name), ("first_assessment",)) or []
        else:
            small = str(COPIED_SIZE)
            steps = (
                ("prepare", small),
                ("assess_in_bulk",),
                ("judge_in_full",),
                ("multiply", str(size // COPIED_SIZE)),
            )
            databases.fill(name, *steps)
            found = []
        if "reassess" in request.benchmarks and size > LARGE:
            found += databases.run(name, "compare", request.runs_at(size))
        elif "reassess" in request.benchmarks:
            found += databases.run(name, "reassess", request.runs_at(size))
            peaks[size] = databases.run(name, "peak_memory")
            smallest = min(peaks)
            found.append(
                {
                    "name": "peak memory that reassess-full adds",
                    "baseline": f"the same at {smallest:,}",
                    "ratios": [peaks[size] / peaks[smallest]],
                    "note": f"{peaks[size]:.0f} MB",
                }
            )
        for benchmark in ("save", "pages", "api"):
            if benchmark in request.benchmarks:
                found += databases.run(name, benchmark, str(request.runs))
        if "api" in request.benchmarks:
            found += databases.run(name, "overdue_list", str(request.runs))
        if "import_export" in request.benchmarks:
            found += _import_export(request, size, databases)
        figures += _with_size(found, size)
    if "flag_due" in request.benchmarks:
        names = [databases.django_name(str(size)) for size in request.sizes]
        figures += databases.run(str(request.sizes[0]), "flag_due", str(request.runs), *names)
    return figures


def _import_export(request: BenchmarkRequest, size: int, databases: Databases) -> Figures:
    """Measure the exports of a database, and their import into an empty one."""
    with tempfile.TemporaryDirectory(prefix="leidraad-dossiers-") as folder:
        found: Figures = databases.run(str(size), "export", request.runs_at(size), folder)
        found += databases.run(str(size), "archives", str(request.runs))
        return found + databases.run(f"empty_{size}", "import", request.runs_at(size), folder, str(size))


def flag_due_large(request: BenchmarkRequest, databases: Databases) -> Figures:
    """Measure flag_due in large databases that contain little but obligations."""
    names = []
    for size in request.sizes:
        databases.fill(f"obligations_{size}", ("obligations_only", str(size)))
        names.append(databases.django_name(f"obligations_{size}"))
    found: Figures = databases.run(f"obligations_{request.sizes[0]}", "flag_due", str(request.runs), *names)
    return found


def mails(request: BenchmarkRequest, databases: Databases) -> Figures:
    """Measure the weekly digests; the size is the number of recipients, each with two trajectories."""
    figures: Figures = []
    for size in request.sizes:
        name = f"mails_{size}"
        databases.fill(name, ("prepare", str(3 * size)), ("assess_in_bulk",), ("recipients", str(size)))
        figures += _with_size(databases.run(name, "mails", str(request.runs)), size)
    return figures


def load(request: BenchmarkRequest, databases: Databases) -> Figures:
    """Measure load and coverage, in databases with activities and little else."""
    figures: Figures = []
    for size in request.sizes:
        name = f"load_{size}"
        databases.fill(name, ("load_only", str(size)))
        figures += _with_size(databases.run(name, "load", str(request.runs)), size)
    return figures


def yearly_report(request: BenchmarkRequest, databases: Databases) -> Figures:
    """Measure the yearly report as a page and as a ZIP, and the memory that it takes."""
    figures: Figures = []
    peaks: dict[int, float] = {}
    for size in request.sizes:
        name = str(size)
        databases.fill(name, ("prepare", name), ("assess_in_bulk",))
        found = databases.run(name, "yearly_report", request.runs_at(size))
        peaks[size] = databases.run(name, "report_peak_memory")
        smallest = min(peaks)
        found.append(
            {
                "name": "peak memory that the ZIP of the report adds",
                "baseline": f"the same at {smallest:,}",
                "ratios": [peaks[size] / peaks[smallest]],
                "note": f"{peaks[size]:.0f} MB",
            }
        )
        figures += _with_size(found, size)
    return figures


def workers(request: BenchmarkRequest, databases: Databases) -> Figures:
    """Measure one worker against two, with Redis as the queue."""
    if databases.kind == "sqlite":
        log("the benchmark of two workers needs PostgreSQL: SQLite lets one writer at a time")
        return []
    figures: Figures = []
    for size in request.sizes:
        name = str(size)
        databases.fill(name, ("prepare", name), ("assess_in_bulk",))
        with redis() as url:
            figures += _with_size(databases.run(name, "workers", request.runs_at(size), REDIS_URL=url), size)
    return figures


def queue(request: BenchmarkRequest, databases: Databases) -> Figures:
    """Measure the overhead of a chunk, with Redis and with a folder as the queue."""
    figures: Figures = []
    for size in request.sizes:
        name = str(size)
        databases.fill(name, ("prepare", name), ("assess_in_bulk",))
        with redis() as url:
            figures += _with_size(databases.run(name, "queue", request.runs_at(size), REDIS_URL=url), size)
        with tempfile.TemporaryDirectory(prefix="leidraad-queue-") as folder:
            figures += _with_size(databases.run(name, "queue", request.runs_at(size), QUEUE_ROOT=folder), size)
    return figures


def _with_size(found: Figures, size: int) -> Figures:
    return [{**figure, "size": size} for figure in found]


class BenchmarkPlan(NamedTuple):
    """The function that runs a benchmark, and its default sizes."""

    measure: Callable[[BenchmarkRequest, Databases], Figures]
    sizes: Sequence[int]


SIZES = (1_000, 10_000)
#: In the order of a full run, in which later benchmarks use the databases of earlier ones.
PLANS: Mapping[str, BenchmarkPlan] = {
    **{name: BenchmarkPlan(dataset_benchmarks, SIZES) for name in DATASET_BENCHMARKS},
    "workers": BenchmarkPlan(workers, (100_000,)),
    "queue": BenchmarkPlan(queue, SIZES[:1]),
    "mails": BenchmarkPlan(mails, (5_000,)),
    "load": BenchmarkPlan(load, SIZES),
    "yearly_report": BenchmarkPlan(yearly_report, SIZES),
    "flag_due_large": BenchmarkPlan(flag_due_large, (100_000, 1_000_000)),
}


def measure(benchmark: str, sizes: Sequence[int], runs: int, databases: Databases) -> Figures:
    """Run one benchmark or all, the smallest size first, and return the figures."""
    if benchmark in PLANS:
        plan = PLANS[benchmark]
        return plan.measure(BenchmarkRequest([benchmark], sizes or plan.sizes, runs), databases)
    sizes = sizes or SIZES
    figures = dataset_benchmarks(BenchmarkRequest(DATASET_BENCHMARKS, sizes, runs), databases)
    for measure_plan in (workers, queue, load, yearly_report):
        figures += measure_plan(BenchmarkRequest(PLANS, sizes, runs), databases)
    # A database with little but obligations is filled ten times as fast.
    figures += flag_due_large(BenchmarkRequest(PLANS, [10 * size for size in sizes], runs), databases)
    # Ten thousand digests take as long as a hundred thousand trajectories.
    figures += mails(BenchmarkRequest(PLANS, [size for size in sizes if size <= LARGE], runs), databases)
    return figures
