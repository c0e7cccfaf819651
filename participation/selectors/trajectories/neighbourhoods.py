"""Neighbourhoods with their running trajectories and residents' associations."""

from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, QuerySet

from participation.compliance.vocabulary import RESIDENTS_PARTIES
from participation.models import Neighbourhood, Organisation, Trajectory
from participation.models.trajectories import TrajectoryQuerySet


class NeighbourhoodCount(NamedTuple):
    """A neighbourhood, with the number of trajectories that are running or planned there."""

    slug: str
    name: str
    district: str
    running: int


def neighbourhoods_by_district(visible: TrajectoryQuerySet) -> list[tuple[str, list[NeighbourhoodCount]]]:
    """Return the districts by name, each with its neighbourhoods by name; those without a district come last, under "".

    Two queries, however many there are.
    """
    neighbourhoods = neighbourhood_counts(Neighbourhood.objects.all(), visible)
    found = [
        (district, list(rows))
        for district, rows in groupby(
            sorted(neighbourhoods, key=lambda neighbourhood: neighbourhood.district),
            key=lambda neighbourhood: neighbourhood.district,
        )
    ]
    return sorted(found, key=lambda group: not group[0])


def neighbourhood_counts(
    neighbourhoods: QuerySet[Neighbourhood], visible: TrajectoryQuerySet
) -> list[NeighbourhoodCount]:
    """Return these neighbourhoods by name, each with the number of its running trajectories; two queries."""
    links = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=visible.running().order_by().values("pk"))
    numbers = dict(links.order_by().values_list("neighbourhood_id").annotate(Count("pk")))
    rows = neighbourhoods.order_by("name", "slug").values_list("pk", "slug", "name", "district")
    return [NeighbourhoodCount(slug, name, district, numbers.get(pk, 0)) for pk, slug, name, district in rows]


def association_names(neighbourhood: Neighbourhood) -> list[str]:
    """Return the names of the residents' parties of this neighbourhood."""
    parties = Organisation.objects.filter(neighbourhoods=neighbourhood, kind__in=RESIDENTS_PARTIES)
    return list(parties.values_list("name", flat=True))
