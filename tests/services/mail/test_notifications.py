"""Each notification is created once, with the chosen frequency, and an error in one does not affect others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Follower, OutboundEmail, PausedAddress
from participation.services.mail import notifications
from participation.services.mail.notifications import make_notifications
from tests import world
from tests.services.mail.test_digests import Died, meanwhile

pytestmark = pytest.mark.django_db

RULEBOOKS = load_rulebooks("leiden")
#: A Tuesday, in the week after that in which all followers confirmed.
CONFIRMED, RECORDED = world.moment("2026-04-14T08:00"), "2026-04-20T12:00"
NOW = world.moment("2026-04-21T05:30")
DAY = timedelta(days=1)
NOTHING = {"made": 0, "nothing": 0, "before": 0, "paused": 0, "failed": 0}


def make(now=NOW, followers=None):
    keys = [row.pk for row in followers or Follower.objects.all()]
    return make_notifications(keys, RULEBOOKS, timezone.localdate(now), now)


def mails():
    return list(OutboundEmail.objects.order_by("pk"))


def follower(of=None, email="bewoner@example.org", **columns):
    followed = {"neighbourhood": of} if of.__class__.__name__ == "Neighbourhood" else {"trajectory": of}
    moments = {"asked_at": CONFIRMED, "confirmed_at": CONFIRMED, "notified_until": CONFIRMED}
    return Follower.objects.create(**{**followed, "email": email, "frequency": "daily", **moments, **columns})


def planned(of, at=RECORDED, ref="s1"):
    row = world.step(of, ref, title="Bewonersavond")
    row.history.update(history_date=world.moment(at))


@pytest.fixture
def square():
    made = world.trajectory()
    made.history.update(history_date=world.moment("2026-03-01T08:00"))
    return made


def notified_until(row):
    row.refresh_from_db()
    return row.notified_until


def test_a_change_is_notified_once(square):
    planned(square)
    row = follower(square)
    assert make().counts == {**NOTHING, "made": 1}
    (news,) = mails()
    assert (news.kind, news.follower, news.to) == ("news", row, "bewoner@example.org")
    assert news.key == f"news-{row.pk}-2026-04-21T05:29:00+00:00"
    assert news.subject == "Voorbeeldplein: 1 wijziging"
    assert "Gepland: Bewonersavond" in news.text
    assert notified_until(row) == NOW - notifications.COMMIT_MARGIN
    assert make(NOW + timedelta(hours=1)).counts == NOTHING
    assert make(NOW + DAY).counts == {**NOTHING, "nothing": 1}
    assert len(mails()) == 1


def test_thirteen_answers_are_one_mail_with_the_outcome_and_a_link(square, settings):
    settings.BASE_URL = "https://leidraad.example"
    rows = [world.contribution(square, f"c{number}", party="residents") for number in range(13)]
    for row in rows:
        row.history.update(history_date=world.moment("2026-04-01T09:00"))
        world.record(row, RECORDED, outcome="adopted", response="Dat doen we", responded_on=world.on("2026-04-20"))
    follower(square)
    follower(square, "b@example.org")

    assert make().counts == {**NOTHING, "made": 2}

    mail = mails()[0]
    assert mail.subject == "Voorbeeldplein: 1 wijziging"
    text = " ".join(mail.text.split())
    assert "Antwoord: 13 bijdragen, van bewoners Overgenomen. Dat doen we Het gaat om: “Meer bomen”" in text
    assert "https://leidraad.example/trajecten/voorbeeldplein/inbreng/#inbreng" in text
    assert make(NOW + DAY).counts == {**NOTHING, "nothing": 2}


def test_without_changes_nothing_is_mailed_or_checked_again_today(square):
    row = follower(square)
    assert make().counts == {**NOTHING, "nothing": 1}
    assert notified_until(row) == NOW - notifications.COMMIT_MARGIN
    assert not mails()


def test_unconfirmed_and_unfollowed_followers_get_nothing(square):
    planned(square)
    follower(square, "a@example.org", confirmed_at=None, notified_until=None, asked_at=NOW)
    gone = follower(square, "b@example.org")
    gone.delete()
    assert make().counts == NOTHING
    assert not mails()


def test_weekly_notifications_are_for_monday_and_a_missed_monday_is_made_up(square):
    planned(square, "2026-04-15T12:00")
    follower(square, frequency="weekly")
    sunday, monday = world.moment("2026-04-19T05:30"), world.moment("2026-04-20T05:30")
    assert make(sunday).counts == NOTHING
    assert make(monday + DAY).counts["made"] == 1
    planned(square, "2026-04-22T12:00", "s2")
    assert make(world.moment("2026-04-23T05:30")).counts == NOTHING
    assert make(monday + 7 * DAY).counts["made"] == 1
    assert "27 april 2026" not in mails()[1].text
    assert "Het volgende bericht komt op zijn vroegst op 4 mei 2026" in " ".join(mails()[1].text.split())


def test_only_selected_and_due_followers_are_notified(square):
    planned(square)
    follower(square, "a@example.org")
    second = follower(square, "b@example.org", frequency="weekly")
    notified = follower(square, "c@example.org", notified_until=NOW)
    make(followers=[second, notified])
    assert [message.to for message in mails()] == ["b@example.org"]


def test_a_neighbourhood_covers_its_public_trajectories_and_no_others(square):
    planned(square)
    other, elsewhere = world.trajectory("steeg"), world.trajectory("plas", world.LAKES)
    hidden = world.trajectory("geheim", public=False)
    for made in (other, elsewhere, hidden):
        made.history.update(history_date=world.moment("2026-03-01T08:00"))
        planned(made)
    follower(world.neighbourhood())
    make()
    (news,) = mails()
    assert news.subject == "Binnenstad-Noord: 2 wijzigingen"
    assert "Steeg" in news.text
    assert "Plas" not in news.text
    assert "Geheim" not in news.text


def test_a_trajectory_that_became_private_is_not_notified(square):
    planned(square)
    follower(square)
    type(square).objects.update(public=False)
    assert make().counts == {**NOTHING, "nothing": 1}
    assert not mails()


def test_each_follower_gets_changes_since_their_last_notification(square):
    planned(square, "2026-04-15T12:00")
    planned(square, RECORDED, "s2")
    follower(square, "lang@example.org")
    follower(square, "kort@example.org", notified_until=world.moment("2026-04-19T05:30"))
    make()
    subjects = {message.to: message.subject for message in mails()}
    assert subjects == {
        "lang@example.org": "Voorbeeldplein: 2 wijzigingen",
        "kort@example.org": "Voorbeeldplein: 1 wijziging",
    }


def test_everyone_is_served_whatever_the_batch_size(square, monkeypatch):
    monkeypatch.setattr(notifications, "BATCH_SIZE", 1)
    planned(square)
    for number in range(3):
        follower(square, f"{number}@example.org")
    assert make().counts["made"] == 3


def test_after_a_mail_pause_the_changes_during_it_are_notified(square):
    planned(square)
    row = follower(square, paused_until=NOW.date())
    assert make().counts == {**NOTHING, "paused": 1}
    assert notified_until(row) == CONFIRMED
    assert make(NOW + DAY).counts == {**NOTHING, "made": 1}
    assert mails()[0].subject == "Voorbeeldplein: 1 wijziging"


def test_changes_older_than_sixty_days_are_not_notified(square):
    planned(square, "2026-04-15T12:00")
    planned(square, "2026-06-01T12:00", "s2")
    follower(square)
    make(NOW + 65 * DAY)
    assert mails()[0].subject == "Voorbeeldplein: 1 wijziging"


@pytest.mark.parametrize(
    ("sunday", "monday"),
    [
        pytest.param("2026-03-29", "2026-03-30", id="the night without an hour"),
        pytest.param("2026-10-25", "2026-10-26", id="the night with an hour twice"),
    ],
)
def test_at_a_clock_change_everyone_is_notified_once_a_day_of_every_change(square, sunday, monday):
    row = follower(square, notified_until=world.moment(f"{sunday}T00:30") - DAY)
    planned(square, f"{sunday}T00:59")
    for moment in ("T00:58", "T01:05", "T05:30"):
        make(world.moment(sunday + moment))
    planned(square, f"{sunday}T12:00", "s2")
    make(world.moment(f"{monday}T05:30"))
    assert sum(int(mail.subject.split()[1]) for mail in mails()) == 2
    assert notified_until(row) == world.moment(f"{monday}T05:29")


# ---------- errors


def test_two_concurrent_runs_create_one_email(square, monkeypatch):
    planned(square)
    follower(square)
    inner = []
    meanwhile(monkeypatch, lambda: inner.append(make(NOW + timedelta(seconds=1))), notifications)
    assert make().counts == {**NOTHING, "before": 1}
    assert inner[0].counts == {**NOTHING, "made": 1}
    assert len(mails()) == 1


def test_unfollowing_during_a_run_affects_no_other_followers(square, monkeypatch):
    planned(square)
    leaves = follower(square, "a@example.org")
    follower(square, "b@example.org")
    meanwhile(monkeypatch, leaves.delete, notifications)
    assert make().counts == {**NOTHING, "made": 1, "before": 1}
    assert [mail.to for mail in mails()] == ["b@example.org"]


def test_an_interrupted_run_loses_and_duplicates_nothing(square, monkeypatch):
    planned(square)
    row = follower(square)
    enqueue_all = notifications.enqueue_all

    def dies(*given):
        enqueue_all(*given)
        raise Died

    monkeypatch.setattr(notifications, "enqueue_all", dies)
    with pytest.raises(Died):
        make()
    assert (mails(), notified_until(row)) == ([], CONFIRMED)
    monkeypatch.setattr(notifications, "enqueue_all", enqueue_all)
    assert make().counts == {**NOTHING, "made": 1}


def test_a_notification_that_fails_does_not_affect_others(square, monkeypatch):
    planned(square)
    broken = follower(square, "a@example.org")
    follower(square, "b@example.org")
    real = notifications.notification_mail

    def made(to, *rest):
        if to.pk == broken.pk:
            raise KeyError("no words")
        return real(to, *rest)

    monkeypatch.setattr(notifications, "notification_mail", made)
    outcome = make()
    assert outcome.counts == {**NOTHING, "made": 1, "failed": 1}
    assert outcome.failures == [{"follower": str(broken.pk), "error": "KeyError: 'no words'"}]
    assert notified_until(broken) == CONFIRMED
    monkeypatch.setattr(notifications, "notification_mail", real)
    assert make(NOW + timedelta(hours=1)).counts == {**NOTHING, "made": 1}


def test_a_notification_to_a_paused_address_is_stored_but_not_sent(square):
    planned(square)
    follower(square)
    PausedAddress.objects.create(email="Bewoner@example.org", paused_at=NOW)
    make()
    assert mails()[0].state == "held"


def test_a_change_recorded_during_the_run_is_notified_next_time(square):
    follower(square)
    make()
    planned(square, "2026-04-21T05:29:30")
    make(NOW + DAY)
    assert len(mails()) == 1


def test_fifty_followers_take_as_many_queries_as_one(square):
    planned(square)
    counts = []
    for more in (1, 50):
        Follower.objects.all().delete()
        for number in range(more):
            follower(square, f"{number}@example.org", notified_until=CONFIRMED + timedelta(minutes=number))
        with CaptureQueriesContext(connection) as queries:
            assert make().counts["made"] == more
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 40
