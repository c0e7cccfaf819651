"""Filters by date, timestamp or number. Invalid values are rejected with the accepted format."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_filters import Filter

from .core.query_params import IN_THOSE_YEARS, read_day, read_moment

#: Maximum number of digits: any such number fits in a BIGINT.
LONGEST_NUMBER: Final = 18


class _ParsedField(forms.CharField):
    """A text field that converts its value with ``parse``; ``refused`` is the error message."""

    def __init__(self, *args: Any, parse: Callable[[str], Any], refused: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parse, self.refused = parse, refused

    def to_python(self, value: Any) -> Any:
        """Return the parsed value, None if empty. Raises ValidationError if it cannot be parsed."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return self.parse(text)
        except (ValueError, OverflowError):
            raise ValidationError(_(self.refused)) from None


class _Parsed(Filter):
    field_class = _ParsedField
    schema: ClassVar[Mapping[str, Any]]
    #: The parser, and the error message for values that it rejects.
    parsed: "ClassVar[staticmethod[[str], Any]]"
    refused: ClassVar[str]

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label=label, parse=self.parsed, refused=self.refused, **more)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise ValueError(text)
    return int(text)


class DayFilter(_Parsed):
    """A filter by date."""

    schema = {"type": "string", "format": "date", "pattern": IN_THOSE_YEARS}
    parsed = staticmethod(read_day)
    refused = gettext_noop("Write a day like 2026-03-20, from 1900 to 2199.")


class Moment(_Parsed):
    """A filter by timestamp; a bare date means 00:00 local time."""

    schema = {
        "anyOf": [{"type": "string", "format": form, "pattern": IN_THOSE_YEARS} for form in ("date-time", "date")]
    }
    parsed = staticmethod(read_moment)
    refused = gettext_noop("Write a moment like 2026-03-20T12:00:00Z, or a day.")


class Whole(_Parsed):
    """A filter by a non-negative integer that fits in a BIGINT."""

    schema = {"type": "integer", "minimum": 0, "maximum": 10**LONGEST_NUMBER - 1}
    parsed = staticmethod(_whole)
    refused = gettext_noop("Write a whole number, 0 or more.")
