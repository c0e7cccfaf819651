"""Contributions from a sheet: with a preview, and then recorded together."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.interchange.sheets.reading import read_text
from participation.models import Contribution, Obligation
from participation.selectors.changes.row_versions import newest_versions
from participation.services.changes.undo import undo
from participation.services.contributions.outcomes import ContributionAnswer, record_answers, record_contributions
from participation.services.contributions.sheet_preview import (
    KNOWN_HEADINGS,
    Defaults,
    detect_columns,
    propose_contributions,
)
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
WRITE_ARGUMENTS = {"today": date(2026, 3, 21), "now": NOW}


def preview_rows(text, square, **defaults):
    given = Defaults(**{"step": None, "party": "residents", "received_on": world.on("2026-03-20"), **defaults})
    sheet = read_text(text, KNOWN_HEADINGS)
    return propose_contributions(sheet, detect_columns(sheet), square, given, date(2026, 3, 21))


def rulebook():
    return load_rulebooks(settings.RULEBOOK)


def test_a_pasted_line_takes_the_defaults_of_the_meeting():
    square = world.trajectory()
    evening = world.step(square, "s1")
    (one,) = preview_rows("Meer bomen", square, step=evening)
    idea = one.contribution
    assert (idea.step, idea.party, idea.received_on, idea.summary) == (
        "s1",
        "residents",
        world.on("2026-03-20"),
        "Meer bomen",
    )
    assert one.is_preselected


def test_a_row_can_override_party_date_and_outcome():
    square, party = world.trajectory(), world.organisation(world.SHOPS, name="Winkeliers Noord")
    text = "Van;Datum;Inbreng;Uitkomst;Antwoord\nwinkeliers  noord;2026-03-18;Laden en lossen;Deels;Tot elf uur"
    (one,) = preview_rows(text, square)
    idea = one.contribution
    assert (idea.party, idea.received_on) == (party.slug, world.on("2026-03-18"))
    assert (idea.outcome, idea.response) == ("partly", "Tot elf uur")


def test_personal_names_are_not_stored():
    (one,) = preview_rows("Van;Inbreng\nJ. Voorbeeld;Meer bomen", world.trajectory())
    assert one.contribution.party == "residents"
    assert "J. Voorbeeld" in one.notes[0]
    assert one.is_preselected


@pytest.mark.parametrize(
    ("row", "part"),
    [("2026-13-40;Idee;", "2026-13-40"), ("2026-03-01;;", "ontbreekt"), (";Idee;misschien", "uitkomst")],
)
def test_an_invalid_row_is_reported_and_excluded(row, part):
    (one,) = preview_rows("Datum;Inbreng;Uitkomst\n" + row, world.trajectory())
    assert any(part in problem for problem in one.problems)
    assert not one.is_preselected


def test_rows_pasted_before_are_recognised():
    square = world.trajectory()
    world.contribution(square, party="residents", summary="Meer   bomen")
    first, second, third = preview_rows("meer bomen\nBanken\nbanken", square)
    assert [one.is_duplicate for one in (first, second, third)] == [True, False, True]


def test_a_preview_writes_nothing():
    preview_rows("Meer bomen\nBanken", world.trajectory())
    assert not Contribution.objects.exists()
    assert not Contribution.history.exists()


def test_a_sheet_without_a_contribution_column_asks_for_one():
    square = world.trajectory()
    sheet = read_text("Van;Datum\nwijk-a;2026-03-20", KNOWN_HEADINGS)
    with pytest.raises(ValidationError):
        propose_contributions(sheet, detect_columns(sheet), square, Defaults(None, "", None), date(2026, 3, 21))


def test_a_bulk_import_is_one_changeset_needs_an_answer_and_can_be_undone():
    square, adviser = world.trajectory(), world.user("adviser")
    world.contribution(square, "c4", party="residents")
    rows = [one.contribution for one in preview_rows("Banken\nHeesters\nEen fontein", square)]
    entry = record_contributions(adviser, square, rows, rulebooks=rulebook(), **WRITE_ARGUMENTS)
    assert list(Contribution.objects.order_by("ref").values_list("ref", flat=True)) == ["c4", "c5", "c6", "c7"]
    assert Contribution.history.filter(history_user=adviser, history_date=NOW).count() == 3
    obligations = Obligation.objects.open().filter(trajectory=square, rule="contribution-answered")
    assert obligations.count() == 4
    undo(entry, adviser, rulebooks=rulebook(), **WRITE_ARGUMENTS)
    assert list(Contribution.objects.values_list("ref", flat=True)) == ["c4"]


def test_answers_are_one_changeset_and_can_be_undone_together():
    square, adviser = world.trajectory(), world.user("adviser")
    ideas = [world.contribution(square, f"c{n}", party="residents") for n in (1, 2)]
    answers = [ContributionAnswer(idea, "adopted", "Dat doen we") for idea in ideas]
    day, seen = world.on("2026-03-21"), newest_versions(Contribution, [idea.pk for idea in ideas])
    write = {"expected_versions": seen, "rulebooks": rulebook(), **WRITE_ARGUMENTS}
    entry = record_answers(adviser, square, answers, day, **write)
    assert set(Contribution.objects.values_list("outcome", "response")) == {("adopted", "Dat doen we")}
    undo(entry, adviser, rulebooks=rulebook(), **WRITE_ARGUMENTS)
    assert set(Contribution.objects.values_list("outcome", "response")) == {("", "")}


@pytest.mark.parametrize("write", ["batch", "answers"])
def test_fifty_contributions_take_hardly_more_queries_than_two(write):
    adviser, counts = world.user("adviser"), []
    for size in (2, 50):
        square = world.trajectory(f"plein-{size}")
        ideas = [Contribution(trajectory=square, ref=f"c{n}", summary=f"Idee {n}") for n in range(size)]
        if write == "answers":
            for idea in ideas:
                idea.save()
        seen = newest_versions(Contribution, [idea.pk for idea in ideas if idea.pk])
        with CaptureQueriesContext(connection) as captured:
            if write == "batch":
                record_contributions(adviser, square, ideas, rulebooks=rulebook(), **WRITE_ARGUMENTS)
            else:
                answers, day = [ContributionAnswer(idea, "adopted", "Ja") for idea in ideas], world.on("2026-03-21")
                arguments = {"expected_versions": seen, "rulebooks": rulebook(), **WRITE_ARGUMENTS}
                record_answers(adviser, square, answers, day, **arguments)
        counts.append(len(captured))
    # SQLite limits the parameters of a statement: fifty rows may take two statements, never fifty.
    assert counts[1] <= counts[0] + 2
