"""How the figures are spread: over trajectories, over the rungs of the ladder of participation, and over districts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import quantiles
from typing import Any, Final, NamedTuple

from django.db.models import Count, QuerySet

from participation.compliance.vocabulary import LEVELS
from participation.models import Trajectory
from participation.selectors.obligations.facts import rows_known_at

from .city import OUTCOMES, CityFigures, Period
from .series import in_period

#: The minimum number of points that were due in a trajectory of which a percentage says something.
MIN_DUE: Final = 5
#: The bins of the percentage on time: the lowest percentage of each, and the one below which it ends.
BINS: Final = ((0, 20), (20, 40), (40, 60), (60, 80), (80, 101))


class TrajectoryFigures(NamedTuple):
    """A trajectory with the figures of what was due in it."""

    slug: str
    title: str
    municipality: str
    level: str
    figures: CityFigures

    @property
    def percentage(self) -> float:
        """Return how much of what was due was done on time, 0 to 100."""
        return self.figures.share("in_time") * 100


class Bin(NamedTuple):
    """The trajectories of which the percentage on time is at least ``first`` and less than ``end``, lowest first."""

    first: int
    end: int
    rows: list[TrajectoryFigures]


class GroupFigures(NamedTuple):
    """A group of trajectories, such as a district: its code or name, their number, and their figures."""

    name: str
    trajectories: int
    figures: CityFigures


class Spread(NamedTuple):
    """The spread of the figures.

    ``middle`` are the percentages below which a quarter, half and three quarters of the trajectories stay; empty for
    fewer than four. ``too_few`` is the number of trajectories in which too little was due for a percentage.
    """

    trajectories: list[TrajectoryFigures]
    bins: list[Bin]
    middle: Sequence[float]
    too_few: int
    levels: list[GroupFigures]
    districts: list[GroupFigures]


def spread(
    trajectories: QuerySet[Trajectory], figures: Mapping[str, CityFigures], levels: Mapping[int, str] | None = None
) -> Spread:
    """Return the spread of these figures by slug over these trajectories; two queries.

    A trajectory in several districts counts in each of them. The last level and district are "": not recorded.
    ``levels`` are those by primary key as known at another moment; districts are always those of now.
    """
    columns = ("pk", "slug", "title", "municipality", "level")
    found = {
        pk: TrajectoryFigures(
            slug, title, municipality, level if levels is None else levels[pk], figures.get(slug, CityFigures())
        )
        for pk, slug, title, municipality, level in trajectories.order_by("title", "slug").values_list(*columns)
    }
    judged = sorted((row for row in found.values() if row.figures.due >= MIN_DUE), key=lambda row: row.percentage)
    percentages = [row.percentage for row in judged]
    bins = [Bin(first, end, [row for row in judged if first <= row.percentage < end]) for first, end in BINS]
    by_level: dict[str, list[TrajectoryFigures]] = {level: [] for level in (*LEVELS, "")}
    for row in found.values():
        by_level[row.level].append(row)
    return Spread(
        list(found.values()),
        bins,
        quantiles(percentages, n=4, method="inclusive") if len(percentages) > 3 else (),
        sum(0 < row.figures.due < MIN_DUE for row in found.values()),
        [_group(level, rows) for level, rows in by_level.items() if level or rows],
        _by_district(trajectories, found),
    )


def figures_by_trajectory(obligations: QuerySet[Any], period: Period) -> dict[str, CityFigures]:
    """Return the figures of these obligations by the slug of their trajectory; one query."""
    outcomes = {status: place for place, statuses in enumerate(OUTCOMES.values()) for status in statuses}
    counts: dict[str, list[int]] = {}
    rows = in_period(obligations, period).order_by().values_list("trajectory__slug", "status").annotate(Count("pk"))
    for trajectory, status, number in rows:
        if status in outcomes:
            counts.setdefault(trajectory, [0] * len(OUTCOMES))[outcomes[status]] += number
    return {trajectory: CityFigures(*numbers) for trajectory, numbers in counts.items()}


def known_levels(trajectories: QuerySet[Trajectory], known_at: datetime) -> dict[int, str]:
    """Return the level of each of these trajectories as recorded by that moment, by primary key; one query."""
    rows = rows_known_at(Trajectory, known_at).filter(id__in=trajectories.order_by().values("pk"))
    return dict(rows.values_list("id", "level"))


def _by_district(trajectories: QuerySet[Trajectory], found: Mapping[int, TrajectoryFigures]) -> list[GroupFigures]:
    links = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=trajectories.order_by().values("pk"))
    pairs = set(links.order_by().values_list("neighbourhood__district", "trajectory_id").distinct())
    by_district: dict[str, list[TrajectoryFigures]] = {}
    placed = set()
    for district, pk in sorted(pairs):
        if district and pk in found:
            by_district.setdefault(district, []).append(found[pk])
            placed.add(pk)
    groups = [_group(district, rows) for district, rows in by_district.items()]
    rest = [row for pk, row in found.items() if pk not in placed]
    return [*groups, _group("", rest)] if rest else groups


def _group(name: str, rows: Iterable[TrajectoryFigures]) -> GroupFigures:
    found = list(rows)
    figures = (
        CityFigures(*(sum(numbers) for numbers in zip(*(row.figures for row in found), strict=True)))
        if found
        else CityFigures()
    )
    return GroupFigures(name, len(found), figures)
