"""Adds advisers with two trajectories each, in which ten obligations are flagged. No two digests are the same."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.core.management.color import no_style
from django.db import connection
from django.db.models.functions import Coalesce, Least

from participation.compliance.obligations import FLAGGED
from participation.models import Obligation, Trajectory, Transition, User, Waiver
from participation.selectors.obligations.status_expressions import with_status

from .dataset import TODAY
from .generator import write
from .measure import batches
from .reassess import vacuum

#: The number of trajectories of an adviser, and of flags in each.
TRAJECTORIES, FLAGS = 2, 5
#: The maximum number of flags with the status unknown in each trajectory.
MAX_UNKNOWN = 1
NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 5, tzinfo=UTC)
LONG_AGO, THIS_WEEK = NOW - timedelta(days=60), NOW - timedelta(days=2)


def fill(count: int) -> int:
    """Add this number of advisers, and return the number of flags.

    There must be clearly more than twice as many assessed trajectories. They are assigned in order; trajectories with
    too few obligations have no adviser.
    """
    User.objects.bulk_create(
        [User(username=f"adviseur-{n}", email=f"adviseur-{n}@voorbeeld.example", role="adviser") for n in range(count)],
        batch_size=500,
    )
    advisers = list(User.objects.order_by("pk").values_list("pk", flat=True))
    # Waivers and retrospective trajectories would hide flags.
    Waiver.objects.all().delete()
    Trajectory.objects.update(retrospective=False)
    found: list[int] = []
    for keys in batches(list(Trajectory.objects.order_by("pk").values_list("pk", flat=True)), 500):
        found += _set_flags(keys, count * TRAJECTORIES - len(found))
    if len(found) < count * TRAJECTORIES:
        raise SystemExit(f"Only {len(found)} trajectories have {FLAGS} flags; use more trajectories.")
    through = Trajectory.advisers.through
    pairs = [through(user_id=advisers[n % count], trajectory_id=key) for n, key in enumerate(found)]
    through.objects.bulk_create(pairs, batch_size=500)
    _write_transitions()
    vacuum()
    return len(found) * FLAGS


def _set_flags(trajectories: Iterable[int], most: int) -> list[int]:
    """Give these trajectories the number of flags, and return at most ``most`` that have it.

    Surplus flags become met in time; met obligations become unmet where flags are missing.
    """
    rows = with_status(Obligation.objects.filter(trajectory__in=trajectories), TODAY).order_by("trajectory_id", "pk")
    by_trajectory: dict[int, list[tuple[int, str, date | None]]] = {}
    for trajectory, *row in rows.values_list("trajectory_id", "pk", "status", "due_on"):
        by_trajectory.setdefault(trajectory or 0, []).append((row[0], row[1], row[2]))
    met: list[int] = []
    unmet: list[int] = []
    suitable: list[int] = []
    for trajectory, own in by_trajectory.items():
        dated = [pk for pk, status, _due in own if status in FLAGGED and status != "unknown"]
        unknown = [pk for pk, status, _due in own if status == "unknown"]
        done = [pk for pk, status, due in own if status in ("met", "met_late") and due and due < TODAY]
        flags = [*dated[: FLAGS - MAX_UNKNOWN], *unknown[:MAX_UNKNOWN]]
        flags = [*flags, *dated[FLAGS - MAX_UNKNOWN :], *done][:FLAGS]
        if len(flags) < FLAGS or len(suitable) == most:
            continue
        suitable.append(trajectory)
        unmet += set(flags).intersection(done)
        met += {*dated, *unknown}.difference(flags)
    long_ago = TODAY - timedelta(days=60)
    for keys in batches(met, 500):
        in_time = Least(Coalesce("due_on", long_ago), long_ago)
        Obligation.objects.filter(pk__in=keys).update(met_on=in_time, next_change_on=None)
    for keys in batches(unmet, 500):
        Obligation.objects.filter(pk__in=keys).update(met_on=None, next_change_on=None)
    return suitable


def _write_transitions() -> None:
    """Replace the transitions: in each trajectory one flag is of this week, the others are old."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Transition._meta.db_table}")
    keys = list(Obligation.objects.order_by("pk").values_list("pk", flat=True))
    last = 0
    listed_trajectories: set[int | None] = set()
    for batch in batches(keys, 5_000):
        rows = with_status(Obligation.objects.filter(pk__in=batch), TODAY).order_by("pk")
        lines = [
            (last + nth, *line)
            for nth, line in enumerate(
                _rows_of(rows.values_list("pk", "trajectory_id", "status"), listed_trajectories), 1
            )
        ]
        write(Transition, lines)
        last += len(lines)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [Transition]):
            cursor.execute(sql)


def _rows_of(
    rows: Iterable[tuple[int, int | None, str]], listed_trajectories: set[int | None]
) -> Iterator[tuple[int, str, str, str, str, str]]:
    for pk, trajectory, status in rows:
        first = status
        if status == "overdue" and trajectory not in listed_trajectories:
            listed_trajectories.add(trajectory)
            first = "pending"
        yield pk, "", first, LONG_AGO.date().isoformat(), LONG_AGO.isoformat(sep=" "), "bench"
        if first != status:
            yield pk, first, status, THIS_WEEK.date().isoformat(), THIS_WEEK.isoformat(sep=" "), "bench"
