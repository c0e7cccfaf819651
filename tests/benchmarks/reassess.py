"""A full reassessment against merely reading the same rows.

The floor sends the very SELECTs that a reassessment sends, once each over the whole table, and fetches the
rows without making anything of them. They are taken from what the code really sends: whoever reads one
column more sees it on both sides.
"""

import re
from datetime import UTC, datetime

from django.db import connection, transaction

from participation.compliance.rulebook import Rulebook
from participation.models import JobRun, Obligation, Trajectory, Transition
from participation.services.assessment import reassess
from participation.services.jobs.jobs import run as run_job

from .dataset import TODAY
from .measure import Measurement, in_turns, memory, queries, ratios, rulebook, timed

FETCHED = 5_000
_TABLE = re.compile(r' FROM "(\w+)"')


def statements() -> list[str]:
    """Return a SELECT for each table that a reassessment reads, of the columns that it reads."""
    some = list(Trajectory.objects.order_by("pk").values_list("pk", flat=True)[:300])
    widest: dict[str, str] = {}
    for sql in queries(lambda: reassess("trajectory", some, rulebook(), TODAY, _now())):
        # A server-side cursor is declared: DECLARE ... CURSOR FOR SELECT ...
        _declared, select, rest = sql.partition("SELECT ")
        if not select or not (found := _TABLE.search(sql)):
            continue
        whole = select + rest.partition(" WHERE ")[0]
        if whole.count(",") >= widest.get(found[1], "").count(","):
            widest[found[1]] = whole
    # The ledger is asked about a few obligations, never read whole.
    widest.pop(Transition._meta.db_table, None)
    return list(widest.values())


def read(selects: list[str]) -> int:
    """Read all these rows, hold none of them, and return how many there were."""
    rows = 0
    for sql in selects:
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(FETCHED):
                rows += len(found)
    return rows


def everything(book: Rulebook) -> JobRun:
    """Hold everything against the facts, as the nightly job does, and return its receipt."""
    return run_job("reassess-all", TODAY, book, _now(), _now)


def first() -> list[Measurement]:
    """Measure the first assessment, which writes every obligation and its first line in the ledger: once."""
    book, receipt = rulebook(), []
    seconds = timed(lambda: receipt.append(everything(book)))
    run: JobRun = receipt[0]
    if run.failures:
        raise SystemExit(f"{len(run.failures)} trajectories could not be assessed, e.g. {run.failures[0]}")
    settle()
    selects = statements()
    read(selects)
    floor = timed(lambda: read(selects))
    size = Trajectory.objects.count()
    each = f"{run.counts['added'] / size:.0f} obligations each; {seconds:.0f} s"
    return [Measurement("first assessment, all new", "raw SELECT of the rows", (seconds / floor,), note=each)]


def settle() -> None:
    """Leave the database as one finds it on a quiet day: statistics gathered, log written back."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def nightly(runs: int) -> list[Measurement]:
    """Measure the proof that nothing drifted: everything is stored, nothing changed."""
    book, selects = rulebook(), statements()
    rows = read(selects)

    def proof() -> None:
        counts = everything(book).counts
        if counts["added"] or counts["changed"] or counts["withdrawn"]:
            raise SystemExit(f"nothing had changed, but: {counts}")

    times = in_turns({"floor": lambda: read(selects), "proof": proof}, runs, warm_up=rows < 5_000_000)
    fastest = f"{rows:,} rows; {min(times['proof']):.1f} s"
    return [
        Measurement(
            "reassess-all, nothing new", "raw SELECT of the rows", ratios(times, "proof", "floor"), note=fastest
        )
    ]


def peak() -> float:
    """Return the MB that a reassessment adds to this process at its most; run it in a process of its own."""
    book = rulebook()
    Obligation.objects.open().exists()
    before = memory("VmRSS")
    everything(book)
    return memory("VmHWM") - before


def _now() -> datetime:
    return datetime.now(UTC)
