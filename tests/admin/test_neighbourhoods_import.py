"""Importing a CBS file of neighbourhoods in the administration: with a preview, and only with permission."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from participation.models import Neighbourhood
from tests import world

pytestmark = pytest.mark.django_db
LIST = reverse("admin:participation_neighbourhood_changelist")
PAGE = reverse("admin:participation_neighbourhood_import")
CBS = "gwb_code_10;regio;gm_naam;recs\nWK054608;Merenwijk;Leiden;Wijk\nWK054601;Noord;Leiden;Wijk\n"


def log_in(client, *actions):
    someone = world.user("administrator", is_staff=True)
    names = [f"{action}_neighbourhood" for action in actions]
    someone.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(someone)
    return someone


def upload(client, text=CBS, **fields):
    content = text if isinstance(text, bytes) else text.encode()
    sent = {"municipality": "GM0546", "level": "wijken", "file": SimpleUploadedFile("cbs.csv", content), **fields}
    return client.post(PAGE, sent)


def test_importing_needs_the_add_and_change_permissions(client):
    log_in(client, "view", "change")
    assert client.get(PAGE).status_code == 403
    assert upload(client).status_code == 403
    assert PAGE not in client.get(LIST).content.decode()


def test_a_file_is_previewed_before_it_is_imported(client):
    administrator_client = log_in(client, "view", "add", "change")
    world.neighbourhood("merenwijk", name="Merenwijk")
    world.neighbourhood("oud", name="Oude wijk")
    assert PAGE in client.get(LIST).content.decode()
    assert client.get(PAGE).status_code == 200
    html = upload(client).content.decode()
    assert "WK054608" in html
    assert "Oude wijk" in html
    assert not Neighbourhood.objects.exclude(cbs_code="").exists()
    carried = re.search(r'name="carried" value="([^"]+)"', html)[1]
    assert client.post(PAGE, {"do": "record", "carried": carried}).url == LIST
    assert Neighbourhood.objects.get(slug="merenwijk").cbs_code == "WK054608"
    assert Neighbourhood.objects.get(slug="noord").history.get().history_user == administrator_client
    assert LogEntry.objects.filter(user=administrator_client).count() == 2
    assert 'name="carried"' not in upload(client).content.decode()


@pytest.mark.parametrize(
    ("text", "fields", "says"),
    [
        ("code;naam\nWK0546;Kort", {}, "rij 2"),
        (CBS, {"municipality": "Leiden"}, "vier cijfers"),
        (b"\x00\x01\x02", {}, "het bestand"),
        (CBS, {"file": ""}, "errorlist"),
    ],
)
def test_errors_are_shown_and_nothing_is_imported(client, text, fields, says):
    log_in(client, "view", "add", "change")
    html = upload(client, text, **fields).content.decode()
    assert says in html
    assert 'name="carried"' not in html
    assert not Neighbourhood.objects.exists()


def test_a_file_that_was_not_previewed_is_not_imported(client):
    log_in(client, "view", "add", "change")
    assert client.post(PAGE, {"do": "record", "carried": "x:y:z"}).url == PAGE
    assert not Neighbourhood.objects.exists()
