"""Hints for problems, in the active language: how a value is shown, the closest known word, the notation of a date."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from participation.compliance.dates import DateError
from participation.compliance.problem_kinds import HintKind
from participation.compliance.problems import MAX_COMPARED_WORDS, closest_word, listed_words

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
        return _("an object")
    if isinstance(value, list):
        return _("a list")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    # Truncate before repr(), so as not to copy a text of megabytes.
    text = repr(value[: _MAX_SHOWN_LENGTH + 1]) if isinstance(value, str) else str(value)
    return text if len(text) <= _MAX_SHOWN_LENGTH else f"{text[: _MAX_SHOWN_LENGTH - 1]}…"


def did_you_mean(word: str, known: Iterable[str], limit: int = MAX_COMPARED_WORDS) -> str:
    """Return "did you mean …?" with the closest of the first ``limit`` known words, or an empty string."""
    close = closest_word(word, known, limit)
    return _(HintKind.DID_YOU_MEAN.value) % {"close": repr(close)} if close else ""


def closest_word_hint(word: str, known: Iterable[str]) -> str:
    """Return a hint with the closest known word, else with the known words."""
    known = sorted(known)
    return did_you_mean(word, known, len(known)) or _(HintKind.KNOWN_ARE.value) % {"known": listed_words(known)}


def date_error_text(error: Exception) -> str:
    """Return why a value is no date; of an error of Python its own text."""
    return _(error.message) % error.values if isinstance(error, DateError) else str(error)


def date_hint(value: Any) -> str:
    """Return a hint on how to write the date that was probably meant."""
    if isinstance(value, dict):
        return _("write its first and last possible day, e.g. %(example)s") % {"example": _IMPRECISE}
    # 20270612 may be written as a number.
    if isinstance(value, str | int) and not isinstance(value, bool):
        text = str(value).strip()
        if day := _probable_day(text):
            return _("write %(example)s") % {"example": f'"{day}"'}
        if found := _MONTH.fullmatch(text):
            year, month = int(found[1]), int(found[2])
            if 1 <= month <= 12:
                last = monthrange(year, month)[1]
                return _write_range(f"{text}-01", f"{text}-{last}", "month")
        if _YEAR.fullmatch(text):
            return _write_range(f"{text}-01-01", f"{text}-12-31", "year")
    hint = _("write YYYY-MM-DD, e.g. 2026-03-20, or when it is not exact: %(example)s")
    return hint % {"example": _IMPRECISE}


def _write_range(first: str, last: str, precision: str) -> str:
    example = f'{{"from": "{first}", "to": "{last}", "precision": "{precision}"}}'
    return _("write %(example)s") % {"example": example}


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
