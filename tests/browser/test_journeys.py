"""Whole tasks of users, from the first page to the last, with mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.keyboard import tab_to
from tests.browser.site import Site

CHANGES_THE_SITE = True
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
    page.set_viewport_size({"width": axe.WIDE, "height": 844} if script else TELEPHONE)
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
    beside.goto(SQUARE + "inbreng/?uitkomst=adopted")
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
    page.goto(PARKING + "afspraken/")
    expect(page.get_by_text(words).first).to_be_attached()
    page.goto("/deze-week/")
    later = page.get_by_role("heading", name="Binnen veertien dagen")
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
    page.get_by_role("link", name="Alleen die van mijn vereniging").click()
    expect(page.get_by_role("heading", name="Wat is er gezegd, en wat is ermee gedaan?")).to_be_in_viewport()
    assert axe.overflowing_elements(page) == []


def test_a_trajectory_in_the_list_is_brief_on_a_telephone(page_as: Callable[[str], Page]) -> None:
    page = page_as("")
    page.set_viewport_size(TELEPHONE)
    page.goto("/trajecten/")
    boxes = [row.bounding_box() for row in page.locator(".ld-cards > li").all()]
    heights = [box["height"] for box in boxes if box]
    assert len(heights) >= 10
    assert median(heights) <= 240
    assert max(heights) <= 280
    square = page.locator(".ld-cards > li").filter(has_text="Herinrichting Lindeplein")
    expect(square.get_by_text("actief, fase: beeldvorming")).to_be_visible()
    expect(square.get_by_text("Ja, 19 januari 2027: Samen de planten kiezen")).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 844})
    assert axe.overflowing_elements(page) == []


def test_a_resident_finds_a_contribution_by_a_word_in_it(page_as: Callable[[str], Page]) -> None:
    page = page_as("")
    page.set_viewport_size(TELEPHONE)
    page.goto("/trajecten/")
    page.get_by_role("textbox", name="Zoeken").fill("REGENWATER")
    page.get_by_role("button", name="Toon").first.click()
    row = page.locator(".ld-cards > li").filter(has_text="Herinrichting Lindeplein")
    expect(row.locator("mark")).to_have_text("regenwater")
    row.get_by_role("link", name="Inbreng").click()
    expect(page.get_by_text("Vang regenwater op voor de planten").first).to_be_in_viewport()


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


@pytest.mark.parametrize("width", [axe.WIDE, 390])
def test_a_trajectory_is_started_in_three_steps_with_the_keyboard_alone(
    width: int, page_as: Callable[[str], Page]
) -> None:
    page, title = page_as("adviser"), f"Brug over de vaart ({width})"
    page.set_viewport_size({"width": width, "height": 844})

    page.goto("/trajecten/nieuw/")
    expect(page.get_by_text("Stap 1 van 3")).to_be_visible()
    axe.assert_accessible(page)
    tab_to(page, "[name=title]")
    page.keyboard.type(title)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Stap 2 van 3")).to_be_visible()
    axe.assert_accessible(page)
    tab_to(page, "[name=kind]")
    page.keyboard.type("woning")
    tab_to(page, "[name=back]")
    page.keyboard.press("Enter")
    expect(page.locator("[name=title]")).to_have_value(title)
    tab_to(page, "main form button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Stap 2 van 3")).to_be_visible()
    expect(page.locator("[name=kind]")).not_to_have_value("")
    tab_to(page, "main form button")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Stap 3 van 3")).to_be_visible()
    axe.assert_accessible(page)
    tab_to(page, "[name=contact_phone]")
    page.keyboard.type("14 071")
    page.keyboard.press("Enter")

    expect(page.get_by_text("0 van 8 onderdelen ingevuld")).to_be_visible()
    axe.assert_accessible(page)
    tab_to(page, "a[href$='deel=omgeving']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("deel=omgeving"))
    tab_to(page, "[name=neighbouring_areas_reason]")
    page.keyboard.type("Er ligt water omheen")
    tab_to(page, "main form button:not([name])")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 van 8 onderdelen ingevuld")).to_be_visible()

    tab_to(page, "a[href$='kind=activity']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("kind=activity"))
    tab_to(page, "[name=title]")
    page.keyboard.type("Avond over de brug")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Avond over de brug")

    tab_to(page, "a[href$='/openbaar/']")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 stap, met datum en plaats")).to_be_visible()
    axe.assert_accessible(page)
    tab_to(page, "[name=publish]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Concept, nog niet openbaar")).to_have_count(0)


def test_a_trajectory_is_started_without_javascript(without_script: Callable[[str], Page]) -> None:
    page = without_script("adviser")
    page.goto("/trajecten/nieuw/")
    page.get_by_label("Hoe heet het?").fill("Kade zonder script")
    page.get_by_role("button", name="Volgende").click()
    page.get_by_label("Soort").select_option(label="Woningbouw")
    page.get_by_role("button", name="Vorige").click()
    expect(page.get_by_label("Hoe heet het?")).to_have_value("Kade zonder script")
    page.get_by_role("button", name="Volgende").click()
    expect(page.get_by_label("Soort").locator("option:checked")).to_have_text("Woningbouw")
    page.get_by_role("button", name="Opslaan en later verder").click()
    expect(page.get_by_text("Concept, nog niet openbaar").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kade zonder script")


def test_a_resident_hands_in_an_initiative_that_is_moderated_and_answered(
    without_script: Callable[[str], Page], page_as: Callable[[str], Page], site: Site
) -> None:
    words, address = "Wij willen samen een buurtmoestuin beginnen.", "tuinier@example.org"
    page = without_script("")
    page.set_viewport_size(TELEPHONE)
    page.goto("/wijken/binnenstad-zuid/")
    page.get_by_role("link", name="Iets insturen").click()
    expect(page.get_by_label("Over welke buurt gaat het?")).to_have_value("binnenstad-zuid")
    page.get_by_role("button", name="Stuur mij de link").click()
    expect(page.get_by_text("Vul uw e-mailadres in").first).to_be_visible()
    page.get_by_label("Een initiatief").check()
    page.get_by_label("Wat wilt u zeggen of vragen?").fill(words)
    page.get_by_label("Uw e-mailadres").fill(address)
    page.get_by_role("button", name="Stuur mij de link").click()
    expect(page.get_by_role("heading", name="Kijk in uw mail")).to_be_visible()
    page.goto(link_in(site.last_mail(address), "/insturen/"))
    page.get_by_role("button", name="Ja, stuur dit in").click()
    expect(page.get_by_text("Een adviseur leest het eerst.")).to_be_visible()
    heading = page.get_by_role("heading", level=1).inner_text()
    number = heading.rpartition(" ")[2]
    page.goto("/initiatieven/")
    expect(page.get_by_text(words)).to_have_count(0)

    adviser = page_as("adviser")
    adviser.goto("/initiatieven/?stand=awaiting")
    adviser.get_by_role("link", name=words).click()
    adviser.get_by_role("link", name="Beoordelen", exact=True).click()
    adviser.get_by_label("Op de website zetten", exact=True).check()
    adviser.get_by_role("button", name="Het besluit vastleggen").click()
    adviser.get_by_role("link", name="Beantwoorden of wijzigen").click()
    adviser.get_by_label("Antwoord", exact=False).first.fill("Dat kan: er komt een veldje vrij.")
    adviser.get_by_label("Wordt het gevraagde toegewezen?").select_option(label="Toegewezen")
    adviser.get_by_label("Beantwoord op").fill("vandaag")
    adviser.get_by_role("button", name="Opslaan", exact=True).click()

    page.goto(f"/initiatieven/{number}/")
    expect(page.get_by_text("Dat kan: er komt een veldje vrij.")).to_be_visible()
