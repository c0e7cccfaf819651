"""Tables as CSV and XLSX: cell values, no formulas, and memory that does not grow with the number of rows."""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from participation.compliance.dates import ImpreciseDate
from participation.dossier.characters import clean_text
from participation.interchange import tables
from participation.interchange.cells import escape_formula, safe_name, unescape_formula
from participation.interchange.sheets.reading import read_text, read_upload
from participation.interchange.tables import Table, TableColumn, as_csv, in_chunks, write_xlsx

#: Characters with which a spreadsheet starts a formula.
FORMULA_CHARACTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Invisible characters that a program may remove before it looks for a formula.
INVISIBLE_CHARACTERS = (
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u00ad",
    "\u3164",
    "\u115f",
    "\ufe0f",
    "\u034f",
    "\u180b",
    "\U000e0001",
    "\x1b",
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
HOSTILE_TEXT = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "'", "''"]),
    st.text(st.sampled_from([" ", "\u00a0", *INVISIBLE_CHARACTERS]), max_size=3),
    st.sampled_from(["", *FORMULA_CHARACTERS]),
    TEXTS,
)


def _local(*parts):
    """Return a date and time as a workbook stores it, without a time zone."""
    return datetime(*parts)  # noqa: DTZ001


def table(*rows, columns=1, language="nl"):
    read = [TableColumn(str(place), f"kolom {place}", lambda row, place=place: row[place]) for place in range(columns)]
    return Table("lijst", "Een lijst", read, rows, language)


def written_csv(found):
    text = b"".join(as_csv(found)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def written_xlsx(found):
    file = io.BytesIO()
    write_xlsx(found, file)
    return file.getvalue()


def cells(content, sheet=0):
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[sheet].iter_rows(values_only=True)]


# ---------- formulas


def as_seen(text):
    """Return the text after a program has removed the invisible characters at its start."""
    return text.lstrip("".join(INVISIBLE_CHARACTERS) + " \u00a0\t\r\n")


@given(st.one_of(TEXTS, HOSTILE_TEXT))
def test_no_csv_cell_starts_like_a_formula_and_each_is_read_back_unchanged(text):
    found = written_csv(table((text,)))[1:] or [[""]]

    assert not found[0][0].startswith(FORMULA_CHARACTERS)
    assert not as_seen(found[0][0]).startswith(FORMULA_CHARACTERS)
    assert unescape_formula(found[0][0]) == clean_text(text)


@given(st.one_of(TEXTS, HOSTILE_TEXT))
def test_no_workbook_cell_starts_like_a_formula_or_is_one(text):
    [[found]] = cells(written_xlsx(table((text,))))[1:] or [[None]]

    assert not as_seen(found or "").startswith(FORMULA_CHARACTERS)


@given(st.one_of(TEXTS, HOSTILE_TEXT))
def test_unescaping_reverses_escaping(text):
    assert unescape_formula(escape_formula(text)) == text


@pytest.mark.parametrize("text", ["'s avonds", "''t", "' ", "het = goed", "a-b", "", "5", "ja"])
def test_text_that_is_not_a_formula_is_not_escaped(text):
    assert escape_formula(text) == text
    assert unescape_formula(text) == text


def test_numbers_stay_numbers_including_negative_ones():
    assert written_csv(table((-3,)))[1] == ["-3"]
    assert cells(written_xlsx(table((-3,))))[1] == [-3]


@pytest.mark.parametrize("unseen", ["", *INVISIBLE_CHARACTERS])
def test_headings_and_sheet_names_are_escaped(unseen):
    found = Table("lijst", f"{unseen}=Lijst", [TableColumn("a", f"{unseen}=1+1", lambda row: row)], ["x"], "nl")

    assert written_csv(found)[0] == [clean_text(f"'{unseen}=1+1")]
    assert escape_formula(f"{unseen}=1+1") == f"'{unseen}=1+1"
    assert cells(written_xlsx(found))[0] == [clean_text(f"'{unseen}=1+1")]
    assert load_workbook(io.BytesIO(written_xlsx(found))).sheetnames == ["Lijst"]


@given(st.one_of(TEXTS, HOSTILE_TEXT))
def test_safe_names_do_not_start_like_a_formula_and_are_idempotent(text):
    name = safe_name(text, "naam")

    assert not name.startswith((*FORMULA_CHARACTERS, *INVISIBLE_CHARACTERS, "'", "."))
    assert safe_name(name, "naam") == name


def test_text_that_looks_like_a_workbook_escape_is_read_back_unchanged():
    parts = ("_x000D_", "_x005F_", "_x", "_", "x0041_", "a")
    texts = ["".join(chosen) for chosen in itertools.product(parts, repeat=3)]

    read = read_upload("lijst.xlsx", written_xlsx(table(*[(text,) for text in texts])), ["kolom 0"])

    assert [row.cells[0] for row in read.rows] == texts


# ---------- cell values


@pytest.mark.parametrize(
    ("value", "in_csv", "in_xlsx"),
    [
        (ImpreciseDate.on(date(2026, 3, 20)), "2026-03-20", _local(2026, 3, 20)),
        (
            ImpreciseDate(date(2017, 6, 11), date(2017, 6, 20), "month_part", "Medio juni"),
            "medio juni 2017",
            "medio juni 2017",
        ),
        (date(2026, 3, 20), "2026-03-20", _local(2026, 3, 20)),
        # Excel's calendar has a non-existent day in 1900, and no earlier days.
        (date(1900, 2, 28), "1900-02-28", "1900-02-28"),
        (datetime(2026, 3, 20, 22, 0, 5, 7, UTC), "2026-03-20 23:00:05", _local(2026, 3, 20, 23, 0, 5)),
        (time(19, 30), "19:30", "19:30"),
        (True, "ja", "ja"),
        (False, "nee", "nee"),
        (0, "0", 0),
        (None, "", None),
        ("", "", None),
        (["bewoners", "winkeliers"], "bewoners; winkeliers", "bewoners; winkeliers"),
        ([], "", None),
        ("twee\r\nregels", "twee\nregels", "twee\nregels"),
        ("bel\x07 \x0b\ufffe!", "bel \n!", "bel \n!"),
    ],
)
def test_values_are_written_as_people_would_type_them(value, in_csv, in_xlsx):
    found = table((value, "x"), columns=2)

    assert written_csv(found)[1][0] == in_csv
    assert cells(written_xlsx(found))[1][0] == in_xlsx


def test_a_table_uses_the_language_it_was_created_with():
    assert written_csv(table((True,), language="en"))[1] == ["yes"]


def test_csv_opens_directly_in_a_dutch_excel():
    content = b"".join(as_csv(table(("één", "twee; drie"), columns=2)))

    assert content == '\ufeffKolom 0;Kolom 1\r\néén;"twee; drie"\r\n'.encode()


def test_a_workbook_has_a_title_frozen_headings_and_filters():
    sheet = load_workbook(io.BytesIO(written_xlsx(table(("a",), ("b",))._replace(title="Wat / moet [er]")))).worksheets[
        0
    ]

    assert sheet.title == "Wat   moet  er"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:A3"
    assert sheet["A1"].font.bold


def test_text_too_long_for_a_cell_is_visibly_truncated():
    found = cells(written_xlsx(table(("x" * 40_000,))))[1][0]

    assert len(found) == 32_767
    assert found.endswith("…")


def test_rows_that_do_not_fit_continue_on_the_next_sheet(monkeypatch):
    monkeypatch.setattr(tables, "_MAX_ROWS", 3)

    content = written_xlsx(table(*[(number,) for number in range(5)]))

    assert [cells(content, sheet) for sheet in range(3)] == [
        [["Kolom 0"], [0], [1]],
        [["Kolom 0"], [2], [3]],
        [["Kolom 0"], [4]],
    ]


def test_an_empty_list_gives_a_file_with_headings():
    assert written_csv(table()) == [["Kolom 0"]]
    assert cells(written_xlsx(table())) == [["Kolom 0"]]


# ---------- read back


def test_exported_files_can_be_imported():
    found = table(("Meer bomen", date(2026, 3, 20)), ("Minder auto's; meer fietsen", None), columns=2)

    of_csv = read_text(b"".join(as_csv(found)).decode(), ["kolom 0"])
    of_xlsx = read_upload("lijst.xlsx", written_xlsx(found), ["kolom 0"])

    assert of_csv.headings == of_xlsx.headings == ("Kolom 0", "Kolom 1")
    expected = [("Meer bomen", "2026-03-20"), ("Minder auto's; meer fietsen", "")]
    assert [row.cells for row in of_csv.rows] == [row.cells for row in of_xlsx.rows] == expected


# ---------- memory


def peak(write, rows):
    found = Table("lijst", "Lijst", [TableColumn("a", "a", lambda row: f"tekst {row}")], range(rows), "nl")
    tracemalloc.start()
    try:
        write(found)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _to_csv(found):
    for _part in as_csv(found):
        pass


def _to_xlsx(found):
    with tempfile.TemporaryFile() as file:
        write_xlsx(found, file)


@pytest.mark.parametrize(("write", "rows"), [(_to_csv, 100_000), (_to_xlsx, 4_000)])
def test_a_long_list_takes_no_more_memory_than_a_short_one(write, rows):
    write(table(("x",)))  # one-time imports and caches do not count

    assert peak(write, rows) < peak(write, 1_000) + 200_000


def test_rows_are_fetched_only_while_writing():
    fetched = []

    def read(part):
        fetched.append(part)
        return part

    chunks = as_csv(Table("lijst", "Lijst", [TableColumn("a", "a", str)], in_chunks(range(1_200), read), "nl"))

    assert fetched == []
    next(chunks)
    assert [len(part) for part in fetched] == [500]
    assert len(b"".join(chunks).split()) == 700
    assert [len(part) for part in fetched] == [500, 500, 200]


def test_a_workbook_is_compressed(tmp_path):
    content = written_xlsx(table(*[("steeds hetzelfde",)] * 1_000))

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert sum(part.file_size for part in parts.infolist()) > 4 * len(content)
