"""Doors for Celery: each reads the clock and opens a service. What a service does may always be done again."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from participation.compliance.rulebook import load
from participation.services import assessment, notices, reports


@shared_task
def flag_due() -> int:
    """Notice what time has changed, and return how many statuses that were; for every night."""
    now = timezone.now()
    run = assessment.flag_due(load(settings.RULEBOOK), timezone.localdate(now), now, timezone.now)
    return int(run.counts["noticed"])


@shared_task
def reassess_all() -> int:
    """Hold everything that is stored against the facts, and return how many could not be judged."""
    now = timezone.now()
    run = assessment.reassess_all(load(settings.RULEBOOK), timezone.localdate(now), now, timezone.now)
    return len(run.failures)


@shared_task
def send_weekly_reports() -> int:
    """Send each recipient the report of this week, once, and return how many went out; for Monday morning."""
    now = timezone.now()
    sent = reports.send_weekly(load(settings.RULEBOOK), timezone.localdate(now), now)
    return int(sent.counts["sent"])


@shared_task
def send_notices() -> int:
    """Send followers what changed, each as often as they chose, and return how many went out; for every morning."""
    now = timezone.now()
    sent = notices.send_notices(load(settings.RULEBOOK), timezone.localdate(now), now)
    return int(sent.counts["sent"])
