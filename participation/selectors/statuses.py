"""Statuses of obligations on a day, computed in SQL; the same arithmetic as ``obligations.status``."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from participation.compliance.obligations import DUE_SOON_DAYS, WaiverValue
from participation.models import Transition, Waiver

from .facts import rows_known_at


def status_on(today: date) -> Case:
    """Return the expression for an obligation's status on that day, for a queryset of obligations."""
    met = Q(met_on__lte=today)
    return Case(
        When(met & (Q(due_on__isnull=True) | Q(met_on__lte=F("due_on"))), then=Value("met")),
        When(met, then=Value("met_late")),
        When(_has_waiver(today), then=Value("explained")),
        When(due_on__isnull=True, then=Value("unknown")),
        When(due_on__lt=today, then=Value("overdue")),
        When(strict_due_on__lt=today, then=Value("possibly_overdue")),
        When(expected_on__gt=F("due_on"), then=Value("planned_late")),
        When(due_on__lte=today + timedelta(days=DUE_SOON_DAYS), then=Value("due_soon")),
        default=Value("pending"),
        output_field=CharField(),
    )


def overdue_on(today: date) -> Q:
    """Return the condition that an obligation is overdue on that day: the same as ``status_on``, as a plain filter."""
    return Q(due_on__lt=today) & ~Q(met_on__lte=today) & ~Q(_has_waiver(today))


def _has_waiver(today: date) -> Exists:
    waivers = Waiver.objects.filter(
        Q(subject="") | Q(subject=OuterRef("subject")),
        Q(until__isnull=True) | Q(until__gte=today),
        trajectory=OuterRef("trajectory"),
        rule=OuterRef("rule"),
        granted_on__lte=today,
    )
    return Exists(waivers)


def with_status(obligations: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return the obligations, each with its ``status`` on that day."""
    return obligations.annotate(status=status_on(today))


def waivers_of(trajectories: Iterable[int], known_at: datetime | None = None) -> Mapping[int, list[WaiverValue]]:
    """Return the waivers of these trajectories, by trajectory, as known now or at that moment."""
    found: dict[int, list[WaiverValue]] = {}
    rows = rows_known_at(Waiver, known_at).filter(trajectory__in=list(trajectories)).order_by("id")
    for trajectory, *values in rows.values_list("trajectory_id", "rule", "subject", "granted_on", "until"):
        found.setdefault(trajectory, []).append(WaiverValue(*values))
    return found


def trajectories_ever_waived(trajectories: Iterable[int]) -> frozenset[int]:
    """Return which of these trajectories have or ever had a waiver, including withdrawn ones."""
    lines = Waiver.history.filter(trajectory__in=list(trajectories))
    return frozenset(lines.values_list("trajectory_id", flat=True).order_by().distinct())


def last_logged_statuses(obligations: Iterable[int]) -> dict[int, str]:
    """Return the last status of each of these obligations in the transition log."""
    found: dict[int, str] = {}
    rows = Transition.objects.filter(obligation__in=list(obligations)).order_by("obligation_id", "pk")
    for obligation, status in rows.values_list("obligation_id", "to_status"):
        found[obligation] = status
    return found
