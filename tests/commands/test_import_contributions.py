"""import_contributions, as whoever looks after the machine calls it: all rows or none, each wrong one by its number."""

from __future__ import annotations

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from participation.models import Changeset, Contribution, Obligation
from participation.services import contributions_bulk
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


def take_in(*arguments):
    """What it prints, what it complains of, and with which code it ends."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("import_contributions", "voorbeeldplein", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    return out.getvalue(), err.getvalue(), code


def test_all_rows_are_one_entry_with_its_history_and_are_owed_an_answer(square, write, monkeypatch):
    monkeypatch.setattr(contributions_bulk, "PART", 2)
    file = write("Inbreng;Thema\n" + "".join(f"Idee {n};Groen\n" for n in range(5)))
    told, _err, code = take_in(file, "--by", "ans", "--step", "s1")
    assert (code, "5 recorded" in told) == (0, True)
    rows = Contribution.objects.order_by("pk").values_list("ref", "step", "received_on", "summary")
    assert rows[0] == ("c1", "s1", world.on("2026-03-20"), "Idee 0")
    assert [row[0] for row in rows] == ["c1", "c2", "c3", "c4", "c5"]
    assert len(Changeset.objects.get().items) == Contribution.history.count() == 5
    assert Obligation.objects.open().filter(rule="contribution-answered").count() == 5


def test_one_row_that_is_not_right_stops_all_and_is_told_by_its_number(square, write, monkeypatch):
    monkeypatch.setattr(contributions_bulk, "PART", 2)
    lines = [f"Idee {n};20-3-2026" for n in range(6)]
    lines[4] = "Idee 4;3-4-26"
    told, err, code = take_in(write("Inbreng;Datum\n" + "\n".join(lines)), "--by", "ans")
    assert (told, code) == ("", 1)
    assert "row 6: “3-4-26”" in err
    assert "1 of the rows" in err
    assert not Contribution.objects.exists()
    assert not Contribution.history.exists()
    assert not Changeset.objects.exists()


def test_a_file_that_breaks_off_half_way_leaves_nothing(square, write, monkeypatch):
    monkeypatch.setattr(contributions_bulk, "PART", 2)
    text = "Van;Inbreng\n" + "bewoners;Idee\n" * 30 + 'bewoners;"Nooit gesloten\n' + "bewoners;Meer\n" * 5
    _told, err, code = take_in(write(text), "--by", "ans")
    assert (code, "regel 32" in err) == (1, True)
    assert not Contribution.objects.exists()


def test_a_dry_run_looks_at_every_row_and_records_nothing(square, write):
    told, _err, code = take_in(write("Inbreng\nMeer bomen\nmeer  bomen\nBanken"), "--dry-run")
    assert (code, "2 would be recorded" in told, "1 there already" in told) == (0, True, True)
    assert not Contribution.objects.exists()


def test_the_same_file_again_doubles_nothing_and_changes_are_taken_over_when_asked(square, write):
    file = write("Kenmerk;Inbreng\nA1;Meer bomen\nA2;Banken")
    take_in(file, "--by", "ans")
    told, _err, _code = take_in(file, "--by", "ans")
    assert "0 recorded, 0 changed, 2 there already" in told
    newer = write("Kenmerk;Inbreng\nA1;Meer heesters\nA2;Banken")
    told, _err, _code = take_in(newer, "--by", "ans")
    assert "1 different" in told
    told, _err, _code = take_in(newer, "--by", "ans", "--changes")
    assert "1 changed" in told
    assert set(Contribution.objects.values_list("summary", flat=True)) == {"Meer heesters", "Banken"}


def test_columns_are_said_by_heading_or_letter(square, write):
    file = write("Kaart;Wat zei men\nrood;Meer bomen\nblauw;Banken")
    _told, err, code = take_in(file, "--by", "ans", "--columns", "summary=B,theme=Kaart")
    assert (err, code) == ("", 0)
    assert [*Contribution.objects.values_list("theme", "summary")] == [("rood", "Meer bomen"), ("blauw", "Banken")]


def test_an_export_of_go_vocal_is_recognised(square, write):
    top = ["ID", "Naam", "Beschrijving", "Ingediend op", "Likes", "URL", "Project", "Status"]
    rows = ([str(UUID(int=n)), "Idee", f"Tekst {n}", "2026-03-01", n, "", "Plein", "voorgesteld"] for n in range(1, 9))
    told, _err, code = take_in(write(workbook(top, *rows), "doemee.xlsx"), "--by", "ans")
    assert (code, "Go Vocal" in told, "8 recorded" in told) == (0, True, True)
    assert Contribution.objects.filter(ref__startswith="gv-").count() == 8


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--by", "niemand"], "may not change"),
        (["--by", "buur"], "may not change"),
        ([], "--by"),
        (["--by", "ans", "--step", "s9"], "no step s9"),
        (["--by", "ans", "--party", "elders"], "no organisation"),
        (["--by", "ans", "--received-on", "ooit"], "ooit"),
        (["--by", "ans", "--columns", "kleur=A"], "none of"),
        (["--by", "ans", "--columns", "theme=Kleur"], "no heading"),
    ],
)
def test_what_is_asked_for_and_cannot_be_is_refused_with_what_to_do(square, write, arguments, part):
    world.user("adviser", name="buur")
    _told, err, code = take_in(write("Inbreng;Thema\nMeer bomen;Groen"), *arguments)
    assert code == 1
    assert part in err
    assert not Contribution.objects.exists()


def test_a_trajectory_or_file_that_is_not_there_is_told(write):
    assert "no trajectory" in take_in(write("Inbreng\nMeer bomen"), "--dry-run")[1]
    world.trajectory()
    assert "no such file" in take_in("/niet/daar.csv", "--dry-run")[1]
