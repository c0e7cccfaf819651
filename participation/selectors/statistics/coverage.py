"""With which districts and groups people spoke, and when last: activities that took place, by district and by group."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from participation.compliance.reach import folded
from participation.models import Neighbourhood, Plan, Step, Trajectory
from participation.models.suggested import TARGET_GROUPS

from .city import Period

_ROWS_AT_A_TIME = 2_000


class Covered(NamedTuple):
    """A district or group: the last day on which people spoke with it (None if never), and how often since a day."""

    name: str
    last: date | None
    number: int

    def is_missed(self, since: date) -> bool:
        """Return whether nobody spoke with it since that day."""
        return self.last is None or self.last < since


class Coverage(NamedTuple):
    """The districts and the groups, those with which nobody spoke for longest first.

    A district that is not named is called by its neighbourhood; a group is a code or a text, as recorded.
    """

    districts: list[Covered]
    groups: list[Covered]


class Reached(NamedTuple):
    """An activity that took place: its trajectory, key, ref and last day, and the districts and groups it reached."""

    trajectory: str
    step: int
    ref: str
    day: date
    districts: set[str]
    groups: set[str]


class Audiences:
    """The districts and groups with which people can speak, and the activities that reached them; four queries.

    A district that is not named is called by its neighbourhood.
    """

    def __init__(self, trajectories: QuerySet[Trajectory], municipality: str = "") -> None:
        """Read the districts, those of one municipality where it is named, and the groups of the plans."""
        places = Neighbourhood.objects.all()
        if municipality:
            places = places.filter(municipality=municipality)
        columns = ("pk", "slug", "district", "name")
        rows = places.order_by("district", "name").values_list(*columns)
        district_of = {pk: (slug, district or name) for pk, slug, district, name in rows}
        self.keys = trajectories.order_by().values("pk")
        self.by_slug = dict(district_of.values())
        self.own: dict[int, set[str]] = defaultdict(set)
        links = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=self.keys).order_by()
        for trajectory, place in links.values_list("trajectory_id", "neighbourhood_id"):
            if place in district_of:
                self.own[trajectory].add(district_of[place][1])

    @property
    def districts(self) -> list[str]:
        """Return the names of the districts; one may stand there more than once."""
        return list(self.by_slug.values())

    def groups(self) -> Iterator[str]:
        """Yield the groups that are known beforehand, and those of plans; one query."""
        yield from TARGET_GROUPS
        planned = Plan.objects.filter(trajectory__in=self.keys).exclude(target_groups=[]).order_by()
        for rows in planned.values_list("target_groups", flat=True).iterator(_ROWS_AT_A_TIME):
            yield from (row["group"] for row in rows if row.get("group"))

    def activities(self, today: date) -> Iterator[Reached]:
        """Yield the activities of these trajectories up to that day; one query.

        An activity covers the neighbourhoods of its trajectory, and the neighbourhoods and groups that it reached.
        """
        steps = Step.objects.filter(done__latest__lte=today, trajectory__in=self.keys, kind="activity", cancelled=False)
        columns = ("trajectory_id", "trajectory__slug", "pk", "ref", "done", "reach_groups", "reach_neighbourhoods")
        found = steps.order_by("pk").values_list(*columns).iterator(_ROWS_AT_A_TIME)
        for trajectory, slug, pk, ref, done, of_groups, of_places in found:
            reached = {self.by_slug[row["slug"]] for row in _reached(of_places) if row.get("slug") in self.by_slug}
            if trajectory in self.own:
                reached |= self.own[trajectory]
            groups = {row["group"] for row in _reached(of_groups) if row.get("group")}
            yield Reached(slug, pk, ref, done.latest, reached, groups)


def coverage(trajectories: QuerySet[Trajectory], since: date, today: date, municipality: str = "") -> Coverage:
    """Return the coverage by the activities of these trajectories up to today; four queries, however many there are."""
    audiences = Audiences(trajectories, municipality)
    districts, groups = _Days(since, audiences.districts), _Days(since, audiences.groups())
    for activity in audiences.activities(today):
        districts.add(activity.day, activity.districts)
        groups.add(activity.day, activity.groups)
    return Coverage(districts.rows(), groups.rows())


class CoverageLine(NamedTuple):
    """A district or group and an activity that reached it: the slug of the trajectory, its ref and its last day.

    One without an activity says that the district or group is there to speak with.
    """

    kind: str
    name: str
    trajectory: str = ""
    ref: str = ""
    day: date | None = None


def coverage_lines(trajectories: QuerySet[Trajectory], today: date, municipality: str = "") -> Iterator[CoverageLine]:
    """Yield the lines from which ``coverage`` can be counted again; four queries."""
    audiences = Audiences(trajectories, municipality)
    names: dict[str, dict[str, str]] = {"district": {}, "group": {}}
    for kind, beforehand in (("district", audiences.districts), ("group", audiences.groups())):
        for name in beforehand:
            names[kind].setdefault(folded(name), name)
        yield from (CoverageLine(kind, name) for name in names[kind].values())
    for activity in audiences.activities(today):
        for kind, reached in (("district", activity.districts), ("group", activity.groups)):
            for key in sorted({folded(name) for name in reached}):
                spelled = min(name for name in reached if folded(name) == key)
                name = names[kind].setdefault(key, spelled)
                yield CoverageLine(kind, name, activity.trajectory, activity.ref, activity.day)


def activities_with(
    trajectories: QuerySet[Trajectory],
    period: Period,
    municipality: str = "",
    district: str = "",
    group: str = "",
) -> list[int]:
    """Return the keys of the activities in this period that reached this district and this group; four queries."""
    audiences = Audiences(trajectories, municipality)
    return [
        activity.step
        for activity in audiences.activities(period.on)
        if (period.first is None or activity.day >= period.first)
        and (not district or folded(district) in map(folded, activity.districts))
        and (not group or folded(group) in map(folded, activity.groups))
    ]


def _reached(rows: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (row for row in rows if row.get("count") != 0)


class _Days:
    """The last day and the number of activities by name, for names that are known beforehand and others."""

    def __init__(self, since: date, names: Iterable[str]) -> None:
        self.since = since
        self.names: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.last: dict[str, date] = {}
        self.counts: dict[str, int] = defaultdict(int)
        self.name(names)

    def name(self, names: Iterable[str]) -> None:
        for name in names:
            self.names.setdefault(folded(name), name)

    def add(self, day: date, names: Iterable[str]) -> None:
        spelled: dict[str, str] = {}
        for name in sorted(names):
            # The same few names come back for every activity.
            key = self.keys.get(name) or self.keys.setdefault(name, folded(name))
            spelled.setdefault(key, name)
        for key, name in spelled.items():
            self.names.setdefault(key, name)
            self.last[key] = max(day, self.last.get(key, day))
            self.counts[key] += day >= self.since

    def rows(self) -> list[Covered]:
        found = [Covered(name, self.last.get(key), self.counts[key]) for key, name in self.names.items()]
        return sorted(found, key=lambda row: (row.last or date.min, folded(row.name)))
