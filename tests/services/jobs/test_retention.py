"""Retention: which data is deleted or anonymised after its term."""

from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session

from participation.compliance.rulebooks import load_rulebooks
from participation.models import (
    ApiKey,
    Bounce,
    ContributionImport,
    Follower,
    IdempotencyRecord,
    JobChunk,
    JobRun,
    Obligation,
    OutboundEmail,
    PausedAddress,
    Transition,
    Waiver,
)
from participation.retention import PERIODS
from participation.services.assessment import flag_due, reassess_one
from participation.services.jobs import jobs
from participation.services.jobs.retention import REMOVALS, delete_expired
from tests import world

NOW = world.moment("2026-05-01 03:00")
TODAY = date(2026, 5, 1)
RULEBOOKS = load_rulebooks("leiden")

pytestmark = pytest.mark.django_db


def follower(of, email="volger@example.org", **columns):
    dates = {"asked_at": NOW - timedelta(days=500), "confirmed_at": NOW - timedelta(days=500), **columns}
    return Follower.objects.create(trajectory=of, email=email, **dates)


def test_the_job_result_has_the_number_of_deletions_per_kind():
    assert delete_expired(NOW).counts == {
        "unconfirmed": 0,
        "of_closed": 0,
        "unconfirmed_submissions": 0,
        "answered_submissions": 0,
        "emptied": 0,
        "bounces": 0,
        "pauses": 0,
        "webhooks_emptied": 0,
        "sessions": 0,
        "files": 0,
        "parts": 0,
        "imports": 0,
        "requests": 0,
        "keys": 0,
        "rate_counts": 0,
        "waivers_ended": 0,
    }


@pytest.mark.parametrize("name", PERIODS)
def test_a_changed_period_changes_what_the_job_removes(name, monkeypatch):
    asked = []
    monkeypatch.setitem(REMOVALS, name, lambda before: asked.append(before) or 0)
    monkeypatch.setitem(PERIODS, name, timedelta(days=13))

    delete_expired(NOW)

    assert asked == [NOW - timedelta(days=13)]


def test_every_period_has_a_removal():
    assert PERIODS.keys() <= REMOVALS.keys()


def test_an_unconfirmed_follower_is_deleted_with_the_confirmation_email():
    square = world.trajectory()
    late = follower(square, asked_at=NOW - timedelta(days=8), confirmed_at=None)
    OutboundEmail.objects.create(key="q", kind="question", follower=late, created_at=NOW, not_before=NOW)
    follower(square, "kort@example.org", asked_at=NOW - timedelta(days=6), confirmed_at=None)

    assert delete_expired(NOW).counts["unconfirmed"] == 1
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
        # It was reopened.
        ("active", world.on("2020-01-01"), False),
    ],
)
def test_followers_of_a_trajectory_closed_over_a_year_ago_are_deleted(status, closed_on, gone):
    square = world.trajectory(status=status, started_on=world.on("2019-01-01"), closed_on=closed_on)
    follower(square)
    follower(None, "wijk@example.org", neighbourhood=world.neighbourhood())

    assert delete_expired(NOW).counts["of_closed"] == gone
    assert Follower.objects.count() == 2 - gone


def test_old_emails_lose_their_content_and_keep_their_status():
    old = NOW - timedelta(days=400)
    OutboundEmail.objects.create(
        key="m", kind="news", to="a@example.org", text="x", state="sent", created_at=old, not_before=old, settled_at=old
    )

    assert delete_expired(NOW).counts["emptied"] == 1
    email = OutboundEmail.objects.get()
    assert (email.to, email.text, email.state, email.settled_at) == ("", "", "sent", old)


def test_bounces_are_deleted_after_a_year():
    for key, days in (("old", 366), ("new", 364)):
        Bounce.objects.create(key=key, email="a@example.org", permanent=True, at=NOW - timedelta(days=days))

    assert delete_expired(NOW).counts["bounces"] == 1
    assert Bounce.objects.get().key == "new"


def test_a_pause_is_deleted_a_year_after_it_was_lifted_or_when_nobody_has_the_address():
    old, recent = NOW - timedelta(days=366), NOW - timedelta(days=364)
    world.user("adviser", name="medewerker")
    follower(world.trajectory(), "volger@example.org")
    for email, paused_at, lifted_at in (
        ("opgeheven@example.org", old, old),
        ("kort-opgeheven@example.org", old, recent),
        ("niemand@example.org", old, None),
        ("niemand-meer@example.org", recent, None),
        ("medewerker@example.org", old, None),
        ("Volger@Example.org", old, None),
    ):
        PausedAddress.objects.create(email=email, paused_at=paused_at, lifted_at=lifted_at)
    world.user("association_member", name="kort-opgeheven")

    assert delete_expired(NOW).counts["pauses"] == 2
    assert set(PausedAddress.objects.values_list("email", flat=True)) == {
        "kort-opgeheven@example.org",
        "niemand-meer@example.org",
        "medewerker@example.org",
        "volger@example.org",
    }


def test_expired_sessions_are_deleted_as_of_the_given_moment():
    Session.objects.create(session_key="a", session_data="x", expire_date=NOW - timedelta(minutes=1))
    Session.objects.create(session_key="b", session_data="x", expire_date=NOW + timedelta(minutes=1))

    assert delete_expired(NOW).counts["sessions"] == 1
    assert Session.objects.get().session_key == "b"


def test_sessions_in_another_store_are_cleared_there(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    assert delete_expired(NOW).counts["sessions"] == 0


def test_chunks_are_deleted_after_a_month_and_the_job_result_is_kept():
    for days, finished in ((31, True), (29, True), (90, False)):
        at = NOW - timedelta(days=days)
        run = JobRun.objects.create(
            kind="expire", day=at.date(), started_at=at, finished_at=at if finished else None, code_version="0"
        )
        JobChunk.objects.create(run=run, of="all", first=0, last=0)

    assert delete_expired(NOW).counts["parts"] == 1
    assert (JobRun.objects.count(), JobChunk.objects.count()) == (3, 2)


def test_results_of_imports_are_deleted_after_a_month_and_open_ones_kept():
    user, times = world.user("adviser"), {"created_at": NOW, "not_before": NOW}
    for slug, settled_at in (
        ("oud", NOW - timedelta(days=30, seconds=1)),
        ("recent", NOW - timedelta(days=30)),
        ("bezig", None),
    ):
        ContributionImport.objects.create(trajectory=world.trajectory(slug), by=user, settled_at=settled_at, **times)

    assert delete_expired(NOW).counts["imports"] == 1
    assert {one.trajectory.slug for one in ContributionImport.objects.all()} == {"recent", "bezig"}


def test_expired_api_keys_are_deleted_and_valid_ones_kept():
    user = world.user("adviser")
    for name, expiry in (("oud", NOW), ("nieuw", NOW + timedelta(seconds=1)), ("zonder einde", None)):
        key, _shown = ApiKey.objects.create(user, expiry=None, name=name)
        ApiKey.objects.filter(pk=key.pk).update(expiry=expiry)

    assert delete_expired(NOW).counts["keys"] == 1
    assert {key.name for key in ApiKey.objects.all()} == {"nieuw", "zonder einde"}


def test_idempotency_records_are_kept_for_a_day():
    user = world.user("adviser")
    for key, at in (("a", NOW - timedelta(days=1)), ("b", NOW - timedelta(days=1, seconds=-1))):
        IdempotencyRecord.objects.create(user=user, key=key, request="0" * 64, status=201, at=at)

    assert delete_expired(NOW).counts["requests"] == 1
    assert IdempotencyRecord.objects.get().key == "b"


def test_an_ended_waiver_is_counted_and_kept_and_its_obligation_applies_again():
    square = world.trajectory()
    world.step(square, done=world.on("2026-03-20"))
    world.waiver(square, rule="feedback-given", until=date(2026, 4, 30), granted_on=date(2026, 4, 1))
    world.waiver(square, rule="scenarios-offered", until=date(2026, 4, 29))
    reassess_one("trajectory", square.pk, RULEBOOKS, date(2026, 4, 30), NOW - timedelta(days=1))

    def noticed():
        feedback = Obligation.objects.get(rule="feedback-given")
        return Transition.objects.filter(obligation=feedback).order_by("-pk").values_list("to_status", "on").first()

    assert noticed()[0] == "explained"
    flag_due(RULEBOOKS, TODAY, NOW)
    assert noticed() == ("overdue", TODAY)
    assert delete_expired(NOW).counts["waivers_ended"] == 1
    assert Waiver.objects.count() == 2


def test_the_retention_job_is_in_the_timetable_and_has_its_own_result():
    run = jobs.run("expire", TODAY, RULEBOOKS, NOW, lambda: NOW)

    assert run.finished_at == NOW
    assert run.counts["waivers_ended"] == 0
    assert not run.failures
