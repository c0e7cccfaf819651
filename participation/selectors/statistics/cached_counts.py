"""Figures of the statistics and the yearly report, kept in each process until what they count changes."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final, TypeVar

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Max, QuerySet, Value

from participation.compliance.rulebooks import Rulebooks
from participation.models import Changeset, Commitment, Motion, Obligation, Step, Trajectory, Transition, Waiver

from .city import (
    Counts,
    Delay,
    Fairness,
    Period,
    count_by_district,
    count_by_state,
    count_by_status,
    fairness_scores,
    longest_delay_keys,
    read_delays,
    start_of_year_until,
)
from .yearly import Figures, yearly_figures

T = TypeVar("T")

#: How long counts are kept, in seconds: what leaves no new row in ``_TABLES`` shows after this time at most.
MAX_AGE: Final = 300
#: Of each kind of change one table that gets a new row: obligations, the log, histories, what users record.
_TABLES: Final[tuple[tuple[QuerySet[Any], str], ...]] = (
    (Obligation.objects.all(), "pk"),
    (Transition.objects.all(), "pk"),
    (Changeset.objects.all(), "pk"),
    *((model.history.all(), "history_id") for model in (Trajectory, Step, Waiver, Motion, Commitment)),
)


class CachedCounts:
    """Counts of some trajectories, from the cache where nothing changed since: one query for all of them.

    The key has the very query of the trajectories: who sees others, or filters, gets other counts. They are numbers,
    without a title; of the longest delays they are keys.
    """

    def __init__(self, visible: QuerySet[Trajectory], today: date) -> None:
        self.visible, self.today = visible, today

    def by_status(self, rulebooks: Rulebooks, period: Period) -> Counts:
        """Return ``count_by_status``."""
        known = (_hashes(rulebooks), period)
        return self._cached(count_by_status, known, (self.visible, rulebooks, period), period)

    def longest_delays(self, rulebooks: Rulebooks, period: Period) -> list[Delay]:
        """Return what ``longest_delay_keys`` finds, with the titles of now; one more query."""
        arguments = (self.visible, rulebooks, period.on)
        keys = self._cached(longest_delay_keys, (_hashes(rulebooks), period.on), arguments, period)
        return read_delays(self.visible, keys)

    def by_state(self, period: Period, municipality: str) -> dict[str, dict[str, int]]:
        """Return ``count_by_state``."""
        return self._cached(count_by_state, (period.on, municipality), (period.on, municipality), period)

    def fairness_scores(self, period: Period) -> Fairness:
        """Return ``fairness_scores``."""
        return self._cached(fairness_scores, (period.on,), (self.visible, period.on), period)

    def by_district(self, period: Period) -> list[tuple[str, int]]:
        """Return ``count_by_district``; only beside other figures of a period."""
        return self._cached(count_by_district, (), (self.visible,), period)

    def _cached(self, count: Callable[..., T], known: tuple[Any, ...], arguments: tuple[Any, ...], period: Period) -> T:
        # Visitors may choose any days: the cache is not filled with those. That nothing is visible has no query.
        if period.on != self.today or period.first not in (None, start_of_year_until(self.today)) or not self._query:
            return count(*arguments)
        return _kept((*self._query, known, self.today), self._newest, count, arguments)

    @cached_property
    def _query(self) -> tuple[Any, ...]:
        try:
            return tuple(self.visible.order_by().values("pk").query.sql_with_params())
        except EmptyResultSet:
            return ()

    @cached_property
    def _newest(self) -> list[tuple[str, int | None]]:
        return _newest_rows()


def cached_yearly_figures(rulebooks: Rulebooks, periods: Sequence[Period], municipality: str) -> Figures:
    """Return ``yearly_figures`` in the same way: the pages of a report show the same, and the years are few."""
    known = (_hashes(rulebooks), tuple(periods), municipality)
    return _kept(known, _newest_rows(), yearly_figures, (rulebooks, periods, municipality))


def _kept(
    known: tuple[Any, ...],
    newest: list[tuple[str, int | None]],
    count: Callable[..., T],
    arguments: tuple[Any, ...],
) -> T:
    """Return what ``count`` returns for these arguments, which ``known`` identifies.

    The ``newest`` rows were read before: what is counted is never older than its key says.
    """
    parts = (count.__name__, connection.alias, known, newest)
    key = hashlib.sha256(repr(parts).encode()).hexdigest()
    cache = caches["figures"]
    # In a list, as None is what the cache returns for what it lacks.
    found: list[T] | None = cache.get(key)
    if found is None:
        found = [count(*arguments)]
        cache.set(key, found, MAX_AGE)
    return found[0]


def _hashes(rulebooks: Rulebooks) -> list[Any]:
    return sorted(rulebooks.hashes.items())


def _newest_rows() -> list[tuple[str, int | None]]:
    """Return the largest key in each of ``_TABLES``; one query."""
    newest = [
        rows.order_by().values(table=Value(rows.model.__name__)).annotate(last=Max(key)).values_list("table", "last")
        for rows, key in _TABLES
    ]
    return sorted(newest[0].union(*newest[1:], all=True))
