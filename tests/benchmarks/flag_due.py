"""One night's flag_due against the indexed SELECT of what falls due, in ever larger totals.

The same number of obligations falls due every night, evenly over the table; the nights of all totals are
taken in turns.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from django.db import connection, transaction
from django.db.models import F

from participation.models import Obligation, Trajectory, Transition
from participation.services.assessment import flag_due
from participation.services.jobs.jobs import run as run_job

from .dataset import TODAY
from .measure import Measurement, in_turns, queries, ratios, rulebook
from .reassess import settle

DUE = 2_000
_COLUMNS = ("id", "due_on", "strict_due_on", "expected_on", "met_on", "next_change_on")


class _Total:
    """A database with so many trajectories, in which one night comes after another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.night = TODAY
        self.book = rulebook()
        with self.open():
            self.size = Trajectory.objects.count()
            # What would fall due by itself is put off, so that every night and every total has the same to do.
            later = timedelta(days=3650)
            waiting = Obligation.objects.open().filter(next_change_on__isnull=False)
            waiting.update(next_change_on=F("next_change_on") + later)
            keys = list(waiting.order_by("pk").values_list("pk", flat=True))
            if len(keys) < DUE:
                raise SystemExit(f"{name}: only {len(keys)} obligations can fall due; take more trajectories")
            self.keys = [keys[round(n * len(keys) / DUE)] for n in range(DUE)]
            settle()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Be connected to this database within the block."""
        if connection.settings_dict["NAME"] != self.name:
            connection.close()
            connection.settings_dict["NAME"] = self.name
        yield

    def fall(self) -> None:
        """Bring the next night, and let obligations run out on it: pending until then, overdue from then on."""
        self.night += timedelta(days=1)
        yesterday = self.night - timedelta(days=1)
        with self.open(), transaction.atomic():
            for start in range(0, DUE, 500):
                Obligation.objects.filter(pk__in=self.keys[start : start + 500]).update(
                    due_on=yesterday, strict_due_on=None, expected_on=None, met_on=None, next_change_on=self.night
                )
            # The night before they were pending again.
            noticed = datetime.combine(yesterday, time(1), UTC)
            Transition.objects.bulk_create(
                [_line(pk, "overdue", "pending", yesterday, noticed) for pk in self.keys], batch_size=500
            )

    def select(self) -> None:
        """Read what falls due by its index, and nothing else."""
        table, columns = Obligation._meta.db_table, ", ".join(_COLUMNS)
        with self.open(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM {table} WHERE withdrawn_at IS NULL AND next_change_on <= %s"
                " ORDER BY next_change_on, id",
                [self.night],
            )
            if (found := len(cursor.fetchall())) != DUE:
                raise SystemExit(f"{found} obligations fall due instead of {DUE}")

    def write(self) -> None:
        """Read the same, add as many lines to the ledger and update as many rows, in two raw statements."""
        self.select()
        table, ledger = Obligation._meta.db_table, Transition._meta.db_table
        lines = [(pk, "", "pending", self.night, datetime.now(UTC), "floor") for pk in self.keys]
        with self.open(), transaction.atomic(), connection.cursor() as cursor:
            marks = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * 500)
            named = 'obligation_id, from_status, to_status, "on", noticed_at, rulebook'
            for start in range(0, DUE, 500):
                values = [value for line in lines[start : start + 500] for value in line]
                cursor.execute(f"INSERT INTO {ledger} ({named}) VALUES {marks}", values)
            # They are due still, so that the measured run finds them.
            cursor.execute(
                f"UPDATE {table} SET next_change_on = %s WHERE withdrawn_at IS NULL AND next_change_on = %s",
                [self.night, self.night],
            )

    def flag(self) -> None:
        """Notice what fell due."""
        with self.open():
            run = flag_due(self.book, self.night, datetime.now(UTC))
            if run.counts["assessed"] != DUE or run.counts["noticed"] != DUE:
                raise SystemExit(f"a night came to {run.counts}")

    def job(self) -> None:
        """Notice what fell due by the job of the timetable, with its parts and its receipt."""
        with self.open():
            now = datetime.now(UTC)
            run = run_job("flag-due", self.night, self.book, now, lambda: now)
            if run.counts["assessed"] != DUE or run.counts["noticed"] != DUE:
                raise SystemExit(f"the job of a night came to {run.counts}")


def _line(pk: int, before: str, after: str, on: date, at: datetime) -> Transition:
    return Transition(obligation_id=pk, from_status=before, to_status=after, on=on, noticed_at=at, rulebook="bench")


def measure(runs: int, names: list[str]) -> list[Measurement]:
    """Measure a night in each of these databases, the smallest first."""
    totals = [_Total(name) for name in names]
    actions: dict[str, Callable[[], object]] = {}
    for total in totals:
        actions[f"fall {total.size}"] = total.fall
        actions[f"select {total.size}"] = total.select
        actions[f"write {total.size}"] = total.write
        actions[f"flag {total.size}"] = total.flag
        actions[f"fall again {total.size}"] = total.fall
        actions[f"job {total.size}"] = total.job
    times = in_turns(actions, runs)
    sent = {}
    for way, notice in (("flag", totals[0].flag), ("job", totals[0].job)):
        totals[0].fall()
        with totals[0].open():
            sent[way] = len(queries(notice))
    smallest, figures = totals[0].size, []
    for size in (total.size for total in totals):
        for way, what in (("flag", "flag_due"), ("job", "the job flag-due")):
            against = [
                (f"select {size}", "indexed SELECT"),
                (f"write {size}", "that SELECT and as many raw writes"),
                (f"{way} {smallest}", f"the same at {smallest:,}"),
            ]
            note = f"{median(times[f'{way} {size}']):.2f} s, {sent[way]} queries"
            for floor, label in against if size != smallest else against[:2]:
                found = ratios(times, f"{way} {size}", floor)
                figures.append(Measurement(f"{what}, {DUE:,} fall due", label, found, size, note=note))
    return figures
