"""Filters of stored obligations by their status on a day, and the status of most of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from participation.compliance.obligations import DUE_SOON_DAYS
from participation.models import Obligation

from .statuses import overdue_on, status_on, with_status


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
