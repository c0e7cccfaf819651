"""A town of very many trajectories with five obligations each, for what depends on obligations alone.

To fill a million trajectories as fully as the others takes hours. A thousand are invented and assessed as always;
of each five obligations stay, with their lines in the ledger; and the database copies them as often as it takes.
"""

from django.core.management.color import no_style
from django.db import connection, models, transaction

from participation.models import Obligation, Trajectory, Transition, Waiver

from . import bulk_assessment, generator
from .reassess import settle

BASE, EACH = 1_000, 5
#: What is copied, and which of its columns point to a copied row of which table.
_COPIED: dict[type[models.Model], dict[str, type[models.Model]]] = {
    Trajectory: {"id": Trajectory},
    Waiver: {"id": Waiver, "trajectory_id": Trajectory},
    Obligation: {"id": Obligation, "trajectory_id": Trajectory},
    Transition: {"id": Transition, "obligation_id": Obligation},
}


def fill(count: int) -> int:
    """Fill the empty database with so many trajectories, a multiple of a thousand; return how many obligations."""
    if count % BASE:
        raise SystemExit(f"A thin town has a multiple of {BASE:,} trajectories, not {count:,}.")
    with transaction.atomic():
        generator.fill(BASE)
    bulk_assessment.store()
    _thin_out()
    width = {model: model._default_manager.aggregate(most=models.Max("pk"))["most"] or 0 for model in _COPIED}
    with transaction.atomic(), connection.cursor() as cursor:
        for nth in range(1, count // BASE):
            for model, keys in _COPIED.items():
                cursor.execute(
                    _copy(model, {column: width[of] * nth for column, of in keys.items()}, nth, width[model])
                )
        for sql in connection.ops.sequence_reset_sql(no_style(), [*_COPIED]):
            cursor.execute(sql)
    settle()
    return Obligation.objects.count()


def _thin_out() -> None:
    """Leave five obligations of each trajectory, first those of which the status will change; none of the register."""
    kept: dict[int | None, list[int]] = {}
    waiting_first = Obligation.objects.order_by(models.F("next_change_on").asc(nulls_last=True), "pk")
    for pk, trajectory in waiting_first.filter(trajectory__isnull=False).values_list("pk", "trajectory_id"):
        if len(own := kept.setdefault(trajectory, [])) < EACH:
            own.append(pk)
    keys = sorted(pk for own in kept.values() for pk in own)
    ledger, table = Transition._meta.db_table, Obligation._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept (pk bigint PRIMARY KEY)")
        cursor.executemany("INSERT INTO kept VALUES (%s)", [(pk,) for pk in keys])
        cursor.execute(f"DELETE FROM {ledger} WHERE obligation_id NOT IN (SELECT pk FROM kept)")
        cursor.execute(f"DELETE FROM {table} WHERE id NOT IN (SELECT pk FROM kept)")
        cursor.execute("DROP TABLE kept")


def _copy(model: type[models.Model], moved: dict[str, int], nth: int, last: int) -> str:
    """Return the statement that copies the first rows of this table, their keys so much higher."""
    quote = connection.ops.quote_name
    columns = [str(field.column) for field in model._meta.concrete_fields]

    def value(column: str) -> str:
        if column == "slug":
            return f"{quote(column)} || '-{nth}'"
        return f"{quote(column)} + {moved[column]}" if column in moved else quote(column)

    table, named = quote(model._meta.db_table), ", ".join(map(quote, columns))
    return f"INSERT INTO {table} ({named}) SELECT {', '.join(map(value, columns))} FROM {table} WHERE id <= {last}"
