"""Figures of the statistics and the yearly report, kept in each process until what they count changes."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import QuerySet

from participation.compliance.rulebooks import Rulebooks
from participation.models import Trajectory
from participation.selectors.cached_results import CachedResults, query_identity, rulebook_identity

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
_CACHE = "figures"


class CachedCounts:
    """Counts of some trajectories, from the cache where nothing changed since: one query for all of them.

    The key has the very query of the trajectories: who sees others, or filters, gets other counts. They are numbers,
    without a title; of the longest delays they are keys.
    """

    def __init__(self, visible: QuerySet[Trajectory], today: date) -> None:
        self.visible, self.today = visible, today
        self._results = CachedResults(_CACHE)

    def by_status(self, rulebooks: Rulebooks, period: Period) -> Counts:
        """Return ``count_by_status``."""
        known = (rulebook_identity(rulebooks), period)
        return self._cached(count_by_status, known, (self.visible, rulebooks, period), period)

    def longest_delays(self, rulebooks: Rulebooks, period: Period) -> list[Delay]:
        """Return what ``longest_delay_keys`` finds, with the titles of now; one more query."""
        arguments = (self.visible, rulebooks, period.on)
        keys = self._cached(longest_delay_keys, (rulebook_identity(rulebooks), period.on), arguments, period)
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
        return self._results.get(count, arguments, (*self._query, *known, self.today))

    @cached_property
    def _query(self) -> tuple[Any, ...]:
        return query_identity(self.visible)


def cached_yearly_figures(rulebooks: Rulebooks, periods: Sequence[Period], municipality: str) -> Figures:
    """Return ``yearly_figures`` in the same way: the pages of a report show the same, and the years are few."""
    known = (rulebook_identity(rulebooks), tuple(periods), municipality)
    return CachedResults(_CACHE).get(yearly_figures, (rulebooks, periods, municipality), known)
