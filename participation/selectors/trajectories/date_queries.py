"""Query expressions on imprecise dates."""

from datetime import date
from typing import Any

from django.db.models import CharField, Q
from django.db.models.functions import Coalesce, Substr
from django.db.models.lookups import Exact, LessThanOrEqual

from participation.models.fields import DayField, Earliest, Latest


def first_day(column: Any) -> Coalesce:
    """Return the expression for the earliest day of a date, else its latest; NULL where it has neither."""
    return Coalesce(Earliest(column), Latest(column), output_field=DayField())


def occurred_by(column: str, today: date) -> Q:
    """Return the condition that this date had come by that day, at its earliest; an unknown date counts as come."""
    # ``ImpreciseDate.to_text`` writes the reason for a missing day after 21 characters.
    reason = Substr(column, 22, len("|unknown"), output_field=CharField())
    return Q(LessThanOrEqual(first_day(column), today)) | Q(Exact(reason, "|unknown"))
