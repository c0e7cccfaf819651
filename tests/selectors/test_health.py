"""Whether the machine does its work: jobs by the timetable, and mail that leaves."""

from datetime import date, datetime, timedelta

import pytest

from participation.models import JobChunk, JobRun, OutboundEmail, PausedAddress, Webhook
from participation.selectors import health
from participation.selectors.health import HealthProblem, jobs_health, mail_health, still, troubles, webhooks_health
from participation.services.mail import sender
from participation.timetable import AMSTERDAM, BY_NAME, JOBS, last_slot, start_of

#: A Friday morning: all of the night is done, but its last job has until half past nine.
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=AMSTERDAM)

pytestmark = pytest.mark.django_db


def run(kind, began, minutes=5, **columns):
    """A run that began at that moment in town, for the slot of that day, and took so long; None: it goes on."""
    at = datetime.fromisoformat(began).replace(tzinfo=AMSTERDAM)
    columns = {"slot": last_slot(BY_NAME[kind], at), "day": at.date(), "code_version": "0", **columns}
    finished = None if minutes is None else at + timedelta(minutes=minutes)
    return JobRun.objects.create(kind=kind, started_at=at, finished_at=finished, **columns)


def a_night(now=NOW, *, without=()):
    """Every job ran at its last start."""
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
    return [trouble.what for trouble in troubles(jobs_health(now), mail_health(now))]


# ---------- jobs


def test_after_a_night_in_which_all_ran_nothing_is_wrong():
    a_night()

    assert found() == []
    assert still(jobs_health(NOW), mail_health(NOW)) == set()


def test_where_nothing_ever_ran_that_is_what_is_told():
    assert found() == ["never"]
    assert jobs_health(NOW).never


def test_a_new_installation_is_not_late_with_what_was_due_before_it_began():
    run("flag-due", "2026-03-20 00:15")

    # The others were due later that night, but the weekly report was due on a Monday before.
    assert [job.name for job in jobs_health(NOW).late] == [
        *("reassess-changed", "open-data", "expire", "reminders", "daily-reports")
    ]
    assert not of("weekly-reports").late
    assert not of("weekly-reports").never


def test_a_run_by_hand_is_no_sign_that_anybody_keeps_the_time():
    run("flag-due", "2026-03-18 11:00", slot=None)

    assert not of("expire").late
    assert of("expire").never


@pytest.mark.parametrize(("clock", "late"), [("02:14", False), ("02:15", True)])
def test_a_job_is_late_once_its_grace_has_passed(clock, late):
    run("flag-due", "2026-03-19 00:15")

    now = datetime.fromisoformat(f"2026-03-20 {clock}").replace(tzinfo=AMSTERDAM)
    assert of("flag-due", now).late is late


def test_it_is_late_since_the_first_start_that_it_missed():
    run("flag-due", "2026-03-16 00:15")

    assert of("flag-due").late_since == datetime(2026, 3, 17, 0, 15, tzinfo=AMSTERDAM)


def test_yesterdays_run_that_finishes_today_is_not_todays():
    run("flag-due", "2026-03-19 00:15", minutes=26 * 60)

    assert of("flag-due").late_since == datetime(2026, 3, 20, 0, 15, tzinfo=AMSTERDAM)


def test_a_clock_that_is_a_second_fast_has_served_its_slot():
    run("flag-due", "2026-03-20 00:14:59", slot=date(2026, 3, 20))

    assert not of("flag-due").late


def test_a_missed_night_that_was_caught_up_with_is_no_longer_late():
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:00")

    assert not of("flag-due").late


def test_a_run_by_hand_as_of_an_earlier_day_makes_good_for_nothing():
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:00", slot=None, day=date(2026, 3, 1))

    assert of("flag-due").late
    assert of("flag-due").day == date(2026, 3, 18)


def test_a_run_by_hand_as_of_today_makes_good_for_the_night():
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:00", slot=None)

    assert not of("flag-due").late


def test_what_just_began_to_catch_up_is_late_but_nobody_is_bothered():
    a_night(without=("flag-due",))
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-20 08:30", minutes=None)

    assert of("flag-due").catching_up
    assert found() == []
    assert still(jobs_health(NOW), mail_health(NOW)) == {"late-flag-due", "standstill"}


def test_runs_that_begin_each_night_and_never_finish_hide_nothing():
    a_night(without=("flag-due",))
    run("flag-due", "2026-03-18 00:15")
    run("flag-due", "2026-03-19 00:15", minutes=None)
    run("flag-due", "2026-03-20 08:30", minutes=None)

    assert found() == ["late-flag-due"]


def test_where_nothing_began_any_more_it_is_one_trouble_and_not_one_for_each_job():
    a_night(NOW - timedelta(days=3))

    assert troubles(jobs_health(NOW), mail_health(NOW)) == [
        HealthProblem("standstill", since=datetime(2026, 3, 18, 0, 15, tzinfo=AMSTERDAM), number=8)
    ]


def test_of_one_job_that_did_not_begin_nobody_knows_that_all_stands_still():
    a_night(NOW - timedelta(days=1))
    a_night(without=("notices",))

    assert found(NOW + timedelta(hours=1)) == ["late-notices"]


def test_the_last_run_that_finished_tells_how_long_it_took_and_what_went_wrong():
    a_night(without=("reassess-all",))
    bad = run("reassess-all", "2026-03-20 03:30", minutes=2, counts={"failed": 2, "differences": 3})
    run("reassess-all", "2026-03-20 08:59", minutes=None, slot=None)

    job = of("reassess-all")
    assert (job.run, job.seconds, job.failures, job.differences) == (bad.pk, 120, 2, 3)
    assert (job.started_at, job.finished_at) == (NOW - timedelta(minutes=1), bad.finished_at)
    assert found() == ["failed-reassess-all", "differences-reassess-all"]


def test_what_another_rulebook_brought_about_is_no_trouble():
    a_night(without=("reassess-all",))
    run("reassess-all", "2026-03-20 03:30", counts={"by_rulebook": 900, "differences": 0})

    assert found() == []


def test_parts_are_open_since_the_oldest_run_that_has_any():
    run("expire", "2026-03-20 05:00", minutes=None)
    old = run("reassess-all", "2026-03-20 03:30", minutes=None)
    for first, finished in ((1, NOW), (2, None), (3, None)):
        JobChunk.objects.create(run=old, of="motion", first=first, last=first, finished_at=finished)

    health = jobs_health(NOW)
    assert (health.parts_open, health.parts_since) == (2, old.started_at)


# ---------- mail


def test_messages_are_counted_by_state_and_the_settled_ones_for_a_week():
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
def test_mail_that_nobody_tried_for_more_than_an_hour_is_stuck(minutes, stuck):
    a_night()
    message(ago=timedelta(minutes=minutes))

    assert mail_health(NOW).oldest == NOW - timedelta(minutes=minutes)
    assert found() == ["mail"] * stuck


def test_mail_that_waits_because_the_server_is_away_is_stuck_though_it_is_put_off():
    message(ago=timedelta(hours=2), not_before=NOW + timedelta(minutes=2), reason="no login")

    assert mail_health(NOW).stuck_since


def test_one_full_mailbox_is_not_trouble():
    message(ago=timedelta(hours=9), attempts=4, not_before=NOW + timedelta(hours=1))

    assert (mail_health(NOW).oldest, mail_health(NOW).stuck_since) == (None, None)


@pytest.mark.parametrize(("sent", "stuck"), [(None, True), (4, True), (1, False)])
def test_many_that_were_tried_are_trouble_where_nothing_leaves_at_all(sent, stuck):
    for number in range(5):
        message(f"m{number}", ago=timedelta(hours=3), attempts=2, not_before=NOW + timedelta(hours=1))
    if sent:
        message("sent", "sent", ago=timedelta(hours=sent))

    assert bool(mail_health(NOW).stuck_since) is stuck


def test_an_old_mail_that_somebody_had_sent_again_has_not_waited_since_it_was_made():
    message(ago=timedelta(days=3), not_before=NOW, reason=f"too late\n{sender.SENT_AGAIN}")

    assert mail_health(NOW).stuck_since is None
    assert health.SENT_AGAIN == sender.SENT_AGAIN


def test_mail_in_doubt_is_told_for_a_day_and_counted_for_a_week():
    a_night()
    message("a", "doubtful", ago=timedelta(hours=30))
    assert found() == []

    message("b", "doubtful", ago=timedelta(hours=20))
    mail = mail_health(NOW)
    assert (mail.in_doubt, mail.states["doubtful"], mail.doubtful_at) == (1, 2, NOW - timedelta(hours=20))
    assert found() == ["doubtful"]


# ---------- what it costs


def test_the_same_state_of_affairs_is_the_same_value():
    a_night()
    message()

    assert jobs_health(NOW) == jobs_health(NOW)
    assert mail_health(NOW) == mail_health(NOW)


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    for days in range(30):
        a_night(NOW - timedelta(days=days), without=("weekly-reports", "daily-reports"))
    for number in range(30):
        message(f"m{number}", state="sent" if number % 2 else "waiting")

    with django_assert_max_num_queries(7):
        jobs_health(NOW)
        mail_health(NOW)


# ---------- webhooks


def test_a_webhook_that_is_off_by_itself_is_to_be_looked_at_until_somebody_decides(db):
    jobs, mail = jobs_health(NOW), mail_health(NOW)
    webhook = Webhook.objects.create(name="zaken", url="https://receiver.example/", disabled_at=NOW)
    Webhook.objects.create(name="goed", url="https://receiver.example/")
    assert webhooks_health(NOW).off == ((webhook.pk, "zaken", NOW),)
    found = troubles(jobs, mail, webhooks_health(NOW))[-1]
    assert found == HealthProblem("webhook", str(webhook.pk), NOW, name="zaken")
    assert found.what == f"webhook-{webhook.pk}"
    Webhook.objects.update(active=False)
    assert webhooks_health(NOW).off == ()
