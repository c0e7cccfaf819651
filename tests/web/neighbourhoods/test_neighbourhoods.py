"""Neighbourhoods: their trajectories, their associations, and how to follow them."""

from __future__ import annotations

import re

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils.html import strip_tags

from tests import world
from tests.web.html_helpers import ParsedPage, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ALL, CENTRE = "/wijken/", f"/wijken/{world.CENTRE}/"


def words(html):
    return " ".join(strip_tags(html.partition("<main")[2].partition("</main>")[0]).split())


def test_neighbourhoods_are_grouped_by_district_with_their_trajectory_count(client):
    world.neighbourhood("buiten", district="Noord", name="Buiten")
    world.neighbourhood("eiland", name="Eiland")
    world.trajectory("een", "buiten")
    world.trajectory("geheim", "eiland", public=False)
    html = get_html(client, ALL)

    noord, others = re.findall(r"<h2[^>]*>(.*?)</h2>", html)
    assert (noord, others.partition(" ")[0]) == ("Noord", "Andere")
    assert "Buiten 1 traject" in words(html)
    assert "Eiland niets gaande" in words(html)
    client.force_login(world.user("auditor"))
    assert "Eiland 1 traject" in words(get_html(client, ALL))


def test_without_neighbourhoods_the_page_says_so(client):
    assert "Er zijn nog geen wijken of buurten vastgelegd." in get_html(client, ALL)


def test_a_neighbourhood_shows_its_trajectories_associations_and_neighbours(client):
    for slug in (world.RESIDENTS, world.OUTSIDER):
        world.organisation(slug)
    overdue_obligation(world.trajectory(title="Het plein"))
    world.trajectory("elders", world.LAKES, title="Het meer")
    world.trajectory("geheim", public=False, title="Nog geheim")
    world.neighbourhood(world.CENTRE).neighbours.add(world.neighbourhood(world.LAKES))
    html = get_html(client, CENTRE)

    for text in ("Het plein", "1 punt te laat", "Wijk-A", "Merenwijk 1 traject"):
        assert text in words(html)
    for text in ("Het meer", "Wijk-Elders", "Nog geheim"):
        assert text not in html
    assert f"/wijken/{world.LAKES}/" in ParsedPage(html).links


def test_a_neighbourhood_without_trajectories_says_so(client):
    world.neighbourhood()
    html = get_html(client, CENTRE)

    assert "In deze buurt is nog geen traject openbaar." in html
    assert "We kennen nog geen bewonersvereniging van deze buurt." in html


@pytest.mark.parametrize("name", ["follow_neighbourhood", "neighbourhood_calendar", "neighbourhood_feed"])
def test_a_neighbourhood_can_be_followed_by_mail_feed_and_calendar(client, name):
    world.neighbourhood()
    try:
        way = reverse(name, args=[world.CENTRE])
    except NoReverseMatch:
        way = None

    assert (way in ParsedPage(get_html(client, CENTRE)).links) == (way is not None)


def test_an_unknown_neighbourhood_gives_404(client):
    assert client.get("/wijken/nergens/").status_code == 404


@pytest.mark.parametrize("address", [ALL, CENTRE])
def test_more_rows_take_no_more_queries(client, address, django_assert_max_num_queries):
    def grow(numbers):
        for number in numbers:
            near = world.neighbourhood(f"buurt-{number}", district=f"Deel {number % 3}")
            world.neighbourhood(world.CENTRE).neighbours.add(near)
            overdue_obligation(world.trajectory(f"plein-{number}", world.CENTRE, near.slug))
            party = world.organisation(f"vereniging-{number}", kind="residents_association")
            party.neighbourhoods.add(world.neighbourhood(world.CENTRE))

    grow(range(1))
    with django_assert_max_num_queries(17) as few:
        get_html(client, address)
    grow(range(1, 50))
    with django_assert_max_num_queries(len(few)):
        get_html(client, address)


@pytest.mark.parametrize("address", [ALL, CENTRE])
def test_the_pages_are_readable_without_javascript_and_read_only(client, address):
    overdue_obligation()
    html = get_html(client, address)
    read = ParsedPage(html)

    assert len(read.ids) == len(set(read.ids))
    assert html.count("<h1") == html.count("<main") == 1
    assert set(re.findall(r'aria-labelledby="(.+?)"', html)) <= set(read.ids)
    assert client.post(address).status_code == 405
    assert "no-store" in client.get(address).headers["Cache-Control"]
