"""Who was reached, from a sheet or figures of Go Vocal: previewed, recorded once, and undone at once."""

from __future__ import annotations

import json
from datetime import date
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import strip_tags

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Step
from participation.services.changes.undo import undo
from tests import world
from tests.web.editing.form_helpers import log_in_as_adviser_of
from tests.web.html_helpers import PAGE
from tests.workbooks import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ADDRESS = f"{PAGE}bereik/inlezen/"
SHEET = "Stap;Groep;Buurt;Aantal\nAvond;Jongeren;;12\nAvond;;Binnenstad-Noord;3\nAvond;;;20\ns2;ouderen;;7\n"
FIGURES = {
    "data": {
        "type": "users_by_custom_field",
        "attributes": {
            "series": {"users": {"a1": 14, "b2": 3, "_blank": 5}, "reference_population": None},
            "options": {
                "a1": {"title_multiloc": {"nl-NL": "jongeren", "en": "young people"}, "ordering": 0},
                "b2": {"title_multiloc": {"nl-NL": "Merenwijk"}, "ordering": 1},
            },
        },
    }
}


@pytest.fixture
def evening(client):
    square = world.trajectory()
    world.neighbourhood(world.LAKES)
    world.step(square, "s2", title="Wandeling", done=world.on("2026-03-21"))
    log_in_as_adviser_of(client, square)
    return world.step(
        square, "s1", title="Avond", done=world.on("2026-03-20"), reach_groups=[{"group": "renters", "count": 4}]
    )


def look(client, text="", file=None, **data):
    return client.post(ADDRESS, {"text": text, "step": "", **({"file": file} if file else {}), **data})


def record(client, response, text, **data):
    shown = response.context["proposal"].digest
    return client.post(ADDRESS, {"text": text, "step": "", "do": "save", "shown": shown, **data})


def said(response):
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def test_a_sheet_is_recorded_as_one_changeset_and_a_second_time_changes_nothing(client, evening):
    preview = look(client, SHEET)
    assert "Er worden 4 aantallen vastgelegd." in said(preview)
    assert not Changeset.objects.exists()
    assert record(client, preview, SHEET).status_code == 302
    evening.refresh_from_db()
    assert evening.reach_total == 20
    assert evening.reach_groups == [{"group": "renters", "count": 4}, {"group": "young_people", "count": 12}]
    assert evening.reach_neighbourhoods == [{"slug": world.CENTRE, "count": 3}]
    assert Step.objects.get(ref="s2").reach_groups == [{"group": "older_people", "count": 7}]
    again = look(client, SHEET)
    assert "Er is niets vast te leggen" in said(again)
    changeset = Changeset.objects.get()
    now = world.moment("2026-04-20 12:00")
    undo(changeset, changeset.by, rulebooks=load_rulebooks("leiden"), today=date(2026, 4, 20), now=now)
    evening.refresh_from_db()
    assert (evening.reach_total, evening.reach_groups) == (None, [{"group": "renters", "count": 4}])
    assert Step.objects.get(ref="s2").reach_groups == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Feest;Jongeren;;12", "Rij 2: “Feest” is geen activiteit van dit traject. Gebruik bijvoorbeeld: “"),
        ("Avond;Jan de Vries;;12", "“Jan de Vries” is geen groep of buurt die we kennen. Zet de groep in het plan"),
        ("Avond;;Elders;12", "“Elders” is geen buurt die we kennen. Schrijf de naam of de CBS-code."),
        ("Avond;Jongeren;;veel", "“veel” is geen heel getal."),
        ("Avond;Jongeren;;<5", "“<5” is geen heel getal."),
        ("Avond;Jongeren;;", "Het aantal ontbreekt."),
        ("Avond;Jongeren;;99999999999", "is geen heel getal."),
        ("Avond;Jongeren;;99999999", "Dit getal is te groot."),
        ("Avond;jan@voorbeeld.nl;;1", "Er staat een e-mailadres of telefoonnummer in."),
        ("Avond;Jongeren;Merenwijk;12", "Er staat een groep én een buurt in."),
        (";Jongeren;;12", "Er staat niet bij welke activiteit het hoort."),
        ("Avond;Jongeren;;12\nAvond;young_people;;3", "Rij 3: Hetzelfde staat in rij 2."),
        ("Avond;;;10\nAvond;Jongeren;;12", "Rij 3: jongeren: 12 mensen, en in totaal waren het er 10."),
        ("Avond;;Binnenstad-Noord;12\nAvond;;;10", "Rij 2: Binnenstad-Noord: 12 mensen, en in totaal"),
        # Four renters are recorded already.
        ("Avond;;;3", "Rij 2: huurders: 4 mensen, en in totaal waren het er 3."),
    ],
)
def test_a_bad_row_is_named_with_its_remedy_and_nothing_is_recorded(client, evening, row, expected):
    text = f"Stap;Groep;Buurt;Aantal\n{row}\n"
    preview = look(client, text)
    assert expected in said(preview)
    assert record(client, preview, text).status_code == 200
    assert not Changeset.objects.exists()


def test_a_count_that_is_above_the_total_already_is_named_before_anything_is_added(client, evening):
    Step.objects.filter(pk=evening.pk).update(reach_total=3)
    text = "Stap;Groep;Buurt;Aantal\nAvond;Jongeren;;2\n"
    preview = look(client, text)
    assert "Rij 2: huurders: 4 mensen, en in totaal waren het er 3." in said(preview)
    assert record(client, preview, text).status_code == 200
    assert not Changeset.objects.exists()


@pytest.mark.parametrize("column", ["Naam", "E-mail", "name", "Telefoon", "Email address"])
def test_a_file_with_columns_about_persons_is_refused_and_not_sent_back(client, evening, column):
    content = f"Stap;Groep;Aantal;{column}\nAvond;Jongeren;1;Jansen\n".encode()
    text = said(look(client, file=SimpleUploadedFile("lijst.csv", content)))
    assert f"Deze kolommen gaan over personen: “{column}”" in text
    assert "Jansen" not in text


def test_a_list_of_persons_without_numbers_is_refused(client, evening):
    assert "Er is geen kolom met aantallen." in said(look(client, "Stap;Groep\nAvond;Jongeren\nAvond;Jongeren\n"))


def test_figures_of_go_vocal_are_read_as_json_and_as_a_workbook(client, evening):
    file = SimpleUploadedFile("cijfers.json", json.dumps(FIGURES).encode())
    preview = look(client, file=file, step="s1")
    text = said(preview)
    assert "Wie de vraag niet beantwoordde, telt niet mee." in text
    sheet = preview.context["form"].initial["text"]
    record(client, preview, sheet, step="s1")
    evening.refresh_from_db()
    assert evening.reach_groups[1] == {"group": "young_people", "count": 14}
    assert evening.reach_neighbourhoods == [{"slug": world.LAKES, "count": 3}]
    rows = (["option", "users", "reference_population"], ["jongeren", 15, 80], ["_blank", 2, None])
    book = SimpleUploadedFile("users_by_age.xlsx", workbook(*rows))
    (proposed,) = look(client, file=book, step="s1").context["proposal"].steps
    assert [(change.before, change.after) for change in proposed.changes] == [(14, 15)]


@pytest.mark.parametrize(
    "content", ["{", "{}", '{"series": []}', '{"series": {"users": {"a": "veel"}}}', "[" * 9 + "{"]
)
def test_other_json_is_refused_in_words(client, evening, content):
    response = look(client, file=SimpleUploadedFile("cijfers.json", content.encode()), step="s1")
    assert response.status_code == 200
    assert not Changeset.objects.exists()


def test_numbers_that_changed_after_the_preview_are_shown_again(client, evening):
    preview = look(client, SHEET)
    world.record(evening, "2026-04-20 10:00", reach_total=19)
    again = record(client, preview, SHEET)
    assert "Wat er vastligt, is intussen veranderd." in said(again)
    evening.refresh_from_db()
    assert evening.reach_total == 19
