"""The week overview: what is due by section, and counter-signals and suggestions that await the municipality."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from participation.compliance.calendar import SATURDAY
from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import DUE_SOON_DAYS, LATE, ObligationValue, is_over
from participation.compliance.rulebooks import Rulebooks
from participation.models import CounterSignal, Obligation, PlanActor, Trajectory, Transition, Waiver
from participation.selectors.obligations.judging import (
    OWNER_MUNICIPALITY,
    of_municipality,
    under_rules,
    under_trajectory_rules,
)
from participation.selectors.obligations.statuses import (
    is_of_public_register,
    obligation_of_row,
    owner_of_row,
    with_status,
)
from participation.selectors.trajectories.date_queries import occurred_by

#: The sections in reading order: late, until Sunday, within fourteen days, planned too late, unknown.
SECTIONS = ("late", "week", "soon", "planned", "unknown")


class WeekItem(NamedTuple):
    """An obligation on the list, with its trajectory (motion, commitment), and whether its status is new.

    ``key`` is the primary key of the trajectory, None for a motion or commitment; ``over`` is whether it is closed.
    ``municipality`` is that of its owner, "" where it is not known.
    """

    owner_type: str
    name: str
    title: str
    key: int | None
    obligation: ObligationValue
    status: str
    is_new: bool
    over: bool = False
    municipality: str = ""


class PendingSignal(NamedTuple):
    """A counter-signal that awaits an answer: its trajectory, organisation, rule and due date."""

    name: str
    title: str
    organisation: str
    rule: str
    request: str
    on: date
    municipality: str
    due_on: date | None


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


def end_of_week(today: date) -> date:
    """Return the last day of the week of this day; at the weekend, that of the next week."""
    return today + timedelta(days=6 - today.weekday() + (7 if today.weekday() >= SATURDAY else 0))


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
        """Return the number of obligations per section; one query."""
        rows = self._obligations().order_by().values_list("section").annotate(Count("pk"))
        return dict.fromkeys(SECTIONS, 0) | dict(rows)

    def items(self, section: str, limit: int, start: int = 0) -> list[WeekItem]:
        """Return the items of a section, first due first, at most ``limit``; one query."""
        transitions = Transition.objects.filter(obligation=OuterRef("pk")).order_by("-pk")
        rows = (
            self._obligations()
            .filter(section=section)
            .annotate(
                noticed=Coalesce(Subquery(transitions.values("to_status")[:1]), Value("")),
                noticed_at=Subquery(transitions.values("noticed_at")[:1]),
                before=Coalesce(
                    Subquery(transitions.filter(noticed_at__lte=self.since).values("to_status")[:1]), Value("")
                ),
            )
        )
        columns = (
            *("trajectory_id", "trajectory__slug", "trajectory__title", "motion__number", "motion__title"),
            *("commitment__number", "commitment__text", "trajectory__retrospective", "trajectory__status"),
            *("trajectory__closed_on", OWNER_MUNICIPALITY, "status", "noticed", "noticed_at", "before"),
        )
        found = rows.order_by("due_on", "trajectory__title", "rule", "subject", "pk")
        return [
            self._item(*row) for row in found.values_list(*columns, *ObligationValue._fields)[start : start + limit]
        ]

    def _item(
        self,
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
        noticed: str,
        noticed_at: datetime | None,
        before: str,
        *columns: Any,
    ) -> WeekItem:
        owner_type, name, owner_title = owner_of_row(slug, title, motion, motion_title, commitment, text)
        new = noticed == status != before and noticed_at is not None and noticed_at > self.since
        over = is_over(self.today, retrospective=bool(retrospective), status=state or "", closed_on=closed_on)
        value = obligation_of_row(columns)
        return WeekItem(owner_type, name, owner_title or "", key, value, status, new, over, municipality)

    def _obligations(self) -> QuerySet[Any]:
        today, soon = self.today, self.today + timedelta(days=DUE_SOON_DAYS)
        # Counter-signals are listed separately, with the term of the concern that they belong to.
        signals = CounterSignal.objects.filter(trajectory=OuterRef("trajectory"), request__ref=OuterRef("subject"))
        obligations = Obligation.objects.open().filter(
            self.scope,
            Q(met_on__isnull=True) | Q(met_on__gt=today),
            ~Exists(signals),
            under_rules(self.rulebooks),
        )
        section = Case(
            When(status__in=LATE, then=Value("late")),
            When(status="unknown", then=Value("unknown")),
            When(status__in=("due_soon", "planned_late"), due_on__lte=end_of_week(today), then=Value("week")),
            When(status__in=("due_soon", "planned_late"), due_on__lte=soon, then=Value("soon")),
            When(status="planned_late", then=Value("planned")),
            default=Value(""),
            output_field=CharField(),
        )
        rows: QuerySet[Any] = with_status(obligations, today).annotate(section=section)
        return rows.exclude(section="")

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
        due: dict[tuple[int | None, str], date] = {}
        for key, ref, day in obligations.order_by("due_on").values_list("trajectory_id", "subject", "due_on"):
            if day is not None:
                due[key, ref] = day
        found = [PendingSignal(*(*row[1:], due.get((row[0], row[5])))) for row in rows]
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
