"""Measures the nightly proof and a full reassessment against reading the same rows.

The baseline sends the SELECTs of a reassessment, each once over the whole table, and fetches the rows without using
them. The SELECTs are captured from the code, so that an additional column counts on both sides.
"""

import re
from datetime import UTC, datetime
from statistics import median

from django.db import connection, transaction

from participation.compliance.rulebooks import Rulebooks
from participation.models import JobRun, Obligation, Step, Trajectory, Transition
from participation.services.assessment import reassess
from participation.services.jobs.jobs import run as run_job

from .dataset import TODAY
from .measure import Measurement, cpu_seconds_of, memory, queries_of, ratios, rulebooks, time_in_turns

FETCH_SIZE = 5_000
_TABLE = re.compile(r' FROM "(\w+)"')


def captured_selects() -> list[str]:
    """Return a SELECT over each table that a reassessment reads, with the columns that it reads."""
    sample = list(Trajectory.objects.order_by("pk").values_list("pk", flat=True)[:300])
    widest: dict[str, str] = {}
    for sql in queries_of(lambda: reassess("trajectory", sample, rulebooks(), TODAY, _now())):
        # A server-side cursor has the form DECLARE ... CURSOR FOR SELECT ...
        _declare, select, rest = sql.partition("SELECT ")
        if not select or not (found := _TABLE.search(sql)):
            continue
        whole = select + rest.partition(" WHERE ")[0]
        if whole.count(",") >= widest.get(found[1], "").count(","):
            widest[found[1]] = whole
    # A reassessment reads the transitions of a few obligations only, not the whole table.
    widest.pop(Transition._meta.db_table, None)
    return list(widest.values())


def read(selects: list[str]) -> int:
    """Read these rows without keeping them, and return their number."""
    rows = 0
    for sql in selects:
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(FETCH_SIZE):
                rows += len(found)
    return rows


def reassess_all(book: Rulebooks) -> JobRun:
    """Run the job reassess-all, and return its job run."""
    return run_job("reassess-all", TODAY, book, _now(), _now)


def reassess_full(book: Rulebooks) -> JobRun:
    """Run the job reassess-full, and return its job run."""
    return run_job("reassess-full", TODAY, book, _now(), _now)


def judge_in_full() -> dict[str, int]:
    """Judge everything, so that everything has a fingerprint, and return the counts."""
    counts: dict[str, int] = reassess_full(rulebooks()).counts
    vacuum()
    return counts


def first_assessment() -> list[Measurement]:
    """Measure the first assessment in CPU seconds, which writes every obligation and its first transition.

    It cannot be repeated.
    """
    book, job_runs = rulebooks(), []
    seconds = cpu_seconds_of(lambda: job_runs.append(reassess_all(book)))
    run: JobRun = job_runs[0]
    if run.failures:
        raise SystemExit(f"{len(run.failures)} trajectories could not be assessed, e.g. {run.failures[0]}")
    vacuum()
    selects = captured_selects()
    read(selects)
    baseline = median(cpu_seconds_of(lambda: read(selects)) for _ in range(5))
    size = Trajectory.objects.count()
    each = f"{run.counts['added'] / size:.0f} obligations each; {seconds:.2f} s"
    return [Measurement("first assessment, all new", "raw SELECT of the rows, CPU", (seconds / baseline,), note=each)]


def vacuum() -> None:
    """Update the statistics of PostgreSQL, or write back the write-ahead log of SQLite."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def measure(runs: int, in_full: bool = True) -> list[Measurement]:
    """Measure the nights in CPU seconds: everything judged again, nothing changed, and one in a hundred changed.

    Without ``in_full`` only the last two: everything must have a fingerprint then.
    """
    book, selects = rulebooks(), captured_selects()
    rows = read(selects)
    size = Trajectory.objects.count()

    def judge_again() -> None:
        counts = reassess_full(book).counts
        if counts["added"] or counts["changed"] or counts["withdrawn"]:
            raise SystemExit(f"nothing had changed, but: {counts}")

    def compare_unchanged() -> None:
        if assessed := reassess_all(book).counts["assessed"]:
            raise SystemExit(f"nothing had changed, but {assessed} were judged again")

    def compare_changed() -> None:
        # Judged as wrong by the job; the next full one finds them right.
        keys = list(Trajectory.objects.order_by("pk").values_list("pk", flat=True))[::100]
        Step.objects.filter(trajectory__in=keys).update(title=_now().isoformat())
        if (assessed := reassess_all(book).counts["assessed"]) != len(keys):
            raise SystemExit(f"{len(keys)} had changed, but {assessed} were judged again")

    nights = {"reassess-all, nothing changed": compare_unchanged, "reassess-all, 1 % changed": compare_changed}
    if in_full:
        nights = {"reassess-full": judge_again, **nights}
    # What had changed gets its fingerprint when it is next found right.
    (judge_again if in_full else lambda: reassess_all(book))()
    actions = {"baseline": lambda: read(selects), **nights}
    if not in_full:
        actions["settle"] = lambda: reassess_all(book)
    times = time_in_turns(actions, runs, warm_up=rows < 5_000_000, measure=cpu_seconds_of)
    return [
        Measurement(
            name,
            "raw SELECT of the rows, CPU",
            ratios(times, name, "baseline"),
            note=f"{rows:,} rows of {size:,}; {min(times[name]):.2f} s",
        )
        for name in nights
    ]


def peak_memory() -> float:
    """Return the MB that a reassessment adds to the peak memory of this process, which must be a fresh one."""
    book = rulebooks()
    Obligation.objects.open().exists()
    before = memory("VmRSS")
    reassess_full(book)
    return memory("VmHWM") - before


def _now() -> datetime:
    return datetime.now(UTC)
