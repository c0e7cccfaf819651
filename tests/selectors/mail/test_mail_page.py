"""When the next digest is due, and the list of created mails."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from participation.compliance.rulebook import load
from participation.models import Bounce, OutboundEmail, PausedAddress, User
from participation.presentation.digest_mail import next_digest_date as next_in_mail
from participation.selectors.mail.mail_page import (
    MAX_EMAILS,
    is_snoozed,
    latest_emails,
    next_digest_day,
    paused_address,
)
from tests import world

#: A Monday at ten in Amsterdam: this week's digests were sent.
NOW = world.moment("2026-04-20T08:00")
TODAY = date(2026, 4, 20)
#: From the national rulebook: public holidays.
CALENDAR = load("nl").calendar


def day(month_and_day):
    return date.fromisoformat(f"2026-{month_and_day}")


@pytest.mark.parametrize(
    ("frequency", "snoozed_until", "expected"),
    [
        ("weekly", None, "04-27"),
        ("daily", None, "04-21"),
        ("none", None, None),
        ("weekly", "04-26", "04-27"),
        ("weekly", "04-27", "05-04"),
        ("daily", "04-22", "04-23"),
        ("daily", "04-24", "04-27"),
        ("daily", "04-01", "04-21"),
        ("none", "04-24", None),
        # King's Day is a Monday this year, and no digest is sent on Ascension Day.
        ("daily", "04-26", "04-27"),
        ("daily", "05-13", "05-15"),
    ],
)
def test_the_next_digest_comes_after_the_mail_pause(frequency, snoozed_until, expected):
    user = User(report_frequency=frequency, snoozed_until=snoozed_until and day(snoozed_until))

    assert next_digest_day(user, NOW, CALENDAR) == (expected and day(expected))


@pytest.mark.parametrize(("until", "expected"), [(None, False), ("04-19", False), ("04-20", True), ("04-21", True)])
def test_a_mail_pause_ends_automatically(until, expected):
    assert is_snoozed(until and day(until), TODAY) is expected


def message(user, number, **columns):
    defaults = {"key": f"k{number}", "kind": "weekly_report", "subject": f"Week {number}", "to": user.email}
    moments = {"created_at": NOW, "not_before": NOW}
    return OutboundEmail.objects.create(user=user, **{**defaults, **moments, **columns})


def test_the_users_ten_latest_emails_are_listed_newest_first(db, django_assert_num_queries):
    user, other = world.user("adviser"), world.user("auditor")
    for number in range(MAX_EMAILS + 2):
        message(user, number)
    message(other, 99)

    with django_assert_num_queries(1):
        found = latest_emails(user)

    assert [sent.subject for sent in found] == [f"Week {number}" for number in range(MAX_EMAILS + 1, 1, -1)]


def test_an_email_shows_when_it_was_settled_and_that_it_bounced(db):
    user, later = world.user("adviser"), NOW + timedelta(hours=1)
    back, full = (message(user, number, state="sent", settled_at=later) for number in (1, 2))
    message(user, 3)
    Bounce.objects.create(key="a", email=user.email, message=back, permanent=True, at=later)
    Bounce.objects.create(key="b", email=user.email, message=full, permanent=False, at=later)

    assert [(sent.subject, sent.at, sent.state) for sent in latest_emails(user)] == [
        ("Week 3", NOW, "waiting"),
        ("Week 2", later, "sent"),
        ("Week 1", later, "returned"),
    ]


def test_an_address_is_paused_case_insensitively_until_it_is_unpaused(db):
    user = world.user("adviser")
    paused = PausedAddress.objects.create(email="ADVISER@example.org", paused_at=NOW)
    assert paused_address(user) == paused
    assert paused_address(world.user("auditor")) is None

    PausedAddress.objects.update(lifted_at=NOW)
    assert paused_address(user) is None


@pytest.mark.parametrize("frequency", ["weekly", "daily"])
def test_the_page_and_the_daily_digest_name_the_same_next_digest(frequency):
    user = User(report_frequency=frequency)
    for ahead in range(90):
        noon = NOW + timedelta(days=ahead)

        assert next_digest_day(user, noon, CALENDAR) == next_in_mail(frequency, noon.date(), CALENDAR)
