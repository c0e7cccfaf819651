"""The floor of what goes out and comes in: rows by raw COPY, on SQLite by a cursor, and one line of JSON for each."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, models, transaction

FETCHED = 5_000


class Rows(NamedTuple):
    """Rows that are read as the database keeps them: what they are called, their columns, and how they are asked for.

    ``apart`` tells that they are no rows of their own elsewhere but part of others.
    """

    name: str
    columns: tuple[str, ...]
    sql: str
    params: tuple[Any, ...]
    apart: bool = False


def rows(name: str, queryset: models.QuerySet[Any], columns: Sequence[str] = (), apart: bool = False) -> Rows:
    """Return these rows with these columns of their table, or with all."""
    chosen = tuple(columns) or tuple(field.attname for field in queryset.model._meta.concrete_fields)
    sql, params = queryset.order_by().values_list(*chosen).query.sql_with_params()
    return Rows(name, chosen, sql, params, apart)


def read(one: Rows) -> Iterator[Sequence[Any]]:
    """Yield these rows."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY ({one.sql}) TO STDOUT", one.params) as copy:
            yield from copy.rows()
        return
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(one.sql, one.params)
        while found := cursor.fetchmany(FETCHED):
            yield from found


def write_lines(file: Path, wanted: Iterable[Rows]) -> dict[str, int]:
    """Write all of these as lines of JSON, and return how many of each that are not part of others."""
    counts = {}
    with file.open("w", encoding="utf-8") as out:
        for one in wanted:
            number = 0
            for row in read(one):
                # SQLite hands over dates.
                out.write(json.dumps(dict(zip(one.columns, row, strict=True)), ensure_ascii=False, default=str) + "\n")
                number += 1
            if not one.apart:
                counts[one.name] = number
    return counts


class Held(NamedTuple):
    """The rows of a table, in memory."""

    table: str
    columns: tuple[str, ...]
    rows: list[Sequence[Any]]


def hold(tables: Collection[type[models.Model]]) -> list[Held]:
    """Return what is in these tables, but for those that are empty."""
    found = []
    for model in tables:
        columns = tuple(str(field.column) for field in model._meta.concrete_fields)
        stored_rows = [
            tuple(map(_as_stored, row)) for row in read(rows(model._meta.db_table, model._default_manager.all()))
        ]
        if stored_rows:
            found.append(Held(model._meta.db_table, columns, stored_rows))
    return found


def _as_stored(value: Any) -> Any:
    """Return what SQLite keeps where it hands over a date or a time."""
    return str(value) if isinstance(value, date | time) else value


def put(stored_rows: Iterable[Held]) -> int:
    """Write these rows into temporary tables with the same columns, in one transaction; return how many there are."""
    count, quote = 0, connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, found in stored_rows:
            cursor.execute(f"CREATE TEMPORARY TABLE {quote('raw_' + table)} AS SELECT * FROM {quote(table)} WHERE 1=0")
            into = f"{quote('raw_' + table)} ({', '.join(map(quote, columns))})"
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                    for row in found:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", found)
            cursor.execute(f"SELECT count(*) FROM {quote('raw_' + table)}")
            count += cursor.fetchone()[0]
            cursor.execute(f"DROP TABLE {quote('raw_' + table)}")
    return count
