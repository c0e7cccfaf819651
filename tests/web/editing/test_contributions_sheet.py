"""A file of contributions: columns are chosen, rows are previewed, and nothing else is recorded."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from participation.models import Changeset, Contribution
from participation.web.editing.contribution_preview import format_ranges
from tests import world
from tests.web.editing.form_helpers import FormPage, log_in_as_adviser_of
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db

ADD = "/trajecten/voorbeeldplein/inbreng/nieuw/"
ID = str(UUID(int=1))


@pytest.fixture
def square(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    return square


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def paste(client, text, **more):
    return FormPage(client.post(ADD, {"party": "residents", "text": text, **more}), "looked")


def upload(client, name, content, **more):
    upload = SimpleUploadedFile(name, content)
    return FormPage(client.post(ADD, {"party": "residents", "file": upload, **more}), "looked")


def recorded(*fields):
    return list(Contribution.objects.order_by("pk").values_list(*fields))


def test_every_column_can_be_assigned_and_shows_sample_values(client, square):
    page = paste(client, "Kaart\tWat?\tWie\nrood\tMeer bomen\tbewoners")
    assert (page["column-0"], page["column-1"], page["column-2"]) == ("", "", "party")
    assert "Bijvoorbeeld: Meer bomen" in text_of(page.response)
    again = FormPage(page.send(client, **{"column-0": "theme", "column-1": "summary", "do": "look"}), "looked")
    assert again["row"] == ["2"]
    again.send(client, do="save")
    assert recorded("theme", "summary") == [("rood", "Meer bomen")]


def test_a_field_with_two_columns_gives_an_error_and_nothing_is_stored(client, square):
    page = paste(client, "Inbreng\tThema\nMeer bomen\tGroen")
    response = page.send(client, **{"column-1": "summary", "do": "save"})
    assert "Voor meer dan één kolom gekozen: de inbreng" in text_of(response)
    assert not Contribution.objects.exists()


def test_duplicate_headings_are_reported_and_numbered(client, square):
    page = paste(client, "Inbreng;Reactie;Reactie\nMeer bomen;Ja;Nee")
    assert "reactie. Wij namen de eerste" in text_of(page.response)
    assert "Reactie (kolom C)" in text_of(page.response)


def test_a_changed_column_assignment_is_previewed_before_recording(client, square):
    page = paste(client, "Inbreng;Thema\nMeer bomen;Groen")
    response = page.send(client, **{"column-0": "theme", "column-1": "summary", "do": "save"})
    assert "U koos andere kolommen" in text_of(response)
    assert not Contribution.objects.exists()
    FormPage(response, "looked").send(client, do="save")
    assert recorded("theme", "summary") == [("Meer bomen", "Groen")]


def test_row_numbers_and_ticks_match_the_file(client, square):
    page = upload(client, "x.csv", b"Avond;\n\nVan;Inbreng\n\nbewoners;Een\nbewoners;Twee\n")
    assert page["numbers"] == "5-6"
    assert "rij 5" in text_of(page.response)
    page.send(client, row=["6"], do="save")
    assert recorded("summary") == [("Twee",)]


def test_rows_added_or_removed_are_previewed_before_recording(client, square):
    page = paste(client, "Van;Inbreng\nbewoners;Een\nbewoners;Twee")
    response = page.send(client, text="Van;Inbreng\nbewoners;Nul\nbewoners;Een\nbewoners;Twee", do="save")
    assert "rijen bij gekomen" in text_of(response)
    assert not Contribution.objects.exists()
    assert FormPage(response, "looked")["row"] == ["2", "3", "4"]


def test_a_corrected_row_is_ticked_and_unticked_rows_stay_unticked(client, square):
    page = paste(client, "Datum;Inbreng\n3-4-26;Een\n2026-03-01;Twee")
    assert "vier cijfers" in text_of(page.response)
    text = page["text"].replace("3-4-26", "3-3-2026")
    again = FormPage(page.send(client, row=[], text=text, do="look"), "looked")
    assert again["row"] == ["2"]


def test_another_sheet_of_a_workbook_is_chosen_without_a_new_upload(client, square):
    content = workbook(["Inbreng"], ["Uit de zaal"], Online=[["Inbreng"], ["Van thuis"]])
    page = upload(client, "x.xlsx", content)
    again = FormPage(page.send(client, tab="1", do="tab"), "looked")
    assert "Van thuis" in again["text"]
    assert again["row"] == ["2"]
    third = FormPage(again.send(client, do="save", row=[]), "looked")
    assert third["tab"] == "1"
    third.send(client, do="save", row=["2"])
    assert recorded("summary") == [("Van thuis",)]


IDEAS = ["ID", "Naam", "Beschrijving", "Naam auteur", "Ingediend op", "Likes", "URL", "Project", "Status"]


def ideas(text, status="voorgesteld"):
    row = [ID, "Meer bomen", text, "Jan Voorbeeld", "2026-03-01", 3, "https://example.org", "Plein", status]
    return workbook(IDEAS, row)


def test_a_go_vocal_export_is_recognised_imported_and_reimported_once(client, square):
    page = upload(client, "doemee.xlsx", ideas("Langs de singel"))
    text = text_of(page.response)
    assert "Dit komt uit Go Vocal." in text
    assert "“Naam auteur”" in text
    assert "Jan Voorbeeld" not in page.html
    page.send(client, do="save")
    assert recorded("ref", "summary") == [(f"gv-{ID}", "Meer bomen\n\nLangs de singel\n\n(3 likes)")]
    again = upload(client, "doemee.xlsx", ideas("Langs de singel"))
    assert (again["row"], "disabled" in again.tag("row")) == ([], True)


def test_rows_pasted_from_an_export_are_recognised(client, square):
    row = [ID, "Meer bomen", "Langs de singel", "Jan Voorbeeld", "2026-03-01", "3", "x", "Plein", "voorgesteld"]
    page = paste(client, "\t".join(IDEAS) + "\n" + "\t".join(row))
    assert f"gv-{ID}" in page["text"]
    assert "Jan Voorbeeld" not in page.html


def test_a_text_changed_upstream_is_updated_only_where_ticked(client, square):
    upload(client, "doemee.xlsx", ideas("Langs de singel")).send(client, do="save")
    page = upload(client, "doemee.xlsx", ideas("Langs de gracht"))
    assert "Bij 1 staat nu iets anders." in text_of(page.response)
    assert page["row"] == []
    page.send(client, do="save")
    assert "singel" in Contribution.objects.get().summary
    page.send(client, row=[page.tag("row")["value"]], do="save")
    assert "gracht" in Contribution.objects.get().summary
    assert Changeset.objects.latest("pk").verb == "changed"


def test_an_upstream_change_does_not_overwrite_a_concurrent_edit(client, square):
    upload(client, "doemee.xlsx", ideas("Langs de singel")).send(client, do="save")
    page = upload(client, "doemee.xlsx", ideas("Langs de gracht"))
    ticked = [page.tag("row")["value"]]
    mine = Contribution.objects.get()
    world.record(mine, "2026-03-22T09:00", summary="Van een collega")
    page.send(client, row=ticked, do="save")
    assert Contribution.objects.get().summary == "Van een collega"


def test_a_guess_from_a_status_is_labelled_as_a_guess(client, square):
    page = upload(client, "doemee.xlsx", ideas("Langs de singel", status="afgewezen"))
    assert "gok" in text_of(page.response)


@pytest.mark.parametrize("numbers", ["9-1000000000", "x", "1-2-3", "²"])
def test_forged_row_numbers_do_no_harm(client, square, numbers):
    page = paste(client, "Inbreng;Thema\nMeer bomen;Groen")
    assert page.send(client, numbers=numbers, offered=numbers, do="look").status_code == 200


def test_row_numbers_are_encoded_compactly():
    assert format_ranges([2, 3, 4, 8, 10, 11]) == "2-4,8,10-11"
    assert format_ranges([]) == ""


def test_unreadable_input_gives_an_error_and_nothing_is_stored(client, square):
    response = client.post(ADD, {"party": "residents", "file": SimpleUploadedFile("x.xlsx", b"%PDF-1.7")})
    assert "Dit is een PDF" in text_of(response)
    assert not Contribution.objects.exists()
