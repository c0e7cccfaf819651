"""The status of stored obligations on a day in SQL: expressions and filters."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from participation.compliance.obligations import DUE_SOON_DAYS
from participation.models import Obligation, Waiver


def status_on(today: date, has_waiver: Q | None = None) -> Case:
    """Return the expression for an obligation's status on that day, for a queryset of obligations.

    ``has_waiver`` is another form of the condition that it has a waiver on that day.
    """
    waived = _has_waiver(today) if has_waiver is None else has_waiver
    return _status_on(today, today + timedelta(days=DUE_SOON_DAYS), waived)


def flagged_on(today: date) -> Q:
    """Return the condition that an obligation is flagged on that day: the same as ``status_on``, as a plain filter."""
    # Of a condition on the expression itself PostgreSQL expects a hundredth of the rows, and chooses its joins by that.
    soon = today + timedelta(days=DUE_SOON_DAYS)
    by_days = Q(due_on__isnull=True) | Q(due_on__lte=soon) | Q(strict_due_on__lt=today) | Q(expected_on__gt=F("due_on"))
    return (Q(met_on__isnull=True) | Q(met_on__gt=today)) & by_days & ~_has_waiver(today)


def status_of_flagged_on(today: date) -> Case:
    """Return ``status_on`` for obligations that ``flagged_on`` found: those have no waiver."""
    return _status_on(today, today + timedelta(days=DUE_SOON_DAYS))


def status_on_column(day: str, soon: str) -> Case:
    """Return the same for a day that differs by row: both are names of annotations.

    ``soon`` is the last day that is due soon then.
    """
    return _status_on(F(day), F(soon), _has_waiver(OuterRef(day)))


def _status_on(today: Any, soon: Any, has_waiver: Q | None = None) -> Case:
    met = Q(met_on__lte=today)
    return Case(
        When(met & (Q(due_on__isnull=True) | Q(met_on__lte=F("due_on"))), then=Value("met")),
        When(met, then=Value("met_late")),
        *([When(has_waiver, then=Value("explained"))] if has_waiver else []),
        When(due_on__isnull=True, then=Value("unknown")),
        When(due_on__lt=today, then=Value("overdue")),
        When(strict_due_on__lt=today, then=Value("possibly_overdue")),
        When(expected_on__gt=F("due_on"), then=Value("planned_late")),
        When(due_on__lte=soon, then=Value("due_soon")),
        default=Value("pending"),
        output_field=CharField(),
    )


def overdue_on(today: date) -> Q:
    """Return the condition that an obligation is overdue on that day: the same as ``status_on``, as a plain filter."""
    # Spelled out, because each alternative has an index.
    unmet = Q(met_on__isnull=True) | Q(met_on__gt=today)
    return Q(due_on__lt=today) & unmet & ~Q(_has_waiver(today))


def _has_waiver(day: date | OuterRef) -> Q:
    waivers = Waiver.objects.filter(
        Q(until__isnull=True) | Q(until__gte=day),
        trajectory=OuterRef("trajectory"),
        rule=OuterRef("rule"),
        granted_on__lte=day,
    )
    # Apart, because each compares columns for equality alone: of that PostgreSQL makes a set once, where it expects
    # many obligations, instead of looking for waivers at each.
    return Q(Exists(waivers.filter(subject=""))) | Q(Exists(waivers.filter(subject=OuterRef("subject"))))


def with_status(obligations: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return the obligations, each with its ``status`` on that day."""
    annotated: QuerySet[Any] = obligations.annotate(status=status_on(today))
    return annotated


def filter_by_status(rows: QuerySet[Obligation], status: str, day: date) -> QuerySet[Obligation]:
    """Return the obligations that have this status on that day."""
    if status == "overdue":
        # Of a condition on the expression PostgreSQL expects next to nothing, and sorts all that is overdue for a page.
        return rows.filter(overdue_on(day))
    # The filter is implied by the status; it is there because an index can serve it.
    return with_status(rows.filter(_implied_filter(status, day)), day).filter(status=status)


def with_status_of_all(obligations: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return the same as ``with_status``, to count most of all obligations: those with a waiver are looked up once."""
    # PostgreSQL believes that looking for waivers at each obligation costs so much that it does not matter whether the
    # obligations are sorted first, and sorts them.
    waived = Obligation.objects.filter(
        Q(trajectory__waivers__until__isnull=True) | Q(trajectory__waivers__until__gte=today),
        Q(trajectory__waivers__subject="") | Q(trajectory__waivers__subject=F("subject")),
        trajectory__waivers__rule=F("rule"),
        trajectory__waivers__granted_on__lte=today,
    )
    annotated: QuerySet[Any] = obligations.annotate(status=status_on(today, Q(pk__in=waived.order_by().values("pk"))))
    return annotated


def _implied_filter(status: str, day: date) -> Q:
    is_open = Q(met_on__isnull=True) | Q(met_on__gt=day)
    soon = day + timedelta(days=DUE_SOON_DAYS)
    conditions: Mapping[str, Q] = {
        "met": Q(met_on__lte=day),
        "met_late": Q(met_on__lte=day),
        "explained": is_open,
        "unknown": Q(due_on__isnull=True) & is_open,
        "possibly_overdue": Q(due_on__gte=day, strict_due_on__lt=day) & is_open,
        "planned_late": Q(due_on__gte=day, expected_on__isnull=False) & is_open,
        "due_soon": Q(due_on__gte=day, due_on__lte=soon) & is_open,
        "pending": Q(due_on__gt=soon) & is_open,
    }
    return conditions[status]
