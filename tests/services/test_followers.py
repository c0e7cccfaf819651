"""Following without an account: no mail without confirmation, and nothing is kept after unsubscribing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from participation.models import Follower, OutboundEmail, PausedAddress
from participation.selectors.followers import followed_neighbourhood, followed_trajectory
from participation.services import followers as following
from participation.services.followers import (
    CONFIRMATION_VALIDITY,
    MAX_REQUESTS,
    MIN_REQUEST_INTERVAL,
    can_confirm,
    change_frequency,
    confirm,
    delete_unconfirmed,
    last_confirmation_day,
    request_follow,
    set_caught_up,
    unfollow,
)
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-04-20T08:00")
LATER = NOW + MIN_REQUEST_INTERVAL
ADDRESS = "bewoner@example.org"


@pytest.fixture
def square():
    world.trajectory()
    return followed_trajectory("voorbeeldplein")


def ask(followed, email=ADDRESS, frequency="daily", language="nl", now=NOW):
    return request_follow(followed, email, frequency, language, now)


def mails():
    return list(OutboundEmail.objects.order_by("pk"))


def test_a_follow_request_creates_only_a_confirmation_email(square):
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


def test_a_confirmed_follower_gets_changes_from_that_moment(square):
    ask(square)
    assert confirm(Follower.objects.get(), LATER)
    row = Follower.objects.get()
    assert (row.confirmed_at, row.notified_until) == (LATER, LATER)
    assert not confirm(row, LATER + MIN_REQUEST_INTERVAL)


def test_the_link_is_valid_for_seven_days(square):
    ask(square)
    row = Follower.objects.get()
    assert last_confirmation_day(row).isoformat() == "2026-04-26"
    assert can_confirm(row, NOW + CONFIRMATION_VALIDITY - timedelta(seconds=1))
    assert not can_confirm(row, NOW + CONFIRMATION_VALIDITY)
    assert not confirm(row, NOW + CONFIRMATION_VALIDITY)


def test_a_repeated_request_updates_the_same_row(square):
    ask(square)
    first = Follower.objects.get()
    ask(square, "Bewoner@Example.org", "weekly", "en", LATER)
    row = Follower.objects.get()
    assert (row.frequency, row.language, row.asked_at, row.token) == ("weekly", "en", LATER, first.token)
    assert len(mails()) == 2


def test_an_existing_follower_gets_an_email_and_keeps_their_settings(square):
    ask(square)
    confirm(Follower.objects.get(), NOW)
    answer = ask(square, frequency="weekly", now=LATER)
    row = Follower.objects.get()
    assert (row.frequency, row.confirmed_at) == ("daily", NOW)
    assert answer.kind == "already_followed"
    assert "U krijgt dat nieuws al: elke dag" in " ".join(answer.text.split())
    assert "/bevestigen/" not in answer.text


def test_a_second_request_within_minutes_sends_no_email(square):
    ask(square)
    assert ask(square, now=LATER - timedelta(seconds=1)) is None
    assert len(mails()) == 1


def test_two_concurrent_requests_send_one_email(square, monkeypatch):
    ask(square)
    again, found = following._renew_request, []

    def request_in_turn(*given):
        if not found:
            found.append(None)
            found[0] = ask(square, now=LATER)
        return again(*given)

    monkeypatch.setattr(following, "_renew_request", request_in_turn)
    assert ask(square, now=LATER) is None
    assert mails()[1:] == found


def test_a_confirmation_to_a_paused_address_is_stored_but_not_sent(square):
    PausedAddress.objects.create(email=ADDRESS.upper(), paused_at=NOW)
    assert ask(square).state == "held"


def test_the_number_of_requests_for_one_address_is_limited(square):
    for number in range(MAX_REQUESTS + 2):
        world.trajectory(f"plein-{number}")
        ask(followed_trajectory(f"plein-{number}"))
    assert len(mails()) == Follower.objects.count() == MAX_REQUESTS
    ask(square, "ander@example.org")
    assert len(mails()) == MAX_REQUESTS + 1


def test_when_the_email_cannot_be_stored_nothing_is_stored(square, monkeypatch):
    def refused(*_given):
        raise ValueError("odd data")

    with monkeypatch.context() as patched:
        patched.setattr(following, "enqueue", refused)
        with pytest.raises(ValueError, match="odd data"):
            ask(square)
    assert not Follower.objects.exists()
    assert ask(square)


def test_unfollowing_deletes_the_follower_and_is_idempotent(square):
    ask(square)
    ask(square, "ander@example.org")
    token = Follower.objects.get(email=ADDRESS).token
    assert unfollow(token)
    assert [mail.to for mail in mails()] == ["ander@example.org"], "what was written to them is gone too"
    assert list(Follower.objects.values_list("email", flat=True)) == ["ander@example.org"]
    assert not unfollow(token)


def test_the_frequency_can_be_changed(square):
    ask(square)
    change_frequency(Follower.objects.get(), "weekly")
    assert Follower.objects.get().frequency == "weekly"


def test_unconfirmed_followers_are_deleted_and_confirmed_ones_kept(square):
    ask(square, "ja@example.org")
    confirm(Follower.objects.get(), NOW)
    ask(square, "nog-niet@example.org", now=LATER)
    ask(square, "te-laat@example.org")
    assert delete_unconfirmed(NOW) == 1
    assert sorted(Follower.objects.values_list("email", flat=True)) == ["ja@example.org", "nog-niet@example.org"]


def test_the_read_marker_never_moves_back():
    member = world.user("association_member")
    for until, expected in ((NOW, NOW), (LATER, LATER), (NOW, LATER)):
        set_caught_up(member, until)
        member.refresh_from_db()
        assert member.caught_up_at == expected
