"""The figures of the yearly report: of public trajectories, and of the register, over five years; counted in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import BASICS
from participation.models import Step, Trajectory
from participation.models.fields import first_day
from participation.selectors.obligations.facts import rows_known_at
from participation.selectors.register import commitments_made_by, motions_adopted_by
from participation.selectors.trajectories.date_queries import occurred_by

from .city import OUTCOMES, CityFigures, Period
from .coverage import coverage
from .influence import contributions_in, count_effects, decisions_in, influence
from .series import SCOPES, count_at, count_by_period, obligations_of_scope, split_period, sums_by_basic
from .spread import figures_by_trajectory, spread

#: The basic conditions without which participation fails, according to the audit office: the first of ``BASICS``.
MINIMAL_BASICS: Final = BASICS[:7]
#: The number of years of a series.
YEARS: Final = 5
#: The names of a figure of what is not recorded, and of whether the promised room was kept.
NOT_RECORDED: Final = "not_recorded"
ROOM_NAMES: Final[Mapping[bool | None, str]] = {True: "kept", False: "not_kept", None: NOT_RECORDED}


class FigureKey(NamedTuple):
    """What a figure of the report is of: part, scope ("" where it has no meaning), year, group, and what it counts."""

    part: str
    scope: str
    year: int
    group: str
    name: str


#: The figures of a report; one that is not there is 0.
Figures = Mapping[FigureKey, Decimal]


def years_until(year: int, today: date) -> list[Period]:
    """Return the years of a report, of which the last ends today where it is not over."""
    return split_period(date(year - YEARS + 1, 1, 1), min(date(year, 12, 31), today), "year")


def public_trajectories(municipality: str = "") -> QuerySet[Trajectory]:
    """Return the trajectories that everyone may see, of all municipalities or of one."""
    found = Trajectory.objects.visible_to(None)
    return found.filter(municipality=municipality) if municipality else found


def evaluations_in(
    trajectories: QuerySet[Trajectory], period: Period, known_at: datetime | None = None
) -> QuerySet[Any]:
    """Return the evaluations with a score for fairness in this period, oldest first, as recorded by ``known_at``."""
    versions: QuerySet[Any] = rows_known_at(Step, known_at)
    rows = versions.filter(
        occurred_by("done", period.on),
        trajectory__in=trajectories.order_by().values("pk"),
        cancelled=False,
        score__isnull=False,
    )
    if period.first:
        rows = rows.filter(Q(done__latest__isnull=True) | Q(done__latest__gte=period.first))
    found: QuerySet[Any] = rows.annotate(day=first_day("done")).order_by("day", "pk")
    return found


def yearly_figures(rulebooks: Rulebooks, periods: Sequence[Period], municipality: str = "") -> Figures:
    """Return all figures of a report on these years, of all municipalities or of one.

    The number of queries depends on the number of years only.
    """
    found = _Counter()
    visible = public_trajectories(municipality)
    current = visible.filter(retrospective=False)
    for scope in SCOPES:
        _add_scope(found, obligations_of_scope(visible, rulebooks, scope), scope, rulebooks, periods)
    for period in periods:
        _add_year(found, current, period, municipality)
    year, last = periods[-1].on.year, periods[-1]
    promised = obligations_of_scope(visible, rulebooks, SCOPES[0])
    spread_over = spread(current, figures_by_trajectory(promised, last))
    for part, groups in (("levels", spread_over.levels), ("districts", spread_over.districts)):
        for group in groups:
            found.add_outcomes(part, SCOPES[0], year, group.name or NOT_RECORDED, group.figures)
    for looks_back, number in visible.order_by().values_list("retrospective").annotate(Count("pk")):
        found.add("trajectories", SCOPES[2] if looks_back else SCOPES[0], year, "", {"number": number})
    added = influence(contributions_in(current, last), last.on)
    for part, rows in (("senders", added.senders), ("contribution_districts", added.districts)):
        for row in rows:
            found.add(part, "", year, row.key or NOT_RECORDED, row.states)
    found.add("ages", "", year, "", added.ages)
    _add_coverage(found, current, last, municipality)
    return found.figures


def _add_scope(
    found: "_Counter", obligations: QuerySet[Any], scope: str, rulebooks: Rulebooks, periods: Sequence[Period]
) -> None:
    """Add what was due in each year, and what cannot be determined in the last."""
    for period, counts in zip(periods, count_by_period(obligations, periods), strict=True):
        for basic, figures in sums_by_basic(counts, rulebooks).items():
            found.add_outcomes("due", scope, period.on.year, basic, figures)
    undated = count_at(obligations.filter(due_on__isnull=True), periods[-1])
    for basic, figures in sums_by_basic(undated, rulebooks).items():
        found.add("undated", scope, periods[-1].on.year, basic, {"unknown": figures.unknown})


def coverage_figures(last: date | None, number: int) -> Mapping[str, int]:
    """Return the figures of a district or group: the last day on which people spoke with it as YYYYMMDD, or never."""
    return {"activities": number, "never": last is None, "last_day": int(f"{last:%Y%m%d}") if last else 0}


def _add_coverage(found: "_Counter", current: QuerySet[Trajectory], last: Period, municipality: str) -> None:
    """Add with which districts and groups people spoke in the last year, and when last."""
    spoken = coverage(current, last.first or last.on, last.on, municipality)
    for part, rows in (("coverage_districts", spoken.districts), ("coverage_groups", spoken.groups)):
        for row in rows:
            found.add(part, "", last.on.year, row.name, coverage_figures(row.last, row.number))


def _add_year(found: "_Counter", current: QuerySet[Trajectory], period: Period, municipality: str) -> None:
    """Add what is counted of each year apart."""
    year = period.on.year
    states = contributions_in(current, period).order_by().values_list("state").annotate(number=Count("pk"))
    found.add("contributions", "", year, "", dict(states.values_list("state", "number")))
    effects = count_effects(decisions_in(current, period))
    found.add("effects", "", year, "", {code or NOT_RECORDED: number for code, number in effects.effects.items()})
    found.add("room", "", year, "", {ROOM_NAMES[kept]: number for kept, number in effects.room.items()})
    scores = evaluations_in(current, period).order_by()
    totals = scores.aggregate(number=Count("pk"), sum=Sum("score"), lowest=Min("score"), highest=Max("score"))
    found.add("fairness", "", year, "", {name: value or 0 for name, value in totals.items()})
    registers: dict[str, QuerySet[Any]] = {
        "motions": motions_adopted_by(period.on),
        "commitments": commitments_made_by(period.on),
    }
    for part, rows in registers.items():
        rows = rows.filter(municipality=municipality) if municipality else rows
        found.add(part, "", year, "", dict(rows.order_by().values_list("state").annotate(Count("pk"))))


class _Counter:
    """Collects figures; those that are 0 are left out."""

    def __init__(self) -> None:
        self.figures: dict[FigureKey, Decimal] = {}

    def add(self, part: str, scope: str, year: int, group: str, numbers: Mapping[str, Any]) -> None:
        for name, number in numbers.items():
            if number:
                self.figures[FigureKey(part, scope, year, group, name)] = Decimal(number)

    def add_outcomes(self, part: str, scope: str, year: int, group: str, figures: CityFigures) -> None:
        self.add(part, scope, year, group, dict(zip(OUTCOMES, figures, strict=True)))


def figures_in_order(figures: Figures) -> Iterable[tuple[FigureKey, Decimal]]:
    """Return the figures, sorted by what they are of."""
    return sorted(figures.items())
