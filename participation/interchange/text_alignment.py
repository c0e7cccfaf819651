"""What turns one list of paragraphs into another: alignment in time that grows as n log n, never with its square.

Items that occur once in both lists are matched first, as far as they keep their order (patience diff); between those,
the first occurrence with the first, the second with the second. What is left in one place on both sides is paired by
the words it has in common.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

#: A shorter paragraph, such as a heading that returns, is not said to have moved.
MIN_MOVED: Final = 20
#: The share of words that two paragraphs have in common when one is the other with changes, 0 to 1.
MIN_SIMILAR: Final = 0.5
#: Up to this number of pairs in one place each is compared with each; beyond, only those that share a rare word.
_MAX_PAIRS: Final = 64
#: A word that stands in more paragraphs of one place than this is not rare.
_MAX_OCCURRENCES: Final = 8


class WordChange(NamedTuple):
    """Words that follow one another in a changed paragraph: "same", "added" or "removed"."""

    kind: str
    text: str


class Part(NamedTuple):
    """A paragraph of one or both versions: "same", "added", "removed", "moved" or "changed".

    ``old`` and ``new`` are its places, from 0, None where it has none. ``text`` is that of the newer version, of what
    was removed that of the older one.
    """

    kind: str
    text: str
    old: int | None
    new: int | None
    words: tuple[WordChange, ...] = ()


def compare(old: Sequence[str], new: Sequence[str]) -> list[Part]:
    """Return the parts of both versions, in the order of the newer one; what was removed stands where it stood."""
    matches = _matches(old, new)
    moved = _moves(old, new, matches)
    moved_from = set(moved.values())
    found: list[Part] = []
    old_at = new_at = 0
    for old_end, new_end in [*matches, (len(old), len(new))]:
        removed = [place for place in range(old_at, old_end) if place not in moved_from]
        added = [place for place in range(new_at, new_end) if place not in moved]
        pairs = _similar_pairs(old, new, removed, added)
        found += _gap(old, new, removed, range(new_at, new_end), pairs, moved)
        if old_end < len(old) and new_end < len(new):
            found.append(Part("same", new[new_end], old_end, new_end))
        old_at, new_at = old_end + 1, new_end + 1
    return found


def word_changes(old: str, new: str) -> tuple[WordChange, ...]:
    """Return what turns one paragraph into another, word by word; words are what spaces separate."""
    before, after = old.split(), new.split()
    found: list[WordChange] = []
    old_at = new_at = 0

    def add(kind: str, words: Sequence[str]) -> None:
        if words and found and found[-1].kind == kind:
            found[-1] = WordChange(kind, f"{found[-1].text} {' '.join(words)}")
        elif words:
            found.append(WordChange(kind, " ".join(words)))

    for old_end, new_end in [*_matches(before, after), (len(before), len(after))]:
        add("removed", before[old_at:old_end])
        add("added", after[new_at:new_end])
        add("same", after[new_end : new_end + 1])
        old_at, new_at = old_end + 1, new_end + 1
    return tuple(found)


def _gap(
    old: Sequence[str],
    new: Sequence[str],
    removed: Sequence[int],
    places: range,
    pairs: Mapping[int, int],
    moved: Mapping[int, int],
) -> Iterator[Part]:
    """Yield the parts between two paragraphs that are the same: what was removed before what stands there now."""
    at, start = 0, places.start
    for place in [*sorted(pairs), None]:
        while at < len(removed) and (place is None or removed[at] < pairs[place]):
            yield Part("removed", old[removed[at]], removed[at], None)
            at += 1
        for own in range(start, places.stop if place is None else place):
            yield Part("moved" if own in moved else "added", new[own], moved.get(own), own)
        if place is not None:
            words = word_changes(old[pairs[place]], new[place])
            yield Part("changed", new[place], pairs[place], place, words)
            at, start = at + 1, place + 1


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of items that are the same, both ascending."""
    first, old_end, new_end = 0, len(old), len(new)
    while first < min(old_end, new_end) and old[first] == new[first]:
        first += 1
    while old_end > first and new_end > first and old[old_end - 1] == new[new_end - 1]:
        old_end, new_end = old_end - 1, new_end - 1
    found = [(place, place) for place in range(first)]
    unique = _pairs_in_order(_once(old, first, old_end), _once(new, first, new_end))
    old_at, new_at = first, first
    for old_anchor, new_anchor in [*unique, (old_end, new_end)]:
        numbered = _numbered(old, old_at, old_anchor), _numbered(new, new_at, new_anchor)
        found += _pairs_in_order(*numbered)
        if old_anchor < old_end:
            found.append((old_anchor, new_anchor))
        old_at, new_at = old_anchor + 1, new_anchor + 1
    found += zip(range(old_end, len(old)), range(new_end, len(new)), strict=True)
    return found


def _once(items: Sequence[str], first: int, end: int) -> dict[str, int]:
    counts = Counter(items[first:end])
    return {items[place]: place for place in range(first, end) if counts[items[place]] == 1}


def _numbered(items: Sequence[str], first: int, end: int) -> dict[tuple[str, int], int]:
    """Return the place of each item with its number among those that are equal."""
    seen: Counter[str] = Counter()
    found = {}
    for place in range(first, end):
        found[items[place], seen[items[place]]] = place
        seen[items[place]] += 1
    return found


def _pairs_in_order(old: Mapping[Any, int], new: Mapping[Any, int]) -> list[tuple[int, int]]:
    """Return the most pairs of places of the same keys that ascend in both (longest increasing subsequence)."""
    pairs = [(place, new[key]) for key, place in old.items() if key in new]
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for number, (_old, place) in enumerate(pairs):
        at = bisect_left(ends, place)
        before.append(last[at - 1] if at else None)
        ends[at : at + 1] = [place]
        last[at : at + 1] = [number]
    found = []
    at_last: int | None = last[-1] if last else None
    while at_last is not None:
        found.append(pairs[at_last])
        at_last = before[at_last]
    return found[::-1]


def _moves(old: Sequence[str], new: Sequence[str], matches: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return the old place of each paragraph that stands in another place now, by its new place."""
    matched = {place for place, _new in matches}, {place for _old, place in matches}
    left: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(old):
        if place not in matched[0] and len(text) >= MIN_MOVED:
            left[text].append(place)
    for places in left.values():
        places.reverse()
    return {place: left[text].pop() for place, text in enumerate(new) if place not in matched[1] and left.get(text)}


def _similar_pairs(
    old: Sequence[str], new: Sequence[str], removed: Sequence[int], added: Sequence[int]
) -> dict[int, int]:
    """Return the old place of each added paragraph that is a removed one with changes, by its new place, in order."""
    if not removed or not added:
        return {}
    words = {place: Counter(old[place].casefold().split()) for place in removed}
    mine = {place: Counter(new[place].casefold().split()) for place in added}
    candidates = _candidates(words, mine)
    scored = []
    for place, others in candidates.items():
        for other in others:
            share = _share(words[other], mine[place])
            if share >= MIN_SIMILAR:
                scored.append((-share, place, other))
    best: dict[int, int] = {}
    taken: set[int] = set()
    for _share_of, place, other in sorted(scored):
        if place not in best and other not in taken:
            best[place] = other
            taken.add(other)
    ordered = sorted(best.items(), key=lambda pair: pair[1])
    kept = _pairs_in_order(dict(ordered), {place: place for place in best})
    return {place: other for other, place in kept}


def _candidates(words: Mapping[int, Counter[str]], mine: Mapping[int, Counter[str]]) -> dict[int, list[int]]:
    """Return for each added paragraph the removed ones with which it is compared."""
    if len(words) * len(mine) <= _MAX_PAIRS:
        return {place: list(words) for place in mine}
    holders: dict[str, list[int]] = defaultdict(list)
    for other, counts in words.items():
        for word in counts:
            holders[word].append(other)
    found = {}
    for place, counts in mine.items():
        votes: Counter[int] = Counter()
        for word in counts:
            if len(holders.get(word, ())) <= _MAX_OCCURRENCES:
                votes.update(holders.get(word, ()))
        found[place] = [other for other, _number in votes.most_common(2)]
    return found


def _share(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words that both have, 0 to 1."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
