"""Retention: removing addresses, sessions and operational data when their period ends. Never what users wrote."""

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from participation.models import ApiKey, Follower, IdempotencyRecord, JobChunk, Waiver
from participation.services.accounts import rate_limits
from participation.services.followers import delete_unconfirmed
from participation.services.mail import outbox
from participation.services.webhooks import webhooks

from .job_results import JobResult, ResultCallback, ignore_result
from .storage import remove_abandoned_files

#: Retention of followers after a trajectory was closed.
FOLLOWER_RETENTION = timedelta(days=365)
#: Retention of the chunks of a finished run; the totals of the run are kept.
CHUNK_RETENTION = timedelta(days=30)
#: Retention of idempotency records.
IDEMPOTENCY_RETENTION = timedelta(days=1)


@transaction.atomic
def delete_expired(now: datetime, on_result: ResultCallback = ignore_result) -> JobResult:
    """Remove what has passed its retention period, and return the counts.

    ``waivers_ended`` only counts the waivers whose last day was yesterday: they are kept, and the job
    ``flag-due`` records that their obligations are due again. Closed accounts are kept too, as their closing date is
    not recorded.
    """
    result = JobResult()
    result.count("unconfirmed", delete_unconfirmed(now))
    result.count("of_closed", _delete_followers_of_closed(now))
    result.count("emptied", outbox.clear_old_content(now))
    result.count("webhooks_emptied", webhooks.clear_old_content(now))
    result.count("sessions", _delete_ended_sessions(now))
    result.count("files", remove_abandoned_files(now))
    old = JobChunk.objects.filter(run__finished_at__lt=now - CHUNK_RETENTION)
    result.count("parts", old.delete()[0])
    yesterday = timezone.localdate(now) - timedelta(days=1)
    result.count("requests", IdempotencyRecord.objects.filter(at__lte=now - IDEMPOTENCY_RETENTION).delete()[0])
    result.count("keys", ApiKey.objects.filter(expiry__lte=now).delete()[0])
    result.count("rate_counts", rate_limits.delete_ended_counts(now))
    result.count("waivers_ended", Waiver.objects.filter(until=yesterday).count())
    on_result(result)
    return result


def _delete_followers_of_closed(now: datetime) -> int:
    """Delete followers of trajectories closed long ago, by the latest bound of the closing date."""
    before = timezone.localdate(now) - FOLLOWER_RETENTION
    gone = Follower.objects.filter(trajectory__status="closed", trajectory__closed_on__latest__lt=before)
    _count, by_model = gone.delete()
    return by_model.get(Follower._meta.label, 0)


def _delete_ended_sessions(now: datetime) -> int:
    """Delete the sessions that ended, where the configured engine keeps them in the database."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        store.clear_expired()
        return 0
    count: int = store.get_model_class().objects.filter(expire_date__lt=now).delete()[0]
    return count
