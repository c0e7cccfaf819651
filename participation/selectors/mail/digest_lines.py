"""Rows of digests: flags with their transitions, in a few queries for many recipients.

Building such a query takes longer than running it, so recipients share them; each only selects its own trajectories.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from participation.compliance.obligations import DUE_SOON_DAYS, FLAGGED, ObligationValue, is_over
from participation.compliance.rulebooks import Rulebooks
from participation.models import (
    Commitment,
    Contribution,
    Membership,
    Motion,
    Obligation,
    Trajectory,
    Transition,
    User,
    Waiver,
)
from participation.selectors.obligations.judging import OWNER_TYPES, under_rules, under_trajectory_rules
from participation.selectors.obligations.status_expressions import status_on
from participation.selectors.obligations.statuses import obligation_of_row
from participation.selectors.obligations.visibility import is_of_existing_owner, is_of_public_register


class ObligationRow(NamedTuple):
    """An obligation that is flagged on the day, or was so within the period, with its transitions."""

    owner_type: str
    name: str
    title: str
    retrospective: bool
    over: bool
    obligation: ObligationValue
    status: str
    before: str
    noticed: str
    noticed_at: datetime | None
    flagged_meanwhile: bool
    municipality: str = ""


class WaiverRow(NamedTuple):
    """A waiver that ends: its trajectory, rule and subject."""

    name: str
    title: str
    rule: str
    subject: str
    until: date
    municipality: str


#: The key of what is about motions and commitments, besides the keys of trajectories.
REGISTER_KEY = None
#: The roles whose digest covers all trajectories.
OVERSEER_ROLES = ("coordinator", "auditor", "administrator")


class DigestFlags(NamedTuple):
    """The input of digests, by the key of the trajectory, or ``REGISTER_KEY``."""

    rows: dict[int | None, list[ObligationRow]]
    waivers: dict[int, list[WaiverRow]]


def digest_recipients(period: str) -> QuerySet[User]:
    """Return the users who want a weekly or daily digest: active and with an address.

    On Monday everyone gets the full weekly one, including those who chose daily.
    """
    wanted = ("weekly", "daily") if period == "weekly" else ("daily",)
    found = User.objects.filter(is_active=True, report_frequency__in=wanted).exclude(email="")
    # A council member reads what is public, and follows trajectories by mail: digests are for who works on them.
    return found.exclude(role="council_member")


def digest_trajectories(users: Sequence[User]) -> dict[int, frozenset[int] | None]:
    """Return the keys of the trajectories in each user's digest, by user; None means all.

    An adviser's are those assigned, an association member's the public ones nearby or in which it takes part. Two
    queries for all of them together, and two more for each adviser who may change everything.
    """
    found: dict[int, frozenset[int] | None] = {}
    members = []
    for user in users:
        if user.sees_everything and user.role in OVERSEER_ROLES:
            found[user.pk] = None
        elif user.role == "adviser" and user.edits_everything:
            found[user.pk] = frozenset(Trajectory.objects.order_by().values_list("pk", flat=True))
        else:
            members.append(user)
    in_scope = Trajectory.objects.keys_by_user(members)
    return {**found, **{user.pk: frozenset(in_scope.get(user.pk, ())) for user in members}}


def parties_by_user(users: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the slugs of the organisations of which each of these users is a member, by key; one query."""
    found: dict[int, set[str]] = {}
    rows = Membership.objects.filter(user__in=users, user__is_active=True)
    for user, slug in rows.values_list("user_id", "organisation__slug"):
        found.setdefault(user, set()).add(slug)
    return {user: frozenset(slugs) for user, slugs in found.items()}


def trajectories_of_members(keys: Collection[int], parties: Collection[str]) -> QuerySet[Trajectory]:
    """Return the public trajectories with these keys, and those with a contribution of one of these parties."""
    contributions = Contribution.objects.filter(party__in=sorted(parties)).order_by()
    return Trajectory.objects.visible_to(None).filter(
        Q(pk__in=sorted(keys)) | Q(pk__in=contributions.values("trajectory"))
    )


def digest_flags(
    trajectories: Collection[int] | None,
    with_register: bool,
    rulebooks: Rulebooks,
    day: date,
    since: datetime,
    until: datetime,
    changed_only: bool = False,
) -> DigestFlags:
    """Return the flags of these trajectories (None: of all), in a constant number of queries.

    The period is after ``since`` (a local time) and not after ``until``, by when transitions were noticed.
    ``changed_only`` leaves out obligations without a transition in the period.
    """
    in_scope = Q(trajectory__isnull=False) if trajectories is None else Q(trajectory__in=trajectories)
    transitions = Transition.objects.filter(obligation=OuterRef("pk"), noticed_at__lte=until).order_by("-pk")
    obligations = Obligation.objects.filter(
        in_scope | is_of_public_register() & is_of_existing_owner() if with_register else in_scope,
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=since),
        under_rules(rulebooks, owner_types=OWNER_TYPES if with_register else ("trajectory",)),
    ).annotate(
        status=Case(When(withdrawn_at__lte=until, then=Value("withdrawn")), default=status_on(day)),
        before=Coalesce(Subquery(transitions.filter(noticed_at__lte=since).values("to_status")[:1]), Value("")),
    )
    if changed_only:
        noticed = Transition.objects.filter(noticed_at__gt=since, noticed_at__lte=until)
        obligations = obligations.filter(pk__in=noticed.values("obligation"))
    return DigestFlags(
        _flag_rows(obligations, transitions, trajectories, day, since, until),
        _ending_waivers(trajectories, rulebooks, day, since),
    )


def _flag_rows(
    obligations: QuerySet[Any],
    transitions: QuerySet[Transition],
    trajectories: Collection[int] | None,
    day: date,
    since: datetime,
    until: datetime,
) -> dict[int | None, list[ObligationRow]]:
    unflagged = Transition.objects.filter(noticed_at__gt=since, noticed_at__lte=until, from_status__in=FLAGGED)
    flagged = obligations.filter(Q(status__in=FLAGGED) | Q(pk__in=unflagged.values("obligation"))).annotate(
        noticed=Subquery(transitions.values("to_status")[:1]),
        noticed_at=Subquery(transitions.values("noticed_at")[:1]),
    )
    columns = ("trajectory_id", "motion_id", "commitment_id", "status", "before", "noticed", "noticed_at")
    rows = list(flagged.order_by("pk").values_list(*columns, *ObligationValue._fields))
    owners = {
        **_trajectory_owners(None if trajectories is None else {row[0] for row in rows} - {None}, day),
        **_register_owners(Motion, "title", {row[1] for row in rows} - {None}),
        **_register_owners(Commitment, "text", {row[2] for row in rows} - {None}),
    }
    found: dict[int | None, list[ObligationRow]] = {}
    for trajectory, motion, commitment, status, before, noticed, noticed_at, *values in rows:
        if trajectory:
            owner = owners.get(("trajectory", trajectory))
        else:
            owner = owners.get(("motion", motion) if motion else ("commitment", commitment))
        if owner is None:
            continue  # removed since
        found.setdefault(trajectory, []).append(
            ObligationRow(
                owner.owner_type,
                owner.name,
                owner.title,
                owner.retrospective,
                owner.over,
                obligation_of_row(values),
                status,
                before,
                noticed or "",
                noticed_at,
                # What is not flagged is only read where it was.
                status not in FLAGGED,
                owner.municipality,
            )
        )
    return found


class _Owner(NamedTuple):
    """The owner of obligations; ``over`` is whether it was over on the day."""

    owner_type: str
    name: str
    title: str
    municipality: str
    retrospective: bool = False
    over: bool = False


def _trajectory_owners(keys: Collection[int] | None, day: date) -> dict[tuple[str, int], _Owner]:
    """Return the trajectories with these keys (None: all), by type and key.

    Apart from their obligations: a trajectory has many, and to join some hundred the database would read all.
    """
    rows = Trajectory.objects.all() if keys is None else Trajectory.objects.filter(pk__in=keys)
    columns = ("pk", "slug", "title", "municipality", "retrospective", "status", "closed_on")
    return {
        ("trajectory", pk): _Owner(
            "trajectory",
            slug,
            title,
            municipality,
            retrospective,
            is_over(day, retrospective=retrospective, status=status, closed_on=closed_on),
        )
        for pk, slug, title, municipality, retrospective, status, closed_on in rows.order_by().values_list(*columns)
    }


def _register_owners(
    model: type[Motion] | type[Commitment], title: str, keys: Collection[int]
) -> dict[tuple[str, int], _Owner]:
    """Return the motions or commitments with these keys, by type and key; ``title`` is the column of their title."""
    owner_type = model._meta.model_name or ""
    rows = model._default_manager.filter(pk__in=keys)
    return {
        (owner_type, pk): _Owner(owner_type, number, text, municipality)
        for pk, number, text, municipality in rows.order_by().values_list("pk", "number", title, "municipality")
    }


def _ending_waivers(
    trajectories: Collection[int] | None, rulebooks: Rulebooks, day: date, since: datetime
) -> dict[int, list[WaiverRow]]:
    """Return the waivers that end within fourteen days, or ended since, of what is still not done."""
    same_rule = {"trajectory": OuterRef("trajectory"), "rule": OuterRef("rule")}
    undone = Obligation.objects.open().filter(Q(met_on__isnull=True) | Q(met_on__gt=day), **same_rule)
    longer = Waiver.objects.filter(
        Q(until__isnull=True) | Q(until__gt=OuterRef("until")),
        Q(subject="") | Q(subject=OuterRef("subject")),
        **same_rule,
    )
    ending = Waiver.objects.filter(
        (Q(subject="") & Exists(undone)) | Exists(undone.filter(subject=OuterRef("subject"))),
        ~Exists(longer),
        Q() if trajectories is None else Q(trajectory__in=trajectories),
        under_trajectory_rules(rulebooks),
        trajectory__retrospective=False,
        granted_on__lte=day,
        until__range=(since.date(), day + timedelta(days=DUE_SOON_DAYS)),
    )
    found: dict[int, list[WaiverRow]] = {}
    rows = ending.order_by("until", "pk").values_list(
        "trajectory_id",
        "trajectory__slug",
        F("trajectory__title"),
        "rule",
        "subject",
        "until",
        "trajectory__municipality",
    )
    for trajectory, *values in rows:
        found.setdefault(trajectory, []).append(WaiverRow(*values))
    return found
