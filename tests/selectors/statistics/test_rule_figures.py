"""The figures of one rule over all trajectories."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.compliance.vocabulary import STATUSES
from participation.models import Trajectory
from participation.selectors.statistics.rule_figures import STATUS_ORDER, count_by_status, overdue_owners
from tests import world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)
RULES = load_rulebooks("leiden").first.by_id
FEEDBACK = RULES["feedback-given"]


def everyone():
    return Trajectory.objects.visible_to(None)


def test_every_status_has_a_position():
    assert sorted(STATUS_ORDER) == sorted(STATUSES)


def test_retrospective_trajectories_are_separate_and_hidden_ones_not_counted():
    square, back = world.trajectory("plein"), world.trajectory("terug", retrospective=True)
    hidden = world.trajectory("geheim", public=False)
    world.obligation(trajectory=square, subject="a")
    world.obligation(trajectory=square, subject="b", due_on=TODAY, strict_due_on=TODAY)
    world.obligation(trajectory=square, subject="c", met_on=date(2026, 4, 1))
    world.obligation(trajectory=square, subject="d", withdrawn_at=world.moment("2026-04-01 12:00"))
    world.obligation(trajectory=square, rule="other-rule")
    world.obligation(trajectory=back)
    world.obligation(trajectory=hidden)

    assert count_by_status(FEEDBACK, everyone(), TODAY) == (
        [("overdue", 1), ("due_soon", 1), ("met", 1)],
        [("overdue", 1)],
    )
    assert count_by_status(FEEDBACK, Trajectory.objects.all(), TODAY).now[0] == ("overdue", 2)
    assert list(overdue_owners(FEEDBACK, everyone(), TODAY)) == [("plein", "Plein", 1)]


def test_overdue_trajectories_are_listed_by_title_with_their_count():
    for slug, number in (("b-plein", 2), ("a-plein", 1)):
        of = world.trajectory(slug)
        for subject in range(number):
            world.obligation(trajectory=of, subject=str(subject))
    world.obligation(trajectory=world.trajectory("op-tijd"), met_on=TODAY)

    assert [tuple(late) for late in overdue_owners(FEEDBACK, everyone(), TODAY)] == [
        ("a-plein", "A Plein", 1),
        ("b-plein", "B Plein", 2),
    ]


def test_rules_about_motions_or_commitments_count_those():
    world.obligation(motion=world.motion(), rule="motion-settled")
    world.obligation(commitment=world.commitment("T-1", text="Een plan"), rule="commitment-kept", met_on=TODAY)

    assert count_by_status(RULES["motion-settled"], everyone(), TODAY).now == [("overdue", 1)]
    assert list(overdue_owners(RULES["motion-settled"], everyone(), TODAY)) == [("21.0098/04", "Scenario's", 1)]
    assert count_by_status(RULES["commitment-kept"], everyone(), TODAY).now == [("met_late", 1)]
    assert list(overdue_owners(RULES["commitment-kept"], everyone(), TODAY)) == []


def test_figures_take_one_query(django_assert_num_queries):
    for number in range(20):
        world.obligation(trajectory=world.trajectory(f"plein-{number}"))
    with django_assert_num_queries(1):
        count_by_status(FEEDBACK, everyone(), TODAY)
