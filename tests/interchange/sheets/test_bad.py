"""Malformed sheets: each is read as its author sees it, or refused with its row and a remedy."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl.utils.datetime import MAC_EPOCH

from participation.interchange.sheets.reading import (
    MAX_ROWS,
    SheetError,
    read_file,
    read_long_sheet,
    read_tabs,
    read_text,
    read_upload,
)
from tests.workbooks import workbook

KNOWN = {"van", "inbreng", "datum", "thema"}
TOP = ["Van", "Inbreng"]


def cells(sheet):
    return [row.cells for row in sheet.rows]


# ---------------------------------------------------------------- encodings and line breaks


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_detected(encoding):
    sheet = read_upload("zaal.csv", "Van;Inbreng\nwijk-a;Eén café\n".encode(encoding), KNOWN)
    assert cells(sheet) == [("wijk-a", "Eén café")]


def test_a_file_of_mixed_encodings_is_decoded_line_by_line_with_a_note():
    content = "Van;Inbreng\nwijk-a;Café\n".encode() + "wijk-b;Ideeën\n".encode("cp1252")
    sheet = read_upload("samen.csv", content, KNOWN)
    assert cells(sheet) == [("wijk-a", "Café"), ("wijk-b", "Ideeën")]
    assert "regel 3" in sheet.notes[0]


def test_undecodable_bytes_are_reported_with_their_line():
    with pytest.raises(SheetError, match="regel 2"):
        read_upload("zaal.csv", b"Van;Inbreng\nwijk-a;\x81\n", KNOWN)


def test_a_null_character_is_reported_with_its_line():
    with pytest.raises(SheetError, match="Regel 3"):
        read_text("Van\tInbreng\nwijk-a\tGoed\nwijk-b\tFout\0\n", KNOWN)


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_all_line_endings_are_recognised_also_when_mixed(ends):
    sheet = read_text(f"Van;Inbreng{ends}wijk-a;Een\nwijk-b;Twee\r\nwijk-c;Drie", KNOWN)
    assert [(row.number, row.cells[1]) for row in sheet.rows] == [(2, "Een"), (3, "Twee"), (4, "Drie")]


def test_an_unclosed_quotation_mark_is_reported_with_its_line():
    with pytest.raises(SheetError, match="regel 3"):
        read_text('Van;Inbreng\nwijk-a;Goed\nwijk-b;"Hier mist\nwijk-c;Een\nwijk-d;Twee', KNOWN)


def test_an_unclosed_quotation_mark_in_a_long_file_is_reported_with_its_line():
    with pytest.raises(SheetError, match="regel 2"):
        read_text('Van;Inbreng\nwijk-b;"Hier mist\n' + "wijk-c;Een\n" * 30_000, KNOWN)


def test_a_sentence_that_starts_with_a_known_heading_is_not_split():
    sheet = read_text("Inbreng, zei ze, is altijd goed\nMeer bomen\n", KNOWN)
    assert cells(sheet) == [("Inbreng, zei ze, is altijd goed",), ("Meer bomen",)]


# ---------------------------------------------------------------- headings and columns


def test_headings_below_a_title_are_found_and_skipped_lines_are_reported():
    sheet = read_text("Avond van 20 maart;\n;\nVan;Inbreng\nwijk-a;Meer bomen", KNOWN)
    assert (sheet.headings, sheet.rows[0].number) == (("Van", "Inbreng"), 4)
    assert "rij 1 tot en met 1" in sheet.notes[0]


def test_empty_columns_between_others_are_dropped():
    assert read_upload("x.xlsx", workbook(["Van", None, "Inbreng"], ["a", None, "b"]), KNOWN).headings == tuple(TOP)


def test_a_sheet_with_too_many_columns_is_rejected_with_its_row():
    with pytest.raises(SheetError, match="Rij 2"):
        read_upload("breed.xlsx", workbook(TOP, ["x"] * 400), KNOWN)


# ---------------------------------------------------------------- workbooks


def test_a_merged_cell_fills_every_row_it_covers():
    def merge(book):
        book.active.merge_cells("A2:A4")

    sheet = read_upload(
        "x.xlsx", workbook(["Thema", "Inbreng"], ["Groen", "Een"], [None, "Twee"], [None, "Drie"], change=merge), KNOWN
    )
    assert cells(sheet) == [("Groen", "Een"), ("Groen", "Twee"), ("Groen", "Drie")]
    assert any("Samengevoegde" in note for note in sheet.notes)


def test_hidden_rows_are_read_and_reported():
    def hide(book):
        book.active.row_dimensions[3].hidden = True

    sheet = read_upload("x.xlsx", workbook(TOP, ["a", "Een"], ["b", "Twee"], change=hide), KNOWN)
    assert len(sheet.rows) == 2
    assert "rij 3" in sheet.notes[0]


def test_the_sheet_with_known_headings_is_preferred_and_hidden_sheets_are_ignored():
    def hide(book):
        book["Intern"].sheet_state = "hidden"

    content = workbook(["Toelichting"], ["Dit is een lijst"], Lijst=[TOP, ["a", "Een"]], Intern=[TOP], change=hide)
    found = read_tabs("x.xlsx", content, KNOWN)
    assert [sheet.title for sheet in found] == ["Lijst", "Sheet"]
    assert any("Intern" in note for note in found[0].notes)


def test_a_formula_without_a_cached_value_is_shown_as_written():
    sheet = read_upload("x.xlsx", workbook(TOP, ["a", '=CONCATENATE("Meer"," bomen")'], ["b", "Twee"]), KNOWN)
    assert cells(sheet) == [("a", '=CONCATENATE("Meer"," bomen")'), ("b", "Twee")]


def test_error_cells_keep_their_error_so_the_row_can_be_reported():
    assert cells(read_upload("x.xlsx", workbook(TOP, ["a", "#REF!"], ["b", "#N/A"]), KNOWN))[0] == ("a", "#REF!")


def test_dates_are_right_in_both_workbook_date_systems():
    def from_1904(book):
        book.epoch = MAC_EPOCH

    for change in (None, from_1904):
        content = workbook(
            ["Datum", "Inbreng"], [date(2026, 3, 20), "Een"], [datetime.fromisoformat("2026-03-20T19:30"), "Twee"]
        )
        if change:
            content = workbook(["Datum", "Inbreng"], [date(2026, 3, 20), "Een"], [44639, "Twee"], change=change)
        first, second = cells(read_upload("x.xlsx", content, KNOWN))
        assert first[0] == "2026-03-20"
        assert second[0] == ("46101" if change else "2026-03-20 19:30:00")


def test_a_distant_cell_does_not_make_a_sheet_long():
    def far(book):
        book.active["A300000"] = "a"
        book.active["B300000"] = "Ver weg"

    assert read_upload("x.xlsx", workbook(TOP, ["a", "Een"], change=far), KNOWN).rows[-1].number == 300_000


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("notulen.xlsx", b"%PDF-1.7 ...", "PDF"),
        ("oud.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"),
        (
            "slot.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "wachtwoord",
        ),
        ("lijst.xls", b"<html><table><tr><td>Inbreng", "webpagina"),
        ("lijst.xlsx", b"Van;Inbreng", "Excel"),
    ],
)
def test_the_file_type_follows_from_the_content_and_not_the_name(name, content, part):
    with pytest.raises(SheetError, match=part):
        read_upload(name, content, KNOWN)


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "LibreOffice"),
        ({"xl/workbook.bin": b""}, "xlsb"),
        ({"xl/workbook.xml": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>"}, "Excel"),
        ({"niets.txt": b""}, "Excel"),
        ({"xl/worksheets/sheet1.xml": b"0" * 60_000_000}, "groot"),
    ],
)
def test_a_zip_that_is_not_a_valid_workbook_is_rejected_with_a_remedy(parts, part):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if "mimetype" in parts else zipfile.ZIP_DEFLATED) as found:
        for name, content in parts.items():
            found.writestr(name, content)
    with pytest.raises(SheetError, match=part):
        read_upload("map.xlsx", out.getvalue(), KNOWN)


def test_a_workbook_named_csv_is_read_as_a_workbook():
    assert cells(read_upload("lijst.csv", workbook(TOP, ["a", "Een"]), KNOWN)) == [("a", "Een")]


# ---------------------------------------------------------------- long sheets


def test_more_rows_than_fit_on_the_page_are_rejected_with_an_alternative():
    with pytest.raises(SheetError, match="import_contributions"):
        read_text("Van;Inbreng\n" + "a;b\n" * (MAX_ROWS + 1), KNOWN)
    assert len(read_text("Van;Inbreng\n" + "a;b\n" * MAX_ROWS, KNOWN).rows) == MAX_ROWS


def test_a_local_file_of_any_length_is_streamed_row_by_row(tmp_path):
    path = tmp_path / "lang.csv"
    path.write_text("Van;Inbreng\n" + "".join(f"wijk-a;Idee {n}\n" for n in range(100_000)), encoding="utf-8")
    sheet, rows = read_file(path, KNOWN)
    assert (sheet.headings, sheet.rows) == (("Van", "Inbreng"), ())
    last = None
    for number, row in enumerate(rows, 2):
        assert row.number == number
        last = row
    assert last.cells == ("wijk-a", "Idee 99999")


def test_every_way_to_open_a_text_file_notes_mixed_letters(tmp_path):
    content = "Van;Inbreng\nCafé;Een\n".encode() + "Café;Twee\n".encode("cp1252")
    path = tmp_path / "samengevoegd.csv"
    path.write_bytes(content)
    local, rows = read_file(path, KNOWN)
    opened = [read_upload(path.name, content, KNOWN), read_long_sheet(path.name, content, KNOWN), local]
    assert [sheet.notes for sheet in opened] == [opened[0].notes] * 3
    assert "regel 3" in opened[0].notes[0]
    assert [row.cells[0] for row in rows] == [row.cells[0] for row in opened[1].rows] == ["Café", "Café"]


def test_a_local_workbook_with_several_sheets_needs_a_sheet_name(tmp_path):
    path = tmp_path / "map.xlsx"
    path.write_bytes(workbook(TOP, ["a", "Een"], Lijst=[TOP, ["a", "Twee"]]))
    with pytest.raises(SheetError, match="“Lijst”"):
        read_file(path, KNOWN)
    assert [row.cells[1] for row in read_file(path, KNOWN, "Lijst")[1]] == ["Twee"]


def test_a_local_workbook_is_closed_before_its_rows_are_read(tmp_path):
    path = tmp_path / "map.xlsx"
    path.write_bytes(workbook(TOP, *(["a", f"Idee {n}"] for n in range(3_000))))
    _sheet, rows = read_file(path, KNOWN)
    path.write_bytes(b"")
    assert len(list(rows)) == 3_000
