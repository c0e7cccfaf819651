"""What the rows of a sheet would become: row by row, with what is wrong, what is guessed and what is there already."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebook import load
from participation.exchange.sheets.reading import read_text
from participation.models import Contribution
from participation.services.changesets import undo
from participation.services.contributions import record_contributions
from participation.services.contributions_sheet import KNOWN, Defaults, columns_of, proposed
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 21)
DOOR = {"today": TODAY, "now": world.moment("2026-03-21T09:00")}
ID = "gv-00000000-0000-0000-0000-000000000001"


@pytest.fixture
def square():
    return world.trajectory()


def look_at(text, square, step=None):
    sheet = read_text(text, KNOWN)
    return proposed(sheet, columns_of(sheet), square, Defaults(step, "residents", world.on("2026-03-20")), TODAY)


def record(rows, square, name="adviser", **more):
    adviser = world.user("adviser", name=name)
    new = [row.contribution for row in rows if row.takes_part]
    return adviser, record_contributions(adviser, square, new, rulebook=load(settings.RULEBOOK), **DOOR, **more)


# ---------------------------------------------------------------- days, cells and texts


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("3-4-26", "vier cijfers"),
        ("29-2-1900", "kalender"),
        ("1900-02-28", "jaar"),
        ("60", "kalender"),
        ("0", "kalender"),
        ("12-3-1899", "jaar"),
        ("20-3-2027", "moet nog komen"),
        ("2027", "moet nog komen"),
        ("#N/B", "foutmelding"),
        ("#REF!", "foutmelding"),
        ("=VANDAAG()", "formule"),
        ("gisteren", "datum"),
    ],
)
def test_a_day_that_cannot_be_right_is_told_with_its_row(square, typed, part):
    first, second = look_at(f"Datum;Inbreng\n20-3-2026;Goed\n{typed};Idee", square)
    assert first.takes_part
    assert (second.number, second.takes_part) == (3, False)
    assert any(part in problem for problem in second.problems), second.problems


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("20-3-2026", world.on("2026-03-20")),
        ("2026-03-20 23:30:00", world.on("2026-03-20")),
        ("20-3-2026 9:05", world.on("2026-03-20")),
        ("46101", world.on("2026-03-20")),
        ("46101.75", world.on("2026-03-20")),
        ("medio maart 2026", world.between("2026-03-11", "2026-03-20", "month_part")),
        ("2025", world.between("2025-01-01", "2025-12-31", "year")),
        ("", world.on("2026-03-20")),
    ],
)
def test_a_day_is_read_as_people_and_spreadsheets_write_it(square, typed, day):
    (one,) = look_at(f"Datum;Inbreng\n{typed};Idee", square)
    assert (one.contribution.received_on, one.problems) == (day, ())
    assert any("Excel" in note for note in one.notes) == typed.startswith("46101")


@pytest.mark.parametrize("cell", ["#REF!", "#N/A", "#WAARDE!", "=SOM(A1:A3)", "=B2", "=+Blad1!A1"])
def test_an_error_or_a_bare_formula_in_a_cell_is_no_contribution(square, cell):
    (one,) = look_at(f"Van;Inbreng\nbewoners;{cell}", square)
    assert not one.takes_part


@pytest.mark.parametrize("cell", ["'=B2 zei hij", "= mooi plan", "#1 prioriteit: bomen", "'-10% parkeren"])
def test_what_only_looks_like_a_formula_is_what_somebody_said(square, cell):
    (one,) = look_at(f"Van;Inbreng\nbewoners;{cell}", square)
    assert one.takes_part
    assert one.contribution.summary == cell.lstrip("'")


def test_an_error_in_a_column_that_is_left_out_does_no_harm(square):
    (one,) = look_at("Inbreng;Datum;Bedrag\nIdee;20-3-2026;#DEEL/0!", square)
    assert one.takes_part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Mail mij: jan@example.org", "e-mailadres"),
        ("Bel 06 12345678", "telefoonnummer"),
        ("Bel +31 71 5165165", "telefoonnummer"),
        ("CafÃ© op de hoek", "accenten"),
        ("Kosten: 1.250.000 euro op 20-03-2026 om 0715", None),
        ("Tussen 2020-2026 waren er 123456789012 auto's", None),
    ],
)
def test_a_text_with_an_address_or_damaged_letters_gets_a_note_and_takes_part(square, text, part):
    (one,) = look_at(text, square)
    assert one.takes_part
    assert [bool(part) and part in note for note in one.notes] == ([True] if part else [])


def test_a_guessed_outcome_says_that_it_is_one(square):
    (one,) = look_at("Inbreng;Uitkomst\nIdee;niet overgenomen?", square)
    assert one.contribution.outcome == "not_adopted"
    assert any("gok" in note for note in one.notes)
    assert any("reden" in note for note in one.notes)


def test_a_row_may_say_in_which_step_it_was_received(square):
    world.step(square, "s1", title="Avond in de buurt")
    one, other, third = look_at("Inbreng;Stap\nEen;avond in de buurt\nTwee;s1\nDrie;elders", square)
    assert [row.contribution.step for row in (one, other, third)] == ["s1", "s1", ""]
    assert "elders" in third.notes[0]


# ---------------------------------------------------------------- taken in again


def test_a_newer_sheet_adds_what_is_new_and_doubles_nothing(square):
    text = f"Kenmerk;Inbreng\n{ID};Meer bomen"
    record(look_at(text, square), square)
    again = look_at(f"{text}\n{ID[:-1]}2;Meer bomen", square)
    assert [(row.known, row.takes_part) for row in again] == [(True, False), (False, True)]
    record(again, square, "ander")
    assert list(Contribution.objects.order_by("ref").values_list("ref", flat=True)) == [ID, f"{ID[:-1]}2"]


def test_the_same_id_twice_in_a_sheet_is_recorded_once_and_told(square):
    rows = look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen\n{ID};Banken", square)
    assert [row.takes_part for row in rows] == [True, False]
    assert "twee keer" in rows[1].notes[0]


def test_an_id_that_no_address_can_hold_is_told_with_its_row(square):
    rows = look_at("ID\tInbreng\ngv-1/delen\tMeer bomen\ngv-1/2\tMinder auto's", square)
    assert [row.takes_part for row in rows] == [False, True]
    assert "kan niet in een adres staan" in rows[0].problems[0]


def test_numbers_of_two_evenings_are_not_of_the_same_contributions(square):
    first, second = world.step(square, "s1"), world.step(square, "s2")
    record(look_at("ID;Inbreng\n1;Meer bomen\n2;Banken", square, first), square)
    rows = look_at("ID;Inbreng\n1;Een fontein\n2;Heesters", square, second)
    assert all(row.takes_part for row in rows)
    assert [row.contribution.ref for row in rows] == ["id-s2-1", "id-s2-2"]
    assert all(row.known for row in look_at("ID;Inbreng\n1;Meer bomen\n2;Banken", square, first))


def test_what_was_pasted_before_without_an_id_is_told_and_not_doubled(square):
    world.contribution(square, "c1", party="residents", summary="Meer bomen")
    (one,) = look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen", square)
    assert (one.double, one.known, one.can_take_part) == (True, False, True)


def test_our_own_export_taken_in_again_is_all_there(square):
    world.contribution(square, "c1", party="residents", summary="Meer bomen")
    (one,) = look_at("Kenmerk;Samenvatting\nc1;Meer bomen", square)
    assert (one.known, one.difference) == (True, None)


def test_a_text_that_changed_there_is_a_difference_to_accept_and_nothing_by_itself(square):
    record(look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen", square), square)
    (one,) = look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen en banken", square)
    assert (one.takes_part, one.can_take_part) == (False, True)
    assert (one.difference.was, one.difference.becomes) == ("Meer bomen", "Meer bomen en banken")
    adviser = world.user("adviser", name="ander")
    changed = [one.difference.contribution]
    entry = record_contributions(adviser, square, [], changed=changed, rulebook=load(settings.RULEBOOK), **DOOR)
    assert (entry.verb, Contribution.objects.get().summary) == ("changed", "Meer bomen en banken")
    undo(entry, adviser, rulebook=load(settings.RULEBOOK), **DOOR)
    assert Contribution.objects.get().summary == "Meer bomen"


def test_what_a_person_changed_here_is_no_difference_as_long_as_it_is_the_same_there(square):
    record(look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen", square), square)
    world.record(Contribution.objects.get(), "2026-03-22T09:00", summary="Meer bomen (singel)")
    (one,) = look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen", square)
    assert (one.known, one.difference) == (True, None)


def test_other_numbers_of_likes_are_no_difference(square):
    sheet = 'Kenmerk;Inbreng\n{id};"Meer bomen\n\n({n} likes)"'
    record(look_at(sheet.format(id=ID, n=3), square), square)
    (one,) = look_at(sheet.format(id=ID, n=9), square)
    assert one.difference is None


def test_an_answer_from_there_is_offered_where_there_is_none_here_and_never_replaces_one(square):
    record(look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen", square), square)
    update = f"Kenmerk;Inbreng;Uitkomst;Antwoord\n{ID};;overgenomen?;Wij planten er tien"
    (one,) = look_at(update, square)
    assert one.can_take_part
    assert one.difference.becomes == "overgenomen: Wij planten er tien"
    world.record(Contribution.objects.get(), "2026-03-22T09:00", outcome="partly", response="Waar het past")
    (one,) = look_at(update, square)
    assert (one.problems, one.difference) == ((), None)


def test_an_answer_to_what_is_not_there_is_told_with_its_row(square):
    (one,) = look_at(f"Kenmerk;Inbreng;Uitkomst;Antwoord\n{ID};;overgenomen;Ja", square)
    assert any("ontbreekt" in problem for problem in one.problems)


def test_who_records_the_same_sheet_a_moment_later_doubles_nothing(square):
    rows = look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen\n{ID[:-1]}2;Banken", square)
    record(rows[:1], square)
    later = look_at(f"Kenmerk;Inbreng\n{ID};Meer bomen\n{ID[:-1]}2;Banken", square)
    # As it was on the screen before the other was recorded.
    stale = [row._replace(double=False) for row in later]
    record(stale, square, "ander")
    assert Contribution.objects.count() == 2


def test_an_import_that_was_taken_back_can_be_done_again(square):
    text = f"Kenmerk;Inbreng\n{ID};Meer bomen"
    adviser, entry = record(look_at(text, square), square)
    undo(entry, adviser, rulebook=load(settings.RULEBOOK), **DOOR)
    (one,) = look_at(text, square)
    assert one.takes_part


def test_fifty_rows_are_held_against_what_is_there_in_as_many_queries_as_two(square):
    refs = [f"{ID[:-2]}{n:02d}" for n in range(50)]
    record(look_at("Kenmerk;Inbreng\n" + "\n".join(f"{ref};Idee {n}" for n, ref in enumerate(refs)), square), square)
    counts = []
    for size in (2, 50):
        text = "Kenmerk;Inbreng\n" + "\n".join(f"{ref};Anders {n}" for n, ref in enumerate(refs[:size]))
        with CaptureQueriesContext(connection) as told:
            assert all(row.difference for row in look_at(text, square))
        counts.append(len(told))
    assert counts[0] == counts[1] <= 8
