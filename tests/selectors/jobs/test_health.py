"""Health checks: jobs run by the timetable, and mail is sent."""

from datetime import date, datetime, timedelta

import pytest

from participation.models import JobChunk, JobRun, OutboundEmail, PausedAddress, Webhook
from participation.models.mail import RESENT_REASON
from participation.selectors.jobs.health import (
    HealthProblem,
    health_problems,
    jobs_health,
    mail_health,
    ongoing_problems,
    webhooks_health,
)
from participation.timetable import AMSTERDAM, JOBS, JOBS_BY_NAME, last_slot, start_of

#: A Friday morning: all jobs of the night are finished, and the last one has until half past nine.
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=AMSTERDAM)

pytestmark = pytest.mark.django_db


def run(kind, began, minutes=5, **columns):
    """Create a run that started at that local time, for the slot of that day, with this duration; None: unfinished."""
    at = datetime.fromisoformat(began).replace(tzinfo=AMSTERDAM)
    columns = {"slot": last_slot(JOBS_BY_NAME[kind], at), "day": at.date(), "code_version": "0", **columns}
    finished = None if minutes is None else at + timedelta(minutes=minutes)
    return JobRun.objects.create(kind=kind, started_at=at, finished_at=finished, **columns)


def record_nightly_runs(now=NOW, *, without=()):
    """Create a finished run of every job for its last slot."""
    for job in JOBS:
        slot = last_slot(job, now)
        if job.name not in without and not JobRun.objects.filter(kind=job.name, slot=slot).exists():
            run(job.name, start_of(job, slot).replace(tzinfo=None).isoformat())


def of(name, now=NOW):
    return next(job for job in jobs_health(now).jobs if job.name == name)


def message(key="m1", state="waiting", ago=timedelta(minutes=5), **columns):
    at = NOW - ago
    settled = None if state in ("waiting", "sending") else at
    columns = {"created_at": at, "not_before": at, "settled_at": settled, "to": "a@example.org", **columns}
    return OutboundEmail.objects.create(key=key, kind="news", state=state, **columns)


def found(now=NOW):
    return [trouble.subject_key for trouble in health_problems(jobs_health(now), mail_health(now))]


# ---------- jobs


def test_after_a_night_in_which_every_job_ran_there_are_no_problems():
    record_nightly_runs()

    assert found() == []
    assert ongoing_problems(jobs_health(NOW), mail_health(NOW)) == set()


def test_a_job_that_never_ran_is_reported():
    assert found() == ["never"]
    assert jobs_health(NOW).never_ran


def test_a_new_installation_has_missed_no_earlier_runs():
    run("flag-due", "2026-03-20 00:15")

    # The others were due later that night, but the weekly digest was due on a Monday before.
    assert [job.name for job in jobs_health(NOW).late] == [
        *("reassess-changed", "open-data", "expire", "reminders", "daily-reports")
    ]
    assert not of("weekly-reports").late
    assert not of("weekly-reports").never_ran


def test_a_manual_run_does_not_prove_that_the_scheduler_works():
    run("flag-due", "2026-03-18 11:00", slot=None)

    assert not of("expire").late
    assert of("expire").never_ran


@pytest.mark.parametrize(("clock", "late"), [("02:14", False), ("02:15", True)])
def test_a_job_is_late_after_its_grace_period(clock, late):
    run("flag-due", "2026-03-19 00:15")

    now = datetime.fromisoformat(f"2026-03-20 {clock}").replace(tzinfo=AMSTERDAM)
    assert of("flag-due", now).late is late


def test_a_job_is_late_since_its_first_missed_start():
    run("flag-due", "2026-03-16 00:15")

    assert of("flag-due").late_since == datetime(2026, 3, 17, 0, 15, tzinfo=AMSTERDAM)


def test_a_run_of_yesterday_that_finishes_today_does_not_count_for_today():
    run("flag-due", "2026-03-19 00:15", minutes=26 * 60)

    assert of("flag-due").late_since == datetime(2026, 3, 20, 0, 15, tzinfo=AMSTERDAM)


def test_a_run_started_by_a_clock_one_second_fast_counts_for_its_slot():
    run("flag-due", "2026-03-20 00:14:59", slot=date(2026, 3, 20))

    assert not of("flag-due").late


def test_a_missed_night_that_was_caught_up_is_no_longer_late():
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:00")

    assert not of("flag-due").late


def test_a_manual_run_as_of_an_earlier_day_does_not_count():
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:00", slot=None, day=date(2026, 3, 1))

    assert of("flag-due").late
    assert of("flag-due").day == date(2026, 3, 18)


def test_a_manual_run_as_of_today_counts_for_the_night():
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:00", slot=None)

    assert not of("flag-due").late


def test_a_job_that_just_began_to_catch_up_is_late_without_an_alarm():
    record_nightly_runs(without=("flag-due",))
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:30", minutes=None)

    assert of("flag-due").is_catching_up
    assert found() == []
    assert ongoing_problems(jobs_health(NOW), mail_health(NOW)) == {"late-flag-due", "standstill"}


def test_runs_that_begin_but_never_finish_do_not_hide_a_problem():
    record_nightly_runs(without=("flag-due",))
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-19 00:15", minutes=None)
    run("flag-due", "2026-03-20 08:30", minutes=None)

    assert found() == ["late-flag-due"]


def test_when_no_job_starts_one_problem_is_reported():
    record_nightly_runs(NOW - timedelta(days=3))

    assert health_problems(jobs_health(NOW), mail_health(NOW)) == [
        HealthProblem("standstill", since=datetime(2026, 3, 18, 0, 15, tzinfo=AMSTERDAM), number=9)
    ]


def test_one_job_that_did_not_start_does_not_mean_all_stopped():
    record_nightly_runs(NOW - timedelta(days=1))
    record_nightly_runs(without=("notifications",))

    assert found(NOW + timedelta(hours=1)) == ["late-notifications"]


def test_the_last_finished_run_has_its_duration_and_errors():
    record_nightly_runs(without=("reassess-all",))
    bad = run("reassess-all", "2026-03-20 03:30", minutes=2, counts={"failed": 2, "differences": 3})
    run("reassess-all", "2026-03-20 08:59", minutes=None, slot=None)

    job = of("reassess-all")
    assert (job.run, job.seconds, job.failures, job.differences) == (bad.pk, 120, 2, 3)
    assert (job.started_at, job.finished_at) == (NOW - timedelta(minutes=1), bad.finished_at)
    assert found() == ["failed-reassess-all", "differences-reassess-all"]


def test_differences_caused_by_another_rulebook_are_not_a_problem():
    record_nightly_runs(without=("reassess-all",))
    run("reassess-all", "2026-03-20 03:30", counts={"by_rulebook": 900, "differences": 0})

    assert found() == []


def test_open_chunks_count_since_the_oldest_run_that_has_any():
    run("expire", "2026-03-20 05:00", minutes=None)
    old = run("reassess-all", "2026-03-20 03:30", minutes=None)
    for first, finished in ((1, NOW), (2, None), (3, None)):
        JobChunk.objects.create(run=old, of="motion", first=first, last=first, finished_at=finished)

    health = jobs_health(NOW)
    assert (health.open_chunks, health.open_chunks_since) == (2, old.started_at)


# ---------- mail


def test_emails_are_counted_by_state_and_settled_ones_for_a_week():
    message("a")
    message("b", "sending")
    message("c", "sent")
    message("d", "sent", ago=timedelta(days=8))
    message("e", "refused", ago=timedelta(days=6))
    PausedAddress.objects.create(email="a@example.org", paused_at=NOW)
    PausedAddress.objects.create(email="b@example.org", paused_at=NOW, lifted_at=NOW)

    mail = mail_health(NOW)
    assert mail.states == {"waiting": 1, "sending": 1, "sent": 1, "refused": 1, "doubtful": 0, "held": 0}
    assert mail.paused == 1


@pytest.mark.parametrize(("minutes", "stuck"), [(60, False), (61, True)])
def test_email_not_attempted_for_over_an_hour_is_stuck(minutes, stuck):
    record_nightly_runs()
    message(ago=timedelta(minutes=minutes))

    assert mail_health(NOW).oldest == NOW - timedelta(minutes=minutes)
    assert found() == ["mail"] * stuck


def test_email_postponed_because_of_an_unavailable_server_is_stuck():
    message(ago=timedelta(hours=2), not_before=NOW + timedelta(minutes=2), reason="no login")

    assert mail_health(NOW).stuck_since


def test_one_full_mailbox_is_not_a_problem():
    message(ago=timedelta(hours=9), attempts=4, not_before=NOW + timedelta(hours=1))

    assert (mail_health(NOW).oldest, mail_health(NOW).stuck_since) == (None, None)


@pytest.mark.parametrize(("sent", "stuck"), [(None, True), (4, True), (1, False)])
def test_many_attempts_are_a_problem_only_when_nothing_is_delivered(sent, stuck):
    for number in range(5):
        message(f"m{number}", ago=timedelta(hours=3), attempts=2, not_before=NOW + timedelta(hours=1))
    if sent:
        message("sent", "sent", ago=timedelta(hours=sent))

    assert bool(mail_health(NOW).stuck_since) is stuck


def test_a_resent_email_waits_since_it_was_resent():
    message(ago=timedelta(days=3), not_before=NOW, reason=f"too late\n{RESENT_REASON}")

    assert mail_health(NOW).stuck_since is None


def test_email_in_doubt_is_reported_for_a_day_and_counted_for_a_week():
    record_nightly_runs()
    message("a", "doubtful", ago=timedelta(hours=30))
    assert found() == []

    message("b", "doubtful", ago=timedelta(hours=20))
    mail = mail_health(NOW)
    assert (mail.in_doubt, mail.states["doubtful"], mail.doubtful_at) == (1, 2, NOW - timedelta(hours=20))
    assert found() == ["doubtful"]


# ---------- number of queries


def test_equal_states_compare_equal():
    record_nightly_runs()
    message()

    assert jobs_health(NOW) == jobs_health(NOW)
    assert mail_health(NOW) == mail_health(NOW)


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    for days in range(30):
        record_nightly_runs(NOW - timedelta(days=days), without=("weekly-reports", "daily-reports"))
    for number in range(30):
        message(f"m{number}", state="sent" if number % 2 else "waiting")

    with django_assert_max_num_queries(7):
        jobs_health(NOW)
        mail_health(NOW)


# ---------- webhooks


def test_an_automatically_disabled_webhook_is_reported_until_someone_decides(db):
    jobs, mail = jobs_health(NOW), mail_health(NOW)
    webhook = Webhook.objects.create(name="zaken", url="https://receiver.example/", disabled_at=NOW)
    Webhook.objects.create(name="goed", url="https://receiver.example/")
    assert webhooks_health(NOW).disabled == ((webhook.pk, "zaken", NOW),)
    found = health_problems(jobs, mail, webhooks_health(NOW))[-1]
    assert found == HealthProblem("webhook", str(webhook.pk), NOW, name="zaken")
    assert found.subject_key == f"webhook-{webhook.pk}"
    Webhook.objects.update(active=False)
    assert webhooks_health(NOW).disabled == ()
