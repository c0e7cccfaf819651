"""Neighbourhoods with what runs there, and who speaks for their residents."""

from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, QuerySet

from participation.compliance.vocabulary import RESIDENTS_PARTIES
from participation.models import Neighbourhood, Organisation, Trajectory


class Place(NamedTuple):
    """A neighbourhood, and how many trajectories run there or are planned."""

    slug: str
    name: str
    district: str
    running: int


def running(shown: QuerySet[Trajectory]) -> QuerySet[Trajectory]:
    """Return those of these that are not closed and do not look back."""
    return shown.filter(retrospective=False).exclude(status="closed")


def by_district(shown: QuerySet[Trajectory]) -> list[tuple[str, list[Place]]]:
    """Return the districts by name, each with its neighbourhoods by name; what lies in none comes last, under "".

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


def counted(places: QuerySet[Neighbourhood], shown: QuerySet[Trajectory]) -> list[Place]:
    """Return these neighbourhoods by name, each with how many of these trajectories run there; two queries."""
    near = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=running(shown).order_by().values("pk"))
    numbers = dict(near.order_by().values_list("neighbourhood_id").annotate(Count("pk")))
    named = places.order_by("name", "slug").values_list("pk", "slug", "name", "district")
    return [Place(slug, name, district, numbers.get(pk, 0)) for pk, slug, name, district in named]


def associations_of(place: Neighbourhood) -> list[str]:
    """Return the names of the residents' parties of this neighbourhood."""
    parties = Organisation.objects.filter(neighbourhoods=place, kind__in=RESIDENTS_PARTIES)
    return list(parties.values_list("name", flat=True))
