"""In which state everything is that an archive of a trajectory holds: told by numbers that only grow."""

from typing import Any

from django.db.models import Count, Max, QuerySet

from participation.models import (
    Entry,
    Erasure,
    EvaluationResponse,
    JobRun,
    Motion,
    Neighbourhood,
    Obligation,
    Organisation,
    Transition,
    Upload,
)

from .causes import PARENTS
from .history import TABLES

#: Tables of which rows are named in many trajectories: a change in one of them counts for all.
_SHARED = (Organisation, Neighbourhood, Motion)


def state_of(trajectory: int, user: Any) -> tuple[Any, ...]:
    """Return what is another tuple as soon as anything changed in what this user may see of the trajectory.

    That is: what was recorded, judged, answered and handed in, and what is called by name in it. What changes with
    the day, the rules or the code is not in it.
    """
    found: list[Any] = []
    for table, (model, column) in TABLES.items():
        parent = PARENTS.get(table)
        of = parent.history.filter(trajectory=trajectory).order_by().values("id") if parent else [trajectory]
        found.append(_last(model.history.filter(**{f"{column}__in": of}), "history_id"))
    found += [_last(model.history.all(), "history_id") for model in _SHARED]
    found.append(Entry.objects.filter(trajectory=trajectory).aggregate(Max("pk"), Max("undone_at")))
    found.append(_last(Obligation.objects.filter(trajectory=trajectory), "pk"))
    found.append(_last(Transition.objects.filter(obligation__trajectory=trajectory), "pk"))
    found.append(_last(EvaluationResponse.objects.filter(step__trajectory=trajectory), "pk"))
    # The nightly proof puts right what is stored otherwise than it follows from the facts.
    found.append(JobRun.objects.filter(kind__startswith="reassess", finished_at__isnull=False).aggregate(Max("pk")))
    # An erasure removes what archives hold, after its commit; a crash in between must not leave them in use.
    found.append(Erasure.objects.aggregate(Max("pk")))
    uploads: QuerySet[Upload] = Upload.objects.visible_to(user)
    hanging = uploads.filter(documents__trajectory=trajectory) | uploads.filter(counter_signals__trajectory=trajectory)
    found.append(sorted(set(hanging.order_by().values_list("pk", flat=True))))
    return tuple(found)


def _last(rows: QuerySet[Any], key: str) -> dict[str, Any]:
    return rows.order_by().aggregate(last=Max(key), rows=Count(key))
