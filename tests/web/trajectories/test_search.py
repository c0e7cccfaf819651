"""Search in a trajectory: what is found, how it is shown, and where it leads."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.web.html_helpers import PAGE, ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
SEARCH = f"{PAGE}zoeken/"


def hits(html):
    """Return the addresses of what was found."""
    return re.findall(r'<p class="ld-strong"><a href="([^"]+)"', html)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("bankje", f"{PAGE}inbreng/?bij=inbreng-c2#inbreng-c2"),
        ("er komt er een", f"{PAGE}inbreng/?bij=inbreng-c2#inbreng-c2"),
        ("bewonersavond", f"{PAGE}plan/?bij=stap-s1#stap-s1"),
        ("raad kiest", f"{PAGE}plan/?bij=besluit-s2#besluit-s2"),
        ("afweging", f"{PAGE}plan/?bij=document-d3#document-d3"),
        ("0.3", f"{PAGE}plan/?bij=document-d3#document-d3"),
        ("indeling", f"{PAGE}plan/#plan"),
        ("bomen blijven", f"{PAGE}plan/#plan"),
        ("autovrij", f"{PAGE}plan/?bij=scenario-sc1#scenario-sc1"),
        ("ruimt op", f"{PAGE}inbreng/?bij=verzoek-r1#verzoek-r1"),
    ],
)
def test_what_matches_is_found_and_leads_to_its_place(client, square, text, address):
    html = get_html(client, f"{SEARCH}?zoek={text}")

    assert hits(html) == [address]
    place = urlsplit(address)
    assert place.fragment in ParsedPage(get_html(client, f"{place.path}?{place.query}")).ids


def test_the_words_are_marked_whatever_their_case_and_accents(client, square):
    world.contribution(square, "c9", summary="Een <b>Café</b> erbij")

    assert "Een &lt;b&gt;<mark>Café</mark>&lt;/b&gt; erbij" in get_html(client, f"{SEARCH}?zoek=cafe")


def test_every_word_must_occur(client, square):
    assert hits(get_html(client, f"{SEARCH}?zoek=meer+bomen"))
    html = get_html(client, f"{SEARCH}?zoek=meer+zeilboten")
    assert hits(html) == []
    assert "Er is niets gevonden voor “meer zeilboten”." in html


def test_nothing_of_another_trajectory_is_found(client, square):
    world.contribution(world.trajectory("elders"), summary="Een zwembad")

    assert hits(get_html(client, f"{SEARCH}?zoek=zwembad")) == []


@pytest.mark.parametrize("query", ["", "?zoek=", "?zoek=%20", "?zoek=%CC%81"])
def test_without_words_nothing_is_searched(client, square, query):
    assert hits(get_html(client, f"{SEARCH}{query}")) == []


def test_the_search_text_and_the_number_of_hits_are_bounded(client, square):
    for number in range(20):
        world.contribution(square, f"x{number}", summary="Een fontein")
        world.request(square, f"v{number}", summary="Een fontein")
    html = get_html(client, f"{SEARCH}?zoek=fontein")

    assert len(hits(html)) == 16
    assert html.count("Dit zijn de eerste 8.") == 2
    assert "Alleen de eerste woorden zijn gebruikt." in get_html(client, f"{SEARCH}?zoek={'woord+' * 500}")


def test_a_search_takes_the_same_number_of_queries_whatever_it_finds(client, square):
    def queries():
        with CaptureQueriesContext(connection) as found:
            get_html(client, f"{SEARCH}?zoek=fontein")
        return len(found)

    before = queries()
    for number in range(30):
        world.contribution(square, f"x{number}", summary="Een fontein")
        world.step(square, f"y{number}", title="Een fontein")

    assert queries() == before


def test_on_another_day_it_says_that_it_searches_what_is_recorded_now(client, square):
    html = get_html(client, f"{SEARCH}?zoek=bankje&op=2026-04-09")

    assert "Hier zoekt u in wat nu is vastgelegd." in html
    assert 'name="op" value="2026-04-09"' in html
