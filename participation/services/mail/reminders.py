"""Generating reminders ahead of a due date, once for each obligation and due date, to users who can act."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError
from django.db.models import Q

from participation.compliance.rulebook import Rulebook
from participation.models import OutboundEmail, Reminder, User
from participation.reports.digest_data import line_of
from participation.reports.reminders import reminder_key, reminder_mail
from participation.selectors.reminders import UpcomingObligation, coming, last_day, reminded, reminder_recipients
from participation.selectors.verdicts import party_names

from ..assessment import chunks
from ..job_results import JobResult, Written, unrecorded
from .outbox import Draft, put_all
from .outbox_helpers import TOGETHER, in_one, note_failure


class _MadeReminder(NamedTuple):
    """A user's mail and the obligations in it."""

    user: User
    of: Sequence[UpcomingObligation]
    mail: EmailMultiAlternatives


def make_reminders(
    keys: Collection[int], rulebook: Rulebook, today: date, now: datetime, written: Written = unrecorded
) -> JobResult:
    """Make the reminders of that day for these users, and return the counts.

    At most one mail a day for each user; users who have today's count as ``before`` and get the rest tomorrow. Users
    who snoozed mail count as ``snoozed``. A mail that fails does not affect others.
    """
    outcome = JobResult("made", "nothing", "before", "snoozed", "failed")
    until, names = last_day(today, rulebook.calendar), party_names()
    for pks in chunks(reminder_recipients().filter(pk__in=keys), TOGETHER):
        awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lt=today)
        users = list(User.objects.filter(awake, pk__in=pks).order_by("pk"))
        outcome.count("snoozed", len(pks) - len(users))
        served = _served(users, today)
        outcome.count("before", len(served))
        users = [user for user in users if user.pk not in served]
        theirs = _not_told(users, coming(users, rulebook.by_id, today, until))
        made = []
        for user in users:
            if not theirs[user.pk]:
                outcome.count("nothing")
                continue
            try:
                lines = [line_of(each.row, rulebook, today, user.language, names) for each in theirs[user.pk]]
                made.append(_MadeReminder(user, theirs[user.pk], reminder_mail(user, lines, rulebook, today, now)))
            except (DatabaseError, ImproperlyConfigured):
                raise
            except Exception as error:  # a failing mail must not stop the others
                note_failure(outcome, "user", user.pk, error)
        recorded = _record(made, today, now, written)
        outcome.count("made", recorded)
        outcome.count("before", len(made) - recorded)
    return outcome


def _served(users: Sequence[User], today: date) -> set[int | None]:
    keys = [reminder_key(today, user.pk) for user in users]
    return set(OutboundEmail.objects.filter(key__in=keys).values_list("user_id", flat=True))


def _not_told(
    users: Sequence[User], theirs: dict[int, list[UpcomingObligation]]
) -> dict[int, list[UpcomingObligation]]:
    told = reminded(users, {each.pk for found in theirs.values() for each in found})
    return {
        user: [each for each in found if (user, each.pk, each.due_on) not in told] for user, found in theirs.items()
    }


def _record(made: Sequence[_MadeReminder], today: date, now: datetime, written: Written) -> int:
    """Put these mails in the outbox and record the reminders, in one transaction; return how many were new."""

    def record() -> int:
        # A concurrent run, for this day or the day before, may have recorded the same since these were read.
        news = {(user.pk, each.pk, each.due_on) for user, of, _mail in made for each in of}
        told = {who for who, *_of in news & reminded([each.user for each in made], {pk for _who, pk, _day in news})}
        drafts = [
            Draft(reminder_key(today, user.pk), "reminder", mail, user_id=user.pk, language=user.language)
            for user, _of, mail in made
            if user.pk not in told
        ]
        messages = put_all(drafts, now)
        Reminder.objects.bulk_create(
            Reminder(obligation_id=each.pk, recipient=user, due_on=each.due_on, message=message)
            for user, of, _mail in made
            if (message := messages.get(reminder_key(today, user.pk)))
            for each in of
        )
        outcome = JobResult()
        outcome.count("made", len(messages))
        written(outcome)
        return len(messages)

    return in_one(record) if made else 0
