"""Generating reminders ahead of a due date, once for each obligation and due date, to users who can act."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError
from django.db.models import Q

from participation.compliance.rulebooks import Rulebooks
from participation.models import OutboundEmail, Reminder, Trajectory, User
from participation.presentation.digest_batch import line_of
from participation.presentation.reminders import reminder_key, reminder_mail
from participation.selectors.mail.reminders import (
    UpcomingObligation,
    last_reminded_due_date,
    reminder_recipients,
    sent_reminders,
    upcoming_obligations,
)
from participation.selectors.municipalities import municipalities_of
from participation.selectors.obligations.statuses import party_names
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.jobs.job_results import JobResult, ResultCallback, ignore_result

from ..assessment import chunks
from .outbox import BATCH_SIZE, Draft, enqueue_all, note_failure


class _MadeReminder(NamedTuple):
    """A user's mail and the obligations in it."""

    user: User
    obligations: Sequence[UpcomingObligation]
    mail: EmailMultiAlternatives


def make_reminders(
    keys: Collection[int], rulebooks: Rulebooks, today: date, now: datetime, on_result: ResultCallback = ignore_result
) -> JobResult:
    """Make the reminders of that day for these users, and return the counts.

    At most one mail a day for each user; users who have today's count as ``before`` and get the rest tomorrow. Users
    who snoozed mail count as ``snoozed``. A mail that fails does not affect others.
    """
    result = JobResult("made", "nothing", "before", "snoozed", "failed")
    until, names = last_reminded_due_date(today, rulebooks.first.calendar), party_names()
    municipalities = municipalities_of(Trajectory.objects.all())
    for pks in chunks(reminder_recipients().filter(pk__in=keys), BATCH_SIZE):
        not_snoozed = Q(snoozed_until__isnull=True) | Q(snoozed_until__lt=today)
        users = list(User.objects.filter(not_snoozed, pk__in=pks).order_by("pk"))
        result.count("snoozed", len(pks) - len(users))
        served = _users_with_reminder(users, today)
        result.count("before", len(served))
        users = [user for user in users if user.pk not in served]
        upcoming = _not_reminded(users, upcoming_obligations(users, rulebooks, today, until))
        made = []
        for user in users:
            if not upcoming[user.pk]:
                result.count("nothing")
                continue
            try:
                lines = [
                    line_of(each.row, rulebooks, today, user.language, names, municipalities)
                    for each in upcoming[user.pk]
                ]
                made.append(_MadeReminder(user, upcoming[user.pk], reminder_mail(user, lines, rulebooks, today, now)))
            except (DatabaseError, ImproperlyConfigured):
                raise
            except Exception as error:  # a failing mail must not stop the others
                note_failure(result, "user", user.pk, error)
        recorded = _record(made, today, now, on_result)
        result.count("made", recorded)
        result.count("before", len(made) - recorded)
    return result


def _users_with_reminder(users: Sequence[User], today: date) -> set[int | None]:
    keys = [reminder_key(today, user.pk) for user in users]
    return set(OutboundEmail.objects.filter(key__in=keys).values_list("user_id", flat=True))


def _not_reminded(
    users: Sequence[User], upcoming: dict[int, list[UpcomingObligation]]
) -> dict[int, list[UpcomingObligation]]:
    already_reminded = sent_reminders(users, {each.pk for found in upcoming.values() for each in found})
    return {
        user: [each for each in found if (user, each.pk, each.due_on) not in already_reminded]
        for user, found in upcoming.items()
    }


def _record(made: Sequence[_MadeReminder], today: date, now: datetime, on_result: ResultCallback) -> int:
    """Put these mails in the outbox and record the reminders, in one transaction; return how many were new."""

    def record() -> int:
        # A concurrent run, for this day or the day before, may have recorded the same since these were read.
        new_keys = {(user.pk, each.pk, each.due_on) for user, obligations, _mail in made for each in obligations}
        already_reminded = {
            user_pk
            for user_pk, *_obligations in new_keys
            & sent_reminders([each.user for each in made], {pk for _user_pk, pk, _day in new_keys})
        }
        drafts = [
            Draft(reminder_key(today, user.pk), "reminder", mail, user_id=user.pk, language=user.language)
            for user, _obligations, mail in made
            if user.pk not in already_reminded
        ]
        messages = enqueue_all(drafts, now)
        Reminder.objects.bulk_create(
            Reminder(obligation_id=each.pk, recipient=user, due_on=each.due_on, message=message)
            for user, obligations, _mail in made
            if (message := messages.get(reminder_key(today, user.pk)))
            for each in obligations
        )
        result = JobResult()
        result.count("made", len(messages))
        on_result(result)
        return len(messages)

    return retry_on_conflict(record)() if made else 0
