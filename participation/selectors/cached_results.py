"""Results of selectors, kept in each process until something is recorded that they may depend on."""

import hashlib
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, Final, TypeVar

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Max, QuerySet, Value

from participation.compliance.rulebooks import Rulebooks
from participation.models import Changeset, Commitment, Motion, Obligation, Step, Trajectory, Transition, Waiver

T = TypeVar("T")

#: How long a result is kept, in seconds: what leaves no new row in ``_TABLES`` shows after this time at most.
MAX_AGE: Final = 300
#: Of each kind of change one table that gets a new row: obligations, the log, histories, what users record.
_TABLES: Final[tuple[tuple[QuerySet[Any], str], ...]] = (
    (Obligation.objects.all(), "pk"),
    (Transition.objects.all(), "pk"),
    (Changeset.objects.all(), "pk"),
    *((model.history.all(), "history_id") for model in (Trajectory, Step, Waiver, Motion, Commitment)),
)


class CachedResults:
    """Results from one of the caches in the settings, for one request: one query says whether they are still right.

    Only numbers and keys are kept, no texts: what a reader may see is read anew.
    """

    def __init__(self, name: str) -> None:
        self._cache = caches[name]

    def get(self, function: Callable[..., T], arguments: tuple[Any, ...], known: tuple[Any, ...]) -> T:
        """Return what the function returns for these arguments, which ``known`` identifies by its ``repr``."""
        # The newest rows are read before the function: a result is never older than its key says.
        parts = (function.__qualname__, connection.alias, known, self._newest_rows)
        key = hashlib.sha256(repr(parts).encode()).hexdigest()
        # In a list, as None is what the cache returns for what it lacks.
        found: list[T] | None = self._cache.get(key)
        if found is None:
            found = [function(*arguments)]
            self._cache.set(key, found, MAX_AGE)
        return found[0]

    @cached_property
    def _newest_rows(self) -> list[tuple[str, int | None]]:
        with connection.cursor() as cursor:
            cursor.execute(*_newest_rows_statement(connection.vendor))
            return sorted(cursor.fetchall())


def query_identity(rows: QuerySet[Any]) -> tuple[Any, ...]:
    """Return the SQL and the parameters of a query, empty where it finds nothing: who sees others has another."""
    try:
        return tuple(rows.order_by().values("pk").query.sql_with_params())
    except EmptyResultSet:
        return ()


def rulebook_identity(rulebooks: Rulebooks) -> list[Any]:
    """Return the names and hashes of the rulebooks."""
    return sorted(rulebooks.hashes.items())


@cache
def _newest_rows_statement(_vendor: str) -> tuple[str, tuple[Any, ...]]:
    """Return the statement for the largest key in each of ``_TABLES``: it is the same for each request."""
    newest = [
        rows.order_by().values(table=Value(rows.model.__name__)).annotate(last=Max(key)).values_list("table", "last")
        for rows, key in _TABLES
    ]
    statement: tuple[str, tuple[Any, ...]] = newest[0].union(*newest[1:], all=True).query.sql_with_params()
    return statement
