"""What differs between two lists of obligations: what was stored against what the facts say now."""

from collections.abc import Iterable
from typing import NamedTuple

from .obligations import Obligation


class Difference(NamedTuple):
    """The obligations that came, those that changed (before, after), those that stayed, those no longer called for."""

    added: list[Obligation]
    changed: list[tuple[Obligation, Obligation]]
    same: list[Obligation]
    gone: list[Obligation]

    def __bool__(self) -> bool:
        """Tell whether anything differs at all."""
        return bool(self.added or self.changed or self.gone)


def compare(before: Iterable[Obligation], after: Iterable[Obligation]) -> Difference:
    """Return the difference; each part in the order of ``after``, what is gone in the order of ``before``."""
    left = {obligation.identity: obligation for obligation in before}
    found = Difference([], [], [], [])
    for obligation in after:
        old = left.pop(obligation.identity, None)
        if old is None:
            found.added.append(obligation)
        elif old == obligation:
            found.same.append(obligation)
        else:
            found.changed.append((old, obligation))
    found.gone.extend(left.values())
    return found
