"""Alarms: mail to operators when a problem starts and when it is over, once each."""

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from participation.models import OutboundEmail, User
from participation.models.addresses import email_key
from participation.presentation.alerts import Addressee, alarm_mail, resolved_mail
from participation.selectors.jobs.health import (
    STORAGE_PLACES,
    HealthProblem,
    health_problems,
    jobs_health,
    mail_health,
    ongoing_problems,
    webhooks_health,
)
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.mail.outbox import Draft, enqueue_all
from participation.timetable import JOBS

from .storage import storage_health

#: Problems with a duration, which get a mail at both ends; the others are single events.
ONGOING_CODES = ("standstill", "late", "failed", "mail", "disk", "unwritable")
#: No alarm for jobs that never ran: a new installation may not have a worker yet. ``check_jobs`` does report it.
SILENT_CODES = ("never",)


def raise_alarms(now: datetime) -> list[int]:
    """Put alarms in the outbox for problems that began or ended, and return the keys of all alarms that wait there.

    Idempotent, also under concurrent calls: each addressee gets one mail for each problem. Sends nothing.
    """
    jobs, mail, storage = jobs_health(now), mail_health(now), storage_health(now)
    found = [
        each for each in health_problems(jobs, mail, webhooks_health(now), storage) if each.code not in SILENT_CODES
    ]
    retry_on_conflict(lambda: enqueue_all(_drafts(found, ongoing_problems(jobs, mail, storage), now), now))()
    waiting = OutboundEmail.objects.filter(state="waiting", kind="alarm", not_before__lte=now)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def _drafts(found: list[HealthProblem], lasting: set[str], now: datetime) -> list[Draft]:
    reported = _reported_problems()
    drafts = []
    for to in _addressees():
        own = reported[to.who]
        for problem in found:
            if problem.code not in ONGOING_CODES or problem.subject_key not in own:
                key = f"alarm-{problem.subject_key}-{problem.occurrence_key}-{to.who}"
                drafts.append(Draft(key, "alarm", alarm_mail(key, problem, to, now), to.user, language=to.language))
        for subject_key, last in own.items():
            if subject_key not in lasting:
                code, _, job = subject_key.partition("-")
                key = f"alarm-over-{last}-{to.who}"
                drafts.append(
                    Draft(key, "alarm", resolved_mail(key, code, job, to, now), to.user, language=to.language)
                )
    return drafts


def _reported_problems() -> dict[str, dict[str, str]]:
    """Return for each addressee the lasting problems mailed of which the end was not: by problem, with its mark."""
    reported: dict[str, dict[str, str]] = defaultdict(dict)
    keys = set(OutboundEmail.objects.filter(kind="alarm", key__startswith="alarm-").values_list("key", flat=True))
    for key in keys:
        name = key.removeprefix("alarm-")
        subject_key = next(
            (subject_key for subject_key in _ONGOING_PROBLEMS if name.startswith(f"{subject_key}-")), None
        )
        if subject_key and f"alarm-over-{name}" not in keys:
            occurrence_key, _, who = name.removeprefix(f"{subject_key}-").partition("-")
            reported[who][subject_key] = f"{subject_key}-{occurrence_key}"
    return reported


_JOBS = tuple(job.name for job in JOBS)
_SUBJECTS = {"late": _JOBS, "failed": _JOBS, "disk": STORAGE_PLACES, "unwritable": STORAGE_PLACES}
_ONGOING_PROBLEMS = [
    HealthProblem(code, job).subject_key for code in ONGOING_CODES for job in _SUBJECTS.get(code, ("",))
]


def _addressees() -> list[Addressee]:
    """Return the recipients of alarms: the addresses in the settings, otherwise the administrators."""
    if not settings.ALARM_EMAIL:
        administrators = User.objects.filter(Q(role="administrator") | Q(is_superuser=True), is_active=True)
        people = administrators.exclude(email="").order_by("pk")
        return [Addressee(f"user{user.pk}", user.email, user.language, user.pk) for user in people]
    known = User.objects.filter(is_active=True, email_key__in=settings.ALARM_EMAIL)
    language = dict(known.values_list("email_key", "language"))
    return [
        Addressee(str(number), address, language.get(email_key(address), "nl"))
        for number, address in enumerate(settings.ALARM_EMAIL, 1)
    ]
