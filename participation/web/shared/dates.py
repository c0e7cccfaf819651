"""Imprecise dates in forms: "20-3-2026", "medio juni 2026", "uiterlijk 17 maart", "gisteren", "nog te plannen".

Formatting and parsing round-trip: the shown text parses to the same date.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.interchange.dates import NotADate, format_typed_date, parse_imprecise_date
from participation.interchange.relative_dates import Direction, parse_date_said_on
from participation.models.fields import ImpreciseDateFormField, format_for_input
from participation.models.languages import active_language

#: On which side of today the dates of these fields lie; the others may lie on either.
_DIRECTIONS: Final[Mapping[str, Direction]] = {
    **dict.fromkeys(("done", "received_on", "responded_on", "answered_on", "acknowledged_on"), "past"),
    **dict.fromkeys(("extended_on", "shared_on", "on", "evaluation_sent_on", "actors_shared_on"), "past"),
    **dict.fromkeys(("adopted_on", "made_on", "fulfilled_on", "settled_on", "settled_proposed_on"), "past"),
    **dict.fromkeys(("started_on", "closed_on", "no_participation_decided_on"), "past"),
    **dict.fromkeys(("planned", "due_on", "agreed_until", "repeats_until"), "future"),
}
_HELP: Final = _("For example 20-3-2026, 20 March, mid-June 2026 or no later than 17 March 2026.")
_PAST_HELP: Final = _("For example 20-3-2026, 20 March, yesterday or mid-June 2026. Day not known? Write: unknown.")
_PLANNED_HELP: Final = _(
    "For example 20-3-2026, 20 March, mid-June 2026 or no later than 17 March 2026. "
    "Not planned yet? Write: to be planned."
)


def format_date_input(when: ImpreciseDate, language: str) -> str:
    """Return the date as input text that parses back to the same date."""
    # Browsers strip control characters from an input, so a text with any would not round-trip.
    candidates = (text for text in _candidate_texts(when, language) if text.isprintable() and _round_trips(text, when))
    return next(candidates, json.dumps(when.to_json(), ensure_ascii=False))


def _candidate_texts(when: ImpreciseDate, language: str) -> Iterator[str]:
    """Yield candidate texts for the date, the most readable first."""
    formatted = format_typed_date(when, language)
    if when.text:
        yield when.text
        yield f"{formatted} (“{when.text}”)"
    else:
        yield formatted
    yield format_for_input(when)


def _is_date(text: str) -> bool:
    """Return whether a text is a date on any day on which it is read."""
    try:
        return _parse_date(text) is not None
    except ValidationError:
        return False


def _round_trips(text: str, when: ImpreciseDate) -> bool:
    try:
        return _parse_date(text) == when
    except ValidationError:
        return False


def _parse_date(text: str, today: date | None = None, direction: Direction = "nearest") -> ImpreciseDate | None:
    """Return the date parsed from natural language, else in the syntax of the admin form field.

    Raises ValidationError if it is neither.
    """
    try:
        return parse_date_said_on(today, text, direction) if today else parse_imprecise_date(text)
    except NotADate as problem:
        try:
            found: ImpreciseDate | None = ImpreciseDateFormField(required=False).clean(text)
        except ValidationError:
            raise ValidationError(problem.message, code="invalid", params=problem.params) from None
        return found


class NaturalDateField(ImpreciseDateFormField):
    """A form field for an imprecise date in natural language."""

    #: The day from which "gisteren" or "10 nov" counts; the form sets it. Without it, those are not read.
    today: date | None = None
    direction: Direction = "nearest"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set a default help text with the accepted formats."""
        own_help = kwargs.pop("help_text", "")
        self.has_default_help = not own_help
        super().__init__(*args, help_text=own_help or _HELP, **kwargs)

    def count_from(self, today: date | None, name: str) -> None:
        """Read dates as people say them on that day, and on the side of it that fits a field with this name."""
        self.today, self.direction = today, _DIRECTIONS.get(name, "nearest")
        if self.has_default_help and name == "planned":
            self.help_text = _PLANNED_HELP
        elif self.has_default_help and self.direction == "past":
            self.help_text = _PAST_HELP

    def to_python(self, value: Any) -> Any:
        """Return the date, or None for an empty value. Raises ValidationError with the accepted formats."""
        if value is None or isinstance(value, ImpreciseDate):
            return value
        text = str(value).strip()
        return _parse_date(text, self.today, self.direction) if text else None

    def understood(self, value: Any) -> str:
        """Return a sentence that says which day was understood; "" where what was typed says it itself."""
        typed = "" if isinstance(value, ImpreciseDate | date) else str(value or "").strip()
        if not typed or self.today is None or _is_date(typed):
            return ""
        try:
            found = self.to_python(typed)
        except ValidationError:
            return ""
        when: ImpreciseDate = ImpreciseDate.on(found) if isinstance(found, date) else found
        exact = when.latest if when.precision == "day" else None
        day = date_format(exact, "l j F Y") if exact else wording.format_date(when, active_language())
        return gettext("You wrote “%(typed)s”: that is %(day)s.") % {"typed": typed, "day": day}

    def prepare_value(self, value: Any) -> Any:
        """Return the date as input text; a submitted text is returned unchanged."""
        return format_date_input(value, active_language()) if isinstance(value, ImpreciseDate) else value


class NaturalDayField(NaturalDateField):
    """A form field for one day in natural language, such as "20-3-2026" or "gisteren"; its value is a ``date``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set a default help text with the accepted formats."""
        help_text = kwargs.pop("help_text", "") or _("For example 20-3-2026 or yesterday.")
        super().__init__(*args, help_text=help_text, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the day, or None for an empty value. Raises ValidationError that quotes what was typed."""
        if isinstance(value, date):
            return value
        try:
            found = super().to_python(value)
        except ValidationError:
            found = ImpreciseDate.unknown()
        if found is None:
            return None
        if found.earliest is None or found.earliest != found.latest:
            message = _("“%(typed)s” is not a day. Write a day, for example 20-3-2026 or yesterday.")
            raise ValidationError(message, code="invalid", params={"typed": str(value).strip()[:40]})
        return found.latest

    def prepare_value(self, value: Any) -> Any:
        """Return the day as input text; a submitted text is returned unchanged."""
        return super().prepare_value(ImpreciseDate.on(value) if isinstance(value, date) else value)
