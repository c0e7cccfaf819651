"""The accessibility statement: never more than was signed and tested, and what is missing for administrators."""

from __future__ import annotations

import html
from datetime import date

import pytest
import time_machine

from participation.web.statements.accessibility import STATUSES, TESTED_WIDTHS
from tests import world
from tests.browser import axe
from tracker import statements
from tracker.statements import AccessibilityStatement, AccessibilityTest, Deviation, Statements, Text, Url

pytestmark = pytest.mark.django_db
ACCESSIBILITY = "/toegankelijkheid/"
SIGNED = {
    "signed_on": date(2026, 9, 1),
    "signed_by": Text("de gemeentesecretaris", "the municipal secretary"),
    "response": Text("U krijgt binnen drie weken antwoord."),
}
TEST = AccessibilityTest(date(2026, 8, 14), "Onderzoeksbureau Voorbeeld", Url("https://www.example.org/rapport"))
DEVIATION = Deviation(
    "1.1.1 Niet-tekstuele content",
    *map(Text, ("De kaart heeft geen tekst.", "Wie niet ziet mist haar.", "Ander bureau.", "Het bureau vult aan.")),
    solved_by=date(2026, 12, 31),
    alternative=Text("Bel ons."),
)


@pytest.fixture(autouse=True)
def _installation(settings):
    settings.MUNICIPALITY, settings.CONTACT_EMAIL = "gemeente Voorbeeldstad", "hulp@example.org"
    settings.BASE_URL = "https://leidraad.example.org"


def shown(client, user=None, **headers):
    if user:
        client.force_login(user)
    return html.unescape(client.get(ACCESSIBILITY, **headers).content.decode())


def signed(settings, status="B", **fields):
    settings.STATEMENTS = Statements(accessibility=AccessibilityStatement(status=status, **{**SIGNED, **fields}))


def test_without_a_signed_statement_the_status_is_e_whatever_the_tests_find(client, settings):
    settings.STATEMENTS = Statements()
    page = shown(client)

    assert "Status E: geen verklaring" in page
    assert "Deze pagina is dus nog geen verklaring" in page
    assert "Er is nog geen volledig onderzoek van deze website" in page
    assert "Dat is niet bekend" in page
    for status in ("Status A", "Status B", "Status C", "Status D"):
        assert status not in page


def test_it_says_whose_site_it_is_by_which_standard_and_where_to_go(client, settings):
    settings.STATEMENTS = Statements()
    page = shown(client)

    for text in (
        "gemeente Voorbeeldstad",
        'href="https://leidraad.example.org"',
        "EN 301 549",
        "WCAG 2.1",
        'href="mailto:hulp@example.org"',
        'href="https://www.nationaleombudsman.nl/"',
        settings.CODE_VERSION,
    ):
        assert text in page


@time_machine.travel("2026-10-01 10:00+02:00", tick=False)
def test_a_signed_statement_is_shown_whole(client, settings):
    signed(
        settings, tests=(TEST,), deviations=(DEVIATION,), measures=(Text("Een cursus."),), register=Url("https://r.nl")
    )
    page = shown(client)

    for text in (
        "Status B: voldoet gedeeltelijk",
        "14 augustus 2026, door Onderzoeksbureau Voorbeeld",
        'href="https://www.example.org/rapport"',
        "1.1.1 Niet-tekstuele content",
        "De kaart heeft geen tekst.",
        "Wie niet ziet mist haar.",
        "Ander bureau.",
        "Bel ons.",
        "Het bureau vult aan.",
        "31 december 2026",
        "Een cursus.",
        "U krijgt binnen drie weken antwoord.",
        "Ondertekend op 1 september 2026 door de gemeentesecretaris, namens de gemeente Voorbeeldstad.",
        'href="https://r.nl"',
    ):
        assert text in page
    assert "geldt die status niet meer" not in page


@time_machine.travel("2029-10-01 10:00+02:00", tick=False)
def test_a_statement_whose_test_is_too_old_counts_as_status_d(client, settings):
    signed(settings, tests=(TEST,), deviations=(DEVIATION,))
    page = shown(client)

    assert "Status D: voldoet niet" in page
    assert "gaf status B" in page
    assert "De status geldt niet meer" not in page, "that is for administrators"
    assert "De status geldt niet meer" in shown(client, world.user("administrator"))


@pytest.mark.parametrize(
    ("fields", "asked_for"),
    [
        (None, ["de verklaring zelf", "contact_email"]),
        ({}, ["“tests”", "“register”", "contact_email"]),
        ({"tests": (TEST,), "deviations": (DEVIATION,), "register": Url("https://r.nl")}, ["contact_email"]),
    ],
)
@time_machine.travel("2026-10-01 10:00+02:00", tick=False)
def test_administrators_see_what_is_not_filled_in(client, settings, fields, asked_for):
    settings.CONTACT_EMAIL, settings.STATEMENTS = "", Statements()
    if fields is not None:
        signed(settings, "B" if fields else "D", **fields)
    administrator = shown(client, world.user("administrator"))
    block = administrator.partition('id="missing"')[2].partition("</ul>")[0].lower()

    assert block.count("<li>") == len(asked_for)
    assert all(text in block for text in asked_for)
    for role in ("adviser", "coordinator", "association_member"):
        assert 'id="missing"' not in shown(client, world.user(role))


@time_machine.travel("2027-09-02 10:00+02:00", tick=False)
def test_administrators_are_asked_to_review_a_statement_after_a_year(client, settings):
    signed(settings, tests=(TEST,), deviations=(DEVIATION,), register=Url("https://r.nl"))

    assert "meer dan een jaar geleden ondertekend" in shown(client, world.user("administrator"))


def test_the_english_page_uses_english_texts_and_marks_dutch_ones(client, settings):
    signed(settings, "D")
    page = shown(client, HTTP_ACCEPT_LANGUAGE="en")

    assert "by the municipal secretary, for gemeente Voorbeeldstad" in page
    assert '<span lang="nl">U krijgt binnen drie weken antwoord.</span>' in page
    assert "Status D: does not comply" in page


# ---------- what the page says of the tests is so


def test_the_widths_and_standards_are_those_of_the_browser_tests():
    assert (axe.WIDE, axe.NARROW) == TESTED_WIDTHS
    assert {"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"} <= set(axe.TAGS)


def test_every_status_of_a_signed_statement_has_its_meaning():
    assert [*STATUSES] == [*statements.STATUSES, "E"]
