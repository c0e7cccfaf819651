"""What stands in one cell of a sheet that we write, and how a text is kept from being taken for a formula."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from participation.compliance import words
from participation.compliance.dates import When

#: What a cell can hold once it is made: a text, a number, a day or a moment; None is empty.
Cell = str | int | float | date | datetime | None

#: What spreadsheets take for the beginning of a formula: also after white space, and as Japanese keyboards write it.
#: An apostrophe of our own before one is part of the pattern, or it could not be told from one of the writer's.
_FORMULA: Final = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")


def escaped(text: str) -> str:
    """Return a text such that no spreadsheet takes it for a formula: with an apostrophe before what looks like one.

    ``unescaped`` gives back the very same text: what is written "=1", "'=1" and "'s avonds" is read as it was.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """Return the text that ``escaped`` made this of; any other text as it is."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text


def cell(value: Any, language: str) -> Cell:
    """Return a value as a cell holds it, in the language that is active, which is this one.

    Exact days are days, which sort and count; imprecise dates are told in words, for a day would be a guess.
    What is not known is empty. Texts are not escaped yet.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, When):
        exact = value.earliest is not None and value.earliest == value.latest and value.precision == "day"
        return value.latest if exact else words.say_when(value, language)
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0) if timezone.is_aware(value) else value
    if isinstance(value, int | float | date):
        return value
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {text}" for key, text in value.items() if text) or None
    if isinstance(value, list | tuple):
        return "; ".join(str(cell(item, language)) for item in value if item not in (None, "")) or None
    return str(value)
