"""Parser of dates as people write them: "20-3-2026", "medio juni 2026", "uiterlijk 17 maart 2017", "nog te plannen".

Accepts Dutch and English regardless of the active language. If the notation differs from our own, it is kept as the
printed text of the date. A file whose heading gives the year prints its dates without one: ``DateContext`` says which.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple, cast

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from participation.compliance import wording
from participation.compliance.dates import DATELESS, ImpreciseDate

LANGUAGES = ("nl", "en")
#: Maximum length of a date with its printed text, in characters.
MAX_LENGTH = 500
#: Two figures are a year only where it is this near to that of the context: "14-3-26" may also be of 1926.
_MAX_YEARS_APART = 2
#: A longer span without years is more likely one in which the days were exchanged.
_MAX_DAYS_OVER_NEW_YEAR = 183
_DATELESS = {
    **dict.fromkeys(
        (
            *(
                "nog te plannen",
                "nog niet gepland",
                "nog in te plannen",
                "nog inplannen",
                "nog plannen",
                "n.t.p",
                "ntp",
            ),
            *(
                "nog te bepalen",
                "nader te bepalen",
                "n.t.b",
                "ntb",
                "nog niet bekend",
                "n.n.b",
                "nnb",
                "volgt",
                "pm",
                "p.m",
            ),
            *("to be planned", "not planned yet", "unscheduled", "tbd", "t.b.d", "tba"),
        ),
        "unscheduled",
    ),
    **dict.fromkeys(("onbekend", "niet bekend", "datum onbekend", "unknown", "not known"), "unknown"),
}
_MONTHS = {
    wording.label("months", str(number), language).casefold(): number
    for number in range(1, 13)
    for language in LANGUAGES
} | {"mrt": 3}
WEEKDAYS = {
    name: number
    for names in (
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "monday tuesday wednesday thursday friday saturday sunday",
    )
    for number, name in enumerate(names.split())
}
_SHORT_WEEKDAYS = {
    name: number
    for names in ("ma di wo do vr za zo", "mon tue wed thu fri sat sun", "maa din woe don vri zat zon")
    for number, name in enumerate(names.split())
}
_MONTH_PARTS = {
    **dict.fromkeys(("begin", "early"), (1, 10)),
    **dict.fromkeys(("medio", "midden", "half", "mid"), (11, 20)),
    **dict.fromkeys(("eind", "einde", "late", "end of"), (21, 31)),
}
_QUARTERS = {
    word: number
    for number, ordinals in enumerate(
        ("eerste 1e 1ste first 1st", "tweede 2e 2de second 2nd", "derde 3e 3de third 3rd", "vierde 4e 4de fourth 4th"),
        1,
    )
    for word in ordinals.split()
}


class DateContext(NamedTuple):
    """What a date without a year, or a day without a month, takes from around it: a heading, or the date beside it.

    With ``any_short_year`` a year in two figures is always one of this century: who typed it sees how it was read.
    """

    year: int
    month: int | None = None
    any_short_year: bool = False


class NotADate(ValueError):
    """The text cannot be parsed as a date; ``message`` is what to write instead."""

    def __init__(self, message: Any, **params: Any) -> None:
        super().__init__(message)
        self.message, self.params = message, params

    def __str__(self) -> str:
        """Return the message with its parameters filled in."""
        return str(self.message) % self.params if self.params else str(self.message)


UNREADABLE = _(
    "This cannot be read as a date. Write for example: 20-3-2026, 20 March 2026, March 2026, mid-June 2026, "
    "16 or 17 March 2026, 3 to 22 April 2026, no later than 17 March 2026, about 13 June 2026, week 27 2026, "
    "2026, to be planned or unknown."
)
NO_SUCH_DAY = _("%(typed)s is not in the calendar. Check the day and the month.")
NO_YEAR = _("Also write the year, in four figures: 20 March 2026.")
_REVERSED = _("The first day comes after the last one. Write the earliest day first.")
_NO_DAY = _("Write an exact day with this: about 13 June 2026, or 13 June 2026 (to be confirmed).")
OTHER_WEEKDAY = _("%(typed)s falls on another day of the week. Check the date.")


def parse_imprecise_date(typed: str, context: DateContext | None = None) -> ImpreciseDate:
    """Parse a date; an imprecise date keeps its original text. Raises NotADate.

    With ``context`` a date may lack its year, or have two figures of one within two years of that of the context.
    """
    typed = " ".join(typed.split())
    # The patterns below backtrack, so the length of the text is limited.
    if len(typed) > MAX_LENGTH:
        raise NotADate(UNREADABLE)
    bare, printed = split_printed(typed)
    found = _parse_phrase(_normalize(bare), context)
    if printed is not None:
        return found._replace(text=printed)
    if found.precision == "day" or found.precision in DATELESS or _is_typed_form(bare, found):
        return found
    return found._replace(text=typed)


def is_date_notation(text: str, context: DateContext) -> bool:
    """Return whether the text has the form of a date; a day of the week in it need not be the right one."""
    words = [word for word in text.split() if weekday_number(word.casefold().rstrip(".,")) is None]
    try:
        parse_imprecise_date(" ".join(words), context)
    except NotADate:
        return False
    return True


def split_printed(typed: str) -> tuple[str, str | None]:
    """Split off the printed text in parentheses: "uiterlijk 17 maart 2017 (“Uiterlijk 17/3”)"."""
    if parts := re.fullmatch(r'(.+?) ?\([“"](.+)[”"]\)', typed):
        return parts[1], parts[2]
    return typed, None


def _normalize(typed: str) -> str:
    text = re.sub(r"[–—−]", "-", typed.casefold()).replace("vóór", "voor")
    return " ".join(text.split()).rstrip(".")


def _is_typed_form(typed: str, found: ImpreciseDate) -> bool:
    return typed.casefold() in (format_typed_date(found, language).casefold() for language in LANGUAGES)


def _parse_phrase(text: str, context: DateContext | None) -> ImpreciseDate:
    if text in _DATELESS:
        return ImpreciseDate(None, None, _DATELESS[text])
    for language in LANGUAGES:
        for precision in DATELESS:
            if text == wording.label("precisions", precision, language):
                return ImpreciseDate(None, None, precision)
    # Single dates before phrases: "the end of June" contains "of", which is "or" in Dutch.
    if plain := _parse_plain(text, context):
        return plain
    for pattern, parser in _PHRASES:
        if parts := pattern.fullmatch(text):
            return parser(context, *parts.groups())
    return _parse_single(text, context)


def _tentative_date(context: DateContext | None, inner: str) -> ImpreciseDate:
    return _exact_date(context, inner)._replace(precision="tentative")


def _approximate_date(context: DateContext | None, inner: str) -> ImpreciseDate:
    return _exact_date(context, inner)._replace(precision="approximate")


def _exact_date(context: DateContext | None, inner: str) -> ImpreciseDate:
    found = _parse_single(inner, context)
    if found.precision != "day":
        raise NotADate(_NO_DAY)
    return found


def _no_later_than(context: DateContext | None, inner: str) -> ImpreciseDate:
    return ImpreciseDate(None, _parse_single(inner, context).latest, "not_later_than")


def _date_before(context: DateContext | None, inner: str) -> ImpreciseDate:
    earliest, _latest = _bounds(_parse_single(inner, context))
    return ImpreciseDate(None, earliest - timedelta(days=1), "not_later_than")


def _either_date(context: DateContext | None, first: str, last: str) -> ImpreciseDate:
    one, other = _date_pair(context, first, last)
    precision = "either_or" if one.precision == other.precision == "day" else "range"
    return ImpreciseDate(one.earliest, other.latest, precision)


def _date_range(context: DateContext | None, first: str, last: str) -> ImpreciseDate:
    one, other = _date_pair(context, first, last)
    return ImpreciseDate(one.earliest, other.latest, "range")


def _week_range(context: DateContext | None, first: str, last: str, year: str | None) -> ImpreciseDate:
    known = DateContext(int(year)) if year else context
    one, other = _parse_single(f"week {first}", known), _parse_single(f"week {last}", known)
    if known and int(last) < int(first):
        other = _parse_single(f"week {last}", DateContext(known.year + 1))
    return ImpreciseDate(one.earliest, other.latest, "range")


def _half_month(context: DateContext | None, half: str, month: str) -> ImpreciseDate:
    found = _parse_month(month, context)
    if found is None:
        raise NotADate(UNREADABLE)
    first, last = _bounds(found)
    if half.startswith(("eerste", "1", "first")):
        return ImpreciseDate(first, first.replace(day=15), "range")
    return ImpreciseDate(first.replace(day=16), last, "range")


def _date_pair(context: DateContext | None, first: str, last: str) -> tuple[ImpreciseDate, ImpreciseDate]:
    """Return two dates, of which the first may take its month and year from the last. Raises NotADate."""
    other = _parse_single(last, context)
    beside = _bounds(other)[1]
    one = _parse_single(first, DateContext(beside.year, beside.month))
    if context and _bounds(one)[0] > _bounds(other)[1] and beside.year == context.year:
        # From December to January: the year of the context is that of the first.
        following = _parse_single(last, context._replace(year=context.year + 1))
        if (_bounds(following)[1] - _bounds(one)[0]).days <= _MAX_DAYS_OVER_NEW_YEAR:
            other = following
    if _bounds(one)[0] > _bounds(other)[1]:
        raise NotADate(_REVERSED)
    return one, other


def _bounds(parsed: ImpreciseDate) -> tuple[date, date]:
    """Return the first and last day of what ``_parse_single`` returned, which has both."""
    return cast("tuple[date, date]", (parsed.earliest, parsed.latest))


_PHRASES: tuple[tuple[re.Pattern[str], Callable[..., ImpreciseDate]], ...] = tuple(
    (re.compile(pattern), parser)
    for pattern, parser in (
        (
            r"(.+?),? ?\(?(?:onder voorbehoud|o\.?v\.?b\.?|voorlopig|nog te bevestigen|(?:moet )?nog in ?te plannen"
            r"|moet nog (?:in)?gepland worden|to be confirmed|tbc|\?)!?\)?",
            _tentative_date,
        ),
        (
            r"(?:uiterlijk|op zijn laatst|niet later dan|deadline:?|no later than|not later than|by"
            r"|t/m|tot en met|tot|until)(?: op| on)? (.+)",
            _no_later_than,
        ),
        (r"(?:voor|before) (.+)", _date_before),
        (
            r"(?:(?:ongeveer|ong|omstreeks|rond|circa|ca|about|around|approximately|approx)\.?|[±~]) ?(.+)",
            _approximate_date,
        ),
        (
            r"(?:week|weken|weeks|wk)\.? ?(\d{1,2}) ?(?:-|/|&|\+|t/m|tot en met|tot|en|of|to|and|or)"
            r" ?(?:week |wk\.? ?)?(\d{1,2})(?:(?:,| van| of|/)? ?(\d{4}))?",
            _week_range,
        ),
        (r"(eerste|1e|first|tweede|2e|second) (?:helft|half)(?: van| of)? ([a-z]+(?: \d{4})?)", _half_month),
        (r"(.+?) (?:of|or) (?!\d{4}$)(.+)", _either_date),
        (r"(?:tussen|between) (.+?) (?:en|and) (.+)", _date_range),
        (r"(?:van |vanaf |from )?(.+?) (?:t/m|tot en met|tot|to|until|till|through|-) (.+)", _date_range),
        (r"(\d{1,2}(?:/\d{1,2})?)-(\d{1,2}(?: [a-z]|/\d).*)", _date_range),
        (r"([a-z]{3,9})\.? ?[/-] ?([a-z]{3,9}\.?(?: \d{4})?)", _date_range),
        # Two days, or more with commas between them: together from the first to the last.
        (r"(.+?)(?:, [^,]+){0,3} (?:en|and|&|\+) (.+)", _date_range),
        (r"(?:vanaf|met ingang van|as of) (.+)", _approximate_date),
    )
)


def _parse_single(text: str, context: DateContext | None) -> ImpreciseDate:
    """Return one date, with a missing month or year taken from ``context``. Raises NotADate."""
    if found := _parse_plain(text, context):
        return found
    weekday, _space, rest = text.partition(" ")
    if rest and weekday_number(weekday.rstrip(".,")) is not None:
        text = rest
    # A leap year: whether 29 February is in the calendar depends on the year that is missing.
    with_year = (f"{text} 2000", re.sub(r"[-/. ]?['’]?\d{2}$", " 2000", text))
    try:
        lacks_year = any(_exact_day(candidate, None) for candidate in with_year)
    except NotADate:
        raise NotADate(NO_SUCH_DAY, typed=text) from None
    raise NotADate(NO_YEAR if lacks_year else UNREADABLE)


def _parse_plain(text: str, context: DateContext | None) -> ImpreciseDate | None:
    """Return a day, part of a month, month, week, quarter or year; None if the text is none of these."""
    weekday, _space, rest = text.partition(" ")
    if rest and (number := weekday_number(weekday.rstrip(".,"))) is not None:
        day = _exact_day(rest, context)
        if day and day.weekday() != number:
            raise NotADate(OTHER_WEEKDAY, typed=date_format(day, "j F Y"))
        text = rest
    if day := _exact_day(text, context):
        return ImpreciseDate.on(day)
    return next(
        filter(
            None,
            (
                parse(text, context)
                for parse in (_parse_month_part, _parse_month, _parse_week, _parse_quarter, _parse_year)
            ),
        ),
        None,
    )


def weekday_number(name: str) -> int | None:
    """Return the number of a day of the week, Monday 0, from its name or its abbreviation; None if unknown."""
    return WEEKDAYS.get(name, _SHORT_WEEKDAYS.get(name))


#: Notations of a day. Without a year, or without a month, it takes that of the context.
_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2}) ?[-/.] ?(?P<month>\d{1,2})(?: ?[-/.]? ?(?P<year>\d{4}))?",
        r"(?P<day>\d{1,2}) ?[-/.] ?(?P<month>\d{1,2}) ?[-/.] ?(?P<year>['’]?\d{2})",
        r"(?P<day>\d{1,2})(?:e|st|nd|rd|th)?(?: of)? (?P<month>[a-z]+)\.?,?(?: (?P<year>\d{4}|['’]?\d{2}))?",
        r"(?P<month>[a-z]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,?(?: (?P<year>\d{4}))?",
        r"(?P<day>\d{1,2})(?P<month>)(?P<year>)(?:e|st|nd|rd|th)?",
    )
)


def _exact_day(text: str, context: DateContext | None) -> date | None:
    for pattern in _DAYS:
        if parts := pattern.fullmatch(text):
            year, name = _full_year(parts["year"], context), parts["month"]
            month = int(name) if name.isdecimal() else month_number(name) if name else context and context.month
            return None if year is None or month is None else _make_day(text, year, month, parts["day"])
    return None


def _full_year(typed: str | None, context: DateContext | None) -> int | None:
    """Return the year in four figures; None where it is not known."""
    if not typed:
        return context.year if context else None
    if len(typed) == 4:
        return int(typed)
    year = 2000 + int(typed[-2:])
    if context is None:
        return None
    return year if context.any_short_year or abs(year - context.year) <= _MAX_YEARS_APART else None


def month_number(name: str) -> int | None:
    """Return the number of a month from its name or a prefix of at least three letters; None if unknown."""
    if len(name) < 3:
        return None
    return next((number for full, number in _MONTHS.items() if full.startswith(name)), None)


def _named_month(text: str, context: DateContext | None) -> tuple[int, int] | None:
    """Return year and month of "juni 2026", "juni '26", "6-2026", or "juni" with the year of ``context``."""
    if parts := re.fullmatch(r"(\d{1,2}) ?[-/] ?(\d{4})", text):
        month = int(parts[1])
        return (int(parts[2]), month) if 1 <= month <= 12 else None
    if parts := re.fullmatch(r"([a-z]+)\.?(?: (\d{4}|['’]\d{2}))?", text):
        named, year = month_number(parts[1]), _full_year(parts[2], context)
        if named and year:
            return year, named
        if named:
            raise NotADate(NO_YEAR)
    return None


def _parse_month(text: str, context: DateContext | None) -> ImpreciseDate | None:
    if found := _named_month(text, context):
        year, month = found
        return ImpreciseDate(_make_day(text, year, month, 1), _last_day_of_month(text, year, month), "month")
    return None


def _parse_month_part(text: str, context: DateContext | None) -> ImpreciseDate | None:
    for name, (first, last) in _MONTH_PARTS.items():
        if (parts := re.fullmatch(rf"{name}[- ](?:van )?(.+)", text)) and (found := _named_month(parts[1], context)):
            year, month = found
            end = _last_day_of_month(text, year, month) if last == 31 else _make_day(text, year, month, last)
            return ImpreciseDate(_make_day(text, year, month, first), end, "month_part")
    return None


def _parse_week(text: str, context: DateContext | None) -> ImpreciseDate | None:
    parts = re.fullmatch(
        r"(?:in )?(?:(?:begin|medio|midden|half|eind|einde)(?: van)? )?(?:week|weeknummer|weeknr|wk)\.? ?(\d{1,2})"
        r"(?:(?:,| van| of|/)? ?(\d{4}))?",
        text,
    )
    if not parts:
        return None
    year = parts[2] or (context and context.year)
    if not year:
        raise NotADate(NO_YEAR)
    try:
        monday = date.fromisocalendar(int(year), int(parts[1]), 1)
    except ValueError:
        raise NotADate(NO_SUCH_DAY, typed=text) from None
    return ImpreciseDate(monday, monday + timedelta(days=6), "week")


def _parse_quarter(text: str, context: DateContext | None) -> ImpreciseDate | None:
    if parts := re.fullmatch(r"[qk]([1-4])(?: (\d{4}))?", text):
        number = int(parts[1])
    elif parts := re.fullmatch(r"(\w+) (?:kwartaal|quarter)(?:(?: van| of)? (\d{4}))?", text):
        number = _QUARTERS.get(parts[1], 0)
    else:
        return None
    if not number:
        return None
    if not (parts[2] or context):
        raise NotADate(NO_YEAR)
    year = int(parts[2] or cast("DateContext", context).year)
    return ImpreciseDate(_make_day(text, year, 3 * number - 2, 1), _last_day_of_month(text, year, 3 * number), "range")


def _parse_year(text: str, _context: DateContext | None) -> ImpreciseDate | None:
    if re.fullmatch(r"\d{4}", text):
        return ImpreciseDate(_make_day(text, text, 1, 1), _make_day(text, text, 12, 31), "year")
    return None


def _make_day(typed: str, year: Any, month: Any, day: Any) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise NotADate(NO_SUCH_DAY, typed=typed) from None


def _last_day_of_month(typed: str, year: int, month: int) -> date:
    return _make_day(typed, year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def format_typed_date(when: ImpreciseDate, language: str) -> str:
    """Return the date in our own notation, which ``parse_imprecise_date`` parses back."""
    if when.precision == "unknown":
        return "onbekend" if language == "nl" else "unknown"
    return wording.format_date(when, language)
