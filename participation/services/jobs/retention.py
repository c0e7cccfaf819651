"""Retention: removing addresses, sessions and operational data when their period ends. Never what users wrote."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from participation.models import ApiKey, ContributionImport, Follower, IdempotencyRecord, JobChunk, Waiver
from participation.retention import PERIODS
from participation.services.accounts import rate_limits
from participation.services.followers import delete_unconfirmed
from participation.services.initiatives import delete_answered_submissions, delete_unconfirmed_submissions
from participation.services.mail import bounces, outbox
from participation.services.webhooks import webhooks

from .job_results import JobResult, ResultCallback, ignore_result
from .storage import remove_abandoned_files


@transaction.atomic
def delete_expired(now: datetime, on_result: ResultCallback = ignore_result) -> JobResult:
    """Remove what has passed its retention period, and return the counts.

    ``waivers_ended`` only counts the waivers whose last day was yesterday: they are kept, and the job
    ``flag-due`` records that their obligations are due again. Closed accounts are kept too, as their closing date is
    not recorded.
    """
    result = JobResult()
    for name, remove in REMOVALS.items():
        result.count(name, remove(now - PERIODS.get(name, timedelta())))
    yesterday = timezone.localdate(now) - timedelta(days=1)
    result.count("waivers_ended", Waiver.objects.filter(until=yesterday).count())
    on_result(result)
    return result


def _delete_followers_of_closed(before: datetime) -> int:
    """Delete followers of trajectories closed before that day, by the latest bound of the closing date."""
    day = timezone.localdate(before)
    gone = Follower.objects.filter(trajectory__status="closed", trajectory__closed_on__latest__lt=day)
    _count, by_model = gone.delete()
    return by_model.get(Follower._meta.label, 0)


def _delete_chunks(before: datetime) -> int:
    return JobChunk.objects.filter(run__finished_at__lt=before).delete()[0]


def _delete_imports(before: datetime) -> int:
    return ContributionImport.objects.filter(settled_at__lt=before).delete()[0]


def _delete_idempotency_records(before: datetime) -> int:
    return IdempotencyRecord.objects.filter(at__lte=before).delete()[0]


def _delete_ended_sessions(before: datetime) -> int:
    """Delete the sessions that ended, where the configured engine keeps them in the database."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        store.clear_expired()
        return 0
    count: int = store.get_model_class().objects.filter(expire_date__lt=before).delete()[0]
    return count


def _delete_expired_keys(before: datetime) -> int:
    count: int = ApiKey.objects.filter(expiry__lte=before).delete()[0]
    return count


#: How each kind of data is removed, by the name of its count: given the moment before which it passed its period, each
#: returns how much it removed. Those without a period have an end of their own.
REMOVALS: Mapping[str, Callable[[datetime], int]] = {
    "unconfirmed": delete_unconfirmed,
    "of_closed": _delete_followers_of_closed,
    "unconfirmed_submissions": delete_unconfirmed_submissions,
    "answered_submissions": delete_answered_submissions,
    "emptied": outbox.clear_old_content,
    "bounces": bounces.delete_old_bounces,
    "pauses": bounces.delete_old_pauses,
    "webhooks_emptied": webhooks.clear_old_content,
    "sessions": _delete_ended_sessions,
    "files": remove_abandoned_files,
    "parts": _delete_chunks,
    "imports": _delete_imports,
    "requests": _delete_idempotency_records,
    "keys": _delete_expired_keys,
    "rate_counts": rate_limits.delete_ended_counts,
}
