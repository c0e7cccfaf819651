"""Neighbourhoods with their running trajectories and residents' associations."""

from collections.abc import Collection
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

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
    numbers = trajectory_counts(visible.running())
    rows = neighbourhoods.order_by("name", "slug").values_list("pk", "slug", "name", "district")
    return [NeighbourhoodCount(slug, name, district, numbers.get(pk, 0)) for pk, slug, name, district in rows]


class Inhabitants(NamedTuple):
    """A neighbourhood, its inhabitants in a year (None if not known), and whether the trajectory is about it."""

    name: str
    inhabitants: int | None
    year: int | None
    is_own: bool


def inhabitants_of(trajectory: int, others: Collection[str]) -> dict[str, Inhabitants]:
    """Return the neighbourhoods of a trajectory and these others, by slug; one query."""
    links = Trajectory.neighbourhoods.through.objects.filter(trajectory=trajectory, neighbourhood=OuterRef("pk"))
    rows = Neighbourhood.objects.annotate(is_own=Exists(links)).filter(Q(is_own=True) | Q(slug__in=others))
    columns = ("name", "inhabitants", "inhabitants_year", "is_own")
    return {slug: Inhabitants(*values) for slug, *values in rows.order_by("name").values_list("slug", *columns)}


def trajectory_counts(trajectories: QuerySet[Trajectory]) -> dict[int, int]:
    """Return the number of these trajectories by key of neighbourhood, where there are any; one query."""
    links = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=trajectories.order_by().values("pk"))
    return dict(links.order_by().values_list("neighbourhood_id").annotate(Count("pk")))


def districts_of(visible: QuerySet[Trajectory]) -> list[str]:
    """Return the districts with any of these trajectories, by name; one query."""
    links = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=visible.order_by().values("pk"))
    names = links.exclude(neighbourhood__district="").order_by("neighbourhood__district")
    return list(names.values_list("neighbourhood__district", flat=True).distinct())


def associations_of(neighbourhood: Neighbourhood) -> list[tuple[str, str]]:
    """Return the slugs and names of the residents' parties of this neighbourhood."""
    parties = Organisation.objects.filter(neighbourhoods=neighbourhood, kind__in=RESIDENTS_PARTIES)
    return list(parties.values_list("slug", "name"))
