"""The page of a member of an association: where to take part, and what awaits an answer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import SETTLED, is_over
from participation.models import (
    Contribution,
    CounterSignal,
    Neighbourhood,
    Obligation,
    Organisation,
    PlanActor,
    Request,
    Step,
    Trajectory,
)

from .participation_opportunities import Chance, chances
from .statuses import with_status

#: How long an answered item stays on the page, so that its answer can be read there.
ANSWERED = timedelta(days=60)
#: Kinds of request that start a term of their own: they stay on the page after the answer.
HANDED_IN = ("initiative", "right_to_challenge")
#: Trajectories with these statuses come last.
_OVER = ("closed",)
#: The columns that decide whether a trajectory is over on a day: then days are no longer counted.
_OVER_BY = ("trajectory__retrospective", "trajectory__status", "trajectory__closed_on")


class UpcomingStep(NamedTuple):
    """A step that is not over yet."""

    ref: str
    kind: str
    method: str
    title: str
    planned: ImpreciseDate | None
    done: ImpreciseDate | None
    starts_at: time | None
    ends_at: time | None
    closes: ImpreciseDate | None
    announced_on: ImpreciseDate | None
    audience: Sequence[str]
    cancelled: bool = False


class DashboardTrajectory(NamedTuple):
    """A trajectory near to the user's organisations, or in which these act, named by slug.

    ``coming`` is the next step with a day, None where nothing is planned; ``chances`` are how they can take part.
    """

    pk: int
    slug: str
    title: str
    status: str
    retrospective: bool
    organisations: tuple[str, ...]
    coming: UpcomingStep | None
    chances: tuple[Chance, ...]

    @property
    def is_over(self) -> bool:
        """Return whether it is closed or retrospective."""
        return self.retrospective or self.status in _OVER


class OpenRequest(NamedTuple):
    """A contribution, request or counter-signal of one of the user's organisations, with its answer or due date.

    ``sort`` is contribution, request or counter_signal; ``kind`` that of the request. ``days`` is how long ago it was
    received, None where that is not known. ``due_on`` is the first term that still runs, with its ``status``; empty
    where nothing is due any more. ``rule`` and ``subject`` are what a counter-signal contradicts.
    """

    sort: str
    kind: str
    slug: str
    trajectory: str
    ref: str
    party: str
    summary: str
    received_on: ImpreciseDate | None
    days: int | None
    answered: bool
    answered_on: ImpreciseDate | None
    answer: str
    due_on: date | None
    status: str
    rule: str = ""
    subject: str = ""


class Party(NamedTuple):
    """An organisation of which the user is a member, and its neighbourhoods as slug and name."""

    slug: str
    name: str
    neighbourhoods: tuple[tuple[str, str], ...]


def parties_of(user: Any) -> list[Party]:
    """Return the organisations of which this user is a member, by name; two queries."""
    rows = list(Organisation.objects.spoken_for_by(user).order_by("name", "slug").values_list("pk", "slug", "name"))
    near = defaultdict(list)
    places = Neighbourhood.objects.filter(organisations__in=[pk for pk, _slug, _name in rows])
    for pk, slug, name in places.order_by("name", "slug").values_list("organisations", "slug", "name"):
        near[pk].append((slug, name))
    return [Party(slug, name, tuple(near[pk])) for pk, slug, name in rows]


def trajectories_of(user: Any, parties: Sequence[Party], today: date) -> list[DashboardTrajectory]:
    """Return the public trajectories of these organisations, open ones by their next step; four queries."""
    rows = list(
        Trajectory.objects.for_member(user).values_list("pk", "slug", "title", "status", "retrospective").order_by()
    )
    keys = [row[0] for row in rows]
    touching = _touching(keys, parties)
    steps = _steps(keys, today)
    found = []
    for row in rows:
        pk = row[0]
        ways = chances(steps[pk], today, [party.slug for party in parties])
        found.append(DashboardTrajectory(*row, touching[pk], _next(steps[pk], today), tuple(ways)))
    return sorted(found, key=_order)


def _touching(keys: Collection[int], parties: Sequence[Party]) -> Mapping[int, tuple[str, ...]]:
    """Return the organisations that are near to each trajectory or act in it, in the order given."""
    ours = [party.slug for party in parties]
    found: dict[int, set[str]] = defaultdict(set)
    near = Trajectory.neighbourhoods.through.objects.filter(
        trajectory__in=keys, neighbourhood__organisations__slug__in=ours
    ).values_list("trajectory", "neighbourhood__organisations__slug")
    acting = PlanActor.objects.filter(plan__trajectory__in=keys, organisation__slug__in=ours)
    for pk, slug in [*near, *acting.values_list("plan__trajectory", "organisation__slug")]:
        found[pk].add(slug)
    return {pk: tuple(slug for slug in ours if slug in found[pk]) for pk in keys}


def _steps(keys: Collection[int], today: date) -> Mapping[int, list[UpcomingStep]]:
    """Return the steps of each trajectory that are not over: not done, or still open."""
    rows = Step.objects.filter(trajectory__in=keys, cancelled=False)
    open_ones = rows.filter(done__isnull=True) | rows.filter(closes__latest__gte=today)
    open_ones |= rows.filter(kind="inspection", closes__isnull=True)
    found: dict[int, list[UpcomingStep]] = defaultdict(list)
    columns = [name for name in UpcomingStep._fields if name != "cancelled"]
    for pk, *values in open_ones.order_by("pk").values_list("trajectory_id", *columns):
        found[pk].append(UpcomingStep(*values))
    return found


def _next(steps: Iterable[UpcomingStep], today: date) -> UpcomingStep | None:
    """Return the first planned step from today on."""
    ahead = [
        (step.planned.sort_key, step.ref, step)
        for step in steps
        if step.done is None and step.planned and step.planned.latest and step.planned.latest >= today
    ]
    return min(ahead, key=lambda found: found[:2])[2] if ahead else None


def _order(mine: DashboardTrajectory) -> tuple[Any, ...]:
    coming = mine.coming.planned.sort_key if mine.coming and mine.coming.planned else (date.max, date.max)
    now = not any(chance.now for chance in mine.chances)
    return (mine.is_over, now, coming, mine.title.casefold(), mine.slug)


def asked_by(parties: Sequence[Party], rules: Collection[str], today: date) -> list[OpenRequest]:
    """Return what these organisations handed in: unanswered, the oldest first, then recently answered.

    ``rules`` are the ids that the rulebook knows. Four queries.
    """
    ours = {party.slug for party in parties}
    found = [*_requests(ours, today), *_contributions(ours, today)]
    due = _due({(asked.slug, asked.ref) for asked in found if not asked.answered}, rules, today)
    told = []
    for asked in found:
        due_on, status = (None, "") if asked.answered else due.get((asked.slug, asked.ref), (None, ""))
        told.append(asked._replace(due_on=due_on, status=status))
    return sorted(told, key=lambda asked: (asked.answered, -(asked.days or 0), asked.slug, asked.ref))


def _contributions(ours: Collection[str], today: date) -> list[OpenRequest]:
    rows = Contribution.objects.filter(party__in=ours, trajectory__public=True, outcome="", response="")
    columns = ("trajectory__slug", "trajectory__title", "ref", "party", "received_on", *_OVER_BY, "summary", "theme")
    return [
        _asked("contribution", "", summary or theme, today, *values)
        for *values, summary, theme in rows.filter(responded_on__isnull=True).values_list(*columns)
    ]


def _requests(ours: Collection[str], today: date) -> list[OpenRequest]:
    signals = {
        pk: (rule, subject)
        for pk, rule, subject in CounterSignal.objects.filter(
            organisation__slug__in=ours, trajectory__public=True
        ).values_list("request_id", "rule", "subject")
    }
    rows = Request.objects.filter(trajectory__public=True)
    rows = rows.filter(party__in=ours) | rows.filter(pk__in=list(signals))
    found = []
    columns = ("trajectory__slug", "trajectory__title", "ref", "party", "received_on", *_OVER_BY)
    for pk, kind, answered_on, answer, summary, *values in rows.values_list(
        "pk", "kind", "answered_on", "answer", "summary", *columns
    ):
        rule, subject = signals.get(pk, ("", ""))
        asked = _asked("counter_signal" if rule else "request", kind, summary, today, *values)
        asked = asked._replace(rule=rule, subject=subject)
        if answered_on or answer:
            asked = asked._replace(answered=True, answered_on=answered_on, answer=answer)
            if kind not in HANDED_IN and not _lately(answered_on, today):
                continue
        found.append(asked)
    return found


def _lately(answered_on: ImpreciseDate | None, today: date) -> bool:
    latest = answered_on.latest if answered_on else None
    return latest is not None and today - latest <= ANSWERED


def _asked(
    sort: str,
    kind: str,
    summary: str,
    today: date,
    slug: str,
    title: str,
    ref: str,
    party: str,
    received: ImpreciseDate | None,
    retrospective: bool,
    status: str,
    closed_on: ImpreciseDate | None,
) -> OpenRequest:
    came = received.latest if received else None
    over = is_over(today, retrospective=retrospective, status=status, closed_on=closed_on)
    days = max(0, (today - came).days) if came and not over else None
    return OpenRequest(sort, kind, slug, title, ref, party, summary, received, days, False, None, "", None, "")


def _due(
    wanted: Collection[tuple[str, str]], rules: Collection[str], today: date
) -> dict[tuple[str, str], tuple[date | None, str]]:
    """Return the first term that still runs, with its status, by slug of the trajectory and ref of the item."""
    owed = Obligation.objects.open().filter(
        trajectory__slug__in={slug for slug, _ref in wanted},
        subject__in={ref for _slug, ref in wanted},
        rule__in=sorted(rules),
    )
    rows = with_status(owed, today).exclude(status__in=SETTLED).order_by("due_on", "pk")
    found: dict[tuple[str, str], tuple[date | None, str]] = {}
    for slug, ref, due_on, status in rows.values_list("trajectory__slug", "subject", "due_on", "status"):
        known = found.get((slug, ref))
        if known is None or (known[0] is None and due_on is not None):
            found[slug, ref] = (due_on, status)
    return found
