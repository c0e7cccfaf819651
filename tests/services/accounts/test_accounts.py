"""Ending the access of an account."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator

from participation.models import AnswerDraft, ApiKey, User
from participation.services.accounts import accounts, api_keys
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


def remaining_access(user):
    """Return whether sessions are valid, the numbers of keys and second factors, and whether the password works."""
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
        (accounts.revoke_access, (False, 0, 2, True)),
        (accounts.remove_second_factor, (False, 0, 0, True)),
        (accounts.revoke_all_credentials, (False, 0, 0, False)),
    ],
)
def test_ending_access_affects_only_this_account(user, end, expected):
    end([user.pk])

    assert remaining_access(user) == expected
    assert remaining_access(User.objects.get(username="auditor"))[:3] == (True, 1, 1)


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
def test_changed_permissions_end_access_and_another_name_does_not(user, changes, expected):
    as_it_was = User.objects.get(pk=user.pk)
    for name, value in changes.items():
        setattr(user, name, value)
    accounts.save_permissions(user, changes)

    assert remaining_access(as_it_was) == expected
    assert {name: getattr(User.objects.get(pk=user.pk), name) for name in changes} == changes


@pytest.mark.parametrize("changes", [{"role": "coordinator"}, {"is_staff": True}, {"is_superuser": True}], ids=str)
def test_a_changed_role_ends_sessions_even_when_written_by_raw_sql(user, changes):
    User.objects.filter(pk=user.pk).update(**changes)

    assert not remaining_access(user)[0]


def test_saving_a_stale_user_does_not_restore_access(user):
    before, stale = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
    accounts.revoke_access([user.pk])
    stale.first_name = "A."
    stale.save()

    assert not remaining_access(before)[0]
    assert User.objects.get(pk=user.pk).first_name == "A."


@pytest.mark.parametrize(("changes", "left"), [({"is_active": False}, 0), ({"role": "coordinator"}, 1)], ids=str)
def test_closing_an_account_deletes_its_drafts_and_not_those_of_others(user, changes, left):
    square = world.trajectory()
    for author in (user, User.objects.get(username="auditor")):
        AnswerDraft.objects.create(user=author, trajectory=square, response="Concept", saved_at=NOW)
    for name, value in changes.items():
        setattr(user, name, value)
    accounts.save_permissions(user, changes)

    assert AnswerDraft.objects.filter(user=user).count() == left
    assert AnswerDraft.objects.exclude(user=user).count() == 1


def test_a_disabled_and_enabled_account_regains_no_earlier_access(user):
    before = User.objects.get(pk=user.pk)
    for active in (False, True):
        user.is_active = active
        accounts.save_permissions(user, ["is_active"])

    assert remaining_access(before) == (False, 0, 0, False)
