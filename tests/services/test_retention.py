"""What is no longer kept, and what a person wrote and is."""

from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session

from participation.compliance.rulebook import load
from participation.models import (
    ApiKey,
    Follower,
    IdempotencyRecord,
    JobChunk,
    JobRun,
    Obligation,
    OutboundEmail,
    Transition,
    Waiver,
)
from participation.services import jobs
from participation.services.assessment import flag_due, reassess_one
from participation.services.retention import expire
from tests import world

NOW = world.moment("2026-05-01 03:00")
TODAY = date(2026, 5, 1)
RULEBOOK = load("leiden")

pytestmark = pytest.mark.django_db


def follower(of, email="volger@example.org", **columns):
    asked = {"asked_at": NOW - timedelta(days=500), "confirmed_at": NOW - timedelta(days=500), **columns}
    return Follower.objects.create(trajectory=of, email=email, **asked)


def test_the_receipt_says_of_each_how_much_went():
    assert expire(NOW).counts == {
        "unconfirmed": 0,
        "of_closed": 0,
        "emptied": 0,
        "webhooks_emptied": 0,
        "sessions": 0,
        "files": 0,
        "parts": 0,
        "requests": 0,
        "keys": 0,
        "rate_counts": 0,
        "waivers_ended": 0,
    }


def test_who_did_not_say_yes_in_time_is_forgotten_with_the_mail_that_asked():
    square = world.trajectory()
    late = follower(square, asked_at=NOW - timedelta(days=8), confirmed_at=None)
    OutboundEmail.objects.create(key="q", kind="question", follower=late, created_at=NOW, not_before=NOW)
    follower(square, "kort@example.org", asked_at=NOW - timedelta(days=6), confirmed_at=None)

    assert expire(NOW).counts["unconfirmed"] == 1
    assert Follower.objects.get().email == "kort@example.org"
    assert not OutboundEmail.objects.exists()


@pytest.mark.parametrize(
    ("status", "closed_on", "gone"),
    [
        ("closed", world.on("2025-04-30"), True),
        ("closed", world.on("2025-05-01"), False),
        # It may have been closed in December.
        ("closed", world.between("2025-01-01", "2025-12-31", "year"), False),
        ("closed", None, False),
        # It was taken up again.
        ("active", world.on("2020-01-01"), False),
    ],
)
def test_who_followed_what_was_closed_more_than_a_year_ago_is_forgotten(status, closed_on, gone):
    square = world.trajectory(status=status, started_on=world.on("2019-01-01"), closed_on=closed_on)
    follower(square)
    follower(None, "wijk@example.org", neighbourhood=world.neighbourhood())

    assert expire(NOW).counts["of_closed"] == gone
    assert Follower.objects.count() == 2 - gone


def test_mail_of_long_ago_is_emptied_and_that_it_was_sent_stays():
    old = NOW - timedelta(days=400)
    OutboundEmail.objects.create(
        key="m", kind="news", to="a@example.org", text="x", state="sent", created_at=old, not_before=old, settled_at=old
    )

    assert expire(NOW).counts["emptied"] == 1
    told = OutboundEmail.objects.get()
    assert (told.to, told.text, told.state, told.settled_at) == ("", "", "sent", old)


def test_sessions_that_ended_are_removed_by_the_moment_that_is_given():
    Session.objects.create(session_key="a", session_data="x", expire_date=NOW - timedelta(minutes=1))
    Session.objects.create(session_key="b", session_data="x", expire_date=NOW + timedelta(minutes=1))

    assert expire(NOW).counts["sessions"] == 1
    assert Session.objects.get().session_key == "b"


def test_sessions_that_are_kept_elsewhere_end_there(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    assert expire(NOW).counts["sessions"] == 0


def test_the_parts_of_a_run_go_after_a_month_and_its_receipt_stays():
    for days, finished in ((31, True), (29, True), (90, False)):
        at = NOW - timedelta(days=days)
        run = JobRun.objects.create(
            kind="expire", day=at.date(), started_at=at, finished_at=at if finished else None, code_version="0"
        )
        JobChunk.objects.create(run=run, of="all", first=0, last=0)

    assert expire(NOW).counts["parts"] == 1
    assert (JobRun.objects.count(), JobChunk.objects.count()) == (3, 2)


def test_keys_that_ended_go_and_those_that_fit_stay():
    user = world.user("adviser")
    for name, expiry in (("oud", NOW), ("nieuw", NOW + timedelta(seconds=1)), ("zonder einde", None)):
        key, _shown = ApiKey.objects.create(user, expiry=None, name=name)
        ApiKey.objects.filter(pk=key.pk).update(expiry=expiry)

    assert expire(NOW).counts["keys"] == 1
    assert {key.name for key in ApiKey.objects.all()} == {"nieuw", "zonder einde"}


def test_what_a_program_asked_once_is_kept_for_a_day():
    user = world.user("adviser")
    for key, at in (("a", NOW - timedelta(days=1)), ("b", NOW - timedelta(days=1, seconds=-1))):
        IdempotencyRecord.objects.create(user=user, key=key, request="0" * 64, status=201, at=at)

    assert expire(NOW).counts["requests"] == 1
    assert IdempotencyRecord.objects.get().key == "b"


def test_an_explanation_that_ended_is_counted_and_stays_and_what_it_explained_is_owed_again():
    square = world.trajectory()
    world.step(square, done=world.on("2026-03-20"))
    world.waiver(square, rule="feedback-given", until=date(2026, 4, 30), granted_on=date(2026, 4, 1))
    world.waiver(square, rule="scenarios-offered", until=date(2026, 4, 29))
    reassess_one(square.pk, RULEBOOK, date(2026, 4, 30), NOW - timedelta(days=1))

    def noticed():
        feedback = Obligation.objects.get(rule="feedback-given")
        return Transition.objects.filter(obligation=feedback).order_by("-pk").values_list("to_status", "on").first()

    assert noticed()[0] == "explained"
    flag_due(RULEBOOK, TODAY, NOW)
    assert noticed() == ("overdue", TODAY)
    assert expire(NOW).counts["waivers_ended"] == 1
    assert Waiver.objects.count() == 2


def test_it_is_a_job_of_the_timetable_with_its_own_receipt():
    run = jobs.run("expire", TODAY, RULEBOOK, NOW, lambda: NOW)

    assert run.finished_at == NOW
    assert run.counts["waivers_ended"] == 0
    assert not run.failures
