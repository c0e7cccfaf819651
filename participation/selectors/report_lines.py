"""What a weekly report is made from: one recipient's flags, with their past in the ledger; three queries."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from participation.compliance.obligations import FLAGGED, SOON_DAYS
from participation.compliance.obligations import Obligation as Owed
from participation.models import Obligation, Trajectory, Transition, User, Waiver

from .statuses import status_on


class Row(NamedTuple):
    """An obligation that is flagged on the day, or was so within the period, and its past in the ledger."""

    of: str
    name: str
    title: str
    retrospective: bool
    owed: Owed
    status: str
    before: str
    noticed: str
    noticed_at: datetime | None
    flagged_meanwhile: bool


class WaiverRow(NamedTuple):
    """An explanation that ends: of which trajectory, about which rule, and who gave which reason."""

    name: str
    title: str
    rule: str
    subject: str
    until: date
    by: str
    reason: str


class Found(NamedTuple):
    """What a report is made from; the counts are by status, without what looks back."""

    rows: list[Row]
    now: dict[str, int]
    before: dict[str, int]
    waivers: list[WaiverRow]


def report_recipients() -> QuerySet[User]:
    """Return who may get a weekly report: active people with an address."""
    return User.objects.filter(is_active=True).exclude(email="")


def trajectories_of(user: User) -> QuerySet[Trajectory]:
    """Return the trajectories that a report to this user is about.

    An adviser's are those assigned, an association member's the public ones nearby or in which it takes part;
    who coordinates, audits or administers gets all.
    """
    seen = Trajectory.objects.visible_to(user)
    if user.role == "association_member":
        return seen.for_member(user)
    return seen.editable_by(user) if user.role == "adviser" else seen


def found_for(
    user: User, rules: Collection[str], day: date, since: datetime, until: datetime, with_register: bool
) -> Found:
    """Return what this user's report is made from, in a constant number of queries.

    ``rules`` are the ids that the rulebook knows; an obligation of another rule is on its way out. The period
    is what the ledger noticed after ``since`` (a local time) and not after ``until``. ``with_register`` adds
    the motions and commitments.
    """
    theirs = Q(trajectory__in=trajectories_of(user).order_by().values("pk"))
    owed = Obligation.objects.filter(
        theirs | Q(trajectory__isnull=True) if with_register else theirs,
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=since),
        rule__in=sorted(rules),
    )
    ledger = Transition.objects.filter(obligation=OuterRef("pk"), noticed_at__lte=until).order_by("-pk")
    owed = owed.annotate(
        status=Case(When(withdrawn_at__lte=until, then=Value("withdrawn")), default=status_on(day)),
        before=Coalesce(Subquery(ledger.filter(noticed_at__lte=since).values("to_status")[:1]), Value("")),
    )
    now, before = _figures(owed)
    return Found(_rows(owed, ledger, since, until), now, before, _waivers(user, rules, day, since))


def _figures(owed: QuerySet[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many lines have each status now, and how many the ledger had when the period began."""
    counted = owed.filter(Q(trajectory__isnull=True) | Q(trajectory__retrospective=False))
    now: dict[str, int] = {}
    before: dict[str, int] = {}
    for status, earlier, count in counted.order_by().values_list("status", "before").annotate(Count("pk")):
        now[status] = now.get(status, 0) + count
        before[earlier] = before.get(earlier, 0) + count
    return now, before


def _rows(owed: QuerySet[Any], ledger: QuerySet[Transition], since: datetime, until: datetime) -> list[Row]:
    left = Transition.objects.filter(noticed_at__gt=since, noticed_at__lte=until, from_status__in=FLAGGED)
    told = owed.filter(Q(status__in=FLAGGED) | Q(pk__in=left.values("obligation"))).annotate(
        noticed=Subquery(ledger.values("to_status")[:1]),
        noticed_at=Subquery(ledger.values("noticed_at")[:1]),
        flagged_meanwhile=Exists(left.filter(obligation=OuterRef("pk"))),
    )
    found = told.order_by("pk").values_list(
        "trajectory__slug",
        "trajectory__title",
        "trajectory__retrospective",
        "motion__number",
        "motion__title",
        "commitment__number",
        "commitment__text",
        "status",
        "before",
        "noticed",
        "noticed_at",
        "flagged_meanwhile",
        *Owed._fields,
    )
    return [_row(*values) for values in found]


def _row(
    slug: str | None,
    title: str | None,
    retrospective: bool | None,
    motion: str | None,
    motion_title: str | None,
    commitment: str | None,
    text: str | None,
    status: str,
    before: str,
    noticed: str | None,
    noticed_at: datetime | None,
    flagged_meanwhile: bool,
    *owed: Any,
) -> Row:
    if slug is not None:
        of, name, called = "trajectory", slug, title
    elif motion is not None:
        of, name, called = "motion", motion, motion_title
    else:
        of, name, called = "commitment", commitment or "", text
    value = Owed(*owed)
    value = value._replace(missing=tuple(value.missing))
    return Row(
        of,
        name,
        called or "",
        bool(retrospective),
        value,
        status,
        before,
        noticed or "",
        noticed_at,
        flagged_meanwhile,
    )


def _waivers(user: User, rules: Collection[str], day: date, since: datetime) -> list[WaiverRow]:
    """Return the explanations that end within fourteen days, or ended since, of what is still not done."""
    of_it = {"trajectory": OuterRef("trajectory"), "rule": OuterRef("rule")}
    undone = Obligation.objects.open().filter(Q(met_on__isnull=True) | Q(met_on__gt=day), **of_it)
    longer = Waiver.objects.filter(
        Q(until__isnull=True) | Q(until__gt=OuterRef("until")),
        Q(subject="") | Q(subject=OuterRef("subject")),
        **of_it,
    )
    ending = Waiver.objects.filter(
        (Q(subject="") & Exists(undone)) | Exists(undone.filter(subject=OuterRef("subject"))),
        ~Exists(longer),
        trajectory__in=trajectories_of(user).filter(retrospective=False).order_by().values("pk"),
        rule__in=sorted(rules),
        granted_on__lte=day,
        until__range=(since.date(), day + timedelta(days=SOON_DAYS)),
    )
    rows = ending.order_by("until", "pk").values_list(
        "trajectory__slug", F("trajectory__title"), "rule", "subject", "until", "by", "reason"
    )
    return [WaiverRow(*row) for row in rows]
