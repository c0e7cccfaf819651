"""Recipients and content of reminders: obligations that are due within days and not planned in time."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from participation.compliance.calendar import Calendar
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebooks import Rulebooks
from participation.models import Obligation, Reminder, Trajectory, User
from participation.models.people import EDITOR_ROLES
from participation.selectors.obligations.judging import OWNER_MUNICIPALITY, under_rules
from participation.selectors.obligations.status_expressions import with_status
from participation.selectors.obligations.statuses import obligation_of_row, owner_of_row
from participation.selectors.obligations.visibility import is_of_public_register

from .digest_lines import ObligationRow

#: The number of working days ahead. Working days, because those are what is left to do something in: on a Friday that
#: is up to and including Wednesday, and before Easter up to and including the Wednesday after it.
REMINDER_WORKING_DAYS = 3
#: The roles that can record what was done, in trajectories assigned to them.
RECORDING_ROLES = ("adviser", *EDITOR_ROLES)
#: The role that acts where no adviser can, and on motions and commitments.
FALLBACK_ROLE = "coordinator"


class UpcomingObligation(NamedTuple):
    """An obligation that is due within days: its key, due date, trajectory and row for display.

    ``trajectory`` is the key of its trajectory, if any; ``handled`` is whether somebody who is assigned to that can act
    on it now.
    """

    pk: int
    due_on: date
    trajectory: int | None
    handled: bool
    row: ObligationRow


def reminder_recipients() -> QuerySet[User]:
    """Return the users who want reminders and could act: active, with an address, and with a role that records."""
    return User.objects.filter(is_active=True, wants_reminders=True, role__in=RECORDING_ROLES).exclude(email="")


def last_reminded_due_date(today: date, calendar: Calendar) -> date:
    """Return the last due date that is included in today's reminder."""
    return calendar.add_working_days(today, REMINDER_WORKING_DAYS)


def upcoming_obligations(
    users: Collection[User], rulebooks: Rulebooks, today: date, until: date
) -> dict[int, list[UpcomingObligation]]:
    """Return what is due from today up to and including ``until`` and theirs to act on, by user, first due first.

    That is what is assigned to them; for a coordinator also the register, and what is assigned to nobody who is active
    and gets mail these days. Retrospective trajectories are left out. Two queries, whatever there is.
    """
    assigned = Trajectory.advisers.through.objects.filter(user__is_active=True, user__role__in=RECORDING_ROLES)
    reachable = assigned.filter(Q(user__snoozed_until__isnull=True) | Q(user__snoozed_until__lt=today))
    assigned_to_users = assigned.filter(user__in=users)
    condition = Q(trajectory__in=assigned_to_users.values("trajectory"))
    if any(user.role == FALLBACK_ROLE for user in users):
        condition |= Q(handled=False)
    candidates = Obligation.objects.open().filter(
        is_of_public_register() | Q(trajectory__retrospective=False),
        # Planned in time needs no reminder; a planned day that has passed without a record does.
        Q(expected_on__isnull=True) | Q(expected_on__lt=today),
        under_rules(rulebooks),
        met_on__isnull=True,
        due_on__range=(today, until),
    )
    handled = Exists(reachable.filter(trajectory=OuterRef("trajectory")))
    due = with_status(candidates.annotate(handled=handled).filter(condition), today).filter(status="due_soon")
    columns = (
        *("pk", "due_on", "trajectory_id", "handled", "status", "trajectory__slug", "trajectory__title"),
        *("motion__number", "motion__title", "commitment__number", "commitment__text", OWNER_MUNICIPALITY),
    )
    found = [
        _upcoming_obligation(*row)
        for row in due.order_by("due_on", "pk").values_list(*columns, *ObligationValue._fields)
    ]
    trajectories_by_user: dict[int, set[int]] = defaultdict(set)
    links = assigned_to_users.filter(trajectory__in={upcoming.trajectory for upcoming in found if upcoming.trajectory})
    for user_pk, trajectory in links.values_list("user_id", "trajectory_id"):
        trajectories_by_user[user_pk].add(trajectory)
    return {
        user.pk: [
            upcoming
            for upcoming in found
            if upcoming.trajectory in trajectories_by_user[user.pk]
            or (user.role == FALLBACK_ROLE and not upcoming.handled)
        ]
        for user in users
    }


def _upcoming_obligation(
    pk: int, due_on: date, trajectory: int | None, handled: bool, status: str, *values: Any
) -> UpcomingObligation:
    owner_type, name, owner_title = owner_of_row(*values[:6])
    municipality, *columns = values[6:]
    obligation = obligation_of_row(columns)
    return UpcomingObligation(
        pk,
        due_on,
        trajectory,
        handled,
        ObligationRow(
            *(owner_type, name, owner_title or "", False, False, obligation, status, "", "", None, False),
            municipality=municipality,
        ),
    )


def sent_reminders(users: Collection[User], obligations: Collection[int]) -> set[tuple[int, int, date]]:
    """Return the reminders sent to these users of these obligations: keys of both, and the due date."""
    rows = Reminder.objects.filter(recipient__in=users, obligation__in=obligations)
    return set(rows.values_list("recipient_id", "obligation_id", "due_on"))
