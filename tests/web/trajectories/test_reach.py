"""Who was reached, beside the groups of the plan and the inhabitants of the neighbourhoods."""

from __future__ import annotations

import pytest
from django.utils.html import strip_tags

from participation.models import Neighbourhood
from tests import world
from tests.web.html_helpers import PLAN, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def section(client):
    html = get_html(client, PLAN)
    start = html.index('<h2 id="bereik">')
    return " ".join(strip_tags(html[start : html.index("</section>", start)].replace("<", " <")).split())


@pytest.fixture
def counted(square):
    square.plan.target_groups = [{"group": "young_people", "method": "school"}, {"group": "older_people"}]
    square.plan.save()
    world.neighbourhood()
    Neighbourhood.objects.filter(slug=world.CENTRE).update(inhabitants=8210, inhabitants_year=2025)
    world.neighbourhood(world.LAKES)
    world.step(
        square,
        "a1",
        done=world.on("2026-03-20"),
        reach_total=40,
        reach_groups=[{"group": "older_people", "count": 20}, {"group": "renters", "count": 3}],
        reach_neighbourhoods=[{"slug": world.LAKES, "count": 12}],
    )
    world.step(square, "a2", done=world.on("2026-03-22"), reach_groups=[{"group": "older_people", "count": 2}])
    return square


def test_planned_groups_stand_beside_those_reached(client, counted):
    text = section(client)
    assert "Van de plangroepen is nog niet bereikt: jongeren." in text
    assert "ouderen ja 20 of meer" in text
    assert "huurders nee bereikt; het aantal is minder dan vijf of niet bekend" in text


def test_neighbourhoods_stand_beside_their_inhabitants(client, counted):
    text = section(client)
    assert "8210 (2025) nog niet bereikt" in text
    assert "Merenwijk – 12" in text
    assert "Uit Binnenstad-Noord is nog niemand geteld." in text


def test_activities_without_numbers_are_said_to_be_unknown(client, square):
    world.step(square, "a1", done=world.on("2026-03-20"))
    text = section(client)
    assert "is niet vastgelegd wie is bereikt" in text
    assert "plangroepen" not in text
