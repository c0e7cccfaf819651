"""The status of motions and commitments, and their lists."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Commitment, Motion
from participation.selectors.register import commitments, has_overdue, motions, owner_names, register_lines
from participation.selectors.searching import rows_matching
from tests import world

pytestmark = pytest.mark.django_db
RULEBOOKS = load_rulebooks("leiden")
TODAY = date(2026, 4, 20)
PAST, TO_COME = world.on("2026-04-20"), world.on("2026-04-21")


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "open"),
        ({"outcome": ""}, "open"),
        ({"outcome": "", "adopted_on": None}, "not_adopted"),
        ({"outcome": "rejected", "settled_on": PAST}, "not_adopted"),
        ({"settled_proposed_on": PAST}, "proposed"),
        ({"settled_proposed_on": TO_COME}, "open"),
        ({"settled_proposed_on": ImpreciseDate.unknown()}, "proposed"),
        ({"settled_proposed_on": ImpreciseDate(None, date(2026, 4, 20), "not_later_than")}, "proposed"),
        ({"settled_proposed_on": PAST, "settled_on": PAST}, "settled"),
        ({"settled_on": TO_COME}, "open"),
        ({"settled_on": ImpreciseDate.unknown()}, "settled"),
        ({"settled_on": ImpreciseDate(None, None, "unscheduled")}, "open"),
        ({"settled_on": world.between("2026-04-20", "2026-04-30")}, "settled"),
    ],
)
def test_only_the_council_settles_a_motion(columns, state):
    world.motion(**columns)

    assert [row.state for row in motions(TODAY)] == [state]


def test_a_commitment_is_open_until_it_is_fulfilled():
    world.commitment("T-1", fulfilled_on=PAST)
    world.commitment("T-2", fulfilled_on=TO_COME)

    assert {row.number: row.state for row in commitments(TODAY)} == {"T-1": "kept", "T-2": "open"}


def test_open_items_come_first_and_then_the_newest():
    world.motion("20.0001", settled_on=PAST, adopted_on=world.on("2026-01-01"))
    world.motion("20.0002", settled_proposed_on=PAST)
    world.motion("20.0003", adopted_on=world.on("2020-01-01"))
    world.motion("20.0004", adopted_on=world.on("2024-01-01"))
    world.motion("20.0005", adopted_on=ImpreciseDate.unknown())
    world.motion("20.0006", outcome="withdrawn")

    assert [row.number[-1] for row in motions(TODAY)] == list("435216")


def test_commitments_are_in_natural_number_order():
    for number in (10, 2, 1):
        world.commitment(f"T-{number}")
    world.commitment("T-0", fulfilled_on=PAST)

    assert [row.number for row in commitments(TODAY)] == ["T-1", "T-2", "T-10", "T-0"]


def test_a_row_has_its_dates_and_the_number_overdue(django_assert_num_queries):
    late = world.motion(owner="wethouder", settled_proposed_on=PAST)
    promise = world.commitment("T-1", text="Een plan", due_on=TO_COME)
    for of in ({"motion": late}, {"commitment": promise}):
        world.obligation(rule="feedback-given", **of)
        world.obligation(rule="feedback-given", subject="done", met_on=PAST.latest, **of)
        world.obligation(rule="rule-of-yesterday", **of)

    with django_assert_num_queries(2):
        [motion] = register_lines(motions(TODAY), RULEBOOKS, TODAY)
    [commitment] = register_lines(commitments(TODAY), RULEBOOKS, TODAY)

    assert (motion.title, motion.owner, motion.overdue) == ("Scenario's", "wethouder", 1)
    assert (motion.state, motion.proposed_on, motion.closed_on) == ("proposed", PAST, None)
    assert (commitment.title, commitment.due_on, commitment.overdue) == ("Een plan", TO_COME, 1)
    assert register_lines([], RULEBOOKS, TODAY) == []


def test_the_register_can_be_filtered_by_overdue():
    world.obligation(motion=world.motion("20.0001"), rule="feedback-given")
    world.obligation(motion=world.motion("20.0002"), rule="feedback-given", met_on=TODAY)
    world.obligation(commitment=world.commitment(), rule="feedback-given")

    late = has_overdue("motion", RULEBOOKS, TODAY)
    assert [row.number for row in motions(TODAY).filter(late)] == ["20.0001"]
    assert Commitment.objects.filter(has_overdue("commitment", RULEBOOKS, TODAY)).count() == 1
    assert not Motion.objects.filter(has_overdue("motion", load_rulebooks("nl"), TODAY)).exists()


def test_all_search_words_must_occur():
    world.motion("20.0001", title="Meer bomen", dictum="Plant ze op het plein")
    world.motion("20.0002", title="Minder bomen")

    def found(text):
        return [row.number for row in rows_matching(motions(TODAY), text)]

    assert found("PLEIN bomen") == ["20.0001"]
    assert found("0002") == ["20.0002"]
    assert found("") == ["20.0001", "20.0002"]


def test_owners_are_listed_once():
    for number, owner in enumerate(["b", "a", "", "b"]):
        world.motion(f"20.000{number}", owner=owner)

    assert owner_names(Motion) == ["a", "b"]
    assert owner_names(Commitment) == []
