"""Multiplies the trajectories of an assessed database by copying their rows side by side, inside the database.

The generator and a first assessment take hours for 100,000 trajectories; this takes minutes. A copy has other primary
keys and slugs than its original; organisations and the register are shared.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max

from participation.compliance.rulebooks import Rulebooks
from participation.models import (
    AssessmentFingerprint,
    Contribution,
    Document,
    DocumentShare,
    Obligation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    Transition,
    Waiver,
)
from participation.selectors.obligations.facts import organisations_named
from participation.selectors.obligations.fingerprints import digests, fingerprint

from .dataset import BATCH_SIZE
from .measure import batches, rulebooks
from .reassess import vacuum

Model = type[models.Model]
#: The tables that are copied, each after those that it refers to.
COPIED: tuple[Model, ...] = (
    Trajectory,
    *(Plan, PlanActor, Scenario, Document, DocumentShare, Step, Contribution, Request, Waiver, Waiver.history.model),
    *(Obligation, Transition),
)
#: Rows of the register are not copied.
_OF_TRAJECTORIES = {
    Request: "trajectory_id IS NOT NULL",
    Obligation: "trajectory_id IS NOT NULL",
    Transition: "obligation_id IN (SELECT id FROM participation_obligation WHERE trajectory_id IS NOT NULL)",
}


def multiply(times: int, progress: Callable[[int], None] = lambda done: None) -> int:
    """Add ``times - 1`` copies of each trajectory with its fingerprint, and return how many trajectories there are.

    The database must have been judged in full, so that each trajectory has a fingerprint.
    """
    strides = {model: _last_key(model) for model in COPIED}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Without looking up each foreign key: they are those of the originals, shifted.
            cursor.execute("SET LOCAL session_replication_role = replica")
        for copy in range(1, times):
            for model in COPIED:
                cursor.execute(_copy_statement(model, strides, copy))
            progress(copy + 1)
        for sql in connection.ops.sequence_reset_sql(no_style(), COPIED):
            cursor.execute(sql)
    vacuum()
    originals = AssessmentFingerprint.objects.filter(owner_type="trajectory", owner__lte=strides[Trajectory])
    parties = dict(originals.values_list("owner", "parties"))
    for copy in range(1, times):
        _add_fingerprints(parties, copy * strides[Trajectory], rulebooks())
    vacuum()
    return Trajectory.objects.count()


def _last_key(model: Any) -> int:
    found: int | None = model._default_manager.aggregate(last=Max("pk"))["last"]
    return found or 0


def _copy_statement(model: Any, strides: dict[Model, int], copy: int) -> str:
    """Return the statement that inserts copy number ``copy`` of the original rows of a table."""
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    values = ", ".join(_copied_value(field, strides, copy) for field in fields)
    columns = ", ".join(quote(field.column) for field in fields)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    rows = f"{key} <= {strides[model]} AND {_OF_TRAJECTORIES.get(model, '1 = 1')}"
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {rows} ORDER BY {key}"


def _copied_value(field: Any, strides: dict[Model, int], copy: int) -> str:
    """Return the value of a column of a copy: keys are shifted, and slugs get the number of the copy."""
    column = connection.ops.quote_name(field.column)
    target = field.related_model if field.is_relation else field.model if field.primary_key else None
    if field.model is Waiver.history.model and field.name == "id":
        target = Waiver
    if target in strides:
        return f"{column} + {copy * strides[target]}"
    return f"{column} || '-{copy}'" if field.model is Trajectory and field.name == "slug" else column


def _add_fingerprints(parties: Mapping[int, list[str]], shift: int, book: Rulebooks) -> None:
    """Store the fingerprints of a copy, which name the same parties as the originals."""
    organisations = organisations_named({slug for slugs in parties.values() for slug in slugs})
    for keys in batches(sorted(parties), BATCH_SIZE):
        found = digests("trajectory", range(keys[0] + shift, keys[-1] + shift + 1))
        AssessmentFingerprint.objects.bulk_create(
            AssessmentFingerprint(
                owner_type="trajectory",
                owner=key + shift,
                fingerprint=fingerprint(found[key + shift], book.first, parties[key], organisations),
                parties=parties[key],
            )
            for key in keys
        )
