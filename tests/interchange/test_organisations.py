"""Organisations from a sheet: columns, kinds as people write them, and what is wrong by row."""

from __future__ import annotations

import io

import pytest
from django.utils import translation
from openpyxl import Workbook

from participation.interchange.organisations import SheetOrganisation, read_organisations


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def read(text, name="lijst.csv"):
    return read_organisations(name, text.encode())


def test_a_sheet_with_all_columns_is_read():
    found = read("Naam;Soort;Wijken;Gemeente;Kleur\n Wijk  A ;Bewonersvereniging;Noord; gemeente Leiden;rood\n")
    assert found.problems == ()
    [row] = found.rows
    assert row == SheetOrganisation("row 2", "Wijk A", "residents_association", "leiden", ("Noord",))
    assert "Kleur" in found.notes[-1]


def test_a_workbook_is_read():
    book, made = Workbook(), io.BytesIO()
    book.active.append(["Naam", "Soort"])
    book.active.append(["Wijk A", "griffie"])
    book.save(made)
    [row] = read_organisations("lijst.xlsx", made.getvalue()).rows
    assert (row.name, row.kind) == ("Wijk A", "registry")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("", ""),
        ("residents_association", "residents_association"),
        ("Residents' association", "residents_association"),
        ("WIJKVERENIGING", "residents_association"),
        ("ontwikkelaar", "developer"),
    ],
)
def test_a_kind_is_recognised_as_people_write_it(written, kind):
    [row] = read(f"Naam;Soort\nWijk A;{written}").rows
    assert row.kind == kind


def test_several_neighbourhoods_stand_in_one_cell():
    [row] = read('Naam;Wijken\nWijk A;"Noord; Zuid;Noord"').rows
    assert row.neighbourhoods == ("Noord", "Zuid")


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("Soort\ngriffie", "row 1", "Naam"),
        ("Naam;Soort\n;griffie", "row 2, Naam", "no name"),
        ("Naam;Soort\n=A1;griffie", "row 2, Naam", "formula"),
        (f"Naam\n{'x' * 201}", "row 2, Naam", "200"),
        ("Naam;Soort\nWijk A;bewonersverenigin", "row 2, Soort", "Did you mean"),
        ("Naam;Soort\nWijk A;fanfare", "row 2, Soort", "Leave it empty"),
        ("Naam\n" + "Wijk\n" * 501, "the file", "in parts"),
        ("", "the file", "nothing in it"),
    ],
)
def test_what_is_wrong_is_named_by_row_with_a_remedy(text, place, says):
    [problem] = read(text).problems
    assert problem.location == place
    assert says in str(problem)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"])
def test_another_type_of_file_is_refused(content):
    assert read_organisations("lijst.xlsx", content).problems
