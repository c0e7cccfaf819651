from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import (
    ObligationValue,
    WaiverValue,
    days_late,
    is_over,
    next_status_change,
    planned_in_time,
    status,
    status_change_days,
)
from participation.compliance.vocabulary import STATUSES
from tests.obligations import dates, obligations, waivers

DUE = ObligationValue("feedback-given", "s1", due_on=date(2026, 4, 30), strict_due_on=date(2026, 4, 30))
ROUGHLY_DUE = DUE._replace(strict_due_on=date(2026, 4, 20))


@pytest.mark.parametrize(
    ("expected_on", "lawful", "too_soon"),
    [
        (date(2026, 5, 3), "2026-05-03", True),
        (date(2026, 4, 30), "2026-04-28", False),
        (date(2026, 5, 3), "", False),
        (None, "2026-05-03", False),
    ],
)
def test_only_an_inspection_can_close_too_soon(expected_on, lawful, too_soon):
    planned = DUE._replace(expected_on=expected_on, details={"first_lawful_day": lawful})
    assert planned.closes_too_soon is too_soon


@pytest.mark.parametrize(
    ("obligation", "day", "expected"),
    [
        (DUE, date(2026, 4, 15), "pending"),
        (DUE, date(2026, 4, 16), "due_soon"),
        (DUE, date(2026, 4, 30), "due_soon"),
        (DUE, date(2026, 5, 1), "overdue"),
        (ROUGHLY_DUE, date(2026, 4, 20), "due_soon"),
        (ROUGHLY_DUE, date(2026, 4, 21), "possibly_overdue"),
        (ROUGHLY_DUE, date(2026, 4, 30), "possibly_overdue"),
        (ROUGHLY_DUE, date(2026, 5, 1), "overdue"),
        (DUE._replace(met_on=date(2026, 4, 30)), date(2026, 4, 29), "due_soon"),
        (DUE._replace(met_on=date(2026, 4, 30)), date(2026, 4, 30), "met"),
        (DUE._replace(met_on=date(2026, 5, 2)), date(2026, 5, 1), "overdue"),
        (DUE._replace(met_on=date(2026, 5, 2)), date(2026, 5, 2), "met_late"),
        (DUE._replace(expected_on=date(2026, 5, 1)), date(2026, 4, 1), "planned_late"),
        (DUE._replace(expected_on=date(2026, 4, 30)), date(2026, 4, 1), "pending"),
        (DUE._replace(expected_on=date(2026, 5, 9)), date(2026, 5, 1), "overdue"),
        (ObligationValue("plan-recorded", missing=("first_activity",)), date(2026, 4, 1), "unknown"),
        (ObligationValue("motion-settled", met_on=date(2024, 5, 16)), date(2024, 5, 15), "unknown"),
        (ObligationValue("motion-settled", met_on=date(2024, 5, 16)), date(2024, 5, 16), "met"),
    ],
)
def test_the_status_follows_from_the_dates_and_the_day(obligation, day, expected):
    assert status(obligation, day) == expected


EXPLAINED = WaiverValue("feedback-given", "", date(2026, 4, 10), date(2026, 5, 10))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 9), "pending"),
        (date(2026, 4, 10), "explained"),
        (date(2026, 5, 10), "explained"),
        (date(2026, 5, 11), "overdue"),
    ],
)
def test_a_waiver_applies_from_its_first_to_its_last_day(day, expected):
    assert status(DUE, day, [EXPLAINED]) == expected


@pytest.mark.parametrize(
    ("waiver", "expected"),
    [
        (EXPLAINED._replace(subject="s1"), "explained"),
        (EXPLAINED._replace(subject="s2"), "overdue"),
        (EXPLAINED._replace(rule="plan-recorded"), "overdue"),
        (EXPLAINED._replace(until=None), "explained"),
    ],
)
def test_a_waiver_applies_to_its_own_rule_and_subject(waiver, expected):
    assert status(DUE, date(2026, 5, 1), [waiver]) == expected


def test_a_met_obligation_needs_no_waiver():
    assert status(DUE._replace(met_on=date(2026, 4, 12)), date(2026, 4, 12), [EXPLAINED]) == "met"


@pytest.mark.parametrize(
    ("obligation", "day", "late"),
    [
        (DUE, date(2026, 4, 30), 0),
        (DUE, date(2026, 5, 3), 3),
        (DUE._replace(met_on=date(2026, 5, 2)), date(2026, 6, 1), 2),
        (DUE._replace(met_on=date(2026, 6, 2)), date(2026, 5, 5), 5),
        (ObligationValue("plan-recorded", missing=("first_activity",)), date(2026, 5, 5), 0),
    ],
)
def test_days_late_are_counted_until_it_was_met_or_until_today(obligation, day, late):
    assert days_late(obligation, day) == late


@given(obligations(), waivers(), dates)
def test_the_status_changes_only_on_turning_days(obligation, waiver, day):
    before, after = (status(obligation, d, [waiver]) for d in (day - timedelta(days=1), day))
    assert after in STATUSES
    if before != after:
        assert day in status_change_days(obligation, [waiver])


@given(obligations(), st.lists(waivers(), max_size=1), dates)
def test_between_today_and_the_next_change_nothing_changes(obligation, own, day):
    following = next_status_change(obligation, day, own)
    now = status(obligation, day, own)
    last = following or day + timedelta(days=400)
    assert all(status(obligation, day + timedelta(days=n), own) == now for n in range((last - day).days))
    if following:
        assert status(obligation, following, own) != now


@pytest.mark.parametrize("changes", [{}, {"met_on": date(2026, 4, 13)}, {"due_on": None, "strict_due_on": None}])
def test_without_a_day_ahead_no_change_follows(changes):
    obligation = DUE._replace(**changes)
    last = max([date(2026, 4, 30), *status_change_days(obligation)])
    assert next_status_change(obligation, last) is None


def test_the_last_day_in_time_is_followed_by_a_change():
    assert next_status_change(DUE, DUE.due_on) == DUE.due_on + timedelta(days=1)


#: From best to worst as far as dates and delay decide; waived and unknown are not ordered.
WORSE = ["met", "pending", "due_soon", "planned_late", "possibly_overdue", "met_late", "overdue"]


@given(obligations(), st.integers(1, 60), dates)
def test_meeting_an_obligation_later_never_improves_the_status(obligation, delay, day):
    if obligation.met_on and obligation.due_on:
        later = obligation._replace(met_on=obligation.met_on + timedelta(days=delay))
        one, other = status(obligation, day), status(later, day)
        assert (other in ("overdue", "met_late", "possibly_overdue")) >= (one in ("overdue", "met_late"))
        assert not (one == "met_late" and other == "met")


@given(obligations(), st.integers(1, 60), dates)
def test_a_later_due_date_never_worsens_the_status(obligation, more, day):
    if obligation.due_on and obligation.strict_due_on:
        extra = timedelta(days=more)
        longer = obligation._replace(due_on=obligation.due_on + extra, strict_due_on=obligation.strict_due_on + extra)
        assert WORSE.index(status(longer, day)) <= WORSE.index(status(obligation, day))


@pytest.mark.parametrize(
    ("obligation", "day", "planned"),
    [
        (DUE._replace(expected_on=date(2026, 4, 20)), date(2026, 4, 19), date(2026, 4, 20)),
        (DUE._replace(expected_on=date(2026, 4, 20)), date(2026, 4, 20), date(2026, 4, 20)),
        # The day has passed, and nobody recorded that the step was done.
        (DUE._replace(expected_on=date(2026, 4, 20)), date(2026, 4, 21), None),
        (DUE._replace(expected_on=date(2026, 5, 1)), date(2026, 4, 19), None),
        (DUE._replace(met_on=date(2026, 4, 20)), date(2026, 4, 19), date(2026, 4, 20)),
        (DUE._replace(met_on=date(2026, 4, 20)), date(2026, 4, 20), None),
        (DUE, date(2026, 4, 19), None),
        (ROUGHLY_DUE._replace(expected_on=date(2026, 4, 30)), date(2026, 4, 21), None),
    ],
)
def test_a_timely_plan_counts_as_on_schedule_until_its_day_has_passed(obligation, day, planned):
    assert planned_in_time(obligation, day) == planned


@pytest.mark.parametrize(
    ("retrospective", "state", "closed_on", "over"),
    [
        (True, "active", None, True),
        (False, "active", None, False),
        (False, "closed", None, True),
        (False, "closed", ImpreciseDate.on(date(2026, 5, 10)), True),
        (False, "closed", ImpreciseDate.on(date(2026, 5, 11)), False),
        (False, "closed", ImpreciseDate(None, None, "unknown"), True),
    ],
)
def test_unmet_obligations_of_a_closed_trajectory_have_no_days_late(retrospective, state, closed_on, over):
    day = date(2026, 5, 10)

    assert is_over(day, retrospective=retrospective, status=state, closed_on=closed_on) is over
    assert days_late(DUE, day, over) == (None if over else 10)
    # What was met late stays late by the same number of days; what is not late yet is not.
    assert days_late(DUE._replace(met_on=date(2026, 5, 2)), day, over) == 2
    assert days_late(DUE, DUE.due_on, over) == 0
