"""With which districts and groups nobody spoke: the page of the city, and the page of the coordinator."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from tests import world
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE = "/stad/bereik/"


def text_of(html):
    return " ".join(strip_tags(html).split())


@pytest.fixture
def town():
    world.neighbourhood("noord-1", district="Noord")
    world.neighbourhood("zuid-1", district="Zuid")
    world.neighbourhood("west-1", district="West")
    north = world.trajectory("noordplein", "noord-1")
    world.step(north, "s1", done=world.on("2026-03-20"), reach_groups=[{"group": "children", "count": 12}])
    reached = [{"slug": "zuid-1", "count": 8}, {"slug": "west-1", "count": 0}]
    world.step(north, "s2", done=world.on("2025-02-20"), reach_neighbourhoods=reached)
    world.step(north, "s3", done=world.on("2026-03-25"), cancelled=True, reach_groups=[{"group": "renters"}])
    world.step(world.trajectory("geheim", "west-1", public=False), done=world.on("2026-04-01"))
    return north


def test_a_district_counts_by_its_trajectories_and_by_who_came(client, town):
    text = text_of(get_html(client, PAGE))
    assert "Al 12 maanden is niet gesproken met West en Zuid" in text
    assert "Zuid 20 februari 2025 0" in text
    assert "Noord 20 maart 2026 1" in text
    assert "West nooit" in text  # not public, and nobody from there
    text = text_of(get_html(client, f"{PAGE}?maanden=24"))
    assert "Al 24 maanden is niet gesproken met West." in text


def test_a_group_counts_only_where_somebody_came(client, town):
    text = text_of(get_html(client, PAGE))
    assert "Kinderen 20 maart 2026 1" in text
    assert "Huurders nooit" in text


def test_staff_count_what_is_not_public(client, town):
    client.force_login(world.user("coordinator"))
    assert "West 1 april 2026 1" in text_of(get_html(client, PAGE))
    text = text_of(get_html(client, "/werkverdeling/"))
    assert "Sinds 20 april 2025 is geen activiteit vastgelegd" in text
    assert "in de stadsdelen Zuid" in text


@pytest.mark.parametrize("query", ["", "?maanden=0", "?maanden=x", "?gemeente=leiden", "?gemeente=nergens"])
def test_the_page_is_well_formed(client, town, query):
    ParsedPage(get_html(client, f"{PAGE}{query}"))


def test_the_page_without_anything_says_so(client):
    assert "Er zijn nog geen wijken." in text_of(get_html(client, PAGE))


def test_both_lists_can_be_downloaded(client, town):
    text = client.get(f"{PAGE}?bestand=csv&lijst=stadsdelen").getvalue().decode("utf-8-sig")
    assert "Noord" in text
    assert "Kinderen" in client.get(f"{PAGE}?bestand=csv&lijst=groepen").getvalue().decode("utf-8-sig")


def test_fifty_activities_take_no_more_queries_than_one(client, town):
    def count():
        with CaptureQueriesContext(connection) as queries:
            get_html(client, PAGE)
        return len(queries)

    before = count()
    for number in range(50):
        row = world.trajectory(f"t{number}", "noord-1")
        world.step(row, done=world.on("2026-03-20"), reach_groups=[{"group": f"groep {number}", "count": 9}])
    assert count() == before
