"""The longest delays, found by index, are those of all that is overdue."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Obligation, Trajectory
from participation.selectors.obligations.status_expressions import with_status
from participation.selectors.statistics.city import MAX_DELAYS, longest_delay_keys, read_delays
from tests import world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)
RULEBOOKS = load_rulebooks("leiden")


def test_the_longest_delays_are_the_first_of_all_that_is_overdue(django_assert_max_num_queries):
    random = Random(8)
    squares = [world.trajectory(f"plein-{n}", title=f"Plein {n % 3}", public=n > 0) for n in range(5)]
    for square in squares:
        for number in range(8):
            due_on = TODAY - timedelta(days=random.randint(-3, 12))
            met_on = random.choice([None, None, due_on + timedelta(days=random.randint(-5, 30))])
            world.obligation(
                trajectory=square, subject=f"s{number}", due_on=due_on, strict_due_on=due_on, met_on=met_on
            )
    world.waiver(squares[4], rule="feedback-given")
    visible = Trajectory.objects.visible_to(None)

    for days in range(0, 12, 3):
        day = TODAY - timedelta(days=days)
        overdue = with_status(Obligation.objects.for_trajectories(visible), day).filter(status="overdue")
        expected = overdue.order_by("due_on", "trajectory__title", "rule", "pk").values_list(
            "trajectory__slug", "subject"
        )
        with django_assert_max_num_queries(4):
            keys = longest_delay_keys(visible, RULEBOOKS, day)
        with django_assert_max_num_queries(1):
            found = read_delays(visible, keys)
        assert [(delay.slug, delay.subject) for delay in found] == list(expected[:MAX_DELAYS])
        assert found


def test_without_anything_overdue_there_are_no_delays():
    world.obligation(trajectory=world.trajectory(), due_on=TODAY, strict_due_on=TODAY)

    assert longest_delay_keys(Trajectory.objects.all(), RULEBOOKS, TODAY) == []
    assert read_delays(Trajectory.objects.all(), []) == []
