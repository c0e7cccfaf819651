"""Validation of dates and times: unreadable ones, and ones certainly in the wrong order."""

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any, Final

from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import parse_imprecise_date
from participation.compliance.facts import key_path
from participation.compliance.times import has_no_duration, is_too_long

from .contradictions import step_contradictions, trajectory_contradictions
from .errors import Problem, pointer
from .hints import date_error_text, date_hint, format_value
from .schema import Kind, kind_schema
from .schema_fields import Fragment

#: The valid dates of a document, by path.
DatesByPath = dict[tuple[str | int, ...], ImpreciseDate]

#: Per section, the pairs (later, earlier) of dates in one row that must be in this order, by the name of the column.
NOT_BEFORE: Final = {
    "trajectory": (("closed_on", "started_on"),),
    "steps": (("closes", "done"), ("closes", "planned")),
    "contributions": (("responded_on", "received_on"),),
    "requests": (
        ("acknowledged_on", "received_on"),
        ("extended_on", "received_on"),
        ("agreed_until", "received_on"),
        ("answered_on", "received_on"),
    ),
    "waivers": (("until", "granted_on"),),
    "motions": (("settled_on", "adopted_on"),),
    "commitments": (("fulfilled_on", "made_on"), ("repeats_until", "repeats_first_due_on")),
}


def parse_dates(document: dict[str, Any], kind: Kind) -> tuple[DatesByPath, list[Problem]]:
    """Return the valid dates of a document and the problems of the others; types must have been validated."""
    days: DatesByPath = {}
    problems = []
    for path_pattern in _DATE_PATHS[kind]:
        for path, value in _values_at(document, path_pattern):
            try:
                when = parse_imprecise_date(value)
            except (ValueError, TypeError) as error:
                problems.append(Problem(pointer(*path), date_error_text(error), date_hint(value)))
                continue
            if when:
                days[path] = when
    return days, problems


def order_problems(document: dict[str, Any], days: DatesByPath) -> Iterator[Problem]:
    """Yield the dates and times that are certainly before one that they must follow."""
    for name, pairs in NOT_BEFORE.items():
        rows = document.get(name) or ()
        paths = [(name,)] if isinstance(rows, dict) else [(name, index) for index in range(len(rows))]
        for path in paths:
            for later, earlier in pairs:
                yield from _check_order(days, (*path, *key_path(later)), (*path, *key_path(earlier)))
    for index, step in enumerate(document.get("steps") or ()):
        starts, ends = _parse_time(step.get("starts_at")), _parse_time(step.get("ends_at"))
        if has_no_duration(starts, ends) or is_too_long(starts, ends):
            times = {"ends": format_value(step["ends_at"]), "starts": format_value(step["starts_at"])}
            hint = _("check both times; an end before the start is on the next day, at most 12 hours later")
            reason = _("it ends at %(ends)s and starts at %(starts)s") % times
            yield Problem(pointer("steps", index, "ends_at"), reason, hint)


def contradiction_problems(document: dict[str, Any], days: DatesByPath) -> Iterator[Problem]:
    """Yield the values in one record of a dossier that cannot go together."""
    trajectory = document.get("trajectory") or {}
    decision = {f"no_participation_{key}": value for key, value in (trajectory.get("no_participation") or {}).items()}
    dates = {key: days.get(("trajectory", key)) for key in ("started_on", "closed_on")}
    for found in trajectory_contradictions({**trajectory, **decision, **dates}):
        yield found.problem("trajectory")
    for index, step in enumerate(document.get("steps") or ()):
        times = {key: _parse_time(step.get(key)) for key in ("starts_at", "ends_at")}
        reach = {f"reach_{key}": value for key, value in (step.get("reach") or {}).items()}
        for found in step_contradictions({**step, **times, **reach}):
            yield found.problem("steps", index)


def period_problems(document: Mapping[str, Any], days: DatesByPath) -> Iterator[Problem]:
    """Yield the suspensions and repetitions of which a day is missing or impossible."""
    for index, row in enumerate(document.get("requests") or ()):
        for number, suspension in enumerate(row.get("suspended") or ()):
            path: tuple[str | int, ...] = ("requests", index, "suspended", number)
            first, last = (days.get((*path, key)) for key in ("from", "to"))
            problem = suspension_problem(first, last) if suspension.get("from") is not None else ""
            if problem == "from":
                reason = _("it is not known on which day it begins")
                yield Problem(pointer(*path, "from"), reason, _("write the first day"))
            elif problem and first and last:
                values = {"day": last.latest, "key": "from", "other": first.earliest or first.latest}
                hint = _("check both dates; leave `to` out while the suspension lasts")
                yield Problem(pointer(*path, "to"), _("%(day)s is before %(key)s (%(other)s)") % values, hint)
    for index, row in enumerate(document.get("commitments") or ()):
        if repeats := row.get("repeats"):
            path = ("commitments", index, "repeats")
            first, until = (days.get((*path, key)) for key in ("first_due_on", "until"))
            problem = repetition_problem(repeats.get("every_months"), first, until)
            if problem == "first_due_on" and first:
                hint = _("write the first due date, imprecise if need be")
                yield Problem(pointer(*path, problem), _("a repetition counts from a day"), hint)
            elif problem == "until":
                hint = _("write the last day, or leave it out if the commitment goes on")
                yield Problem(pointer(*path, problem), _("it is not known until which day"), hint)


def suspension_problem(first: ImpreciseDate | None, last: ImpreciseDate | None) -> str:
    """Return which day of a suspension is wrong: "from" when it has none, "to" when it is certainly before it."""
    if first is None or first.latest is None:
        return "from"
    start = first.earliest or first.latest
    return "to" if last and last.latest and last.latest < start else ""


def repetition_problem(months: int | None, first: ImpreciseDate | None, until: ImpreciseDate | None) -> str:
    """Return which part of the repetition of a commitment is missing or has no day; "" when there is none."""
    if months is None:
        return "every_months" if first or until else ""
    if first is None or first.latest is None:
        return "first_due_on"
    return "until" if until and until.latest is None else ""


def _parse_time(value: Any) -> time | None:
    """Return a time of day; None when it is missing or invalid (which is reported elsewhere)."""
    try:
        return time.fromisoformat(value) if value else None
    except ValueError:
        return None


def _check_order(days: DatesByPath, later: tuple[str | int, ...], earlier: tuple[str | int, ...]) -> Iterator[Problem]:
    after, before = days.get(later), days.get(earlier)
    if after and before and after.latest and before.earliest and after.latest < before.earliest:
        values = {"day": after.latest, "key": earlier[-1], "other": before.earliest}
        hint = _("check both dates; write bounds where one is not exact")
        yield Problem(pointer(*later), _("%(day)s is before %(key)s (%(other)s)") % values, hint)


def _values_at(
    value: Any, path_pattern: tuple[str, ...], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[Any, Any]]:
    if value is None:
        return
    if not path_pattern:
        yield path, value
    elif path_pattern[0] == "*":
        for index, item in enumerate(value):
            yield from _values_at(item, path_pattern[1:], (*path, index))
    else:
        yield from _values_at(value.get(path_pattern[0]), path_pattern[1:], (*path, path_pattern[0]))


def _date_paths(schema: Fragment, path_pattern: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if schema.get("title") in {"date", "day"}:
        yield path_pattern
    elif "items" in schema:
        yield from _date_paths(schema["items"], (*path_pattern, "*"))
    else:
        for key, inner in schema.get("properties", {}).items():
            yield from _date_paths(inner, (*path_pattern, key))


_KINDS: tuple[Kind, Kind] = ("dossier", "register")
_DATE_PATHS = {kind: tuple(_date_paths(kind_schema(kind))) for kind in _KINDS}
