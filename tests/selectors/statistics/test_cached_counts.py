"""Counts from the cache: a change shows, and nobody gets the counts of another."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from django.core.cache import caches

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Obligation, Trajectory, User
from participation.selectors import cached_results
from participation.selectors.statistics.cached_counts import CachedCounts, cached_yearly_figures
from participation.selectors.statistics.city import Period, longest_delay_keys, read_delays
from participation.selectors.statistics.yearly import yearly_figures, years_until
from tests import world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)
RULEBOOKS = load_rulebooks("leiden")


def counted(visible=None, period=None, rulebooks=RULEBOOKS):
    visible = Trajectory.objects.visible_to(None) if visible is None else visible
    found = CachedCounts(visible, TODAY).by_status(rulebooks, period or Period(None, TODAY))
    return dict(sum(found.values(), Counter()))


def test_counts_are_read_once_until_something_is_recorded(django_assert_num_queries):
    square = world.trajectory()
    world.obligation(trajectory=square)
    with django_assert_num_queries(2):
        assert counted() == {"overdue": 1}
    with django_assert_num_queries(1):
        assert counted() == {"overdue": 1}

    world.obligation(trajectory=square, subject="s2", met_on=date(2025, 1, 1))
    assert counted() == {"overdue": 1, "met": 1}
    world.waiver(square, rule="feedback-given")
    assert counted() == {"explained": 1, "met": 1}
    square.public = False
    square.save()
    assert counted() == {}


def test_delays_are_found_once_and_read_with_the_titles_of_now(django_assert_num_queries):
    late = world.obligation(trajectory=world.trajectory(title="Oud plein"))

    def delays(visible):
        return [row.title for row in CachedCounts(visible, TODAY).longest_delays(RULEBOOKS, Period(None, TODAY))]

    everyone, nobody = Trajectory.objects.visible_to(None), Trajectory.objects.none()
    assert delays(everyone) == ["Oud plein"]
    Trajectory.objects.update(title="Nieuw plein")
    with django_assert_num_queries(2):
        assert delays(everyone) == ["Nieuw plein"]
    assert delays(nobody) == []

    late.met_on = date(2025, 1, 1)
    late.save()
    world.transition(late, to_status="met")
    assert delays(everyone) == []


def test_delays_of_a_trajectory_that_is_not_public_any_more_are_not_read():
    world.obligation(trajectory=world.trajectory())
    visible = Trajectory.objects.visible_to(None)
    keys = longest_delay_keys(visible, RULEBOOKS, TODAY)
    assert len(read_delays(visible, keys)) == 1
    Trajectory.objects.update(public=False)
    assert read_delays(visible, keys) == []


@pytest.mark.parametrize("record", [world.motion, world.commitment])
def test_states_of_the_register_are_counted_once_until_one_is_recorded(record, django_assert_num_queries):
    def counted_states():
        cached = CachedCounts(Trajectory.objects.visible_to(None), TODAY)
        return [sum(states.values()) for states in cached.by_state(Period(None, TODAY), "").values()]

    assert counted_states() == [0, 0]
    with django_assert_num_queries(1):
        assert counted_states() == [0, 0]
    record()
    assert sum(counted_states()) == 1


def test_what_leaves_no_new_row_shows_when_the_counts_expire(monkeypatch):
    world.obligation(trajectory=world.trajectory())
    assert counted() == {"overdue": 1}
    Obligation.objects.update(met_on=date(2025, 1, 1))
    assert counted() == {"overdue": 1}

    # A cache that keeps a value for no time does not keep it.
    monkeypatch.setattr(cached_results, "MAX_AGE", 0)
    caches["figures"].clear()
    assert counted() == {"met": 1}
    Obligation.objects.update(met_on=None)
    assert counted() == {"overdue": 1}


def test_nobody_gets_the_counts_of_others():
    world.obligation(trajectory=world.trajectory("publiek", municipality="leiden"))
    world.obligation(trajectory=world.trajectory("besloten", public=False))
    staff = Trajectory.objects.visible_to(User(role="coordinator"))

    for _twice in range(2):
        assert counted(staff) == {"overdue": 2}
        assert counted() == {"overdue": 1}
        assert counted(Trajectory.objects.visible_to(None).filter(municipality="oegstgeest")) == {}
        assert counted(Trajectory.objects.none()) == {}
        assert counted(rulebooks=load_rulebooks("nl")) == {}


def test_days_that_a_visitor_chooses_are_not_kept(django_assert_num_queries):
    world.obligation(trajectory=world.trajectory())
    for period in (Period(None, date(2026, 4, 19)), Period(date(2026, 1, 1), TODAY)):
        for _twice in range(2):
            with django_assert_num_queries(1):
                assert counted(period=period) == {"overdue": 1}


def test_the_figures_of_a_year_are_read_once_for_each_municipality_and_until_something_changes(
    django_assert_num_queries,
):
    periods = years_until(2026, TODAY)
    square = world.trajectory(municipality="leiden")
    world.obligation(trajectory=square)
    first = cached_yearly_figures(RULEBOOKS, periods, "")
    with django_assert_num_queries(1):
        assert cached_yearly_figures(RULEBOOKS, periods, "") == first
    assert cached_yearly_figures(RULEBOOKS, periods, "oegstgeest") != first
    assert cached_yearly_figures(RULEBOOKS, years_until(2025, TODAY), "") != first

    world.obligation(trajectory=square, subject="s2")
    assert cached_yearly_figures(RULEBOOKS, periods, "") == yearly_figures(RULEBOOKS, periods) != first
