"""A real planning of forty rows becomes the steps of its dossier, with nothing typed: at least 38 of 39 at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from participation.compliance.dates import ImpreciseDate
from participation.interchange.plannings.files import read_planning_file, read_planning_text
from tests.interchange.plannings import planning_files

ROOT = Path(__file__).resolve().parents[3]
DOSSIER = json.loads((ROOT / "fixtures/cases/toekomstvisie-leidse-regio-fase-2.json").read_text(encoding="utf-8"))
#: What a step says besides its date and its title.
COLUMNS = ("kind", "method", "stage", "phase", "body")
#: Right in all but one cell: the planning names the group, the dossier leaves its body out.
KNOWN_DIFFERENCE = "Eventuele samenkomst participatiewerkgroep"
FORMATS = {
    "Word": lambda: read_planning_file("planning.docx", planning_files.word_file()),
    "a table copied from Word": lambda: read_planning_text(planning_files.copied_table()),
    "lines copied from a PDF": lambda: read_planning_text(planning_files.copied_lines()),
    "Excel": lambda: read_planning_file("planning.xlsx", planning_files.excel_file()),
    "PDF": lambda: read_planning_file("planning.pdf", planning_files.pdf_file()),
}


def right_answer(step):
    """Return what a row must become, without its title: that is in other words in the dossier."""
    when = ImpreciseDate.from_json(step["planned"])
    return (
        when[:3],
        *(step.get(column) or "" for column in COLUMNS),
        tuple(step.get("audience") or ()),
        step.get("optional", False),
    )


def answer(row):
    when = row.when[:3] if row.when else None
    return when, row.kind, row.method, row.stage, row.phase, row.body, row.audience, row.optional


def wrong_rows(found):
    """Return the titles of rows that are no step of the dossier as they are."""
    remaining = [right_answer(step) for step in DOSSIER["steps"]]
    wrong = []
    for row in found.rows:
        if answer(row) in remaining:
            remaining.remove(answer(row))
        else:
            wrong.append(row.title or row.printed_date)
    return wrong


def recognised(source):
    return planning_files.recognise(source, planning_files.organisations(DOSSIER))


@pytest.mark.parametrize("name", FORMATS)
def test_at_least_38_of_39_rows_are_right_at_once_in_every_format(name):
    found = recognised(FORMATS[name]())
    assert len(found.rows) == len(DOSSIER["steps"]) == 39
    assert wrong_rows(found) == [KNOWN_DIFFERENCE]
    assert found.year == (2017, True)


def test_the_printed_planning_itself_is_right_in_38_of_39_rows():
    shared = (parent / "shared" / "sources" for parent in ROOT.parents)
    source = next((path for folder in shared for path in folder.glob("004-*.txt")), None)
    if source is None:
        pytest.skip("the sources of the cases are not on this machine")
    found = recognised(read_planning_text(source.read_text(encoding="utf-8")))
    assert len(found.rows) == 39
    assert wrong_rows(found) == [KNOWN_DIFFERENCE]


def test_imprecise_dates_keep_what_was_printed():
    found = recognised(FORMATS["Word"]())
    printed = {row.when.text for row in found.rows if row.when and row.when.text}
    assert printed == {
        *("Nog niet geheel opgenomen", "15/3 (moet nog ingepland worden!)", "16/3 en 17/3", "16/3 of 17/3"),
        *("Uiterlijk 17/3", "Uiterlijk 24/3", "3/4 – 22/4", "24 / 4 – 5 /5", "9/5 (?)", "17/5 of 18/5", "Ong 13/6"),
        *("Medio juni", "Eind juni", "Uiterlijk week 27"),
    }


def test_titles_are_the_cells_as_printed_in_a_word_table():
    found = recognised(FORMATS["Word"]())
    printed = {cells[1].split("\n")[0] for cells in planning_files.ROWS if isinstance(cells, tuple) and len(cells) > 1}
    titles = {row.title for row in found.rows}
    assert printed - titles == {"Activiteit"}
    assert planning_files.E_MAGAZINE in titles


def test_versions_of_documents_are_proposed_with_what_they_replace():
    found = recognised(FORMATS["Word"]())
    by_version = {document.version: document for document in found.documents}
    assert sorted(by_version) == ["0.2", "0.3", "0.4", "1.0"]
    gold = {one["version"]: one for one in DOSSIER["documents"] if one.get("version")}
    for version, document in by_version.items():
        dated = gold[version].get("dated_on")
        assert (document.dated_on and document.dated_on[:3]) == (dated and ImpreciseDate.from_json(dated)[:3]), version
        assert document.kind == gold[version]["kind"]
    assert by_version["0.4"].replaces == by_version["0.3"].key
    assert by_version["0.3"].replaces == by_version["0.2"].key
    assert by_version["1.0"].replaces == ""
    mentioning = [row.title for row in found.rows if by_version["1.0"].key in row.documents]
    assert len(mentioning) == 2


def test_only_the_title_is_left_out():
    found = recognised(FORMATS["Word"]())
    assert [" ".join(row.cells) for row in found.leftovers] == [planning_files.TITLE]
