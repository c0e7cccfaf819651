"""A file of contributions on the screen: its columns are chosen, its rows looked at, and nothing else is recorded."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from participation.models import Changeset, Contribution
from participation.web.editing.contribution_preview import spans
from tests import world
from tests.web.editing.sheet import Sheet, adviser_of
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db

ADD = "/trajecten/voorbeeldplein/inbreng/nieuw/"
ID = str(UUID(int=1))


@pytest.fixture
def square(client):
    square = world.trajectory()
    adviser_of(client, square)
    return square


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def paste(client, text, **more):
    return Sheet(client.post(ADD, {"party": "residents", "text": text, **more}), "looked")


def upload(client, name, content, **more):
    return Sheet(client.post(ADD, {"party": "residents", "file": SimpleUploadedFile(name, content), **more}), "looked")


def recorded(*fields):
    return list(Contribution.objects.order_by("pk").values_list(*fields))


def test_every_column_can_be_chosen_and_shows_what_stands_in_it(client, square):
    page = paste(client, "Kaart\tWat?\tWie\nrood\tMeer bomen\tbewoners")
    assert (page["column-0"], page["column-1"], page["column-2"]) == ("", "", "party")
    assert "Bijvoorbeeld: Meer bomen" in text_of(page.answer)
    again = Sheet(page.send(client, **{"column-0": "theme", "column-1": "summary", "do": "look"}), "looked")
    assert again["row"] == ["2"]
    again.send(client, do="save")
    assert recorded("theme", "summary") == [("rood", "Meer bomen")]


def test_what_holds_two_columns_is_asked_about_and_nothing_is_stored(client, square):
    page = paste(client, "Inbreng\tThema\nMeer bomen\tGroen")
    answer = page.send(client, **{"column-1": "summary", "do": "save"})
    assert "Voor meer dan één kolom gekozen: de inbreng" in text_of(answer)
    assert not Contribution.objects.exists()


def test_headings_that_stand_twice_are_told_and_told_apart(client, square):
    page = paste(client, "Inbreng;Reactie;Reactie\nMeer bomen;Ja;Nee")
    assert "reactie. Wij namen de eerste" in text_of(page.answer)
    assert "Reactie (kolom C)" in text_of(page.answer)


def test_other_columns_are_looked_at_before_anything_is_recorded(client, square):
    page = paste(client, "Inbreng;Thema\nMeer bomen;Groen")
    answer = page.send(client, **{"column-0": "theme", "column-1": "summary", "do": "save"})
    assert "U koos andere kolommen" in text_of(answer)
    assert not Contribution.objects.exists()
    Sheet(answer, "looked").send(client, do="save")
    assert recorded("theme", "summary") == [("Meer bomen", "Groen")]


def test_rows_keep_the_numbers_of_the_file_and_so_does_what_is_ticked(client, square):
    page = upload(client, "x.csv", b"Avond;\n\nVan;Inbreng\n\nbewoners;Een\nbewoners;Twee\n")
    assert page["numbers"] == "5-6"
    assert "rij 5" in text_of(page.answer)
    page.send(client, row=["6"], do="save")
    assert recorded("summary") == [("Twee",)]


def test_rows_that_came_or_went_are_looked_at_before_anything_is_recorded(client, square):
    page = paste(client, "Van;Inbreng\nbewoners;Een\nbewoners;Twee")
    answer = page.send(client, text="Van;Inbreng\nbewoners;Nul\nbewoners;Een\nbewoners;Twee", do="save")
    assert "rijen bij gekomen" in text_of(answer)
    assert not Contribution.objects.exists()
    assert Sheet(answer, "looked")["row"] == ["2", "3", "4"]


def test_a_row_that_was_wrong_is_ticked_once_it_is_right_and_what_was_unticked_stays_so(client, square):
    page = paste(client, "Datum;Inbreng\n3-4-26;Een\n2026-03-01;Twee")
    assert "vier cijfers" in text_of(page.answer)
    text = page["text"].replace("3-4-26", "3-3-2026")
    again = Sheet(page.send(client, row=[], text=text, do="look"), "looked")
    assert again["row"] == ["2"]


def test_the_sheets_of_a_workbook_can_be_chosen_without_uploading_it_again(client, square):
    content = workbook(["Inbreng"], ["Uit de zaal"], Online=[["Inbreng"], ["Van thuis"]])
    page = upload(client, "x.xlsx", content)
    again = Sheet(page.send(client, tab="1", do="tab"), "looked")
    assert "Van thuis" in again["text"]
    assert again["row"] == ["2"]
    third = Sheet(again.send(client, do="save", row=[]), "looked")
    assert third["tab"] == "1"
    third.send(client, do="save", row=["2"])
    assert recorded("summary") == [("Van thuis",)]


IDEAS = ["ID", "Naam", "Beschrijving", "Naam auteur", "Ingediend op", "Likes", "URL", "Project", "Status"]


def ideas(text, status="voorgesteld"):
    row = [ID, "Meer bomen", text, "Jan Voorbeeld", "2026-03-01", 3, "https://example.org", "Plein", status]
    return workbook(IDEAS, row)


def test_an_export_of_go_vocal_is_recognised_recorded_and_taken_in_again_without_doubling(client, square):
    page = upload(client, "doemee.xlsx", ideas("Langs de singel"))
    text = text_of(page.answer)
    assert "Dit komt uit Go Vocal." in text
    assert "“Naam auteur”" in text
    assert "Jan Voorbeeld" not in page.html
    page.send(client, do="save")
    assert recorded("ref", "summary") == [(f"gv-{ID}", "Meer bomen\n\nLangs de singel\n\n(3 likes)")]
    again = upload(client, "doemee.xlsx", ideas("Langs de singel"))
    assert (again["row"], "disabled" in again.tag("row")) == ([], True)


def test_rows_pasted_from_an_export_are_recognised_as_well(client, square):
    row = [ID, "Meer bomen", "Langs de singel", "Jan Voorbeeld", "2026-03-01", "3", "x", "Plein", "voorgesteld"]
    page = paste(client, "\t".join(IDEAS) + "\n" + "\t".join(row))
    assert f"gv-{ID}" in page["text"]
    assert "Jan Voorbeeld" not in page.html


def test_a_text_that_changed_upstream_is_taken_over_only_where_it_is_ticked(client, square):
    upload(client, "doemee.xlsx", ideas("Langs de singel")).send(client, do="save")
    page = upload(client, "doemee.xlsx", ideas("Langs de gracht"))
    assert "Bij 1 staat nu iets anders." in text_of(page.answer)
    assert page["row"] == []
    page.send(client, do="save")
    assert "singel" in Contribution.objects.get().summary
    page.send(client, row=[page.tag("row")["value"]], do="save")
    assert "gracht" in Contribution.objects.get().summary
    assert Changeset.objects.latest("pk").verb == "changed"


def test_a_change_that_was_shown_is_not_taken_over_what_somebody_wrote_since(client, square):
    upload(client, "doemee.xlsx", ideas("Langs de singel")).send(client, do="save")
    page = upload(client, "doemee.xlsx", ideas("Langs de gracht"))
    ticked = [page.tag("row")["value"]]
    mine = Contribution.objects.get()
    world.record(mine, "2026-03-22T09:00", summary="Van een collega")
    page.send(client, row=ticked, do="save")
    assert Contribution.objects.get().summary == "Van een collega"


def test_a_guess_from_a_status_is_shown_as_one(client, square):
    page = upload(client, "doemee.xlsx", ideas("Langs de singel", status="afgewezen"))
    assert "gok" in text_of(page.answer)


@pytest.mark.parametrize("numbers", ["9-1000000000", "x", "1-2-3", "²"])
def test_numbers_that_somebody_made_up_do_no_harm(client, square, numbers):
    page = paste(client, "Inbreng;Thema\nMeer bomen;Groen")
    assert page.send(client, numbers=numbers, offered=numbers, do="look").status_code == 200


def test_numbers_in_a_row_take_few_letters():
    assert spans([2, 3, 4, 8, 10, 11]) == "2-4,8,10-11"
    assert spans([]) == ""


def test_what_cannot_be_read_says_so_and_nothing_is_stored(client, square):
    answer = client.post(ADD, {"party": "residents", "file": SimpleUploadedFile("x.xlsx", b"%PDF-1.7")})
    assert "Dit is een PDF" in text_of(answer)
    assert not Contribution.objects.exists()
