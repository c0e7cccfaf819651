"""Fills a database with very many trajectories of five obligations each, for measurements of obligations only.

Filling a million complete trajectories takes hours. Here a thousand are generated and assessed, five obligations of
each are kept with their transitions, and the database copies those as often as needed.
"""

from django.core.management.color import no_style
from django.db import connection, models, transaction

from participation.models import Obligation, Trajectory, Transition, Waiver

from . import bulk_assessment, generator
from .reassess import vacuum

BASE_SIZE, OBLIGATIONS_EACH = 1_000, 5
#: The tables that are copied, and for each its columns with a key of a copied row.
_KEY_COLUMNS: dict[type[models.Model], dict[str, type[models.Model]]] = {
    Trajectory: {"id": Trajectory},
    Waiver: {"id": Waiver, "trajectory_id": Trajectory},
    Obligation: {"id": Obligation, "trajectory_id": Trajectory},
    Transition: {"id": Transition, "obligation_id": Obligation},
}


def fill(count: int) -> int:
    """Fill the empty database with this multiple of a thousand trajectories, and return the number of obligations."""
    if count % BASE_SIZE:
        raise SystemExit(f"The number of trajectories must be a multiple of {BASE_SIZE:,}, not {count:,}.")
    with transaction.atomic():
        generator.fill(BASE_SIZE)
    bulk_assessment.write_obligations()
    _keep_some_obligations()
    last_keys = {model: model._default_manager.aggregate(most=models.Max("pk"))["most"] or 0 for model in _KEY_COLUMNS}
    with transaction.atomic(), connection.cursor() as cursor:
        for number in range(1, count // BASE_SIZE):
            for model, keys in _KEY_COLUMNS.items():
                cursor.execute(
                    _copy(
                        model, {column: last_keys[of] * number for column, of in keys.items()}, number, last_keys[model]
                    )
                )
        for sql in connection.ops.sequence_reset_sql(no_style(), [*_KEY_COLUMNS]):
            cursor.execute(sql)
    vacuum()
    return Obligation.objects.count()


def _keep_some_obligations() -> None:
    """Keep five obligations of each trajectory, first those whose status will change, and none of motions."""
    kept: dict[int | None, list[int]] = {}
    changing_first = Obligation.objects.order_by(models.F("next_change_on").asc(nulls_last=True), "pk")
    for pk, trajectory in changing_first.filter(trajectory__isnull=False).values_list("pk", "trajectory_id"):
        if len(own := kept.setdefault(trajectory, [])) < OBLIGATIONS_EACH:
            own.append(pk)
    keys = sorted(pk for own in kept.values() for pk in own)
    transitions, obligations = Transition._meta.db_table, Obligation._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept (pk bigint PRIMARY KEY)")
        cursor.executemany("INSERT INTO kept VALUES (%s)", [(pk,) for pk in keys])
        cursor.execute(f"DELETE FROM {transitions} WHERE obligation_id NOT IN (SELECT pk FROM kept)")
        cursor.execute(f"DELETE FROM {obligations} WHERE id NOT IN (SELECT pk FROM kept)")
        cursor.execute("DROP TABLE kept")


def _copy(model: type[models.Model], offsets: dict[str, int], number: int, last: int) -> str:
    """Return the statement that copies the rows up to the key ``last``, with these offsets added to their keys."""
    quote = connection.ops.quote_name
    columns = [str(field.column) for field in model._meta.concrete_fields]

    def value(column: str) -> str:
        if column == "slug":
            return f"{quote(column)} || '-{number}'"
        return f"{quote(column)} + {offsets[column]}" if column in offsets else quote(column)

    table, column_list = quote(model._meta.db_table), ", ".join(map(quote, columns))
    return (
        f"INSERT INTO {table} ({column_list}) SELECT {', '.join(map(value, columns))} FROM {table} WHERE id <= {last}"
    )
