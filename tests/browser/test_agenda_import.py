"""Agendas of each system: looked at, assigned to a trajectory by hand, recorded and undone at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.keyboard import tab_to
from tests.browser.test_recording_journeys import press, sized, unfold
from tests.interchange.agendas.agenda_files import (
    content,
    hit,
    ibabs,
    ibabs_document,
    ibabs_item,
    notubiz,
    notubiz_document,
    notubiz_item,
    notubiz_meeting,
    ori,
)

CHANGES_THE_SITE = True
PAGE = "/agenda/inlezen/"
PARKING, SQUARE = "parkeerplan-singelrand-voorbeeld", "herinrichting-lindeplein-voorbeeld"


class AgendaFile(NamedTuple):
    """A file with an item about the parking plan, by its title, and one that is about no trajectory by its words."""

    name: str
    content: bytes
    known: str
    other: str


def notubiz_file(number: int) -> AgendaFile:
    known, other = f"Vaststelling fietsplan Singelrand {number}", f"Raadsvoorstel riolering {number}"
    items = (
        notubiz_item(number, known, notubiz_document(number, f"Parkeernota {number}")),
        notubiz_item(number + 1, other, notubiz_document(number + 1, f"Tekening {number}")),
    )
    return AgendaFile("notubiz.json", notubiz(notubiz_meeting(*items, on="2027-02-10")), known, other)


def ibabs_file(number: int) -> AgendaFile:
    known, other = f"Vaststelling fietsplan Singelrand {number}", f"Raadsvoorstel riolering {number}"
    items = (
        ibabs_item(f"i{number}", known, ibabs_document(f"d{number}", f"Parkeernota {number}")),
        ibabs_item(f"j{number}", other, ibabs_document(f"e{number}", f"Tekening {number}")),
    )
    return AgendaFile("ibabs.json", content(ibabs(*items, MeetingDate="2027-02-11T00:00:00")), known, other)


def ori_file(number: int) -> AgendaFile:
    known, other = f"Vaststelling fietsplan Singelrand {number}", f"Raadsvoorstel riolering {number}"
    hits = [
        hit(f"{number}0", "Meeting", name="Gemeenteraad", start_date="2027-02-12T19:00:00+00:00"),
        *(
            hit(f"{number}{place}", "AgendaItem", name=name, parent=f"{number}0")
            for place, name in enumerate((known, other), start=1)
        ),
    ]
    return AgendaFile("ori.json", ori(*hits), known, other)


def look_at(page: Page, file: AgendaFile) -> None:
    page.goto(PAGE)
    upload = {"name": file.name, "mimeType": "application/json", "buffer": file.content}
    page.locator("input[type=file]").set_input_files(upload)
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kijk de agenda na")


def check(page: Page) -> None:
    for width in (axe.WIDE, 390, axe.NARROW):
        sized(page, width)
        axe.assert_accessible(page)


def box_of(page: Page, title: str) -> Locator:
    return page.get_by_role("checkbox", name=title, exact=True)


@pytest.mark.parametrize(
    ("make", "script"),
    [(ori_file, True), (ibabs_file, False), (notubiz_file, True)],
    ids=["ori", "ibabs_without_javascript", "notubiz"],
)
def test_an_agenda_is_assigned_recorded_once_and_undone_at_once(
    make: Callable[[int], AgendaFile],
    script: bool,
    page_as: Callable[[str], Page],
    without_script: Callable[[str], Page],
) -> None:
    page, file = (page_as if script else without_script)("adviser"), make(500 + 10 * script)
    sized(page, axe.WIDE if script else 390)
    look_at(page, file)
    if script:
        check(page)
    expect(box_of(page, file.known)).not_to_be_checked()
    box_of(page, file.known).check()
    page.locator("details:has(#id_find) > summary").click()
    page.get_by_label(file.other).select_option(SQUARE)
    page.get_by_role("button", name="Bekijk ze in de trajecten die ik koos").click()
    expect(page.get_by_text("1 agendapunt staat nu bij het traject dat u koos")).to_be_visible()
    expect(box_of(page, file.other)).to_be_checked()
    expect(box_of(page, file.known)).to_be_checked()
    if script:
        check(page)
    page.get_by_role("button", name="Leg vast wat is aangevinkt").click()
    expect(page.locator(".ld-messages")).to_contain_text("Vastgelegd in “")

    beside = page.context.new_page()
    look_at(beside, file)
    expect(beside.get_by_text("2 staan er al.")).to_be_visible()
    expect(beside.locator("input[name=take]:checked")).to_have_count(0)

    page.locator(".ld-messages form button").click()
    expect(page.locator(".ld-messages")).to_contain_text("Ongedaan gemaakt")
    look_at(beside, file)
    expect(box_of(beside, file.known)).to_be_visible()
    for slug in (PARKING, SQUARE):
        page.goto(f"/trajecten/{slug}/plan/")
        expect(page.get_by_text(re.compile("singelrand 5[01]0|riolering 5[01]0", re.IGNORECASE))).to_have_count(0)


@pytest.mark.parametrize("width", [axe.WIDE, 390])
def test_an_item_is_found_and_assigned_by_keyboard(width: int, page_as: Callable[[str], Page]) -> None:
    page, file = sized(page_as("adviser"), width), notubiz_file(700 + width)
    look_at(page, file)
    unfold(page, "details:has(#id_find)")
    tab_to(page, "#id_find", 250)
    page.keyboard.type("lindeplein")
    # Enter here looks for trajectories, and records nothing.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#id_find")).to_have_value("lindeplein")
    expect(page.locator("select[name^=assign]")).to_contain_text("Lindeplein")
    tab_to(page, "select[name^=assign]", 250)
    page.keyboard.type("Herin")
    press(page, "button[value=assign]")
    expect(box_of(page, file.other)).to_be_checked()
    press(page, "button[value=save]")
    expect(page).to_have_url(re.compile(f"{SQUARE}/$"))
    press(page, ".ld-messages form button")
    expect(page.locator(".ld-messages")).to_contain_text("Ongedaan gemaakt")
