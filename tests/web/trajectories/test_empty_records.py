"""What was recorded without a title is named by its kind or its ref, on pages and in choices."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests import world
from tests.api.client import ApiTestClient

pytestmark = pytest.mark.django_db
SQUARE = "/trajectories/voorbeeldplein"
#: An element for a name without any text in it.
NAMELESS = re.compile(
    r"<(th|option|label|legend|h[1-6])\b[^>]*>(?:\s|<span[^>]*>\s*</span>)*</\1>|-hidden\">[\s:]*</span>"
)


@pytest.fixture
def coordinator(settings):
    settings.RULEBOOK = "leiden"
    world.trajectory()
    user = world.user("coordinator")
    for section in ("steps", "contributions", "documents", "scenarios"):
        assert ApiTestClient(user).post(f"{SQUARE}/{section}", {}).status_code == 201
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("trajectory", ()),
        ("trajectory_plan", ()),
        ("trajectory_input", ()),
        ("contributions_answer", ()),
        ("contribution_change", ("c1",)),
        ("step_change", ("s1",)),
        ("contributions_import", ()),
    ],
)
def test_what_has_no_title_still_has_a_name(coordinator, name, arguments):
    page = coordinator.get(reverse(name, args=["voorbeeldplein", *arguments])).content.decode()
    assert "</main>" in page
    assert [found.group() for found in NAMELESS.finditer(page)] == []
    assert not re.search(r">\s*, niet vastgelegd|Inbreng: *<", page)
