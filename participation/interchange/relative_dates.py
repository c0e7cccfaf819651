"""Dates as people say them, counted from today: "gisteren", "vorige week dinsdag", "10 nov", "vrijdag over een week".

A day of the week, or a date without a year, is the last one up to today for what was done, the next one from today for
what is planned, and else the nearest. What can still mean two days, such as "volgende dinsdag", is refused with both.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from participation.compliance.dates import ImpreciseDate

from .dates import (
    MAX_LENGTH,
    NO_YEAR,
    WEEKDAYS,
    DateContext,
    NotADate,
    parse_imprecise_date,
    split_printed,
    weekday_number,
)

#: On which side of today a date lies when its year, or its week, was not written.
Direction = Literal["past", "future", "nearest"]

_DAYS = {
    **dict.fromkeys(("eergisteren", "eergister", "the day before yesterday"), -2),
    **dict.fromkeys(("gisteren", "gister", "yesterday"), -1),
    **dict.fromkeys(("vandaag", "vanochtend", "vanmorgen", "vanmiddag", "vanavond", "today", "tonight"), 0),
    **dict.fromkeys(("this morning", "this afternoon", "this evening"), 0),
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
#: How many years around this one are tried: first these, then more, for what is not in every year (29 February).
_YEARS_AROUND = (1, 8)
_TWO_DAYS = _("“%(typed)s” can be two days. Write which one you mean: %(one)s or %(other)s.")


class _Now(NamedTuple):
    """The day from which dates are counted, and on which side of it they lie."""

    today: date
    direction: Direction


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_WEEKDAY, _PLACE, _DAY = (f"({_any_of(words)})" for words in (WEEKDAYS, _PLACES, _DAYS))
_COUNT, _UNIT = rf"(\d{{1,3}}|{_any_of(_NUMBERS)})", r"(dag|dagen|day|days|week|weken|weeks)"
#: A part of a day says nothing about which day it is: "gisterenmiddag", "maandag in de ochtend".
_PART_OF_DAY = re.compile(
    rf"(?<!\w)({_any_of((*_DAYS, *WEEKDAYS))})"
    r"(?:,? ?(?:in de )?(?:ochtend|morgen|middag|namiddag|avond)|,? 's (?:ochtends|morgens|middags|avonds)"
    r"|,? (?:in the )?(?:morning|afternoon|evening))(?!\w)"
)
#: What follows a day of the week that stands by itself: nothing, or another date. "vrijdag 4 december" says more.
_ENDS = r"(?=$| \(\D|,? (?:of|or|en|and|t/m|tot|to|until|till|through|-) )"
_BY_ITSELF = re.compile(r"(?:op|on|d\.d\.|dd) (?=[^ ]+)")
_JUST_PAST, _SOON = r",? (?:j\.?l|jongstleden)\.?", r",? (?:a\.?s|aanstaande)\.?"


def _two_days(typed: str, one: date, other: date) -> str:
    """Return the day where both are the same. Raises NotADate where they are not."""
    if one == other:
        return one.isoformat()
    raise NotADate(_TWO_DAYS, typed=typed, one=_in_words(one), other=_in_words(other))


def _in_words(day: date) -> str:
    return date_format(day, "l j F Y")


def _day_of_week(place: int, weekday: str, today: date) -> date:
    return today + timedelta(days=WEEKDAYS[weekday] - today.weekday()) + place * _WEEK


def _last_day(weekday: str, today: date) -> date:
    return today - timedelta(days=(today.weekday() - WEEKDAYS[weekday] - 1) % 7 + 1)


def _coming_day(weekday: str, today: date) -> date:
    return today + timedelta(days=(WEEKDAYS[weekday] - today.weekday() - 1) % 7 + 1)


def _weekday_of_week(place: str, weekday: str, now: _Now) -> str:
    return _day_of_week(_PLACES[place], weekday, now.today).isoformat()


def _weekday_of_place(place: str, weekday: str, now: _Now) -> str:
    """Return the day of "volgende dinsdag": the coming one, where that is in the next week too."""
    day = _day_of_week(_PLACES[place], weekday, now.today)
    near = {-1: _last_day, 1: _coming_day}.get(_PLACES[place])
    return _two_days(f"{place} {weekday}", near(weekday, now.today), day) if near else day.isoformat()


def _weekday_by_itself(weekday: str, now: _Now) -> str:
    days = (WEEKDAYS[weekday] - now.today.weekday()) % 7
    is_past = days > 3 if now.direction == "nearest" else now.direction == "past" and days > 0
    return (now.today + timedelta(days=days - 7 * is_past)).isoformat()


def _weekday_from_now(weekday: str, count: str, unit: str, now: _Now) -> str:
    """Return the day of "vrijdag over een week"; days that are no whole weeks are a check on the day of the week."""
    distance = _distance(count, unit)
    if distance.days % 7:
        return f"{weekday} {(now.today + distance).isoformat()}"
    coming = _coming_day(weekday, now.today)
    if coming == now.today + _WEEK:
        return _two_days(f"{weekday} over {count} {unit}", now.today + distance, coming + distance)
    return (coming + distance).isoformat()


def _week(place: str, now: _Now) -> str:
    year, number, _weekday = (now.today + _PLACES[place] * _WEEK).isocalendar()
    return f"week {number} {year}"


def _month(place: str, now: _Now) -> str:
    first = now.today.replace(day=1)
    by = {-1: -1, 0: 0, 1: monthrange(now.today.year, now.today.month)[1]}[_PLACES[place]]
    return f"{first + timedelta(days=by):%m-%Y}"


def _distance(count: str, unit: str) -> timedelta:
    number = int(count) if count.isdecimal() else _NUMBERS[count]
    return timedelta(days=number * (7 if unit.startswith("w") else 1))


def _said_day(word: str, today: date) -> date:
    return today + timedelta(days=_DAYS[word])


#: Patterns, the longest phrase first, each with what it means on a day.
_PHRASES: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = tuple(
    (re.compile(rf"(?<!\w){pattern}(?!\w)"), absolute)
    for pattern, absolute in (
        (rf"{_PLACE} week (?:op |on )?{_WEEKDAY}", _weekday_of_week),
        (rf"{_WEEKDAY} (?:in |van )?{_PLACE} week", lambda weekday, place, now: _weekday_of_week(place, weekday, now)),
        (rf"{_WEEKDAY} (?:over|in) {_COUNT} {_UNIT}", _weekday_from_now),
        (
            rf"{_DAY} over {_COUNT} {_UNIT}",
            lambda word, count, unit, now: (_said_day(word, now.today) + _distance(count, unit)).isoformat(),
        ),
        (
            rf"(?:afgelopen|jongstleden|last) {_WEEKDAY}",
            lambda weekday, now: _last_day(weekday, now.today).isoformat(),
        ),
        (rf"{_WEEKDAY}{_JUST_PAST}", lambda weekday, now: _last_day(weekday, now.today).isoformat()),
        (
            rf"(?:komende|aanstaande|this coming) {_WEEKDAY}",
            lambda weekday, now: _coming_day(weekday, now.today).isoformat(),
        ),
        (rf"{_WEEKDAY}{_SOON}", lambda weekday, now: _coming_day(weekday, now.today).isoformat()),
        (rf"{_PLACE} {_WEEKDAY}", _weekday_of_place),
        (
            rf"{_COUNT} {_UNIT} (?:geleden|ago)",
            lambda count, unit, now: (now.today - _distance(count, unit)).isoformat(),
        ),
        (
            rf"(?:over|in) {_COUNT} {_UNIT}",
            lambda count, unit, now: (now.today + _distance(count, unit)).isoformat(),
        ),
        (rf"{_PLACE} week", _week),
        (rf"{_PLACE} (?:maand|month)", _month),
        (_DAY, lambda word, now: _said_day(word, now.today).isoformat()),
        (rf"{_WEEKDAY}{_ENDS}", _weekday_by_itself),
    )
)


def parse_date_said_on(today: date, typed: str, direction: Direction = "nearest") -> ImpreciseDate:
    """Return a date as ``parse_imprecise_date`` does, also where it is counted from ``today``. Raises NotADate.

    What counts from today is not kept as printed text: tomorrow it means another day.
    """
    try:
        return parse_imprecise_date(typed)
    except NotADate as error:
        problem = error
    if len(typed) > MAX_LENGTH:
        raise problem
    bare, printed = split_printed(" ".join(typed.split()))
    said = bare.casefold()
    text, now = _without_side(said, _Now(today, direction))
    absolute = _with_absolute_dates(text, now)
    if absolute == said and problem.message is not NO_YEAR:
        raise problem
    try:
        found = parse_imprecise_date(absolute)
    except NotADate as error:
        if error.message is not NO_YEAR:
            raise
        found = _in_fitting_year(absolute, now)
    return found._replace(text=printed or "")


def _without_side(said: str, now: _Now) -> tuple[str, _Now]:
    """Return a text without words that add nothing, and on which side of today it says to lie: "12 november jl."."""
    text = _PART_OF_DAY.sub(r"\1", said)
    if parts := _BY_ITSELF.match(text):
        text = text[parts.end() :]
    if (number := weekday_number(text.rstrip("."))) is not None:
        text = list(WEEKDAYS)[number]
    endings: tuple[tuple[str, Direction], ...] = ((_JUST_PAST, "past"), (_SOON, "future"))
    for ending, direction in endings:
        if (parts := re.fullmatch(rf"(.*\d.*?){ending}", text)) is not None:
            return parts[1], now._replace(direction=direction)
    return text, now


def _with_absolute_dates(text: str, now: _Now) -> str:
    """Return a text in lower case with each date that is counted from today written out: "uiterlijk 2026-04-21"."""
    for pattern, absolute in _PHRASES:
        if found := pattern.search(text):
            day, following = absolute(*found.groups(), now), now
            if absolute is _weekday_by_itself:
                # "donderdag t/m zondag": the second day comes after the first, on whichever side of today.
                following = _Now(date.fromisoformat(day), "future")
            before = _with_absolute_dates(text[: found.start()], now)
            return before + day + _with_absolute_dates(text[found.end() :], following)
    return text


def _in_fitting_year(text: str, now: _Now) -> ImpreciseDate:
    """Return the date of a text without a year, in the year that fits. Raises NotADate."""
    # Not chosen by its day of the week: "vrijdag 5 december" of a year in which that is a Saturday is an error.
    undated = " ".join(word for word in text.split() if weekday_number(word.rstrip(".,")) is None)
    found: dict[ImpreciseDate, int] = {}
    problem = NotADate(NO_YEAR)
    for around in _YEARS_AROUND:
        for year in range(now.today.year - around, now.today.year + around + 1):
            try:
                found.setdefault(parse_imprecise_date(undated, _context(year)), year)
            except NotADate as error:
                problem = error
        if fitting := _fitting(found, now):
            return parse_imprecise_date(text, _context(found[fitting]))
    if not found:
        raise problem
    nearest = min(found, key=lambda when: _days_from(when, now.today))
    return parse_imprecise_date(text, _context(found[nearest]))


def _context(year: int) -> DateContext:
    return DateContext(year, any_short_year=True)


def _fitting(found: Iterable[ImpreciseDate], now: _Now) -> ImpreciseDate | None:
    """Return the last that began by today, the first that is not over, or the nearest; None if there is none.

    Raises NotADate where two days are equally near.
    """
    dated = [when for when in found if when.latest]
    if now.direction == "past":
        return max((when for when in dated if when.sort_key[0] <= now.today), default=None)
    if now.direction == "future":
        return min((when for when in dated if when.sort_key[1] >= now.today), default=None)
    near = sorted(dated, key=lambda when: _days_from(when, now.today))
    if len(near) > 1 and _days_from(near[0], now.today) == _days_from(near[1], now.today):
        raise NotADate(NO_YEAR)
    return near[0] if near else None


def _days_from(when: ImpreciseDate, today: date) -> int:
    first, last = when.sort_key
    return max((first - today).days, (today - last).days, 0)
