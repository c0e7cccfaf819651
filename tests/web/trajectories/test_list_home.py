"""The front door leads everyone to the page they come for."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse

from tests import world

pytestmark = pytest.mark.django_db


def there(name):
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("trajectories")


def test_visitors_come_to_the_trajectories(client):
    answer = client.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/trajecten/")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("adviser", "week"),
        ("coordinator", "week"),
        ("administrator", "week"),
        ("association_member", "my"),
        ("auditor", "city"),
    ],
)
def test_who_logs_in_comes_to_their_own_work(client, role, name):
    client.force_login(world.user(role))

    assert client.get("/").headers["Location"] == there(name)


def test_who_may_do_everything_comes_to_the_week_whatever_their_role(client):
    client.force_login(world.user("association_member", is_superuser=True))

    assert client.get("/").headers["Location"] == there("week")


def test_the_door_is_only_walked_through(client):
    assert client.post("/").status_code == 405
    assert "no-store" in client.get("/").headers["Cache-Control"]
