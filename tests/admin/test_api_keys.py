"""API keys in the administration can be viewed and revoked."""

import pytest
from django.contrib.auth.models import Permission

from participation.models import ApiKey
from participation.services.accounts.api_keys import make_key
from tests import world

pytestmark = pytest.mark.django_db
LIST = "/admin/participation/apikey/"


@pytest.fixture
def key():
    return make_key(world.user("adviser"), "Planning", world.moment("2026-04-22 10:00"))


@pytest.fixture
def administrator_client(client):
    client.force_login(world.user("administrator", is_staff=True, is_superuser=True))
    return client


def test_an_administrator_sees_key_owners_but_never_the_key(administrator_client, key):
    row, shown = key
    for address in (LIST, f"{LIST}?q=plan", f"{LIST}{row.pk}/change/"):
        page = administrator_client.get(address).content.decode()
        assert "Planning" in page
        assert "adviser" in page
        assert not [part for part in (shown, shown[-20:], row.token_key) if part in page]


def test_an_administrator_revokes_keys_but_cannot_add_or_change_them(administrator_client, key):
    row, _shown = key
    assert administrator_client.get(f"{LIST}add/").status_code == 403
    assert administrator_client.post(f"{LIST}{row.pk}/change/", {"name": "Anders"}).status_code == 403
    assert administrator_client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ApiKey.objects.exists()


def test_only_administrators_have_access_whatever_their_permissions(client, key):
    user = world.user("coordinator", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}{key[0].pk}/delete/", {"post": "yes"}).status_code == 403
    assert ApiKey.objects.exists()
