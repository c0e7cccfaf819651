"""Fingerprints of everything in the archive of a trajectory, and in a yearly report, made of ids and counts."""

from typing import Any

from django.db.models import Count, Max, QuerySet

from participation.models import (
    Changeset,
    Commitment,
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
from participation.selectors.changes.history import TABLES, owner_keys

#: Tables whose rows are shared by many trajectories: a change in one of them counts for all.
_SHARED_TABLES = (Organisation, Neighbourhood, Motion)


def trajectory_fingerprint(trajectory: int, user: Any) -> tuple[Any, ...]:
    """Return a tuple that differs after any change in what this user may see of the trajectory.

    That covers everything recorded, assessed, answered and submitted, and the names used in it. What changes with the
    day, the rules or the code is not covered.
    """
    found: list[Any] = []
    for table, (model, column) in TABLES.items():
        own = model.history.filter(**{f"{column}__in": owner_keys(table, trajectory)})
        found.append(_last_and_count(own, "history_id"))
    found += [_last_and_count(model.history.all(), "history_id") for model in _SHARED_TABLES]
    found.append(Changeset.objects.filter(trajectory=trajectory).aggregate(Max("pk"), Max("undone_at")))
    found.append(_last_and_count(Obligation.objects.filter(trajectory=trajectory), "pk"))
    found.append(_last_and_count(Transition.objects.filter(obligation__trajectory=trajectory), "pk"))
    found.append(_last_and_count(EvaluationResponse.objects.filter(step__trajectory=trajectory), "pk"))
    # The nightly reassessment corrects stored obligations that differ from the facts.
    found.append(JobRun.objects.filter(kind__startswith="reassess", finished_at__isnull=False).aggregate(Max("pk")))
    # An erasure deletes archives after its commit; after a crash in between they must not be used.
    found.append(Erasure.objects.aggregate(Max("pk")))
    uploads: QuerySet[Upload] = Upload.objects.visible_to(user)
    linked = uploads.filter(documents__trajectory=trajectory) | uploads.filter(counter_signals__trajectory=trajectory)
    found.append(sorted(set(linked.order_by().values_list("pk", flat=True))))
    return tuple(found)


def city_fingerprint() -> tuple[Any, ...]:
    """Return a tuple that differs after any change in what is recorded and assessed, of the whole installation.

    It looks at the newest id of each table only, so its cost does not depend on the number of rows. What changes with
    the day, the rules or the code is not covered.
    """
    models = {*(model for model, _column in TABLES.values()), *_SHARED_TABLES, Commitment}
    newest = [model.history.aggregate(Max("history_id")) for model in sorted(models, key=lambda model: model.__name__)]
    newest.append(Changeset.objects.aggregate(Max("pk"), Max("undone_at")))
    newest += [model._default_manager.aggregate(Max("pk")) for model in (Obligation, Transition, Erasure)]
    newest.append(JobRun.objects.filter(kind__startswith="reassess", finished_at__isnull=False).aggregate(Max("pk")))
    return tuple(newest)


def _last_and_count(rows: QuerySet[Any], key: str) -> dict[str, Any]:
    return rows.order_by().aggregate(last=Max(key), rows=Count(key))
