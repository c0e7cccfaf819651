"""The baseline of imports and exports: rows through raw COPY, or on SQLite through a cursor, as lines of JSON."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, models, transaction

FETCH_SIZE = 5_000


class RowQuery(NamedTuple):
    """A query of rows as the database stores them: a name, the columns, and the SQL with its parameters.

    Rows of a ``linking`` query are not counted, because elsewhere they are part of other rows.
    """

    name: str
    columns: tuple[str, ...]
    sql: str
    params: tuple[Any, ...]
    linking: bool = False


def row_query(
    name: str, queryset: models.QuerySet[Any], columns: Sequence[str] = (), linking: bool = False
) -> RowQuery:
    """Return a query of these rows with these columns, by default all columns of their table."""
    chosen = tuple(columns) or tuple(field.attname for field in queryset.model._meta.concrete_fields)
    sql, params = queryset.order_by().values_list(*chosen).query.sql_with_params()
    return RowQuery(name, chosen, sql, params, linking)


def read(query: RowQuery) -> Iterator[Sequence[Any]]:
    """Yield the rows of a query."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY ({query.sql}) TO STDOUT", query.params) as copy:
            yield from copy.rows()
        return
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query.sql, query.params)
        while found := cursor.fetchmany(FETCH_SIZE):
            yield from found


def write_lines(file: Path, queries: Iterable[RowQuery]) -> dict[str, int]:
    """Write the rows of these queries as lines of JSON, and return the number of rows by name, without linking rows."""
    counts = {}
    with file.open("w", encoding="utf-8") as out:
        for query in queries:
            count = 0
            for row in read(query):
                # default=str, because SQLite returns dates.
                values = dict(zip(query.columns, row, strict=True))
                out.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")
                count += 1
            if not query.linking:
                counts[query.name] = count
    return counts


class TableRows(NamedTuple):
    """All rows of a table, in memory."""

    table: str
    columns: tuple[str, ...]
    rows: list[Sequence[Any]]


def load_tables(tables: Collection[type[models.Model]]) -> list[TableRows]:
    """Return the rows of these tables, without the empty ones."""
    loaded = []
    for model in tables:
        columns = tuple(str(field.column) for field in model._meta.concrete_fields)
        query = row_query(model._meta.db_table, model._default_manager.all())
        rows = [tuple(map(_as_stored, row)) for row in read(query)]
        if rows:
            loaded.append(TableRows(model._meta.db_table, columns, rows))
    return loaded


def _as_stored(value: Any) -> Any:
    """Return a date or time of SQLite as the text that the database stores."""
    return str(value) if isinstance(value, date | time) else value


def copy_to_temporary_tables(tables: Iterable[TableRows]) -> int:
    """Copy these rows into temporary tables with the same columns, in one transaction, and return their number."""
    count, quote = 0, connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, rows in tables:
            temporary = quote(f"raw_{table}")
            cursor.execute(f"CREATE TEMPORARY TABLE {temporary} AS SELECT * FROM {quote(table)} WHERE 1=0")
            target = f"{temporary} ({', '.join(map(quote, columns))})"
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                placeholders = ", ".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO {target} VALUES ({placeholders})", rows)
            cursor.execute(f"SELECT count(*) FROM {temporary}")
            count += cursor.fetchone()[0]
            cursor.execute(f"DROP TABLE {temporary}")
    return count
