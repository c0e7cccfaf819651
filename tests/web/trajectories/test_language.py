"""Texts of the municipality are marked with their language on a page in another language."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from participation.web.shared.formatting import quotes_with_lang, with_lang
from tests import world
from tests.web.html_helpers import PAGE, PAGES, PLAN, ParsedPage, all_pages_html, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
#: The texts of the trajectory, each of which is on its page.
TEST_TEXTS = (
    *("Voorbeeldplein", "Het plein wordt groener.", "Raadsvoorstel 1", "De bomen blijven", "Besluit van de raad"),
    *("De indeling is vrij.", "Bewoners kennen het plein.", "Autovrij", "Bewonersavond", "Raad besluit"),
    *("De raad kiest.", "Tweede avond", "Schetsontwerp", "Afweging", "Groen", "Meer bomen", "Een bankje"),
    *("Er komt er een.", "Wie ruimt op?"),
)


class Languages(HTMLParser):
    """Yields each text of the body with the language of its element, without texts for machines only."""

    def __init__(self, html):
        super().__init__()
        self.texts, self._open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag not in ParsedPage.VOID:
            self._open.append((tag, dict(attrs).get("lang") or (self._open[-1][1] if self._open else "")))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        tags = {tag for tag, _language in self._open}
        if data.strip() and not tags & {"head", "script", "style", "title", "desc", "option", "textarea"}:
            self.texts.append((data.strip(), self._open[-1][1]))


def unmarked(html):
    """Return the planted texts that are in an element of another language."""
    return [
        text
        for text, language in Languages(html).texts
        if language != "nl" and any(dutch in text for dutch in TEST_TEXTS)
    ]


@pytest.mark.parametrize(
    "address", [*PAGES, f"{PAGE}zoeken/?zoek=bomen", "/trajecten/", f"{PAGE}punt/?regel=feedback-given&over=s1"]
)
def test_on_an_english_page_every_dutch_text_has_a_lang_attribute(client, square, address):
    world.waiver(square, reason="Meer bomen", rule="feedback-given")
    html = get_html(client, address, **ENGLISH)

    assert '<html lang="en"' in html
    assert "Voorbeeldplein" in html
    assert unmarked(html) == []


def test_the_trajectory_page_shows_every_test_text(client, square):
    html = all_pages_html(client, **ENGLISH)

    assert [text for text in TEST_TEXTS if text not in html] == []


def test_on_a_dutch_page_no_lang_attributes_are_added(client, square):
    assert 'lang="nl"' not in get_html(client, PLAN).partition("<body")[2].replace('hreflang="nl"', "").replace(
        'lang="nl" hreflang', ""
    )


def test_a_text_with_a_lang_attribute_is_escaped_and_empty_text_stays_empty(client):
    from django.utils import translation

    with translation.override("en"):
        assert with_lang("<b>") == '<span lang="nl">&lt;b&gt;</span>'
        assert with_lang("") == ""
        assert (
            quotes_with_lang("Feedback on “Avond & meer”.") == 'Feedback on “<span lang="nl">Avond &amp; meer</span>”.'
        )
    with translation.override("nl"):
        assert with_lang("<b>") == "<b>"
        assert quotes_with_lang("“<b>”") == "“&lt;b&gt;”"
