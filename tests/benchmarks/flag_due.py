"""Measures flag_due for one night against an indexed SELECT of the due obligations, at increasing sizes.

The same number of obligations, spread evenly over the table, falls due every night. The databases take turns.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from django.db import connection, transaction
from django.db.models import F

from participation.models import Obligation, Trajectory, Transition
from participation.services.assessment import flag_due
from participation.services.jobs.jobs import run as run_scheduled_job

from .dataset import TODAY
from .measure import Measurement, queries_of, ratios, rulebooks, time_in_turns
from .reassess import vacuum

DUE = 2_000
_COLUMNS = ("id", "due_on", "strict_due_on", "expected_on", "met_on", "next_change_on")


class _SizedDatabase:
    """A database of one size, in which night follows night."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.night = TODAY
        self.book = rulebooks()
        with self.open():
            self.size = Trajectory.objects.count()
            # Other obligations are postponed, so that every night has the same work at every size.
            later = timedelta(days=3650)
            waiting = Obligation.objects.open().filter(next_change_on__isnull=False)
            waiting.update(next_change_on=F("next_change_on") + later)
            keys = list(waiting.order_by("pk").values_list("pk", flat=True))
            if len(keys) < DUE:
                raise SystemExit(f"{name}: only {len(keys)} obligations can fall due; use more trajectories")
            self.keys = [keys[round(n * len(keys) / DUE)] for n in range(DUE)]
            vacuum()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Connect to this database for the length of the block."""
        if connection.settings_dict["NAME"] != self.name:
            connection.close()
            connection.settings_dict["NAME"] = self.name
        yield

    def next_night(self) -> None:
        """Go to the next night, and let obligations change from pending to overdue in it."""
        self.night += timedelta(days=1)
        yesterday = self.night - timedelta(days=1)
        with self.open(), transaction.atomic():
            for start in range(0, DUE, 500):
                Obligation.objects.filter(pk__in=self.keys[start : start + 500]).update(
                    due_on=yesterday, strict_due_on=None, expected_on=None, met_on=None, next_change_on=self.night
                )
            # They were pending again since the night before.
            noticed = datetime.combine(yesterday, time(1), UTC)
            Transition.objects.bulk_create(
                [_transition(pk, "overdue", "pending", yesterday, noticed) for pk in self.keys], batch_size=500
            )

    def select(self) -> None:
        """Read the due obligations through their index."""
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
        """Read the same, insert as many transitions and update as many obligations, with raw SQL."""
        self.select()
        table, log = Obligation._meta.db_table, Transition._meta.db_table
        transitions = [(pk, "", "pending", self.night, datetime.now(UTC), "bench") for pk in self.keys]
        with self.open(), transaction.atomic(), connection.cursor() as cursor:
            placeholders = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * 500)
            columns = 'obligation_id, from_status, to_status, "on", noticed_at, rulebook'
            for start in range(0, DUE, 500):
                values = [value for row in transitions[start : start + 500] for value in row]
                cursor.execute(f"INSERT INTO {log} ({columns}) VALUES {placeholders}", values)
            # Their dates stay the same, so that the measured run still finds them.
            cursor.execute(
                f"UPDATE {table} SET next_change_on = %s WHERE withdrawn_at IS NULL AND next_change_on = %s",
                [self.night, self.night],
            )

    def run_service(self) -> None:
        """Run the service, and check that it flagged every due obligation."""
        with self.open():
            run = flag_due(self.book, self.night, datetime.now(UTC))
            if run.counts["assessed"] != DUE or run.counts["noticed"] != DUE:
                raise SystemExit(f"flag_due returned {run.counts}")

    def run_job(self) -> None:
        """Run the job of the timetable, with its chunks and job run."""
        with self.open():
            now = datetime.now(UTC)
            run = run_scheduled_job("flag-due", self.night, self.book, now, lambda: now)
            if run.counts["assessed"] != DUE or run.counts["noticed"] != DUE:
                raise SystemExit(f"the job flag-due returned {run.counts}")


def _transition(pk: int, before: str, after: str, on: date, at: datetime) -> Transition:
    return Transition(obligation_id=pk, from_status=before, to_status=after, on=on, noticed_at=at, rulebook="bench")


def measure(runs: int, names: list[str]) -> list[Measurement]:
    """Measure a night in each of these databases, the smallest first."""
    databases = [_SizedDatabase(name) for name in names]
    actions: dict[str, Callable[[], object]] = {}
    for database in databases:
        actions[f"next night {database.size}"] = database.next_night
        actions[f"select {database.size}"] = database.select
        actions[f"write {database.size}"] = database.write
        actions[f"service {database.size}"] = database.run_service
        actions[f"next night again {database.size}"] = database.next_night
        actions[f"job {database.size}"] = database.run_job
    times = time_in_turns(actions, runs)
    first = databases[0]
    query_counts = {}
    for way, action in (("service", first.run_service), ("job", first.run_job)):
        first.next_night()
        with first.open():
            query_counts[way] = len(queries_of(action))
    figures = []
    for size in (database.size for database in databases):
        for way, name in (("service", "flag_due"), ("job", "the job flag-due")):
            baselines = [
                (f"select {size}", "indexed SELECT"),
                (f"write {size}", "that SELECT and the same writes, raw"),
                (f"{way} {first.size}", f"the same at {first.size:,}"),
            ]
            note = f"{median(times[f'{way} {size}']):.2f} s, {query_counts[way]} queries"
            for baseline, label in baselines if size != first.size else baselines[:2]:
                found = ratios(times, f"{way} {size}", baseline)
                figures.append(Measurement(f"{name}, {DUE:,} fall due", label, found, size, note=note))
    return figures
