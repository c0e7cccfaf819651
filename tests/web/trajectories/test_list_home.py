"""The home page leads each role to its own start page."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse

from tests import world

pytestmark = pytest.mark.django_db


def existing_url(name):
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("trajectories")


def test_visitors_are_redirected_to_the_trajectory_list(client):
    response = client.get("/")

    assert (response.status_code, response.headers["Location"]) == (302, "/trajecten/")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("adviser", "week"),
        ("coordinator", "week"),
        ("administrator", "week"),
        ("association_member", "dashboard"),
        ("auditor", "city"),
        ("council_member", "council"),
    ],
)
def test_users_are_redirected_to_their_own_start_page(client, role, name):
    client.force_login(world.user(role))

    assert client.get("/").headers["Location"] == existing_url(name)


def test_superusers_are_redirected_to_the_week_whatever_their_role(client):
    client.force_login(world.user("association_member", is_superuser=True))

    assert client.get("/").headers["Location"] == existing_url("week")


def test_the_home_page_only_redirects(client):
    assert client.post("/").status_code == 405
    assert "no-store" in client.get("/").headers["Cache-Control"]
