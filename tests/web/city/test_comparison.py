"""The page that compares with other municipalities: ranges from three on, the own share beside them, never an order."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from participation.interchange.comparison.document import signed_document
from participation.models import ComparedMunicipality
from tests.comparisons import DOCUMENTS, DRAFT, comparison, key, rule_totals, store_comparisons, year_totals
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGE = "/stad/vergelijken/"
LEIDEN, UTRECHT, ZEIST, _DELFT = DOCUMENTS


def text_of(client, query="", **headers):
    return " ".join(strip_tags(get_html(client, PAGE + query, **headers)).split())


def test_a_range_over_three_municipalities_with_the_own_share_beside_it(client):
    store_comparisons()
    text = text_of(client)
    assert "Voor 2025 is 1 regel te vergelijken" in text
    # Leiden is at 66 of 66 to 70, Utrecht at 40 of 100 to 104, Zeist at 30 of 40 to 44.
    assert "tussen 38% en 100% 94% tot 100% 3" in text
    assert "1 andere gemeente heeft hier andere termijnen en telt niet mee." in text
    assert "2 gemeenten zijn te vergelijken. In 1 gemeente gold de regel voor te weinig trajecten." in text


def test_no_share_of_another_municipality_is_on_the_page(client):
    store_comparisons()
    text = text_of(client)
    # That of Zeist lies between the lowest and the highest.
    assert "75%" not in text
    assert "68%" not in text
    names = [
        text.index(name) for name in ("gemeente Delft:", "gemeente Leiden:", "gemeente Utrecht:", "gemeente Zeist:")
    ]
    assert names == sorted(names)


def test_fewer_than_three_show_no_range(client):
    store_comparisons(LEIDEN, UTRECHT)
    html = get_html(client, PAGE)
    text = " ".join(strip_tags(html).split())
    assert "Voor 2025 is er nog niets te vergelijken" in text
    assert "38%" not in html
    assert "2 gemeenten zijn te vergelijken" in text


def test_an_empty_installation_says_what_is_needed(client):
    assert "zodra 3 gemeenten hun aantallen hebben gepubliceerd" in text_of(client)


def test_without_own_totals_the_range_is_shown_all_the_same(client):
    delft = comparison("delft", 3, year_totals(2025, rule_totals(in_time=50, late=50)))
    store_comparisons(UTRECHT, ZEIST, delft)
    text = text_of(client)
    assert "tussen 38% en 75% niet gepubliceerd, of te weinig trajecten 3" in text
    assert "De eigen aantallen van gemeente Leiden staan hier nog niet bij." in text


def test_another_year_can_be_chosen_and_an_unknown_one_is_the_last(client):
    store_comparisons()
    assert "Voor 2024 is er nog niets te vergelijken" in text_of(client, "?jaar=2024")
    for query in ("?jaar=2023", "?jaar=x", "?jaar="):
        assert "Voor 2025 is 1 regel te vergelijken" in text_of(client, query)


def test_a_rule_that_the_own_rulebook_lacks_is_not_shown(client, settings):
    settings.RULEBOOK = "amsterdam"
    rows = year_totals(2025, rule_totals("early-involvement"), rule_totals(DRAFT))
    store_comparisons(*(comparison(f"stad-{number}", number, rows) for number in (1, 2, 3)))
    assert "Voor 2025 is 1 regel te vergelijken" in text_of(client)


def test_what_others_wrote_is_escaped(client):
    store_comparisons(signed_document("utrecht", "<b>Utrecht</b>", "https://u.example", [year_totals()], key()))
    assert "<li>&lt;b&gt;Utrecht&lt;/b&gt;: " in get_html(client, PAGE)


def test_the_totals_published_here_are_linked_while_publishing_is_on(client, settings):
    store_comparisons()
    assert "/open-data/vergelijking.json" not in get_html(client, PAGE)
    settings.COMPARISON_KEY = "key.json"
    html = get_html(client, PAGE)
    assert 'href="/open-data/vergelijking.json"' in html
    ParsedPage(html)


def test_the_page_is_in_english_too(client):
    store_comparisons()
    text = text_of(client, headers={"Accept-Language": "en"})
    assert "between 38% and 100% 94% to 100% 3" in text
    assert "1 other municipality has other terms here, and is not compared." in text


def test_the_page_takes_one_query_more_however_many_there_are(client):
    def queries():
        with CaptureQueriesContext(connection) as found:
            get_html(client, PAGE)
        return len(found)

    store_comparisons(LEIDEN)
    one = queries()
    ComparedMunicipality.objects.all().delete()
    store_comparisons(LEIDEN, *(comparison(f"stad-{number}", number) for number in range(10, 60)))
    assert queries() == one
