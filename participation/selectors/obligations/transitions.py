"""The transition log for API and webhooks: visibility, a safe read position, and JSON records."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from participation.models import Transition

from .statuses import OWNER_COLUMNS
from .visibility import is_of_existing_owner, is_visible_to

#: The number of rows that are examined for gaps while other transactions are writing.
_MAX_ROWS_EXAMINED = 1_000


def transitions_visible_to(user: Any) -> QuerySet[Transition]:
    """Return the transitions that this user (None or anonymous for the public) may see, oldest first."""
    visible = is_visible_to(user, "obligation__") & is_of_existing_owner("obligation__")
    return Transition.objects.filter(visible).order_by("pk")


def transitions_as_records(rows: QuerySet[Transition], link: Callable[..., str]) -> list[dict[str, Any]]:
    """Return these transitions as JSON records, in their order; one query.

    ``link(owner_type, name, rule, subject)`` returns the URL of an obligation: ``presentation.mail.link``. A record has
    one of ``trajectory``, ``motion``, ``commitment`` and ``request``; ``from`` is null where the obligation is new,
    ``subject`` where it is about all of its owner.
    """
    return [transition_record(row, link) for row in with_owners(rows)]


def with_owners(rows: QuerySet[Transition]) -> QuerySet[Transition]:
    """Return these transitions with the related rows that a record needs."""
    owners = [f"obligation__{owner_type}" for owner_type in OWNER_COLUMNS]
    named = [f"obligation__{owner_type}__{name}" for owner_type, name in OWNER_COLUMNS.items()]
    return rows.select_related("obligation", *owners).only(
        *("from_status", "to_status", "on", "noticed_at", "rulebook", "obligation__rule", "obligation__subject"), *named
    )


def transition_record(row: Transition, link: Callable[..., str]) -> dict[str, Any]:
    """Return a transition that was read ``with_owners`` as a JSON record; no query."""
    obligation = row.obligation
    owner_type, name = next(
        (owner_type, getattr(found, name))
        for owner_type, name in OWNER_COLUMNS.items()
        if (found := getattr(obligation, owner_type)) is not None
    )
    return {
        "id": row.pk,
        owner_type: name,
        "rule": obligation.rule,
        "subject": obligation.subject or None,
        "from": row.from_status or None,
        "to": row.to_status or None,
        "on": row.on.isoformat(),
        "noticed_at": row.noticed_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "rulebook": row.rulebook,
        "url": link(owner_type, name, obligation.rule, obligation.subject),
    }


def last_transition_id() -> int:
    """Return the id of the last visible transition; 0 where there is none."""
    last: int | None = Transition.objects.aggregate(last=Max("pk"))["last"]
    return last or 0


def safe_read_position(after: int) -> int:
    """Return the highest id up to which no more transitions can appear after ``after``: a safe read position.

    PostgreSQL assigns an id at insert and shows the row at commit, so a lower id may appear after a higher one. A
    reader that continues from the highest id would miss it: read no further than this. The rows up to it are visible to
    the next query, but not in a transaction with an earlier snapshot.
    """
    # The order matters: a transaction that may still commit an id up to the end had the lock before the end was read.
    end = last_transition_id()
    if end <= after or _has_no_writers():
        return max(after, end)
    # Ids that follow without a gap are certain too. A gap may be an insert in progress or one that was rolled back;
    # which of them shows once nobody is writing.
    numbers = Transition.objects.filter(pk__gt=after, pk__lte=end).order_by("pk").values_list("pk", flat=True)
    for number in numbers[:_MAX_ROWS_EXAMINED]:
        if number != after + 1:
            break
        after = number
    return after


def _has_no_writers() -> bool:
    """Return whether no other transaction is inserting transitions now; does not block anyone.

    A writer holds this table lock from before its first id until after the commit. SQLite has one writer at a time, so
    the answer there is always True.
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
