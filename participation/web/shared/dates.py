"""Dates in forms, as people write them: "20-3-2026", "medio juni 2026", "uiterlijk 17 maart 2017", "nog te plannen".

Showing gives back a text that reads as the very same date.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from participation.compliance.dates import When
from participation.exchange.dates import NotADate, ours, read_when
from participation.models.fields import WhenFormField, typed_form


def shown_when(when: When, language: str) -> str:
    """Return the date as it would be typed, so that what is shown reads back as the same date."""
    # An input takes off what is no letter or sign, so such a text would not come back.
    ways = (text for text in _ways(when, language) if text.isprintable() and _reads_back(text, when))
    return next(ways, json.dumps(when.to_json(), ensure_ascii=False))


def _ways(when: When, language: str) -> Iterator[str]:
    """Yield ways to write it, the one that people like best first."""
    said = ours(when, language)
    if when.text:
        yield when.text
        yield f"{said} (“{when.text}”)"
    else:
        yield said
    yield typed_form(when)


def _reads_back(text: str, when: When) -> bool:
    try:
        return _either_way(text) == when
    except ValidationError:
        return False


def _either_way(text: str) -> When | None:
    """Return the date as people write it, else as the form field of the administration does."""
    try:
        return read_when(text)
    except NotADate as problem:
        try:
            found: When | None = WhenFormField(required=False).clean(text)
        except ValidationError:
            raise ValidationError(problem.message, code="invalid", params=problem.told) from None
        return found


class SaidWhenField(WhenFormField):
    """A date that may be imprecise, typed and shown as people write it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what can be written, unless the form says something of its own."""
        help_text = kwargs.pop("help_text", "") or _(
            "For example 20-3-2026, mid-June 2026 or no later than 17 March 2026. "
            "Not planned yet? Write: to be planned."
        )
        super().__init__(*args, help_text=help_text, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the date, or None where nothing was typed. Raises ValidationError saying what to write."""
        if value is None or isinstance(value, When):
            return value
        text = str(value).strip()
        return _either_way(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        """Return the text that would be typed for this date; what was typed stays as it is."""
        return shown_when(value, _language()) if isinstance(value, When) else value


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "nl"
