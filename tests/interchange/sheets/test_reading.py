"""Pasted and uploaded sheets: read as rows of texts from any program, without silent guesses."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.interchange.sheets.reading import (
    MAX_ROWS,
    Sheet,
    SheetError,
    SheetRow,
    as_text,
    read_text,
    read_upload,
)
from tests.workbooks import workbook

KNOWN = {"van", "inbreng", "datum"}


def test_every_line_is_one_row_without_headings_and_tabs():
    sheet = read_text("Meer bomen, en banken\n\nMinder auto's; liefst geen\n", KNOWN)
    assert sheet == Sheet((), (SheetRow(1, ("Meer bomen, en banken",)), SheetRow(3, ("Minder auto's; liefst geen",))))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_detected_from_the_headings(delimiter):
    text = delimiter.join(["Van", "Inbreng"]) + "\n" + delimiter.join(["wijk-a", '"Meer bomen, of; heesters"'])
    sheet = read_text(text, KNOWN)
    assert sheet.headings == ("Van", "Inbreng")
    assert sheet.rows == (SheetRow(2, ("wijk-a", "Meer bomen, of; heesters")),)


def test_a_cell_may_have_several_lines_and_rows_keep_their_first_line_number():
    sheet = read_text('Van;Inbreng\nwijk-a;"Twee\nregels"\nwijk-b;Kort', KNOWN)
    assert [row.number for row in sheet.rows] == [2, 4]
    assert sheet.rows[0].cells == ("wijk-a", "Twee\nregels")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_accented_characters_are_read_in_all_spreadsheet_encodings(encoding):
    sheet = read_upload("zaal.csv", "Van;Inbreng\nCafé;Ideeën".encode(encoding), KNOWN)
    assert sheet.rows[0].cells == ("Café", "Ideeën")


def test_a_workbook_is_read_as_displayed():
    content = workbook(["Inbreng", "Datum", "Aantal"], ["Meer bomen", date(2026, 3, 20), 3.0], [None, None, None])
    sheet = read_upload("avond.XLSX", content, KNOWN)
    assert sheet == Sheet(("Inbreng", "Datum", "Aantal"), (SheetRow(2, ("Meer bomen", "2026-03-20", "3")),), "Sheet")


def test_columns_without_values_are_dropped():
    assert read_text("Van\tInbreng\t\t\nwijk-a\tMeer bomen\t\t", KNOWN).width == 2


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("foto.jpg", b"\xff\xd8", ".csv"),
        ("leeg.csv", b"  \n \n", "niets"),
        ("koppen.csv", b"Van;Inbreng\n", "koppen"),
        ("stuk.xlsx", b"PK\x03\x04 half", "Excel"),
        ("vermomd.csv", b"PK\x00\x00", "tekst"),
        ("groot.csv", b"x" * 2_000_001, "groot"),
        ("lang.csv", b"x\n" * (MAX_ROWS + 2), "rijen"),
    ],
)
def test_an_unreadable_file_is_rejected_with_a_remedy(name, content, part):
    with pytest.raises(SheetError, match=part):
        read_upload(name, content, KNOWN)


def test_a_workbook_that_expands_beyond_memory_is_rejected():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(SheetError, match="groot"):
        read_upload("bom.xlsx", out.getvalue(), KNOWN)


CELLS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85"), max_size=20
).map(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS.filter(bool)), min_size=1, max_size=8))
def test_cells_shown_for_correction_are_read_back_unchanged(rows):
    sheet = Sheet(("Van", "Inbreng"), tuple(SheetRow(number, cells) for number, cells in enumerate(rows, 2)))
    assert read_text(as_text(sheet), KNOWN) == sheet
