"""Filters by date, timestamp or number. Invalid values are rejected with the accepted format."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_filters import Filter

from .core.query_params import DAY_PATTERN, YEAR_PATTERN, parse_day, parse_timestamp

#: Maximum number of digits: any such number fits in a BIGINT.
MAX_INTEGER_DIGITS: Final = 18


class _ParsedField(forms.CharField):
    """A text field that converts its value with ``parse``; ``invalid_message`` is the error message."""

    def __init__(self, *args: Any, parse: Callable[[str], Any], invalid_message: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parse, self.invalid_message = parse, invalid_message

    def to_python(self, value: Any) -> Any:
        """Return the parsed value, None if empty. Raises ValidationError if it cannot be parsed."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return self.parse(text)
        except (ValueError, OverflowError):
            raise ValidationError(_(self.invalid_message)) from None


class _ParsedFilter(Filter):
    field_class = _ParsedField
    schema: ClassVar[Mapping[str, Any]]
    #: The parser, and the error message for values that it rejects.
    parser: "ClassVar[staticmethod[[str], Any]]"
    invalid_message: ClassVar[str]

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label=label, parse=self.parser, invalid_message=self.invalid_message, **more)


def _parse_integer(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_INTEGER_DIGITS):
        raise ValueError(text)
    return int(text)


class DayFilter(_ParsedFilter):
    """A filter by date."""

    schema = {"type": "string", "format": "date", "pattern": DAY_PATTERN}
    parser = staticmethod(parse_day)
    invalid_message = gettext_noop("Use a date like 2026-03-20, from 1900 to 2199.")


class TimestampFilter(_ParsedFilter):
    """A filter by timestamp; a bare date means 00:00 local time."""

    schema = {
        "anyOf": [
            {"type": "string", "format": "date-time", "pattern": YEAR_PATTERN},
            {"type": "string", "format": "date", "pattern": DAY_PATTERN},
        ]
    }
    parser = staticmethod(parse_timestamp)
    invalid_message = gettext_noop("Use a timestamp like 2026-03-20T12:00:00Z, or a date.")


class IntegerFilter(_ParsedFilter):
    """A filter by a non-negative integer that fits in a BIGINT."""

    schema = {"type": "integer", "minimum": 0, "maximum": 10**MAX_INTEGER_DIGITS - 1}
    parser = staticmethod(_parse_integer)
    invalid_message = gettext_noop("Use an integer of 0 or more.")
