"""Ending what an account gives access to."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator

from participation.models import ApiKey, User
from participation.services import accounts, api_keys
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-04-22 10:00")


@pytest.fixture
def user():
    made = world.user("adviser")
    made.set_password("een-lang-wachtwoord")
    made.save()
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=made, type=kind, data={})
    api_keys.make_key(made, "planning", NOW)
    other = world.user("auditor")
    api_keys.make_key(other, "planning", NOW)
    Authenticator.objects.create(user=other, type="totp", data={})
    return made


def left(user):
    """Whether sessions go on, how many keys and second factors there are, whether the password works."""
    now = User.objects.get(pk=user.pk)
    return (
        now.get_session_auth_hash() == user.get_session_auth_hash(),
        ApiKey.objects.filter(user=user).count(),
        Authenticator.objects.filter(user=user).count(),
        now.check_password("een-lang-wachtwoord"),
    )


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (accounts.end_access, (False, 0, 2, True)),
        (accounts.remove_second_factor, (False, 0, 0, True)),
        (accounts.close_everything, (False, 0, 0, False)),
    ],
)
def test_what_is_ended_is_ended_of_this_account_alone(user, end, expected):
    end([user.pk])

    assert left(user) == expected
    assert left(User.objects.get(username="auditor"))[:3] == (True, 1, 1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"role": "coordinator"}, (False, 0, 2, True)),
        ({"is_staff": True}, (False, 0, 2, True)),
        ({"is_superuser": True}, (False, 0, 2, True)),
        ({"is_active": False}, (False, 0, 0, False)),
        ({"first_name": "A."}, (True, 1, 2, True)),
    ],
    ids=str,
)
def test_other_rights_end_what_was_open_and_another_name_does_not(user, changes, expected):
    as_it_was = User.objects.get(pk=user.pk)
    for name, value in changes.items():
        setattr(user, name, value)
    accounts.save_rights(user, changes)

    assert left(as_it_was) == expected
    assert {name: getattr(User.objects.get(pk=user.pk), name) for name in changes} == changes


@pytest.mark.parametrize("changes", [{"role": "coordinator"}, {"is_staff": True}, {"is_superuser": True}], ids=str)
def test_another_role_ends_sessions_however_it_was_written(user, changes):
    User.objects.filter(pk=user.pk).update(**changes)

    assert not left(user)[0]


def test_who_saves_what_was_read_before_does_not_open_it_again(user):
    before, stale = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
    accounts.end_access([user.pk])
    stale.first_name = "A."
    stale.save()

    assert not left(before)[0]
    assert User.objects.get(pk=user.pk).first_name == "A."


def test_an_account_that_was_disabled_opens_nothing_when_it_is_enabled_again(user):
    before = User.objects.get(pk=user.pk)
    for active in (False, True):
        user.is_active = active
        accounts.save_rights(user, ["is_active"])

    assert left(before) == (False, 0, 0, False)
