"""Rows of digests: flags with their transitions, in three queries for many recipients.

Building such a query takes longer than running it, so recipients share them; each only selects its own trajectories.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from participation.compliance.dates import ImpreciseDate as Dated
from participation.compliance.obligations import FLAGGED, SOON_DAYS, is_over
from participation.compliance.obligations import ObligationValue as Owed
from participation.models import Obligation, Trajectory, Transition, User, Waiver

from .owners import owner
from .statuses import status_on


class ObligationRow(NamedTuple):
    """An obligation that is flagged on the day, or was so within the period, with its transitions."""

    of: str
    name: str
    title: str
    retrospective: bool
    over: bool
    owed: Owed
    status: str
    before: str
    noticed: str
    noticed_at: datetime | None
    flagged_meanwhile: bool


class WaiverRow(NamedTuple):
    """A waiver that ends: its trajectory, rule and subject, and who gave which reason."""

    name: str
    title: str
    rule: str
    subject: str
    until: date
    by: str
    reason: str


#: The key of what is about motions and commitments, besides the keys of trajectories.
REGISTER = None
#: The roles whose digest covers all trajectories.
OVERSEERS = ("coordinator", "auditor", "administrator")


class Flags(NamedTuple):
    """The input of digests, by the key of the trajectory, or REGISTER.

    ``counts`` are tuples of the present status, the logged status at the start of the period, and the number of
    obligations with both; retrospective ones are not counted.
    """

    rows: dict[int | None, list[ObligationRow]]
    counts: dict[int | None, list[tuple[str, str, int]]]
    waivers: dict[int, list[WaiverRow]]


def report_recipients(period: str) -> QuerySet[User]:
    """Return the users who want a weekly or daily digest: active and with an address.

    On Monday everyone gets the full weekly one, including those who chose daily.
    """
    wanted = ("weekly", "daily") if period == "weekly" else ("daily",)
    return User.objects.filter(is_active=True, report_frequency__in=wanted).exclude(email="")


def trajectories_of(users: Sequence[User]) -> dict[int, frozenset[int] | None]:
    """Return the keys of the trajectories in each user's digest, by user; None means all.

    An adviser's are those assigned, an association member's the public ones nearby or in which it takes part. Two
    queries for all of them together, and two more for each adviser who may change everything.
    """
    found: dict[int, frozenset[int] | None] = {}
    members = []
    for user in users:
        if user.sees_everything and user.role in OVERSEERS:
            found[user.pk] = None
        elif user.role == "adviser" and user.edits_everything:
            found[user.pk] = frozenset(Trajectory.objects.order_by().values_list("pk", flat=True))
        else:
            members.append(user)
    theirs = Trajectory.objects.each_of(members)
    return {**found, **{user.pk: frozenset(theirs.get(user.pk, ())) for user in members}}


def flags_of(
    trajectories: Collection[int] | None,
    with_register: bool,
    rules: Collection[str],
    day: date,
    since: datetime,
    until: datetime,
    changed_only: bool = False,
) -> Flags:
    """Return the flags of these trajectories (None: of all), in a constant number of queries.

    ``rules`` are the ids that the rulebook knows; an obligation of another rule is about to be withdrawn. The period is
    after ``since`` (a local time) and not after ``until``, by when transitions were noticed. ``changed_only`` leaves
    out obligations without a transition in the period, and counts nothing.
    """
    theirs = Q(trajectory__isnull=False) if trajectories is None else Q(trajectory__in=trajectories)
    ledger = Transition.objects.filter(obligation=OuterRef("pk"), noticed_at__lte=until).order_by("-pk")
    obligations = Obligation.objects.filter(
        theirs | Q(trajectory__isnull=True) if with_register else theirs,
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=since),
        rule__in=sorted(rules),
    ).annotate(
        status=Case(When(withdrawn_at__lte=until, then=Value("withdrawn")), default=status_on(day)),
        before=Coalesce(Subquery(ledger.filter(noticed_at__lte=since).values("to_status")[:1]), Value("")),
    )
    counts: dict[int | None, list[tuple[str, str, int]]] = {}
    if changed_only:
        noticed = Transition.objects.filter(noticed_at__gt=since, noticed_at__lte=until)
        obligations = obligations.filter(pk__in=noticed.values("obligation"))
    else:
        counts = _counts(obligations)
    return Flags(_rows(obligations, ledger, day, since, until), counts, _waivers(trajectories, rules, day, since))


def _counts(obligations: QuerySet[Any]) -> dict[int | None, list[tuple[str, str, int]]]:
    counted = obligations.filter(Q(trajectory__isnull=True) | Q(trajectory__retrospective=False)).order_by()
    found: dict[int | None, list[tuple[str, str, int]]] = {}
    rows = counted.values_list("trajectory_id", "status", "before").annotate(Count("pk"))
    for trajectory, *counts in rows:
        found.setdefault(trajectory, []).append(tuple(counts))
    return found


def _rows(
    obligations: QuerySet[Any], ledger: QuerySet[Transition], day: date, since: datetime, until: datetime
) -> dict[int | None, list[ObligationRow]]:
    left = Transition.objects.filter(noticed_at__gt=since, noticed_at__lte=until, from_status__in=FLAGGED)
    told = obligations.filter(Q(status__in=FLAGGED) | Q(pk__in=left.values("obligation"))).annotate(
        noticed=Subquery(ledger.values("to_status")[:1]),
        noticed_at=Subquery(ledger.values("noticed_at")[:1]),
        flagged_meanwhile=Exists(left.filter(obligation=OuterRef("pk"))),
    )
    rows = told.order_by("pk").values_list(
        "trajectory_id",
        "trajectory__slug",
        "trajectory__title",
        "trajectory__retrospective",
        "trajectory__status",
        "trajectory__closed_on",
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
    found: dict[int | None, list[ObligationRow]] = {}
    for trajectory, *values in rows:
        found.setdefault(trajectory, []).append(_row(day, *values))
    return found


def _row(
    day: date,
    slug: str | None,
    title: str | None,
    retrospective: bool | None,
    state: str | None,
    closed_on: Dated | None,
    motion: str | None,
    motion_title: str | None,
    commitment: str | None,
    text: str | None,
    status: str,
    before: str,
    noticed: str | None,
    noticed_at: datetime | None,
    flagged_meanwhile: bool,
    *columns: Any,
) -> ObligationRow:
    of, name, called = owner(slug, title, motion, motion_title, commitment, text)
    value = Owed(*columns)
    value = value._replace(missing=tuple(value.missing))
    return ObligationRow(
        of,
        name,
        called or "",
        bool(retrospective),
        is_over(day, retrospective=bool(retrospective), status=state or "", closed_on=closed_on),
        value,
        status,
        before,
        noticed or "",
        noticed_at,
        flagged_meanwhile,
    )


def _waivers(
    trajectories: Collection[int] | None, rules: Collection[str], day: date, since: datetime
) -> dict[int, list[WaiverRow]]:
    """Return the waivers that end within fourteen days, or ended since, of what is still not done."""
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
        Q() if trajectories is None else Q(trajectory__in=trajectories),
        trajectory__retrospective=False,
        rule__in=sorted(rules),
        granted_on__lte=day,
        until__range=(since.date(), day + timedelta(days=SOON_DAYS)),
    )
    found: dict[int, list[WaiverRow]] = {}
    rows = ending.order_by("until", "pk").values_list(
        "trajectory_id",
        "trajectory__slug",
        F("trajectory__title"),
        "rule",
        "subject",
        "until",
        "by",
        "reason",
    )
    for trajectory, *values in rows:
        found.setdefault(trajectory, []).append(WaiverRow(*values))
    return found
