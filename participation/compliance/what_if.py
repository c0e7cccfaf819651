"""What becomes of what is owed when dates move: nothing is stored, two lists are held against each other."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from .obligations import Obligation, Waiver, status

#: Statuses of what fits: done, explained, or still to be done in time.
FITS = ("met", "explained", "due_soon", "pending")
#: Statuses of what does not.
DOES_NOT_FIT = ("met_late", "overdue", "possibly_overdue", "planned_late")


class Change(NamedTuple):
    """An obligation as it is and as it would be, each with its status; None where it is not called for."""

    before: Obligation | None
    after: Obligation | None
    was: str
    becomes: str

    @property
    def obligation(self) -> Obligation:
        """Return it as it would be, else as it is."""
        found = self.after or self.before
        assert found is not None
        return found


class Difference(NamedTuple):
    """What no longer fits, what fits at last, and what only gets another due date; the first due first."""

    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    shifted: tuple[Change, ...]

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.worse or self.better or self.shifted)


def difference(
    before: Iterable[Obligation], after: Iterable[Obligation], today: date, waivers: Sequence[Waiver] = ()
) -> Difference:
    """Return what differs on that day between what is owed and what would be."""
    is_, would = ({o.identity: o for o in owed} for owed in (before, after))
    worse, better, shifted = [], [], []
    for identity in sorted(is_.keys() | would.keys()):
        change = Change(
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
    return Difference(*(tuple(sorted(found, key=_due)) for found in (worse, better, shifted)))


def _due(change: Change) -> tuple[date, tuple[str, str]]:
    return (change.obligation.due_on or date.max, change.obligation.identity)
