"""Every page for every role: accessible, valid HTML, no browser errors, few queries.

To add a page, add a line to PAGES.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import Page

from tests.browser import axe, html, keyboard
from tests.browser.site import Site

SQUARE = "/trajecten/herinrichting-lindeplein-voorbeeld/"
PARKING = "/trajecten/parkeerplan-singelrand-voorbeeld/"
VISION = "/trajecten/toekomstvisie-leidse-regio-fase-2/"
#: The maximum number of queries of a response; it does not depend on the number of rows.
FEW = 40


class Shown(NamedTuple):
    """A page: its URL, the role of its reader ("" is anonymous), its status and its maximum number of queries."""

    url: str
    whom: str = ""
    status: int = 200
    queries: int = FEW

    def __str__(self) -> str:
        return f"{self.url} {self.whom or 'nobody'}"


PAGES = [
    # public
    Shown("/trajecten/"),
    Shown("/trajecten/?zoek=plan&meedoen=on"),
    Shown(SQUARE),
    Shown(PARKING),
    Shown(PARKING, "adviser", queries=60),
    # Each table is read twice, as it was and as it is, to know which texts changed since.
    Shown(f"{PARKING}?op=2026-10-01&bekend=2026-11-12", queries=66),
    Shown(VISION),
    Shown(f"{PARKING}punt/?regel=feedback-given&over=avond"),
    Shown(f"{PARKING}geschiedenis/", queries=44),
    Shown(f"{PARKING}geschiedenis/", "adviser"),
    Shown(f"{PARKING}volgen/"),
    Shown("/wijken/"),
    Shown("/wijken/binnenstad-zuid/"),
    Shown("/wijken/binnenstad-zuid/volgen/"),
    Shown("/stad/"),
    Shown("/regels/"),
    Shown("/regels/feedback-given/"),
    Shown("/regels/woo-decided/"),
    Shown("/moties/"),
    Shown("/moties/21.0098/04/"),
    Shown("/toezeggingen/"),
    Shown("/toezeggingen/Z/21/3258970-1/"),
    Shown("/open-data/"),
    Shown("/over/"),
    Shown("/toegankelijkheid/"),
    Shown("/privacy/"),
    Shown("/api/v1/docs"),
    Shown("/inloggen/"),
    Shown("/account/code/"),
    Shown("/account/wachtwoord/"),
    Shown("/bestaat-niet/", status=404),
    # members of associations
    Shown("/mijn/", "association_member"),
    Shown("/mijn/", "auditor"),
    Shown(f"{PARKING}tegengeluid/?rule=meeting-announced&subject=werksessie", "association_member"),
    Shown(f"{PARKING}vraag/", "association_member"),
    Shown(f"{PARKING}vraag/?kind=initiative", "association_member"),
    Shown(f"{PARKING}reactie/", "association_member"),
    Shown(f"{PARKING}partijen/aandragen/", "association_member"),
    Shown(f"{PARKING}stappen/werksessie/evaluatie/", "association_member"),
    Shown(f"{PARKING}stappen/werksessie/evaluatie/resultaten/"),
    Shown("/evaluatie/bestaat-niet/", status=404),
    Shown("/evaluatie/bedankt/"),
    Shown(f"{PARKING}plan/", "association_member", status=403),
    # mail preferences
    Shown("/mijn/post/", "association_member"),
    Shown("/mijn/post/", "adviser"),
    Shown("/post/stoppen/bestaat-niet/rapport/", status=404),
    # API keys
    Shown("/mijn/sleutels/", "adviser"),
    # advisers and coordinators
    Shown("/deze-week/", "adviser"),
    Shown("/deze-week/", "coordinator"),
    Shown("/deze-week/?deel=late", "adviser"),
    Shown("/werkverdeling/", "coordinator"),
    Shown(f"{PARKING}toewijzen/", "coordinator"),
    Shown(f"{PARKING}planning/", "adviser"),
    Shown("/trajecten/nieuw/", "adviser"),
    Shown(f"{PARKING}wijzigen/", "adviser"),
    Shown(f"{PARKING}plan/", "adviser"),
    Shown(f"{PARKING}scenarios/nieuw/", "adviser"),
    Shown(f"{PARKING}stappen/nieuw/", "adviser"),
    Shown(f"{PARKING}stappen/nieuw/?kind=activity", "adviser"),
    Shown(f"{PARKING}stappen/nieuw/?kind=feedback&about=avond", "adviser"),
    Shown(f"{PARKING}stappen/avond-concept/?veld=done", "adviser"),
    Shown(f"{PARKING}stappen/werksessie/evaluatie/", "adviser"),
    Shown(f"{PARKING}inbreng/nieuw/", "adviser"),
    Shown(f"{PARKING}inbreng/beantwoorden/", "adviser"),
    Shown(f"{PARKING}inbreng/p1/", "adviser"),
    Shown(f"{PARKING}stukken/nieuw/", "adviser"),
    Shown(f"{PARKING}stukken/concept-03/", "adviser"),
    Shown(f"{PARKING}stukken/concept-03/delen/", "adviser"),
    Shown(f"{PARKING}verzoeken/nieuw/?kind=information", "adviser"),
    Shown(f"{PARKING}verzoeken/zorg-uitnodiging/?veld=answer", "adviser"),
    Shown(f"{PARKING}uitleg/?rule=joint-start&subject=", "adviser"),
    Shown("/moties/nieuw/", "coordinator"),
    Shown("/moties/importeren/", "coordinator"),
    Shown("/moties/21.0098/04/bericht/", "coordinator"),
    Shown("/toezeggingen/nieuw/", "coordinator"),
    Shown("/toezeggingen/Z/21/3258970-1/wijzigen/", "coordinator"),
    Shown("/bestaat-niet/", "adviser", status=404),
]


@pytest.mark.parametrize("shown", PAGES, ids=str)
def test_pages_are_accessible(shown: Shown, shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as(shown.whom)
    page.set_viewport_size({"width": axe.WIDE, "height": 800})

    response = page.goto(shown.url)

    assert response is not None
    assert response.status == shown.status
    assert int(response.headers["x-queries"]) <= shown.queries
    _by_keyboard(page)
    for width in (axe.WIDE, axe.NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        violations = [*axe.violations(page), *axe.overflowing_elements(page)]
        assert not violations, "\n".join([f"at {width}:", *violations])


def _by_keyboard(page: Page) -> None:
    focus_stops = keyboard.focus_stops(page)
    assert focus_stops[0].name == "Naar de inhoud"
    assert [stop for stop in focus_stops if not stop.seen] == []
    assert keyboard.unreachable_elements(page) == []


def test_pages_are_valid_html(site: Site, tmp_path) -> None:
    found = html.validation_errors({str(shown): _text(site, shown) for shown in PAGES}, tmp_path)

    assert not found, "\n".join(found)


def _text(site: Site, shown: Shown) -> str:
    """Return the HTML of the page as sent."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in site.cookies(shown.whom))
    headers = {"Cookie": cookies, "Accept-Language": "nl"}
    response = requests.get(site.url + shown.url, headers=headers, timeout=60)
    assert response.status_code == shown.status, shown
    return response.content.decode()
