"""Organisations whose name is nearly the same as one that somebody typed, or as another in a file."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from django.db.models import Q

from participation.models import Organisation, Trajectory
from participation.models.searching import fold

#: Maximum number of names that are compared, and of organisations that are returned.
MAX_COMPARED, MAX_SIMILAR = 5_000, 5
#: How alike two names are, from 0 to 1, from which somebody is asked whether they are the same.
_MIN_RATIO = 0.75
#: The same for the names in a file, many of which share words such as "wijkvereniging".
_MIN_RATIO_IN_FILE = 0.95
#: Maximum number of pairs of names that are compared for a file; that takes seconds.
_MAX_PAIRS = 500_000
#: Shorter names are too often part of another.
_MIN_CONTAINED_LENGTH = 5


class SimilarOrganisation(NamedTuple):
    """An organisation with a name that is nearly the same, or exactly (``is_same``)."""

    slug: str
    name: str
    kind: str
    is_same: bool


def similar_organisations(name: str, trajectory: Trajectory) -> list[SimilarOrganisation]:
    """Return the organisations of the municipality of the trajectory with nearly this name, the closest first."""
    wanted = fold(name)
    if not wanted:
        return []
    where = Q(municipality__in=("", trajectory.municipality)) if trajectory.municipality else Q()
    query = Organisation.objects.filter(where).order_by("name", "slug").values_list("slug", "name", "kind")
    rows = list(query[:MAX_COMPARED])
    found = [
        (likeness, SimilarOrganisation(*rows[place], is_same=likeness == 1))
        for place, likeness in _likenesses(wanted, [fold(known) for _slug, known, _kind in rows], _MIN_RATIO)
    ]
    found.sort(key=lambda pair: -pair[0])
    return [organisation for _likeness, organisation in found[:MAX_SIMILAR]]


def nearly_same_names(names: Iterable[str], recorded: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each of these names that is nearly the same as a recorded one or one before it, with the closest of those.

    Names with other numbers in them, such as those of districts, are not the same. In a very large file, the last names
    are not compared.
    """
    others = list(recorded)
    folded, compared = [fold(other) for other in others], 0
    for name in names:
        wanted = fold(name)
        compared += len(others)
        if compared > _MAX_PAIRS:
            return
        found = [
            (likeness, -place)
            for place, likeness in _likenesses(wanted, folded, _MIN_RATIO_IN_FILE)
            if _numbers_in(wanted) == _numbers_in(folded[place])
        ]
        if found:
            yield name, others[-max(found)[1]]
        others.append(name)
        folded.append(wanted)


def _likenesses(wanted: str, folded: Iterable[str], min_ratio: float) -> Iterator[tuple[int, float]]:
    """Yield the place of each folded name that is nearly the wanted one, and how alike they are; 1 is the same."""
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    for place, known in enumerate(folded):
        matcher.set_seq1(known)
        if known == wanted:
            yield place, 1.0
        elif _contains(known, wanted) or _contains(wanted, known):
            yield place, min_ratio
        elif (
            matcher.real_quick_ratio() >= min_ratio
            and matcher.quick_ratio() >= min_ratio
            and (ratio := matcher.ratio()) >= min_ratio
        ):
            yield place, ratio


def _contains(text: str, part: str) -> bool:
    return len(part) >= _MIN_CONTAINED_LENGTH and f" {part} " in f" {text} "


def _numbers_in(text: str) -> list[str]:
    return re.findall(r"\d+", text)
