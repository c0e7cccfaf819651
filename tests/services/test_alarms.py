"""Who looks after the machine hears once that something is wrong with it, and once that it is over."""

from datetime import datetime, timedelta

import pytest
from django.core import mail

from participation.models import JobRun, OutboundEmail
from participation.services.alarms import raise_alarms
from participation.services.mail import outbox
from participation.timetable import AMSTERDAM, JOBS, last_slot, start_of
from tests import world

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=AMSTERDAM)
LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def boss(settings):
    """One administrator, and nobody in the settings."""
    settings.ALARM_EMAIL = []
    world.user("adviser")
    return world.user("administrator", name="beheer")


def ran(job, now=NOW, **columns):
    at = start_of(job, last_slot(job, now))
    done = {
        "finished_at": at + timedelta(minutes=1),
        "started_at": at,
        "day": at.date(),
        "code_version": "0",
        **columns,
    }
    return JobRun.objects.get_or_create(kind=job.name, slot=at.date(), defaults=done)[0]


def a_night(now=NOW, without=()):
    return {job.name: ran(job, now) for job in JOBS if job.name not in without}


def raised(now):
    """Raise the alarms and let them leave; how many were new."""
    keys = raise_alarms(now)
    OutboundEmail.objects.filter(kind="alarm", state="waiting").update(state="sent", settled_at=now)
    return len(keys)


def alarms():
    return list(OutboundEmail.objects.filter(kind="alarm").order_by("pk").values_list("key", flat=True))


def test_where_all_is_well_nobody_hears_anything():
    a_night()

    assert raise_alarms(NOW) == []


def test_a_new_installation_that_has_not_run_yet_raises_no_alarm():
    assert raise_alarms(NOW) == []


def test_a_job_that_is_late_is_told_once_however_often_it_is_asked(boss):
    a_night(NOW - timedelta(days=1))
    a_night(without=("flag-due",))

    first = raise_alarms(NOW)
    assert alarms() == [f"alarm-late-flag-due-20260319T2315-user{boss.pk}"]
    assert raise_alarms(LATER) == first == list(OutboundEmail.objects.values_list("pk", flat=True))
    assert len(alarms()) == 1


def test_the_mail_says_what_is_late_since_when_what_it_means_and_what_to_do(boss):
    a_night(NOW - timedelta(days=1))
    a_night(without=("notices",))
    raise_alarms(NOW + timedelta(hours=1))

    told = OutboundEmail.objects.get()
    assert (told.to, told.user, told.language) == (boss.email, boss, "nl")
    assert "20 maart 2026, 07:30" in told.subject
    for words in ("notices", "Inwoners", "python manage.py jobs run notices", "docs/operations.md", "beheerder"):
        assert words in told.subject + told.text
    assert told.text.count("/admin/participation/jobrun/?kind=notices") == 1
    assert "docs/operations.md" in told.html
    assert told.headers["Auto-Submitted"] == "auto-generated"


def test_one_mail_tells_that_everything_stands_still_and_not_one_a_job():
    a_night(NOW - timedelta(days=3))

    raised(NOW)
    raised(NOW + timedelta(days=2))
    assert [key.split("-")[1] for key in alarms()] == ["standstill"]
    assert "18 maart 2026, 00:15" in OutboundEmail.objects.get().subject


def test_when_it_runs_again_that_is_told_once_too(boss):
    a_night(NOW - timedelta(days=3))
    raised(NOW)
    a_night()

    raised(LATER)
    raised(LATER + timedelta(minutes=5))
    begun, over = alarms()
    assert over == begun.replace("alarm-", "alarm-over-")
    assert "loopt weer" in OutboundEmail.objects.get(key=over).subject


def test_while_it_is_catching_up_it_is_not_said_to_run_again():
    a_night(NOW - timedelta(days=3))
    raise_alarms(NOW)
    for job in JOBS:
        ran(job, finished_at=None, started_at=NOW - timedelta(minutes=1))

    raise_alarms(NOW)
    assert len(alarms()) == 1


def test_what_goes_wrong_again_is_told_again():
    a_night(NOW - timedelta(days=3))
    raised(NOW)
    a_night()
    raised(LATER)

    raised(NOW + timedelta(days=2))
    assert [key.split("-")[1] for key in alarms()] == ["standstill", "over", "standstill"]


def test_a_job_in_which_things_go_wrong_night_after_night_is_one_alarm():
    expire, bad = next(job for job in JOBS if job.name == "expire"), []
    for days in (1, 0):
        a_night(NOW - timedelta(days=days), without=("expire",))
        bad.append(ran(expire, NOW - timedelta(days=days), counts={"failed": 2}))
        raised(NOW - timedelta(days=days))

    told = OutboundEmail.objects.get()
    assert f"/jobrun/{bad[0].pk}/change/" in told.text
    assert "2 dingen" in told.subject


def test_each_proof_that_finds_differences_is_told_and_none_is_ever_over():
    proof = next(job for job in JOBS if job.name == "reassess-all")
    for days, found in ((2, 3), (1, 1), (0, 0)):
        a_night(NOW - timedelta(days=days), without=("reassess-all",))
        ran(proof, NOW - timedelta(days=days), counts={"differences": found})
        raised(NOW - timedelta(days=days) + timedelta(hours=1))

    assert [key.rsplit("-", 2)[0] for key in alarms()] == ["alarm-differences-reassess-all"] * 2


def letter(key, **columns):
    return OutboundEmail.objects.create(
        key=key,
        kind="news",
        to="volger@example.org",
        **{"created_at": NOW - timedelta(hours=2), "not_before": NOW, **columns},
    )


def test_mail_that_does_not_leave_is_told_and_that_it_leaves_again():
    a_night()
    waits = letter("a")
    raised(NOW)
    letter("b", created_at=NOW - timedelta(hours=3))
    raised(LATER)
    OutboundEmail.objects.filter(kind="news").update(state="sent", settled_at=LATER)
    raised(LATER)

    begun, over = alarms()
    assert begun.startswith(f"alarm-mail-{waits.created_at:%Y%m%d}")
    assert over.startswith("alarm-over-mail-")


def test_mail_in_doubt_is_told_once_a_day():
    a_night()
    for number, hours in enumerate((3, 2, 1)):
        letter(f"d{number}", state="doubtful", settled_at=NOW - timedelta(hours=hours))
        raise_alarms(NOW)

    assert len(alarms()) == 1


def test_the_addresses_in_the_settings_hear_it_instead_each_in_their_language(settings, boss):
    world.user("coordinator", name="Lead", language="en")
    settings.ALARM_EMAIL = ["beheer@ict.example.org", "lead@example.org"]
    a_night(NOW - timedelta(days=3))
    raise_alarms(NOW)

    told = dict(OutboundEmail.objects.values_list("to", "language"))
    assert told == {"beheer@ict.example.org": "nl", "lead@example.org": "en"}
    assert "ALARM_EMAIL" in OutboundEmail.objects.get(language="en").text
    assert "stands still since 18 March 2026" in OutboundEmail.objects.get(language="en").subject


def test_an_administrator_who_left_hears_nothing(boss):
    boss.is_active = False
    boss.save()
    a_night(NOW - timedelta(days=3))

    assert raise_alarms(NOW) == []


@pytest.mark.django_db(transaction=True)
def test_an_alarm_leaves_like_any_mail_and_is_then_no_longer_handed_out():
    a_night(NOW - timedelta(days=3))
    (alarm,) = raise_alarms(NOW)

    assert outbox.send_one(alarm, lambda: NOW) == "sent"
    assert raise_alarms(LATER) == []
    assert len(mail.outbox) == 1


def test_the_number_of_queries_does_not_depend_on_how_many_hear_it(django_assert_max_num_queries):
    for number in range(20):
        world.user("administrator", name=f"beheer{number}")
    a_night(NOW - timedelta(days=3))

    with django_assert_max_num_queries(22):
        raise_alarms(NOW)
