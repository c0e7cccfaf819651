"""What both statements share: texts of the municipality, periods in words, and who sees what is not filled in."""

from datetime import timedelta
from typing import Any

from django.utils.translation import ngettext

from participation.models import User
from participation.models.languages import active_language
from tracker.statements import Text

from ..shared.formatting import with_lang


def text_of_municipality(text: Text | None) -> Any:
    """Return the text in the language of the page, or the Dutch one with its ``lang``; "" for None."""
    if text is None:
        return ""
    return text.en if text.en and active_language() == "en" else with_lang(text.nl)


def period_text(period: timedelta) -> str:
    """Return a period in its largest whole unit: "1 year", "90 days", "12 hours", "15 minutes"."""
    if period.days and not period.seconds:
        if not period.days % 365:
            return _count(ngettext("%(n)s year", "%(n)s years", period.days // 365), period.days // 365)
        return _count(ngettext("%(n)s day", "%(n)s days", period.days), period.days)
    minutes = period // timedelta(minutes=1)
    if not minutes % 60:
        return _count(ngettext("%(n)s hour", "%(n)s hours", minutes // 60), minutes // 60)
    return _count(ngettext("%(n)s minute", "%(n)s minutes", minutes), minutes)


def _count(text: str, number: int) -> str:
    return text % {"n": number}


def sees_what_is_missing(user: Any) -> bool:
    """Return whether this user is told what the municipality has not filled in: administrators are."""
    return isinstance(user, User) and user.is_administrator
