"""Databases that are kept, because filling one takes long: a table in it says with what it was filled."""

from django.db import connection

_TABLE = "filled_to_measure"


def has(what: str) -> bool:
    """Tell whether this database was filled with this, to the end."""
    if _TABLE not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_TABLE} WHERE what = %s", [what])
        return bool(cursor.fetchone()[0])


def note(what: str) -> None:
    """Say that it now is."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} (what varchar(200) PRIMARY KEY)")
        cursor.execute(f"INSERT INTO {_TABLE} VALUES (%s)", [what])
