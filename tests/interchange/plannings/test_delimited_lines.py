"""Lines with semicolons or vertical bars around a date are rows of a table; sentences stay lines."""

from __future__ import annotations

import pytest

from participation.interchange.plannings import delimited_lines
from participation.interchange.plannings.delimited_lines import with_delimited_tables


def rows_of(text):
    return [(row.number, row.table, row.cells) for row in with_delimited_tables(text.split("\n"))]


@pytest.mark.parametrize(
    "line", ["12-1-2027;Inloop", "12-1-27; Inloop", '"12-1-2027";"Inloop"', "12/1 19.30 uur;Inloop"]
)
def test_a_single_line_with_a_date_between_semicolons_is_a_row(line):
    ((number, table, cells),) = rows_of(line)
    assert (number, table, cells[1]) == (1, 1, "Inloop")


def test_a_table_in_markdown_has_no_row_for_its_separator_line():
    text = "Planning\n\n| Datum | Wat |\n|:---|---:|\n| **12-1-2027** | Inloop<br>in de wijk |\n\nGroet; Jan"
    assert rows_of(text) == [
        (1, 0, ("Planning",)),
        (2, 0, ("",)),
        (3, 1, ("Datum", "Wat")),
        (5, 1, ("12-1-2027", "Inloop\nin de wijk")),
        (6, 0, ("",)),
        (7, 0, ("Groet; Jan",)),
    ]


def test_commas_separate_cells_only_below_known_headings():
    assert rows_of("Datum,Activiteit\n12-1-2027,Inloop")[1] == (2, 1, ("12-1-2027", "Inloop"))
    assert rows_of("12-1-2027, Inloop")[0] == (1, 0, ("12-1-2027, Inloop",))


@pytest.mark.parametrize("line", ["14/3 Raad; en meer", "Ja; nee", '"open;aanhaling', "a|b"])
def test_a_line_without_a_date_as_a_cell_stays_a_line(line):
    assert rows_of(line) == [(1, 0, (line,))]


def test_commas_above_the_headings_are_those_of_a_sentence():
    found = rows_of("Beste Jan, hierbij\nde planning, zoals gezegd\nDatum,Activiteit\n12-1-2027,Inloop\nGroet")
    assert [table for _number, table, _cells in found] == [0, 0, 1, 1, 0]


def test_lines_without_a_date_are_not_split_again_from_each_line(monkeypatch):
    calls = []
    monkeypatch.setattr(delimited_lines, "_cells", lambda line, mark: calls.append(mark) or line.split(mark))
    rows_of("a;b\n" * 100 + "einde")
    # The line after the block ends it, and is then looked at itself.
    assert calls.count(";") == 102


def test_an_open_quotation_mark_in_a_long_line_is_only_a_mark():
    line = f'12-1-2027;"{"x" * 200_000}'
    assert rows_of(line)[0][2][0] == "12-1-2027"
