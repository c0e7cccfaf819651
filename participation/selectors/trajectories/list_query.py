"""The list of trajectories: its order and its rows, at a cost that does not depend on their number.

The keys of one page are read first, walking the steps in the order of their days; everything else is read for that page
only.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import PHASES
from participation.models import Obligation, Step, Trajectory
from participation.models.steps import FIRST_DAY, LAST_DAY, NO_LAST_DAY, OPEN_FROM, OPEN_UNTIL
from participation.selectors.cached_results import CachedResults, query_identity, rulebook_identity
from participation.selectors.obligations.judging import under_rules
from participation.selectors.obligations.status_expressions import overdue_on
from participation.selectors.obligations.statuses import overdue_counts

from .opportunities import MAX_INSPECTION_DURATION, Opportunity, current_opportunity, opportunities

SORTS = ("relevance", "next", "title", "newest")
#: A part of the list that begins before this row is found by walking over the steps.
_WALKED = 200


class ListedStep(NamedTuple):
    """The columns of a step that a row of the list needs; the field names are the table's."""

    trajectory_id: int
    ref: str
    kind: str
    method: str
    phase: str
    title: str
    cancelled: bool
    planned: ImpreciseDate | None
    done: ImpreciseDate | None
    closes: ImpreciseDate | None
    announced_on: ImpreciseDate | None
    audience_text: str

    @property
    def audience(self) -> tuple[str, ...]:
        """Return the audience of the step."""
        return _parse_words(self.audience_text)


#: The columns that make up a ``ListedStep``.
STEP_COLUMNS = (*ListedStep._fields[:-1], Cast("audience", TextField()))


@lru_cache(maxsize=1 << 12)
def _parse_words(text: str) -> tuple[str, ...]:
    # Parsed lazily and cached: the audience of most steps is never read, and few values are distinct.
    return tuple(json.loads(text))


class ListedTrajectory(NamedTuple):
    """A trajectory in the list.

    ``next`` is the next step, ``opportunity`` how one can take part now, ``overdue`` the number of overdue obligations;
    ``phase`` is empty where no step has one.
    """

    slug: str
    title: str
    summary: str
    kind: str
    level: str
    status: str
    phase: str
    public: bool
    retrospective: bool
    municipality: str
    portfolio: str
    case_number: str
    external: list[dict[str, str | None]]
    instrument: str
    neighbourhoods: list[str]
    next: ListedStep | None
    opportunity: Opportunity | None
    overdue: int


class LazyOrderedKeys:
    """Keys of trajectories in order, computed lazily: the sequence that a paginator needs."""

    def __init__(
        self, trajectories: QuerySet[Trajectory], today: date, sort: str = SORTS[0], only_open: bool = False
    ) -> None:
        """Order these, in one of ``SORTS``; ``only_open`` leaves out those in which one cannot take part now."""
        self.trajectories, self.today, self.sort, self.only_open = trajectories, today, sort, only_open

    def count(self) -> int:
        """Return the number of trajectories."""
        return self.filtered().order_by().count()

    def __getitem__(self, part: slice) -> list[int]:
        """Return the keys in this slice."""
        if self.only_open and self.sort == "relevance":
            # The open ones come first, so a walk over them replaces the filter on each trajectory.
            keys = _open_keys(self.trajectories, self.today, _deep(part.start, part.stop))
            return list(islice(_distinct(keys), part.start, part.stop))
        return ordered_keys(self.filtered(), self.sort, self.today, part.start, part.stop)

    def filtered(self) -> QuerySet[Trajectory]:
        """Return the trajectories, in no order."""
        return (
            self.trajectories.filter(has_open_step_condition(self.today), retrospective=False)
            if self.only_open
            else self.trajectories
        )


class CachedOrderedKeys:
    """Keys of trajectories in order, from the cache where nothing was recorded since they were read."""

    def __init__(self, ordered: LazyOrderedKeys, cached: CachedResults) -> None:
        self._ordered, self._cached = ordered, cached
        self._identity = (*query_identity(ordered.trajectories), ordered.sort, ordered.only_open, ordered.today)

    def count(self) -> int:
        """Return the number of trajectories."""
        return self._cached.get(self._ordered.count, (), self._identity)

    def __getitem__(self, part: slice) -> list[int]:
        """Return the keys in this slice."""
        return self._cached.get(self._ordered.__getitem__, (part,), (*self._identity, part))


def ordered_keys(trajectories: QuerySet[Trajectory], sort: str, today: date, start: int, stop: int | None) -> list[int]:
    """Return the keys of the trajectories in this range of this order.

    ``sort`` is one of ``SORTS``. The most relevant first: in which one can take part now, by its last day; then what
    happens soonest; then the active ones, those planned or paused, the closed; retrospective ones come last.
    """
    if sort == "title":
        return list(trajectories.order_by("title", "slug").values_list("pk", flat=True)[start:stop])
    if sort == "newest":
        newest = trajectories.order_by(F("started_on__earliest").desc(nulls_last=True), "title", "slug")
        return list(newest.values_list("pk", flat=True)[start:stop])
    keys = _keys_by_relevance if sort == "relevance" else _keys_by_next_step
    return list(islice(_distinct(keys(trajectories, today, _deep(start, stop))), start, stop))


def _deep(start: int, stop: int | None) -> int:
    """Return the number of keys up to ``stop``, where that is too far to walk there step by step; else 0."""
    return stop or 0 if start >= _WALKED else 0


def rows(
    visible: QuerySet[Trajectory],
    page: Collection[int],
    rulebooks: Rulebooks,
    today: date,
    cached: CachedResults | None = None,
) -> list[ListedTrajectory]:
    """Return the rows of the list for these keys that are visible, in this order; always the same four queries.

    How many obligations are overdue is ``cached`` where that is given, and then takes no query of its own.
    """
    columns = (
        *("pk", "slug", "title", "summary", "kind", "level", "status", "public", "retrospective"),
        *("municipality", "portfolio", "case_number", "external", "instrument"),
    )
    found = {pk: read for pk, *read in visible.order_by().filter(pk__in=page).values_list(*columns)}
    neighbourhoods: dict[int, list[str]] = {pk: [] for pk in found}
    links = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=found).order_by("neighbourhood__name")
    for pk, name in links.values_list("trajectory_id", "neighbourhood__name"):
        neighbourhoods[pk].append(name)
    steps: dict[int, list[ListedStep]] = {pk: [] for pk in found}
    for values in Step.objects.filter(trajectory__in=found, cancelled=False).order_by().values_list(*STEP_COLUMNS):
        steps[values[0]].append(ListedStep(*values))
    counted = ("trajectory", tuple(page), rulebooks, today)
    known = (tuple(page), rulebook_identity(rulebooks), today)
    late = cached.get(overdue_counts, counted, known) if cached else overdue_counts(*counted)
    listed = []
    for pk in page:
        if pk not in found:
            continue  # deleted or hidden since its key was read
        slug, title, summary, kind, level, status, public, retrospective, municipality, *others = found[pk]
        portfolio, case_number, external, instrument = others
        listed.append(
            ListedTrajectory(
                *(slug, title, summary, kind, level, status, phase_on(steps[pk], today), public, retrospective),
                *(municipality, portfolio, case_number, external, instrument),
                neighbourhoods=neighbourhoods[pk],
                next=next_step_on(steps[pk], today),
                opportunity=current_opportunity(opportunities(steps[pk], today)),
                overdue=late.get(pk, 0),
            )
        )
    return listed


# ---------- one trajectory


def next_step_on(steps: Iterable[Any], today: date) -> Any | None:
    """Return the first of these steps that is still to come, today included; None where none has a planned day."""
    upcoming = [
        step
        for step in steps
        if not step.cancelled and step.done is None and step.planned and (step.planned.latest or date.min) >= today
    ]
    return min(upcoming, key=lambda step: (step.planned.latest, step.ref), default=None)


def phase_on(steps: Iterable[Any], today: date) -> str:
    """Return the phase of the step that began last, else of the first to come; "" where no step has a phase."""
    dated = []
    for step in steps:
        when = step.done or step.planned
        if step.phase and not step.cancelled and when and when.latest:
            dated.append((when.earliest or when.latest, PHASES.index(step.phase), step.phase))
    begun = [found for found in dated if found[0] <= today]
    chosen = max(begun) if begun else min(dated, default=None)
    return chosen[2] if chosen else ""


# ---------- the same in SQL, for filters: a test checks that both agree


def steps_open_on(steps: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return the steps in which one can take part on that day, with its ``open_until``; as ``Opportunity.now``."""
    found = steps.alias(open_from=OPEN_FROM, open_until=OPEN_UNTIL).filter(open_from__lte=today, open_until__gte=today)
    # An inspection without a closing day is open for a fixed time.
    fixed_time = Q(open_until__lt=NO_LAST_DAY) | Q(open_from__gt=today - MAX_INSPECTION_DURATION)
    open_steps: QuerySet[Any] = found.filter(fixed_time)
    return open_steps


def steps_with_days() -> QuerySet[Any]:
    """Return the steps annotated with their first and last day."""
    return Step.objects.annotate(first_day=FIRST_DAY, last_day=LAST_DAY)


def has_open_step_condition(today: date) -> Q:
    """Return the condition that one can take part in a trajectory on that day."""
    return Q(pk__in=steps_open_on(Step.objects.order_by(), today).values("trajectory"))


def phase_expression(today: date) -> Any:
    """Return the expression for the phase of a trajectory on that day; the same as ``phase_on``."""
    rank = Case(*(When(phase=phase, then=Value(position)) for position, phase in enumerate(PHASES)), default=Value(-1))
    steps = steps_with_days().filter(trajectory=OuterRef("pk"), cancelled=False, last_day__isnull=False)
    with_phase = steps.exclude(phase="").annotate(rank=rank).order_by()
    begun = with_phase.filter(first_day__lte=today).order_by("-first_day", "-rank")
    first = with_phase.order_by("first_day", "rank")
    return Coalesce(Subquery(begun.values("phase")[:1]), Subquery(first.values("phase")[:1]), Value(""))


def trajectories_with_overdue(
    trajectories: QuerySet[Trajectory], rulebooks: Rulebooks, today: date, basic: str = ""
) -> QuerySet[Trajectory]:
    """Return the trajectories with an obligation that is overdue on that day, of one basic condition if ``basic``."""
    rules = under_rules(rulebooks, lambda rule: basic in ("", rule.basic), ("trajectory",))
    late = Obligation.objects.open().filter(overdue_on(today), rules, trajectory=OuterRef("pk"))
    return trajectories.filter(Exists(late))


# ---------- orders


def _keys_by_relevance(trajectories: QuerySet[Trajectory], today: date, deep: int) -> Iterator[int]:
    yield from _open_keys(trajectories, today, deep)
    yield from _upcoming_keys(trajectories.filter(retrospective=False), today, deep)
    position = Case(
        When(retrospective=True, then=4),
        When(status="active", then=0),
        When(status="closed", then=3),
        default=1,
        output_field=IntegerField(),
    )
    yield from _keys(trajectories.order_by(position, "title", "slug").values_list("pk"), deep)


def _keys_by_next_step(trajectories: QuerySet[Trajectory], today: date, deep: int) -> Iterator[int]:
    yield from _upcoming_keys(trajectories, today, deep)
    yield from _keys(trajectories.order_by("title", "slug").values_list("pk"), deep)


def _open_keys(trajectories: QuerySet[Trajectory], today: date, deep: int) -> Iterator[int]:
    """Yield those in which one can take part now, by its last day; those without a known last day come last."""
    now = trajectories.filter(retrospective=False)
    return _keys_by_day(steps_open_on(_steps_of(now), today), "open_until", deep)


def _upcoming_keys(trajectories: QuerySet[Trajectory], today: date, deep: int) -> Iterator[int]:
    steps = _steps_of(trajectories).filter(cancelled=False, done__isnull=True)
    return _keys_by_day(steps.alias(last_day=LAST_DAY).filter(last_day__gte=today), "last_day", deep)


def _steps_of(trajectories: QuerySet[Trajectory]) -> QuerySet[Any]:
    # A correlated EXISTS per step that is walked: a page needs few of them.
    return Step.objects.filter(Exists(trajectories.order_by().filter(pk=OuterRef("trajectory"))))


def _keys_by_day(steps: QuerySet[Any], day: str, deep: int) -> Iterator[int]:
    """Yield the trajectories of these steps by the first of their days."""
    if not deep:
        return _keys(steps.order_by(day, "trajectory_id").values_list("trajectory_id"), deep)
    # Far into the list it is cheaper to find the first day of each trajectory than to walk all steps before it.
    # Plus nought, because by the column itself SQLite would group all steps instead of those that its index finds.
    first_days = steps.order_by().values(key=F("trajectory_id") + 0).annotate(first=Min(day))
    return _keys(first_days.order_by("first", "key").values_list("key"), deep)


def _keys(found: QuerySet[Any, Any], deep: int) -> Iterator[int]:
    """Yield these keys, read in growing batches, so that the first page does not wait for all rows.

    ``deep`` is the number that is needed at most, where that is more than a few pages: those are read at once.
    """
    start, size = 0, deep or 100
    while True:
        part = list(found[start : start + size])
        yield from (key for (key,) in part)
        if deep or len(part) < size:
            return
        start, size = start + size, size * 8


def _distinct(found: Iterable[int]) -> Iterator[int]:
    seen = set()
    for key in found:
        if key not in seen:
            seen.add(key)
            yield key
