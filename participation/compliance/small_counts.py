"""Small counts, which may point to one person or one trajectory: what of them may be published.

``reach`` publishes counts of people with these, ``published_parts`` counts of trajectories by outcome.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

#: Counts above nought and under this number may point to one.
SMALLEST_COUNT: Final = 5
#: The highest of the counts that are left out.
_LARGEST_SMALL: Final = SMALLEST_COUNT - 1


class PublishedParts(NamedTuple):
    """Counts that add up to a total, as they may be published: None is left out, and is fewer than five.

    ``lowest`` and ``highest`` are between which the total lies; they are equal where it may be published.
    """

    parts: tuple[int | None, ...]
    lowest: int
    highest: int


def is_small(count: int) -> bool:
    """Return whether this count may point to one."""
    return 0 < count < SMALLEST_COUNT


def possible_sums(shown: int, hidden: int, lowest: int = 1) -> tuple[int, int]:
    """Return the lowest and highest sum of what is shown and this number of hidden counts, each ``lowest`` to four."""
    return shown + hidden * lowest, shown + hidden * _LARGEST_SMALL


def published_parts(parts: Sequence[int]) -> PublishedParts:
    """Return what may be published of counts that add up to a total, such as one for each outcome.

    Every count under five is left out, nought as well: else one that is left out would be known to be something. The
    total tells what the hidden counts add up to, so it is exact only where that sum leaves each of them free to be
    anything from nought to four. Else it is a range: of a sum under five from nought, of a sum near its highest from
    there. So the rules of this function tell of no hidden count which of 1, 2, 3 and 4 it is.
    """
    found = tuple(part if part >= SMALLEST_COUNT else None for part in parts)
    shown, hidden = sum(part or 0 for part in found), found.count(None)
    rest = sum(parts) - shown
    if not hidden:
        return PublishedParts(found, shown, shown)
    if rest < SMALLEST_COUNT:
        return PublishedParts(found, shown, shown + _LARGEST_SMALL)
    exact = (hidden - 1) * _LARGEST_SMALL
    if rest <= exact:
        return PublishedParts(found, shown + rest, shown + rest)
    _lowest, highest = possible_sums(shown, hidden)
    return PublishedParts(found, shown + max(exact + 1, SMALLEST_COUNT), highest)
