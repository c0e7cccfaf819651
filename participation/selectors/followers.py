"""What can be followed, its followers, and the days in its calendar; public trajectories only."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q, QuerySet

from participation.compliance.dates import ImpreciseDate
from participation.models import Follower, Neighbourhood, Organisation, Step, Trajectory
from participation.selectors.trajectories.load import asked_by


class FollowedTarget(NamedTuple):
    """A trajectory or neighbourhood that can be followed, or an organisation: its kind, key, slug and name."""

    kind: str
    pk: int
    slug: str
    title: str

    @property
    def trajectories(self) -> QuerySet[Trajectory]:
        """Return the public trajectories of which its followers are notified."""
        public = Trajectory.objects.visible_to(None)
        if self.kind == "organisation":
            return asked_by(public, Organisation(pk=self.pk))
        return public.filter(pk=self.pk) if self.kind == "trajectory" else public.filter(neighbourhoods=self.pk)


def followed_trajectory(slug: str) -> FollowedTarget | None:
    """Return the public trajectory with this slug, or None."""
    row = Trajectory.objects.visible_to(None).filter(slug=slug).values_list("pk", "slug", "title").first()
    return FollowedTarget("trajectory", *row) if row else None


def organisation_target(slug: str) -> FollowedTarget | None:
    """Return the organisation with this slug, None if it is not public: it has a calendar, and no followers."""
    row = Organisation.objects.visible_to(None).filter(slug=slug).values_list("pk", "slug", "name").first()
    return FollowedTarget("organisation", *row) if row else None


def followed_neighbourhood(slug: str) -> FollowedTarget | None:
    """Return the neighbourhood with this slug, or None."""
    row = Neighbourhood.objects.filter(slug=slug).values_list("pk", "slug", "name").first()
    return FollowedTarget("neighbourhood", *row) if row else None


def follower_by_token(token: str) -> Follower | None:
    """Return the follower with this token, or None: who unfollowed has none."""
    return Follower.objects.select_related("trajectory", "neighbourhood").filter(token=token).first()


def followed_target(follower: Follower) -> FollowedTarget | None:
    """Return what this follower follows, or None where it is no longer public: then not even its name is disclosed."""
    trajectory, neighbourhood = follower.trajectory, follower.neighbourhood
    if neighbourhood is not None:
        return FollowedTarget("neighbourhood", neighbourhood.pk, neighbourhood.slug, neighbourhood.name)
    if trajectory is None or not trajectory.public:
        return None
    return FollowedTarget("trajectory", trajectory.pk, trajectory.slug, trajectory.title)


def trajectories_followed(followers: Sequence[Follower]) -> dict[int, frozenset[int]]:
    """Return the keys of the public trajectories that each of these follows, by key of the follower; one query."""
    neighbourhoods = {follower.neighbourhood_id for follower in followers if follower.neighbourhood_id}
    through = Trajectory.neighbourhoods.through.objects.filter(
        neighbourhood__in=neighbourhoods, trajectory__public=True
    )
    near: dict[int, set[int]] = defaultdict(set)
    for neighbourhood, trajectory in through.values_list("neighbourhood_id", "trajectory_id"):
        near[neighbourhood].add(trajectory)
    return {
        follower.pk: frozenset(near[follower.neighbourhood_id])
        if follower.neighbourhood_id
        else frozenset(pk for pk in [follower.trajectory_id] if pk)
        for follower in followers
    }


class CalendarDay(NamedTuple):
    """A step in a calendar, with its trajectory's slug and title.

    ``when`` is the day on which it was done, else for which it is planned. ``recorded_at`` is the moment of the latest
    row of its history, ``version`` the number of earlier rows (SEQUENCE in RFC 5545).
    """

    slug: str
    trajectory: str
    ref: str
    kind: str
    method: str
    title: str
    when: ImpreciseDate | None
    starts_at: time | None
    ends_at: time | None
    closes: ImpreciseDate | None
    cancelled: bool
    place_name: str
    place_address: str
    place_accessible: bool | None
    place_online_url: str
    sign_up_url: str
    description: str
    recorded_at: datetime | None
    version: int


def calendar_days(trajectories: QuerySet[Trajectory]) -> list[CalendarDay]:
    """Return the steps of these trajectories that have a day, or a closing day, in order; two queries."""
    rows = Step.objects.filter(trajectory__in=trajectories.order_by().values("pk"))
    dated = rows.filter(
        Q(done__latest__isnull=False)
        | Q(done__isnull=True, planned__latest__isnull=False)
        | Q(closes__latest__isnull=False)
    )
    lines: dict[int, tuple[datetime, int]] = {
        pk: (at, count)
        for pk, at, count in Step.history.filter(id__in=dated.order_by().values("pk"))
        .order_by()
        .values("id")
        .annotate(at=Max("history_date"), count=Count("history_id"))
        .values_list("id", "at", "count")
    }
    columns = ("trajectory__slug", "trajectory__title", "ref", "kind", "method", "title")
    rest = ("starts_at", "ends_at", "closes", "cancelled")
    place = ("place_name", "place_address", "place_accessible", "place_online_url", "sign_up_url", "description")
    found = []
    for row in dated.values_list("pk", "done", "planned", *columns, *rest, *place):
        (pk, done, planned), named, times = row[:3], row[3:9], row[9:]
        at, count = lines.get(pk, (None, 1))
        found.append(CalendarDay._make((*named, done or planned, *times, at, count - 1)))
    return sorted(found, key=_sort_key)


def _sort_key(day: CalendarDay) -> tuple[Any, ...]:
    when = day.when or day.closes
    return (when.sort_key if when else (date.max, date.max), day.slug, day.ref)


def count_unconfirmed_since(moment: datetime, email: str) -> int:
    """Return the number of requests to follow from this address since that moment that were not confirmed."""
    unconfirmed = Follower.objects.filter(email_key=email, confirmed_at__isnull=True, asked_at__gt=moment)
    return unconfirmed.count()


def due_followers(moments: dict[str, datetime]) -> QuerySet[Follower]:
    """Return the confirmed followers whose last notification is older than the moment given for their frequency."""
    due = Q(pk__in=())
    for frequency, moment in moments.items():
        due |= Q(frequency=frequency, notified_until__lt=moment)
    return Follower.objects.confirmed().filter(due).order_by("pk")


def followers_by_keys(keys: Collection[int]) -> list[Follower]:
    """Return these followers with what they follow, in order of primary key."""
    rows = Follower.objects.select_related("trajectory", "neighbourhood").filter(pk__in=keys)
    return list(rows.order_by("pk"))


def last_recorded_at(followed: FollowedTarget) -> datetime | None:
    """Return when the followed trajectory or neighbourhood was last recorded; None where it has no history."""
    model = Trajectory if followed.kind == "trajectory" else Neighbourhood
    moment: datetime | None = model.history.filter(id=followed.pk).aggregate(at=Max("history_date"))["at"]
    return moment


def is_retrospective(followed: FollowedTarget) -> bool:
    """Return whether it is a retrospective trajectory: judged by today's rules, to learn from."""
    return followed.kind == "trajectory" and followed.trajectories.filter(retrospective=True).exists()
