"""Every page for every role: accessible, valid HTML, no browser errors, few queries.

To add a page, add a line to PAGES.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import axe, html, keyboard
from tests.browser.site import Site

SQUARE = "/trajecten/herinrichting-lindeplein-voorbeeld/"
PARKING = "/trajecten/parkeerplan-singelrand-voorbeeld/"
VISION = "/trajecten/toekomstvisie-leidse-regio-fase-2/"
#: The pages of a trajectory beside its summary, and the maximum length of each on a telephone, in pixels.
PATHS = ("meedoen/", "inbreng/", "plan/", "afspraken/")
MAX_LENGTH = 6000
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
    Shown("/trajecten/?zoek=bomen+plan&mijn=on", "adviser"),
    Shown(SQUARE),
    Shown(PARKING),
    Shown(PARKING, "adviser"),
    # Each table is read twice, as it was and as it is, to know which texts changed since.
    Shown(f"{PARKING}?op=2026-10-01&bekend=2026-11-12", queries=66),
    Shown(f"{PARKING}afspraken/?op=2026-10-01&bekend=2026-11-12", queries=80),
    Shown(VISION),
    *(Shown(f"{PARKING}{path}") for path in PATHS),
    Shown(f"{PARKING}afspraken/", "adviser", queries=60),
    Shown(f"{PARKING}inbreng/?van=vereniging", "association_member"),
    Shown(f"{PARKING}plan/?bij=stap-avond", "association_member"),
    Shown(f"{PARKING}zoeken/?zoek=avond"),
    Shown(f"{PARKING}punt/?regel=feedback-given&over=avond"),
    Shown(f"{PARKING}verschil/"),
    Shown(f"{PARKING}verschil/?stuk=concept-03"),
    Shown(f"{PARKING}geschiedenis/", queries=44),
    Shown(f"{PARKING}geschiedenis/", "adviser"),
    Shown(f"{PARKING}volgen/"),
    Shown("/wijken/"),
    Shown("/wijken/binnenstad-zuid/"),
    Shown("/wijken/binnenstad-zuid/gevraagd/"),
    Shown("/organisaties/wijkvereniging-singelrand-voorbeeld/gevraagd/", "association_member"),
    Shown("/kaart/?zoek=plan"),
    Shown("/mijn-wijk/"),
    Shown("/wijken/binnenstad-zuid/volgen/"),
    Shown("/stad/"),
    Shown("/stad/verloop/"),
    Shown("/stad/verloop/?per=maand&basis=feedback&van=2026-01-01"),
    Shown("/stad/dagen/"),
    Shown("/stad/spreiding/"),
    Shown("/stad/invloed/"),
    Shown("/stad/bereik/"),
    Shown("/stad/vergelijken/", queries=12),
    # The figures of five years are counted apart.
    Shown("/stad/jaarverslag/2026/", queries=60),
    Shown("/stad/jaarverslag/2026/inclusivity/", queries=60),
    Shown("/stad/jaarverslag/2026/influence-of-people/", queries=60),
    Shown("/stad/stappen/"),
    Shown("/stad/spreiding/?bekend=2026-11-01", queries=60),
    Shown("/stad/invloed/?bekend=2026-11-01"),
    Shown("/stad/punten/?uitkomst=overdue"),
    Shown("/stad/inbreng/?uitkomst=open"),
    Shown("/raad/", queries=15),
    Shown("/raad/?bron=wensen&soort=mobility", "auditor", queries=15),
    Shown("/raad/?kaart=bereik&portefeuille=Verkeer", "council_member", queries=15),
    # Each pack is read from the history of its trajectory.
    Shown("/raadsvergaderingen/2026-12-03/", queries=60),
    Shown("/mijn/post/", "council_member"),
    Shown("/raad/parkeerplan-singelrand-voorbeeld/?stand=late"),
    Shown(f"{PARKING}raadsstuk/", queries=50),
    Shown("/regels/"),
    Shown("/regels/feedback-given/"),
    Shown("/regels/woo-decided/"),
    Shown("/moties/"),
    Shown("/moties/21.0098/04/"),
    Shown("/toezeggingen/"),
    Shown("/toezeggingen/Z/21/3258970-1/"),
    Shown("/initiatieven/"),
    Shown("/initiatieven/I-2026-001/"),
    Shown("/initiatieven/insturen/?wijk=binnenstad-zuid"),
    Shown("/initiatieven/insturen/?verstuurd"),
    Shown("/initiatieven/insturen/bestaat-niet/", status=404),
    Shown("/open-data/"),
    Shown("/open-data/ontbreekt/"),
    Shown("/open-data/ontbreekt/?soort=contribution_without_outcome"),
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
    Shown(f"{PARKING}plan/wijzigen/", "association_member", status=403),
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
    Shown("/agenda/inlezen/", "adviser"),
    Shown("/regels/voorvertoning/", "auditor"),
    Shown("/regels/feedback-given/voorvertoning/?term=8&term_eenheid=weeks", "auditor", queries=60),
    Shown("/account/uitnodigen/", "coordinator"),
    Shown(f"{PARKING}toewijzen/", "coordinator"),
    Shown(f"{PARKING}planning/", "adviser"),
    Shown("/trajecten/nieuw/", "adviser"),
    Shown(f"{PARKING}wijzigen/", "adviser"),
    Shown(f"{PARKING}plan/wijzigen/", "adviser"),
    Shown(f"{PARKING}plan/wijzigen/?deel=partijen", "adviser"),
    Shown(f"{PARKING}plan/wijzigen/?deel=alles", "adviser"),
    Shown(f"{PARKING}starten/", "adviser"),
    Shown(f"{PARKING}starten/besluit/", "adviser"),
    Shown(f"{PARKING}starten/wie/", "adviser"),
    Shown(f"{PARKING}openbaar/", "adviser"),
    Shown(f"{PARKING}scenarios/nieuw/", "adviser"),
    Shown(f"{PARKING}stappen/nieuw/", "adviser"),
    Shown(f"{PARKING}stappen/nieuw/?kind=activity", "adviser"),
    Shown(f"{PARKING}stappen/nieuw/?kind=feedback&about=avond", "adviser"),
    Shown(f"{PARKING}stappen/avond-concept/?veld=done", "adviser"),
    Shown(f"{PARKING}stappen/werksessie/evaluatie/", "adviser"),
    Shown(f"{PARKING}inbreng/nieuw/", "adviser"),
    Shown(f"{PARKING}inbrenglijst/", "adviser"),
    # Of an import that runs.
    Shown(f"{SQUARE}inbrenglijst/", "coordinator"),
    Shown(f"{PARKING}inbreng/beantwoorden/", "adviser"),
    Shown(f"{PARKING}inbreng/p1/", "adviser"),
    Shown(f"{PARKING}bereik/inlezen/", "adviser"),
    Shown(f"{PARKING}stukken/nieuw/", "adviser"),
    Shown(f"{PARKING}stukken/concept-03/", "adviser"),
    Shown(f"{PARKING}stukken/concept-03/delen/", "adviser"),
    Shown(f"{PARKING}verzoeken/nieuw/?kind=information", "adviser"),
    Shown(f"{PARKING}verzoeken/zorg-uitnodiging/?veld=answer", "adviser"),
    Shown(f"{PARKING}uitleg/?rule=joint-start&subject=", "adviser"),
    Shown("/initiatieven/?stand=awaiting", "adviser"),
    Shown("/initiatieven/I-2026-001/", "adviser"),
    Shown("/initiatieven/I-2026-003/beoordelen/", "adviser"),
    Shown("/initiatieven/I-2026-001/wijzigen/?veld=answer", "adviser"),
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
    # Colours once: tests/browser/test_components.py and the journeys check them on a telephone too.
    for width, without in ((axe.WIDE, ()), (axe.NARROW, axe.COLOUR_RULES)):
        page.set_viewport_size({"width": width, "height": 800})
        violations = [*axe.violations(page, without), *axe.overflowing_elements(page)]
        assert not violations, "\n".join([f"at {width}:", *violations])


def _by_keyboard(page: Page) -> None:
    focus_stops = keyboard.focus_stops(page)
    assert focus_stops[0].name == "Naar de inhoud"
    assert [stop for stop in focus_stops if not stop.seen] == []
    assert keyboard.unreachable_elements(page) == []


@pytest.mark.parametrize("path", ["", *PATHS])
@pytest.mark.parametrize("whom", ["", "association_member", "adviser"])
def test_no_page_of_a_trajectory_is_long_on_a_telephone(
    path: str, whom: str, shared_page_as: Callable[[str], Page]
) -> None:
    page = shared_page_as(whom)
    page.set_viewport_size({"width": 390, "height": 844})
    for trajectory in (SQUARE, PARKING, VISION):
        page.goto(trajectory + path)
        length = page.evaluate("document.documentElement.scrollHeight")
        assert length <= MAX_LENGTH, trajectory


def test_the_councils_page_is_not_long_on_a_telephone(shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as("council_member")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/raad/")
    assert page.evaluate("document.documentElement.scrollHeight") <= MAX_LENGTH


@pytest.mark.parametrize("url", ["/stad/", "/stad/verloop/", "/stad/dagen/", "/stad/spreiding/", "/stad/invloed/"])
def test_no_page_of_figures_is_long_on_a_telephone(url: str, shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as("")
    page.set_viewport_size({"width": axe.NARROW, "height": 800})
    page.goto(url)
    # Lines are longer in the font of the page than in the one before it has loaded.
    length = page.evaluate("document.fonts.ready.then(() => document.documentElement.scrollHeight)")
    assert length <= MAX_LENGTH


@pytest.mark.parametrize("url", ["/stad/", "/stad/dagen/"])
def test_a_folded_table_of_figures_is_unfolded_by_keyboard(url: str, without_script: Callable[[str], Page]) -> None:
    page = without_script("")
    page.goto(url)
    folded = page.locator(".ld-details:has(td a)").last
    expect(folded.locator("td a").first).not_to_be_visible()
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(folded.locator("td a").first).to_be_visible()


def test_the_week_of_an_adviser_fits_on_one_screen(shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as("adviser")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/deze-week/")
    last = page.locator(".ld-accordion > details > summary").last.bounding_box()
    assert last
    assert last["y"] + last["height"] <= 800


@pytest.mark.parametrize("width", [800, 1280])
def test_no_text_of_the_week_is_cut_off(width: int, shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as("adviser")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/deze-week/")
    shown = page.locator(".ld-week__table :is(td, td a, td span):not(.ld-visually-hidden)")
    assert shown.count() > 20
    assert (
        shown.evaluate_all(
            "all => all.filter(e => e.clientWidth && e.scrollWidth > e.clientWidth).map(e => e.textContent.trim())"
        )
        == []
    )


def test_the_map_is_read_by_keyboard_and_by_its_list(shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as("")
    page.goto("/kaart/")
    by_keyboard = {stop.name.replace(":", "") for stop in keyboard.focus_stops(page) if "<title>" in stop.what}
    listed = {" ".join(text.split()) for text in page.locator(".ld-places li").all_inner_texts()}
    assert by_keyboard == listed
    assert len(listed) > 3

    page.goto("/kaart/")
    keyboard.tab_to(page, 'a[href="#map-1-end"]')
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.ld-places') !== null")

    page.goto("/kaart/")
    keyboard.tab_to(page, "svg a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/trajecten/?wijk=*")


def test_the_place_of_a_trajectory_is_put_in_words_and_marked(shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as("")
    page.goto(SQUARE)
    place = page.get_by_role("region", name="Waar het is")
    expect(place).to_contain_text("Punt 52.14970, 4.49510, in: Roodenburgerdistrict")
    expect(place.locator(".ld-map__mark")).to_be_visible()


def test_a_link_of_an_earlier_mail_leads_to_a_visible_link_without_javascript(
    without_script: Callable[[str], Page],
) -> None:
    page = without_script("")
    page.set_viewport_size({"width": 390, "height": 844})
    for fragment, path in (("inbreng", "inbreng/#inbreng"), ("meeting-announced--avond", "afspraken/#afspraken")):
        page.goto(f"{PARKING}#{fragment}")
        expect(page.locator(f'a[href="{PARKING}{path}"]').last).to_be_in_viewport()


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
