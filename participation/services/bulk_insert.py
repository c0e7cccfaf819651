"""Inserting many new rows, with their history: by COPY on PostgreSQL, elsewhere by ``bulk_create``.

Every value is prepared by its field, as saving a row does, and constraints of the database are enforced. As with
``bulk_create`` nothing is validated, no signals are sent, and the caller has checked what the single way checks.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from json import dumps
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connections, models, router, transaction
from django.db.models.fields import NOT_PROVIDED
from simple_history.utils import get_change_reason_from_object

from participation.models import User
from participation.models.columns import CleanedColumn

#: The number of rows in one statement of ``bulk_create``.
BATCH_SIZE = 500
#: Fields that store a value of this type as it is, where they do not change the methods that prepare it.
_STORED_AS_IS: dict[Any, type] = {
    models.CharField: str,
    models.TextField: str,
    models.DateField: date,
    models.BooleanField: bool,
    models.ForeignKey: int,
}
_PREPARING_METHODS = ("get_prep_value", "get_db_prep_value", "get_db_prep_save")
_NO_TYPE = type(None)
_EMPTY_JSON: dict[Any, str] = {list: "[]", dict: "{}"}


def bulk_insert(rows: Sequence[models.Model]) -> None:
    """Insert these new rows of one model, in this order, and set their primary keys.

    In one transaction. Raises IntegrityError or DataError, with nothing stored, where the database rejects a row, and
    TypeError for rows that it cannot insert: of several models, with a primary key, or with an expression for a value.
    """
    _insert(rows, None)


def bulk_insert_with_history(rows: Sequence[models.Model], by: User | None, at: datetime) -> list[int]:
    """Insert these new rows as ``bulk_insert`` does, each with its first version, and return the ids of the versions.

    ``by`` and ``at`` are the user and the time in the history; None for the system.
    """
    return _insert(rows, _Author(by, at))


def insert_values(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]], with_keys: bool = True
) -> list[int]:
    """Insert rows of which these are the values of the attributes ``names``, and return their primary keys, in order.

    Other columns get their defaults. For rows of which so many are made that building them as objects would take most
    of the time. Without ``with_keys`` the database numbers the rows, and the list is empty. Raises what
    ``bulk_insert`` raises, and TypeError for a field that takes its value from a row.
    """
    if not rows:
        return []
    columns, using = {column.field.attname: column for column in _columns(model)}, router.db_for_write(model)
    if computed := [name for name, column in columns.items() if not column.is_attribute]:
        raise TypeError(f"{model.__name__}: {', '.join(computed)} are computed from a row")
    if connections[using].vendor != "postgresql":
        created = [model(**dict(zip(names, row, strict=True))) for row in rows]
        bulk_insert(created)
        return [row.pk for row in created] if with_keys else []
    given = dict(zip(names, zip(*rows, strict=True), strict=True))
    with transaction.atomic(using=using, savepoint=False):
        connection = connections[using]
        stored: dict[str, Sequence[Any]] = {}
        keys: Sequence[int] = ()
        if with_keys:
            keys, _versions = _new_keys([model], len(rows), connection)
            key_field: Any = model._meta.pk
            stored[key_field.column] = keys
        for name, column in columns.items():
            values = given.pop(name) if name in given else [column.field.get_default()] * len(rows)
            stored[column.field.column] = _stored_values(values, column, connection)
        if given:
            raise TypeError(f"{model.__name__} has no columns {', '.join(given)}")
        _copy(model, stored, connection)
    return list(keys)


class _Author(NamedTuple):
    """The user and the time of a history record."""

    by: User | None
    at: datetime


class _Column(NamedTuple):
    """A column: its field, whether saving stores the attribute, and how values are prepared.

    ``stored_as_is`` is the type that needs no preparing, if any; ``is_json`` where it is JSON as Django writes it.
    """

    field: Any
    is_attribute: bool
    stored_as_is: type | None
    is_json: bool


def _insert(rows: Sequence[models.Model], author: _Author | None) -> list[int]:
    if not rows:
        return []
    model = type(rows[0])
    columns = _columns(model)
    history = _history_model(model) if author else None
    if any(type(row) is not model or row.pk is not None for row in rows):
        raise TypeError(f"{model.__name__}: insert new rows of one model, without primary keys")
    using = router.db_for_write(model)
    for row in rows:
        # Sets the key of a related row that was saved after it was assigned.
        if row._state.fields_cache:
            row._prepare_related_fields_for_save(operation_name="bulk_insert")  # type: ignore[attr-defined]
    insert = _copy_rows if connections[using].vendor == "postgresql" else _create_rows
    try:
        with transaction.atomic(using=using, savepoint=False):
            versions = insert(rows, columns, history, author, using)
    except Exception:
        for row in rows:
            row.pk = None
        raise
    for row in rows:
        row._state.adding, row._state.db = False, using
    return versions


def _create_rows(
    rows: Sequence[models.Model],
    columns: Sequence[_Column],
    history: Any,
    author: _Author | None,
    using: str,
) -> list[int]:
    for column in columns:
        _refuse_expressions(column, {type(getattr(row, column.field.attname)) for row in rows})
    manager: Any = type(rows[0])._base_manager.using(using)
    manager.bulk_create(rows, batch_size=BATCH_SIZE)
    if history is None or author is None:
        return []
    names = [field.attname for field in history.tracked_fields]
    versions = [
        history(
            **{name: getattr(row, name) for name in names},
            history_date=author.at,
            history_user=author.by,
            history_type="+",
            history_change_reason=get_change_reason_from_object(row),
        )
        for row in rows
    ]
    return [version.pk for version in history._base_manager.using(using).bulk_create(versions, batch_size=BATCH_SIZE)]


def _copy_rows(
    rows: Sequence[models.Model],
    columns: Sequence[_Column],
    history: Any,
    author: _Author | None,
    using: str,
) -> list[int]:
    model, connection = type(rows[0]), connections[using]
    keys, versions = _new_keys([model, history] if history else [model], len(rows), connection)
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
    key_field: Any = model._meta.pk
    values: dict[str, Sequence[Any]] = {key_field.attname: keys}
    for column in columns:
        field = column.field
        if column.is_attribute:
            found = list(map(attrgetter(field.attname), rows))
        else:
            found = [field.pre_save(row, True) for row in rows]
        values[field.attname] = _stored_values(found, column, connection)
    names = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    _copy(model, {names[attribute]: stored for attribute, stored in values.items()}, connection)
    if history is None or author is None:
        return []
    # The fields of a version prepare values as those of the row do: what was stored for one is stored for the other.
    stored_versions = {field.column: values[field.attname] for field in history.tracked_fields}
    same_for_all = {"history_date": str(author.at), "history_type": "+", "history_user_id": author.by and author.by.pk}
    stored_versions |= {name: [value] * len(rows) for name, value in same_for_all.items()}
    stored_versions["history_change_reason"] = [get_change_reason_from_object(row) for row in rows]
    _copy(history, {"history_id": versions, **stored_versions}, connection)
    return list(versions)


def _new_keys(tables: Sequence[Any], count: int, connection: Any) -> tuple[Sequence[int], Sequence[int]]:
    """Return this number of new primary keys of the first table, and of the second where there is one; one query."""
    sequence = "nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass))"
    params: list[Any] = []
    for table in tables:
        params += [connection.ops.quote_name(table._meta.db_table), table._meta.pk.column]
    with connection.cursor() as cursor:
        chosen = ", ".join([sequence] * len(tables))
        cursor.execute(f"SELECT {chosen} FROM generate_series(1, %s)", [*params, count])  # noqa: S608  # no values in it
        found = list(zip(*cursor.fetchall(), strict=True))
    return found[0], found[1] if len(found) > 1 else ()


def _copy(model: Any, values: dict[str, Sequence[Any]], connection: Any) -> None:
    quote = connection.ops.quote_name
    # The database fills in NULL for a column that is left out: ``_columns`` refuses those with another default.
    values = {name: column for name, column in values.items() if column.count(None) < len(column)}
    target = f"{quote(model._meta.db_table)} ({', '.join(map(quote, values))})"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {target} FROM STDIN") as copy,
    ):
        for row in zip(*values.values(), strict=True):
            copy.write_row(row)


def _stored_values(values: Sequence[Any], column: _Column, connection: Any) -> Sequence[Any]:
    """Return what the database stores for these values of a column, with days and moments as their text.

    For COPY their driver makes that text in Python, for each row again, and many rows have few days.
    """
    types = set(map(type, values))
    if column.stored_as_is and types <= {column.stored_as_is, _NO_TYPE}:
        if column.stored_as_is is not date:
            return values
        days = {value: value and str(value) for value in set(values)}
        return [days[value] for value in values]
    _refuse_expressions(column, types)
    if column.is_json:
        return list(map(_json_text, values))
    prepare = column.field.get_db_prep_save
    if types <= {datetime, _NO_TYPE}:
        moments = {value: value and str(prepare(value, connection)) for value in set(values)}
        return [moments[value] for value in values]
    return [prepare(value, connection) for value in values]


def _json_text(value: Any) -> str | None:
    # Most lists and objects are empty.
    return None if value is None else dumps(value) if value else _EMPTY_JSON.get(type(value)) or dumps(value)


def _refuse_expressions(column: _Column, types: set[type]) -> None:
    if any(hasattr(found, "as_sql") for found in types):
        raise TypeError(f"{column.field}: an expression cannot be inserted in bulk")


@cache
def _columns(model: type[models.Model]) -> tuple[_Column, ...]:
    """Return the columns of a model without its primary key. Raises TypeError where the database fills some itself."""
    meta = model._meta
    if meta.parents or meta.proxy or not isinstance(meta.pk, models.AutoField):
        raise TypeError(
            f"{model.__name__}: only a table of its own with a numbered primary key can be inserted in bulk"
        )
    fields: list[Any] = [field for field in meta.concrete_fields if not field.primary_key]
    if computed := [field.name for field in fields if field.generated or field.db_default is not NOT_PROVIDED]:
        raise TypeError(f"{model.__name__}: the database fills {', '.join(computed)}")
    return tuple(_Column(field, _is_attribute(field), _type_stored_as_is(field), _is_json(field)) for field in fields)


def _is_attribute(field: Any) -> bool:
    """Return whether saving stores the value of the attribute, and neither changes nor computes it."""
    found = type(field).pre_save
    if found in (models.DateField.pre_save, models.DateTimeField.pre_save):
        return not (field.auto_now or field.auto_now_add)
    return found is models.Field.pre_save


def _is_json(field: Any) -> bool:
    return _prepares_as(field, models.JSONField) and field.encoder is None


def _prepares_as(field: Any, django_field: Any) -> bool:
    own = type(field)
    # What was cleaned when its value was taken from the row is clean.
    is_cleaned = own.pre_save is CleanedColumn.pre_save and own.get_prep_value is CleanedColumn.get_prep_value
    names = _PREPARING_METHODS[1:] if is_cleaned else _PREPARING_METHODS
    return isinstance(field, django_field) and all(getattr(own, name) is getattr(django_field, name) for name in names)


def _type_stored_as_is(field: Any) -> type | None:
    for django_field, stored_type in _STORED_AS_IS.items():
        if _prepares_as(field, django_field):
            # A foreign key stores what the key that it refers to stores.
            is_other_key = isinstance(field, models.ForeignKey) and not isinstance(field.target_field, models.AutoField)
            return None if is_other_key else stored_type
    return None


@cache
def _history_model(model: Any) -> Any:
    """Return the history of a model. Raises TypeError where it has more than the columns of the row."""
    history = model.history.model
    expected = {field.attname for field in history.tracked_fields} | {
        *("history_id", "history_date", "history_type", "history_user_id", "history_change_reason")
    }
    if history._history_m2m_fields or {field.attname for field in history._meta.concrete_fields} != expected:
        raise TypeError(f"{model.__name__}: its history has columns that cannot be inserted in bulk")
    return history
