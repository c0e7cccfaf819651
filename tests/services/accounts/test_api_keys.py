"""API keys: shown once, at most ten, with an expiry date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from participation.models import ApiKey
from participation.services.accounts import api_keys
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-04-22 10:00")


@pytest.fixture
def user():
    return world.user("adviser")


def test_a_key_expires_after_a_year_and_only_its_hash_is_stored(user):
    key, shown = api_keys.make_key(user, "  de planning ", NOW)
    key.refresh_from_db()
    assert (key.user, key.name, key.created, key.expiry) == (user, "de planning", NOW, NOW + timedelta(days=365))
    assert shown.startswith("leidraad_")
    assert shown not in str(ApiKey.objects.values().get())


def test_every_key_is_unique(user):
    made = {api_keys.make_key(user, f"k{number}", NOW)[1] for number in range(3)}
    assert len(made) == 3


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_key_needs_a_name(user, name):
    with pytest.raises(ValidationError) as refused:
        api_keys.make_key(user, name, NOW)
    assert list(refused.value.message_dict) == ["name"]
    assert not ApiKey.objects.exists()


def test_keys_of_one_user_have_different_names(user):
    api_keys.make_key(user, "Planning", NOW)
    with pytest.raises(ValidationError, match="met deze naam"):
        api_keys.make_key(user, "planning ", NOW)
    api_keys.make_key(world.user("auditor"), "Planning", NOW)
    api_keys.make_key(user, "Planning", NOW + timedelta(days=365))


def test_a_user_has_at_most_ten_valid_keys(user):
    api_keys.make_key(user, "oud", NOW - timedelta(days=365))
    for number in range(api_keys.MAX_KEYS):
        api_keys.make_key(user, f"k{number}", NOW)
    with pytest.raises(ValidationError, match="Trek er een in"):
        api_keys.make_key(user, "nog een", NOW)
    api_keys.revoke_key(user, api_keys.handle_of(ApiKey.objects.get(name="k0")))
    api_keys.make_key(user, "nog een", NOW)


def test_a_user_revokes_only_their_own_keys_and_revoking_is_idempotent(user):
    key, _shown = api_keys.make_key(user, "planning", NOW)
    handle = api_keys.handle_of(key)
    assert api_keys.revoke_key(world.user("administrator"), handle) == ""
    assert api_keys.revoke_key(user, "é") == ""
    assert api_keys.revoke_key(user, handle) == "planning"
    assert api_keys.revoke_key(user, handle) == ""
    assert not ApiKey.objects.exists()


def test_the_displayed_key_prefix_does_not_reveal_the_key(user):
    key, shown = api_keys.make_key(user, "planning", NOW)
    handle = api_keys.handle_of(key)
    assert handle not in key.pk
    assert handle not in shown
    assert api_keys.find_key(user, handle) == key
