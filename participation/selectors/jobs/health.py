"""System health: jobs against the timetable, mail, webhooks, storage, and when all obligations were last reassessed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Max, Min, Q, Subquery
from django.db.models.functions import TruncDate

from participation.models import JobRun, OutboundEmail, PausedAddress, Webhook, WebhookDelivery
from participation.models.mail import RESENT_REASON
from participation.timetable import AMSTERDAM, JOBS, Job, last_start_past_grace, next_slot, start_of

#: How long a sendable message may wait before an alarm, and from how many waiting messages a shared cause is assumed.
MAX_MAIL_WAIT, MIN_WAITING_FOR_SHARED_CAUSE = timedelta(hours=1), 5
#: The periods in which settled and doubtful messages are counted; older doubtful ones raised an alarm already.
SETTLED_PERIOD, DOUBTFUL_PERIOD = timedelta(days=7), timedelta(days=1)
#: Places on disks of this machine where files are kept.
STORAGE_PLACES = ("database", "media", "queue")
SETTLED = ("sent", "refused", "doubtful", "held")
#: The jobs that reassess everything that can have changed; others reassess one trajectory.
REASSESSMENT_JOBS = ("flag-due", "reassess-all")
#: They run every night. After a night and a half without one, pages may be out of date.
STALE_AFTER = timedelta(hours=36)


class JobHealth(NamedTuple):
    """A job of the timetable: its next start, its last runs, and the result of the last finished run.

    ``started_at`` is that of the last run started; ``run`` and what follows are of the last one finished.
    ``late_since`` is the first start since which a run must have finished and did not; None where all is well.
    ``running_since`` is when the present run started; ``never_ran`` is whether there is no run of it to judge by.
    """

    name: str
    next_at: datetime
    started_at: datetime | None = None
    running_since: datetime | None = None
    run: int | None = None
    day: date | None = None
    finished_at: datetime | None = None
    seconds: float | None = None
    failures: int = 0
    differences: int = 0
    late_since: datetime | None = None
    never_ran: bool = False

    @property
    def late(self) -> bool:
        """Return whether a run should have finished by now, and none did."""
        return self.late_since is not None

    @property
    def is_catching_up(self) -> bool:
        """Return whether it is late, but a run started so recently that one only has to wait."""
        return self.late and self.running_since is not None


class JobsHealth(NamedTuple):
    """All jobs in timetable order, the number of unfinished chunks, and the start of the oldest run with one."""

    jobs: tuple[JobHealth, ...]
    open_chunks: int = 0
    open_chunks_since: datetime | None = None

    @property
    def late(self) -> list[JobHealth]:
        """Return the jobs that are late."""
        return [job for job in self.jobs if job.late]

    @property
    def never_ran(self) -> bool:
        """Return whether no job of the timetable has ever run."""
        return all(job.never_ran for job in self.jobs)

    @property
    def standstill(self) -> datetime | None:
        """Return the first start that was missed, where several were and nothing started since; else None."""
        missed = sorted(job.late_since for job in self.jobs if job.late_since)
        began = max((job.started_at for job in self.jobs if job.started_at), default=None)
        return missed[0] if len(missed) > 1 and (began is None or began < missed[0]) else None


class MailHealth(NamedTuple):
    """The outbox: messages by state (settled ones: of the last week), and whether mail is sent.

    ``oldest`` is when the oldest message was made that only waits for a sender or a mail server; ``stuck_since`` the
    same where that is too long ago, or where nothing is sent at all. ``in_doubt`` counts those of the last day, of
    which ``doubtful_at`` is the last.
    """

    states: Mapping[str, int]
    oldest: datetime | None = None
    stuck_since: datetime | None = None
    in_doubt: int = 0
    doubtful_at: datetime | None = None
    paused: int = 0


class WebhooksHealth(NamedTuple):
    """Webhook deliveries: the number waiting, the oldest of them, and the webhooks that were disabled automatically.

    ``disabled`` has the key of each, its name, and since when.
    """

    waiting: int = 0
    oldest: datetime | None = None
    disabled: tuple[tuple[int, str, datetime], ...] = ()


_NO_WEBHOOKS = WebhooksHealth()


class StorageHealth(NamedTuple):
    """Whether database and files are writable, and the free bytes on the disk of each place.

    The disk of a PostgreSQL server cannot be checked from here.
    """

    database: bool = True
    media: bool = True
    free: Mapping[str, int] = {}
    checked_at: datetime | None = None

    @property
    def writable(self) -> bool:
        """Return whether everything is writable."""
        return self.database and self.media

    @property
    def full(self) -> list[str]:
        """Return the places with less free space than DISK_FREE_MB."""
        return [place for place, free in self.free.items() if free < settings.DISK_FREE_MB * 1024**2]


_STORAGE_IS_FINE = StorageHealth()


class HealthProblem(NamedTuple):
    """A problem that somebody has to look at: its code, the job or run, since when, and how many.

    For a webhook, ``job`` is its key and ``name`` its name.
    """

    code: str
    job: str = ""
    since: datetime | None = None
    number: int = 0
    run: int = 0
    name: str = ""

    @property
    def subject_key(self) -> str:
        """Return what it is about, for an idempotency key."""
        return f"{self.code}-{self.job}" if self.job else self.code

    @property
    def occurrence_key(self) -> str:
        """Return which occurrence of this it is, for an idempotency key: for doubtful mails at most one a day."""
        if self.code == "doubtful" and self.since:
            return f"{self.since.astimezone(AMSTERDAM):%Y%m%d}"
        return str(self.run) if self.run or not self.since else f"{self.since.astimezone(UTC):%Y%m%dT%H%M}"


def jobs_health(now: datetime) -> JobsHealth:
    """Return the health of the jobs of the timetable; at most three queries."""
    runs = list(JobRun.objects.filter(pk__in=[pk for job in JOBS for pk in _latest_runs(job)]))
    open_runs = list(
        JobRun.objects.filter(finished_at__isnull=True)
        .annotate(parts=Count("chunks", filter=Q(chunks__finished_at__isnull=True)))
        .order_by("started_at")
    )
    found = {job.name: [run for run in runs if run.kind == job.name] for job in JOBS}
    begun = None
    if not all(any(run.finished_at for run in own) for own in found.values()):
        # What was due before the timetable was in use here is not late.
        begun = JobRun.objects.filter(slot__isnull=False).aggregate(at=Min("started_at"))["at"]
    return JobsHealth(
        tuple(_job_health(job, found[job.name], open_runs, begun, now) for job in JOBS),
        sum(run.parts for run in open_runs),
        next((run.started_at for run in open_runs if run.parts), None),
    )


def _latest_runs(job: Job) -> Iterator[Subquery]:
    """Yield a subquery for the last run of this job, and one for the last that finished."""
    own = JobRun.objects.filter(kind=job.name).order_by("-started_at", "-pk")
    of_its_day = Q(slot__isnull=False) | Q(day__gte=TruncDate("started_at", tzinfo=AMSTERDAM))
    yield Subquery(own.values("pk")[:1])
    yield Subquery(own.filter(of_its_day, finished_at__isnull=False).values("pk")[:1])


def _is_for_its_own_day(run: JobRun) -> bool:
    """Return whether the run was for its own day: a manual run for a past day does not count for the timetable."""
    return run.slot is not None or run.day >= run.started_at.astimezone(AMSTERDAM).date()


def _job_health(
    job: Job, runs: Sequence[JobRun], open_runs: Sequence[JobRun], begun: datetime | None, now: datetime
) -> JobHealth:
    last = max(runs, key=_run_order, default=None)
    done = max((run for run in runs if run.finished_at and _is_for_its_own_day(run)), key=_run_order, default=None)
    began = next((run.started_at for run in open_runs if run.kind == job.name), None)
    health = JobHealth(
        job.name,
        start_of(job, next_slot(job, now)),
        started_at=last.started_at if last else None,
        # An older run that is still open does not count: it may never finish.
        running_since=began if began and began + job.grace > now else None,
    )
    if done is not None and done.finished_at is not None:
        health = health._replace(
            run=done.pk,
            day=done.day,
            finished_at=done.finished_at,
            seconds=(done.finished_at - done.started_at).total_seconds(),
            failures=done.counts.get("failed", 0),
            differences=done.counts.get("differences", 0),
        )
        # Clock skew between machines: a run that started a second early still counts for its slot.
        begun = max(done.started_at, start_of(job, done.slot)) if done.slot else done.started_at
    if begun is None:
        return health._replace(never_ran=True)
    if begun < last_start_past_grace(job, now):
        return health._replace(late_since=start_of(job, next_slot(job, begun)))
    return health


def _run_order(run: JobRun) -> tuple[datetime, int]:
    return run.started_at, run.pk


def mail_health(now: datetime) -> MailHealth:
    """Return the health of the outbox; four queries."""
    waiting = OutboundEmail.objects.filter(state="waiting").aggregate(
        number=Count("pk"),
        # Deferred mail waits for a reason of its own; mail that an administrator had sent again is older than its wait.
        only=Min("created_at", filter=Q(attempts=0) & ~Q(reason__contains=RESENT_REASON)),
        any=Min("created_at", filter=~Q(reason__contains=RESENT_REASON)),
    )
    states = {"waiting": waiting["number"], "sending": OutboundEmail.objects.filter(state="sending").count()}
    states |= dict.fromkeys(SETTLED, 0)
    settled = OutboundEmail.objects.filter(~Q(to=""), settled_at__gt=now - SETTLED_PERIOD)
    rows = settled.values_list("state").annotate(
        number=Count("pk"), new=Count("pk", filter=Q(settled_at__gt=now - DOUBTFUL_PERIOD)), last=Max("settled_at")
    )
    last: dict[str, tuple[int, datetime]] = {}
    for state, number, new, at in rows:
        states[state], last[state] = number, (new, at)
    in_doubt, doubtful_at = last.get("doubtful", (0, None))
    oldest = waiting["only"]
    if (
        waiting["number"] >= MIN_WAITING_FOR_SHARED_CAUSE
        and waiting["any"]
        and last.get("sent", (0, waiting["any"]))[1] <= waiting["any"]
    ):
        # Many messages with a reason each, and nothing sent since: then the cause is shared.
        oldest = waiting["any"]
    return MailHealth(
        states,
        oldest=oldest,
        stuck_since=oldest if oldest and oldest + MAX_MAIL_WAIT < now else None,
        in_doubt=in_doubt,
        doubtful_at=doubtful_at if in_doubt else None,
        paused=PausedAddress.objects.filter(lifted_at__isnull=True).count(),
    )


def webhooks_health(now: datetime) -> WebhooksHealth:
    """Return the health of webhook deliveries; two queries."""
    waiting = WebhookDelivery.objects.unsettled().aggregate(number=Count("pk"), oldest=Min("created_at"))
    disabled = Webhook.objects.filter(active=True, disabled_at__isnull=False).order_by("disabled_at", "pk")
    return WebhooksHealth(
        waiting["number"],
        min(waiting["oldest"], now) if waiting["oldest"] else None,
        tuple((pk, name, since) for pk, name, since in disabled.values_list("pk", "name", "disabled_at") if since),
    )


def health_problems(
    jobs: JobsHealth,
    mail: MailHealth,
    webhooks: WebhooksHealth = _NO_WEBHOOKS,
    storage: StorageHealth = _STORAGE_IS_FINE,
) -> list[HealthProblem]:
    """Return the problems that need attention, the worst first; jobs that are catching up are left out."""
    found = list(_storage_problems(storage))
    if jobs.never_ran:
        found.append(HealthProblem("never"))
    if jobs.standstill:
        found.append(HealthProblem("standstill", since=jobs.standstill, number=len(jobs.late)))
    else:
        found += [HealthProblem("late", job.name, job.late_since) for job in jobs.late if not job.is_catching_up]
    if mail.stuck_since:
        found.append(HealthProblem("mail", since=mail.stuck_since, number=mail.states["waiting"]))
    for code, number in (("failed", "failures"), ("differences", "differences")):
        for job in jobs.jobs:
            if getattr(job, number) and job.run:
                found.append(HealthProblem(code, job.name, job.finished_at, getattr(job, number), job.run))
    if mail.doubtful_at:
        found.append(HealthProblem("doubtful", since=mail.doubtful_at, number=mail.in_doubt))
    found += [HealthProblem("webhook", str(pk), since, name=name) for pk, name, since in webhooks.disabled]
    return found


def _storage_problems(storage: StorageHealth) -> Iterator[HealthProblem]:
    since = storage.checked_at
    for place, writable in (("database", storage.database), ("media", storage.media)):
        if not writable:
            yield HealthProblem("unwritable", place, since)
    for place in storage.full:
        yield HealthProblem("disk", place, since, storage.free[place] // 1024**2)


def ongoing_problems(jobs: JobsHealth, mail: MailHealth, storage: StorageHealth = _STORAGE_IS_FINE) -> set[str]:
    """Return the ``subject_key`` of each problem that is not over yet, including jobs that are catching up."""
    found = {HealthProblem("late", job.name).subject_key for job in jobs.late}
    found |= {HealthProblem("failed", job.name).subject_key for job in jobs.jobs if job.failures}
    found |= {problem.subject_key for problem in _storage_problems(storage)}
    return found | ({"standstill"} if jobs.late else set()) | ({"mail"} if mail.stuck_since else set())


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
