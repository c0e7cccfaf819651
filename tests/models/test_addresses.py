"""Comparing email addresses: different people are never confused, on both databases."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from participation.models import Bounce, Follower, PausedAddress, User
from participation.models.addresses import email_key
from participation.selectors.followers import followed_trajectory
from participation.services.accounts.lookup import account_by_address, account_by_login
from participation.services.associations.submissions import organisation_named
from participation.services.followers import request_follow
from participation.services.mail import bounces
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-04-22 10:00")
MEMBER = "member@leid.test"
#: PostgreSQL lowercases a capital I without a dot as well.
DOTLESS = "member@le\u0131d.test"


def account(name, email, role="association_member", **columns):
    return User.objects.create_user(name, email, role=role, **columns)


@pytest.mark.parametrize(
    "typed",
    [
        *(DOTLESS, "member@le\u0130d.test", "m\u0435mber@leid.test", "member@leid.test.elders.test"),
        *("member@le\u00edd.test", "member@lei\u0307d.test", "member+x@leid.test", "member%leid.test", ""),
    ],
)
def test_a_lookalike_email_address_matches_no_account(typed):
    account("m", MEMBER)

    assert account_by_address(typed) is None
    assert account_by_login(typed) is None


@pytest.mark.parametrize(
    "typed", [MEMBER.upper(), f" {MEMBER}\n", "member@\uff4ceid.test", "\u24dcember@leid.test", "MEMBER@le\u2170d.test"]
)
def test_an_equivalent_unicode_form_of_an_email_address_is_the_same_account(typed):
    member = account("m", "Member@Leid.test")

    assert account_by_address(typed) == member


def test_two_lookalike_email_addresses_are_two_accounts():
    member, other = account("m", MEMBER), account("o", DOTLESS)

    assert (account_by_address(MEMBER), account_by_address(DOTLESS)) == (member, other)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="ik\u0131\u0130\u017f\u212asS\u00df\u1e9e@.IK\uff29 ", max_size=12))
@example("\u0131\u0131@s")
@example("\u017f\u212a@I")
def test_a_found_account_has_the_requested_email_address(typed):
    for number, email in enumerate(("ii@s", "sk@i", "\u0131k@ss", "is@ks")):
        User.objects.get_or_create(username=f"u{number}", defaults={"email": email})
    found = account_by_login(typed)

    assert found is None or email_key(found.email) == email_key(typed)
    assert (found is None) == (email_key(typed) not in User.objects.values_list("email_key", flat=True))


@pytest.mark.parametrize("second", ["Member@LEID.test", "member@\uff4ceid.test"])
def test_an_email_address_belongs_to_one_account(second):
    account("m", MEMBER)
    with pytest.raises(ValidationError, match="al in gebruik"):
        User(username="n", email=second).clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        account("n", second)


@pytest.mark.parametrize(("name", "allowed"), [(MEMBER, True), ("MEMBER@leid.test", True), ("boss@leid.test", False)])
def test_a_user_name_cannot_be_the_email_address_of_another_account(name, allowed):
    user = User(username=name, email=MEMBER)
    if allowed:
        user.clean()
    else:
        with pytest.raises(ValidationError) as refused:
            user.clean()
        assert list(refused.value.message_dict) == ["username"]


def test_an_email_address_takes_precedence_over_a_user_name():
    closed = account("m", MEMBER, is_active=False)
    account(MEMBER, "other@leid.test")

    assert account_by_login(MEMBER) == closed
    assert account_by_address(MEMBER) is None


def test_an_email_address_changed_by_raw_sql_gives_no_access():
    """The found address is compared exactly, so that no mail goes to a similar address."""
    account("m", MEMBER)
    User.objects.update(email="anders@leid.test")

    assert account_by_address(MEMBER) is None
    assert account_by_address("anders@leid.test") is None


@pytest.mark.parametrize(("second", "count"), [(DOTLESS, 2), ("member@\uff2ceid.test", 1), (MEMBER.upper(), 1)])
def test_each_follower_gets_a_separate_confirmation_email(second, count):
    square = followed_trajectory(world.trajectory().slug)
    for email in (MEMBER, second):
        request_follow(square, email, "weekly", "nl", NOW)

    assert Follower.objects.count() == count


def test_bounces_pause_only_the_address_that_bounced():
    """``É`` has a lower case in PostgreSQL and not in SQLite; our own folding gives the same on both."""
    for number in range(bounces.MAX_BOUNCES):
        bounces.record_bounces([Bounce(key=str(number), email="A@CAF\u00c9.test", permanent=True, at=NOW)])
        bounces.record_bounces([Bounce(key=str(number), email="a@caf\u00e9.test", permanent=True, at=NOW)])
    bounces.record_bounces([Bounce(key="1", email=DOTLESS, permanent=True, at=NOW)])

    assert Bounce.objects.count() == bounces.MAX_BOUNCES + 1
    assert [row.email for row in PausedAddress.objects.all()] == ["a@caf\u00e9.test"]
    assert list(bounces.pause_reasons_of(["a@Caf\u00c9.test", MEMBER, DOTLESS])) == ["a@caf\u00e9.test"]


def test_an_organisation_name_is_matched_case_insensitively_and_exactly():
    world.organisation("wijk", name="\u00c9\u00e9n wijk")

    assert organisation_named(" \u00e9\u00e9N  WIJK ").slug == "wijk"
    assert organisation_named("\u00e9\u00e9n w\u0131jk") is None


def test_email_addresses_are_never_compared_in_sql():
    """With ``iexact`` or ``Lower()`` one database treats letters as equal that the other distinguishes."""
    from tests.test_project import files

    odd = re.compile(r"(email|name)__iexact|Lower\(")
    sources = [path for path in files() if path.suffix == ".py" and "participation" in path.parts]
    assert not [
        path.name
        for path in sources
        if "migrations" not in path.parts and odd.search(path.read_text()) and path.name != "addresses.py"
    ]
