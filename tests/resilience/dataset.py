"""The data of the fault tests, as it is on the Sunday night before every job is due.

    python -m tests.resilience.dataset     fills the empty database of DATABASE_URL; prints the expected Monday as JSON

The expected outcome is computed by doing Monday's work once without faults and rolling it back. A test compares it
with the numbers below, so that an error in the code does not become the expectation.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

#: The Monday after daylight saving time began. Every job that has not run since the day before is due by eight.
MONDAY = date(2026, 3, 30)
EIGHT_O_CLOCK = datetime(2026, 3, 30, 6, tzinfo=UTC)
FRIDAY, SUNDAY_NIGHT = datetime(2026, 3, 27, 11, tzinfo=UTC), datetime(2026, 3, 29, 20, tzinfo=UTC)

#: Numbers of trajectories whose feedback is late from Monday on, late from Thursday on, and due soon from Monday on.
LATE, LATE_THURSDAY, SOON = 18, 7, 5
#: How many of them were changed after Sunday's jobs.
CHANGED = 4
#: Numbers of users by role. Each gets a digest; the first three roles see every trajectory.
USERS = {"coordinator": 3, "auditor": 2, "administrator": 1, "adviser": 16}
FOLLOWERS = 10


def fill() -> dict[str, Any]:
    """Create the tables, add the data up to Sunday night, and return the expected outcome of Monday."""
    import django
    from django.conf import settings

    # Without migrations, in a tenth of the time; `make django-check` ensures that the tables are the same.
    settings.MIGRATION_MODULES = dict.fromkeys(("participation", *_apps(settings.INSTALLED_APPS)))
    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", run_syncdb=True, skip_checks=True, verbosity=0)
    with transaction.atomic():
        _add_data()
    with transaction.atomic():
        expected = _expected()
        transaction.set_rollback(True)
    return expected


def _apps(installed: list[str]) -> list[str]:
    return [name.rpartition(".")[2] for name in installed]


def _add_data() -> None:
    from participation.compliance.rulebooks import load_rulebooks
    from participation.models import Follower, JobRun, Trajectory, User
    from participation.services.assessment import flag_due
    from participation.services.dossiers.dossiers import import_dossier
    from participation.timetable import JOBS, last_slot, start_of

    rulebooks = load_rulebooks("leiden")
    users = {
        role: [
            User.objects.create(username=f"{role}-{n}", email=f"{role}-{n}@example.org", role=role, is_active=True)
            for n in range(count)
        ]
        for role, count in USERS.items()
    }
    days = [MONDAY - timedelta(days=29)] * LATE + [MONDAY - timedelta(days=26)] * LATE_THURSDAY
    days += [MONDAY - timedelta(days=14)] * SOON
    for number, day in enumerate(days):
        import_dossier(_dossier(number, day), rulebooks, FRIDAY.date(), FRIDAY)
    trajectories = list(Trajectory.objects.order_by("pk"))
    for number, trajectory in enumerate(trajectories):
        trajectory.advisers.set([users["adviser"][number % USERS["adviser"]]])
    for number, trajectory in enumerate(trajectories[:FOLLOWERS]):
        Follower.objects.create(
            email=f"follower-{number}@example.org",
            trajectory=trajectory,
            frequency=("daily", "weekly")[number % 2],
            asked_at=FRIDAY - timedelta(days=9),
            confirmed_at=FRIDAY - timedelta(days=9),
            notified_until=FRIDAY - timedelta(days=7),
        )
    sunday = SUNDAY_NIGHT.date()
    flag_due(rulebooks, sunday, SUNDAY_NIGHT)
    for job in JOBS:
        slot = last_slot(job, SUNDAY_NIGHT)
        started_at = start_of(job, slot)
        JobRun.objects.create(
            kind=job.name,
            slot=slot,
            day=slot,
            started_at=started_at,
            finished_at=started_at,
            rulebooks=dict(rulebooks.hashes),
            code_version="before",
        )
    for number, day in enumerate(days[-CHANGED:], len(days) - CHANGED):
        import_dossier(_dossier(number, day, kind="mobility"), rulebooks, sunday, SUNDAY_NIGHT)


def _dossier(number: int, day: date, **changed: Any) -> dict[str, Any]:
    """Return the dossier of a trajectory with one meeting on that day, without feedback to its participants."""
    slug = f"straat-{number:02}"
    meeting = {"ref": "avond", "kind": "activity", "method": "meeting", "reach": {"total": 12}, "done": day.isoformat()}
    trajectory = {"slug": slug, "title": slug.capitalize(), "kind": "public_space", "status": "active"}
    return {"dossier": 1, "trajectory": {**trajectory, **changed}, "steps": [meeting]}


def _expected() -> dict[str, Any]:
    from participation.compliance.rulebooks import load_rulebooks
    from participation.models import (
        Commitment,
        Follower,
        Motion,
        Obligation,
        OutboundEmail,
        Trajectory,
        Transition,
        User,
    )
    from participation.services import assessment
    from participation.services.mail import digests, notifications, reminders

    rulebooks, now = load_rulebooks("leiden"), EIGHT_O_CLOCK
    before = set(Transition.objects.values_list("pk", flat=True))
    due = Obligation.objects.due(MONDAY).count()
    assessment.flag_due(rulebooks, MONDAY, now)
    users = list(User.objects.values_list("pk", flat=True))
    digests.make_digests("weekly", users, rulebooks, MONDAY, now)
    reminders.make_reminders(users, rulebooks, MONDAY, now)
    notifications.make_notifications(list(Follower.objects.values_list("pk", flat=True)), rulebooks, MONDAY, now)
    transitions = Transition.objects.exclude(pk__in=before)
    columns = transitions.values_list("obligation_id", "from_status", "to_status", "on")
    mails: dict[str, list[int]] = {}
    for kind, user, follower in OutboundEmail.objects.values_list("kind", "user_id", "follower_id"):
        mails.setdefault(kind, []).append(user or follower)
    return {
        "due": due,
        "last_transition": max(before),
        "transitions": sorted([pk, old, new, on.isoformat()] for pk, old, new, on in columns),
        "mails": {kind: sorted(keys) for kind, keys in mails.items()},
        "rows": sum(model._default_manager.count() for model in (Trajectory, Motion, Commitment)),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    print(json.dumps(fill()))
