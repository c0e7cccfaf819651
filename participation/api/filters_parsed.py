"""Filters by a day, a moment or a number: what is none is told with what one may write."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_filters import Filter

from .conventions.asking import FIRST, IN_THOSE_YEARS, LAST

#: What fits in the key of a table.
LONGEST_NUMBER: Final = 18


class _ParsedField(forms.CharField):
    """A text that must be read as something else."""

    def __init__(self, *args: Any, parse: Callable[[str], Any], refused: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parse, self.refused = parse, refused

    def to_python(self, value: Any) -> Any:
        """Return what it says. Raises ValidationError where it says nothing that can be."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return self.parse(text)
        except (ValueError, OverflowError):
            raise ValidationError(_(self.refused)) from None


class _Parsed(Filter):
    field_class = _ParsedField
    schema: Mapping[str, Any] = {}
    refused = ""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label=label, parse=self.parsed, refused=self.refused, **more)

    @staticmethod
    def parsed(text: str) -> Any:
        raise NotImplementedError


class Day(_Parsed):
    """A filter by a day."""

    schema = {"type": "string", "format": "date", "pattern": IN_THOSE_YEARS}
    refused = gettext_noop("Write a day like 2026-03-20, from 1900 to 2199.")

    @staticmethod
    def parsed(text: str) -> date:
        """Return the day. Raises ValueError on what is none."""
        found = date.fromisoformat(text)
        if len(text) != len("2026-03-20") or not FIRST <= found <= LAST:
            raise ValueError
        return found


class Moment(_Parsed):
    """A filter by a moment; a day stands for its beginning."""

    schema = {
        "anyOf": [{"type": "string", "format": form, "pattern": IN_THOSE_YEARS} for form in ("date-time", "date")]
    }
    refused = gettext_noop("Write a moment like 2026-03-20T12:00:00Z, or a day.")

    @staticmethod
    def parsed(text: str) -> datetime:
        """Return the moment. Raises ValueError on what is none."""
        # In an address a plus that was not escaped arrives as a space.
        found = datetime.fromisoformat(text.replace(" ", "+") if text.count(" ") == 1 else text)
        found = found if found.tzinfo else timezone.make_aware(found)
        if not FIRST <= found.date() <= LAST:
            raise ValueError
        return found.astimezone(UTC)


class Whole(_Parsed):
    """A filter by a whole number, 0 or more."""

    schema = {"type": "integer", "minimum": 0, "maximum": 10**LONGEST_NUMBER - 1}
    refused = gettext_noop("Write a whole number, 0 or more.")

    @staticmethod
    def parsed(text: str) -> int:
        """Return the number. Raises ValueError on what is none, or too large for any table."""
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
            raise ValueError
        return int(text)
