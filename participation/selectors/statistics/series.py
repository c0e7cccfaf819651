"""The figures of what fell due in each of several periods: as known now, and as the transition log knew it then."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from participation.compliance.obligations import DUE_SOON_DAYS
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.compliance.vocabulary import BASICS
from participation.models import Obligation, Trajectory, Transition
from participation.selectors.obligations.judging import under_rules
from participation.selectors.obligations.status_expressions import status_on, status_on_column, with_status_of_all

from .city import OUTCOMES, CityFigures, CountKey, Counts, Period, figures_by_basic, total

#: What figures are of. What was promised, what is only wished, and what looks back are never added up.
SCOPES: Final = ("promised", "wished", "retrospective")
#: What was promised and what is wished, for lists: as on the page of the city.
CURRENT: Final = "current"
#: The strengths of rules that nobody promised.
WISHED_STRENGTHS: Final = ("recommendation", "practice", "wish")
#: Units of time of a series, each with its number of months.
UNITS: Final[Mapping[str, int]] = {"month": 1, "quarter": 3, "year": 12}
#: Maximum number of periods of a series.
MAX_POINTS: Final = 36
#: Statuses of the log of what was not due yet as known then; "" is what the log did not have yet.
_NOT_KNOWN_THEN: Final = ("", "pending", "due_soon", "planned_late")


class TooManyPoints(Exception):
    """The series has more periods than can be shown."""


class MomentFigures(NamedTuple):
    """The figures of a period as they were known at its end.

    ``not_known`` is what fell due by what is known now, and was not known to be due then.
    """

    figures: CityFigures = CityFigures()
    not_known: int = 0

    @property
    def is_known(self) -> bool:
        """Return whether anything was known then."""
        return bool(self.figures.total)


class SeriesPoint(NamedTuple):
    """A period of a series: its figures as known now, and as known at the end of it."""

    period: Period
    now: CityFigures
    then: MomentFigures


class Series(NamedTuple):
    """The points of all basic conditions together, and of each that has any figures."""

    together: list[SeriesPoint]
    by_basic: Mapping[str, list[SeriesPoint]]


def split_period(first: date, on: date, unit: str) -> list[Period]:
    """Return the months, quarters or years from that of ``first`` up to ``on``, which ends the last one.

    Raises TooManyPoints where there are more than can be shown.
    """
    months = UNITS[unit]
    number = (first.year * 12 + first.month - 1) // months * months
    starts = [date(number // 12, number % 12 + 1, 1)]
    while starts[-1] <= on:
        if len(starts) > MAX_POINTS:
            raise TooManyPoints
        number += months
        starts.append(date(number // 12, number % 12 + 1, 1))
    ends = [following - timedelta(days=1) for _start, following in pairwise(starts)]
    return [Period(max(start, first), min(end, on)) for start, end in zip(starts, ends, strict=False)]


def obligations_of_scope(visible: QuerySet[Trajectory], rulebooks: Rulebooks, scope: str) -> QuerySet[Any]:
    """Return the obligations of these trajectories that belong to this scope, withdrawn ones included."""
    looks_back = scope == "retrospective"
    return Obligation.objects.for_trajectories(visible.filter(retrospective=looks_back)).filter(
        under_rules(rulebooks, lambda rule: is_of_scope(rule, scope), ("trajectory",))
    )


def is_of_scope(rule: Rule, scope: str) -> bool:
    """Return whether what this rule asks belongs to this scope, in a trajectory that looks back or not as it does."""
    return scope in ("retrospective", CURRENT) or (rule.strength in WISHED_STRENGTHS) == (scope == "wished")


def in_period(obligations: QuerySet[Any], period: Period) -> QuerySet[Any]:
    """Return the open obligations that were due in this period or have no due date, with ``status`` on its last day."""
    found: QuerySet[Any] = _open_in_period(obligations, period).annotate(status=status_on(period.on))
    return found


def _open_in_period(obligations: QuerySet[Any], period: Period) -> QuerySet[Any]:
    return _due(obligations.filter(withdrawn_at__isnull=True), [period], undated=True)


def in_period_as_logged(obligations: QuerySet[Any], period: Period, ended_at: datetime) -> QuerySet[Any]:
    """Return the obligations of ``in_period`` with the ``status`` that the transition log had by that moment.

    It is "" where the log did not have them yet. What was withdrawn since then is among them; what was withdrawn by
    then has status "withdrawn", which no outcome counts.
    """
    moment = Value(ended_at, output_field=DateTimeField())
    rows = _due(obligations, [period], undated=True).annotate(moment=moment)
    found: QuerySet[Any] = rows.annotate(status=_logged_status())
    return found


def count_by_period(obligations: QuerySet[Any], periods: Sequence[Period]) -> list[Counts]:
    """Return the number of obligations by status on the last day of the period in which they were due; one query."""
    ends = [period.on for period in periods]
    soon = [min(end, date.max - timedelta(days=DUE_SOON_DAYS)) + timedelta(days=DUE_SOON_DAYS) for end in ends]
    rows = _due(obligations.filter(withdrawn_at__isnull=True), periods).annotate(
        place=_by_period(periods, range(len(periods)), IntegerField()),
        end=_by_period(periods, ends, DateField()),
        soon=_by_period(periods, soon, DateField()),
    )
    return _counts(rows.annotate(status=status_on_column("end", "soon")), len(periods))


def count_by_period_as_logged(
    obligations: QuerySet[Any], periods: Sequence[Period], ended_at: Sequence[datetime]
) -> list[Counts]:
    """Return the same by the status that the transition log had at the end of the period; one query.

    The log has the statuses that this software noticed, and when it did. It does not have due dates: in which period an
    obligation was due is what is known now. So this is what a reader saw on the last day of the period about what, by
    the knowledge of today, was due in it. What was withdrawn since then is counted; status "" is what the log did not
    have yet. ``ended_at`` is the last moment of each period.
    """
    rows = _due(obligations, periods).annotate(
        place=_by_period(periods, range(len(periods)), IntegerField()),
        moment=_by_period(periods, ended_at, DateTimeField()),
    )
    return _counts(rows.annotate(status=_logged_status()), len(periods))


def series(
    obligations: QuerySet[Any], rulebooks: Rulebooks, periods: Sequence[Period], ended_at: Sequence[datetime]
) -> Series:
    """Return the series of these consecutive periods, as known now and then; two queries."""
    now = count_by_period(obligations, periods)
    then = count_by_period_as_logged(obligations, periods, ended_at)
    by_basic: dict[str, list[SeriesPoint]] = {}
    together = []
    for place, period in enumerate(periods):
        found_now, found_then = sums_by_basic(now[place], rulebooks), moments_by_basic(then[place], rulebooks)
        together.append(SeriesPoint(period, total(found_now.values()), _sum(found_then.values())))
        for basic in BASICS:
            point = SeriesPoint(period, found_now.get(basic, CityFigures()), found_then.get(basic, MomentFigures()))
            by_basic.setdefault(basic, []).append(point)
    return Series(
        together,
        {
            basic: points
            for basic, points in by_basic.items()
            if any(point.now.total or point.then.figures.total for point in points)
        },
    )


def without_empty_start(found: Series) -> Series:
    """Return the series from the first period with anything in it; the last period alone where there is none."""
    filled = (place for place, point in enumerate(found.together) if point.now.total or point.then.figures.total)
    start = next(filled, len(found.together) - 1)
    return Series(found.together[start:], {basic: points[start:] for basic, points in found.by_basic.items()})


def count_at(obligations: QuerySet[Any], period: Period) -> Counts:
    """Return the number of obligations due in this period or without a due date, by status on its last day."""
    rows = with_status_of_all(_open_in_period(obligations, period), period.on)
    return _counts(rows.annotate(place=Value(0)), 1)[0]


def count_at_as_logged(obligations: QuerySet[Any], period: Period, ended_at: datetime) -> Counts:
    """Return the same by the status that the transition log had by that moment; as in ``count_by_period_as_logged``."""
    return _counts(in_period_as_logged(obligations, period, ended_at).annotate(place=Value(0)), 1)[0]


def sums_by_basic(counts: Counts, rulebooks: Rulebooks) -> dict[str, CityFigures]:
    """Return the figures by basic condition, of those that have any."""
    return {row.basic: row.figures for row in figures_by_basic(counts, rulebooks)}


def moments_by_basic(counts: Counts, rulebooks: Rulebooks) -> dict[str, MomentFigures]:
    """Return the figures by basic condition from counts by logged status, of those that have any."""
    found = {basic: MomentFigures(figures) for basic, figures in sums_by_basic(counts, rulebooks).items()}
    for key, statuses in counts.items():
        if not_known := sum(statuses[status] for status in _NOT_KNOWN_THEN):
            basic = rulebooks.for_municipality(key.municipality).by_id[key.rule].basic
            known = found.get(basic, MomentFigures())
            found[basic] = known._replace(not_known=known.not_known + not_known)
    return found


def _sum(figures: Any) -> MomentFigures:
    rows = list(figures)
    return MomentFigures(total(row.figures for row in rows), sum(row.not_known for row in rows))


def statuses_of(outcome: str, as_logged: bool = False) -> tuple[str, ...]:
    """Return the statuses that an outcome counts; "" is all of them, and ``not_known`` what was not known then."""
    if outcome:
        return _NOT_KNOWN_THEN if outcome == "not_known" else OUTCOMES[outcome]
    every = tuple(status for statuses in OUTCOMES.values() for status in statuses)
    return (*every, *_NOT_KNOWN_THEN) if as_logged else every


def _due(obligations: QuerySet[Any], periods: Sequence[Period], undated: bool = False) -> QuerySet[Any]:
    first, last = periods[0].first, periods[-1].on
    due = Q(due_on__lte=last)
    if first:
        due &= Q(due_on__gte=first)
    return obligations.filter(due | Q(due_on__isnull=True) if undated else due)


def _by_period(periods: Sequence[Period], values: Sequence[Any], field: Any) -> Case:
    """Return the expression for the value of the period in which an obligation was due."""
    *earlier, last = (Value(value, output_field=field) for value in values)
    cases = [When(due_on__lte=period.on, then=value) for period, value in zip(periods, earlier, strict=False)]
    return Case(*cases, default=last, output_field=field)


def _logged_status() -> Any:
    """Return the expression for the last logged status by ``moment``.

    Without one it is "", and withdrawn for an obligation that came and went before the log had it.
    """
    logged = Transition.objects.filter(obligation=OuterRef("pk"), noticed_at__lte=OuterRef("moment")).order_by("-pk")
    none = Case(When(withdrawn_at__isnull=True, then=Value("")), default=Value("withdrawn"), output_field=CharField())
    return Coalesce(Subquery(logged.values("to_status")[:1]), none, output_field=CharField())


def _counts(rows: QuerySet[Any], number: int) -> list[Counts]:
    found: list[dict[CountKey, Counter[str]]] = [{} for _period in range(number)]
    columns = ("place", "trajectory__municipality", "rule", "status")
    for place, municipality, rule, status, times in rows.order_by().values_list(*columns).annotate(Count("pk")):
        found[place].setdefault(CountKey(municipality, rule), Counter())[status] += times
    return list(found)
