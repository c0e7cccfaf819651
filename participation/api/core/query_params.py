"""Parsing of query parameters: valid time, transaction time and field selection; unknown parameters are rejected."""

import difflib
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.request import Request

from participation.compliance.rulebooks import Rulebooks, load_rulebooks
from participation.dossier.day_patterns import day_pattern
from participation.models.languages import active_language
from participation.selectors.changes.public_texts import can_read_earlier_texts

from .problems import ErrorLocation, ValidationProblem

#: Valid time (as_of) and transaction time (known_at); the names are those of the Dutch API standard for time travel.
VALID_ON, KNOWN_AT = "geldigOp", "bekendOp"
FIELDS = "fields"
#: Accepted dates: adding terms to dates outside this range could overflow datetime.date.
MIN_DATE, MAX_DATE = date(1900, 1, 1), date(2199, 12, 31)
#: The same range as regular expressions, for the OpenAPI document: of a day, and of the year of a timestamp.
DAY_PATTERN, YEAR_PATTERN = day_pattern(range(19, 22)), "^(19|20|21)[0-9]{2}-"


#: Below this likeness (0 to 1) another name is no guess at what was meant: "page" is no "phase".
_MIN_LIKENESS = 0.75
#: Names of parameters in other APIs, the parameter that must be accepted, and what to do here.
_USUAL_NAMES = (
    (
        {"page", "offset", "start", "skip", "after", "before"},
        "cursor",
        gettext_noop("Follow the URL in `next` from page to page; `pageSize` sets how many items a page has."),
    ),
    (
        {"limit", "size", "count", "perpage", "top", "maxresults"},
        "pageSize",
        gettext_noop("Use `pageSize` for how many items a page has."),
    ),
    (
        {"sort", "sortby", "order", "orderby", "ordering"},
        "cursor",
        gettext_noop("The order of a list is fixed: see its description in the documentation. Sort what you received."),
    ),
    ({"q", "query"}, "search", gettext_noop("Use `search`.")),
)


class ApiQuery(NamedTuple):
    """Parsed query parameters of a request, with its user, language, clock and rulebooks.

    ``day`` (as_of) defaults to today, or to the local date of ``known_at``. ``known_at`` is None for the current
    state. ``fields`` is empty if all fields are requested.
    """

    user: Any
    language: str
    now: datetime
    today: date
    rulebooks: Rulebooks
    day: date
    known_at: datetime | None
    fields: frozenset[str]

    @property
    def earlier_texts(self) -> bool:
        """Return whether the user may read earlier versions of free-text fields."""
        return can_read_earlier_texts(self.user)


def parse_query(request: Request, accepted: Collection[str] = (), fields: Collection[str] = ()) -> ApiQuery:
    """Return the parsed query. ``accepted`` are the accepted parameters, ``fields`` the selectable fields.

    Raises ValidationProblem on unknown parameters, repeated ones but ``fields``, unknown fields, and invalid dates or
    timestamps.
    """
    given, errors = request.query_params, []
    for name in given:
        if name not in accepted:
            errors.append(ErrorLocation.query(name, _unknown_name(_("Unknown parameter."), name, accepted), "unknown"))
        elif len(given.getlist(name)) > 1 and name != FIELDS:
            errors.append(ErrorLocation.query(name, _("Give this parameter once."), "twice"))
    now = timezone.now()
    today = timezone.localdate(now)
    day, known_at, chosen = None, None, frozenset[str]()
    if VALID_ON in accepted and (text := given.get(VALID_ON)) is not None:
        day = _parse_day_or_none(text)
        if day is None:
            errors.append(ErrorLocation.query(VALID_ON, _("Use a date like 2026-03-20, from 1900 to 2199."), "date"))
    if KNOWN_AT in accepted and (text := given.get(KNOWN_AT)) is not None:
        known_at = _parse_timestamp_or_none(text, now)
        if known_at is None or known_at > now:
            message = _("Use a timestamp in the past, like 2026-03-20T12:00:00Z, or a date.")
            errors.append(ErrorLocation.query(KNOWN_AT, message, "date-time"))
    if FIELDS in accepted and FIELDS in given:
        # With commas, or repeated as many clients do.
        chosen = frozenset(name.strip() for text in given.getlist(FIELDS) for name in text.split(","))
        errors += [
            ErrorLocation.query(
                FIELDS, _unknown_name(_("Unknown field “%(name)s”.") % {"name": name}, name, fields), "unknown"
            )
            for name in sorted(chosen - set(fields))
        ]
    if errors:
        raise ValidationProblem(errors)
    return ApiQuery(
        request.user,
        active_language(),
        now,
        today,
        load_rulebooks(settings.RULEBOOK),
        day or (timezone.localdate(known_at) if known_at else today),
        known_at,
        chosen,
    )


def select_fields(records: Iterable[dict[str, Any]], fields: Collection[str]) -> list[dict[str, Any]]:
    """Return the records reduced to these fields; complete records if ``fields`` is empty."""
    if not fields:
        return list(records)
    return [{name: value for name, value in record.items() if name in fields} for record in records]


def _unknown_name(message: str, name: str, accepted: Collection[str]) -> str:
    plain = {_plain(known): known for known in accepted}
    close = difflib.get_close_matches(_plain(name), plain, 1, _MIN_LIKENESS)
    usual = next((hint for names, needed, hint in _USUAL_NAMES if _plain(name) in names and needed in accepted), "")
    if usual:
        hint = _(usual)
    elif close:
        hint = _("Did you mean “%(close)s”?") % {"close": plain[close[0]]}
    elif accepted:
        hint = _("Choose from: %(known)s.") % {"known": ", ".join(sorted(accepted))}
    else:
        hint = _("There are none here: leave it out.")
    return f"{message} {hint}"


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def parse_day(text: str) -> date:
    """Return the date written as YYYY-MM-DD.

    Raises ValueError if it is invalid or outside ``MIN_DATE`` to ``MAX_DATE``.
    """
    found = date.fromisoformat(text)
    if len(text) != len("2026-03-20") or not MIN_DATE <= found <= MAX_DATE:
        raise ValueError(text)
    return found


def parse_timestamp(text: str) -> datetime:
    """Return a timestamp in UTC; a bare date means 00:00 local time. Raises ValueError or OverflowError."""
    # An unescaped plus sign of a UTC offset arrives in the query string as a space.
    found = datetime.fromisoformat(text.replace(" ", "+") if text.count(" ") == 1 else text)
    found = found if found.tzinfo else timezone.make_aware(found)
    if not MIN_DATE <= found.date() <= MAX_DATE:
        raise ValueError(text)
    return found.astimezone(UTC)


def _parse_day_or_none(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def _parse_timestamp_or_none(text: str, now: datetime) -> datetime | None:
    """Return a timestamp, None if invalid. A bare date means 23:59:59.999999 local time, today means now.

    The end of the day, because what was recorded during a day was known by then.
    """
    if day := _parse_day_or_none(text):
        return now if day == timezone.localdate(now) else timezone.make_aware(datetime.combine(day, time.max))
    try:
        return parse_timestamp(text)
    except (ValueError, OverflowError):
        return None
