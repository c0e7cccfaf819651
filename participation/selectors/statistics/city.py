"""City-wide statistics: obligations by outcome, counted in SQL, or reassessed as known at an earlier moment."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Avg, Count, Exists, FloatField, Max, Min, OuterRef, Q, QuerySet

from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import BASICS
from participation.models import Neighbourhood, Obligation, Step, Trajectory
from participation.selectors.obligations.judging import under_trajectory_rules
from participation.selectors.obligations.status_expressions import overdue_on, with_status_of_all
from participation.selectors.obligations.statuses import verdicts
from participation.selectors.register import commitments_made_by, motions_adopted_by
from participation.selectors.trajectories.date_queries import occurred_by

#: The outcomes in display order, each with the statuses that it counts.
OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "in_time": ("met",),
    "late": ("met_late",),
    "explained": ("explained",),
    "overdue": ("overdue", "possibly_overdue"),
    "unknown": ("unknown",),
}
#: Maximum number of trajectories reassessed in one request: each takes reading its history.
MAX_REASSESSED_TRAJECTORIES = 500
#: The number of delays listed.
MAX_DELAYS = 5


class CountKey(NamedTuple):
    """What a count is of: a rule in a municipality, of retrospective trajectories or of all others.

    One id may be another rule in another municipality.
    """

    municipality: str
    rule: str
    retrospective: bool = False


#: The number of obligations by status.
Counts = Mapping[CountKey, Counter[str]]


class CityFigures(NamedTuple):
    """The number of obligations by outcome."""

    in_time: int = 0
    late: int = 0
    explained: int = 0
    overdue: int = 0
    unknown: int = 0

    @property
    def due(self) -> int:
        """Return how many were due, as far as is known."""
        return self.in_time + self.late + self.explained + self.overdue

    @property
    def total(self) -> int:
        """Return how many there are, including the unknown ones."""
        return self.due + self.unknown

    def share(self, outcome: str) -> float:
        """Return the share of what was due with this outcome, 0 to 1; 0 where nothing was due."""
        return getattr(self, outcome) / self.due if self.due else 0.0

    def __add__(self, other: Any) -> "CityFigures":
        """Return the sum of both."""
        return CityFigures(*(one + another for one, another in zip(self, other, strict=True)))


class ByRule(NamedTuple):
    """The figures of one rule of a rulebook."""

    rulebook: str
    rule: str
    figures: CityFigures


class ByBasic(NamedTuple):
    """The figures of one basic condition, and of its rules that have any obligations."""

    basic: str
    figures: CityFigures
    rules: tuple[ByRule, ...]


class Period(NamedTuple):
    """The period of the statistics: due dates from ``first`` (None: unbounded) up to and including ``on``."""

    first: date | None
    on: date


class Delay(NamedTuple):
    """An obligation that is long overdue: its trajectory with its municipality, rule, subject and due date."""

    slug: str
    title: str
    municipality: str
    rule: str
    subject: str
    due_on: date


class Fairness(NamedTuple):
    """How fair participants found the process, from 1 to 10: number of evaluations, average and bounds."""

    number: int
    average: float | None
    lowest: Decimal | None
    highest: Decimal | None


class TooManyTrajectories(Exception):
    """There are more trajectories than can be reassessed in one request."""


def count_by_status(visible: QuerySet[Trajectory], rulebooks: Rulebooks, period: Period) -> Counts:
    """Return the number of obligations by status that fell due in this period; one query."""
    due = (
        Obligation.objects.open()
        .for_trajectories(visible)
        .filter(Q(due_on__lte=period.on) | Q(due_on__isnull=True), under_trajectory_rules(rulebooks))
    )
    if period.first:
        due = due.filter(Q(due_on__gte=period.first) | Q(due_on__isnull=True))
    columns = ("trajectory__municipality", "rule", "trajectory__retrospective", "status")
    rows = with_status_of_all(due, period.on).order_by().values_list(*columns)
    found: dict[CountKey, Counter[str]] = {}
    for municipality, rule, retrospective, status, number in rows.annotate(Count("pk")):
        found.setdefault(CountKey(municipality, rule, bool(retrospective)), Counter())[status] += number
    return found


def count_by_status_as_known(
    visible: QuerySet[Trajectory], rulebooks: Rulebooks, period: Period, known_at: datetime
) -> tuple[Counts, list[Delay]]:
    """Return these counts and the longest delays, reassessed from what was recorded by that moment.

    Which trajectories are visible is decided by today's permissions: who may not see one now does not see its past.
    Raises TooManyTrajectories where there are more than can be reassessed in one request.
    """
    titles = dict(visible.order_by("slug").values_list("slug", "title")[: MAX_REASSESSED_TRAJECTORIES + 1])
    if len(titles) > MAX_REASSESSED_TRAJECTORIES:
        raise TooManyTrajectories
    found: dict[CountKey, Counter[str]] = {}
    delays = []
    for verdict in verdicts(rulebooks, period.on, sorted(titles), known_at) if titles else ():
        obligation = verdict.obligation
        if is_in_period(obligation, period):
            key = CountKey(verdict.municipality, obligation.rule, verdict.retrospective)
            found.setdefault(key, Counter())[verdict.status] += 1
        if verdict.status == "overdue" and not verdict.over and obligation.due_on:
            owner = (verdict.name, titles[verdict.name], verdict.municipality)
            delays.append(Delay(*owner, obligation.rule, obligation.subject, obligation.due_on))
    return found, sorted(delays, key=lambda delay: (delay.due_on, delay.title, delay.rule))[:MAX_DELAYS]


def is_in_period(obligation: ObligationValue, period: Period) -> bool:
    """Return whether an obligation was due in this period, or has no due date."""
    if obligation.due_on is None:
        return True
    return obligation.due_on <= period.on and (period.first is None or obligation.due_on >= period.first)


def figures_by_basic(
    counts: Counts, rulebooks: Rulebooks, retrospective: bool = False, municipality: str | None = None
) -> list[ByBasic]:
    """Return the figures by basic condition, in order, either of retrospective trajectories or of all others.

    ``municipality`` narrows them to one; else they are of all together, each judged by its own rulebook.
    """
    totals: dict[tuple[str, str], Counter[str]] = {}
    for key, statuses in counts.items():
        if key.retrospective == retrospective and municipality in (None, key.municipality):
            judge = rulebooks.for_municipality(key.municipality)
            totals.setdefault((judge.name, key.rule), Counter()).update(statuses)
    rows: dict[str, list[ByRule]] = {}
    for rulebook in rulebooks:
        for rule in rulebook.rules:
            figures = _figures(totals.get((rulebook.name, rule.id), Counter()))
            if figures.total:
                rows.setdefault(rule.basic, []).append(ByRule(rulebook.name, rule.id, figures))
    return [
        ByBasic(basic, total(row.figures for row in rows[basic]), tuple(rows[basic]))
        for basic in BASICS
        if basic in rows
    ]


def figures_by_municipality(
    counts: Counts, rulebooks: Rulebooks, names: Mapping[str, str], retrospective: bool = False
) -> dict[str, list[ByBasic]]:
    """Return the figures by basic condition of each municipality that has any, by its slug, in the order of its name.

    They are either of retrospective trajectories or of all others. ``names`` are those of the municipalities, by slug.
    """
    slugs = {key.municipality for key in counts if key.retrospective == retrospective}
    ordered = sorted(slugs, key=lambda slug: (not slug, names.get(slug, slug).casefold(), slug))
    return {slug: figures_by_basic(counts, rulebooks, retrospective, slug) for slug in ordered}


def total(figures: Iterable[CityFigures]) -> CityFigures:
    """Return the sum of these figures."""
    found = CityFigures()
    for one in figures:
        found += one
    return found


def percent(share: float) -> int:
    """Return a share as whole percentage; 0 and 100 only for exactly none and all."""
    return min(99, max(1, round(share * 100))) if 0 < share < 1 else round(share * 100)


def _figures(counts: Counter[str]) -> CityFigures:
    return CityFigures(*(sum(counts[status] for status in statuses) for statuses in OUTCOMES.values()))


def longest_delay_keys(visible: QuerySet[Trajectory], rulebooks: Rulebooks, on: date) -> list[int]:
    """Return the keys of what is longest overdue on that day in trajectories not over by then; at most four queries."""
    closed_by = Q(closed_on__latest__isnull=True) | Q(closed_on__latest__lte=on)
    now = visible.filter(retrospective=False).exclude(closed_by, status="closed")
    rules = under_trajectory_rules(rulebooks)
    own = Exists(now.order_by().filter(pk=OuterRef("trajectory")))
    late = Obligation.objects.open().filter(own, rules, overdue_on(on))
    # Apart, because those never met are walked by the index of their due dates. Which days these are is found first: by
    # title as well, all that is overdue would be read.
    parts = [late.filter(part) for part in (Q(met_on__isnull=True), Q(met_on__gt=on))]
    first = [rows.order_by("due_on").values_list("due_on", flat=True)[:MAX_DELAYS] for rows in parts]
    days = sorted(day for found in first for day in found if day)[:MAX_DELAYS]
    if not days:
        return []
    order = ("due_on", "trajectory__title", "rule", "pk")
    read = [
        rows.filter(due_on__lte=days[-1]).order_by(*order).values_list(*order)[:MAX_DELAYS]
        for rows, found in zip(parts, first, strict=True)
        if any(day and day <= days[-1] for day in found)
    ]
    return [key for *_order, key in sorted(row for found in read for row in found)[:MAX_DELAYS]]


def read_delays(visible: QuerySet[Trajectory], keys: Sequence[int]) -> list[Delay]:
    """Return these obligations in this order, as far as they are of these trajectories; one query."""
    columns = ("trajectory__slug", "trajectory__title", "trajectory__municipality", "rule", "subject", "due_on")
    rows = Obligation.objects.for_trajectories(visible).filter(pk__in=keys).order_by().values_list("pk", *columns)
    found = {key: Delay(*values) for key, *values in rows} if keys else {}
    return [found[key] for key in keys if key in found]


def count_by_district(visible: QuerySet[Trajectory]) -> list[tuple[str, int]]:
    """Return each district with the number of these trajectories in it, most first; two queries."""
    now = visible.filter(retrospective=False).order_by().values("pk")
    names = (
        Neighbourhood.objects.exclude(district="").order_by("district").values_list("district", flat=True).distinct()
    )
    rows = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=now).order_by()
    counts = dict(
        rows.values_list("neighbourhood__district")
        .annotate(Count("trajectory", distinct=True))
        .values_list("neighbourhood__district", "trajectory__count")
    )
    return sorted(((name, counts.get(name, 0)) for name in names), key=lambda row: (-row[1], row[0]))


def fairness_scores(visible: QuerySet[Trajectory], on: date) -> Fairness:
    """Return the fairness scores of evaluations that took place by that day, retrospective ones left out; one query."""
    now = visible.filter(retrospective=False).order_by().values("pk")
    steps = Step.objects.filter(occurred_by("done", on), trajectory__in=now, cancelled=False, score__isnull=False)
    found = steps.aggregate(
        number=Count("pk"), average=Avg("score", output_field=FloatField()), lowest=Min("score"), highest=Max("score")
    )
    return Fairness(**found)


def count_by_state(on: date, municipality: str = "") -> dict[str, dict[str, int]]:
    """Return the number of motions and commitments by state on that day, of all or one municipality; two queries.

    They are those that were there by that day, or of which the day is not recorded.
    """
    registers: dict[str, QuerySet[Any]] = {"motions": motions_adopted_by(on), "commitments": commitments_made_by(on)}
    if municipality:
        registers = {name: rows.filter(municipality=municipality) for name, rows in registers.items()}
    return {name: dict(rows.order_by().values_list("state").annotate(Count("pk"))) for name, rows in registers.items()}


def start_of_year_until(on: date) -> date:
    """Return the first day of the twelve months that end with this day."""
    return date(on.year - 1, on.month, min(on.day, 28)) + timedelta(days=1)
