"""The totals of one year per rule that municipalities share, counted in public trajectories: what is published."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from participation.models import CounterSignal, Obligation, Trajectory

from .city import Period
from .series import in_period

#: The outcomes of a trajectory under a rule. Each trajectory has one: of several obligations, the first of these.
COMPARED_OUTCOMES: Final = ("late", "contradicted", "explained", "unknown", "in_time")
#: The outcome of a status; one that is not here was not due yet. What is perhaps overdue is not known.
_OUTCOME_BY_STATUS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("overdue", "met_late"), "late"),
    "explained": "explained",
    **dict.fromkeys(("unknown", "possibly_overdue"), "unknown"),
    "met": "in_time",
}


def compared_trajectories(municipalities: Collection[str]) -> QuerySet[Trajectory]:
    """Return the public trajectories of these municipalities (slugs, and "" for those that record none).

    Those that look back are judged by the rules of today, so they are left out.
    """
    return Trajectory.objects.visible_to(AnonymousUser()).filter(
        municipality__in=list(municipalities), retrospective=False
    )


def count_trajectories(
    trajectories: QuerySet[Trajectory], rules: Collection[str], year: int
) -> Mapping[str, Counter[str]]:
    """Return per rule how many of these trajectories had which outcome on the last day of the year; two queries.

    What was due in that year counts, and what has no due date in trajectories that had begun by the end of it.
    """
    period = Period(date(year, 1, 1), date(year, 12, 31))
    contradicted = set(
        CounterSignal.objects.filter(
            trajectory__in=trajectories.order_by().values("pk"), rule__in=rules, on__lte=period.on
        ).values_list("trajectory_id", "rule", "subject")
    )
    obligations = Obligation.objects.for_trajectories(trajectories).filter(rule__in=rules)
    began_later = Q(due_on__isnull=True, trajectory__started_on__earliest__gt=period.on)
    rows = in_period(obligations, period).exclude(began_later).order_by()
    worst: dict[tuple[int, str], int] = {}
    columns: Any = ("trajectory_id", "rule", "subject", "status")
    for trajectory, rule, subject, status in rows.values_list(*columns).iterator(chunk_size=2000):
        outcome = _OUTCOME_BY_STATUS.get(status)
        if outcome is None:
            continue
        if (trajectory, rule, subject) in contradicted and outcome != "late":
            outcome = "contradicted"
        rank = COMPARED_OUTCOMES.index(outcome)
        worst[trajectory, rule] = min(rank, worst.get((trajectory, rule), rank))
    found: dict[str, Counter[str]] = {}
    for (_trajectory, rule), rank in worst.items():
        found.setdefault(rule, Counter())[COMPARED_OUTCOMES[rank]] += 1
    return found
