"""When all obligations were last reassessed, shown so that readers can judge how fresh a page is."""

from datetime import datetime, timedelta
from typing import NamedTuple

from participation.models import JobRun

#: The jobs that reassess everything that can have changed; others reassess one trajectory.
REASSESSMENT_JOBS = ("flag-due", "reassess-all")
#: They run every night. After a night and a half without one, pages may be out of date.
STALE_AFTER = timedelta(hours=36)


class LastReassessment(NamedTuple):
    """When such a job last finished (None: never), and whether that is too long ago."""

    at: datetime | None
    is_stale: bool


def last_reassessment(now: datetime) -> LastReassessment:
    """Return when a job over everything last finished up to ``now``; one query."""
    at = (
        JobRun.objects.filter(kind__in=REASSESSMENT_JOBS, finished_at__lte=now)
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)
        .first()
    )
    return LastReassessment(at, at is None or now - at > STALE_AFTER)
