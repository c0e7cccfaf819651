"""The places of the council's page: neighbourhoods to choose from, numbers for its map, and who was not spoken with."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet

from participation.compliance.reach import ReachSum, folded, published_reach, summed_counts
from participation.compliance.rulebooks import Rulebooks
from participation.models import Neighbourhood, Obligation, Plan, Step, Trajectory
from participation.models.suggested import TARGET_GROUPS
from participation.selectors.obligations.judging import under_rules
from participation.selectors.obligations.status_expressions import with_status
from participation.selectors.published_reach import COLUMNS

_ROWS_AT_A_TIME: Final = 2_000


class CouncilPlace(NamedTuple):
    """A neighbourhood: whether a chosen-from trajectory is about it, and whether people spoke with it in the period."""

    slug: str
    name: str
    district: str
    municipality: str
    is_chosen_from: bool
    was_spoken_with: bool


class Missed(NamedTuple):
    """The districts and groups with which nobody spoke in a period, by name; a group is a code or a text."""

    districts: list[str]
    groups: list[str]


def council_places(
    running: QuerySet[Trajectory], visible: QuerySet[Trajectory], since: date, today: date
) -> list[CouncilPlace]:
    """Return the neighbourhoods by name; one query.

    ``running`` are the trajectories that can be chosen from, ``visible`` those whose activities count from ``since``.
    """
    has_running = Exists(running.order_by().filter(neighbourhoods=OuterRef("pk")))
    spoken = Exists(activities(visible, since, today).filter(trajectory__neighbourhoods=OuterRef("pk")))
    rows = Neighbourhood.objects.annotate(has_running=has_running, spoken=spoken).order_by("name", "slug")
    columns = ("slug", "name", "district", "municipality", "has_running", "spoken")
    return [CouncilPlace(*row) for row in rows.values_list(*columns)]


def activities(trajectories: QuerySet[Trajectory], since: date, today: date) -> QuerySet[Any]:
    """Return the activities of these trajectories that took place from ``since`` to ``today``, in no order."""
    found: QuerySet[Any] = Step.objects.filter(
        trajectory__in=trajectories.order_by().values("pk"),
        kind="activity",
        cancelled=False,
        done__latest__gte=since,
        done__latest__lte=today,
    )
    return found.order_by()


def missed_since(
    places: Collection[CouncilPlace], trajectories: QuerySet[Trajectory], since: date, today: date
) -> Missed:
    """Return with which districts of these places, and which groups, nobody spoke since that day; two queries.

    It counts as ``selectors/statistics/coverage.py`` does, which reads every activity there ever was to say when.
    """
    district_of = {place.slug: place.district or place.name for place in places}
    districts = _Names(district_of.values())
    districts.leave_out(place.district or place.name for place in places if place.was_spoken_with)
    groups = _Names(TARGET_GROUPS)
    plans = Plan.objects.filter(trajectory__in=trajectories.order_by().values("pk")).exclude(target_groups=[])
    for rows in plans.order_by().values_list("target_groups", flat=True).iterator(_ROWS_AT_A_TIME):
        groups.add(row["group"] for row in rows if row.get("group"))
    reached = activities(trajectories, since, today).exclude(reach_groups=[], reach_neighbourhoods=[])
    for of_groups, of_places in reached.values_list("reach_groups", "reach_neighbourhoods").iterator(_ROWS_AT_A_TIME):
        groups.leave_out(row["group"] for row in of_groups if row.get("group") and row.get("count") != 0)
        districts.leave_out(
            district_of[row["slug"]] for row in of_places if row.get("slug") in district_of and row.get("count") != 0
        )
    return Missed(districts.rest(), groups.rest())


def overdue_by_place(
    trajectories: QuerySet[Trajectory], rulebooks: Rulebooks, today: date, strengths: Collection[str]
) -> Mapping[str, int]:
    """Return how many obligations are overdue under rules of these strengths, by neighbourhood; one query."""
    wanted = under_rules(rulebooks, lambda rule: rule.strength in strengths, ("trajectory",))
    rows = with_status(Obligation.objects.open().for_trajectories(trajectories).filter(wanted), today)
    return _counted(rows.filter(status="overdue"))


def activities_by_place(trajectories: QuerySet[Trajectory], since: date, today: date) -> Mapping[str, int]:
    """Return how many activities took place, by the neighbourhoods that their trajectories are about; one query."""
    return _counted(activities(trajectories, since, today))


def _counted(rows: QuerySet[Any]) -> Mapping[str, int]:
    slug = "trajectory__neighbourhoods__slug"
    found = rows.filter(**{f"{slug}__isnull": False}).order_by().values_list(slug)
    return dict(found.annotate(number=Count("pk")))


def reach_by_place(trajectories: QuerySet[Trajectory], since: date, today: date) -> Mapping[str, ReachSum]:
    """Return how many people were reached, by the neighbourhood they came from, made of published counts; one query."""
    rows = activities(trajectories, since, today).exclude(reach_neighbourhoods=[])
    published = (published_reach(*columns) for columns in rows.values_list(*COLUMNS).iterator(_ROWS_AT_A_TIME))
    return summed_counts(count for reach in published for count in reach.neighbourhoods)


class _Names:
    """Names in the way they were first written, without those that are left out."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names: dict[str, str] = {}
        self.left_out: set[str] = set()
        self.add(names)

    def add(self, names: Iterable[str]) -> None:
        for name in names:
            self.names.setdefault(folded(name), name)

    def leave_out(self, names: Iterable[str]) -> None:
        self.left_out.update(map(folded, names))

    def rest(self) -> list[str]:
        return [name for key, name in sorted(self.names.items()) if key not in self.left_out]
