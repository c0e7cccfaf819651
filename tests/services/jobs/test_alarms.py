"""An alarm is mailed once when a problem starts, and once when it ends."""

from datetime import datetime, timedelta

import pytest
from django.core import mail

from participation.models import JobRun, OutboundEmail
from participation.services.jobs.alarms import raise_alarms
from participation.services.mail import sender
from participation.timetable import AMSTERDAM, JOBS, last_slot, start_of
from tests import world

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=AMSTERDAM)
LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def administrator(settings):
    """Create one administrator, and no address in the settings."""
    settings.ALARM_EMAIL = []
    world.user("adviser")
    return world.user("administrator", name="beheer")


def record_run(job, now=NOW, **columns):
    at = start_of(job, last_slot(job, now))
    done = {
        "finished_at": at + timedelta(minutes=1),
        "started_at": at,
        "day": at.date(),
        "code_version": "0",
        **columns,
    }
    return JobRun.objects.get_or_create(kind=job.name, slot=at.date(), defaults=done)[0]


def record_nightly_runs(now=NOW, without=()):
    return {job.name: record_run(job, now) for job in JOBS if job.name not in without}


def raised(now):
    """Raise and send the alarms, and return the number of new ones."""
    keys = raise_alarms(now)
    OutboundEmail.objects.filter(kind="alarm", state="waiting").update(state="sent", settled_at=now)
    return len(keys)


def alarms():
    return list(OutboundEmail.objects.filter(kind="alarm").order_by("pk").values_list("key", flat=True))


def test_without_problems_no_alarm_is_sent():
    record_nightly_runs()

    assert raise_alarms(NOW) == []


def test_a_new_installation_without_runs_raises_no_alarm():
    assert raise_alarms(NOW) == []


def test_a_late_job_raises_one_alarm(administrator):
    record_nightly_runs(NOW - timedelta(days=1))
    record_nightly_runs(without=("flag-due",))

    first = raise_alarms(NOW)
    assert alarms() == [f"alarm-late-flag-due-20260319T2315-user{administrator.pk}"]
    assert raise_alarms(LATER) == first == list(OutboundEmail.objects.values_list("pk", flat=True))
    assert len(alarms()) == 1


def test_the_alarm_names_the_late_job_since_when_the_effect_and_the_remedy(administrator):
    record_nightly_runs(NOW - timedelta(days=1))
    record_nightly_runs(without=("notifications",))
    raise_alarms(NOW + timedelta(hours=1))

    email = OutboundEmail.objects.get()
    assert (email.to, email.user, email.language) == (administrator.email, administrator, "nl")
    assert "20 maart 2026, 07:30" in email.subject
    for words in (
        "notifications",
        "Inwoners",
        "python manage.py jobs run notifications",
        "docs/operations.md",
        "beheerder",
    ):
        assert words in email.subject + email.text
    assert email.text.count("/admin/participation/jobrun/?kind=notifications") == 1
    assert "docs/operations.md" in email.html
    assert email.headers["Auto-Submitted"] == "auto-generated"


def test_when_all_jobs_stopped_one_alarm_is_sent():
    record_nightly_runs(NOW - timedelta(days=3))

    raised(NOW)
    raised(NOW + timedelta(days=2))
    assert [key.split("-")[1] for key in alarms()] == ["standstill"]
    assert "18 maart 2026, 00:15" in OutboundEmail.objects.get().subject


def test_recovery_is_reported_once(administrator):
    record_nightly_runs(NOW - timedelta(days=3))
    raised(NOW)
    record_nightly_runs()

    raised(LATER)
    raised(LATER + timedelta(minutes=5))
    begun, over = alarms()
    assert over == begun.replace("alarm-", "alarm-over-")
    assert "loopt weer" in OutboundEmail.objects.get(key=over).subject


def test_recovery_is_not_reported_while_catching_up():
    record_nightly_runs(NOW - timedelta(days=3))
    raise_alarms(NOW)
    for job in JOBS:
        record_run(job, finished_at=None, started_at=NOW - timedelta(minutes=1))

    raise_alarms(NOW)
    assert len(alarms()) == 1


def test_a_repeated_problem_raises_a_new_alarm():
    record_nightly_runs(NOW - timedelta(days=3))
    raised(NOW)
    record_nightly_runs()
    raised(LATER)

    raised(NOW + timedelta(days=2))
    assert [key.split("-")[1] for key in alarms()] == ["standstill", "over", "standstill"]


def test_a_job_with_errors_on_several_nights_raises_one_alarm():
    expire, bad = next(job for job in JOBS if job.name == "expire"), []
    for days in (1, 0):
        record_nightly_runs(NOW - timedelta(days=days), without=("expire",))
        bad.append(record_run(expire, NOW - timedelta(days=days), counts={"failed": 2}))
        raised(NOW - timedelta(days=days))

    email = OutboundEmail.objects.get()
    assert f"/jobrun/{bad[0].pk}/change/" in email.text
    assert "2 dingen" in email.subject


def test_each_reassessment_with_differences_is_reported_without_a_recovery():
    proof = next(job for job in JOBS if job.name == "reassess-all")
    for days, found in ((2, 3), (1, 1), (0, 0)):
        record_nightly_runs(NOW - timedelta(days=days), without=("reassess-all",))
        record_run(proof, NOW - timedelta(days=days), counts={"differences": found})
        raised(NOW - timedelta(days=days) + timedelta(hours=1))

    assert [key.rsplit("-", 2)[0] for key in alarms()] == ["alarm-differences-reassess-all"] * 2


def alarm_email(key, **columns):
    return OutboundEmail.objects.create(
        key=key,
        kind="news",
        to="volger@example.org",
        **{"created_at": NOW - timedelta(hours=2), "not_before": NOW, **columns},
    )


def test_undelivered_email_and_its_recovery_are_reported():
    record_nightly_runs()
    waits = alarm_email("a")
    raised(NOW)
    alarm_email("b", created_at=NOW - timedelta(hours=3))
    raised(LATER)
    OutboundEmail.objects.filter(kind="news").update(state="sent", settled_at=LATER)
    raised(LATER)

    begun, over = alarms()
    assert begun.startswith(f"alarm-mail-{waits.created_at:%Y%m%d}")
    assert over.startswith("alarm-over-mail-")


def test_email_in_doubt_is_reported_once_a_day():
    record_nightly_runs()
    for number, hours in enumerate((3, 2, 1)):
        alarm_email(f"d{number}", state="doubtful", settled_at=NOW - timedelta(hours=hours))
        raise_alarms(NOW)

    assert len(alarms()) == 1


def test_configured_addresses_get_the_alarm_instead_in_their_own_language(settings, administrator):
    world.user("coordinator", name="Lead", language="en")
    settings.ALARM_EMAIL = ["beheer@ict.example.org", "lead@example.org"]
    record_nightly_runs(NOW - timedelta(days=3))
    raise_alarms(NOW)

    email = dict(OutboundEmail.objects.values_list("to", "language"))
    assert email == {"beheer@ict.example.org": "nl", "lead@example.org": "en"}
    assert "ALARM_EMAIL" in OutboundEmail.objects.get(language="en").text
    assert "stands still since 18 March 2026" in OutboundEmail.objects.get(language="en").subject


def test_an_inactive_administrator_gets_no_alarm(administrator):
    administrator.is_active = False
    administrator.save()
    record_nightly_runs(NOW - timedelta(days=3))

    assert raise_alarms(NOW) == []


@pytest.mark.django_db(transaction=True)
def test_an_alarm_is_sent_like_any_email_and_only_once():
    record_nightly_runs(NOW - timedelta(days=3))
    (alarm,) = raise_alarms(NOW)

    assert sender.send_one(alarm, lambda: NOW) == "sent"
    assert raise_alarms(LATER) == []
    assert len(mail.outbox) == 1


def test_the_number_of_queries_does_not_depend_on_the_recipients(django_assert_max_num_queries):
    for number in range(20):
        world.user("administrator", name=f"beheer{number}")
    record_nightly_runs(NOW - timedelta(days=3))

    with django_assert_max_num_queries(22):
        raise_alarms(NOW)
