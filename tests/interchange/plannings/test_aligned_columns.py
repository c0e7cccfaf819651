"""Lines below the headings of a table without delimiters are its rows, in pasted text and in a PDF without borders."""

from __future__ import annotations

import pytest

from participation.interchange.plannings.files import read_planning_file, read_planning_text
from tests.interchange.plannings import planning_files

ROWS = (
    ("Datum", "Activiteit", "Locatie"),
    ("12 januari 2027", "Inloop over de eerste schetsen voor het plein en de straten eromheen", "Buurthuis De Kooi"),
    ("19 januari 2027", "Enquête", "Online"),
    ("VERKENNING", "", ""),
    ("2 februari 2027", "Werkgroep verkeer", ""),
    ("week 9", "Raadscommissie", "Raadzaal"),
)
STEPS = [
    ("12 januari 2027", "Inloop over de eerste schetsen voor het plein en de straten eromheen", "Buurthuis De Kooi"),
    ("19 januari 2027", "Enquête", "Online"),
    ("2 februari 2027", "Werkgroep verkeer", ""),
    ("week 9", "Raadscommissie", "Raadzaal"),
]


def borderless(order):
    cells = "".join(f"<tr>{''.join(f'<td>{row[index]}</td>' for index in order)}</tr>" for row in ROWS)
    style = "<style>td{border:none !important;width:33%}</style>"
    return planning_files.pdf_file(body=f"{style}<h1>Planning</h1><table>{cells}</table><p>Vragen? Bel ons.</p>")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_a_pdf_with_a_table_without_borders_loses_no_row(order):
    found = planning_files.recognise(read_planning_file("x.pdf", borderless(order)))
    assert [(row.printed_date, row.title, row.place) for row in found.rows] == STEPS
    assert [row.phase for row in found.rows] == ["", "", "exploration", "exploration"]


def test_columns_of_pasted_text_stand_below_their_headings():
    text = (
        "Datum       Wat        Waar\n"
        "12-1-2027   Inloop     De Kooi\n"
        "14-1-2027              Stadhuis\n"
        "zsm         Raad\n"
        "3/4 –\n"
        "22/4        Bijeenkomsten\n"
        "            per gemeente\n"
        "Wij zien u graag bij een van deze bijeenkomsten\n"
    )
    rows = read_planning_text(text).rows
    assert [row.cells for row in rows if row.table] == [
        ("Datum", "Wat", "Waar"),
        ("12-1-2027", "Inloop", "De Kooi"),
        ("14-1-2027", "", "Stadhuis"),
        ("zsm", "Raad", ""),
        ("3/4 –\n22/4", "Bijeenkomsten\nper gemeente", ""),
    ]
    assert [row.cells[0] for row in rows if not row.table and row.cells[0]] == [
        "Wij zien u graag bij een van deze bijeenkomsten"
    ]


def test_a_table_goes_on_below_a_line_over_its_columns():
    text = "Datum       Wat\n12-1-2027   Inloop\nVoor de bewoners van de wijk\n14-1-2027   Raad\n\nGroet"
    assert [row.cells for row in read_planning_text(text).rows if row.cells[0]] == [
        ("Datum", "Wat"),
        ("12-1-2027", "Inloop"),
        ("Voor de bewoners van de wijk",),
        ("14-1-2027", "Raad"),
        ("Groet", ""),
    ]


def test_the_column_of_days_goes_before_that_of_weeks():
    rows = read_planning_text("Week   Datum   Wat\n11     14/3    Raad\n12     21/3    College").rows
    assert [row.cells for row in rows[1:]] == [("11", "14/3", "Raad"), ("12", "21/3", "College")]


def test_a_second_head_starts_another_table():
    rows = read_planning_text("Datum   Wat\n14/3    Raad\nWat       Datum\nCollege   21/3").rows
    assert [(row.table, row.cells) for row in rows] == [
        (1, ("Datum", "Wat")),
        (1, ("14/3", "Raad")),
        (2, ("Wat", "Datum")),
        (2, ("College", "21/3")),
    ]
