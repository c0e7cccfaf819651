"""The page of a member of an association: where to take part, and what awaits an answer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import SETTLED, is_over
from participation.compliance.rulebooks import Rulebooks
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
from participation.selectors.obligations.judging import under_trajectory_rules
from participation.selectors.obligations.status_expressions import with_status
from participation.selectors.trajectories.opportunities import Opportunity, opportunities

#: How long an answered item stays on the page, so that its answer can be read there.
ANSWERED_VISIBLE_FOR = timedelta(days=60)
#: Kinds of request that start a term of their own: they stay on the page after the answer.
SUBMISSION_KINDS = ("initiative", "right_to_challenge")
#: Trajectories with these statuses come last.
_OVER_STATUSES = ("closed",)
#: The columns that decide whether a trajectory is over on a day: then days are no longer counted.
_OVER_COLUMNS = ("trajectory__retrospective", "trajectory__status", "trajectory__closed_on")


class UpcomingStep(NamedTuple):
    """A step that is not over yet, with where it takes place and how to join."""

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
    place_name: str = ""
    place_address: str = ""
    place_accessible: bool | None = None
    place_online_url: str = ""
    sign_up_url: str = ""
    cancelled: bool = False


class TrajectoryContact(NamedTuple):
    """Whom to ask about a trajectory."""

    slug: str
    title: str
    role: str
    name: str
    phone: str
    email: str


class DashboardTrajectory(NamedTuple):
    """A trajectory near to the user's organisations, or in which these act, named by slug.

    ``next_step`` is the next step with a day, None where nothing is planned; ``opportunities`` are how they can take
    part.
    """

    pk: int
    slug: str
    title: str
    status: str
    retrospective: bool
    organisations: tuple[str, ...]
    next_step: UpcomingStep | None
    opportunities: tuple[Opportunity, ...]

    @property
    def is_over(self) -> bool:
        """Return whether it is closed or retrospective."""
        return self.retrospective or self.status in _OVER_STATUSES


class OpenRequest(NamedTuple):
    """A contribution, request or counter-signal of one of the user's organisations, with its answer or due date.

    ``item_type`` is contribution, request or counter_signal; ``kind`` that of the request. ``days`` is how long ago it
    was received, None where that is not known. ``due_on`` is the first term that still runs, with its ``status``; empty
    where nothing is due any more. ``rule`` and ``subject`` are what a counter-signal contradicts, ``municipality`` is
    that of its trajectory.
    """

    item_type: str
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
    municipality: str = ""


class Party(NamedTuple):
    """An organisation of which the user is a member, and its neighbourhoods as slug and name."""

    slug: str
    name: str
    neighbourhoods: tuple[tuple[str, str], ...]


def parties_of(user: Any) -> list[Party]:
    """Return the organisations of which this user is a member, by name; two queries."""
    rows = list(Organisation.objects.represented_by(user).order_by("name", "slug").values_list("pk", "slug", "name"))
    links = defaultdict(list)
    neighbourhoods = Neighbourhood.objects.filter(organisations__in=[pk for pk, _slug, _name in rows])
    for pk, slug, name in neighbourhoods.order_by("name", "slug").values_list("organisations", "slug", "name"):
        links[pk].append((slug, name))
    return [Party(slug, name, tuple(links[pk])) for pk, slug, name in rows]


def dashboard_trajectories(user: Any, parties: Sequence[Party], today: date) -> list[DashboardTrajectory]:
    """Return the public trajectories of these organisations, open ones by their next step; four queries."""
    rows = list(
        Trajectory.objects.for_member(user).values_list("pk", "slug", "title", "status", "retrospective").order_by()
    )
    keys = [row[0] for row in rows]
    parties_by_trajectory = _parties_by_trajectory(keys, parties)
    steps = steps_by_trajectory(keys, today)
    found = []
    for row in rows:
        pk = row[0]
        step_opportunities = opportunities(steps[pk], today, [party.slug for party in parties])
        found.append(
            DashboardTrajectory(
                *row, parties_by_trajectory[pk], _next_step(steps[pk], today), tuple(step_opportunities)
            )
        )
    return sorted(found, key=_sort_key)


def _parties_by_trajectory(keys: Collection[int], parties: Sequence[Party]) -> Mapping[int, tuple[str, ...]]:
    """Return the organisations that are near to each trajectory or act in it, in the order given."""
    slugs = [party.slug for party in parties]
    found: dict[int, set[str]] = defaultdict(set)
    links = Trajectory.neighbourhoods.through.objects.filter(
        trajectory__in=keys, neighbourhood__organisations__slug__in=slugs
    ).values_list("trajectory", "neighbourhood__organisations__slug")
    acting = PlanActor.objects.filter(plan__trajectory__in=keys, organisation__slug__in=slugs)
    for pk, slug in [*links, *acting.values_list("plan__trajectory", "organisation__slug")]:
        found[pk].add(slug)
    return {pk: tuple(slug for slug in slugs if slug in found[pk]) for pk in keys}


def steps_by_trajectory(keys: Collection[int], today: date) -> Mapping[int, list[UpcomingStep]]:
    """Return the steps of each trajectory that are not over: not done, or still open."""
    rows = Step.objects.filter(trajectory__in=keys, cancelled=False)
    open_steps = rows.filter(done__isnull=True) | rows.filter(closes__latest__gte=today)
    open_steps |= rows.filter(kind="inspection", closes__isnull=True)
    found: dict[int, list[UpcomingStep]] = defaultdict(list)
    columns = [name for name in UpcomingStep._fields if name != "cancelled"]
    for pk, *values in open_steps.order_by("pk").values_list("trajectory_id", *columns):
        found[pk].append(UpcomingStep(*values))
    return found


def contacts_of(keys: Collection[int]) -> Mapping[int, TrajectoryContact]:
    """Return the contact of each of these trajectories; one query."""
    columns = ("slug", "title", "contact_role", "contact_name", "contact_phone", "contact_email")
    rows = Trajectory.objects.filter(pk__in=keys).order_by().values_list("pk", *columns)
    return {pk: TrajectoryContact(*values) for pk, *values in rows}


def _next_step(steps: Iterable[UpcomingStep], today: date) -> UpcomingStep | None:
    """Return the first planned step from today on."""
    upcoming = [
        (step.planned.sort_key, step.ref, step)
        for step in steps
        if step.done is None and step.planned and step.planned.latest and step.planned.latest >= today
    ]
    return min(upcoming, key=lambda found: found[:2])[2] if upcoming else None


def _sort_key(trajectory: DashboardTrajectory) -> tuple[Any, ...]:
    next_step = (
        trajectory.next_step.planned.sort_key
        if trajectory.next_step and trajectory.next_step.planned
        else (date.max, date.max)
    )
    now = not any(opportunity.now for opportunity in trajectory.opportunities)
    return (trajectory.is_over, now, next_step, trajectory.title.casefold(), trajectory.slug)


def open_requests(slugs: Collection[str], rulebooks: Rulebooks, today: date) -> list[OpenRequest]:
    """Return what these organisations submitted: unanswered, the oldest first, then recently answered; four queries."""
    found = [*_open_requests(slugs, today), *_open_contributions(slugs, today)]
    due = _first_due({(item.slug, item.ref) for item in found if not item.answered}, rulebooks, today)
    items = []
    for item in found:
        due_on, status = (None, "") if item.answered else due.get((item.slug, item.ref), (None, ""))
        items.append(item._replace(due_on=due_on, status=status))
    return sorted(items, key=lambda item: (item.answered, -(item.days or 0), item.slug, item.ref))


def _open_contributions(slugs: Collection[str], today: date) -> list[OpenRequest]:
    rows = Contribution.objects.filter(party__in=slugs, trajectory__public=True, outcome="", response="")
    columns = (
        "trajectory__slug",
        "trajectory__title",
        "ref",
        "party",
        "received_on",
        *_OVER_COLUMNS,
        "summary",
        "theme",
    )
    return [
        _open_request("contribution", "", summary or theme, today, *values)
        for *values, summary, theme in rows.filter(responded_on__isnull=True).values_list(*columns)
    ]


def _open_requests(slugs: Collection[str], today: date) -> list[OpenRequest]:
    signals = {
        pk: (rule, subject)
        for pk, rule, subject in CounterSignal.objects.filter(
            organisation__slug__in=slugs, trajectory__public=True
        ).values_list("request_id", "rule", "subject")
    }
    rows = Request.objects.filter(trajectory__public=True)
    rows = rows.filter(party__in=slugs) | rows.filter(pk__in=list(signals))
    found = []
    columns = ("trajectory__slug", "trajectory__title", "ref", "party", "received_on", *_OVER_COLUMNS)
    for pk, kind, answered_on, answer, summary, municipality, *values in rows.values_list(
        "pk", "kind", "answered_on", "answer", "summary", "trajectory__municipality", *columns
    ):
        rule, subject = signals.get(pk, ("", ""))
        item = _open_request("counter_signal" if rule else "request", kind, summary, today, *values)
        item = item._replace(rule=rule, subject=subject, municipality=municipality)
        if answered_on or answer:
            item = item._replace(answered=True, answered_on=answered_on, answer=answer)
            if kind not in SUBMISSION_KINDS and not _is_recently_answered(answered_on, today):
                continue
        found.append(item)
    return found


def _is_recently_answered(answered_on: ImpreciseDate | None, today: date) -> bool:
    latest = answered_on.latest if answered_on else None
    return latest is not None and today - latest <= ANSWERED_VISIBLE_FOR


def _open_request(
    item_type: str,
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
    received_day = received.latest if received else None
    over = is_over(today, retrospective=retrospective, status=status, closed_on=closed_on)
    days = max(0, (today - received_day).days) if received_day and not over else None
    return OpenRequest(item_type, kind, slug, title, ref, party, summary, received, days, False, None, "", None, "")


def _first_due(
    identities: Collection[tuple[str, str]], rulebooks: Rulebooks, today: date
) -> dict[tuple[str, str], tuple[date | None, str]]:
    """Return the first term that still runs, with its status, by slug of the trajectory and ref of the item."""
    obligations = Obligation.objects.open().filter(
        under_trajectory_rules(rulebooks),
        trajectory__slug__in={slug for slug, _ref in identities},
        subject__in={ref for _slug, ref in identities},
    )
    rows = with_status(obligations, today).exclude(status__in=SETTLED).order_by("due_on", "pk")
    found: dict[tuple[str, str], tuple[date | None, str]] = {}
    for slug, ref, due_on, status in rows.values_list("trajectory__slug", "subject", "due_on", "status"):
        current = found.get((slug, ref))
        if current is None or (current[0] is None and due_on is not None):
            found[slug, ref] = (due_on, status)
    return found
