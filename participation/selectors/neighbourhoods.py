"""Neighbourhoods with their running trajectories and residents' associations."""

from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, QuerySet

from participation.compliance.vocabulary import RESIDENTS_PARTIES
from participation.models import Neighbourhood, Organisation, Trajectory


class NeighbourhoodCount(NamedTuple):
    """A neighbourhood, with the number of trajectories that are running or planned there."""

    slug: str
    name: str
    district: str
    running: int


def running(shown: QuerySet[Trajectory]) -> QuerySet[Trajectory]:
    """Return the trajectories that are neither closed nor retrospective."""
    return shown.filter(retrospective=False).exclude(status="closed")


def by_district(shown: QuerySet[Trajectory]) -> list[tuple[str, list[NeighbourhoodCount]]]:
    """Return the districts by name, each with its neighbourhoods by name; those without a district come last, under "".

    Two queries, however many there are.
    """
    places = counted(Neighbourhood.objects.all(), shown)
    found = [
        (district, list(rows))
        for district, rows in groupby(
            sorted(places, key=lambda place: place.district), key=lambda place: place.district
        )
    ]
    return sorted(found, key=lambda group: not group[0])


def counted(places: QuerySet[Neighbourhood], shown: QuerySet[Trajectory]) -> list[NeighbourhoodCount]:
    """Return these neighbourhoods by name, each with the number of its running trajectories; two queries."""
    near = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=running(shown).order_by().values("pk"))
    numbers = dict(near.order_by().values_list("neighbourhood_id").annotate(Count("pk")))
    named = places.order_by("name", "slug").values_list("pk", "slug", "name", "district")
    return [NeighbourhoodCount(slug, name, district, numbers.get(pk, 0)) for pk, slug, name, district in named]


def associations_of(place: Neighbourhood) -> list[str]:
    """Return the names of the residents' parties of this neighbourhood."""
    parties = Organisation.objects.filter(neighbourhoods=place, kind__in=RESIDENTS_PARTIES)
    return list(parties.values_list("name", flat=True))
