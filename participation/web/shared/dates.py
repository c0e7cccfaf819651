"""Imprecise dates in forms: "20-3-2026", "medio juni 2026", "uiterlijk 17 maart 2017", "gisteren", "nog te plannen".

Formatting and parsing round-trip: the shown text parses to the same date.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from participation.compliance.dates import ImpreciseDate
from participation.interchange.dates import NotADate, format_typed_date, parse_imprecise_date
from participation.interchange.relative_dates import parse_date_said_on
from participation.models.fields import ImpreciseDateFormField, format_for_input

from .pages import active_language


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


def _round_trips(text: str, when: ImpreciseDate) -> bool:
    try:
        return _parse_date(text) == when
    except ValidationError:
        return False


def _parse_date(text: str, today: date | None = None) -> ImpreciseDate | None:
    """Return the date parsed from natural language, else in the syntax of the admin form field.

    Raises ValidationError if it is neither.
    """
    try:
        return parse_date_said_on(today, text) if today else parse_imprecise_date(text)
    except NotADate as problem:
        try:
            found: ImpreciseDate | None = ImpreciseDateFormField(required=False).clean(text)
        except ValidationError:
            raise ValidationError(problem.message, code="invalid", params=problem.params) from None
        return found


class NaturalDateField(ImpreciseDateFormField):
    """A form field for an imprecise date in natural language."""

    #: The day from which "gisteren" or "vorige week dinsdag" counts; the form sets it. Without it, those are not read.
    today: date | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set a default help text with the accepted formats."""
        help_text = kwargs.pop("help_text", "") or _(
            "For example 20-3-2026, yesterday, mid-June 2026 or no later than 17 March 2026. "
            "Not planned yet? Write: to be planned."
        )
        super().__init__(*args, help_text=help_text, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the date, or None for an empty value. Raises ValidationError with the accepted formats."""
        if value is None or isinstance(value, ImpreciseDate):
            return value
        text = str(value).strip()
        return _parse_date(text, self.today) if text else None

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
