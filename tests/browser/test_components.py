"""Components are accessible, also in their rare states."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from playwright.sync_api import Page, expect

from participation.compliance.vocabulary import STATUSES
from participation.web.shared.dates import NaturalDateField
from participation.web.shared.forms import DateTextField, Form
from tests.browser import axe, html, keyboard

CHOICES = [("a", "Bewonersavond"), ("b", "Een veel langere keuze, die op een telefoon niet op één regel past")]


class Everything(Form):
    """A form with a field of each kind."""

    title = forms.CharField(label="Naam van de stap")
    on = DateTextField(label="Dag", help_text="Kies een dag.")
    planned = NaturalDateField(label="Wanneer was het?")
    kind = forms.ChoiceField(label="Soort", choices=CHOICES)
    note = forms.CharField(label="Toelichting", required=False, widget=forms.Textarea)
    level = forms.ChoiceField(label="Niveau", choices=CHOICES, widget=forms.RadioSelect, help_text="Let op.")
    whom = forms.MultipleChoiceField(
        label="Voor wie", choices=CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    read = forms.BooleanField(label="Ik heb dit gelezen", help_text="Lees eerst de regels.")
    file = forms.FileField(label="Bestand", required=False)


def filled() -> Form:
    return Everything({"title": "Avond", "on": "2026-03-20", "planned": "medio juni 2026", "level": "a"})


def shown(template: str, **context: object) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with translation.override("nl"):
        return render_to_string(template, context, request)


COMPONENTS = {
    "empty form": lambda: shown("components/form.html", form=Everything(), submit="Opslaan", cancel="/"),
    "form with mistakes": lambda: shown("components/form.html", form=Everything({}), submit="Opslaan"),
    "form half filled in": lambda: shown("components/form.html", form=filled(), submit="Opslaan"),
    "statuses": lambda: "".join(
        shown("components/status.html", code=code, label=code.replace("_", " ")) for code in (*STATUSES, "resolved")
    ),
    "messages": lambda: shown(
        "components/messages.html",
        messages=[
            Message(constants.SUCCESS, "Toegevoegd: bewonersavond over het plein.", extra_tags="changeset-1"),
            Message(constants.ERROR, "Dit ging niet."),
            Message(constants.WARNING, "Let op."),
            Message(constants.INFO, "Er is niets veranderd."),
        ],
    ),
    "alerts": lambda: "".join(
        shown("components/alert.html", kind=kind, title=f"Dit is {kind}", text="Met een zin uitleg.")
        for kind in ("info", "ok", "warning", "error")
    ),
    "pagination": lambda: shown("components/pagination.html", page_obj=Paginator(range(60), 20).page(2), label="Delen"),
    "facts": lambda: shown("components/data_list.html", rows=[("Niveau", "meedenken"), ("Dag", date(2026, 3, 20))]),
    "breadcrumbs": lambda: shown("components/breadcrumbs.html", trail=[("/", "Trajecten")], here="Lindeplein"),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_components_are_accessible(name: str, shared_page_as: Callable[[str], Page]) -> None:
    page = shared_page_as("")
    page.goto("/over/")
    page.evaluate(
        "(inner) => { document.querySelector('main > div').innerHTML = '<h1>Proef</h1>' + inner }", COMPONENTS[name]()
    )

    for width in (axe.WIDE, axe.NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        violations = [*axe.violations(page), *axe.overflowing_elements(page)]
        assert not violations, "\n".join(violations)
    assert [stop for stop in keyboard.focus_stops(page) if not stop.seen] == []
    assert keyboard.unreachable_elements(page) == []


def test_components_are_valid_html(tmp_path) -> None:
    page = (
        '<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>Proef</title></head><body>{}</body></html>'
    )
    pages = {name: page.format(f"<main><h1>Proef</h1>{made()}</main>") for name, made in COMPONENTS.items()}

    found = html.validation_errors({**pages, "500.html": shown("500.html")}, tmp_path)

    assert not found, "\n".join(found)


def test_form_errors_receive_focus_and_link_to_their_fields(
    page_as: Callable[[str], Page],
) -> None:
    page = page_as("")
    page.goto("/inloggen/")
    page.get_by_role("main").get_by_role("button").first.click()

    expect(page).to_have_title(re.compile("^Fout:"))
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("input:focus")).to_have_count(1)


def test_the_mobile_menu_opens_without_javascript(without_script: Callable[[str], Page]) -> None:
    page = without_script("adviser")
    page.set_viewport_size({"width": axe.NARROW, "height": 640})
    page.goto("/trajecten/")
    motions = page.get_by_role("navigation", name="Hoofdmenu").get_by_role("link", name="Moties")

    assert motions.count() == 0
    assert page.get_by_role("heading", level=1).bounding_box()["y"] < 320
    page.get_by_text("Menu", exact=True).click()
    motions.click()

    expect(page).to_have_url(re.compile("/moties/$"))


def test_the_language_switch_stays_on_the_page(without_script: Callable[[str], Page]) -> None:
    page = without_script("")
    page.goto("/toezeggingen/")

    page.get_by_role("button", name="English").click()

    expect(page).to_have_url(re.compile("/toezeggingen/$"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Commitments", exact=True).first).to_be_visible()
