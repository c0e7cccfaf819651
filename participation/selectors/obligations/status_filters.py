"""Filters of stored obligations by their status on a day."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from participation.compliance.obligations import DUE_SOON_DAYS
from participation.models import Obligation

from .statuses import overdue_on, with_status


def filter_by_status(rows: QuerySet[Obligation], status: str, day: date) -> QuerySet[Obligation]:
    """Return the obligations that have this status on that day."""
    if status == "overdue":
        # Of a condition on the expression PostgreSQL expects next to nothing, and sorts all that is overdue for a page.
        return rows.filter(overdue_on(day))
    # The filter is implied by the status; it is there because an index can serve it.
    return with_status(rows.filter(_implied_filter(status, day)), day).filter(status=status)


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
