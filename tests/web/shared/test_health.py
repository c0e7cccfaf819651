"""Monitoring: /healthz and /metrics."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from participation.models import JobRun, OutboundEmail, PausedAddress, Webhook, WebhookDelivery
from participation.selectors.jobs.health import StorageHealth
from participation.timetable import JOBS, last_slot, start_of
from participation.web.shared import health
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unchecked(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(health, "_last_storage", StorageHealth())


def record_nightly_runs(ago=timedelta(), **columns):
    for job in JOBS:
        slot = last_slot(job, timezone.now() - ago)
        at = start_of(job, slot)
        done = {"started_at": at, "finished_at": at + timedelta(seconds=90), "code_version": "0", **columns}
        JobRun.objects.create(kind=job.name, slot=slot, day=slot, **done)


# ---------- healthz


def test_after_a_successful_night_the_health_check_passes(client):
    record_nightly_runs()
    response = client.get("/healthz")

    found = response.json()
    assert (response.status_code, found["status"]) == (200, "ok")
    assert found["jobs"].keys() == {job.name for job in JOBS}
    assert not any(job["late"] for job in found["jobs"].values())
    assert found["version"]


@pytest.mark.parametrize("ran", [True, False])
def test_a_late_or_missing_job_is_reported_but_does_not_fail_liveness(client, ran):
    if ran:
        record_nightly_runs(timedelta(days=20))
    response = client.get("/healthz")

    assert (response.status_code, response.json()["status"]) == (200, "late")
    assert any(job["late"] for job in response.json()["jobs"].values()) is ran


def test_without_a_database_the_health_check_fails(client, monkeypatch):
    def away(_now):
        raise OperationalError("password of the database")

    monkeypatch.setattr(health, "jobs_health", away)
    response = client.get("/healthz")

    assert (response.status_code, response.json()["status"]) == (503, "down")
    assert "password" not in response.content.decode()


@pytest.mark.parametrize("place", ["database", "media"])
def test_a_read_only_database_is_reported(client, monkeypatch, place):
    record_nightly_runs()
    monkeypatch.setattr(health, "storage_health", lambda now: StorageHealth(**{place: False}, checked_at=now))
    response = client.get("/healthz")

    assert (response.status_code, response.json()["status"]) == (503, "read-only")
    assert response.json()["writable"][place] is False


def test_the_write_check_runs_at_most_once_in_ten_seconds(client, monkeypatch):
    checks = []
    monkeypatch.setattr(health, "storage_health", lambda now: checks.append(now) or StorageHealth(checked_at=now))
    for _time in range(5):
        client.get("/healthz")
    assert len(checks) == 1


@pytest.mark.parametrize("address", ["/healthz", "/metrics"])
def test_health_checks_work_for_any_host_without_https_and_cookies(address, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["leidraad.example.org"], True
    settings.METRICS_TOKEN = "woord"
    # The middleware reads its settings when it is created, at the client's first request.
    response = Client().get(address, headers={"host": "10.0.0.7:8000", "authorization": "Bearer woord"})

    assert response.status_code == 200
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_other_pages_still_require_the_host_and_https(settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["leidraad.example.org"], True

    assert Client().get("/over/", headers={"host": "10.0.0.7"}).status_code == 400
    assert Client().get("/over/", headers={"host": "leidraad.example.org"}).status_code == 301


def test_a_health_check_loads_no_user_and_takes_five_queries(client, django_assert_max_num_queries):
    client.force_login(world.user("adviser"))
    with django_assert_max_num_queries(5):
        client.get("/healthz")


@pytest.mark.parametrize("address", ["/healthz", "/metrics"])
def test_health_checks_allow_only_reading(client, address, settings):
    settings.METRICS_TOKEN = "woord"

    assert client.post(address).status_code == 405


# ---------- metrics


@pytest.fixture
def figures(client, settings):
    settings.METRICS_TOKEN = "woord"

    def read():
        response = client.get("/metrics", headers={"authorization": "Bearer woord"})
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain")
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(response.content.decode())
            for sample in family.samples
        }

    return read


def test_without_a_token_in_the_settings_metrics_are_disabled(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("", 401),
        ("Basic woord", 401),
        ("Bearer", 403),
        ("Bearer wooord", 403),
        ("Bearer é", 403),
        ("bearer woord", 200),
    ],
)
def test_metrics_require_the_token(client, settings, shown, code):
    settings.METRICS_TOKEN = "woord"
    response = client.get("/metrics", headers={"authorization": shown} if shown else {})

    assert response.status_code == code
    assert (response.get("WWW-Authenticate") == "Bearer") is (code == 401)


def test_job_metrics_match_the_jobs(figures):
    record_nightly_runs(counts={"failed": 2, "differences": 3})
    found = figures()

    for job in JOBS:
        done = JobRun.objects.get(kind=job.name).finished_at
        assert found["leidraad_job_last_success_timestamp_seconds", job.name] == done.timestamp()
        assert found["leidraad_job_overdue", job.name] == 0
        assert found["leidraad_job_failures", job.name] == 2
        assert found["leidraad_job_differences", job.name] == 3
        assert found["leidraad_run_seconds", job.name] == 90
    assert found["leidraad_parts_open",] == found["leidraad_parts_open_seconds",] == 0


def test_a_late_job_has_metric_value_one(figures):
    record_nightly_runs(timedelta(days=20))

    assert figures()["leidraad_job_overdue", "flag-due"] == 1


def test_outbox_metrics_match_the_outbox(figures):
    now = timezone.now()
    OutboundEmail.objects.create(
        key="a", kind="news", to="a@example.org", created_at=now - timedelta(minutes=10), not_before=now
    )
    PausedAddress.objects.create(email="a@example.org", paused_at=now)
    found = figures()

    assert found["leidraad_outbox_messages", "waiting"] == 1
    assert found["leidraad_outbox_messages", "doubtful"] == 0
    assert 600 <= found["leidraad_outbox_oldest_seconds",] < 700
    assert found["leidraad_paused_addresses",] == 1


def test_a_job_that_never_finished_has_no_timestamp(figures):
    found = figures()

    assert ("leidraad_job_last_success_timestamp_seconds", "flag-due") not in found
    assert found["leidraad_outbox_oldest_seconds",] == 0


def test_metrics_count_waiting_deliveries_and_disabled_webhooks(figures):
    webhook = Webhook.objects.create(name="zaken", url="https://receiver.example/")
    Webhook.objects.create(name="af", url="https://receiver.example/", disabled_at=timezone.now())
    found = figures()
    assert (found["leidraad_webhook_messages",], found["leidraad_webhook_oldest_seconds",]) == (0, 0)
    assert found["leidraad_webhooks_off",] == 1
    made = timezone.now() - timedelta(hours=1)
    WebhookDelivery.objects.create(webhook=webhook, key="k", body="{}", created_at=made, not_before=made)
    found = figures()
    assert found["leidraad_webhook_messages",] == 1
    assert found["leidraad_webhook_oldest_seconds",] >= 3600
