"""Why stored obligations may differ from the facts: what was recorded meanwhile, and in which table."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Max

from participation.models import Commitment, CommitmentFulfilment, Motion, Organisation, ProgressReport, Request
from participation.selectors.changes.history import PARENT_TABLES, TABLES

#: The tables of a motion, a commitment or a request of the register, each with the foreign key to it.
REGISTER_TABLES: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "motion": {"motion": (Motion, "id"), "report": (ProgressReport, "motion")},
    "commitment": {
        "commitment": (Commitment, "id"),
        "report": (ProgressReport, "commitment"),
        "fulfilment": (CommitmentFulfilment, "commitment"),
    },
    "request": {"request": (Request, "id")},
}
#: These belong to a trajectory, but no obligation depends on them.
TABLES_WITHOUT_FACTS = ("countersignal",)


class RecordedChange(NamedTuple):
    """The latest history row of a trajectory (motion, commitment): when it was recorded, and in which table."""

    at: datetime
    table: str


def changes_recorded_since(
    owner_type: str, since: datetime, keys: Collection[int] | None = None
) -> dict[int, RecordedChange]:
    """Return the latest history row of each trajectory (motion, commitment) that has one after ``since``.

    With ``keys``, only those are looked at. The number of queries does not depend on how many there are.
    """
    found: dict[int, RecordedChange] = {}
    tables = TABLES if owner_type == "trajectory" else REGISTER_TABLES[owner_type]
    for table, (model, column) in tables.items():
        if table in TABLES_WITHOUT_FACTS:
            continue
        rows = model.history.filter(history_date__gt=since)
        if owner_type == "request":
            rows = rows.exclude(number="")
        lines = rows.order_by().values(column).annotate(at=Max("history_date"))
        for owner, at in _rows_by_owner(table, list(lines.values_list(column, "at"))):
            if keys is not None and owner not in keys:
                continue
            if owner not in found or found[owner].at < at:
                found[owner] = RecordedChange(at, table)
    return found


def _rows_by_owner(table: str, lines: Collection[tuple[int | None, datetime]]) -> Iterable[tuple[int, datetime]]:
    parent = PARENT_TABLES.get(table)
    if parent is None:
        return [(owner, at) for owner, at in lines if owner is not None]
    # By the parent's history, not its table, so that rows that were deleted since still have their owner.
    owner_by_row = dict(
        parent.history.filter(id__in=[row for row, _at in lines]).order_by().values_list("id", "trajectory_id")
    )
    return [(owner_by_row[row], at) for row, at in lines if row in owner_by_row]


def organisations_changed_since(since: datetime) -> datetime | None:
    """Return when an organisation was last changed after ``since``: obligations depend on its kind."""
    at: datetime | None = Organisation.history.filter(history_date__gt=since).aggregate(at=Max("history_date"))["at"]
    return at
