"""The week overview: what is open, by consequence, and counter-signals and suggestions that await the municipality."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import DUE_SOON_DAYS, ObligationValue, is_over, planned_in_time
from participation.compliance.priority import GROUPS, Priority, cause_of, priority_of
from participation.compliance.rulebooks import Rulebooks
from participation.models import CounterSignal, Obligation, PlanActor, Trajectory, Waiver
from participation.selectors.obligations.judging import (
    OWNER_MUNICIPALITY,
    of_municipality,
    under_rules,
    under_trajectory_rules,
)
from participation.selectors.obligations.priorities import (
    CAUSE,
    ORDER,
    ORDER_IN_OWNER,
    subgroup,
    with_novelty,
    with_priority,
    with_title,
)
from participation.selectors.obligations.status_expressions import flagged_on
from participation.selectors.obligations.statuses import obligation_of_row, owner_of_row
from participation.selectors.obligations.visibility import is_of_public_register
from participation.selectors.trajectories.date_queries import occurred_by


class WeekItem(NamedTuple):
    """An obligation on the list, with its trajectory (motion, commitment), and whether its status is new.

    ``pk`` is its primary key, and ``key`` that of the trajectory, None for a motion or commitment; ``over`` is whether
    the trajectory is closed.
    ``municipality`` is that of its owner, "" where it is not known. ``strength`` is that of its rule.
    """

    owner_type: str
    name: str
    title: str
    key: int | None
    obligation: ObligationValue
    status: str
    is_new: bool
    priority: Priority
    pk: int
    over: bool = False
    municipality: str = ""
    strength: str = ""

    @property
    def cause(self) -> tuple[str, ...] | None:
        """Return what holds it up: its owner with the missing fact; None where nothing is missing."""
        cause = cause_of(self.obligation.missing, self.obligation.subject)
        return (self.owner_type, self.name, *cause) if cause else None


class PendingSignal(NamedTuple):
    """A counter-signal that awaits an answer: its trajectory, organisation, rule and due date.

    ``answer_rule`` is the rule that sets the due date, "" where there is none.
    """

    name: str
    title: str
    organisation: str
    rule: str
    request: str
    on: date
    municipality: str
    due_on: date | None
    answer_rule: str


class SuggestedParty(NamedTuple):
    """A party suggested by an association, still without a role in the plan. ``pk`` is that of the PlanActor."""

    pk: int
    name: str
    title: str
    organisation: str
    suggested_by: str
    municipality: str


class EndingWaiver(NamedTuple):
    """A waiver that ends within fourteen days, of an obligation that is still not met."""

    name: str
    title: str
    rule: str
    subject: str
    until: date
    municipality: str


#: One obligation, or all of one owner and group that wait for the same missing fact.
WeekEntry = list[WeekItem]


class WeekGroup(NamedTuple):
    """A group: its numbers of obligations and of entries, what is old apart, and those entries that were read."""

    points: int
    old_points: int
    entries: int
    old_entries: int
    current: list[WeekEntry]
    old: list[WeekEntry]


# The numbers, and the keys of what comes first, in one statement: what is on the list is found once. Titles are looked
# up only of what may come first: with them the rest would take a third longer to sort.
_NUMBERS_AND_KEYS = """
WITH item AS MATERIALIZED ({items}),
titled AS NOT MATERIALIZED ({titles}),
waiting AS MATERIALIZED (
    SELECT * FROM (
        SELECT item.*, ROW_NUMBER() OVER (PARTITION BY subgroup, {cause} ORDER BY {order}, {order_in_owner}) AS place
        FROM item WHERE fact IS NOT NULL
    ) AS placed WHERE place = 1
),
entry AS NOT MATERIALIZED (
    SELECT pk, subgroup, {order}, {order_in_owner} FROM item WHERE fact IS NULL
    UNION ALL SELECT pk, subgroup, {order}, {order_in_owner} FROM waiting
)
SELECT 'points', subgroup, COUNT(*) FROM item GROUP BY subgroup
UNION ALL SELECT 'entries', subgroup, COUNT(*) FROM entry GROUP BY subgroup
UNION ALL SELECT 'key', subgroup, pk FROM (
    SELECT near.pk, subgroup,
        ROW_NUMBER() OVER (PARTITION BY {part} ORDER BY subgroup, {order}, by_title, {order_in_owner}) AS place
    FROM (
        SELECT entry.*, RANK() OVER (PARTITION BY {part} ORDER BY subgroup, {order}) AS place_or_before FROM entry
    ) AS near JOIN titled ON titled.pk = near.pk WHERE place_or_before <= %s
) AS placed WHERE place > %s AND place <= %s"""
_SUBGROUP, _GROUP = "subgroup", "subgroup / 2"


class Week:
    """What is due in these trajectories (retrospective ones left out), and optionally in the register."""

    def __init__(
        self,
        trajectories: QuerySet[Trajectory],
        rulebooks: Rulebooks,
        today: date,
        since: datetime,
        with_register: bool = False,
        municipality: str = "",
    ) -> None:
        """Read nothing yet. New is what was logged after ``since``; ``municipality`` narrows the register to one."""
        self.now = trajectories.filter(retrospective=False).order_by().values("pk")
        self.rulebooks, self.today, self.since = rulebooks, today, since
        in_scope = Q(trajectory__in=self.now)
        register = is_of_public_register() & (of_municipality(municipality) if municipality else Q())
        self.scope = in_scope | register if with_register else in_scope

    def counts(self) -> Mapping[str, int]:
        """Return the number of obligations per group; one query."""
        return {code: group.points + group.old_points for code, group in self.groups(0).items()}

    def groups(self, limit: int) -> Mapping[str, WeekGroup]:
        """Return each group with its first entries: of what is old and of what is not, at most this many of each.

        At most three queries, that read these entries only.
        """
        return self._groups(self._ranked, _SUBGROUP, 0, limit)

    def group(self, code: str, start: int, stop: int) -> WeekGroup:
        """Return this group with its entries in this range, those that are old last; at most three queries."""
        own = self._ranked.filter(subgroup__in=[subgroup(code, False), subgroup(code, True)])
        return self._groups(own, _GROUP, start, stop)[code]

    def everything(self) -> Mapping[str, list[WeekEntry]]:
        """Return all entries by group, in order of priority; one query."""
        return _by_group(_entries(self._items(self._obligations)))

    def _groups(self, ranked: QuerySet[Any], part: str, start: int, stop: int) -> Mapping[str, WeekGroup]:
        points, entries, keys = _numbers_and_keys(ranked, part, start, stop)
        first = self._items(self._obligations.filter(pk__in=keys)) if keys else []
        shown = _by_group(_entries([*first, *self._waiting_with(first)]))
        return {
            code: WeekGroup(
                points[subgroup(code, False)],
                points[subgroup(code, True)],
                entries[subgroup(code, False)],
                entries[subgroup(code, True)],
                [entry for entry in shown[code] if not entry[0].priority.is_old],
                [entry for entry in shown[code] if entry[0].priority.is_old],
            )
            for code in GROUPS
        }

    def _waiting_with(self, first: Iterable[WeekItem]) -> list[WeekItem]:
        """Return the obligations that are on one line with these, because they wait for the same fact."""
        causes = {(item.priority.group, item.cause): item for item in first if item.cause}
        if not causes:
            return []
        names: dict[str, set[str]] = {"trajectory": set(), "motion": set(), "commitment": set()}
        for item in causes.values():
            names[item.owner_type].add(item.name)
        of_these = Q(trajectory__slug__in=names["trajectory"])
        of_these |= Q(motion__number__in=names["motion"]) | Q(commitment__number__in=names["commitment"])
        known = {item.pk for item in first}
        waiting = self._items(self._obligations.filter(of_these, met_on__isnull=True, due_on__isnull=True))
        return [item for item in waiting if (item.priority.group, item.cause) in causes and item.pk not in known]

    def _items(self, obligations: QuerySet[Any]) -> list[WeekItem]:
        """Return these obligations as items, in no order; one query."""
        columns = (
            *("pk", "is_new", "trajectory_id", "trajectory__slug", "trajectory__title", "motion__number"),
            *("motion__title", "commitment__number", "commitment__text", "trajectory__retrospective"),
            *("trajectory__status", "trajectory__closed_on", OWNER_MUNICIPALITY, "status"),
        )
        rows = obligations.values_list(*columns, *ObligationValue._fields)
        return [self._item(*row) for row in rows.iterator(chunk_size=2000)]

    def _item(
        self,
        pk: int,
        is_new: bool,
        key: int | None,
        slug: str | None,
        title: str | None,
        motion: str | None,
        motion_title: str | None,
        commitment: str | None,
        text: str | None,
        retrospective: bool | None,
        state: str | None,
        closed_on: ImpreciseDate | None,
        municipality: str,
        status: str,
        *columns: Any,
    ) -> WeekItem:
        owner_type, name, owner_title = owner_of_row(slug, title, motion, motion_title, commitment, text)
        over = is_over(self.today, retrospective=bool(retrospective), status=state or "", closed_on=closed_on)
        value = obligation_of_row(columns)
        strength = self.rulebooks.for_municipality(municipality).by_id[value.rule].strength
        is_planned = planned_in_time(value, self.today) is not None
        priority = priority_of(strength, status, value.due_on, is_new, self.today, is_planned)
        return WeekItem(
            *(owner_type, name, owner_title or "", key, value, status, is_new, priority, pk),
            over=over,
            municipality=municipality,
            strength=strength,
        )

    @cached_property
    def _ranked(self) -> QuerySet[Any]:
        return with_priority(self._obligations, self.rulebooks, self.today)

    @cached_property
    def _obligations(self) -> QuerySet[Any]:
        # Counter-signals are listed separately, with the term of the concern that they belong to.
        signals = CounterSignal.objects.filter(trajectory=OuterRef("trajectory"), request__ref=OuterRef("subject"))
        flagged = Obligation.objects.open().filter(
            self.scope, flagged_on(self.today), ~Exists(signals), under_rules(self.rulebooks)
        )
        return with_novelty(flagged.order_by(), self.today, self.since)

    def signals(self) -> list[PendingSignal]:
        """Return the counter-signals that await an answer, first due first; two queries."""
        rows: list[tuple[Any, ...]] = list(
            CounterSignal.objects.filter(trajectory__in=self.now, on__lte=self.today)
            .annotate(
                # Not exclude(): a comparison with a NULL day is neither true nor false.
                answered=Case(When(occurred_by("request__answered_on", self.today), then=True), default=False)
            )
            .filter(answered=False)
            .exclude(request__answered_on__isnull=True, request__answer__gt="")
            .order_by("on", "pk")
            .values_list(
                *("trajectory_id", "trajectory__slug", "trajectory__title", "organisation__name", "rule"),
                *("request__ref", "on", "trajectory__municipality"),
            )
        )
        obligations = Obligation.objects.open().filter(
            under_rules(self.rulebooks),
            trajectory__in={row[0] for row in rows},
            subject__in={row[5] for row in rows},
            due_on__isnull=False,
        )
        due: dict[tuple[int | None, str], tuple[date | None, str]] = {}
        for key, ref, day, rule in obligations.order_by("due_on").values_list(
            "trajectory_id", "subject", "due_on", "rule"
        ):
            due[key, ref] = (day, rule)
        found = [PendingSignal(*(*row[1:], *due.get((row[0], row[5]), (None, "")))) for row in rows]
        return sorted(found, key=lambda signal: (signal.due_on or date.max, signal.on))

    def suggestions(self) -> list[SuggestedParty]:
        """Return the suggested parties without a role, by trajectory; one query."""
        rows = PlanActor.objects.filter(plan__trajectory__in=self.now, part="").exclude(suggested_by="")
        columns = (
            *("pk", "plan__trajectory__slug", "plan__trajectory__title", "organisation__name", "suggested_by"),
            "plan__trajectory__municipality",
        )
        return [SuggestedParty(*row) for row in rows.order_by("plan__trajectory__title", "pk").values_list(*columns)]

    def ending_waivers(self) -> list[EndingWaiver]:
        """Return the waivers that end within fourteen days and are not followed by another; one query."""
        about = {"trajectory": OuterRef("trajectory"), "rule": OuterRef("rule")}
        undone = Obligation.objects.open().filter(Q(met_on__isnull=True) | Q(met_on__gt=self.today), **about)
        longer = Waiver.objects.filter(
            Q(until__isnull=True) | Q(until__gt=OuterRef("until")),
            Q(subject="") | Q(subject=OuterRef("subject")),
            **about,
        )
        rows = Waiver.objects.filter(
            (Q(subject="") & Exists(undone)) | Exists(undone.filter(subject=OuterRef("subject"))),
            ~Exists(longer),
            under_trajectory_rules(self.rulebooks),
            trajectory__in=self.now,
            granted_on__lte=self.today,
            until__range=(self.today, self.today + timedelta(days=DUE_SOON_DAYS)),
        )
        columns = ("trajectory__slug", "trajectory__title", "rule", "subject", "until", "trajectory__municipality")
        return [EndingWaiver(*row) for row in rows.order_by("until", "pk").values_list(*columns)]


class EntriesOfGroup:
    """The entries of a group, those that are old last: the sequence that a paginator needs."""

    def __init__(self, week: Week, code: str) -> None:
        """Read nothing yet; ``code`` is that of a group."""
        self.week, self.code = week, code

    @cached_property
    def numbers(self) -> WeekGroup:
        """Return the group without its entries; one query."""
        return self.week.group(self.code, 0, 0)

    def count(self) -> int:
        """Return the number of entries."""
        return self.numbers.entries + self.numbers.old_entries

    def __getitem__(self, part: slice) -> list[WeekEntry]:
        """Return the entries in this slice; at most three queries."""
        found = self.week.group(self.code, part.start, part.stop)
        return [*found.current, *found.old]


def _numbers_and_keys(
    ranked: QuerySet[Any], part: str, start: int, stop: int
) -> tuple[Mapping[int, int], Mapping[int, int], list[int]]:
    """Return the numbers of obligations and of entries by subgroup, and the keys of entries; one query.

    The keys are those of the first obligation of each entry in this range of each ``part``.
    """
    items, params = ranked.values("pk", "subgroup", *ORDER, *ORDER_IN_OWNER, *CAUSE).query.sql_with_params()
    titled = with_title(Obligation.objects.order_by()).values("pk", "by_title")
    titles, title_params = titled.query.sql_with_params()
    columns = {"order": ", ".join(ORDER), "order_in_owner": ", ".join(ORDER_IN_OWNER), "cause": ", ".join(CAUSE)}
    sql = _NUMBERS_AND_KEYS.format(items=items, titles=titles, part=part, **columns)
    numbers: Mapping[str, Counter[int]] = {"points": Counter(), "entries": Counter()}
    keys = []
    with connection.cursor() as cursor:
        cursor.execute(sql, (*params, *title_params, stop, start, stop))
        for kind, number, value in cursor:
            if kind == "key":
                keys.append(value)
            else:
                numbers[kind][number] = value
    return numbers["points"], numbers["entries"], keys


def _entries(items: Iterable[WeekItem]) -> Iterable[WeekEntry]:
    """Return the items in order as entries: those of a group with the same cause together, where the first is."""
    found: dict[Any, WeekEntry] = {}
    for item in sorted(items, key=_order):
        found.setdefault((item.priority.group, item.cause or item.pk), []).append(item)
    return found.values()


def _order(item: WeekItem) -> tuple[Any, ...]:
    return (item.priority, item.title, item.obligation.rule, item.obligation.subject)


def _by_group(entries: Iterable[WeekEntry]) -> Mapping[str, list[WeekEntry]]:
    found: dict[str, list[WeekEntry]] = {code: [] for code in GROUPS}
    for entry in entries:
        found[entry[0].priority.group].append(entry)
    return found
