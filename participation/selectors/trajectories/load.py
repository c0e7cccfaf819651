"""What is asked of people week by week: meetings, last days to react and papers, and weeks in which it is much."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from participation.compliance.vocabulary import INPUT_STEP_KINDS
from participation.models import Document, Neighbourhood, Organisation, PlanActor, Step, Trajectory
from participation.models.steps import LAST_DAY

#: How far ahead people want to know it, and how near another week must be to be of use.
WEEKS_AHEAD: Final = 6
#: How many weeks the page of an organisation or neighbourhood shows.
WEEKS_SHOWN: Final = 12
_WEEKS_NEAR: Final = 3
#: A date that is less sure than this says nothing about a week.
_MAX_SPAN: Final = timedelta(days=6)


class Asked(NamedTuple):
    """Something that is asked of people: to come on ``day``, or with ``is_last_day`` to react by then at the latest.

    ``documents`` are the refs of what they are asked to read for it.
    """

    day: date
    is_last_day: bool
    kind: str
    method: str
    title: str
    ref: str
    trajectory: int
    slug: str
    trajectory_title: str
    documents: Sequence[str] = ()

    @property
    def week(self) -> date:
        """Return the Monday of the week."""
        return week_of(self.day)


class Papers(NamedTuple):
    """Documents to read: how many, their pages together as far as known, and of how many the pages are not known."""

    number: int
    pages: int
    uncounted: int


class AskedWeek(NamedTuple):
    """A week by its Monday: what is asked, what there is to read for it, and whether it is too much."""

    week: date
    items: Sequence[Asked]
    papers: Papers
    is_busy: bool

    @property
    def meetings(self) -> int:
        """Return the number of things to come to."""
        return len(self.items) - self.last_days

    @property
    def last_days(self) -> int:
        """Return the number of last days to react."""
        return sum(item.is_last_day for item in self.items)


class Overlap(NamedTuple):
    """Two trajectories that ask the same people something in the same weeks: their titles and slugs, and the weeks."""

    first: tuple[str, str]
    second: tuple[str, str]
    weeks: tuple[date, ...]


def week_of(day: date) -> date:
    """Return the Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def asked_of_people(trajectories: QuerySet[Trajectory], first: date, last: date) -> list[Asked]:
    """Return what these trajectories, as far as they run, ask from the first to the last day, by day; one query."""
    keys = trajectories.filter(retrospective=False).exclude(status="closed").order_by().values("pk")
    # Each alternative as its index has it: the last day of what is not done is the one planned.
    within = Q(last_day__gte=first, last_day__lte=last, done=None)
    within |= Q(closes__isnull=False, closes__latest__gte=first, closes__latest__lte=last)
    steps = Step.objects.alias(last_day=LAST_DAY)
    rows = steps.filter(within, trajectory__in=keys, kind__in=INPUT_STEP_KINDS, cancelled=False).order_by("pk")
    columns = ("kind", "method", "title", "ref", "trajectory_id", "trajectory__slug", "trajectory__title", "documents")
    found = []
    for planned, done, closes, *values in rows.values_list("planned", "done", "closes", *columns):
        days = [(None if done else _day(planned), False), (_day(closes), True)]
        found += [Asked(day, is_last, *values) for day, is_last in days if day and first <= day <= last]
    return sorted(found, key=lambda item: (item.day, item.trajectory_title, item.ref))


def asks_the_same_people(trajectory: Trajectory, visible: QuerySet[Trajectory]) -> QuerySet[Trajectory]:
    """Return which of these are about the same neighbourhoods, or have the same parties in the plan."""
    places = trajectory.neighbourhoods.values("pk")
    parties = PlanActor.objects.filter(plan__trajectory=trajectory).values("organisation")
    near = Trajectory.neighbourhoods.through.objects.filter(neighbourhood__in=places).values("trajectory")
    acting = PlanActor.objects.filter(organisation__in=parties).values("plan__trajectory")
    return visible.filter(Q(pk__in=near) | Q(pk__in=acting) | Q(pk=trajectory.pk))


def asked_by(visible: QuerySet[Trajectory], of: Neighbourhood | Organisation) -> QuerySet[Trajectory]:
    """Return which of these are about a neighbourhood, or about one of an organisation or with it in the plan."""
    if isinstance(of, Neighbourhood):
        return visible.filter(neighbourhoods=of)
    near = Trajectory.neighbourhoods.through.objects.filter(neighbourhood__organisations=of).values("trajectory")
    acting = PlanActor.objects.filter(organisation=of).values("plan__trajectory")
    return visible.filter(Q(pk__in=near) | Q(pk__in=acting))


def pages_by_document(asked: Iterable[Asked]) -> Mapping[tuple[int, str], int | None]:
    """Return the pages of each document to read, None where not known, by trajectory and ref; at most one query."""
    wanted = {(item.trajectory, ref) for item in asked for ref in item.documents}
    if not wanted:
        return {}
    rows = Document.objects.filter(trajectory__in={trajectory for trajectory, _ref in wanted}).order_by()
    found = rows.filter(ref__in={ref for _trajectory, ref in wanted}).values_list("trajectory_id", "ref", "pages")
    return {(trajectory, ref): pages for trajectory, ref, pages in found if (trajectory, ref) in wanted}


def papers_of(asked: Iterable[Asked], pages: Mapping[tuple[int, str], int | None]) -> Papers:
    """Return what there is to read for these, each document once."""
    refs = {(item.trajectory, ref) for item in asked for ref in item.documents} & pages.keys()
    known = [number for ref in refs if (number := pages[ref]) is not None]
    return Papers(len(refs), sum(known), len(refs) - len(known))


def by_week(asked: Iterable[Asked]) -> Mapping[date, list[Asked]]:
    """Return what is asked by the Monday of its week."""
    found: dict[date, list[Asked]] = defaultdict(list)
    for item in asked:
        found[item.week].append(item)
    return found


def quieter_week(counts: Mapping[date, int], week: date, today: date, busy: int) -> date | None:
    """Return the nearest week to come in which one more is not too much, None if there is none near."""
    for distance in range(1, _WEEKS_NEAR + 1):
        for near in (week + timedelta(weeks=distance), week - timedelta(weeks=distance)):
            if near > today and counts.get(near, 0) + 1 < busy:
                return near
    return None


def near_weeks(week: date) -> tuple[date, date]:
    """Return the first and last day of the weeks among which ``quieter_week`` chooses."""
    return week - timedelta(weeks=_WEEKS_NEAR), week + timedelta(weeks=_WEEKS_NEAR + 1) - timedelta(days=1)


def overlaps(trajectories: QuerySet[Trajectory], today: date) -> list[Overlap]:
    """Return the pairs that ask people of the same neighbourhood, or the same party, in the same week; three queries.

    Those with the most weeks in common come first.
    """
    asked = asked_of_people(trajectories, today, today + timedelta(weeks=WEEKS_AHEAD))
    names = {item.trajectory: (item.trajectory_title, item.slug) for item in asked}
    people = _people(names)
    by_people: dict[tuple[date, tuple[str, int]], set[int]] = defaultdict(set)
    for item in asked:
        for who in people[item.trajectory]:
            by_people[item.week, who].add(item.trajectory)
    weeks: dict[tuple[int, int], set[date]] = defaultdict(set)
    for (week, _who), keys in by_people.items():
        for pair in combinations(sorted(keys)[:_MAX_COMPARED], 2):
            weeks[pair].add(week)
    found = [Overlap(names[one], names[other], tuple(sorted(common))) for (one, other), common in weeks.items()]
    return sorted(found, key=lambda overlap: (-len(overlap.weeks), overlap.first, overlap.second))


#: Trajectories of one neighbourhood in one week that are compared with each other.
_MAX_COMPARED: Final = 20


def _people(keys: Collection[int]) -> Mapping[int, set[tuple[str, int]]]:
    found: dict[int, set[tuple[str, int]]] = defaultdict(set)
    places = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=keys).order_by()
    for trajectory, place in places.values_list("trajectory_id", "neighbourhood_id"):
        found[trajectory].add(("neighbourhood", place))
    parties = PlanActor.objects.filter(plan__trajectory__in=keys).order_by()
    for trajectory, party in parties.values_list("plan__trajectory", "organisation_id"):
        found[trajectory].add(("party", party))
    return found


def weeks_ahead(asked: Sequence[Asked], busy: int) -> list[AskedWeek]:
    """Return the weeks in which something is asked; at most one query."""
    pages = pages_by_document(asked)
    return [
        AskedWeek(week, items, papers_of(items, pages), len(items) >= busy)
        for week, items in sorted(by_week(asked).items())
    ]


def coming_weeks(trajectories: QuerySet[Trajectory], today: date, busy: int) -> list[AskedWeek]:
    """Return this week and those after it, also the empty ones; two queries. Of this week, the days from today on."""
    first = week_of(today)
    asked = asked_of_people(trajectories, today, first + timedelta(weeks=WEEKS_SHOWN) - timedelta(days=1))
    found = {row.week: row for row in weeks_ahead(asked, busy)}
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS_SHOWN)]
    return [found.get(week) or AskedWeek(week, (), Papers(0, 0, 0), False) for week in weeks]


def _day(when: object) -> date | None:
    """Return the last day of an imprecise date, None where it does not say in which week it is."""
    earliest, latest = getattr(when, "earliest", None), getattr(when, "latest", None)
    return latest if earliest and latest and latest - earliest <= _MAX_SPAN else None
