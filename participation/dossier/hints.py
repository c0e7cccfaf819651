"""Hints for problems: how a value is shown, and the right notation of a date."""

import re
from calendar import monthrange
from datetime import date
from typing import Any, Final

_MAX_SHOWN_LENGTH: Final = 60
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]((?:19|20|21)[0-9]{2})")
_YEAR_FIRST = re.compile(r"((?:19|20|21)[0-9]{2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})(?:T.*)?", re.DOTALL)
_DIGITS = re.compile(r"((?:19|20|21)[0-9]{2})([0-9]{2})([0-9]{2})")
_MONTH = re.compile(r"((?:19|20|21)[0-9]{2})-([0-9]{2})")
_YEAR = re.compile(r"(?:19|20|21)[0-9]{2}")
_IMPRECISE = '{"from": "2026-03-11", "to": "2026-03-20", "precision": "month_part", "text": "medio maart"}'


def format_value(value: Any) -> str:
    """Return a short representation of a value for an error, on one line."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    # Truncate before repr(), so as not to copy a text of megabytes.
    text = repr(value[: _MAX_SHOWN_LENGTH + 1]) if isinstance(value, str) else str(value)
    return text if len(text) <= _MAX_SHOWN_LENGTH else f"{text[: _MAX_SHOWN_LENGTH - 1]}…"


def date_hint(value: Any) -> str:
    """Return a hint on how to write the date that was probably meant."""
    if isinstance(value, dict):
        return f"write its first and last possible day, e.g. {_IMPRECISE}"
    if isinstance(value, str):
        text = value.strip()
        if day := _probable_day(text):
            return f'write "{day}"'
        if found := _MONTH.fullmatch(text):
            year, month = int(found[1]), int(found[2])
            if 1 <= month <= 12:
                last = monthrange(year, month)[1]
                return f'write {{"from": "{text}-01", "to": "{text}-{last}", "precision": "month"}}'
        if _YEAR.fullmatch(text):
            return f'write {{"from": "{text}-01-01", "to": "{text}-12-31", "precision": "year"}}'
    return f"write YYYY-MM-DD, e.g. 2026-03-20, or when it is not exact: {_IMPRECISE}"


def _probable_day(text: str) -> str:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := _YEAR_FIRST.fullmatch(text) or _DIGITS.fullmatch(text):
        year, month, day = found.groups()
    else:
        return ""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
