"""Query expressions on imprecise dates."""

from datetime import date

from django.db.models import Q
from django.db.models.lookups import LessThanOrEqual

from participation.models.fields import first_day, is_unknown_day


def occurred_by(column: str, today: date) -> Q:
    """Return the condition that this date had come by that day, at its earliest; an unknown date counts as come."""
    return Q(LessThanOrEqual(first_day(column), today)) | is_unknown_day(column)
