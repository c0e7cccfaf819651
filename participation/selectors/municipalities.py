"""The municipalities for which an installation works, and their names."""

from django.db.models import QuerySet, Subquery

from participation.models import Organisation, Trajectory


class MunicipalityNames(dict[str, str]):
    """Names by slug; a municipality that is not recorded as an organisation has its slug as its name."""

    def __missing__(self, slug: str) -> str:
        """Return the slug."""
        return slug


def municipality_names() -> MunicipalityNames:
    """Return the names of all municipalities; one query."""
    return MunicipalityNames(Organisation.objects.filter(kind="municipality").values_list("slug", "name"))


def municipalities_of(trajectories: QuerySet[Trajectory]) -> dict[str, str]:
    """Return the municipalities of these trajectories, slug and name, by name; at most three queries.

    None where the installation works for one: then there is nothing to choose from, and naming it says nothing.
    """
    # Whether one comes after the first in the index, instead of the distinct values of a large table.
    first = Trajectory.objects.filter(municipality__gt="").order_by("municipality").values("municipality")[:1]
    # In its order, because PostgreSQL expects one soon in any order, and reads the table in vain where there is none.
    second = Trajectory.objects.filter(municipality__gt=Subquery(first)).order_by("municipality").values("pk")[:1]
    if not second:
        return {}
    names = municipality_names()
    slugs = trajectories.filter(municipality__gt="").order_by().values_list("municipality", flat=True).distinct()
    return dict(sorted(((slug, names[slug]) for slug in slugs), key=lambda row: (row[1].casefold(), row[0])))
