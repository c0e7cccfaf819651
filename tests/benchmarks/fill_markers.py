"""A table that records which steps have filled a database, so that a kept one is not filled again."""

from django.db import connection

_TABLE = "benchmark_fill_markers"


def is_filled(marker: str) -> bool:
    """Return whether this database has this marker."""
    if _TABLE not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_TABLE} WHERE marker = %s", [marker])
        return bool(cursor.fetchone()[0])


def mark_filled(marker: str) -> None:
    """Add this marker to the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} (marker varchar(200) PRIMARY KEY)")
        cursor.execute(f"INSERT INTO {_TABLE} VALUES (%s)", [marker])
