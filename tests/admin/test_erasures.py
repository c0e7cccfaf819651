"""Erasing text in the administration: with a preview, by administrators only, and marked in the history."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission

from participation.models import Contribution, Erasure
from tests import world
from tests.web.html_helpers import get_html

pytestmark = pytest.mark.django_db
HISTORY = "/trajecten/voorbeeldplein/geschiedenis/"
FORM_DATA = {"columns": ["summary"], "words": "Jan Jansen", "reason": "Verzoek van een bewoner"}


@pytest.fixture
def row():
    row = world.contribution(world.trajectory(), summary="Jan Jansen wil bomen")
    return world.record(row, "2026-04-01 10:00", summary="Een bewoner wil bomen")


@pytest.fixture
def administrator(client):
    user = world.user("administrator", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def address(row):
    return f"/admin/participation/erasure/erase/contribution/{row.pk}/"


def test_text_is_erased_from_the_change_page_and_marked_in_the_public_history(client, administrator, row):
    other = world.contribution(row.trajectory, "c2", summary="Jan Jansen kwam ook")
    assert address(row) in get_html(client, f"/admin/participation/contribution/{row.pk}/change/")
    assert address(row) in get_html(client, HISTORY)
    assert "Jan Jansen wil bomen" in get_html(client, address(row))

    looked = client.post(address(row), FORM_DATA).content.decode()
    assert f'name="others" value="contribution:{other.pk}"' in looked
    assert Contribution.history.filter(summary__contains="Jansen").exists()
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', looked))
    done = client.post(address(row), {**sent, "others": [f"contribution:{other.pk}"]}, follow=True)

    assert "Dit kunt u niet ongedaan maken" in done.content.decode()
    assert not Contribution.history.filter(summary__contains="Jansen").exists()
    client.logout()
    html = get_html(client, HISTORY)
    assert "Tekst verwijderd: inbreng c1" in html
    assert "Verzoek van een bewoner" in html
    assert address(row) not in html


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": ""}, "Schrijf waarom"),
        ({"reason": "Jansen vroeg het"}, "De reden herhaalt"),
        ({"words": "Piet Pietersen"}, "staat niet in de onderdelen"),
        ({"columns": []}, "Kies ten minste"),
    ],
)
def test_invalid_input_gives_a_field_error_and_erases_nothing(client, administrator, row, changes, message):
    html = client.post(address(row), {**FORM_DATA, **changes, "do": "erase"}).content.decode()

    assert message in html
    assert not Erasure.objects.exists()


def test_non_administrators_are_refused_whatever_their_permissions(client, row):
    adviser = world.user("coordinator", is_staff=True)
    adviser.user_permissions.set(Permission.objects.all())
    client.force_login(adviser)

    assert client.get(address(row)).status_code == 403
    assert client.post(address(row), {**FORM_DATA, "do": "erase"}).status_code == 403
    assert client.get("/admin/participation/erasure/").status_code == 403
    assert address(row) not in get_html(client, f"/admin/participation/contribution/{row.pk}/change/")
    assert address(row) not in get_html(client, HISTORY)
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("where", ["contribution/999/", "user/1/", "nothing/1/"])
def test_an_unknown_row_or_text_field_gives_404(client, administrator, where):
    assert client.get(f"/admin/participation/erasure/erase/{where}").status_code == 404


def test_an_erased_text_is_reachable_from_the_history(client, administrator, row):
    world.remove(row, "2026-04-02 10:00")
    pk = Contribution.history.latest().id

    assert address(row.__class__(pk=pk)) in get_html(client, HISTORY)
    assert client.post(address(row.__class__(pk=pk)), {**FORM_DATA, "do": "erase"}).status_code == 302
    assert not Contribution.history.filter(summary__contains="Jansen").exists()
