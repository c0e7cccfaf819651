"""A batch of contributions from a sheet: shown before it is recorded, and then recorded in one go."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebook import load
from participation.exchange.sheets.reading import read_text
from participation.models import Contribution, Obligation
from participation.services.changesets import undo
from participation.services.contributions import ContributionAnswer, record_answers, record_contributions
from participation.services.contributions_sheet import KNOWN, Defaults, columns_of, proposed
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
DOOR = {"today": date(2026, 3, 21), "now": NOW}


def look_at(text, square, **defaults):
    given = Defaults(**{"step": None, "party": "residents", "received_on": world.on("2026-03-20"), **defaults})
    sheet = read_text(text, KNOWN)
    return proposed(sheet, columns_of(sheet), square, given, date(2026, 3, 21))


def rulebook():
    return load(settings.RULEBOOK)


def test_a_pasted_line_takes_what_holds_for_the_evening():
    square = world.trajectory()
    evening = world.step(square, "s1")
    (one,) = look_at("Meer bomen", square, step=evening)
    idea = one.contribution
    assert (idea.step, idea.party, idea.received_on, idea.summary) == (
        "s1",
        "residents",
        world.on("2026-03-20"),
        "Meer bomen",
    )
    assert one.takes_part


def test_a_row_says_for_itself_from_whom_when_and_what_was_done():
    square, party = world.trajectory(), world.organisation(world.SHOPS, name="Winkeliers Noord")
    text = "Van;Datum;Inbreng;Uitkomst;Antwoord\nwinkeliers  noord;2026-03-18;Laden en lossen;Deels;Tot elf uur"
    (one,) = look_at(text, square)
    idea = one.contribution
    assert (idea.party, idea.received_on) == (party.slug, world.on("2026-03-18"))
    assert (idea.outcome, idea.response) == ("partly", "Tot elf uur")


def test_the_name_of_a_person_is_not_kept():
    (one,) = look_at("Van;Inbreng\nJ. Voorbeeld;Meer bomen", world.trajectory())
    assert one.contribution.party == "residents"
    assert "J. Voorbeeld" in one.notes[0]
    assert one.takes_part


@pytest.mark.parametrize(
    ("row", "part"),
    [("2026-13-40;Idee;", "2026-13-40"), ("2026-03-01;;", "ontbreekt"), (";Idee;misschien", "uitkomst")],
)
def test_a_row_that_is_not_right_says_what_is_wrong_and_takes_no_part(row, part):
    (one,) = look_at("Datum;Inbreng;Uitkomst\n" + row, world.trajectory())
    assert any(part in problem for problem in one.problems)
    assert not one.takes_part


def test_what_was_pasted_before_is_told_apart():
    square = world.trajectory()
    world.contribution(square, party="residents", summary="Meer   bomen")
    first, second, third = look_at("meer bomen\nBanken\nbanken", square)
    assert [one.double for one in (first, second, third)] == [True, False, True]


def test_nothing_is_written_by_looking():
    look_at("Meer bomen\nBanken", world.trajectory())
    assert not Contribution.objects.exists()
    assert not Contribution.history.exists()


def test_a_sheet_without_a_column_for_the_contribution_is_asked_which_it_is():
    square = world.trajectory()
    sheet = read_text("Van;Datum\nwijk-a;2026-03-20", KNOWN)
    with pytest.raises(ValidationError):
        proposed(sheet, columns_of(sheet), square, Defaults(None, "", None), date(2026, 3, 21))


def test_a_batch_is_one_entry_is_owed_an_answer_and_is_taken_back_in_one_go():
    square, adviser = world.trajectory(), world.user("adviser")
    world.contribution(square, "c4", party="residents")
    rows = [one.contribution for one in look_at("Banken\nHeesters\nEen fontein", square)]
    entry = record_contributions(adviser, square, rows, rulebook=rulebook(), **DOOR)
    assert list(Contribution.objects.order_by("ref").values_list("ref", flat=True)) == ["c4", "c5", "c6", "c7"]
    assert Contribution.history.filter(history_user=adviser, history_date=NOW).count() == 3
    owed = Obligation.objects.open().filter(trajectory=square, rule="contribution-answered")
    assert owed.count() == 4
    undo(entry, adviser, rulebook=rulebook(), **DOOR)
    assert list(Contribution.objects.values_list("ref", flat=True)) == ["c4"]


def test_answers_are_one_entry_and_are_taken_back_in_one_go():
    square, adviser = world.trajectory(), world.user("adviser")
    ideas = [world.contribution(square, f"c{n}", party="residents") for n in (1, 2)]
    answers = [ContributionAnswer(idea, "adopted", "Dat doen we") for idea in ideas]
    entry = record_answers(adviser, square, answers, world.on("2026-03-21"), rulebook=rulebook(), **DOOR)
    assert set(Contribution.objects.values_list("outcome", "response")) == {("adopted", "Dat doen we")}
    undo(entry, adviser, rulebook=rulebook(), **DOOR)
    assert set(Contribution.objects.values_list("outcome", "response")) == {("", "")}


@pytest.mark.parametrize("write", ["batch", "answers"])
def test_fifty_cost_hardly_more_queries_than_two(write):
    adviser, counts = world.user("adviser"), []
    for size in (2, 50):
        square = world.trajectory(f"plein-{size}")
        ideas = [Contribution(trajectory=square, ref=f"c{n}", summary=f"Idee {n}") for n in range(size)]
        if write == "answers":
            for idea in ideas:
                idea.save()
        with CaptureQueriesContext(connection) as told:
            if write == "batch":
                record_contributions(adviser, square, ideas, rulebook=rulebook(), **DOOR)
            else:
                answers = [ContributionAnswer(idea, "adopted", "Ja") for idea in ideas]
                record_answers(adviser, square, answers, world.on("2026-03-21"), rulebook=rulebook(), **DOOR)
        counts.append(len(told))
    # SQLite takes so many parameters at a time: fifty rows may go in two statements, never in fifty.
    assert counts[1] <= counts[0] + 2
