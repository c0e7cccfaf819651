"""Days that a text mentions, and whether they are one moment or period: "3 maart, 15 april en 20 mei" is not."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from participation.interchange.dates import month_number

#: A day with its month; the days before it share that month: "3, 10 en 17 maart". Of "3-4" only a year makes a day.
_DAY: Final = re.compile(
    r"(?<![\d.,/-])(?P<before>(?:\d{1,2}(?:, ?| (?:en|and|&) )){0,6})(?P<day>\d{1,2})"
    r"(?: ?/ ?(?P<slashed>\d{1,2})(?: ?/ ?(?:\d{4}|\d{2}))?|-(?P<dashed>\d{1,2})-(?:\d{4}|\d{2})"
    r"|(?:e|st|nd|rd|th)? (?P<named>[a-z]{3,9})\b\.?(?: \d{4}\b)?)(?![\d/])",
    re.IGNORECASE,
)
_ISO: Final = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")
#: Words between the two ends of a period, or between a day and the other that it may be.
_OF_ONE_PERIOD: Final = re.compile(r"\s*(?:t/m|tot(?: en met)?|until|till|to|-|–|—|of|or)\s*(?:[a-z]{2,9}\.? )?", re.I)
_AND: Final = re.compile(r"\s*(?:,|en|and|&|\+)\s*", re.I)
#: What stands before the date of a document rather than that of a step: "Planning versie 14 maart 2026".
DATED_DOCUMENT: Final = re.compile(
    r"\b(?:d\.?d\.?|versie|stand|datum|planning|kalender|tijdpad|agenda|per|van|dan|tot|of|en|t/m)[ :,]*$", re.I
)
#: A year with 29 February, to compare days of which the year is not known.
_LEAP_YEAR: Final = 2000


class DayMention(NamedTuple):
    """A day in a text, as printed, of which only day and month count; ``days`` are those that share its month."""

    printed: str
    start: int
    end: int
    days: tuple[date, ...]


def day_mentions(text: str) -> list[DayMention]:
    """Return the days that a text mentions, in order; what is not in the calendar is none."""
    return sorted(_mentions(text), key=lambda mention: mention.start)


def may_name_step(text: str) -> bool:
    """Return whether a line has a day that may be that of a step, rather than that of the document."""
    return any(not DATED_DOCUMENT.search(text[: mention.start]) for mention in day_mentions(text))


def separate_days(text: str) -> list[str]:
    """Return the days of a text as printed where they are more than one moment or period; else none."""
    groups: list[list[DayMention]] = []
    for mention in day_mentions(text):
        if groups and _belongs_to(groups[-1][-1], mention, text):
            groups[-1].append(mention)
        elif not any(one.days[-1] == mention.days[-1] for group in groups for one in group):
            groups.append([mention])
    is_listed = any(_has_gaps(mention.days) for group in groups for mention in group)
    if len(groups) < 2 and not is_listed:
        return []
    return [text[group[0].start : group[-1].end].strip() for group in groups]


def _mentions(text: str) -> Iterator[DayMention]:
    for found in _DAY.finditer(text):
        name = found["slashed"] or found["dashed"] or found["named"]
        month = int(name) if name.isdecimal() else month_number(name.casefold())
        numbers = (*map(int, re.findall(r"\d+", found["before"])), int(found["day"]))
        days = [day for number in numbers if month and (day := _day(month, number))]
        if days:
            yield DayMention(found.group(), found.start(), found.end(), tuple(days))
    for found in _ISO.finditer(text):
        if day := _day(int(found[1]), int(found[2])):
            yield DayMention(found.group(), found.start(), found.end(), (day,))


def _day(month: int, number: int) -> date | None:
    try:
        return date(_LEAP_YEAR, month, number)
    except ValueError:
        return None


def _belongs_to(before: DayMention, mention: DayMention, text: str) -> bool:
    between = text[before.end : mention.start]
    if _OF_ONE_PERIOD.fullmatch(between):
        return True
    return bool(_AND.fullmatch(between)) and not _has_gaps((before.days[-1], mention.days[0]))


def _has_gaps(days: tuple[date, ...]) -> bool:
    return any((after - before).days != 1 for before, after in pairwise(days))
