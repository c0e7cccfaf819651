"""Many rows written with a line of history each: the database copies the lines, so that no row is sent to it twice."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from participation.models import User

#: So many keys are named in one statement.
_NAMED = 500


def create_all(
    model: type[Model], rows: Sequence[Any], by: User | None, at: datetime, batch_size: int | None = None
) -> None:
    """Write these new rows of one table, and that this person (None: the machine) made them at that moment."""
    with transaction.atomic(savepoint=False):
        made = model._default_manager.bulk_create(rows, batch_size=batch_size)
        _lines(model, [row.pk for row in made], "+", by, at)


def update_all(
    model: type[Model], rows: Sequence[Any], by: User | None, at: datetime, batch_size: int | None = None
) -> None:
    """Write all columns of these rows, and that this person changed them at that moment."""
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    with transaction.atomic(savepoint=False):
        model._default_manager.bulk_update(rows, names, batch_size=batch_size)
        _lines(model, [row.pk for row in rows], "~", by, at)


@lru_cache(maxsize=64)
def history_of(model: type[Model]) -> Any:
    """Return the table with the history of this one: asking a model for it makes a class each time."""
    return model.history.model  # type: ignore[attr-defined]


def _lines(model: type[Model], keys: Sequence[int], kind: str, by: User | None, at: datetime) -> None:
    """Add a line of this kind for each of these rows as it now is, in the order of their keys."""
    history, quote = history_of(model), connection.ops.quote_name
    into = [history._meta.get_field(field.name).column for field in history.tracked_fields]
    signed = {
        "history_date": at,
        "history_type": kind,
        "history_user": by and by.pk,
    }
    fields = [history._meta.get_field(name) for name in signed]
    values = [field.get_db_prep_save(signed[field.name], connection) for field in fields]
    named = ", ".join(map(quote, [*into, *(field.column for field in fields)]))
    read = ", ".join([*(quote(str(field.column)) for field in history.tracked_fields), *["%s"] * len(values)])
    pk = quote(str(model._meta.pk.column)) if model._meta.pk else ""
    with connection.cursor() as cursor:
        for start in range(0, len(keys), _NAMED):
            some = keys[start : start + _NAMED]
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"INSERT INTO {quote(history._meta.db_table)} ({named})"
                f" SELECT {read} FROM {quote(model._meta.db_table)} WHERE {pk} IN ({marks}) ORDER BY {pk}",
                [*values, *some],
            )
