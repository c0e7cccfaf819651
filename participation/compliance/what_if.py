"""What-if comparison: how moving dates changes the obligations. Nothing is stored."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from .obligations import ObligationValue, WaiverValue, status

#: Statuses that count as fitting: met, explained, or still in time.
FITS = ("met", "explained", "due_soon", "pending")
#: Statuses that count as not fitting.
DOES_NOT_FIT = ("met_late", "overdue", "possibly_overdue", "planned_late")


class FactChange(NamedTuple):
    """An obligation before and after, each with its status; None when it does not exist."""

    before: ObligationValue | None
    after: ObligationValue | None
    was: str
    becomes: str

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
    is_, would = ({o.identity: o for o in owed} for owed in (before, after))
    worse, better, shifted = [], [], []
    for identity in sorted(is_.keys() | would.keys()):
        change = FactChange(
            is_.get(identity),
            would.get(identity),
            status(is_[identity], today, waivers) if identity in is_ else "",
            status(would[identity], today, waivers) if identity in would else "",
        )
        if change.becomes in DOES_NOT_FIT and change.was not in DOES_NOT_FIT:
            worse.append(change)
        elif change.was in DOES_NOT_FIT and change.becomes not in DOES_NOT_FIT:
            better.append(change)
        elif change.before and change.after and change.before.due_on != change.after.due_on:
            shifted.append(change)
    return WhatIfDifference(*(tuple(sorted(found, key=_due)) for found in (worse, better, shifted)))


def _due(change: FactChange) -> tuple[date, tuple[str, str]]:
    return (change.obligation.due_on or date.max, change.obligation.identity)
