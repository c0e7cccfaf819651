"""Health check and Prometheus metrics."""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from participation.selectors.jobs.health import JobHealth, StorageHealth, jobs_health, mail_health, webhooks_health
from participation.services.jobs.storage import storage_health

#: /healthz is public and writes to the storage: each process does so at most once per interval.
STORAGE_CHECK_INTERVAL = timedelta(seconds=10)
_last_storage = StorageHealth()


@never_cache
@require_safe
@login_not_required
def healthz(_request: HttpRequest) -> JsonResponse:
    """Return whether the application, database and storage work, and which jobs are late.

    A late job is no reason to restart the application, so the status is 200 then too. It is 503 without a database,
    or if something is not writable ("read-only").
    """
    now = timezone.now()
    found = {"status": "down", "checked_at": now.isoformat(timespec="seconds"), "version": settings.CODE_VERSION}
    try:
        jobs = jobs_health(now)
    except Error:
        return JsonResponse(found, status=503)
    storage = _storage(now)
    status = "read-only" if not storage.writable else "late" if jobs.late or jobs.never_ran else "ok"
    return JsonResponse(
        {
            **found,
            "status": status,
            "writable": {"database": storage.database, "media": storage.media},
            "jobs": {job.name: _job(job) for job in jobs.jobs},
        },
        status=200 if storage.writable else 503,
    )


def _storage(now: datetime) -> StorageHealth:
    """Return the storage health, checked at most once per STORAGE_CHECK whatever the number of requests."""
    global _last_storage
    checked_at = _last_storage.checked_at
    if checked_at is None or not timedelta() <= now - checked_at < STORAGE_CHECK_INTERVAL:
        _last_storage = storage_health(now)
    return _last_storage


def _job(job: JobHealth) -> dict[str, Any]:
    return {
        "late": job.late,
        "finished_at": job.finished_at.isoformat(timespec="seconds") if job.finished_at else None,
        "next_at": job.next_at.isoformat(timespec="seconds"),
    }


@never_cache
@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the Prometheus metrics; requires the bearer token. Raises Http404 if none is configured."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    if not secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=403)
    registry = CollectorRegistry()
    registry.register(MetricsCollector(timezone.now()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


class MetricsCollector:
    """Prometheus collector of metrics from the database: the same in every process."""

    def __init__(self, now: datetime) -> None:
        """Store the moment at which the metrics are computed."""
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; durations in seconds, timestamps in Unix time."""
        jobs, mail = jobs_health(self.now), mail_health(self.now)
        for name, description, value in _JOB_METRICS:
            family = GaugeMetricFamily(f"leidraad_{name}", description, labels=["job"])
            for job in jobs.jobs:
                if (figure := value(job)) is not None:
                    family.add_metric([job.name], figure)
            yield family
        yield GaugeMetricFamily("leidraad_parts_open", "Parts of runs that are still to be done.", jobs.open_chunks)
        yield GaugeMetricFamily(
            "leidraad_parts_open_seconds",
            "Since the oldest run with open parts began.",
            self._age_seconds(jobs.open_chunks_since),
        )
        states = GaugeMetricFamily(
            "leidraad_outbox_messages",
            "Messages waiting and being handed over; of the others those settled in the last seven days.",
            labels=["state"],
        )
        for state, number in mail.states.items():
            states.add_metric([state], number)
        yield states
        yield GaugeMetricFamily(
            "leidraad_outbox_oldest_seconds",
            "Since the oldest message was made that waits for nothing but a sender or the mail server.",
            self._age_seconds(mail.oldest),
        )
        storage = _storage(self.now)
        writable = GaugeMetricFamily("leidraad_writable", "1 where it can be written.", labels=["place"])
        writable.add_metric(["database"], float(storage.database))
        writable.add_metric(["media"], float(storage.media))
        yield writable
        free = GaugeMetricFamily("leidraad_disk_free_bytes", "Room left on the disk of this place.", labels=["place"])
        for place, number in storage.free.items():
            free.add_metric([place], number)
        yield free
        yield GaugeMetricFamily("leidraad_paused_addresses", "Addresses to which nothing is sent.", mail.paused)
        webhooks = webhooks_health(self.now)
        yield GaugeMetricFamily("leidraad_webhook_messages", "Messages to webhooks that wait.", webhooks.waiting)
        yield GaugeMetricFamily(
            "leidraad_webhook_oldest_seconds",
            "Since the oldest message was made that a webhook did not take yet.",
            self._age_seconds(webhooks.oldest),
        )
        yield GaugeMetricFamily(
            "leidraad_webhooks_off", "Webhooks that were switched off by themselves.", len(webhooks.disabled)
        )

    def _age_seconds(self, moment: datetime | None) -> float:
        return max(0.0, (self.now - moment).total_seconds()) if moment else 0.0


_JOB_METRICS: tuple[tuple[str, str, Callable[[JobHealth], float | None]], ...] = (
    (
        "job_last_success_timestamp_seconds",
        "When a run of the job last finished; absent where none did.",
        lambda job: job.finished_at.timestamp() if job.finished_at else None,
    ),
    ("job_overdue", "1 where a run should have finished and did not.", lambda job: float(job.late)),
    ("job_failures", "What went wrong in the last run.", lambda job: job.failures),
    ("job_differences", "What the last run found stored otherwise than it follows.", lambda job: job.differences),
    ("run_seconds", "How long the last run took.", lambda job: job.seconds),
)


class HealthMiddleware:
    """Middleware that answers /healthz and /metrics under any Host header: monitors use an IP address or `localhost`.

    Neither response depends on the host, so a forged Host header can do no harm.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {reverse(view.__name__): view for view in (healthz, metrics)}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response to a probe before the session and the Host header are read."""
        view = self.views.get(request.path_info)
        if view is None or (view is metrics and not settings.METRICS_TOKEN):
            return self.get_response(request)
        return view(request)
