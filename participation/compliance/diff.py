"""Difference between two lists of obligations, such as the stored ones and those that the facts give now."""

from collections.abc import Iterable
from typing import NamedTuple

from .obligations import ObligationValue


class ObligationDifference(NamedTuple):
    """Obligations added, changed (before, after), unchanged, and gone (no longer required)."""

    added: list[ObligationValue]
    changed: list[tuple[ObligationValue, ObligationValue]]
    unchanged: list[ObligationValue]
    removed: list[ObligationValue]

    def __bool__(self) -> bool:
        """Return whether there is any difference."""
        return bool(self.added or self.changed or self.removed)


def compare(before: Iterable[ObligationValue], after: Iterable[ObligationValue]) -> ObligationDifference:
    """Return the difference; ``removed`` keeps the order of ``before``, the rest that of ``after``."""
    remaining = {obligation.identity: obligation for obligation in before}
    found = ObligationDifference([], [], [], [])
    for obligation in after:
        old = remaining.pop(obligation.identity, None)
        if old is None:
            found.added.append(obligation)
        elif old == obligation:
            found.unchanged.append(obligation)
        else:
            found.changed.append((old, obligation))
    found.removed.extend(remaining.values())
    return found
