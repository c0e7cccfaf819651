"""A planning is pasted or uploaded, corrected in its preview, and recorded at once; again, it adds nothing."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from participation.models import Changeset, Contribution, Document, Step
from participation.web.editing.planning_page_data import MAX_DOCUMENTS
from tests import world
from tests.interchange.plannings import planning_files
from tests.web.editing.form_helpers import FormPage, log_in_as_adviser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

ADDRESS = "/trajecten/voorbeeldplein/planning/inlezen/"
SHARED_INPUTS = next(
    (p / "shared" / "inputs" for p in Path(__file__).parents if (p / "shared" / "inputs").is_dir()), None
)
TABLE = (
    "Datum\tActiviteit\tVoor wie\n"
    "14 maart 2027 19.30-21.00 uur\tStartbijeenkomst\tbewoners\n"
    "uiterlijk 17/4\tVerzending ontwerp versie 0.2\t\n"
    "zsm\tIets nieuws\t\n"
)


@pytest.fixture
def square(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    world.organisation(world.RESIDENTS, name="Wijkvereniging A")
    return square


def text_of(response):
    main = response.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def paste(client, text=TABLE, **more):
    return FormPage(client.post(ADDRESS, {"text": text, **more}), "rows")


def upload(client, name, content, **more):
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, content), **more})


def row_of(page, title):
    """Return the prefix of the fields of the row with this title."""
    return next(
        name.removesuffix("title") for name, value in page.fields.items() if name.endswith("-title") and value == title
    )


def recorded(*fields):
    return list(Step.objects.order_by("planned__latest", "pk").values_list(*fields))


# ---------------------------------------------------------------- from text to steps


def test_a_planning_of_forty_rows_takes_two_pages_and_nothing_typed(client, square):
    page = paste(client, planning_files.copied_table())
    response = page.send(client, do="save")
    assert response.status_code == 302
    assert response.headers["Location"] == "/trajecten/voorbeeldplein/plan/"
    assert Step.objects.count() == 39
    assert Document.objects.count() == 4
    assert Changeset.objects.count() == 1
    assert Step.objects.filter(planned__latest="2017-03-17").count() == 3


def test_each_row_is_shown_with_its_cells_and_what_cannot_be_read(client, square):
    page = paste(client)
    first, unread = row_of(page, "Startbijeenkomst"), row_of(page, "Iets nieuws")
    assert page[f"{first}when"] == "14 maart 2027"
    assert (page[f"{first}kind"], page[f"{first}times"]) == ("activity:meeting", "19:30-21:00")
    assert page[f"{first}audience"] == "Bewoners"
    assert page[f"{first}take"] == ["new"]
    assert page[f"{unread}when"] == "zsm"
    assert page[f"{unread}kind"] == ""
    assert page[f"{unread}take"] == []
    text = text_of(page.response)
    assert "2 stappen worden vastgelegd. 1 rij kan zo nog niet worden vastgelegd." in text
    assert "Dit kunnen we niet als datum lezen" in text
    assert "Kies wat voor stap het is" in text
    assert "Datums zonder jaar zijn gelezen als 2027" in text


def test_what_is_ticked_is_recorded_with_what_was_corrected(client, square):
    page = paste(client)
    first, unread = row_of(page, "Startbijeenkomst"), row_of(page, "Iets nieuws")
    page.send(
        client,
        do="save",
        **{
            f"{first}title": "Avond over het plein",
            f"{first}kind": "activity:workshop",
            f"{first}phase": "judgement",
            f"{first}audience": "Wijkvereniging A; ondernemers",
            f"{first}times": "20:00",
            f"{first}optional": "on",
            f"{unread}when": "medio mei",
            f"{unread}kind": "milestone",
            f"{unread}take": "new",
        },
    )
    evening, sending, milestone = Step.objects.order_by("planned__latest")
    assert (evening.title, evening.method, evening.phase) == ("Avond over het plein", "workshop", "judgement")
    assert (evening.audience, evening.starts_at, evening.ends_at) == (
        [world.RESIDENTS, "entrepreneurs"],
        time(20),
        None,
    )
    assert evening.optional
    assert evening.planned == world.on("2027-03-14")
    assert sending.planned == world.between("2027-04-17", "2027-04-17", "not_later_than", "uiterlijk 17/4")._replace(
        earliest=None
    )
    # A date without a year is of the year of the planning.
    assert milestone.planned == world.between("2027-05-11", "2027-05-20", "month_part", "medio mei")


def test_what_is_not_ticked_is_not_recorded_whatever_is_wrong_with_it(client, square):
    page = paste(client)
    page.send(client, do="save", **{f"{row_of(page, 'Startbijeenkomst')}take": None})
    assert recorded("title") == [("Verzending ontwerp versie 0.2",)]


def test_a_ticked_row_with_an_error_keeps_everything_from_being_recorded(client, square):
    page = paste(client)
    unread = row_of(page, "Iets nieuws")
    response = page.send(client, do="save", **{f"{unread}take": "new"})
    again = FormPage(response, "rows")
    assert not Step.objects.exists()
    assert "Er is nog niets vastgelegd" in text_of(response)
    assert f'href="#id_{unread.rstrip("-")}"' in response.content.decode()
    assert again[f"{unread}take"] == ["new"]
    assert again.tag(f"{unread}when")["aria-invalid"] == "true"


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ("when", "31/2", "kalender"),
        ("when", "", "Schrijf hier de datum"),
        ("kind", "feest", "feest"),
        ("body", "Raad van Elders", "staat niet in de lijst"),
        ("body", "Bewoners", "staat niet in de lijst"),
        ("audience", "Jan de Vries", "staat niet in de lijst"),
        ("times", "acht uur", "Schrijf een tijd"),
        ("times", "20:00-20:00", "Controleer van hoe laat"),
        ("title", "x" * 501, "500"),
        ("origin", "pl-x 1 ", ""),
    ],
)
def test_a_cell_that_is_wrong_says_so_and_nothing_is_recorded(client, square, cell, value, message):
    page = paste(client)
    response = page.send(client, do="save", **{f"{row_of(page, 'Startbijeenkomst')}{cell}": value or " "})
    assert response.status_code == 200
    assert message in text_of(response)
    assert not Step.objects.exists()


def test_nothing_ticked_is_said(client, square):
    page = paste(client)
    ticks = {name: None for name in page.fields if name.endswith("-take")}
    assert "Er is niets aangevinkt" in text_of(page.send(client, do="save", **ticks))


def test_looking_again_keeps_cells_and_ticks_and_records_nothing(client, square):
    page = paste(client)
    first = row_of(page, "Startbijeenkomst")
    again = FormPage(page.send(client, do="look", **{f"{first}title": "Avond", f"{first}take": None}), "rows")
    assert (again[f"{first}title"], again[f"{first}take"]) == ("Avond", [])
    assert not Step.objects.exists()


def test_a_span_of_an_inspection_is_its_first_and_last_day(client, square):
    paste(client, "1 mei t/m 12 juni 2027: ontwerp ter inzage").send(client, do="save")
    assert recorded("kind", "planned", "closes") == [("inspection", world.on("2027-05-01"), world.on("2027-06-12"))]


def test_the_rest_of_a_row_is_recorded_as_a_note_only_when_asked(client, square):
    text = "14/3/2027\tStuurgroep\tMet Jan uit de wijk"
    page = paste(client, text)
    page.send(client, do="save")
    assert Step.objects.get().note == ""
    assert "Met Jan uit de wijk" in page[f"{row_of(page, 'Stuurgroep')}note"]
    undo_all(client)
    paste(client, text).send(client, do="save", notes="1")
    assert Step.objects.get().note == "Met Jan uit de wijk"


def undo_all(client):
    changeset = Changeset.objects.filter(undone_at__isnull=True).exclude(verb="undone").get()
    client.post(f"/ongedaan/{changeset.pk}/")


def test_what_the_planning_cancels_is_not_ticked(client, square):
    page = paste(client, "14/3/2027 Stuurgroep vervalt\n15/3 Stuurgroep")
    assert "Volgens de planning gaat dit niet door" in text_of(page.response)
    again = FormPage(page.send(client, do="look"), "rows")
    again.send(client, do="save")
    assert recorded("title") == [("Stuurgroep",)]


def test_what_may_be_personal_is_pointed_out(client, square):
    page = paste(client, "14/3/2027\tStuurgroep jan@example.org\tBel 06-12345678")
    assert "Er staat een e-mailadres in de tekst" in text_of(page.response)
    assert "telefoonnummer" not in text_of(page.response)
    assert "telefoonnummer" in text_of(page.send(client, do="look", notes="1"))


def test_documents_are_recorded_where_ticked_and_steps_refer_to_them(client, square):
    page = paste(client)
    page.send(client, do="save", **{"document-0-title": "Schetsontwerp"})
    document = Document.objects.get()
    assert (document.title, document.version, document.kind) == ("Schetsontwerp", "0.2", "draft")
    assert Step.objects.get(title__startswith="Verzending").documents == [document.ref]


def test_a_document_without_a_tick_is_neither_recorded_nor_referred_to(client, square):
    paste(client).send(client, do="save", **{"document-0-take": None})
    assert not Document.objects.exists()
    assert Step.objects.get(title__startswith="Verzending").documents == []


def test_contributions_in_the_same_file_are_recorded_in_the_same_changeset(client, square):
    def add(document):
        document.add_paragraph("Wat bewoners zeiden")
        table = document.add_table(rows=0, cols=2)
        for cells in (("Van", "Inbreng"), ("bewoners", "Meer bomen"), ("bewoners", "Minder auto's")):
            for cell, text in zip(table.add_row().cells, cells, strict=True):
                cell.text = text

    response = upload(client, "x.docx", planning_files.word_file(rows=(("14/3", "Stuurgroep"),), change=add))
    page = FormPage(response, "rows")
    assert page["contribution"] == ["2", "3"]
    page.send(client, do="save", contribution=["3"])
    assert list(Contribution.objects.values_list("party", "summary")) == [("residents", "Minder auto's")]
    assert Changeset.objects.count() == 1


def test_lines_that_became_no_step_are_shown(client, square):
    page = paste(client, "Beste allemaal,\n14/3 Stuurgroep")
    assert "1 regel is geen stap geworden" in text_of(page.response)
    assert "Beste allemaal," in text_of(page.response)
    again = FormPage(page.send(client, do="look"), "rows")
    assert "Beste allemaal," in text_of(again.response)


# ---------------------------------------------------------------- what it would mean


def test_what_would_be_late_or_missing_stands_beside_each_row(client, square):
    page = paste(client, "24 april 2026: bewonersavond\n14 maart 2027: bewonersavond\nn.t.b.: inloop")
    rows = re.findall(r'<tr class="utrecht-table__row" id="id_row.*?</tr>', page.html, re.DOTALL)
    assert "Te laat:" in rows[0]
    assert "/regels/meeting-announced/" in rows[0]
    assert "Te laat:" not in rows[1]
    assert "om erbij te plannen" in rows[1]
    assert "Ontbreekt:" in rows[2]
    assert not Step.objects.exists()


def test_what_changes_for_the_rest_of_the_trajectory_stands_above_the_table(client, square):
    world.step(square, "s1", kind="decision", stage="adoption", planned=world.on("2026-12-20"), audience=[])
    page = paste(client, "24 april 2026: bewonersavond")
    assert "Wat dit verandert voor de rest van het traject" in text_of(page.response)


# ---------------------------------------------------------------- again


def test_the_same_planning_again_adds_nothing_whatever_was_corrected(client, square):
    page = paste(client)
    first = row_of(page, "Startbijeenkomst")
    page.send(client, do="save", **{f"{first}title": "Avond", f"{first}when": "20 maart 2027"})
    again = paste(client)
    assert [name for name in again.fields if name.endswith("-take") and again[name]] == []
    assert text_of(again.response).count("Dit staat er al") == 3
    again.send(client, do="save")
    assert Step.objects.count() == 2
    assert Document.objects.count() == 1


def test_rows_recorded_by_hand_are_recognised_by_title_and_date(client, square):
    world.step(square, "s1", title="startbijeenkomst", planned=world.on("2027-03-14"))
    page = paste(client)
    assert "1 staat er al" in text_of(page.response)
    page.send(client, do="save")
    assert Step.objects.filter(title__iexact="startbijeenkomst").count() == 1


def test_another_date_in_a_new_version_is_taken_over_only_where_ticked(client, square):
    world.step(square, "s1", title="Startbijeenkomst", planned=world.on("2027-03-07"))
    page = paste(client)
    first = row_of(page, "Startbijeenkomst")
    assert "op een andere datum: 7 maart 2027" in text_of(page.response)
    assert page[f"{first}take"] == []
    page.send(client, do="save")
    assert Step.objects.get(ref="s1").planned == world.on("2027-03-07")
    page = paste(client)
    page.send(client, do="save", **{f"{first}take": page.tag(f"{first}take")["value"]})
    assert Step.objects.get(ref="s1").planned == world.on("2027-03-14")


def test_a_step_without_a_date_takes_over_the_date_of_the_planning(client, square):
    world.step(square, "s1", title="Startbijeenkomst")
    page = paste(client)
    first = row_of(page, "Startbijeenkomst")
    page.send(client, do="save", **{f"{first}take": page.tag(f"{first}take")["value"]})
    assert Step.objects.get(ref="s1").planned == world.on("2027-03-14")


def test_a_tick_for_another_date_holds_only_for_the_date_that_was_shown(client, square):
    world.step(square, "s1", title="Startbijeenkomst", planned=world.on("2027-03-07"))
    page = paste(client)
    first = row_of(page, "Startbijeenkomst")
    shown = page.tag(f"{first}take")["value"]
    Step.objects.filter(ref="s1").update(planned=world.on("2027-03-10"))
    page.send(client, do="save", **{f"{first}take": shown})
    assert Step.objects.get(ref="s1").planned == world.on("2027-03-10")


def test_undo_takes_all_of_it_back_and_it_can_be_read_again(client, square):
    paste(client).send(client, do="save")
    response = client.get("/trajecten/voorbeeldplein/")
    assert "een planning (stappen: 2, documenten: 1)" in text_of(response)
    undo_all(client)
    assert not Step.objects.exists()
    assert not Document.objects.exists()
    paste(client).send(client, do="save")
    assert Step.objects.count() == 2


# ---------------------------------------------------------------- what looks like what is there


OTHER_WORDS = "17-12-2026\tRaadscommissie plan\n17-12-2026\tInloop op het plein"


def test_a_step_in_other_words_is_linked_and_not_ticked(client, square):
    world.step(square, "s1", kind="briefing", title="Plan in de raadscommissie", planned=world.on("2026-12-17"))
    page = paste(client, OTHER_WORDS)
    text = text_of(page.response)
    assert "1 stap wordt vastgelegd. 1 lijkt op een stap die er al staat, en is niet aangevinkt." in text
    assert "Dit lijkt op een stap die er al staat: Plan in de raadscommissie" in text
    assert re.findall(r'<a href="([^"]*stap-s1)"', page.html) == ["/trajecten/voorbeeldplein/plan/?bij=stap-s1#stap-s1"]
    assert page[f"{row_of(page, 'Raadscommissie plan')}take"] == []
    page.send(client, do="save")
    assert sorted(Step.objects.values_list("title", flat=True)) == ["Inloop op het plein", "Plan in de raadscommissie"]


def test_a_step_in_other_words_is_recorded_where_somebody_ticks_it(client, square):
    world.step(square, "s1", kind="briefing", title="Plan in de raadscommissie", planned=world.on("2026-12-17"))
    page = paste(client, OTHER_WORDS)
    page.send(client, do="save", **{f"{row_of(page, 'Raadscommissie plan')}take": "new"})
    assert Step.objects.count() == 3


def test_equal_rows_after_the_first_are_marked_and_not_ticked(client, square):
    page = paste(
        client, "14/3/2027\tStuurgroep\n14/3/2027\tStuurgroep\n14 maart 2027\tstuurgroep\n14/3\tStuurgroep\tom 20 uur"
    )
    text = text_of(page.response)
    assert "2 stappen worden vastgelegd. 2 zijn gelijk aan een rij erboven, en zijn niet aangevinkt." in text
    assert text.count("Dit is gelijk aan een rij erboven.") == 2
    assert [page[f"row-{number}-take"] for number in range(4)] == [["new"], [], [], ["new"]]


def test_the_numbers_add_up_to_the_rows(client, square):
    world.step(square, "s1", title="Startbijeenkomst", planned=world.on("2027-03-14"))
    world.step(square, "s2", title="Wandeling", planned=world.on("2027-03-15"))
    world.step(square, "s3", title="Inloop in de wijk", planned=world.on("2027-03-16"))
    page = paste(
        client,
        "Datum\tWat\n14/3/2027\tStartbijeenkomst\n20/3\tWandeling\n16/3\tInloop wijk\n17/3\tStuurgroep\n"
        "17/3\tStuurgroep\n18/3\tRaad vervalt\n19/3\tIets nieuws\n",
    )
    page = FormPage(page.send(client, do="look", **{f"{row_of(page, 'Iets nieuws')}take": "new"}), "rows")
    assert page["rows"] == "7"
    assert (
        "1 stap wordt vastgelegd. 1 heeft nu een andere datum. 1 staat er al. "
        "1 lijkt op een stap die er al staat, en is niet aangevinkt. "
        "1 is gelijk aan een rij erboven, en is niet aangevinkt. 1 is niet aangevinkt. "
        "1 rij kan zo nog niet worden vastgelegd."
    ) in text_of(page.response)


def test_a_row_that_is_there_already_asks_nothing(client, square):
    page = paste(client)
    unread = row_of(page, "Iets nieuws")
    page.send(client, do="save", **{f"{unread}when": "medio mei", f"{unread}kind": "milestone", f"{unread}take": "new"})
    text = text_of(paste(client).response)
    assert text.count("Dit staat er al") == 4
    assert "Kies wat voor stap het is" not in text
    assert "niet als datum lezen" not in text


def test_a_row_that_is_there_takes_another_date_without_its_kind_being_known(client, square):
    world.step(square, "s1", title="Iets nieuws", planned=world.on("2027-03-07"))
    page = paste(client, "14/3/2027\tIets nieuws")
    first = row_of(page, "Iets nieuws")
    page.send(client, do="save", **{f"{first}take": page.tag(f"{first}take")["value"]})
    assert Step.objects.get().planned == world.on("2027-03-14")


# ---------------------------------------------------------------- what else a row says


def test_a_place_and_that_it_took_place_are_recorded(client, square):
    page = paste(
        client,
        "Datum;Activiteit;Locatie;Status\n3-3-2026;Wandeling;Plein;afgerond\n12-1-2027;Inloop;De Kooi;gepland\n"
        "13-1-2027;Raad;;vervallen",
    )
    assert "Plein, Het is geweest" in text_of(page.response)
    assert "Volgens de planning gaat dit niet door" in text_of(page.response)
    page.send(client, do="save")
    assert recorded("title", "place_name", "done") == [
        ("Wandeling", "Plein", world.on("2026-03-03")),
        ("Inloop", "De Kooi", None),
    ]


def test_what_is_still_to_come_cannot_have_taken_place(client, square):
    page = paste(client)
    response = page.send(client, do="save", **{f"{row_of(page, 'Startbijeenkomst')}done": "on"})
    assert "kan nog niet geweest zijn" in text_of(response)
    assert not Step.objects.exists()


def test_a_cell_reads_dates_as_the_other_forms_do(client, square):
    page = paste(client)
    page.send(client, do="save", **{f"{row_of(page, 'Startbijeenkomst')}when": "morgen"})
    assert Step.objects.get(title="Startbijeenkomst").planned == world.on("2026-04-21")


def test_several_dates_in_a_row_are_pointed_out(client, square):
    page = paste(client, "3 maart starten we, 15 april is de inloop en 20 mei de raad.\n3/6 t/m 5/6 Inloop")
    assert text_of(page.response).count("In deze rij staan meer datums") == 1
    assert "meer datums: 3 maart 2026; 15 april; 20 mei." in text_of(page.response)


def test_lines_with_a_date_that_became_no_step_are_pointed_out_and_open(client, square):
    page = paste(client, "Op 3 maart begint het, zoals gezegd.\n14/3 Stuurgroep")
    assert "1 regel met een datum is geen stap geworden." in text_of(page.response)
    assert re.search(r'<details[^>]* id="planning-leftovers" open>', page.html)
    page = paste(client, "Planning, d.d. 14 maart 2027\n14/3 Stuurgroep")
    assert "regel met een datum" not in text_of(page.response)
    assert re.search(r'<details[^>]* id="planning-leftovers">', page.html)


def test_an_assumed_year_is_said_with_the_way_to_change_it(client, square):
    page = paste(client, "12/1 Inloop\nweek 3 Enquête")
    assert "In de planning staat geen jaar. We zijn uitgegaan van 2027. Klopt dat niet?" in text_of(page.response)
    assert page["row-0-when"] == "12 januari 2027"
    assert "Te laat:" not in text_of(page.response)
    assert "uitgegaan van 2026–2027." in text_of(paste(client, "8/12 Inloop\n12/1 Raad").response)


# ---------------------------------------------------------------- files and bounds


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("x.docx", planning_files.word_file),
        ("x.xlsx", planning_files.excel_file),
        ("x.pdf", planning_files.pdf_file),
        ("x.txt", lambda: planning_files.copied_lines().encode()),
    ],
)
def test_every_format_leads_to_the_same_preview(client, square, name, make):
    page = FormPage(upload(client, name, make()), "rows")
    assert page["rows"] == "39"
    assert "39 stappen worden vastgelegd." in text_of(page.response)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.docx", b"PK\x03\x04kapot", "gaat niet open"),
        ("x.pdf", b"%PDF-1.7", "gaat niet open"),
        ("x.png", b"\x89PNG", "kunnen we niet lezen"),
        ("x.csv", b"Wat;Wie\nRaad;Jan\n", "geen rij met een datum"),
        ("x.txt", b"x" * 5_000_001, "groter dan 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_at_its_field(client, square, name, content, message):
    page = FormPage(upload(client, name, content), "file")
    assert message in page.wrong["file"]


@pytest.mark.skipif(SHARED_INPUTS is None, reason="the bad inputs are not on this machine")
@pytest.mark.parametrize(
    ("name", "message"), [("strict.xlsx", "Strict Open XML"), ("control-chars.json", "kunnen we niet lezen")]
)
def test_bad_files_of_others_are_refused_with_a_remedy(client, square, name, message):
    page = FormPage(upload(client, name, (SHARED_INPUTS / name).read_bytes()), "file")
    assert message in page.wrong["file"]


def test_control_characters_are_not_stored(client, square):
    paste(client, "14/3/2027 Stuurgroep\x0b en\x1f raad").send(client, do="save")
    assert Step.objects.get().title.isprintable()


def test_an_empty_form_asks_for_a_planning(client, square):
    assert "Er staat nog niets in" in FormPage(client.post(ADDRESS, {}), "text").wrong["text"]


@pytest.mark.parametrize("year", ["1800", "2200", "x"])
def test_a_year_outside_the_bounds_is_refused(client, square, year):
    assert FormPage(client.post(ADDRESS, {"text": TABLE, "year": year}), "text").wrong["year"]


@pytest.mark.parametrize("year", ["0001", "9999", "x"])
def test_a_year_that_was_tampered_with_is_read_as_this_year(client, square, year):
    page = paste(client)
    first = row_of(page, "Startbijeenkomst")
    page.send(client, do="save", year=year, **{f"{first}when": "31 dec"})
    assert Step.objects.get(title="Startbijeenkomst").planned == world.on("2026-12-31")


@pytest.mark.parametrize(("rows", "shown"), [("", 0), ("-1", 0), ("99999", 0), ("x", 0), ("9999", 500)])
def test_a_count_of_rows_that_was_tampered_with_is_bounded(client, square, rows, shown):
    response = client.post(ADDRESS, {"rows": rows, "documents": str(MAX_DOCUMENTS + 1), "year": "9999", "do": "save"})
    assert response.status_code == 200
    assert response.content.count(b'class="utrecht-table__row" id="id_row-') == shown
    assert response.content.count(b'<fieldset class="utrecht-form-fieldset') == MAX_DOCUMENTS
    assert not Step.objects.exists()


def test_a_planning_of_the_maximum_number_of_rows_can_be_sent_back(client, square):
    text = "\n".join(f"{1 + number % 28}/{1 + number % 12}/2027 Stuurgroep {number}" for number in range(500))
    page = paste(client, text)
    assert page.send(client, do="save").status_code == 302
    assert Step.objects.count() == 500


def test_the_number_of_queries_does_not_grow_with_the_number_of_rows(client, square, django_assert_max_num_queries):
    for count in (1, 50):
        text = "\n".join(f"14/3/2027 Bewonersavond {number} van {count}" for number in range(count))
        with django_assert_max_num_queries(45):
            page = paste(client, text)
        with django_assert_max_num_queries(110):
            page.send(client, do="save")


# ---------------------------------------------------------------- links


def test_the_page_is_linked_from_the_trajectory_and_its_planning(client, square):
    for page in ("/trajecten/voorbeeldplein/plan/", "/trajecten/voorbeeldplein/planning/"):
        assert f'href="{ADDRESS}"' in client.get(page).content.decode(), page


def test_who_may_only_read_the_planning_gets_no_link(client, square):
    client.force_login(world.user("auditor"))
    assert ADDRESS not in client.get("/trajecten/voorbeeldplein/planning/").content.decode()
