"""Alarms: mail to operators when a problem starts and when it is over, once each."""

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from participation.models import OutboundEmail, User
from participation.models.addresses import email_key
from participation.reports.alerts import Addressee, alarm_mail, over_mail
from participation.selectors.health import (
    STORAGE_PLACES,
    HealthProblem,
    jobs_health,
    mail_health,
    still,
    troubles,
    webhooks_health,
)
from participation.timetable import JOBS

from .mail.outbox import Draft, put_all
from .mail.outbox_helpers import in_one
from .storage import storage_health

#: Problems with a duration, which get a mail at both ends; the others are single events.
LASTING = ("standstill", "late", "failed", "mail", "disk", "unwritable")
#: No alarm for jobs that never ran: a new installation may not have a worker yet. ``check_jobs`` does report it.
QUIET = ("never",)


def raise_alarms(now: datetime) -> list[int]:
    """Put alarms in the outbox for problems that began or ended, and return the keys of all alarms that wait there.

    Idempotent, also under concurrent calls: each addressee gets one mail for each problem. Sends nothing.
    """
    jobs, mail, storage = jobs_health(now), mail_health(now), storage_health(now)
    found = [each for each in troubles(jobs, mail, webhooks_health(now), storage) if each.code not in QUIET]
    in_one(lambda: put_all(_drafts(found, still(jobs, mail, storage), now), now))
    waiting = OutboundEmail.objects.filter(state="waiting", kind="alarm", not_before__lte=now)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def _drafts(found: list[HealthProblem], lasting: set[str], now: datetime) -> list[Draft]:
    told = _told()
    drafts = []
    for to in _addressees():
        own = told[to.who]
        for trouble in found:
            if trouble.code not in LASTING or trouble.what not in own:
                key = f"alarm-{trouble.what}-{trouble.mark}-{to.who}"
                drafts.append(Draft(key, "alarm", alarm_mail(key, trouble, to, now), to.user, language=to.language))
        for what, last in own.items():
            if what not in lasting:
                code, _, job = what.partition("-")
                key = f"alarm-over-{last}-{to.who}"
                drafts.append(Draft(key, "alarm", over_mail(key, code, job, to, now), to.user, language=to.language))
    return drafts


def _told() -> dict[str, dict[str, str]]:
    """Return for each addressee the lasting problems mailed of which the end was not: by problem, with its mark."""
    told: dict[str, dict[str, str]] = defaultdict(dict)
    keys = set(OutboundEmail.objects.filter(kind="alarm", key__startswith="alarm-").values_list("key", flat=True))
    for key in keys:
        name = key.removeprefix("alarm-")
        what = next((what for what in _LASTING if name.startswith(f"{what}-")), None)
        if what and f"alarm-over-{name}" not in keys:
            mark, _, who = name.removeprefix(f"{what}-").partition("-")
            told[who][what] = f"{what}-{mark}"
    return told


_JOBS = tuple(job.name for job in JOBS)
_SUBJECTS = {"late": _JOBS, "failed": _JOBS, "disk": STORAGE_PLACES, "unwritable": STORAGE_PLACES}
_LASTING = [HealthProblem(code, job).what for code in LASTING for job in _SUBJECTS.get(code, ("",))]


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
