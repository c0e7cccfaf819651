"""What differs between two lists of obligations: what was stored against what the facts say now."""

from collections.abc import Iterable
from typing import NamedTuple

from .obligations import Obligation

Identity = tuple[str, str]


class Difference(NamedTuple):
    """The obligations that came, those that changed (before, after), and those no longer called for."""

    added: tuple[Obligation, ...]
    changed: tuple[tuple[Obligation, Obligation], ...]
    gone: tuple[Obligation, ...]

    def __bool__(self) -> bool:
        """Tell whether anything differs at all."""
        return bool(self.added or self.changed or self.gone)


def compare(before: Iterable[Obligation], after: Iterable[Obligation]) -> Difference:
    """Return the difference, each part in the order of the rule and the subject."""
    old: dict[Identity, Obligation] = {o.identity: o for o in before}
    new: dict[Identity, Obligation] = {o.identity: o for o in after}
    return Difference(
        tuple(new[i] for i in sorted(new.keys() - old.keys())),
        tuple((old[i], new[i]) for i in sorted(new.keys() & old.keys()) if old[i] != new[i]),
        tuple(old[i] for i in sorted(old.keys() - new.keys())),
    )
