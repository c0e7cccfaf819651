"""What-if comparison: how moving dates changes the obligations. Nothing is stored."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from .obligations import ObligationValue, WaiverValue, status

#: Statuses that count as not fitting.
NOT_IN_TIME_STATUSES = ("met_late", "overdue", "possibly_overdue", "planned_late")


class FactChange(NamedTuple):
    """An obligation before and after, each with its status; None when it does not exist."""

    before: ObligationValue | None
    after: ObligationValue | None
    status_before: str
    status_after: str

    @property
    def obligation(self) -> ObligationValue:
        """Return the obligation after the change, else before it."""
        found = self.after or self.before
        assert found is not None
        return found


class WhatIfDifference(NamedTuple):
    """Changes for the worse, for the better, and of the due date only; each by due date."""

    worse: tuple[FactChange, ...]
    better: tuple[FactChange, ...]
    shifted: tuple[FactChange, ...]

    def __bool__(self) -> bool:
        """Return whether there is any change."""
        return bool(self.worse or self.better or self.shifted)


def difference(
    before: Iterable[ObligationValue],
    after: Iterable[ObligationValue],
    today: date,
    waivers: Sequence[WaiverValue] = (),
) -> WhatIfDifference:
    """Return the changes between two lists of obligations on that day."""
    current, proposed = ({o.identity: o for o in obligations} for obligations in (before, after))
    worse, better, shifted = [], [], []
    for identity in sorted(current.keys() | proposed.keys()):
        change = FactChange(
            current.get(identity),
            proposed.get(identity),
            status(current[identity], today, waivers) if identity in current else "",
            status(proposed[identity], today, waivers) if identity in proposed else "",
        )
        if change.status_after in NOT_IN_TIME_STATUSES and change.status_before not in NOT_IN_TIME_STATUSES:
            worse.append(change)
        elif change.status_before in NOT_IN_TIME_STATUSES and change.status_after not in NOT_IN_TIME_STATUSES:
            better.append(change)
        elif change.before and change.after and change.before.due_on != change.after.due_on:
            shifted.append(change)
    return WhatIfDifference(*(tuple(sorted(found, key=_sort_key)) for found in (worse, better, shifted)))


def _sort_key(change: FactChange) -> tuple[date, tuple[str, str]]:
    return (change.obligation.due_on or date.max, change.obligation.identity)
