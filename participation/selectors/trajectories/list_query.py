"""The list of trajectories: its order and its rows, at a cost that does not depend on their number.

The keys of one page are read first, walking the steps in the order of their days; everything else is read for that page
only.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import PHASES
from participation.models import Contribution, Document, Obligation, PlanActor, Step, Trajectory
from participation.models.fields import Latest
from participation.models.searching import fold
from participation.models.steps import FIRST_DAY, LAST_DAY
from participation.selectors.obligations.judging import under_rules
from participation.selectors.obligations.statuses import overdue_counts, overdue_on
from participation.selectors.searching import folded_words

from .date_queries import occurred_by
from .opportunities import (
    MAX_INSPECTION_DURATION,
    PERIOD_METHODS,
    STEP_KINDS,
    Opportunity,
    current_opportunity,
    opportunities,
)

SORTS = ("relevance", "next", "title", "newest")


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
        return self._filtered().order_by().count()

    def __getitem__(self, part: slice) -> list[int]:
        """Return the keys in this slice."""
        if self.only_open and self.sort == "relevance":
            # The open ones come first, so a walk over them replaces the filter on each trajectory.
            return list(islice(_distinct(_open_keys(self.trajectories, self.today)), part.start, part.stop))
        return ordered_keys(self._filtered(), self.sort, self.today, part.start, part.stop)

    def _filtered(self) -> QuerySet[Trajectory]:
        return (
            self.trajectories.filter(has_open_step_condition(self.today), retrospective=False)
            if self.only_open
            else self.trajectories
        )


def ordered_keys(trajectories: QuerySet[Trajectory], sort: str, today: date, start: int, stop: int) -> list[int]:
    """Return the keys of the trajectories in this range of this order.

    ``sort`` is one of ``SORTS``. The most relevant first: in which one can take part now, by its last day; then what
    happens soonest; then the active ones, those planned or paused, the closed; retrospective ones come last.
    """
    if sort == "title":
        return list(trajectories.order_by("title", "slug").values_list("pk", flat=True)[start:stop])
    if sort == "newest":
        newest = trajectories.order_by(F("started_on__earliest").desc(nulls_last=True), "title", "slug")
        return list(newest.values_list("pk", flat=True)[start:stop])
    order = _keys_by_relevance(trajectories, today) if sort == "relevance" else _keys_by_next_step(trajectories, today)
    return list(islice(_distinct(order), start, stop))


def rows(page: Collection[int], rulebooks: Rulebooks, today: date) -> list[ListedTrajectory]:
    """Return the rows of the list for these trajectories, in this order; always the same four queries."""
    columns = ("pk", "slug", "title", "summary", "kind", "level", "status", "public", "retrospective", "municipality")
    found = {pk: read for pk, *read in Trajectory.objects.filter(pk__in=page).values_list(*columns)}
    neighbourhoods: dict[int, list[str]] = {pk: [] for pk in found}
    links = Trajectory.neighbourhoods.through.objects.filter(trajectory__in=page).order_by("neighbourhood__name")
    for pk, name in links.values_list("trajectory_id", "neighbourhood__name"):
        neighbourhoods[pk].append(name)
    steps: dict[int, list[ListedStep]] = {pk: [] for pk in found}
    for values in Step.objects.filter(trajectory__in=page, cancelled=False).order_by().values_list(*STEP_COLUMNS):
        steps[values[0]].append(ListedStep(*values))
    late = overdue_counts("trajectory", page, rulebooks, today)
    listed = []
    for pk in page:
        if pk not in found:
            continue  # deleted between the two reads
        slug, title, summary, kind, level, status, public, retrospective, municipality = found[pk]
        listed.append(
            ListedTrajectory(
                *(slug, title, summary, kind, level, status, phase_on(steps[pk], today), public, retrospective),
                municipality,
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


def is_open_condition(today: date) -> Q:
    """Return the condition that one can take part in a step on that day; the same as ``Opportunity.now``."""
    begun = Q(first_day__lte=today)
    has_period = Q(kind="inspection") | Q(closes__isnull=False) | Q(method__in=PERIOD_METHODS)
    until_closing = Q(closes__latest__gte=today) & begun
    # No closing day recorded: an inspection is open for a fixed time, others as long as their own date allows.
    endless = Q(closes__latest__isnull=True) & begun
    inspected = endless & Q(kind="inspection", last_day__gt=today - MAX_INSPECTION_DURATION, last_day__lte=today)
    still_running = endless & ~Q(kind="inspection") & Q(last_day__gte=today)
    invited = ~Q(kind="activity") | occurred_by("announced_on", today)
    meeting = ~has_period & Q(done__isnull=True, last_day__gte=today) & invited
    for_residents = ~Q(kind="plan_review") | ~Q(audience=[])
    open_then = meeting | (has_period & (until_closing | inspected | still_running))
    return Q(kind__in=STEP_KINDS, cancelled=False, last_day__isnull=False) & for_residents & open_then


def steps_with_days() -> QuerySet[Any]:
    """Return the steps annotated with the days that ``is_open_condition`` needs."""
    return Step.objects.annotate(first_day=FIRST_DAY, last_day=LAST_DAY, closing_day=Latest("closes"))


def _open_steps(steps: QuerySet[Any], today: date) -> tuple[QuerySet[Any], QuerySet[Any], QuerySet[Any]]:
    """Return the open steps in three querysets: with a closing day, on their own day, and without a known end.

    Three, because each has its own index: without bounds on those days all steps would be scanned.
    """
    found = steps.filter(is_open_condition(today))
    inspected = Q(kind="inspection", last_day__gt=today - MAX_INSPECTION_DURATION, last_day__lte=today)
    closes_some_day = Q(closes__isnull=False, last_day__gte=today)
    return (
        found.filter(closes__isnull=False, closing_day__gte=today),
        found.filter(closes__isnull=True, last_day__gte=today).exclude(kind="inspection"),
        found.filter(
            inspected | closes_some_day, closing_day__isnull=True, last_day__gt=today - MAX_INSPECTION_DURATION
        ),
    )


def has_open_step_condition(today: date) -> Q:
    """Return the condition that one can take part in a trajectory on that day."""
    condition = Q()
    for steps in _open_steps(steps_with_days(), today):
        condition |= Q(pk__in=steps.values("trajectory"))
    return condition


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


def trajectories_matching(
    trajectories: QuerySet[Trajectory], text: str, roles: Mapping[str, str]
) -> QuerySet[Trajectory]:
    """Return the trajectories in which every word occurs, ignoring accents and case.

    Searched are title, summary, contributions, titles of documents, motions that it carries out, names of
    neighbourhoods, districts and of organisations that act in it, and the label of the role of its contact: all of it
    is on its page for who may see it, and names of people are not searched. ``roles`` maps each contact role to its
    label in the language of the user.
    """
    for word in folded_words(text):
        matching_roles = [role for role, label in roles.items() if word in fold(label)]
        own = Trajectory.objects.filter(Q(search_text__icontains=word) | Q(contact_role__in=matching_roles))
        # One subquery per table and word, not one per trajectory; the database materialises their union.
        related = (
            rows.filter(**{f"{path}search_text__icontains": word}).order_by().values(trajectory)
            for rows, path, trajectory in _SEARCHED_ROWS
        )
        trajectories = trajectories.filter(pk__in=own.order_by().values("pk").union(*related))
    return trajectories


#: The related rows that are searched: a manager, the path to the text, and the path to the trajectory.
_SEARCHED_ROWS: Sequence[tuple[Any, str, str]] = (
    (Contribution.objects, "", "trajectory"),
    (Document.objects, "", "trajectory"),
    (Trajectory.neighbourhoods.through.objects, "neighbourhood__", "trajectory"),
    (Trajectory.motions.through.objects, "motion__", "trajectory"),
    (PlanActor.objects, "organisation__", "plan__trajectory"),
)


# ---------- orders


def _keys_by_relevance(trajectories: QuerySet[Trajectory], today: date) -> Iterator[int]:
    yield from _open_keys(trajectories, today)
    yield from _upcoming_keys(trajectories.filter(retrospective=False), today)
    position = Case(
        When(retrospective=True, then=4),
        When(status="active", then=0),
        When(status="closed", then=3),
        default=1,
        output_field=IntegerField(),
    )
    rest = trajectories.order_by(position, "title", "slug")
    yield from _keys(rest, "pk")


def _open_keys(trajectories: QuerySet[Trajectory], today: date) -> Iterator[int]:
    """Yield those in which one can take part now, by its last day; those without a known last day come last."""
    now = trajectories.filter(retrospective=False)
    input_steps = _steps_of(now).filter(kind__in=STEP_KINDS, cancelled=False)
    closing = input_steps.filter(closes__isnull=False, closing_day__gte=today).order_by("closing_day", "pk")
    single_day = input_steps.filter(closes__isnull=True, last_day__gte=today).order_by("last_day", "pk")
    open_steps = (_open_until(_in_batches(steps, *STEP_COLUMNS), today) for steps in (closing, single_day))
    yield from (key for _until, key in merge(*open_steps))
    endless = _open_steps(_steps_of(now), today)[2]
    yield from _keys(endless.order_by("last_day", "pk"))


def _keys_by_next_step(trajectories: QuerySet[Trajectory], today: date) -> Iterator[int]:
    yield from _upcoming_keys(trajectories, today)
    yield from _keys(trajectories.order_by("title", "slug"), "pk")


def _upcoming_keys(trajectories: QuerySet[Trajectory], today: date) -> Iterator[int]:
    steps = _steps_of(trajectories).filter(cancelled=False, done__isnull=True, last_day__gte=today)
    return _keys(steps.order_by("last_day", "pk"))


def _open_until(steps: Iterable[tuple[Any, ...]], today: date) -> Iterator[tuple[date, int]]:
    """Yield the last day and the trajectory of each of these steps that is open now.

    Decided in Python: for one page, the same condition in SQL takes longer to build than to run.
    """
    for values in steps:
        for opportunity in opportunities([ListedStep(*values)], today):
            if opportunity.now and opportunity.until:
                yield opportunity.until, opportunity.step.trajectory_id


def _steps_of(trajectories: QuerySet[Trajectory]) -> QuerySet[Any]:
    # A correlated EXISTS per step that is walked: a page needs few of them.
    return steps_with_days().filter(Exists(trajectories.order_by().filter(pk=OuterRef("trajectory"))))


def _keys(found: QuerySet[Any], key: str = "trajectory_id") -> Iterator[int]:
    return (found_key for (found_key,) in _in_batches(found, key))


def _in_batches(found: QuerySet[Any], *columns: Any) -> Iterator[tuple[Any, ...]]:
    """Yield these columns, read in growing batches, so that the first page does not wait for all rows."""
    start, size = 0, 100
    while True:
        part = list(found.values_list(*columns)[start : start + size])
        yield from part
        if len(part) < size:
            return
        start, size = start + size, size * 8


def _distinct(found: Iterable[int]) -> Iterator[int]:
    seen = set()
    for key in found:
        if key not in seen:
            seen.add(key)
            yield key
