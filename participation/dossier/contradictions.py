"""Values of one record that cannot go together: the same for a document and for a row in the database."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import key_path
from participation.compliance.reach import counts_above_total
from participation.compliance.times import ends_next_day, has_no_duration

from .errors import Problem, pointer

#: From which day an instrument exists, and until which day one can be started; None where that has no bound.
#: Omgevingswet, in force 2024-01-01; Wabo, in force 2010-10-01 (permits); Wro, until 2023-12-31 (zoning plans).
INSTRUMENT_PERIODS: Final[Mapping[str, tuple[date | None, date | None]]] = {
    "environment_plan": (date(2024, 1, 1), None),
    "environment_vision": (date(2024, 1, 1), None),
    "programme": (date(2024, 1, 1), None),
    "project_decision": (date(2024, 1, 1), None),
    "permit": (date(2010, 10, 1), None),
    "zoning_plan": (None, date(2023, 12, 31)),
}


class Contradiction(NamedTuple):
    """A contradiction in a record: its kind, and the columns with the values, that of the wrong one first.

    ``values`` are the parts of its text, ``place`` the path in the record where it is not that of the first column.
    """

    kind: str
    columns: tuple[str, ...]
    values: Mapping[str, Any] = {}
    place: tuple[str | int, ...] = ()

    def problem(self, *path: str | int) -> Problem:
        """Return the problem in the record at this path of a document."""
        reason, hint = _TEXTS[self.kind]
        location = pointer(*path, *(self.place or key_path(self.columns[0])))
        return Problem(location, _(reason).format(**self.values), _(hint).format(**self.values))


#: By kind: why it cannot be, and what to do.
_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "no_ground": (
        gettext_noop("it is missing"),
        gettext_noop("name the ground: the id of one of the exceptions in the rulebook"),
    ),
    "no_permit": (
        gettext_noop("only for a permit can the council require participation, and this is a {instrument}"),
        gettext_noop("leave it out, or make the instrument a permit"),
    ),
    "before_its_law": (
        gettext_noop("a {instrument} exists since {day}, and this was closed by {closed}"),
        gettext_noop("leave the instrument out, or check closed_on"),
    ),
    "after_its_law": (
        gettext_noop("a {instrument} could be started until {day}, and this was started on {started} or later"),
        gettext_noop("choose the instrument that replaced it, or check started_on"),
    ),
    "not_next_day": (
        gettext_noop("it ends on the next day, and {ends} is not before {starts}: that is more than 12 hours"),
        gettext_noop("leave it out, or check both times"),
    ),
    "is_next_day": (
        gettext_noop("it ends on the same day, and {ends} is before {starts}"),
        gettext_noop("leave it out, or check both times"),
    ),
    "above_total": (
        gettext_noop("{count} is more than the total, which is {total}"),
        gettext_noop("check both; everybody of a group or neighbourhood is in the total too"),
    ),
}


def trajectory_contradictions(values: Mapping[str, Any]) -> Iterator[Contradiction]:
    """Yield the contradictions in a trajectory, from its values by column; only what certainly cannot be."""
    others = ("no_participation_reason", "no_participation_decided_on", "no_participation_by")
    given = [column for column in others if values.get(column)]
    if given and not values.get("no_participation_ground"):
        yield Contradiction("no_ground", ("no_participation_ground", *given))
    instrument = values.get("instrument") or ""
    if values.get("participation_required") and instrument not in ("", "permit"):
        columns = ("participation_required", "instrument")
        yield Contradiction("no_permit", columns, {"instrument": _words(instrument)})
    first, last = INSTRUMENT_PERIODS.get(instrument, (None, None))
    closed, started = _latest(values.get("closed_on")), _earliest(values.get("started_on"))
    if first and closed and closed < first:
        parts = {"instrument": _words(instrument), "day": first, "closed": closed}
        yield Contradiction("before_its_law", ("instrument", "closed_on"), parts)
    if last and started and started > last:
        parts = {"instrument": _words(instrument), "day": last, "started": started}
        yield Contradiction("after_its_law", ("instrument", "started_on"), parts)


def step_contradictions(values: Mapping[str, Any]) -> Iterator[Contradiction]:
    """Yield the contradictions in a step, from its values by column."""
    for above in counts_above_total(values):
        parts = {"who": above.key, "count": above.number, "total": values["reach_total"]}
        place = ("reach", above.column.removeprefix("reach_"), above.row, "count")
        yield Contradiction("above_total", (above.column,), parts, place)
    starts, ends, next_day = (values.get(column) for column in ("starts_at", "ends_at", "ends_next_day"))
    # The same time for both is reported as such.
    if next_day is None or starts is None or ends is None or has_no_duration(starts, ends):
        return
    if next_day != ends_next_day(starts, ends):
        parts = {"starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
        yield Contradiction("not_next_day" if next_day else "is_next_day", ("ends_next_day", "ends_at"), parts)


def _latest(when: ImpreciseDate | None) -> date | None:
    return when.latest if when else None


def _earliest(when: ImpreciseDate | None) -> date | None:
    return when.earliest if when else None


def _words(instrument: str) -> str:
    return instrument.replace("_", " ")
