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
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)


class AskedDay(DateTextField):
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

    op = AskedDay(
        label=gettext_lazy("Status on"),
        required=False,
    )
    bekend = AskedDay(
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
        if day and not FIRST <= day <= LAST:
            raise ValidationError(_("Choose a day in the years 1900 to 2199."))
        return day


def asking_of(form: AsOfForm, visit: RequestContext, **may: bool) -> PointInTime:
    """Return the as-of and known-at of the request; today with current knowledge if the form is empty or invalid."""
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    day, known = given.get("op"), given.get("bekend")
    if known and not day:
        day = known
    query = {name: value.isoformat() for name, value in given.items() if value}
    # A known-at day includes all that was recorded on it.
    moment = timezone.make_aware(datetime.combine(known, time.max)) if known else None
    return PointInTime(day or visit.today, moment, query=query, **may)
