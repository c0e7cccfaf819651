"""Workload: advisers with what is due in their trajectories, and trajectories without an adviser."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from participation.compliance.obligations import DUE_SOON_DAYS
from participation.compliance.priority import OLD_AFTER_DAYS
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import STATUTORY_STRENGTHS
from participation.models import Obligation, Trajectory, User
from participation.selectors.obligations.judging import under_rules, under_trajectory_rules
from participation.selectors.obligations.status_expressions import with_status

#: A high workload: at least this many obligations, and this many times the average of all advisers.
MIN_HIGH_LOAD, HIGH_LOAD_FACTOR = 5, 2


class AdviserLoad(NamedTuple):
    """The workload of an adviser: running trajectories, what is overdue or due within fourteen days, and since when.

    ``statutory`` counts what the law or an ordinance asks of both, ``old`` what is overdue for long.
    ``is_available`` is False for a user who cannot log in any more, or is no adviser; ``is_high`` is whether the
    load is high.
    """

    pk: int
    name: str
    trajectories: int
    statutory: int
    overdue: int
    old: int
    soon: int
    oldest: date | None
    is_available: bool
    is_high: bool = False

    @property
    def attention_count(self) -> int:
        """Return how many obligations need attention now."""
        return self.overdue + self.soon


def adviser_loads(rulebooks: Rulebooks, today: date) -> list[AdviserLoad]:
    """Return the workload of advisers and others with trajectories; three queries.

    Those with the most by law or ordinance come first, then those with the most overdue.
    """
    through = Trajectory.advisers.through
    running = Trajectory.objects.running().filter(advisers__isnull=False).order_by()
    trajectories: dict[int, int] = dict(running.values_list("advisers").annotate(Count("pk")))
    urgent = _urgent_obligations(rulebooks, today).filter(trajectory__advisers__isnull=False).order_by()
    rows = urgent.values_list("trajectory__advisers").annotate(
        statutory=Count("pk", filter=_is_statutory(rulebooks)),
        overdue=Count("pk", filter=Q(status="overdue")),
        old=Count("pk", filter=_is_old(today)),
        soon=Count("pk", filter=~Q(status="overdue")),
        oldest=Min("due_on", filter=Q(status="overdue")),
    )
    loads_by_adviser = {adviser: figures for adviser, *figures in rows}
    assigned = through.objects.filter(user=OuterRef("pk"))
    people = User.objects.filter(Q(role="adviser", is_active=True) | Exists(assigned)).order_by("pk")
    found = []
    for user in people:
        statutory, overdue, old, soon, oldest = loads_by_adviser.get(user.pk, (0, 0, 0, 0, None))
        is_available = user.is_active and (user.role == "adviser" or user.edits_everything)
        count = trajectories.get(user.pk, 0)
        found.append(
            AdviserLoad(user.pk, user.display_name, count, statutory, overdue, old, soon, oldest, is_available)
        )
    average = sum(load.attention_count for load in found) / len(found) if found else 0
    rated = [
        load._replace(is_high=load.attention_count >= max(MIN_HIGH_LOAD, HIGH_LOAD_FACTOR * average) and len(found) > 1)
        for load in found
    ]
    return sorted(rated, key=lambda load: (-load.statutory, -load.overdue, -load.soon, load.name.lower(), load.pk))


def _urgent_obligations(rulebooks: Rulebooks, today: date) -> QuerySet[Any]:
    """Return the obligations that are overdue or due soon, retrospective ones left out, with their status."""
    due = Obligation.objects.open().filter(
        Q(met_on__isnull=True) | Q(met_on__gt=today),
        under_trajectory_rules(rulebooks),
        trajectory__retrospective=False,
        due_on__lte=today + timedelta(days=DUE_SOON_DAYS),
    )
    return with_status(due, today).filter(status__in=("overdue", "due_soon", "planned_late"))


def _is_statutory(rulebooks: Rulebooks) -> Q:
    return under_rules(rulebooks, lambda rule: rule.strength in STATUTORY_STRENGTHS, owner_types=("trajectory",))


def _is_old(today: date) -> Q:
    return Q(status="overdue", due_on__lt=today - timedelta(days=OLD_AFTER_DAYS))


def trajectories_without_adviser() -> QuerySet[Trajectory]:
    """Return the running trajectories without an adviser who can log in."""
    assignments = Trajectory.advisers.through.objects.filter(trajectory=OuterRef("pk"), user__is_active=True)
    return Trajectory.objects.running().filter(~Exists(assignments))


def trajectories_advised_by(adviser: int) -> QuerySet[Trajectory]:
    """Return the running trajectories of this adviser."""
    return Trajectory.objects.running().filter(advisers=adviser)


def with_load(trajectories: QuerySet[Trajectory], rulebooks: Rulebooks, today: date) -> QuerySet[Any]:
    """Return these trajectories with how much is ``statutory``, ``overdue`` and ``old`` in each, in that order."""
    urgent = _urgent_obligations(rulebooks, today).filter(trajectory=OuterRef("pk")).order_by()

    def count(condition: Q) -> Coalesce:
        counted = urgent.filter(condition).values("trajectory").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted), 0)

    rows: QuerySet[Any] = trajectories.annotate(
        statutory=count(_is_statutory(rulebooks)), overdue=count(Q(status="overdue")), old=count(_is_old(today))
    )
    return rows.order_by("-statutory", "-overdue", "title", "slug")


def assignable_advisers() -> list[tuple[int, str]]:
    """Return the users who can be assigned to a trajectory: advisers who can log in, by name."""
    rows = User.objects.filter(role="adviser", is_active=True)
    found = [(user.pk, user.display_name) for user in rows]
    return sorted(found, key=lambda row: (row[1].lower(), row[0]))
