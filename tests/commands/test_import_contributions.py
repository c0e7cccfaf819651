"""The command import_contributions: it imports all rows or none, and reports each error with its row number."""

from __future__ import annotations

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from participation.models import Changeset, Contribution, Obligation
from participation.services.contributions import bulk_import as contributions_bulk
from tests import world
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def square():
    square = world.trajectory()
    world.step(square, "s1", done=world.on("2026-03-20"))
    square.advisers.add(world.user("adviser", name="ans"))
    return square


@pytest.fixture
def write(tmp_path):
    def write(content, name="inbreng.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def run_import(*arguments):
    """Return standard output, standard error and the exit code."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("import_contributions", "voorbeeldplein", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    return out.getvalue(), err.getvalue(), code


def test_all_rows_form_one_changeset_and_need_an_answer(square, write, monkeypatch):
    monkeypatch.setattr(contributions_bulk, "BATCH_SIZE", 2)
    file = write("Inbreng;Thema\n" + "".join(f"Idee {n};Groen\n" for n in range(5)))
    output, _err, code = run_import(file, "--by", "ans", "--step", "s1")
    assert (code, "5 recorded" in output) == (0, True)
    rows = Contribution.objects.order_by("pk").values_list("ref", "step", "received_on", "summary")
    assert rows[0] == ("c1", "s1", world.on("2026-03-20"), "Idee 0")
    assert [row[0] for row in rows] == ["c1", "c2", "c3", "c4", "c5"]
    assert len(Changeset.objects.get().row_changes) == Contribution.history.count() == 5
    assert Obligation.objects.open().filter(rule="contribution-answered").count() == 5


def test_one_invalid_row_rejects_the_file_and_is_reported_by_number(square, write, monkeypatch):
    monkeypatch.setattr(contributions_bulk, "BATCH_SIZE", 2)
    lines = [f"Idee {n};20-3-2026" for n in range(6)]
    lines[4] = "Idee 4;3-4-26"
    output, err, code = run_import(write("Inbreng;Datum\n" + "\n".join(lines)), "--by", "ans")
    assert (output, code) == ("", 1)
    assert "row 6: “3-4-26”" in err
    assert "invalid rows: 1" in err
    assert not Contribution.objects.exists()
    assert not Contribution.history.exists()
    assert not Changeset.objects.exists()


def test_a_truncated_file_stores_nothing(square, write, monkeypatch):
    monkeypatch.setattr(contributions_bulk, "BATCH_SIZE", 2)
    text = "Van;Inbreng\n" + "bewoners;Idee\n" * 30 + 'bewoners;"Nooit gesloten\n' + "bewoners;Meer\n" * 5
    _told, err, code = run_import(write(text), "--by", "ans")
    assert (code, "regel 32" in err) == (1, True)
    assert not Contribution.objects.exists()


def test_a_dry_run_checks_every_row_and_stores_nothing(square, write):
    output, _err, code = run_import(write("Inbreng\nMeer bomen\nmeer  bomen\nBanken"), "--dry-run")
    assert (code, "2 would be recorded" in output, "1 unchanged" in output) == (0, True, True)
    assert not Contribution.objects.exists()


def test_a_repeated_import_duplicates_nothing_and_updates_only_on_request(square, write):
    file = write("Kenmerk;Inbreng\nA1;Meer bomen\nA2;Banken")
    run_import(file, "--by", "ans")
    output, _err, _code = run_import(file, "--by", "ans")
    assert "0 recorded, 0 changed, 2 unchanged" in output
    newer = write("Kenmerk;Inbreng\nA1;Meer heesters\nA2;Banken")
    output, _err, _code = run_import(newer, "--by", "ans")
    assert "1 that differ" in output
    output, _err, _code = run_import(newer, "--by", "ans", "--changes")
    assert "1 changed" in output
    assert set(Contribution.objects.values_list("summary", flat=True)) == {"Meer heesters", "Banken"}


def test_columns_are_chosen_by_heading_or_column_name(square, write):
    file = write("Kaart;Wat zei men\nrood;Meer bomen\nblauw;Banken")
    _told, err, code = run_import(file, "--by", "ans", "--columns", "summary=B,theme=Kaart")
    assert (err, code) == ("", 0)
    assert [*Contribution.objects.values_list("theme", "summary")] == [("rood", "Meer bomen"), ("blauw", "Banken")]


def test_a_go_vocal_export_is_recognised(square, write):
    top = ["ID", "Naam", "Beschrijving", "Ingediend op", "Likes", "URL", "Project", "Status"]
    rows = ([str(UUID(int=n)), "Idee", f"Tekst {n}", "2026-03-01", n, "", "Plein", "voorgesteld"] for n in range(1, 9))
    output, _err, code = run_import(write(workbook(top, *rows), "doemee.xlsx"), "--by", "ans")
    assert (code, "Go Vocal" in output, "8 recorded" in output) == (0, True, True)
    assert Contribution.objects.filter(ref__startswith="gv-").count() == 8


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--by", "niemand"], "may not edit"),
        (["--by", "buur"], "may not edit"),
        ([], "--by"),
        (["--by", "ans", "--step", "s9"], "no step s9"),
        (["--by", "ans", "--party", "elders"], "no organisation"),
        (["--by", "ans", "--received-on", "ooit"], "ooit"),
        (["--by", "ans", "--columns", "kleur=A"], "none of"),
        (["--by", "ans", "--columns", "theme=Kleur"], "no heading"),
    ],
)
def test_impossible_options_are_rejected_with_a_remedy(square, write, arguments, part):
    world.user("adviser", name="buur")
    _told, err, code = run_import(write("Inbreng;Thema\nMeer bomen;Groen"), *arguments)
    assert code == 1
    assert part in err
    assert not Contribution.objects.exists()


def test_an_unknown_trajectory_or_file_is_reported(write):
    assert "no trajectory" in run_import(write("Inbreng\nMeer bomen"), "--dry-run")[1]
    world.trajectory()
    assert "No such file" in run_import("/niet/daar.csv", "--dry-run")[1]


def test_a_date_that_does_not_exist_is_named_in_the_error(square, write):
    _output, err, code = run_import(write("Inbreng\nIdee\n"), "--by", "ans", "--received-on", "31-2-2026")
    assert ("31-2-2026" in err, "%(typed)s" in err, code) == (True, False, 1)
    assert not Contribution.objects.exists()
