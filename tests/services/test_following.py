"""Following without an account: nobody gets news who did not say yes, and who leaves is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from participation.models import Follower, OutboundEmail, PausedAddress
from participation.selectors.following import followed_neighbourhood, followed_trajectory
from participation.services import following
from participation.services.following import (
    GOOD_FOR,
    MOST_ASKED,
    PAUSE,
    ask_to_follow,
    caught_up,
    change_frequency,
    confirm,
    forget_unconfirmed,
    is_open,
    last_day,
    leave,
)
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-04-20T08:00")
LATER = NOW + PAUSE
ADDRESS = "bewoner@example.org"


@pytest.fixture
def square():
    world.trajectory()
    return followed_trajectory("voorbeeldplein")


def ask(followed, email=ADDRESS, frequency="daily", language="nl", now=NOW):
    return ask_to_follow(followed, email, frequency, language, now)


def mails():
    return list(OutboundEmail.objects.order_by("pk"))


def test_asking_makes_a_question_and_nothing_else(square):
    question, row = ask(square), Follower.objects.get()
    assert mails() == [question]
    assert (question.key, question.kind) == (f"question-{row.pk}-{NOW.isoformat()}", "question")
    assert (question.to, question.follower, question.state) == (ADDRESS, row, "waiting")
    assert f"/volgen/{row.token}/bevestigen/" in question.text
    assert (row.frequency, row.language, row.asked_at, row.confirmed_at) == ("daily", "nl", NOW, None)
    assert (row.trajectory_id, row.neighbourhood_id) == (square.pk, None)
    assert not Follower.objects.confirmed().exists()


def test_a_neighbourhood_is_followed_in_the_same_way(square):
    question = ask(followed_neighbourhood(world.CENTRE))
    assert Follower.objects.get().neighbourhood.slug == world.CENTRE
    assert world.CENTRE.title() in question.subject


def test_who_said_yes_is_told_of_what_is_known_from_then_on(square):
    ask(square)
    assert confirm(Follower.objects.get(), LATER)
    row = Follower.objects.get()
    assert (row.confirmed_at, row.notified_until) == (LATER, LATER)
    assert not confirm(row, LATER + PAUSE)


def test_the_link_works_for_seven_days(square):
    ask(square)
    row = Follower.objects.get()
    assert last_day(row).isoformat() == "2026-04-26"
    assert is_open(row, NOW + GOOD_FOR - timedelta(seconds=1))
    assert not is_open(row, NOW + GOOD_FOR)
    assert not confirm(row, NOW + GOOD_FOR)


def test_who_asks_again_has_one_row_and_the_newest_wish(square):
    ask(square)
    first = Follower.objects.get()
    ask(square, "Bewoner@Example.org", "weekly", "en", LATER)
    row = Follower.objects.get()
    assert (row.frequency, row.language, row.asked_at, row.token) == ("weekly", "en", LATER, first.token)
    assert len(mails()) == 2


def test_who_follows_already_gets_a_mail_that_says_so_and_keeps_what_was_chosen(square):
    ask(square)
    confirm(Follower.objects.get(), NOW)
    answer = ask(square, frequency="weekly", now=LATER)
    row = Follower.objects.get()
    assert (row.frequency, row.confirmed_at) == ("daily", NOW)
    assert answer.kind == "already_followed"
    assert "U krijgt dat nieuws al: elke dag" in " ".join(answer.text.split())
    assert "/bevestigen/" not in answer.text


def test_a_second_question_within_minutes_is_not_made(square):
    ask(square)
    assert ask(square, now=LATER - timedelta(seconds=1)) is None
    assert len(mails()) == 1


def test_who_asks_twice_at_once_gets_one_mail(square, monkeypatch):
    ask(square)
    again, found = following._asked_again, []

    def asked(*given):
        if not found:
            found.append(None)
            found[0] = ask(square, now=LATER)
        return again(*given)

    monkeypatch.setattr(following, "_asked_again", asked)
    assert ask(square, now=LATER) is None
    assert mails()[1:] == found


def test_to_an_address_that_is_paused_the_question_is_kept_and_not_sent(square):
    PausedAddress.objects.create(email=ADDRESS.upper(), paused_at=NOW)
    assert ask(square).state == "held"


def test_an_address_is_not_asked_about_everything_there_is(square):
    for number in range(MOST_ASKED + 2):
        world.trajectory(f"plein-{number}")
        ask(followed_trajectory(f"plein-{number}"))
    assert len(mails()) == Follower.objects.count() == MOST_ASKED
    ask(square, "ander@example.org")
    assert len(mails()) == MOST_ASKED + 1


def test_when_the_mail_cannot_be_recorded_nothing_is_kept(square, monkeypatch):
    def refused(*_given):
        raise ValueError("odd data")

    with monkeypatch.context() as patched:
        patched.setattr(following, "put", refused)
        with pytest.raises(ValueError, match="odd data"):
            ask(square)
    assert not Follower.objects.exists()
    assert ask(square)


def test_who_leaves_is_gone_and_leaving_twice_harms_nobody(square):
    ask(square)
    ask(square, "ander@example.org")
    token = Follower.objects.get(email=ADDRESS).token
    assert leave(token)
    assert [mail.to for mail in mails()] == ["ander@example.org"], "what was written to them is gone too"
    assert list(Follower.objects.values_list("email", flat=True)) == ["ander@example.org"]
    assert not leave(token)


def test_how_often_can_be_changed(square):
    ask(square)
    change_frequency(Follower.objects.get(), "weekly")
    assert Follower.objects.get().frequency == "weekly"


def test_who_did_not_say_yes_in_time_is_forgotten_and_who_did_is_not(square):
    ask(square, "ja@example.org")
    confirm(Follower.objects.get(), NOW)
    ask(square, "nog-niet@example.org", now=LATER)
    ask(square, "te-laat@example.org")
    assert forget_unconfirmed(NOW + GOOD_FOR) == 1
    assert sorted(Follower.objects.values_list("email", flat=True)) == ["ja@example.org", "nog-niet@example.org"]


def test_having_read_never_goes_back():
    member = world.user("association_member")
    for until, expected in ((NOW, NOW), (LATER, LATER), (NOW, LATER)):
        caught_up(member, until)
        member.refresh_from_db()
        assert member.caught_up_at == expected
