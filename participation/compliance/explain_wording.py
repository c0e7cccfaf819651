"""Text of explanation lines, rendered on display; see ``explain``."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from . import wording
from .calendar import SATURDAY, Term
from .dates import ImpreciseDate
from .explain import NonWorkingDay, TraceLine
from .obligations import ObligationValue
from .rules import Rule


def format_trace_line(
    line: TraceLine, rule: Rule, obligation: ObligationValue, language: str, names: wording.Names = wording.NO_NAMES
) -> str:
    """Return a line of the explanation of an obligation as one or two sentences."""
    filled = {name: _format_value(name, value, language) for name, value in line.values.items()}
    if "label" in line.values:
        filled["label"] = _start_label(line, rule, obligation, language, names)
    if line.code == "runs_on":
        filled["why"] = wording.format_list(
            dict.fromkeys(_day_off_name(off, language) for off in line.values["off"][:1]), language
        )
    elif "off" in line.values:
        filled["off"] = _format_days_off(line.values["off"], language)
    if line.code == "recess":
        source = line.values["source"]
        filled["source"] = f" ({source})" if source else ""
    form = f"{line.code}_one" if line.values.get("days") == 1 else line.code
    text = wording.label("arithmetic", form, language)
    sentence = (wording.label("arithmetic", line.code, language) if text == form else text).format(**filled)
    return sentence[:1].upper() + sentence[1:]


def _format_value(name: str, value: Any, language: str) -> Any:
    if isinstance(value, Term):
        return wording.format_term(value, language)
    if isinstance(value, date):
        return wording.format_day(value, language)
    if isinstance(value, ImpreciseDate):
        return wording.format_date(value, language)
    if name == "missing":
        return wording.format_missing(value, language)
    if name == "instrument":
        return wording.label("instruments", value, language)
    return value


def _start_label(line: TraceLine, rule: Rule, obligation: ObligationValue, language: str, names: wording.Names) -> str:
    """Return the description of the start date of the term."""
    details = wording.details(rule, obligation, language, names)
    if line.values["anchor"]:
        return details["anchor"]
    text = wording.label("counted_from", line.values["label"], language)
    if text == line.values["label"]:
        text = wording.label("counted_from", "other", language)
    return text.format_map(wording.DetailTexts(details))


def _day_off_name(off: NonWorkingDay, language: str) -> str:
    return off.name.get(language) or wording.label("weekdays", str(off.day.weekday()), language)


def _format_days_off(off: Iterable[NonWorkingDay], language: str) -> str:
    """Return the days skipped: the number of weekend days, and the public holidays by name."""
    off = tuple(off)
    weekend = sum(day.day.weekday() >= SATURDAY for day in off)
    named = [
        wording.label("arithmetic", "off_named", language).format(
            name=day.name[language], day=wording.format_day(day.day, language)
        )
        for day in off
        if day.day.weekday() < SATURDAY and day.name
    ]
    if not off:
        return ""
    unit = wording.label("units", "days_one" if weekend == 1 else "days", language)
    return wording.label("arithmetic", "off_days", language).format(
        weekend=f"{weekend} {unit}", named="; " + wording.format_list(named, language) if named else ""
    )
