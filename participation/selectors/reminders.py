"""Recipients and content of reminders: obligations that are due within days and not planned in time."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from participation.compliance.calendar import Calendar
from participation.compliance.obligations import ObligationValue as Owed
from participation.models import Obligation, Reminder, Trajectory, User
from participation.models.people import EDITOR_ROLES

from .owners import owner
from .report_lines import ObligationRow
from .statuses import with_status

#: The number of working days ahead. Working days, because those are what is left to do something in: on a Friday that
#: is up to and including Wednesday, and before Easter up to and including the Wednesday after it.
WORKING_DAYS = 3
#: The roles that can record what was done, in trajectories assigned to them.
ROLES = ("adviser", *EDITOR_ROLES)
#: The role that acts where no adviser can, and on motions and commitments.
FOR_THE_REST = "coordinator"


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
    return User.objects.filter(is_active=True, wants_reminders=True, role__in=ROLES).exclude(email="")


def last_day(today: date, calendar: Calendar) -> date:
    """Return the last due date that is included in today's reminder."""
    return calendar.add_working_days(today, WORKING_DAYS)


def coming(
    users: Collection[User], rules: Collection[str], today: date, until: date
) -> dict[int, list[UpcomingObligation]]:
    """Return what is due from today up to and including ``until`` and theirs to act on, by user, first due first.

    That is what is assigned to them; for a coordinator also the register, and what is assigned to nobody who is active
    and gets mail these days. Retrospective trajectories are left out. Two queries, whatever there is.
    """
    assigned = Trajectory.advisers.through.objects.filter(user__is_active=True, user__role__in=ROLES)
    awake = assigned.filter(Q(user__snoozed_until__isnull=True) | Q(user__snoozed_until__lt=today))
    to_them = assigned.filter(user__in=users)
    theirs = Q(trajectory__in=to_them.values("trajectory"))
    if any(user.role == FOR_THE_REST for user in users):
        theirs |= Q(handled=False)
    asked = Obligation.objects.open().filter(
        Q(trajectory__isnull=True) | Q(trajectory__retrospective=False),
        # Planned in time needs no reminder; a planned day that has passed without a record does.
        Q(expected_on__isnull=True) | Q(expected_on__lt=today),
        met_on__isnull=True,
        due_on__range=(today, until),
        rule__in=sorted(rules),
    )
    handled = Exists(awake.filter(trajectory=OuterRef("trajectory")))
    owed = with_status(asked.annotate(handled=handled).filter(theirs), today).filter(status="due_soon")
    columns = (
        *("pk", "due_on", "trajectory_id", "handled", "status", "trajectory__slug", "trajectory__title"),
        *("motion__number", "motion__title", "commitment__number", "commitment__text"),
    )
    found = [_coming(*row) for row in owed.order_by("due_on", "pk").values_list(*columns, *Owed._fields)]
    mine: dict[int, set[int]] = defaultdict(set)
    here = to_them.filter(trajectory__in={each.trajectory for each in found if each.trajectory})
    for user_pk, trajectory in here.values_list("user_id", "trajectory_id"):
        mine[user_pk].add(trajectory)
    return {
        user.pk: [
            each
            for each in found
            if each.trajectory in mine[user.pk] or (user.role == FOR_THE_REST and not each.handled)
        ]
        for user in users
    }


def _coming(
    pk: int, due_on: date, trajectory: int | None, handled: bool, status: str, *values: Any
) -> UpcomingObligation:
    of, name, called = owner(*values[:6])
    owed = Owed(*values[6:])
    owed = owed._replace(missing=tuple(owed.missing))
    return UpcomingObligation(
        pk,
        due_on,
        trajectory,
        handled,
        ObligationRow(of, name, called or "", False, False, owed, status, "", "", None, False),
    )


def reminded(users: Collection[User], obligations: Collection[int]) -> set[tuple[int, int, date]]:
    """Return the reminders sent to these users of these obligations: keys of both, and the due date."""
    rows = Reminder.objects.filter(recipient__in=users, obligation__in=obligations)
    return set(rows.values_list("recipient_id", "obligation_id", "due_on"))
