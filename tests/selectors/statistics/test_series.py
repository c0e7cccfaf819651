"""Series over time: what fell due in each period, as known now and as the log had it then."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from participation.compliance.obligations import ObligationValue, status
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Obligation, Trajectory
from participation.selectors.obligations.statuses import waivers_of
from participation.selectors.statistics.city import CityFigures, Period
from participation.selectors.statistics.series import (
    MAX_POINTS,
    TooManyPoints,
    count_by_period,
    obligations_of_scope,
    series,
    split_period,
    without_empty_start,
)
from tests import towns, world

pytestmark = pytest.mark.django_db
RULEBOOKS = load_rulebooks("leiden")
FEBRUARY, MARCH = Period(date(2026, 2, 1), date(2026, 2, 28)), Period(date(2026, 3, 1), date(2026, 3, 31))
ENDS = [world.moment("2026-02-28 23:59"), world.moment("2026-03-31 23:59")]


def due(of, day, subject="s1", **columns):
    on = date.fromisoformat(day)
    return world.obligation(trajectory=of, subject=subject, due_on=on, strict_due_on=on, **columns)


def logged(obligation, status_then, at):
    world.transition(obligation, to_status=status_then, noticed_at=world.moment(at))


def found(scope="promised", rulebooks=RULEBOOKS, rows=None):
    rows = Trajectory.objects.all() if rows is None else rows
    return series(obligations_of_scope(rows, rulebooks, scope), rulebooks, [FEBRUARY, MARCH], ENDS)


# ---------- periods


def test_quarters_begin_with_the_first_day_and_end_with_the_last():
    assert split_period(date(2025, 11, 10), date(2026, 4, 20), "quarter") == [
        Period(date(2025, 11, 10), date(2025, 12, 31)),
        Period(date(2026, 1, 1), date(2026, 3, 31)),
        Period(date(2026, 4, 1), date(2026, 4, 20)),
    ]


def test_months_and_years_are_those_of_the_calendar():
    assert split_period(date(2024, 1, 1), date(2024, 2, 29), "month")[1] == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert [period.on.year for period in split_period(date(2023, 5, 1), date(2025, 1, 1), "year")] == [2023, 2024, 2025]


def test_a_series_has_a_maximum_number_of_periods():
    assert len(split_period(date(2023, 1, 1), date(2025, 12, 31), "month")) == MAX_POINTS
    with pytest.raises(TooManyPoints):
        split_period(date(2023, 1, 1), date(2026, 1, 1), "month")


# ---------- as known now


def test_each_period_counts_what_was_due_in_it_by_its_last_day():
    of = world.trajectory()
    due(of, "2026-02-10", "in time", met_on=date(2026, 2, 9))
    due(of, "2026-02-10", "late, within the month", met_on=date(2026, 2, 20))
    due(of, "2026-02-10", "late, after the month", met_on=date(2026, 3, 2))
    due(of, "2026-03-10", "never")
    february, march = found().together
    assert february.now == CityFigures(in_time=1, late=1, overdue=1)
    assert march.now == CityFigures(overdue=1)


def test_the_counts_of_all_periods_equal_the_status_in_python():
    of = world.trajectory()
    start = date(2026, 1, 20)
    for number in range(60):
        day = start + timedelta(days=number)
        met = (None, day - timedelta(days=3), day + timedelta(days=2), day + timedelta(days=40))[number % 4]
        strict = day - timedelta(days=number % 3)
        world.obligation(trajectory=of, subject=f"s{number}", due_on=day, strict_due_on=strict, met_on=met)
    world.waiver(of, rule="feedback-given", granted_on=date(2026, 2, 10), until=date(2026, 2, 28))
    world.waiver(of, rule="feedback-given", subject="s50", granted_on=date(2026, 3, 11), until=None)
    periods = [Period(date(2026, 1, 25), date(2026, 1, 31)), FEBRUARY, Period(date(2026, 3, 1), date(2026, 3, 12))]
    waivers = waivers_of([of.pk])[of.pk]
    expected = [Counter(), Counter(), Counter()]
    for values in Obligation.objects.values_list(*ObligationValue._fields):
        value = ObligationValue(*values)
        for place, period in enumerate(periods):
            if period.first <= value.due_on <= period.on:
                now = status(value, period.on, waivers)
                expected[place]["pending" if now == "due_soon" else now] += 1
    counted = []
    for counts in count_by_period(obligations_of_scope(Trajectory.objects.all(), RULEBOOKS, "promised"), periods):
        (statuses,) = counts.values()
        counted.append(Counter({"pending" if s == "due_soon" else s: n for s, n in statuses.items()}))
    assert counted == expected
    assert expected[1]["explained"]
    assert expected[2]["explained"] == 1


def test_a_series_without_a_chosen_start_begins_where_something_was_due():
    of = world.trajectory()
    due(of, "2026-03-10")
    assert [point.period for point in without_empty_start(found()).together] == [MARCH]


# ---------- as known then


def test_what_was_recorded_later_is_overdue_as_known_then():
    late_entry = due(world.trajectory(), "2026-02-10", met_on=date(2026, 2, 5))
    logged(late_entry, "overdue", "2026-02-11 04:00")
    logged(late_entry, "met", "2026-04-01 09:00")
    february = found().by_basic["feedback"][0]
    assert february.now == CityFigures(in_time=1)
    assert february.then.figures == CityFigures(overdue=1)


def test_what_was_withdrawn_later_counts_as_known_then_only():
    gone = due(world.trajectory(), "2026-02-10", withdrawn_at=world.moment("2026-03-05 09:00"))
    logged(gone, "overdue", "2026-02-11 04:00")
    logged(gone, "withdrawn", "2026-03-05 09:00")
    february = found().together[0]
    assert february.now == CityFigures()
    assert february.then.figures == CityFigures(overdue=1)


def test_what_was_withdrawn_before_the_end_of_the_period_counts_nowhere():
    gone = due(world.trajectory(), "2026-02-10", withdrawn_at=world.moment("2026-02-12 09:00"))
    logged(gone, "overdue", "2026-02-11 04:00")
    logged(gone, "withdrawn", "2026-02-12 09:00")
    february = found().together[0]
    assert (february.now.total, february.then.figures.total, february.then.not_known) == (0, 0, 0)


def test_what_the_log_had_not_yet_is_not_known_then():
    of = world.trajectory()
    logged(due(of, "2026-02-10", "logged later"), "overdue", "2026-04-01 09:00")
    logged(due(of, "2026-02-11", "thought to be due later"), "pending", "2026-02-01 09:00")
    february, march = found().together
    assert (february.then.is_known, february.then.not_known) == (False, 2)
    assert march.then.not_known == 0


# ---------- what is counted


def test_promises_wishes_and_what_looks_back_are_never_added_up():
    of = world.trajectory()
    due(of, "2026-02-10")
    due(of, "2026-02-10", rule="support-offered")
    due(of, "2026-02-10", rule="roles-recorded")
    due(world.trajectory("oud", retrospective=True), "2026-02-10")
    assert [found(scope).together[0].now.overdue for scope in ("promised", "wished", "retrospective")] == [1, 2, 1]


def test_each_municipality_is_judged_by_its_own_rulebook():
    for town in ("leiden", "oegstgeest"):
        due(world.trajectory(f"in-{town}", municipality=town), "2026-02-10")
    # The same rule is a commitment in Leiden and a wish in Oegstgeest.
    promised, wished = (found(scope, towns.RULEBOOKS) for scope in ("promised", "wished"))
    assert (promised.together[0].now.overdue, wished.together[0].now.overdue) == (1, 1)
    leiden = Trajectory.objects.filter(municipality="leiden")
    assert found("wished", towns.RULEBOOKS, leiden).by_basic == {}


@pytest.mark.parametrize("number", [1, 50])
def test_a_series_takes_two_queries(django_assert_num_queries, number):
    of = world.trajectory()
    for n in range(number):
        logged(due(of, "2026-02-10", f"s{n}"), "overdue", "2026-02-11 04:00")
    with django_assert_num_queries(2):
        assert found().together[0].then.figures.overdue == number
