"""The preview of a sheet: for each row its errors, its guesses, and whether it exists already."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.sheets.reading import read_text
from participation.models import Contribution
from participation.services.changes.undo import undo
from participation.services.contributions.outcomes import record_contributions
from participation.services.contributions.sheet_preview import (
    KNOWN_HEADINGS,
    Defaults,
    detect_columns,
    propose_contributions,
)
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 21)
WRITE_ARGUMENTS = {"today": TODAY, "now": world.moment("2026-03-21T09:00")}
ID = "gv-00000000-0000-0000-0000-000000000001"


@pytest.fixture
def square():
    return world.trajectory()


def preview_rows(text, square, step=None):
    sheet = read_text(text, KNOWN_HEADINGS)
    return propose_contributions(
        sheet, detect_columns(sheet), square, Defaults(step, "residents", world.on("2026-03-20")), TODAY
    )


def record(rows, square, name="adviser", **more):
    adviser = world.user("adviser", name=name)
    new = [row.contribution for row in rows if row.is_preselected]
    return adviser, record_contributions(
        adviser, square, new, rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS, **more
    )


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
def test_an_impossible_date_is_reported_with_its_row(square, typed, part):
    first, second = preview_rows(f"Datum;Inbreng\n20-3-2026;Goed\n{typed};Idee", square)
    assert first.is_preselected
    assert (second.number, second.is_preselected) == (3, False)
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
def test_common_and_spreadsheet_date_notations_are_parsed(square, typed, day):
    (one,) = preview_rows(f"Datum;Inbreng\n{typed};Idee", square)
    assert (one.contribution.received_on, one.problems) == (day, ())
    assert any("Excel" in note for note in one.notes) == typed.startswith("46101")


@pytest.mark.parametrize("cell", ["#REF!", "#N/A", "#WAARDE!", "=SOM(A1:A3)", "=B2", "=+Blad1!A1"])
def test_an_error_cell_or_an_uncalculated_formula_is_not_a_contribution(square, cell):
    (one,) = preview_rows(f"Van;Inbreng\nbewoners;{cell}", square)
    assert not one.is_preselected


@pytest.mark.parametrize("cell", ["'=B2 zei hij", "= mooi plan", "#1 prioriteit: bomen", "'-10% parkeren"])
def test_text_that_only_looks_like_a_formula_is_a_contribution(square, cell):
    (one,) = preview_rows(f"Van;Inbreng\nbewoners;{cell}", square)
    assert one.is_preselected
    assert one.contribution.summary == cell.lstrip("'")


def test_an_error_in_an_ignored_column_does_no_harm(square):
    (one,) = preview_rows("Inbreng;Datum;Bedrag\nIdee;20-3-2026;#DEEL/0!", square)
    assert one.is_preselected


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
def test_text_with_an_email_address_or_bad_encoding_gets_a_note(square, text, part):
    (one,) = preview_rows(text, square)
    assert one.is_preselected
    assert [bool(part) and part in note for note in one.notes] == ([True] if part else [])


def test_a_guessed_outcome_is_labelled_as_a_guess(square):
    (one,) = preview_rows("Inbreng;Uitkomst\nIdee;niet overgenomen?", square)
    assert one.contribution.outcome == "not_adopted"
    assert any("gok" in note for note in one.notes)
    assert any("reden" in note for note in one.notes)


def test_a_row_may_name_the_step_in_which_it_was_received(square):
    world.step(square, "s1", title="Avond in de buurt")
    one, other, third = preview_rows("Inbreng;Stap\nEen;avond in de buurt\nTwee;s1\nDrie;elders", square)
    assert [row.contribution.step for row in (one, other, third)] == ["s1", "s1", ""]
    assert "elders" in third.notes[0]


# ---------------------------------------------------------------- importing again


def test_a_newer_sheet_adds_new_rows_and_duplicates_nothing(square):
    text = f"Kenmerk;Inbreng\n{ID};Meer bomen"
    record(preview_rows(text, square), square)
    again = preview_rows(f"{text}\n{ID[:-1]}2;Meer bomen", square)
    assert [(row.known, row.is_preselected) for row in again] == [(True, False), (False, True)]
    record(again, square, "ander")
    assert list(Contribution.objects.order_by("ref").values_list("ref", flat=True)) == [ID, f"{ID[:-1]}2"]


def test_a_duplicate_id_in_a_sheet_is_imported_once_and_reported(square):
    rows = preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen\n{ID};Banken", square)
    assert [row.is_preselected for row in rows] == [True, False]
    assert "twee keer" in rows[1].notes[0]


def test_an_id_that_cannot_be_a_ref_is_reported_with_its_row(square):
    rows = preview_rows("ID\tInbreng\ngv-1/delen\tMeer bomen\ngv-1/2\tMinder auto's", square)
    assert [row.is_preselected for row in rows] == [False, True]
    assert "kan niet in een adres staan" in rows[0].problems[0]


def test_equal_ids_of_two_meetings_are_different_contributions(square):
    first, second = world.step(square, "s1"), world.step(square, "s2")
    record(preview_rows("ID;Inbreng\n1;Meer bomen\n2;Banken", square, first), square)
    rows = preview_rows("ID;Inbreng\n1;Een fontein\n2;Heesters", square, second)
    assert all(row.is_preselected for row in rows)
    assert [row.contribution.ref for row in rows] == ["id-s2-1", "id-s2-2"]
    assert all(row.known for row in preview_rows("ID;Inbreng\n1;Meer bomen\n2;Banken", square, first))


def test_text_imported_before_without_an_id_is_reported_and_not_duplicated(square):
    world.contribution(square, "c1", party="residents", summary="Meer bomen")
    (one,) = preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen", square)
    assert (one.is_duplicate, one.known, one.is_selectable) == (True, False, True)


def test_a_reimported_own_export_is_recognised(square):
    world.contribution(square, "c1", party="residents", summary="Meer bomen")
    (one,) = preview_rows("Kenmerk;Samenvatting\nc1;Meer bomen", square)
    assert (one.known, one.difference) == (True, None)


def test_a_changed_text_in_the_source_is_a_difference_to_accept(square):
    record(preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen", square), square)
    (one,) = preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen en banken", square)
    assert (one.is_preselected, one.is_selectable) == (False, True)
    assert (one.difference.was, one.difference.becomes) == ("Meer bomen", "Meer bomen en banken")
    adviser = world.user("adviser", name="ander")
    changed = [one.difference.contribution]
    entry = record_contributions(
        adviser, square, [], changed=changed, rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS
    )
    assert (entry.verb, Contribution.objects.get().summary) == ("changed", "Meer bomen en banken")
    undo(entry, adviser, rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS)
    assert Contribution.objects.get().summary == "Meer bomen"


def test_a_text_edited_here_is_no_difference_while_the_source_is_unchanged(square):
    record(preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen", square), square)
    world.record(Contribution.objects.get(), "2026-03-22T09:00", summary="Meer bomen (singel)")
    (one,) = preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen", square)
    assert (one.known, one.difference) == (True, None)


def test_other_numbers_of_likes_are_no_difference(square):
    sheet = 'Kenmerk;Inbreng\n{id};"Meer bomen\n\n({n} likes)"'
    record(preview_rows(sheet.format(id=ID, n=3), square), square)
    (one,) = preview_rows(sheet.format(id=ID, n=9), square)
    assert one.difference is None


def test_an_answer_from_the_source_is_offered_but_never_replaces_one(square):
    record(preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen", square), square)
    update = f"Kenmerk;Inbreng;Uitkomst;Antwoord\n{ID};;overgenomen?;Wij planten er tien"
    (one,) = preview_rows(update, square)
    assert one.is_selectable
    assert one.difference.becomes == "overgenomen: Wij planten er tien"
    world.record(Contribution.objects.get(), "2026-03-22T09:00", outcome="partly", response="Waar het past")
    (one,) = preview_rows(update, square)
    assert (one.problems, one.difference) == ((), None)


def test_an_answer_to_an_unknown_contribution_is_reported_with_its_row(square):
    (one,) = preview_rows(f"Kenmerk;Inbreng;Uitkomst;Antwoord\n{ID};;overgenomen;Ja", square)
    assert any("ontbreekt" in problem for problem in one.problems)


def test_recording_the_same_sheet_concurrently_duplicates_nothing(square):
    rows = preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen\n{ID[:-1]}2;Banken", square)
    record(rows[:1], square)
    later = preview_rows(f"Kenmerk;Inbreng\n{ID};Meer bomen\n{ID[:-1]}2;Banken", square)
    # As shown before the other was recorded.
    stale = [row._replace(is_duplicate=False) for row in later]
    record(stale, square, "ander")
    assert Contribution.objects.count() == 2


def test_an_undone_import_can_be_repeated(square):
    text = f"Kenmerk;Inbreng\n{ID};Meer bomen"
    adviser, entry = record(preview_rows(text, square), square)
    undo(entry, adviser, rulebooks=load_rulebooks(settings.RULEBOOK), **WRITE_ARGUMENTS)
    (one,) = preview_rows(text, square)
    assert one.is_preselected


def test_comparing_fifty_rows_takes_as_many_queries_as_two(square):
    refs = [f"{ID[:-2]}{n:02d}" for n in range(50)]
    record(
        preview_rows("Kenmerk;Inbreng\n" + "\n".join(f"{ref};Idee {n}" for n, ref in enumerate(refs)), square), square
    )
    counts = []
    for size in (2, 50):
        text = "Kenmerk;Inbreng\n" + "\n".join(f"{ref};Anders {n}" for n, ref in enumerate(refs[:size]))
        with CaptureQueriesContext(connection) as captured:
            assert all(row.difference for row in preview_rows(text, square))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8
