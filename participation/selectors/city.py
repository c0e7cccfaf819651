"""How the city does: of what had to be done, how much was; counted in SQL, or judged anew as it was known once."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Avg, Count, Max, Min, Q, QuerySet

from participation.compliance.obligations import Obligation as Owed
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import BASICS
from participation.models import Neighbourhood, Obligation, Step, Trajectory

from .days import happened
from .register import commitments, motions
from .statuses import with_status
from .verdicts import verdicts

#: What became of what had to be done, in the order in which it is told, and the statuses that it counts.
OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "in_time": ("met",),
    "late": ("met_late",),
    "explained": ("explained",),
    "overdue": ("overdue", "possibly_overdue"),
    "unknown": ("unknown",),
}
#: So many trajectories are judged anew for a page at most: each takes a reading of its history.
MOST_JUDGED = 500
#: So many delays are named.
DELAYS = 5
#: How many of a rule's obligations have which status, by rule and whether they look back.
Counts = Mapping[tuple[str, bool], Counter[str]]


class Figures(NamedTuple):
    """Of what had to be done, how much was done in time, late, explained, overdue, and how much is not known."""

    in_time: int = 0
    late: int = 0
    explained: int = 0
    overdue: int = 0
    unknown: int = 0

    @property
    def due(self) -> int:
        """Return how much had to be done, as far as is known."""
        return self.in_time + self.late + self.explained + self.overdue

    @property
    def total(self) -> int:
        """Return all of it, what is not known too."""
        return self.due + self.unknown

    def share(self, outcome: str) -> float:
        """Return which part of what had to be done had this outcome, 0 to 1; 0 where nothing had to be."""
        return getattr(self, outcome) / self.due if self.due else 0.0

    def __add__(self, other: Any) -> "Figures":
        """Return both together."""
        return Figures(*(one + another for one, another in zip(self, other, strict=True)))


class ByRule(NamedTuple):
    """The figures of one rule."""

    rule: str
    figures: Figures


class ByBasic(NamedTuple):
    """The figures of one basic condition, and of its rules under which anything had to be done."""

    basic: str
    figures: Figures
    rules: tuple[ByRule, ...]


class Period(NamedTuple):
    """What fell due from a day (None: ever) up to and with the day on which it is looked at."""

    first: date | None
    on: date


class Delay(NamedTuple):
    """What is overdue for long: in which trajectory, under which rule, and since when."""

    slug: str
    title: str
    rule: str
    subject: str
    due_on: date


class Fairness(NamedTuple):
    """How fair participants found the process, from 1 to 10: in how many evaluations, on average, and the bounds."""

    number: int
    average: float | None
    lowest: int | None
    highest: int | None


class TooMany(Exception):
    """More trajectories than can be judged anew for a page."""


def counted(visible: QuerySet[Trajectory], rules: Collection[str], period: Period) -> Counts:
    """Return how many obligations of these trajectories have which status, of what fell due then; one query."""
    due = (
        Obligation.objects.open()
        .for_trajectories(visible)
        .filter(Q(due_on__lte=period.on) | Q(due_on__isnull=True), rule__in=sorted(rules))
    )
    if period.first:
        due = due.filter(Q(due_on__gte=period.first) | Q(due_on__isnull=True))
    rows = with_status(due, period.on).order_by().values_list("rule", "trajectory__retrospective", "status")
    found: dict[tuple[str, bool], Counter[str]] = {}
    for rule, retrospective, status, number in rows.annotate(Count("pk")):
        found.setdefault((rule, bool(retrospective)), Counter())[status] += number
    return found


def counted_as_known(
    visible: QuerySet[Trajectory], rulebook: Rulebook, period: Period, known_at: datetime
) -> tuple[Counts, list[Delay]]:
    """Return the same with the longest delays, judged anew from what was recorded by that moment.

    What these trajectories are is decided now: who may not see one today does not see its past. Raises TooMany
    where there are more than can be judged for a page.
    """
    titles = dict(visible.order_by("slug").values_list("slug", "title")[: MOST_JUDGED + 1])
    if len(titles) > MOST_JUDGED:
        raise TooMany
    found: dict[tuple[str, bool], Counter[str]] = {}
    delays = []
    for verdict in verdicts(rulebook, period.on, sorted(titles), known_at) if titles else ():
        owed = verdict.obligation
        if _in_period(owed, period):
            found.setdefault((owed.rule, verdict.retrospective), Counter())[verdict.status] += 1
        if verdict.status == "overdue" and not verdict.over and owed.due_on:
            delays.append(Delay(verdict.name, titles[verdict.name], owed.rule, owed.subject, owed.due_on))
    return found, sorted(delays, key=lambda delay: (delay.due_on, delay.title, delay.rule))[:DELAYS]


def _in_period(owed: Owed, period: Period) -> bool:
    if owed.due_on is None:
        return True
    return owed.due_on <= period.on and (period.first is None or owed.due_on >= period.first)


def by_basic(counts: Counts, rulebook: Rulebook, retrospective: bool = False) -> list[ByBasic]:
    """Return the figures by basic condition, in their order; what looks back, or all else."""
    rows: dict[str, list[ByRule]] = {}
    for rule in rulebook.rules:
        figures = _figures(counts.get((rule.id, retrospective), Counter()))
        if figures.total:
            rows.setdefault(rule.basic, []).append(ByRule(rule.id, figures))
    return [
        ByBasic(basic, total(row.figures for row in rows[basic]), tuple(rows[basic]))
        for basic in BASICS
        if basic in rows
    ]


def total(figures: Iterable[Figures]) -> Figures:
    """Return all of these together."""
    found = Figures()
    for one in figures:
        found += one
    return found


def _figures(counts: Counter[str]) -> Figures:
    return Figures(*(sum(counts[status] for status in statuses) for statuses in OUTCOMES.values()))


def longest_delays(visible: QuerySet[Trajectory], rules: Collection[str], on: date) -> list[Delay]:
    """Return what is overdue longest on that day in what was not over by then; one query."""
    closed_by = Q(closed_on__latest__isnull=True) | Q(closed_on__latest__lte=on)
    now = visible.filter(retrospective=False).exclude(closed_by, status="closed")
    due = Obligation.objects.open().for_trajectories(now).filter(due_on__lt=on, rule__in=sorted(rules))
    rows = with_status(due, on).filter(status="overdue").order_by("due_on", "trajectory__title", "rule", "pk")
    columns = ("trajectory__slug", "trajectory__title", "rule", "subject", "due_on")
    return [Delay(*row) for row in rows.values_list(*columns)[:DELAYS]]


def districts(visible: QuerySet[Trajectory]) -> list[tuple[str, int]]:
    """Return each district with how many of these trajectories touch it, most first; two queries."""
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


def fairness(visible: QuerySet[Trajectory], on: date) -> Fairness:
    """Return what evaluations held by that day say of how fair it was; what looks back is left out; one query."""
    now = visible.filter(retrospective=False).order_by().values("pk")
    steps = Step.objects.filter(happened("done", on), trajectory__in=now, cancelled=False, score__isnull=False)
    found = steps.aggregate(number=Count("pk"), average=Avg("score"), lowest=Min("score"), highest=Max("score"))
    return Fairness(**found)


def register_states(on: date) -> dict[str, dict[str, int]]:
    """Return how many motions and commitments are in which state on that day; two queries."""
    registers: dict[str, QuerySet[Any]] = {"motions": motions(on), "commitments": commitments(on)}
    return {name: dict(rows.order_by().values_list("state").annotate(Count("pk"))) for name, rows in registers.items()}


def year_before(on: date) -> date:
    """Return the first day of the twelve months that end with this day."""
    return date(on.year - 1, on.month, min(on.day, 28)) + timedelta(days=1)
