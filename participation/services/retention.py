"""Retention: removing addresses, sessions and operational data when their period ends. Never what users wrote."""

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from participation.models import ApiKey, Follower, IdempotencyRecord, JobChunk, Waiver

from . import rate_limits, webhooks
from .following import forget_unconfirmed
from .job_results import JobResult, Written, unrecorded
from .mail import outbox
from .storage import remove_abandoned_files

#: Retention of followers after a trajectory was closed.
NEWS_AFTER_CLOSING = timedelta(days=365)
#: Retention of the chunks of a finished run; the totals of the run are kept.
PARTS_KEPT = timedelta(days=30)
#: Retention of idempotency records.
REQUESTS_KEPT = timedelta(days=1)


@transaction.atomic
def expire(now: datetime, written: Written = unrecorded) -> JobResult:
    """Remove what has passed its retention period, and return the counts.

    ``waivers_ended`` only counts the waivers whose last day was yesterday: they are kept, and `flag-due` records that
    their obligations are due again. Closed accounts are kept too, as their closing date is not recorded.
    """
    outcome = JobResult()
    outcome.count("unconfirmed", forget_unconfirmed(now))
    outcome.count("of_closed", _forget_followers_of_closed(now))
    outcome.count("emptied", outbox.empty_old(now))
    outcome.count("webhooks_emptied", webhooks.empty_old(now))
    outcome.count("sessions", _forget_sessions(now))
    outcome.count("files", remove_abandoned_files(now))
    old = JobChunk.objects.filter(run__finished_at__lt=now - PARTS_KEPT)
    outcome.count("parts", old.delete()[0])
    yesterday = timezone.localdate(now) - timedelta(days=1)
    outcome.count("requests", IdempotencyRecord.objects.filter(at__lte=now - REQUESTS_KEPT).delete()[0])
    outcome.count("keys", ApiKey.objects.filter(expiry__lte=now).delete()[0])
    outcome.count("rate_counts", rate_limits.forget_ended(now))
    outcome.count("waivers_ended", Waiver.objects.filter(until=yesterday).count())
    written(outcome)
    return outcome


def _forget_followers_of_closed(now: datetime) -> int:
    """Delete followers of trajectories closed long ago, by the latest bound of the closing date."""
    before = timezone.localdate(now) - NEWS_AFTER_CLOSING
    gone = Follower.objects.filter(trajectory__status="closed", trajectory__closed_on__latest__lt=before)
    _count, by_model = gone.delete()
    return by_model.get(Follower._meta.label, 0)


def _forget_sessions(now: datetime) -> int:
    """Delete the sessions that ended, where the configured engine keeps them in the database."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        store.clear_expired()
        return 0
    count: int = store.get_model_class().objects.filter(expire_date__lt=now).delete()[0]
    return count
