"""What is asked: of which day, as known at which moment, which fields; and nothing that does not exist."""

import difflib
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.request import Request

from participation.compliance.rulebook import Rulebook, load
from participation.selectors.public_texts import may_read_earlier

from .problems import Invalid, Place

#: As of which day, and as known at which moment (the names are those of the Dutch standard for time travel).
VALID_ON, KNOWN_AT = "geldigOp", "bekendOp"
FIELDS = "fields"
#: Terms counted from days outside these would run off the calendar.
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
#: The same, for the description: how such a day or moment begins.
IN_THOSE_YEARS = "^(19|20|21)[0-9]{2}-"


class Asked(NamedTuple):
    """A request as what is below it wants to know it.

    ``day`` is today unless another was asked for; ``known_at`` is None for what is known now; ``fields`` is empty
    for all.
    """

    user: Any
    language: str
    now: datetime
    today: date
    rulebook: Rulebook
    day: date
    known_at: datetime | None
    fields: frozenset[str]

    @property
    def earlier_texts(self) -> bool:
        """Tell whether who asks may read what free texts said before they were changed."""
        return may_read_earlier(self.user)


def asked_of(request: Request, known: Collection[str] = (), fields: Collection[str] = ()) -> Asked:
    """Return what is asked. ``known`` are the parameters that may be given here, ``fields`` those to choose from.

    Raises Invalid on a parameter or a field that does not exist, and on a day or moment that is none.
    """
    given, wrong = request.query_params, []
    for name in given:
        if name not in known:
            wrong.append(Place.query(name, _unknown(_("There is no such parameter."), name, known), "unknown"))
        elif len(given.getlist(name)) > 1:
            wrong.append(Place.query(name, _("Give this once."), "twice"))
    now = timezone.now()
    today = timezone.localdate(now)
    day, known_at, chosen = None, None, frozenset[str]()
    if VALID_ON in known and (text := given.get(VALID_ON)) is not None:
        day = _day(text)
        if day is None:
            wrong.append(Place.query(VALID_ON, _("Write a day like 2026-03-20, from 1900 to 2199."), "date"))
    if KNOWN_AT in known and (text := given.get(KNOWN_AT)) is not None:
        known_at = _moment(text, now)
        if known_at is None or known_at > now:
            message = _("Write a moment that has passed, like 2026-03-20T12:00:00Z, or a day.")
            wrong.append(Place.query(KNOWN_AT, message, "date-time"))
    if FIELDS in known and (text := given.get(FIELDS)) is not None:
        chosen = frozenset(name.strip() for name in text.split(","))
        wrong += [
            Place.query(FIELDS, _unknown(_("There is no field “%(name)s”.") % {"name": name}, name, fields), "unknown")
            for name in sorted(chosen - set(fields))
        ]
    if wrong:
        raise Invalid(wrong)
    language = "en" if (translation.get_language() or "").startswith("en") else "nl"
    return Asked(
        request.user,
        language,
        now,
        today,
        load(settings.RULEBOOK),
        day or (timezone.localdate(known_at) if known_at else today),
        known_at,
        chosen,
    )


def chosen(records: Iterable[dict[str, Any]], fields: Collection[str]) -> list[dict[str, Any]]:
    """Return the records with these fields only; all of them where none are named."""
    if not fields:
        return list(records)
    return [{name: value for name, value in record.items() if name in fields} for record in records]


def _unknown(told: str, name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    if close:
        hint = _("Did you mean “%(close)s”?") % {"close": close[0]}
    else:
        hint = _("Possible here: %(known)s.") % {"known": ", ".join(sorted(known)) or "–"}
    return f"{told} {hint}"


def read_day(text: str) -> date:
    """Return the day. Raises ValueError on what is none, or lies outside those years."""
    found = date.fromisoformat(text)
    if len(text) != len("2026-03-20") or not FIRST <= found <= LAST:
        raise ValueError(text)
    return found


def read_moment(text: str) -> datetime:
    """Return the moment in UTC; of a day its beginning in town. Raises ValueError or OverflowError on what is none."""
    # In an address a plus that was not escaped arrives as a space.
    found = datetime.fromisoformat(text.replace(" ", "+") if text.count(" ") == 1 else text)
    found = found if found.tzinfo else timezone.make_aware(found)
    if not FIRST <= found.date() <= LAST:
        raise ValueError(text)
    return found.astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except ValueError:
        return None


def _moment(text: str, now: datetime) -> datetime | None:
    """Return the moment; of a day its end in town, for what was recorded on it was known by then; of today now."""
    if day := _day(text):
        return now if day == timezone.localdate(now) else timezone.make_aware(datetime.combine(day, time.max))
    try:
        return read_moment(text)
    except (ValueError, OverflowError):
        return None
