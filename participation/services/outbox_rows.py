"""Claims and back-off of rows of work, shared by mail, webhook deliveries and imports of contributions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery.utils.time import get_exponential_backoff_interval
from django.db.models import Q

Clock = Callable[[], datetime]

#: Duration of the claim of a worker.
LEASE = timedelta(minutes=10)
#: First wait in seconds, doubled each time up to the longest; and the total of waits after which to give up.
MIN_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS, GIVE_UP_AFTER = 60, 4 * 3600, timedelta(days=5)
#: The columns of a row without a claim.
UNCLAIMED: dict[str, Any] = {"claimed_by": "", "claimed_until": None}


def is_due(now: datetime) -> Q:
    """Return the condition that a row may be tried now and is not claimed."""
    # A row created by a clock that was ahead is due at once. Not once it was tried: its back-off would be skipped, and
    # it would be given up within the hour.
    due = Q(not_before__lte=now) | Q(created_at__gt=now, attempts=0)
    return due & (Q(claimed_until__isnull=True) | is_claim_expired(now))


def is_claim_expired(now: datetime) -> Q:
    """Return the condition that a claim expired, or is too far in the future: made by a wrong clock."""
    return Q(claimed_until__lte=now) | Q(claimed_until__gt=now + 2 * LEASE)


def backoff(attempts: int) -> timedelta:
    """Return the wait after this many attempts; without jitter, so that runs are reproducible."""
    return timedelta(seconds=get_exponential_backoff_interval(MIN_BACKOFF_SECONDS, attempts - 1, MAX_BACKOFF_SECONDS))


def total_backoff(attempts: int) -> timedelta:
    """Return the minimum total of waits before this attempt."""
    return sum((backoff(number) for number in range(1, attempts)), timedelta())
