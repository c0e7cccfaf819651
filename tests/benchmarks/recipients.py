"""Advisers with two trajectories each, in which ten things are flagged: no two of them read the same."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.core.management.color import no_style
from django.db import connection
from django.db.models.functions import Coalesce, Least

from participation.compliance.obligations import FLAGGED
from participation.models import Obligation, Trajectory, Transition, User, Waiver
from participation.selectors.obligations.statuses import with_status

from .dataset import TODAY
from .generator import write
from .measure import in_parts
from .reassess import settle

#: So many trajectories each, with so many flags in one of them.
TRAJECTORIES, FLAGS = 2, 5
#: So many of those may be about what is not known; and so many came in the week that is told of.
UNKNOWN, NEW = 1, 1
NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 5, tzinfo=UTC)
LONG_AGO, THIS_WEEK = NOW - timedelta(days=60), NOW - timedelta(days=2)


def fill(count: int) -> int:
    """Make so many advisers in a town of rather more than twice as many assessed trajectories; return how many flags.

    Which trajectories are an adviser's follows from their order; those in which too little was ever owed are nobody's.
    """
    User.objects.bulk_create(
        [User(username=f"adviseur-{n}", email=f"adviseur-{n}@voorbeeld.example", role="adviser") for n in range(count)],
        batch_size=500,
    )
    advisers = list(User.objects.order_by("pk").values_list("pk", flat=True))
    # Explanations, and looking back, would hide flags.
    Waiver.objects.all().delete()
    Trajectory.objects.update(retrospective=False)
    found: list[int] = []
    for keys in in_parts(list(Trajectory.objects.order_by("pk").values_list("pk", flat=True)), 500):
        found += _trimmed(keys, count * TRAJECTORIES - len(found))
    if len(found) < count * TRAJECTORIES:
        raise SystemExit(f"Only {len(found)} trajectories have {FLAGS} flags; take more.")
    through = Trajectory.advisers.through
    pairs = [through(user_id=advisers[n % count], trajectory_id=key) for n, key in enumerate(found)]
    through.objects.bulk_create(pairs, batch_size=500)
    _tell()
    settle()
    return len(found) * FLAGS


def _trimmed(trajectories: Iterable[int], most: int) -> list[int]:
    """Leave so many flags in each of these trajectories, and return those, at most so many, that have them.

    What is too much was met in time; what lacks is not met.
    """
    rows = with_status(Obligation.objects.filter(trajectory__in=trajectories), TODAY).order_by("trajectory_id", "pk")
    of: dict[int, list[tuple[int, str, date | None]]] = {}
    for trajectory, *row in rows.values_list("trajectory_id", "pk", "status", "due_on"):
        of.setdefault(trajectory or 0, []).append((row[0], row[1], row[2]))
    met: list[int] = []
    unmet: list[int] = []
    able: list[int] = []
    for trajectory, own in of.items():
        dated = [pk for pk, status, _due in own if status in FLAGGED and status != "unknown"]
        unknown = [pk for pk, status, _due in own if status == "unknown"]
        done = [pk for pk, status, due in own if status in ("met", "met_late") and due and due < TODAY]
        kept = [*dated[: FLAGS - UNKNOWN], *unknown[:UNKNOWN]]
        kept = [*kept, *dated[FLAGS - UNKNOWN :], *done][:FLAGS]
        if len(kept) < FLAGS or len(able) == most:
            continue
        able.append(trajectory)
        unmet += set(kept).intersection(done)
        met += {*dated, *unknown}.difference(kept)
    long_ago = TODAY - timedelta(days=60)
    for keys in in_parts(met, 500):
        in_time = Least(Coalesce("due_on", long_ago), long_ago)
        Obligation.objects.filter(pk__in=keys).update(met_on=in_time, next_change_on=None)
    for keys in in_parts(unmet, 500):
        Obligation.objects.filter(pk__in=keys).update(met_on=None, next_change_on=None)
    return able


def _tell() -> None:
    """Write the ledger anew: everything is known since long, but of each trajectory one flag."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Transition._meta.db_table}")
    keys = list(Obligation.objects.order_by("pk").values_list("pk", flat=True))
    last = 0
    listed_trajectories: set[int | None] = set()
    for some in in_parts(keys, 5_000):
        rows = with_status(Obligation.objects.filter(pk__in=some), TODAY).order_by("pk")
        lines = [
            (last + nth, *line)
            for nth, line in enumerate(
                _lines(rows.values_list("pk", "trajectory_id", "status"), listed_trajectories), 1
            )
        ]
        write(Transition, lines)
        last += len(lines)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [Transition]):
            cursor.execute(sql)


def _lines(
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
