"""The command check_jobs, as a monitor or a cron job runs it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from participation.models import JobRun, OutboundEmail
from participation.timetable import JOBS, last_slot, start_of
from tests import world


def check(*arguments):
    """Return standard output, standard error and the exit code."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("check_jobs", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    return out.getvalue(), err.getvalue(), code


def record_nightly_runs(ago=timedelta(), **columns):
    for job in JOBS:
        now = timezone.now() - ago
        slot = last_slot(job, now)
        at = start_of(job, slot)
        JobRun.objects.create(
            kind=job.name, slot=slot, day=slot, started_at=at, finished_at=at, code_version="0", **columns
        )


@pytest.mark.django_db
def test_without_problems_every_job_is_listed():
    record_nightly_runs()
    output, _err, code = check("--language", "en")

    assert code == 0
    assert output.startswith("No problems.\n")
    assert all(
        any(line.startswith(f"{job.name} ") and "in order" in line for line in output.splitlines()) for job in JOBS
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("redis", "start"), [("", "manage.py run_worker"), ("redis://localhost", "celery -A tracker beat")]
)
@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "Het nachtwerk staat stil sinds"), ("en", "The work of the night stands still since")],
)
def test_problems_are_reported_with_a_remedy_and_a_specific_exit_code(settings, language, words, redis, start):
    settings.REDIS_URL = redis
    record_nightly_runs(timedelta(days=20))
    output, err, code = check("--language", language)

    assert code == 3
    assert words in output
    assert start in output
    assert err == "Problems found: 1."


@pytest.mark.django_db
def test_before_the_first_night_it_reports_that_nothing_ever_ran():
    output, _err, code = check()

    assert (code, output.count("! ")) == (3, 1)
    assert "nog nooit gelopen" in output


@pytest.mark.django_db
def test_the_output_is_available_as_json_for_monitoring():
    record_nightly_runs(counts={"failed": 1})
    output, _err, code = check("--format", "json", "--language", "en")

    found = json.loads(output)
    assert (code, found["ok"]) == (3, False)
    assert [trouble["code"] for trouble in found["troubles"]] == ["failed"] * len(JOBS)
    assert [job["name"] for job in found["jobs"]] == [job.name for job in JOBS]
    assert not any(job["late"] for job in found["jobs"])
    assert found["mail"]["states"]["waiting"] == 0


@pytest.mark.django_db
def test_no_alarm_is_mailed_unless_requested():
    world.user("administrator")
    record_nightly_runs(timedelta(days=20))
    check()

    assert not OutboundEmail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_alarm_is_mailed_directly_and_once():
    world.user("administrator")
    record_nightly_runs(timedelta(days=20))
    _told, err, code = check("--alarm")
    check("--alarm")

    assert code == 3
    assert "Alarms sent: 1 of 1." in err
    assert [message.to for message in mail.outbox] == [["administrator@example.org"]]


@pytest.mark.django_db(transaction=True)
def test_an_alarm_refused_by_the_mail_server_is_reported_and_retried(monkeypatch):
    world.user("administrator")
    record_nightly_runs(timedelta(days=20))
    with monkeypatch.context() as away:
        away.setattr("participation.services.mail.sender.send_one", lambda pk, clock: "waiting")
        _told, err, code = check("--alarm")
    assert "did not accept them" in err
    assert code == 3

    check("--alarm")
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_an_unavailable_database_has_its_own_exit_code(monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", away)
    output, err, code = check()

    assert (output, code) == ("", 1)
    assert "The database is unavailable" in err
