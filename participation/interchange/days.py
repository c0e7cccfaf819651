"""Parser of dates in imported files, in the notations of spreadsheets, databases and council information systems.

Ambiguous dates and two-digit years are rejected with the accepted notation. Anything else is parsed as people write
dates (``dates``), imprecise ones included.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from participation.compliance.dates import ImpreciseDate

from .dates import (
    NO_SUCH_DAY,
    NO_YEAR,
    OTHER_WEEKDAY,
    UNREADABLE,
    NotADate,
    month_number,
    parse_imprecise_date,
    split_printed,
    weekday_number,
)

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
#: Day 0 of Excel's serial dates, valid from March 1900 (Excel treats 1900 as a leap year).
_EXCEL_DAY_0: Final = date(1899, 12, 30)
#: Five digits are an Excel serial date; lower ones (before 1950) are rejected as improbable.
_MIN_SERIAL: Final = 18_264
#: UTC offset in hours of the time zone names that Dutch systems write.
_ZONES: Final = {"z": 0, "utc": 0, "gmt": 0, "cet": 1, "met": 1, "cest": 2, "mest": 2}

_SERIAL = re.compile(r"\d{5}(?:[.,]\d{1,15})?")
#: A number that is neither a year, a serial date nor YYYYMMDD.
_NUMBER = re.compile(r"(?:\d{1,3}|\d{6,7}|\d{9,})(?:[.,]\d+)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:t(\d{2})(\d{2})(?:\d{2})?(z?))?")
_YEAR_FIRST = re.compile(r"(\d{4})([-/. ])(\d{1,2}|[a-z]{3,9})\.?\2(\d{1,2})")
_NAMED_MONTH = re.compile(r"(\d{1,2})[-/. ]{1,2}([a-z]{3,9})\.?[-/ ]{1,2}(\d{4})")
_SHORT_YEAR = re.compile(
    r"\d{1,2}[-/. ]{1,2}(?:\d{1,2}|[a-z]{3,9}\.?)[-/. ]{1,2}['’]?\d{2}|[a-z]{3,9}\.? \d{1,2},? ['’]?\d{2}"
)
_SLASHES = re.compile(r"(?<!\d)(\d{1,2}) ?/ ?(\d{1,2}) ?/ ?(\d{4})(?!\d)")
_WEEKDAY = re.compile(r"([a-z]{2,9})(?:\., ?|[., ] ?)(.+)")
_CLOCK = (
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?(?: ?(?P<half>[ap]\.?m)\.?)?"
    r"(?: ?(?:uur|u|h))?"
    r"|(?P<hour2>\d{1,2})(?:\.(?P<minute2>\d{2}))? ?(?:uur|u|h|(?P<half2>[ap]\.?m)\.?))"
)
_ZONE = r"(?: ?(?P<zone>z|utc|gmt|cest|cet|mest|met|(?:utc|gmt)? ?[+-]\d{1,2}(?::?\d{2})?))?"
_MOMENT = re.compile(rf"(?P<day>.+?)(?:,? ?t|,? (?:om |at )?){_CLOCK}\.?{_ZONE}(?: \([a-z ]{{1,40}}\))?")
#: The notation of C's ctime and of Unix date, with the year last: "Nov 3 19:30:00 CET 2026".
_YEAR_LAST = re.compile(r"(.+?) (\d{1,2}:\d{2}(?::\d{2})?)( [a-z]{1,4})? (\d{4})")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?")

_BARE_NUMBER = _("This is not a day in the calendar. Write it like 20-3-2026.")
_AMBIGUOUS_DAY = _("%(typed)s can be %(one)s and %(other)s. Write the one that is meant, in one of these two ways.")


class ReadDay(NamedTuple):
    """A parsed date, with a note if the interpretation needs to be checked by a person."""

    when: ImpreciseDate
    note: str = ""


def read_day(text: str, *, default_zone: tzinfo | None = None) -> ReadDay:
    """Return the date in a cell or value of a file; of a timestamp, its date in Amsterdam. Raises NotADate.

    ``default_zone`` is the time zone of timestamps without an offset; the default is Amsterdam.
    """
    typed = " ".join(text.split())
    # The patterns below backtrack, so the length of the text is limited.
    if len(typed) > 300:
        raise NotADate(UNREADABLE)
    bare = typed.casefold()
    if _SERIAL.fullmatch(bare):
        return _parse_serial(typed)
    if _NUMBER.fullmatch(bare):
        raise NotADate(_BARE_NUMBER)
    if found := _COMPACT.fullmatch(bare):
        day = _make_date(typed, found[1], found[2], found[3])
        if found[4]:
            return ReadDay(
                _day_in_amsterdam(typed, day, int(found[4]), int(found[5]), UTC if found[6] else default_zone)
            )
        return ReadDay(ImpreciseDate.on(day))
    if found := _YEAR_LAST.fullmatch(bare):
        bare = f"{found[1]} {found[4]} {found[2]}{found[3] or ''}"
    if found := _MOMENT.fullmatch(bare):
        return ReadDay(_day_of_moment(typed, found, default_zone))
    return ReadDay(_parse_day(typed, bare))


def _parse_serial(typed: str) -> ReadDay:
    number = int(re.split("[.,]", typed)[0])
    if number < _MIN_SERIAL:
        raise NotADate(_BARE_NUMBER)
    when = ImpreciseDate.on(_EXCEL_DAY_0 + timedelta(days=number))
    params = {"number": typed, "day": f"{when.latest:%-d-%-m-%Y}"}
    return ReadDay(when, gettext("%(number)s was read as %(day)s: so Excel counts days.") % params)


def _day_of_moment(typed: str, found: re.Match[str], default_zone: tzinfo | None) -> ImpreciseDate:
    when = _parse_day(typed, found["day"].strip(" ,"))
    hour, minute = int(found["hour"] or found["hour2"]), int(found["minute"] or found["minute2"] or 0)
    if half := found["half"] or found["half2"]:
        if not 1 <= hour <= 12:
            raise NotADate(UNREADABLE)
        hour = hour % 12 + 12 * half.startswith("p")
    # 24:00 is allowed (ISO 8601): the end of that day.
    if hour > 24 or minute > 59 or (hour == 24 and minute) or int(found["second"] or 0) > 60:
        raise NotADate(UNREADABLE)
    zone = _parse_zone(found["zone"]) or default_zone
    if when.precision != "day" or when.latest is None:
        return when
    return _day_in_amsterdam(typed, when.latest, min(hour, 23), minute, zone)


def _day_in_amsterdam(typed: str, day: date, hour: int, minute: int, zone: tzinfo | None) -> ImpreciseDate:
    try:
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone or AMSTERDAM)
        return ImpreciseDate.on(moment.astimezone(AMSTERDAM).date())
    except (ValueError, OverflowError):
        raise NotADate(NO_SUCH_DAY, typed=typed) from None


def _parse_zone(name: str | None) -> tzinfo | None:
    if not name:
        return None
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    found = _OFFSET.search(name)
    if found is None or int(found[2]) > 14:
        raise NotADate(UNREADABLE)
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def _parse_day(typed: str, bare: str) -> ImpreciseDate:
    """Return the date in ``bare``, a case-folded text without a time of day. Raises NotADate."""
    if (found := _WEEKDAY.fullmatch(bare)) and (number := weekday_number(found[1])) is not None:
        when = _parse_day(typed, found[2])
        if when.precision == "day" and when.latest and when.latest.weekday() != number:
            raise NotADate(OTHER_WEEKDAY, typed=found[2])
        return when
    if re.fullmatch(r"\d{4}-\d{2}", bare):
        _make_date(typed, bare[:4], bare[5:], "1")
        return parse_imprecise_date(f"{bare[5:]}-{bare[:4]}")._replace(text="")
    if found := _YEAR_FIRST.fullmatch(bare):
        return ImpreciseDate.on(_make_date(typed, found[1], found[3], found[4]))
    if (found := _NAMED_MONTH.fullmatch(bare)) and month_number(found[2]):
        return ImpreciseDate.on(_make_date(typed, found[3], found[2], found[1]))
    if _SHORT_YEAR.fullmatch(bare):
        raise NotADate(NO_YEAR)
    for first, second, year in _SLASHES.findall(split_printed(bare)[0]):
        if max(int(first), int(second)) <= 12 and int(first) != int(second):
            one, other = (f"{year}-{month:0>2}-{day:0>2}" for month, day in ((second, first), (first, second)))
            raise NotADate(_AMBIGUOUS_DAY, typed=f"{first}/{second}/{year}", one=one, other=other)
    # The original text, because an imprecise date keeps it.
    return parse_imprecise_date(typed if bare == typed.casefold() else bare)


def _make_date(typed: str, year: str, month: str, day: str) -> date:
    number = int(month) if month.isdecimal() else month_number(month)
    try:
        return date(int(year), number or 0, int(day))
    except ValueError:
        raise NotADate(NO_SUCH_DAY, typed=typed) from None
