"""What someone wants by mail is kept as they said it, and of nobody else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from participation.models import Follower, PausedAddress
from participation.services.mail.preferences import (
    LONGEST,
    lift_pause,
    pause_follower,
    set_preferences,
    snooze,
    stop,
    wake,
    wake_follower,
)
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 4, 20)
NOW = world.moment("2026-04-20T08:00")
FRIDAY = date(2026, 4, 24)


@pytest.fixture
def adviser():
    return world.user("adviser")


@pytest.fixture
def other():
    return world.user("adviser", name="other")


@pytest.fixture
def follower():
    return Follower.objects.create(
        trajectory=world.trajectory(), email="bewoner@example.org", asked_at=NOW, confirmed_at=NOW
    )


def kept(user):
    user.refresh_from_db()
    return user.report_frequency, user.wants_reminders, user.snoozed_until, user.snooze_reason


UNTOUCHED = ("weekly", True, None, "")


def test_how_often_and_reminders_are_kept(adviser, other):
    set_preferences(adviser, "daily", False)

    assert kept(adviser) == ("daily", False, None, "")
    assert kept(other) == UNTOUCHED


def test_no_mail_for_a_while_with_a_reason_and_then_mail_again(adviser, other):
    snooze(adviser, FRIDAY, "  op   vakantie ", TODAY)
    assert kept(adviser) == ("weekly", True, FRIDAY, "op vakantie")
    assert kept(other) == UNTOUCHED

    wake(adviser)
    assert kept(adviser) == UNTOUCHED


@pytest.mark.parametrize("until", [TODAY, TODAY + LONGEST])
def test_today_and_a_year_from_now_can_be_the_last_day(adviser, follower, until):
    snooze(adviser, until, "vakantie", TODAY)
    pause_follower(follower, until, TODAY)

    follower.refresh_from_db()
    assert kept(adviser)[2] == follower.paused_until == until


@pytest.mark.parametrize(
    ("until", "reason", "told"),
    [
        (TODAY - timedelta(days=1), "vakantie", {"until": "Deze dag is al geweest"}),
        (TODAY + LONGEST + timedelta(days=1), "vakantie", {"until": "Kies op zijn laatst 20 april 2027."}),
        (FRIDAY, "  ", {"reason": "Zeg in een paar woorden waarom"}),
        (FRIDAY, "x" * 201, {"reason": "in hooguit 200 tekens"}),
        (
            TODAY - timedelta(days=1),
            "",
            {"until": "Deze dag is al geweest", "reason": "Zeg in een paar woorden waarom"},
        ),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_kept(adviser, until, reason, told):
    with pytest.raises(ValidationError) as wrong:
        snooze(adviser, until, reason, TODAY)

    assert set(wrong.value.message_dict) == set(told)
    assert all(words in wrong.value.message_dict[field][0] for field, words in told.items())
    assert kept(adviser) == UNTOUCHED


@pytest.mark.parametrize(
    ("what", "after"), [("report", ("none", True, None, "")), ("reminder", ("weekly", False, None, ""))]
)
def test_one_kind_of_mail_is_stopped_and_twice_is_no_error(adviser, other, what, after):
    for _time in (1, 2):
        assert stop(adviser.pk, what)
        assert kept(adviser) == after
    assert kept(other) == UNTOUCHED


def test_stopping_tells_when_there_is_no_such_user(db):
    assert not stop(0, "report")


def test_mail_goes_to_ones_own_address_again_and_to_no_other(adviser, other):
    for email in ("Adviser@Example.org", other.email):
        PausedAddress.objects.create(email=email, paused_at=NOW)

    assert lift_pause(adviser, NOW)

    lifted = PausedAddress.objects.filter(lifted_at=NOW)
    assert list(lifted.values_list("email", flat=True)) == ["adviser@example.org"], "kept one way"
    assert not lift_pause(adviser, NOW + timedelta(days=1)), "it is lifted already"
    assert PausedAddress.objects.filter(lifted_at=NOW).exists()


def test_who_has_no_address_has_nothing_to_lift(adviser, other):
    PausedAddress.objects.create(email=other.email, paused_at=NOW)
    adviser.email = ""

    assert not lift_pause(adviser, NOW)


def test_a_follower_gets_no_news_for_a_while_and_then_again(follower):
    elsewhere = Follower.objects.create(trajectory=world.trajectory("elders"), email=follower.email, asked_at=NOW)
    pause_follower(follower, FRIDAY, TODAY)
    assert dict(Follower.objects.values_list("pk", "paused_until")) == {follower.pk: FRIDAY, elsewhere.pk: None}

    wake_follower(follower)
    assert not Follower.objects.exclude(paused_until=None).exists()


@pytest.mark.parametrize("days", [-1, LONGEST.days + 1])
def test_a_follower_cannot_choose_a_day_that_has_been_or_is_too_far_away(follower, days):
    with pytest.raises(ValidationError) as wrong:
        pause_follower(follower, TODAY + timedelta(days=days), TODAY)

    assert set(wrong.value.message_dict) == {"until"}
    assert not Follower.objects.exclude(paused_until=None).exists()
