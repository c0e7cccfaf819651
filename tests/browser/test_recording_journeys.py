"""What an adviser records and what residents then see, by keyboard on a wide screen and on a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.keyboard import fill, tab_to

CHANGES_THE_SITE = True
PARKING = "/trajecten/parkeerplan-singelrand-voorbeeld/"
SQUARE = "/trajecten/herinrichting-lindeplein-voorbeeld/"
WIDTHS = pytest.mark.parametrize("width", [axe.WIDE, 390])
PLANNING = """Planning Lindeplein 2027
8 februari\tBewonersavond in de school
Ong 13 juni\tInloop op het plein
31/2\tFeest voor de buurt"""


def sized(page: Page, width: int) -> Page:
    """Return the page in a window of this width."""
    page.set_viewport_size({"width": width, "height": 844})
    return page


def press(page: Page, selector: str) -> None:
    """Follow this link, or press this button, with the keyboard."""
    tab_to(page, selector, 250)
    enter(page)


def enter(page: Page) -> None:
    """Press Enter, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def unfold(page: Page, selector: str) -> None:
    """Unfold this part of the page with the keyboard."""
    tab_to(page, f"{selector} > summary", 250)
    page.keyboard.press("Enter")


@WIDTHS
def test_a_meeting_is_planned_from_the_week_and_residents_find_where_it_is(
    width: int, page_as: Callable[[str], Page]
) -> None:
    name, place = f"Avond over de bomen ({width})", f"Buurthuis De Linde ({width})"
    page = sized(page_as("adviser"), width)

    page.goto("/deze-week/")
    expect(page.locator("main h2").first).to_contain_text("Uit wet of verordening")
    expect(page.get_by_role("row").filter(has_text="Afhandeling van een klacht")).to_contain_text("wet")
    axe.assert_accessible(page)
    unfold(page, ".ld-week__old")
    expect(page.locator(".ld-week__old").first.get_by_role("row").nth(1)).to_be_visible()
    tab_to(page, "[name=traject]", 200)
    page.keyboard.type("Herin")
    press(page, "form.ld-week__record button")
    press(page, "a[href*='kind=activity']")

    fill(page, title=name, method="Bij", planned="15 december 2026", starts_at="19:30", description="Welke bomen?")
    unfold(page, "details:has([name=new_party_name])")
    fill(page, new_party_name="Wijkvereniging Lindekwartier", new_party_kind="bew")
    fill(page, place_name=place, place_address="Lindeplein 1, Leiden", place_accessible="ja")
    fill(page, sign_up_url="https://example.org/aanmelden")
    axe.assert_accessible(page)
    enter(page)

    expect(page.get_by_text("Er is al een organisatie met bijna deze naam")).not_to_have_count(0)
    axe.assert_accessible(page)
    tab_to(page, "[name=new_party_same]")
    page.keyboard.press("Space")
    enter(page)
    message = page.get_by_role("status").first
    expect(message).to_contain_text("Uiterlijk 24 november: over zes dagen")
    axe.assert_accessible(page)
    press(page, ".ld-messages a.utrecht-button")
    tab_to(page, "[name=announced_on]")
    page.keyboard.type("vandaag")
    enter(page)
    expect(page.get_by_role("status").first).to_contain_text("Gewijzigd")

    page = sized(page_as(""), width)
    page.goto(SQUARE)
    press(page, "a[href$='/meedoen/']")
    expect(page.get_by_text(place)).to_contain_text("Lindeplein 1, Leiden")
    expect(page.get_by_role("link", name=re.compile(rf"^Aanmelden ?: .*\({width}\)"))).to_be_visible()
    axe.assert_accessible(page)
    assert place in page.request.get(f"{SQUARE}agenda.ics").text()
    assert place in page.request.get(f"{SQUARE}nieuws.atom").text()


@pytest.mark.parametrize("script", [True, False], ids=["with_javascript", "without_javascript"])
def test_a_planning_is_pasted_mended_recorded_once_and_undone(
    script: bool, page_as: Callable[[str], Page], without_script: Callable[[str], Page]
) -> None:
    page = sized((page_as if script else without_script)("adviser"), axe.WIDE if script else 390)

    def look(page: Page) -> None:
        page.goto(f"{PARKING}plan/")
        press(page, "a[href$='/planning/inlezen/']")
        tab_to(page, "[name=text]")
        page.keyboard.insert_text(PLANNING)
        press(page, "main form button")

    look(page)
    expect(page.get_by_text("2 stappen worden vastgelegd. 1 rij kan zo nog niet worden vastgelegd.")).to_be_visible()
    if script:
        axe.assert_accessible(page)
    unread = page.get_by_role("row").filter(has_text="31/2")
    unread.get_by_label("Datum").fill("week 26 2027")
    unread.get_by_label("Soort stap").select_option(label="Mijlpaal")
    unread.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Leg vast wat is aangevinkt").click()
    expect(page.get_by_role("status").first).to_contain_text("Toegevoegd")

    beside = page.context.new_page()
    look(beside)
    expect(beside.get_by_text("0 stappen worden vastgelegd. 3 staan er al.")).to_be_visible()
    press(page, ".ld-messages form button")
    expect(page).to_have_url(re.compile(f"{PARKING}plan/$"))
    expect(page.get_by_role("status").first).to_contain_text("Ongedaan gemaakt")
    expect(page.get_by_text("Feest voor de buurt")).to_have_count(0)


@WIDTHS
def test_a_resident_finds_a_case_whom_to_call_and_its_scenarios(width: int, page_as: Callable[[str], Page]) -> None:
    number = f"Z/26/{width}"
    page = sized(page_as("adviser"), width)
    page.goto(f"{PARKING}wijzigen/")
    fill(page, contact_role="Pro", contact_phone="14 071", contact_email="parkeren@example.org")
    unfold(page, "details:has([name=case_number])")
    tab_to(page, "[name=case_number]")
    page.keyboard.press("Control+A")
    page.keyboard.type(number)
    enter(page)
    expect(page.get_by_role("status").first).to_contain_text("Gewijzigd")
    for title in ("Alles eenrichting", "Alles autovrij"):
        page.goto(f"{PARKING}scenarios/nieuw/")
        fill(page, title=f"{title} ({width})", description="Zo.", advantages="Rust.", disadvantages="Ver.")
        axe.assert_accessible(page)
        press(page, "main form button:not([name])")

    page = sized(page_as(""), width)
    page.goto("/trajecten/")
    tab_to(page, "[name=zoek]")
    page.keyboard.type(number)
    enter(page)
    expect(page.locator(".ld-cards > li")).to_have_count(1)
    press(page, ".ld-cards > li a")
    expect(page.get_by_text(f"Zaaknummer: {number}")).to_be_visible()
    expect(page.get_by_role("link", name="14 071").first).to_be_visible()
    for path in ("meedoen/", "inbreng/", "afspraken/", "plan/"):
        axe.assert_accessible(page)
        press(page, f"nav a[href$='/{path}']")
        expect(page.locator("nav a[aria-current=page]").last).to_have_attribute("href", PARKING + path)
    expect(page.locator(".ld-scenarios > li").filter(has_text=f"autovrij ({width})")).to_contain_text("Ver.")
    first, second = (page.locator(".ld-scenarios > li").nth(place).bounding_box() for place in (0, 1))
    assert first
    assert second
    assert (first["y"] == second["y"]) is (width == axe.WIDE)
    axe.assert_accessible(page)
    for name in ("Toegankelijkheid", "Privacy"):
        page.get_by_role("contentinfo").get_by_role("link", name=name, exact=True).press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        axe.assert_accessible(page)
