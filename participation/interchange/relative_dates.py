"""Dates as people say them, counted from today: "gisteren", "vorige week dinsdag", "over twee weken".

What can mean two days, such as "volgende dinsdag" or "next Tuesday", is not read.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from participation.compliance.dates import ImpreciseDate

from .dates import MAX_LENGTH, WEEKDAYS, parse_imprecise_date, split_printed

_DAYS = {
    **dict.fromkeys(("eergisteren", "the day before yesterday"), -2),
    **dict.fromkeys(("gisteren", "yesterday"), -1),
    **dict.fromkeys(("vandaag", "today"), 0),
    **dict.fromkeys(("morgen", "tomorrow"), 1),
    **dict.fromkeys(("overmorgen", "the day after tomorrow"), 2),
}
#: The place of a week or month, counted from this one.
_PLACES = {
    **dict.fromkeys(("vorige", "afgelopen", "last"), -1),
    **dict.fromkeys(("deze", "this"), 0),
    **dict.fromkeys(("volgende", "komende", "next"), 1),
}
_NUMBERS = {
    word: number
    for words in (
        "een twee drie vier vijf zes zeven acht negen tien elf twaalf",
        "one two three four five six seven eight nine ten eleven twelve",
    )
    for number, word in enumerate(words.split(), 1)
} | {"één": 1, "a": 1}
_WEEK = timedelta(weeks=1)


def _any_of(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_WEEKDAY, _PLACE, _DAY = (f"({_any_of(words)})" for words in (WEEKDAYS, _PLACES, _DAYS))
_COUNT, _UNIT = rf"(\d{{1,3}}|{_any_of(_NUMBERS)})", r"(dag|dagen|day|days|week|weken|weeks)"


def _weekday_of_week(place: str, weekday: str, today: date) -> str:
    monday = today - timedelta(days=today.weekday()) + _PLACES[place] * _WEEK
    return (monday + timedelta(days=WEEKDAYS[weekday])).isoformat()


def _last_weekday(weekday: str, today: date) -> str:
    return (today - timedelta(days=(today.weekday() - WEEKDAYS[weekday] - 1) % 7 + 1)).isoformat()


def _coming_weekday(weekday: str, today: date) -> str:
    return (today + timedelta(days=(WEEKDAYS[weekday] - today.weekday() - 1) % 7 + 1)).isoformat()


def _week(place: str, today: date) -> str:
    year, number, _weekday = (today + _PLACES[place] * _WEEK).isocalendar()
    return f"week {number} {year}"


def _month(place: str, today: date) -> str:
    first = today.replace(day=1)
    by = {-1: -1, 0: 0, 1: monthrange(today.year, today.month)[1]}[_PLACES[place]]
    return f"{first + timedelta(days=by):%m-%Y}"


def _distant(count: str, unit: str, sign: int, today: date) -> str:
    number = int(count) if count.isdecimal() else _NUMBERS[count]
    days = number * (7 if unit.startswith("w") else 1)
    return (today + sign * timedelta(days=days)).isoformat()


#: Patterns, the longest phrase first, each with what it means on a day.
_PHRASES: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = tuple(
    (re.compile(rf"(?<!\w){pattern}(?!\w)"), absolute)
    for pattern, absolute in (
        (rf"{_PLACE} week (?:op |on )?{_WEEKDAY}", _weekday_of_week),
        (
            rf"{_WEEKDAY} (?:in |van )?{_PLACE} week",
            lambda weekday, place, today: _weekday_of_week(place, weekday, today),
        ),
        (rf"(?:afgelopen|jongstleden|last) {_WEEKDAY}", _last_weekday),
        (rf"(?:komende|aanstaande|this coming) {_WEEKDAY}", _coming_weekday),
        (rf"{_COUNT} {_UNIT} (?:geleden|ago)", lambda count, unit, today: _distant(count, unit, -1, today)),
        (rf"(?:over|in) {_COUNT} {_UNIT}", lambda count, unit, today: _distant(count, unit, 1, today)),
        (rf"{_PLACE} week", _week),
        (rf"{_PLACE} (?:maand|month)", _month),
        (_DAY, lambda word, today: (today + timedelta(days=_DAYS[word])).isoformat()),
    )
)


def parse_date_said_on(today: date, typed: str) -> ImpreciseDate:
    """Return a date as ``parse_imprecise_date`` does, also where it is counted from ``today``. Raises NotADate.

    What counts from today is not kept as printed text: tomorrow it means another day.
    """
    bare, printed = split_printed(" ".join(typed[: MAX_LENGTH + 1].split()))
    said = bare.casefold()
    absolute = _with_absolute_dates(said, today)
    if absolute == said or len(typed) > MAX_LENGTH:
        return parse_imprecise_date(typed)
    return parse_imprecise_date(absolute)._replace(text=printed or "")


def _with_absolute_dates(text: str, today: date) -> str:
    """Return a text in lower case with each date that is counted from today written out: "uiterlijk 2026-04-21"."""
    for pattern, absolute in _PHRASES:
        if found := pattern.search(text):
            before, after = (_with_absolute_dates(part, today) for part in (text[: found.start()], text[found.end() :]))
            return before + absolute(*found.groups(), today) + after
    return text
