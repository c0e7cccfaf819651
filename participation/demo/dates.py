"""Date handling of the demo fixtures: shift them to the current week, or cut them off at an earlier day.

They are written as if today is Monday 16 November 2026. Shifting by whole weeks keeps the weekdays.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from participation.dossier.schema_fields import DOSSIER, REGISTER

#: The day for which the fixtures in demo/ are written.
FIXTURES_DATE = date(2026, 11, 16)

#: The fields that depend on a date: before that date none of them was known.
_DEPENDENT_FIELDS = {
    "responded_on": ("outcome", "response"),
    "answered_on": ("answer",),
    "extended_on": ("extension_reason",),
    "dated_on": ("version",),
}
#: The date on which a row was created, by section.
_CREATION_DATES = {
    "contributions": "received_on",
    "requests": "received_on",
    "documents": "dated_on",
    "waivers": "granted_on",
}
#: Dates that may lie in the future: they are known before they come.
_FUTURE_DATES = ("planned", "closes", "until", "due_on", "agreed_until")
#: Lists of periods: elsewhere in a dossier ``from`` is a party.
_PERIODS = ("suspended",)


def days_to_shift(today: date) -> int:
    """Return by how many days to shift the fixtures (whole weeks) so that they fall in the current week."""
    monday = today - timedelta(days=today.weekday())
    return (monday - FIXTURES_DATE).days


def shift_dates(document: Any, days: int) -> Any:
    """Return a copy of the document with every date shifted by ``days``, both bounds of an imprecise one."""
    if isinstance(document, list):
        return [shift_dates(row, days) for row in document]
    if not isinstance(document, Mapping):
        return document
    return {key: _shift_value(key, value, days) for key, value in document.items()}


def _shift_value(key: str, value: Any, days: int) -> Any:
    if key in _PERIODS:
        return [_shift_date(period, days) for period in value or []]
    return _shift_date(value, days) if key in _date_keys() else shift_dates(value, days)


def dossier_as_of(document: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Return the dossier as it could have been recorded at the end of that day.

    Rows created later are left out, and so are later dates within a row with the fields that depend on them. References
    to rows that are left out are removed.
    """
    omitted_refs = {
        row["ref"]
        for section, creation_date in _CREATION_DATES.items()
        for row in document.get(section) or []
        if "ref" in row and _is_after(row.get(creation_date), day)
    }
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, list):
            creation_date = _CREATION_DATES.get(key, "")
            rows = [row for row in value if not (isinstance(row, Mapping) and _is_after(row.get(creation_date), day))]
            found[key] = [_row_as_of(row, day, omitted_refs) for row in rows]
        else:
            found[key] = _row_as_of(value, day, omitted_refs)
    trajectory = document["trajectory"]
    if _is_after(trajectory.get("closed_on"), day):
        found["trajectory"]["status"] = "active"
    return found


def _row_as_of(row: Any, day: date, omitted_refs: set[str]) -> Any:
    if not isinstance(row, Mapping):
        return row
    found = dict(row)
    for key, value in row.items():
        if key in _date_keys() and key not in _FUTURE_DATES and _is_after(value, day):
            for unknown in (key, *_DEPENDENT_FIELDS.get(key, ())):
                found.pop(unknown, None)
        elif key in _PERIODS:
            found[key] = [_period_as_of(period, day) for period in value or [] if not _is_after(period["from"], day)]
        elif key == "shared":
            found[key] = [share for share in value or [] if not _is_after(share.get("on"), day)]
        elif key in ("about", "uses", "documents"):
            found[key] = [ref for ref in value or [] if ref not in omitted_refs]
    if found.get("replaces") in omitted_refs:
        del found["replaces"]
    return found


def _period_as_of(period: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Return a suspension that had begun by that day: its end was not known before it came."""
    return {**period, "to": None} if _is_after(period.get("to"), day) else dict(period)


def _is_after(value: Any, day: date) -> bool:
    """Return whether a date is certainly after that day."""
    first = (value.get("from") or value.get("to")) if isinstance(value, Mapping) else value
    return isinstance(first, str) and date.fromisoformat(first) > day


def _shift_date(value: Any, days: int) -> Any:
    if isinstance(value, str):
        return (date.fromisoformat(value) + timedelta(days=days)).isoformat()
    if isinstance(value, Mapping):
        # The bounds of an imprecise date, or the days of a suspension.
        return {**value, **{key: _shift_date(value[key], days) for key in ("from", "to") if value.get(key)}}
    return value


@lru_cache(maxsize=1)
def _date_keys() -> frozenset[str]:
    """Return the keys whose values are always dates, as the dossier schema declares them."""
    keys = frozenset(_date_keys_in({"properties": {**_fragments(DOSSIER), **_fragments(REGISTER)}}))
    return keys - {"from", "to"}


def _fragments(keys: Mapping[str, tuple[dict[str, Any], str]]) -> dict[str, Any]:
    return {key: fragment for key, (fragment, _description) in keys.items()}


def _date_keys_in(fragment: Mapping[str, Any]) -> Iterator[str]:
    for key, value in fragment.get("properties", {}).items():
        if value.get("$ref", "").removeprefix("#/$defs/").removesuffix("_or_null") in ("date", "day"):
            yield key
        yield from _date_keys_in(value)
    if "items" in fragment:
        yield from _date_keys_in(fragment["items"])
