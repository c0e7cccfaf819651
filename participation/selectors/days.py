"""What queries ask of imprecise dates, in one place."""

from datetime import date
from typing import Any

from django.db.models import CharField, Q
from django.db.models.functions import Coalesce, Substr
from django.db.models.lookups import Exact, LessThanOrEqual

from participation.models.fields import DayField, Earliest, Latest


def first_day(column: Any) -> Coalesce:
    """Return the expression for the first day that a date leaves open, else its last; NULL where it has no day."""
    return Coalesce(Earliest(column), Latest(column), output_field=DayField())


def happened(column: str, today: date) -> Q:
    """Return the condition that this had happened by that day, at the earliest; on an unknown day counts."""
    # ``When.to_text`` tells after 21 characters why there is no day.
    why = Substr(column, 22, len("|unknown"), output_field=CharField())
    return Q(LessThanOrEqual(first_day(column), today)) | Q(Exact(why, "|unknown"))
