"""Point-in-time queries: as of a day (``op``), with what was known on a day (``bekend``)."""

from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..shared.forms import DateTextField, Form
from ..shared.request_context import RequestContext
from .sections.obligations import PointInTime

#: Bounds within which date arithmetic of terms cannot overflow.
MIN_DATE, MAX_DATE = date(1900, 1, 1), date(2199, 12, 31)


class QueryDateField(DateTextField):
    """A day in the query string; the error message quotes an invalid value."""

    def to_python(self, value: Any) -> date | None:
        """Return the day. Raises ValidationError if it is invalid."""
        try:
            return super().to_python(value)
        except ValidationError:
            message = _("“%(typed)s” is not a day. Write a day like 2026-03-20.")
            raise ValidationError(message, code="invalid", params={"typed": str(value)[:40]}) from None


class AsOfForm(Form):
    """The as-of and known-at days; the field names are the query parameters."""

    op = QueryDateField(
        label=gettext_lazy("Status on"),
        required=False,
    )
    bekend = QueryDateField(
        label=gettext_lazy("With what was recorded up to"),
        required=False,
        help_text=gettext_lazy("Empty: with all that is recorded now."),
    )

    def __init__(self, data: Any, today: date) -> None:
        """Bind the form only if the query string has a day."""
        super().__init__(data if any(data.get(name) for name in ("op", "bekend")) else None)
        self.today = today

    def clean_op(self) -> date | None:
        """Return the as-of day. Raises ValidationError if it is out of bounds."""
        return self._within(self.cleaned_data["op"])

    def clean_bekend(self) -> date | None:
        """Return the known-at day. Raises ValidationError if it is out of bounds or in the future."""
        day = self._within(self.cleaned_data["bekend"])
        if day and day > self.today:
            raise ValidationError(
                _("What will be known later is not known yet. Choose a day up to and including today.")
            )
        return day

    def _within(self, day: date | None) -> date | None:
        if day and not MIN_DATE <= day <= MAX_DATE:
            raise ValidationError(_("Choose a day in the years 1900 to 2199."))
        return day


def point_in_time_of(form: AsOfForm, context: RequestContext, **permissions: bool) -> PointInTime:
    """Return the as-of and known-at of the request; today with current knowledge if the form is empty or invalid."""
    cleaned = form.cleaned_data if form.is_bound and form.is_valid() else {}
    day, known_on = cleaned.get("op"), cleaned.get("bekend")
    if known_on and not day:
        day = known_on
    query = {name: value.isoformat() for name, value in cleaned.items() if value}
    # A known-at day includes all that was recorded on it.
    known_at = timezone.make_aware(datetime.combine(known_on, time.max)) if known_on else None
    return PointInTime(day or context.today, known_at, query=query, **permissions)
