"""Whole tasks of users, from the first page to the last, with mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.site import Site

PARKING = "/trajecten/parkeerplan-singelrand-voorbeeld/"
SQUARE = "/trajecten/herinrichting-lindeplein-voorbeeld/"
TELEPHONE = {"width": 390, "height": 844}


def link_in(mail: object, part: str) -> str:
    """Return the first link in a mail that contains this text."""
    body = mail.get_body(preferencelist=("plain",)).get_content()  # type: ignore[attr-defined]
    return next(found for found in re.findall(r"https?://\S+", body) if part in found)


def log_in_by_code(page: Page, site: Site, address: str) -> None:
    """Log in as a member of an association, with the code in the mail."""
    page.goto("/inloggen/")
    page.get_by_label("E-mailadres", exact=True).fill(address)
    page.get_by_role("button", name="Stuur mij een code").click()
    page.wait_for_url(re.compile("invullen"))
    body = site.last_mail(address).get_body(preferencelist=("plain",)).get_content()
    code = re.search(r"\b\d{4}-?\d{4}\b", body)
    assert code, body
    page.get_by_label("Code").fill(code.group())
    page.get_by_role("button", name="Inloggen").click()
    page.wait_for_url(re.compile("^(?!.*account)"))


@pytest.mark.parametrize("script", [True, False], ids=["with_javascript", "without_javascript"])
def test_an_adviser_records_a_meeting_imports_contributions_and_answers_them(
    script: bool, page_as: Callable[[str], Page], without_script: Callable[[str], Page]
) -> None:
    page = (page_as if script else without_script)("adviser")
    name = f"Inloop in de school ({'met' if script else 'zonder'} script)"

    page.goto("/deze-week/")
    page.get_by_label("in", exact=True).select_option(label="Herinrichting Lindeplein (voorbeeld)")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="Activiteit").click()
    page.get_by_role("textbox", name=re.compile(r"^Naam( \(|$)")).fill(name)
    page.get_by_role("textbox", name="Gedaan op").fill("17 november 2026")
    page.get_by_role("button", name="Opslaan", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text(name)

    page.goto(SQUARE + "inbreng/nieuw/")
    page.get_by_label("Ontvangen bij").select_option(label=f"{name}, 17 november 2026")
    page.get_by_role("textbox", name="Inbreng").fill(f"Meer schaduw bij {name}\nEen bank bij {name}")
    page.get_by_role("button", name="Bekijken").click()
    expect(page.get_by_text("2 bijdragen worden vastgelegd.")).to_be_visible()
    page.get_by_role("button", name="Leg vast wat is aangevinkt").click()

    page.goto(SQUARE + "inbreng/beantwoorden/")
    for shown in page.locator("li").filter(has_text=f"bij {name}").all():
        shown.get_by_role("checkbox").check()
    joint = page.locator("section").filter(has=page.get_by_role("heading", name="Eén antwoord voor alles"))
    joint.get_by_label("Wat ermee gebeurt").select_option(label="overgenomen")
    joint.get_by_label("Waarom").fill("Er komen drie bomen en een bank.")
    joint.get_by_role("button", name="Bewaren als concept").click()
    expect(page.get_by_text("Concept van 18 november")).to_be_visible()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    page.get_by_role("button", name="Eerst controleren").first.click()
    expect(page.get_by_text("U legt 2 antwoorden vast")).to_be_visible()
    page.get_by_role("button", name="2 antwoorden vastleggen").click()
    expect(page.get_by_role("status").first).to_contain_text("2 bijdragen")

    beside = page.context.new_page()
    beside.goto(SQUARE)
    expect(beside.get_by_text("Er komen drie bomen en een bank.").first).to_be_visible()
    page.get_by_role("button", name="Ongedaan maken").click()
    beside.reload()
    expect(beside.get_by_text("Er komen drie bomen en een bank.")).to_have_count(0)


def test_an_association_contradicts_a_status_and_finds_the_answer(page_as: Callable[[str], Page], site: Site) -> None:
    words, answer = (
        "Bij ons in de straat hing geen brief over de rondes.",
        "Dat klopt: de bezorger sloeg twee straten over.",
    )
    page = page_as("")
    page.set_viewport_size(TELEPHONE)
    log_in_by_code(page, site, "vereniging@example.org")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wijkvereniging Singelrand")
    page.get_by_role("link", name="Parkeer- en fietsplan Singelrand (voorbeeld)", exact=True).first.click()
    page.goto(PARKING + "tegengeluid/?rule=meeting-announced&subject=rondes")
    page.get_by_label("Hoe ging het volgens u?").fill(words)
    page.get_by_role("button", name="Zet mijn weerwoord ernaast").click()
    expect(page.get_by_role("status").first).to_contain_text("2 december 2026")

    page = page_as("adviser")
    page.goto(PARKING)
    expect(page.get_by_text(words).first).to_be_attached()
    page.goto("/deze-week/")
    later = page.get_by_role("heading", name="Daarna, binnen veertien dagen")
    later.click()
    page.locator("details").filter(has=later).get_by_role("link", name=re.compile("^nog")).click()
    row = page.get_by_role("row").filter(has_text="Wijkvereniging Singelrand (voorbeeld) geeft een weerwoord")
    row.get_by_role("link", name="Beantwoorden").first.click()
    page.get_by_label(re.compile(r"^Antwoord( \(|$)")).fill(answer)
    page.get_by_label("Beantwoord op").fill("18-11-2026")
    page.get_by_role("button", name="Opslaan", exact=True).click()

    page = page_as("association_member")
    page.goto("/mijn/")
    page.locator("details").filter(has_text=answer).locator("summary").first.click()
    expect(page.get_by_text(answer).first).to_be_visible()


def test_a_visitor_follows_and_unfollows_a_trajectory(page_as: Callable[[str], Page], site: Site) -> None:
    page, address = page_as(""), "bewoner@example.org"
    page.goto(PARKING)
    page.get_by_role("link", name="Nieuws per mail ontvangen").first.click()
    page.get_by_label("Uw e-mailadres").fill(address)
    page.get_by_role("button", name="Stuur mij de link").click()
    page.goto(link_in(site.last_mail(address), "/volgen/"))
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("main")).to_contain_text("Parkeer- en fietsplan Singelrand")
    page.get_by_role("link", name=re.compile("stop", re.IGNORECASE)).first.click()
    page.get_by_role("main").get_by_role("button", name=re.compile("stop", re.IGNORECASE)).click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("gewist|gestopt", re.IGNORECASE))


def test_a_chair_on_a_phone_finds_the_outcome_of_their_input_in_two_taps(
    page_as: Callable[[str], Page],
) -> None:
    page = page_as("association_member")
    page.set_viewport_size(TELEPHONE)
    page.goto("/mijn/")
    page.get_by_role("link", name="Parkeer- en fietsplan Singelrand (voorbeeld)", exact=True).first.click()
    page.get_by_role("link", name=re.compile("Wat is er met onze inbreng gedaan")).click()
    expect(page.get_by_role("heading", name="Wat is er gezegd, en wat is ermee gedaan?")).to_be_in_viewport()
    assert axe.overflowing_elements(page) == []


def test_the_week_of_an_adviser_fits_on_one_screen(page_as: Callable[[str], Page]) -> None:
    page = page_as("adviser")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/deze-week/")
    last = page.get_by_role("main").locator("summary").last.bounding_box()
    assert last
    assert last["y"] + last["height"] <= 800


def test_a_question_is_submitted_with_the_keyboard_alone(page_as: Callable[[str], Page]) -> None:
    question = "Op welke dagen is er in de avond geteld?"
    page = page_as("association_member")
    page.goto(f"{PARKING}vraag/?kind=information")
    tab_to(page, "textarea")
    page.keyboard.type(question)
    tab_to(page, "button.utrecht-button--primary-action")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"{PARKING}(?!vraag)"))
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.get_by_text(question).first).to_be_attached()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focused element matches."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key does not reach {selector}")
