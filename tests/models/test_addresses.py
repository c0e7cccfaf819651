"""What an address is known by: one person is never taken for another, the same on both databases."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from participation.models import Bounce, Follower, PausedAddress, User
from participation.models.addresses import email_key
from participation.selectors.following import followed_trajectory
from participation.services.following import ask_to_follow
from participation.services.mail import bounces
from participation.services.submissions import named_alike
from participation.web.accounts.lookup import account_named, person_at
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-04-22 10:00")
MEMBER = "member@leid.test"
#: To PostgreSQL a capital I is a small one without a dot too.
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
def test_an_address_that_only_looks_like_anothers_is_nobodys(typed):
    account("m", MEMBER)

    assert person_at(typed) is None
    assert account_named(typed) is None


@pytest.mark.parametrize(
    "typed", [MEMBER.upper(), f" {MEMBER}\n", "member@\uff4ceid.test", "\u24dcember@leid.test", "MEMBER@le\u2170d.test"]
)
def test_the_same_address_in_other_characters_is_the_same_account(typed):
    member = account("m", "Member@Leid.test")

    assert person_at(typed) == member


def test_two_addresses_that_look_alike_are_two_people():
    member, other = account("m", MEMBER), account("o", DOTLESS)

    assert (person_at(MEMBER), person_at(DOTLESS)) == (member, other)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="ik\u0131\u0130\u017f\u212asS\u00df\u1e9e@.IK\uff29 ", max_size=12))
@example("\u0131\u0131@s")
@example("\u017f\u212a@I")
def test_who_is_found_has_the_address_that_was_looked_for(typed):
    for number, email in enumerate(("ii@s", "sk@i", "\u0131k@ss", "is@ks")):
        User.objects.get_or_create(username=f"u{number}", defaults={"email": email})
    found = account_named(typed)

    assert found is None or email_key(found.email) == email_key(typed)
    assert (found is None) == (email_key(typed) not in User.objects.values_list("email_key", flat=True))


@pytest.mark.parametrize("second", ["Member@LEID.test", "member@\uff4ceid.test"])
def test_one_address_has_one_account(second):
    account("m", MEMBER)
    with pytest.raises(ValidationError, match="al in gebruik"):
        User(username="n", email=second).clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        account("n", second)


@pytest.mark.parametrize(("name", "allowed"), [(MEMBER, True), ("MEMBER@leid.test", True), ("boss@leid.test", False)])
def test_a_user_name_is_not_the_address_of_another(name, allowed):
    user = User(username=name, email=MEMBER)
    if allowed:
        user.clean()
    else:
        with pytest.raises(ValidationError) as refused:
            user.clean()
        assert list(refused.value.message_dict) == ["username"]


def test_an_address_counts_before_a_user_name_also_where_its_account_is_closed():
    closed = account("m", MEMBER, is_active=False)
    account(MEMBER, "other@leid.test")

    assert account_named(MEMBER) == closed
    assert person_at(MEMBER) is None


def test_an_address_that_was_changed_behind_the_models_back_opens_nothing():
    """What was looked up is compared with the address itself: no mail goes to who has it now."""
    account("m", MEMBER)
    User.objects.update(email="anders@leid.test")

    assert person_at(MEMBER) is None
    assert person_at("anders@leid.test") is None


@pytest.mark.parametrize(("second", "count"), [(DOTLESS, 2), ("member@\uff2ceid.test", 1), (MEMBER.upper(), 1)])
def test_each_follower_gets_their_own_question(second, count):
    square = followed_trajectory(world.trajectory().slug)
    for email in (MEMBER, second):
        ask_to_follow(square, email, "weekly", "nl", NOW)

    assert Follower.objects.count() == count


def test_mail_that_came_back_pauses_the_address_it_came_back_from_and_no_other():
    """``\u00c9`` is a capital to PostgreSQL and not to SQLite; here it is one on both."""
    for number in range(bounces.MOST):
        bounces.note([Bounce(key=str(number), email="A@CAF\u00c9.test", permanent=True, at=NOW)])
        bounces.note([Bounce(key=str(number), email="a@caf\u00e9.test", permanent=True, at=NOW)])
    bounces.note([Bounce(key="1", email=DOTLESS, permanent=True, at=NOW)])

    assert Bounce.objects.count() == bounces.MOST + 1
    assert [row.email for row in PausedAddress.objects.all()] == ["a@caf\u00e9.test"]
    assert list(bounces.paused_among(["a@Caf\u00c9.test", MEMBER, DOTLESS])) == ["a@caf\u00e9.test"]


def test_an_organisation_is_known_by_its_name_in_any_capitals_and_by_no_other():
    world.organisation("wijk", name="\u00c9\u00e9n wijk")

    assert named_alike(" \u00e9\u00e9N  WIJK ").slug == "wijk"
    assert named_alike("\u00e9\u00e9n w\u0131jk") is None


def test_no_address_is_compared_by_the_database():
    """By ``iexact`` or ``Lower()`` one database takes letters for one another that another keeps apart."""
    from tests.test_project import files

    odd = re.compile(r"(email|name)__iexact|Lower\(")
    sources = [path for path in files() if path.suffix == ".py" and "participation" in path.parts]
    assert not [
        path.name
        for path in sources
        if "migrations" not in path.parts and odd.search(path.read_text()) and path.name != "addresses.py"
    ]
