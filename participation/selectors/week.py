"""The week overview: what is open, by consequence, and counter-signals and suggestions that await the municipality."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import DUE_SOON_DAYS, FLAGGED, ObligationValue, is_over, planned_in_time
from participation.compliance.priority import GROUPS, Priority, cause_of, priority_of
from participation.compliance.rulebooks import Rulebooks
from participation.models import CounterSignal, Obligation, PlanActor, Trajectory, Transition, Waiver
from participation.selectors.obligations.judging import (
    OWNER_MUNICIPALITY,
    of_municipality,
    under_rules,
    under_trajectory_rules,
)
from participation.selectors.obligations.statuses import obligation_of_row, owner_of_row, with_status
from participation.selectors.obligations.visibility import is_of_public_register
from participation.selectors.trajectories.date_queries import occurred_by


class WeekItem(NamedTuple):
    """An obligation on the list, with its trajectory (motion, commitment), and whether its status is new.

    ``key`` is the primary key of the trajectory, None for a motion or commitment; ``over`` is whether it is closed.
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
        """Return the number of obligations per group."""
        return {code: sum(len(entry) for entry in entries) for code, entries in self.entries.items()}

    def items(self, group: str) -> list[WeekItem]:
        """Return the obligations of a group in order of priority."""
        return [item for entry in self.entries[group] for item in entry]

    @cached_property
    def entries(self) -> Mapping[str, list[list[WeekItem]]]:
        """Return the entries by group, in order of priority; two queries.

        An entry is one obligation, or all of one owner and group that wait for the same missing fact.
        """
        found: dict[str, list[list[WeekItem]]] = {code: [] for code in GROUPS}
        for entry in _group_by_cause(self._items()):
            found[entry[0].priority.group].append(entry)
        return found

    def _items(self) -> list[WeekItem]:
        """Return every obligation on the list in order of priority."""
        obligations = self._obligations()
        changed = Transition.objects.filter(obligation=OuterRef("pk"), noticed_at__gt=self.since)
        transitions = Transition.objects.filter(obligation=OuterRef("pk")).order_by("-pk")
        before = transitions.filter(noticed_at__lte=self.since).values("to_status")[:1]
        new = {
            key
            for key, status, noticed, earlier in obligations.filter(Exists(changed)).values_list(
                "pk", "status", Subquery(transitions.values("to_status")[:1]), Coalesce(Subquery(before), Value(""))
            )
            if noticed == status != earlier
        }
        columns = (
            *("pk", "trajectory_id", "trajectory__slug", "trajectory__title", "motion__number", "motion__title"),
            *("commitment__number", "commitment__text", "trajectory__retrospective", "trajectory__status"),
            *("trajectory__closed_on", OWNER_MUNICIPALITY, "status"),
        )
        rows = obligations.values_list(*columns, *ObligationValue._fields)
        items = [self._item(pk in new, *row) for pk, *row in rows.iterator(chunk_size=2000)]
        return sorted(
            items, key=lambda item: (item.priority, item.title, item.obligation.rule, item.obligation.subject)
        )

    def _item(
        self,
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
            *(owner_type, name, owner_title or "", key, value, status, is_new, priority),
            over=over,
            municipality=municipality,
            strength=strength,
        )

    def _obligations(self) -> QuerySet[Any]:
        # Counter-signals are listed separately, with the term of the concern that they belong to.
        signals = CounterSignal.objects.filter(trajectory=OuterRef("trajectory"), request__ref=OuterRef("subject"))
        obligations = Obligation.objects.open().filter(
            self.scope,
            Q(met_on__isnull=True) | Q(met_on__gt=self.today),
            ~Exists(signals),
            under_rules(self.rulebooks),
        )
        rows: QuerySet[Any] = with_status(obligations, self.today).filter(status__in=FLAGGED).order_by()
        return rows

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


def _group_by_cause(items: Iterable[WeekItem]) -> Sequence[list[WeekItem]]:
    """Return the items as entries: those of a group with the same cause together, at the place of the first."""
    found: dict[Any, list[WeekItem]] = {}
    for index, item in enumerate(items):
        found.setdefault((item.priority.group, item.cause or index), []).append(item)
    return list(found.values())
