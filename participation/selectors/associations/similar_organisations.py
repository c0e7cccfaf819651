"""Organisations whose name is nearly the same as one that somebody typed."""

from difflib import SequenceMatcher
from typing import NamedTuple

from django.db.models import Q

from participation.models import Organisation, Trajectory
from participation.models.searching import fold

#: Maximum number of names that are compared, and of organisations that are returned.
MAX_COMPARED, MAX_SIMILAR = 5_000, 5
#: How alike two names are, from 0 to 1, from which somebody is asked whether they are the same.
_MIN_RATIO = 0.75
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
    rows = Organisation.objects.filter(where).order_by("name", "slug").values_list("slug", "name", "kind")
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    found = []
    for slug, known, kind in rows[:MAX_COMPARED]:
        folded = fold(known)
        matcher.set_seq1(folded)
        if folded == wanted:
            found.append((1.0, SimilarOrganisation(slug, known, kind, True)))
        elif _contains(folded, wanted) or _contains(wanted, folded):
            found.append((_MIN_RATIO, SimilarOrganisation(slug, known, kind, False)))
        elif matcher.real_quick_ratio() >= _MIN_RATIO and (ratio := matcher.ratio()) >= _MIN_RATIO:
            found.append((ratio, SimilarOrganisation(slug, known, kind, False)))
    found.sort(key=lambda pair: -pair[0])
    return [organisation for _ratio, organisation in found[:MAX_SIMILAR]]


def _contains(text: str, part: str) -> bool:
    return len(part) >= _MIN_CONTAINED_LENGTH and f" {part} " in f" {text} "
