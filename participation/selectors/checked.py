"""When everything was last held against the rules, for whoever wonders how fresh a page is."""

from datetime import datetime, timedelta
from typing import NamedTuple

from participation.models import JobRun

#: The runs that look at everything that can have changed; others look at one trajectory.
KINDS = ("flag-due", "reassess-all")
#: It runs every night. After a night and a half without it, what pages say may be out of date.
SILENT_AFTER = timedelta(hours=36)


class Checked(NamedTuple):
    """When it last finished, None where it never did, and whether that is too long ago."""

    at: datetime | None
    silent: bool


def last_checked(now: datetime) -> Checked:
    """Return when a run over everything last finished before ``now``; one query."""
    at = (
        JobRun.objects.filter(kind__in=KINDS, finished_at__lte=now)
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)
        .first()
    )
    return Checked(at, at is None or now - at > SILENT_AFTER)
