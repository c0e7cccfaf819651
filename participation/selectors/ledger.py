"""The ledger as others read it: which lines, up to where they are all there, and a line as one record."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from participation.models import Trajectory, Transition

#: What an obligation can be of, and how a record names that.
_OWNERS = (("trajectory", "slug"), ("motion", "number"), ("commitment", "number"))
#: Where it is not quiet, so many lines are looked at.
_LOOKED_AT = 1_000


def transitions_visible_to(user: Any) -> QuerySet[Transition]:
    """Return the lines that this user, None or an anonymous one may see, oldest first.

    Those of the trajectories that they may see, and of all motions and commitments: those are public.
    """
    # A look for each line that is read: of a page of them that is less work than a list of all trajectories.
    theirs = Trajectory.objects.visible_to(user).filter(pk=OuterRef("obligation__trajectory")).order_by()
    return Transition.objects.filter(Q(obligation__trajectory__isnull=True) | Exists(theirs)).order_by("pk")


def transitions_as_records(rows: QuerySet[Transition], link: Callable[..., str]) -> list[dict[str, Any]]:
    """Return these lines as records for JSON, in their order; one query.

    ``link(of, name, rule, subject)`` gives the address of an obligation (``reports.links.link``). A record names one
    of ``trajectory``, ``motion`` and ``commitment``; ``from`` is null where the obligation is new, ``subject`` where
    it is about all of it.
    """
    return [record(row, link) for row in with_owners(rows)]


def with_owners(rows: QuerySet[Transition]) -> QuerySet[Transition]:
    """Return these lines, each read with what a record tells of it."""
    owners = [f"obligation__{of}" for of, _name in _OWNERS]
    named = [f"obligation__{of}__{name}" for of, name in _OWNERS]
    return rows.select_related("obligation", *owners).only(
        *("from_status", "to_status", "on", "noticed_at", "rulebook", "obligation__rule", "obligation__subject"), *named
    )


def record(row: Transition, link: Callable[..., str]) -> dict[str, Any]:
    """Return a line that was read ``with_owners`` as a record for JSON; no query."""
    owed = row.obligation
    of, name = next((of, getattr(found, name)) for of, name in _OWNERS if (found := getattr(owed, of)) is not None)
    return {
        "id": row.pk,
        of: name,
        "rule": owed.rule,
        "subject": owed.subject or None,
        "from": row.from_status or None,
        "to": row.to_status or None,
        "on": row.on.isoformat(),
        "noticed_at": row.noticed_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "rulebook": row.rulebook,
        "url": link(of, name, owed.rule, owed.subject),
    }


def end_of_ledger() -> int:
    """Return the number of the last line that can be seen; 0 where there is none."""
    last: int | None = Transition.objects.aggregate(last=Max("pk"))["last"]
    return last or 0


def certain_until(after: int) -> int:
    """Return up to which number all lines after this one are there: none can appear before it any more.

    PostgreSQL numbers a line when it is added and shows it when its transaction is committed, so a lower number may
    appear after a higher one. Whoever reads on from the highest number would never see it: read no further than this.
    The lines up to it are there for the next query; not in a transaction that reads as of its beginning.
    """
    # In this order: who may still commit a number up to the end was adding lines before the end was asked.
    end = end_of_ledger()
    if end <= after or _is_quiet():
        return max(after, end)
    # What follows without a gap is certain too. A gap may be of a line that is being added, or of one that was taken
    # back; which it is shows as soon as it is quiet.
    numbers = Transition.objects.filter(pk__gt=after, pk__lte=end).order_by("pk").values_list("pk", flat=True)
    for number in numbers[:_LOOKED_AT]:
        if number != after + 1:
            break
        after = number
    return after


def _is_quiet() -> bool:
    """Tell whether nobody else is adding lines at this moment; it blocks nobody.

    Whoever adds lines holds this lock on the table from before its first number until after the commit. In SQLite
    one writes at a time: there it is always quiet.
    """
    if connection.vendor != "postgresql":
        return True
    writing = """
        SELECT EXISTS (
            SELECT FROM pg_locks
            WHERE locktype = 'relation' AND relation = %s::regclass AND mode = 'RowExclusiveLock' AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND pid IS DISTINCT FROM pg_backend_pid()
        )
    """
    with connection.cursor() as cursor:
        cursor.execute(writing, [Transition._meta.db_table])
        return not cursor.fetchone()[0]
