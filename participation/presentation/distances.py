"""How far a day lies from today, in words: "over zes weken en twee dagen"."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

#: From one to twelve; higher numbers are written in figures.
_NUMBERS = (
    pgettext_lazy("number", "one"),
    pgettext_lazy("number", "two"),
    pgettext_lazy("number", "three"),
    pgettext_lazy("number", "four"),
    pgettext_lazy("number", "five"),
    pgettext_lazy("number", "six"),
    pgettext_lazy("number", "seven"),
    pgettext_lazy("number", "eight"),
    pgettext_lazy("number", "nine"),
    pgettext_lazy("number", "ten"),
    pgettext_lazy("number", "eleven"),
    pgettext_lazy("number", "twelve"),
)
#: From so many days on, days are counted in weeks.
_DAYS_IN_WEEKS = 14
#: From so many weeks on, the days left over make no difference.
_MAX_WEEKS_WITH_DAYS = 12


def distance_text(day: date, today: date) -> str:
    """Return how far a day lies ahead or behind in the active language: "today", "in two weeks", "three days ago"."""
    days = (day - today).days
    if abs(days) <= 1:
        return {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}[days]
    span = _span(abs(days))
    return _("in %(span)s") % {"span": span} if days > 0 else _("%(span)s ago") % {"span": span}


def _span(days: int) -> str:
    if days < _DAYS_IN_WEEKS:
        return _days(days)
    number, rest = divmod(days, 7)
    weeks = ngettext("%(n)s week", "%(n)s weeks", number) % {"n": _number(number)}
    if not rest or number > _MAX_WEEKS_WITH_DAYS:
        return weeks
    return _("%(weeks)s and %(days)s") % {"weeks": weeks, "days": _days(rest)}


def _days(days: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": _number(days)}


def _number(number: int) -> str:
    return str(_NUMBERS[number - 1]) if number <= len(_NUMBERS) else str(number)
