"""News goes out once, to who wants it, as often as they chose, and what goes wrong with one harms no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import get_connection
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participation.compliance.rulebook import load
from participation.models import Follower
from participation.services import notices
from participation.services.notices import send_notices
from participation.services.post import Unreachable
from tests import world

pytestmark = pytest.mark.django_db

RULEBOOK = load("leiden")
#: A Tuesday, in the week after that in which everyone said yes.
CONFIRMED, RECORDED = world.moment("2026-04-14T08:00"), "2026-04-20T12:00"
NOW = world.moment("2026-04-21T05:30")
DAY = timedelta(days=1)
NOTHING = {"sent": 0, "nothing": 0, "before": 0, "failed": 0}


def send(now=NOW, **options):
    return send_notices(RULEBOOK, timezone.localdate(now), now, **options)


def follower(of=None, email="bewoner@example.org", **columns):
    followed = {"neighbourhood": of} if of.__class__.__name__ == "Neighbourhood" else {"trajectory": of}
    moments = {"asked_at": CONFIRMED, "confirmed_at": CONFIRMED, "told_until": CONFIRMED}
    return Follower.objects.create(**{**followed, "email": email, "frequency": "daily", **moments, **columns})


def planned(of, at=RECORDED, ref="s1"):
    row = world.step(of, ref, title="Bewonersavond")
    row.history.update(history_date=world.moment(at))


@pytest.fixture
def square():
    made = world.trajectory()
    made.history.update(history_date=world.moment("2026-03-01T08:00"))
    return made


def told_until(row):
    row.refresh_from_db()
    return row.told_until


def test_what_changed_is_told_once(square):
    planned(square)
    row = follower(square)
    assert send().counts == {**NOTHING, "sent": 1}
    (news,) = mail.outbox
    assert (news.to, news.subject) == (["bewoner@example.org"], "Voorbeeldplein: 1 wijziging")
    assert "Gepland: Bewonersavond" in news.body
    assert told_until(row) == NOW - notices.UNDERWAY
    assert send(NOW + timedelta(hours=1)).counts == NOTHING
    assert send(NOW + DAY).counts == {**NOTHING, "nothing": 1}
    assert len(mail.outbox) == 1


def test_nothing_changed_is_no_mail_and_is_not_looked_at_again_today(square):
    row = follower(square)
    assert send().counts == {**NOTHING, "nothing": 1}
    assert told_until(row) == NOW - notices.UNDERWAY
    assert not mail.outbox


def test_who_did_not_confirm_or_left_gets_nothing(square):
    planned(square)
    follower(square, "a@example.org", confirmed_at=None, told_until=None, asked_at=NOW)
    gone = follower(square, "b@example.org")
    gone.delete()
    assert send().counts == NOTHING
    assert not mail.outbox


def test_the_run_forgets_who_did_not_confirm_in_time(square):
    follower(square, confirmed_at=None, told_until=None, asked_at=NOW - timedelta(days=8))
    send()
    assert not Follower.objects.exists()


def test_weekly_is_on_monday_and_a_monday_without_a_run_is_made_good(square):
    planned(square, "2026-04-15T12:00")
    follower(square, frequency="weekly")
    sunday, monday = world.moment("2026-04-19T05:30"), world.moment("2026-04-20T05:30")
    assert send(sunday).counts == NOTHING
    assert send(monday + DAY).counts["sent"] == 1
    planned(square, "2026-04-22T12:00", "s2")
    assert send(world.moment("2026-04-23T05:30")).counts == NOTHING
    assert send(monday + 7 * DAY).counts["sent"] == 1
    assert "27 april 2026" not in mail.outbox[1].body
    assert "Het volgende bericht komt op zijn vroegst op 4 mei 2026" in " ".join(mail.outbox[1].body.split())


def test_only_those_who_chose_it_where_that_is_asked_for(square):
    planned(square)
    follower(square, "a@example.org")
    follower(square, "b@example.org", frequency="weekly")
    send(frequencies=["weekly"])
    assert [message.to for message in mail.outbox] == [["b@example.org"]]


def test_a_neighbourhood_tells_of_all_its_public_trajectories_and_of_no_other(square):
    planned(square)
    other, elsewhere = world.trajectory("steeg"), world.trajectory("plas", world.LAKES)
    hidden = world.trajectory("geheim", public=False)
    for made in (other, elsewhere, hidden):
        made.history.update(history_date=world.moment("2026-03-01T08:00"))
        planned(made)
    follower(world.neighbourhood())
    send()
    (news,) = mail.outbox
    assert news.subject == "Binnenstad-Noord: 2 wijzigingen"
    assert "Steeg" in news.body
    assert "Plas" not in news.body
    assert "Geheim" not in news.body


def test_a_trajectory_that_is_not_public_any_more_tells_nothing(square):
    planned(square)
    follower(square)
    type(square).objects.update(public=False)
    assert send().counts == {**NOTHING, "nothing": 1}
    assert not mail.outbox


def test_each_is_told_since_they_were_last_told(square):
    planned(square, "2026-04-15T12:00")
    planned(square, RECORDED, "s2")
    follower(square, "lang@example.org")
    follower(square, "kort@example.org", told_until=world.moment("2026-04-19T05:30"))
    send()
    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert subjects == {
        "lang@example.org": "Voorbeeldplein: 2 wijzigingen",
        "kort@example.org": "Voorbeeldplein: 1 wijziging",
    }


def test_everyone_is_served_whatever_number_is_taken_at_a_time(square, monkeypatch):
    monkeypatch.setattr(notices, "CHUNK", 1)
    planned(square)
    for number in range(3):
        follower(square, f"{number}@example.org")
    assert send().counts["sent"] == 3


# ---------- what goes wrong


def test_two_runs_at_once_send_one_mail(square):
    planned(square)
    follower(square)
    inner = []

    class Meanwhile(EmailBackend):
        def send_messages(self, messages):
            inner.append(send(connection=get_connection()))
            return super().send_messages(messages)

    outer = send(connection=Meanwhile())
    assert outer.counts["sent"] == 1
    assert inner[0].counts["sent"] == 0
    assert len(mail.outbox) == 1


def test_who_was_read_by_two_runs_is_served_by_the_first(square):
    planned(square)
    row = follower(square)
    inner = []

    class OpensSlowly(EmailBackend):
        def open(self):
            if not inner:
                inner.append(None)
                inner[0] = send(connection=get_connection())
            return super().open()

    assert send(connection=OpensSlowly()).counts == {**NOTHING, "before": 1}
    assert inner[0].counts["sent"] == 1
    assert len(mail.outbox) == 1
    assert told_until(row) == NOW - notices.UNDERWAY


def test_a_mail_that_is_refused_is_tried_again_and_the_others_go_out(square):
    planned(square)
    first, second = follower(square, "vol@example.org"), follower(square, "goed@example.org")

    class Full(EmailBackend):
        def send_messages(self, messages):
            if messages[0].to == ["vol@example.org"]:
                raise OSError("552 mailbox full")
            return super().send_messages(messages)

    outcome = send(connection=Full())
    assert outcome.counts == {**NOTHING, "sent": 1, "failed": 1}
    assert outcome.failures == [(f"follower {first.pk}", "OSError: 552 mailbox full")]
    assert told_until(first) == CONFIRMED
    assert told_until(second) > CONFIRMED
    assert send(NOW + timedelta(hours=1)).counts == {**NOTHING, "sent": 1}
    assert [message.to[0] for message in mail.outbox] == ["goed@example.org", "vol@example.org"]


def test_a_server_that_is_away_leaves_everything_for_the_next_run(square):
    planned(square)
    row = follower(square)

    class Away(EmailBackend):
        def open(self):
            raise ConnectionRefusedError("nobody there")

    with pytest.raises(Unreachable):
        send(connection=Away())
    assert told_until(row) == CONFIRMED
    assert send().counts["sent"] == 1


def test_a_mail_that_cannot_be_made_harms_no_other(square, monkeypatch):
    planned(square)
    broken = follower(square, "a@example.org")
    follower(square, "b@example.org")
    real = notices.news_mail

    def made(to, *rest):
        if to.pk == broken.pk:
            raise KeyError("no words")
        return real(to, *rest)

    monkeypatch.setattr(notices, "news_mail", made)
    assert send().counts == {**NOTHING, "sent": 1, "failed": 1}
    assert told_until(broken) == CONFIRMED


def test_what_is_being_recorded_at_this_very_moment_is_told_next_time(square):
    follower(square)
    send()
    planned(square, "2026-04-21T05:29:30")
    send(NOW + DAY)
    assert len(mail.outbox) == 1


def test_fifty_followers_are_read_in_as_many_queries_as_one(square):
    planned(square)
    counts = []
    for more in (1, 50):
        Follower.objects.all().delete()
        for number in range(more):
            follower(square, f"{number}@example.org", told_until=CONFIRMED + timedelta(minutes=number))
        with CaptureQueriesContext(connection) as queries:
            assert send().counts["sent"] == more
        # Each is claimed by itself; everything else is shared.
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]) - more)
    assert counts[0] == counts[1] <= 40
