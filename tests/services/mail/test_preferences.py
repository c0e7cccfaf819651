"""Mail preferences are stored for their own user only."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from participation.models import Follower, PausedAddress
from participation.services.mail.preferences import (
    MAX_SNOOZE,
    pause_follower,
    resume,
    resume_follower,
    set_preferences,
    snooze,
    unpause_own_address,
    unsubscribe,
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


def saved_preferences(user):
    user.refresh_from_db()
    return user.report_frequency, user.wants_reminders, user.snoozed_until, user.snooze_reason


UNTOUCHED = ("weekly", True, None, "")


def test_frequency_and_reminders_are_saved(adviser, other):
    set_preferences(adviser, "daily", False)

    assert saved_preferences(adviser) == ("daily", False, None, "")
    assert saved_preferences(other) == UNTOUCHED


def test_mail_can_be_paused_with_a_reason_and_resumed(adviser, other):
    snooze(adviser, FRIDAY, "  op   vakantie ", TODAY)
    assert saved_preferences(adviser) == ("weekly", True, FRIDAY, "op vakantie")
    assert saved_preferences(other) == UNTOUCHED

    resume(adviser)
    assert saved_preferences(adviser) == UNTOUCHED


@pytest.mark.parametrize("until", [TODAY, TODAY + MAX_SNOOZE])
def test_a_pause_may_end_today_or_within_a_year(adviser, follower, until):
    snooze(adviser, until, "vakantie", TODAY)
    pause_follower(follower, until, TODAY)

    follower.refresh_from_db()
    assert saved_preferences(adviser)[2] == follower.paused_until == until


@pytest.mark.parametrize(
    ("until", "reason", "message"),
    [
        (TODAY - timedelta(days=1), "vakantie", {"until": "Deze dag is al geweest"}),
        (TODAY + MAX_SNOOZE + timedelta(days=1), "vakantie", {"until": "Kies op zijn laatst 20 april 2027."}),
        (FRIDAY, "  ", {"reason": "Zeg in een paar woorden waarom"}),
        (FRIDAY, "x" * 201, {"reason": "in hooguit 200 tekens"}),
        (
            TODAY - timedelta(days=1),
            "",
            {"until": "Deze dag is al geweest", "reason": "Zeg in een paar woorden waarom"},
        ),
    ],
)
def test_an_invalid_choice_gives_a_field_error_and_saves_nothing(adviser, until, reason, message):
    with pytest.raises(ValidationError) as wrong:
        snooze(adviser, until, reason, TODAY)

    assert set(wrong.value.message_dict) == set(message)
    assert all(words in wrong.value.message_dict[field][0] for field, words in message.items())
    assert saved_preferences(adviser) == UNTOUCHED


@pytest.mark.parametrize(
    ("what", "after"), [("report", ("none", True, None, "")), ("reminder", ("weekly", False, None, ""))]
)
def test_unsubscribing_from_one_kind_of_email_is_idempotent(adviser, other, what, after):
    for _time in (1, 2):
        assert unsubscribe(adviser.pk, what)
        assert saved_preferences(adviser) == after
    assert saved_preferences(other) == UNTOUCHED


def test_unsubscribing_an_unknown_user_is_reported(db):
    assert not unsubscribe(0, "report")


def test_unpausing_applies_only_to_the_users_own_address(adviser, other):
    for email in ("Adviser@Example.org", other.email):
        PausedAddress.objects.create(email=email, paused_at=NOW)

    assert unpause_own_address(adviser, NOW)

    lifted = PausedAddress.objects.filter(lifted_at=NOW)
    assert list(lifted.values_list("email", flat=True)) == ["adviser@example.org"], "kept one way"
    assert not unpause_own_address(adviser, NOW + timedelta(days=1)), "it is lifted already"
    assert PausedAddress.objects.filter(lifted_at=NOW).exists()


def test_a_user_without_an_address_has_no_pause_to_end(adviser, other):
    PausedAddress.objects.create(email=other.email, paused_at=NOW)
    adviser.email = ""

    assert not unpause_own_address(adviser, NOW)


def test_a_follower_can_pause_and_resume_notifications(follower):
    elsewhere = Follower.objects.create(trajectory=world.trajectory("elders"), email=follower.email, asked_at=NOW)
    pause_follower(follower, FRIDAY, TODAY)
    assert dict(Follower.objects.values_list("pk", "paused_until")) == {follower.pk: FRIDAY, elsewhere.pk: None}

    resume_follower(follower)
    assert not Follower.objects.exclude(paused_until=None).exists()


@pytest.mark.parametrize("days", [-1, MAX_SNOOZE.days + 1])
def test_a_follower_cannot_choose_a_past_or_distant_date(follower, days):
    with pytest.raises(ValidationError) as wrong:
        pause_follower(follower, TODAY + timedelta(days=days), TODAY)

    assert set(wrong.value.message_dict) == {"until"}
    assert not Follower.objects.exclude(paused_until=None).exists()
