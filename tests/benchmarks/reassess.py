"""Measures a full reassessment against reading the same rows.

The baseline sends the SELECTs of a reassessment, each once over the whole table, and fetches the rows without using
them. The SELECTs are captured from the code, so that an additional column counts on both sides.
"""

import re
from datetime import UTC, datetime

from django.db import connection, transaction

from participation.compliance.rulebooks import Rulebooks
from participation.models import JobRun, Obligation, Trajectory, Transition
from participation.services.assessment import reassess
from participation.services.jobs.jobs import run as run_job

from .dataset import TODAY
from .measure import Measurement, memory, queries_of, ratios, rulebooks, seconds_of, time_in_turns

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


def first_assessment() -> list[Measurement]:
    """Measure the first assessment, which writes every obligation and its first transition. It cannot be repeated."""
    book, job_runs = rulebooks(), []
    seconds = seconds_of(lambda: job_runs.append(reassess_all(book)))
    run: JobRun = job_runs[0]
    if run.failures:
        raise SystemExit(f"{len(run.failures)} trajectories could not be assessed, e.g. {run.failures[0]}")
    vacuum()
    selects = captured_selects()
    read(selects)
    baseline = seconds_of(lambda: read(selects))
    size = Trajectory.objects.count()
    each = f"{run.counts['added'] / size:.0f} obligations each; {seconds:.0f} s"
    return [Measurement("first assessment, all new", "raw SELECT of the rows", (seconds / baseline,), note=each)]


def vacuum() -> None:
    """Update the statistics of PostgreSQL, or write back the write-ahead log of SQLite."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def measure(runs: int) -> list[Measurement]:
    """Measure a reassessment that changes nothing."""
    book, selects = rulebooks(), captured_selects()
    rows = read(selects)

    def reassess_unchanged() -> None:
        counts = reassess_all(book).counts
        if counts["added"] or counts["changed"] or counts["withdrawn"]:
            raise SystemExit(f"nothing had changed, but: {counts}")

    times = time_in_turns(
        {"baseline": lambda: read(selects), "job": reassess_unchanged}, runs, warm_up=rows < 5_000_000
    )
    fastest = f"{rows:,} rows; {min(times['job']):.1f} s"
    return [
        Measurement(
            "reassess-all, nothing changed", "raw SELECT of the rows", ratios(times, "job", "baseline"), note=fastest
        )
    ]


def peak_memory() -> float:
    """Return the MB that a reassessment adds to the peak memory of this process, which must be a fresh one."""
    book = rulebooks()
    Obligation.objects.open().exists()
    before = memory("VmRSS")
    reassess_all(book)
    return memory("VmHWM") - before


def _now() -> datetime:
    return datetime.now(UTC)
