"""Where residents can still take part: computed from steps, with the day as an argument."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import StepFacts
from participation.selectors.trajectories.opportunities import current_opportunity, opportunities

TODAY = date(2026, 4, 20)
BEFORE, AFTER = "2026-04-10", "2026-05-10"


def on(day):
    return ImpreciseDate.on(date.fromisoformat(day))


def between(first, last, precision="range"):
    return ImpreciseDate(date.fromisoformat(first), date.fromisoformat(last), precision)


def evening(**changes):
    """Return an announced meeting for residents in the future."""
    columns = {
        "ref": "s1",
        "kind": "activity",
        "method": "meeting",
        "audience": ("residents",),
        "planned": on(AFTER),
        "announced_on": on(BEFORE),
    }
    return StepFacts(**{**columns, **changes})


def inspection(**changes):
    columns = {"ref": "s2", "kind": "inspection", "audience": ("everyone",), "planned": on(BEFORE), "closes": on(AFTER)}
    return StepFacts(**{**columns, **changes})


def only_opportunity(step, today=TODAY, **more):
    found = opportunities([step], today, **more)
    assert len(found) <= 1
    return found[0] if found else None


def test_an_announced_meeting_is_an_opportunity_until_its_day():
    opportunity = only_opportunity(evening())

    assert (opportunity.now, opportunity.is_period, opportunity.until, opportunity.everyone) == (
        True,
        False,
        date(2026, 5, 10),
        True,
    )
    assert only_opportunity(evening(planned=on("2026-04-20"))).now
    assert only_opportunity(evening(planned=on("2026-04-19"))) is None


def test_the_chance_that_ends_first_is_the_current_one():
    steps = [inspection(ref="until later", closes=on("2026-05-28")), evening(ref="meeting", planned=on("2026-05-08"))]
    found = current_opportunity(opportunities(steps, TODAY))
    assert found
    assert found.step.ref == "meeting"


@pytest.mark.parametrize("announced", [None, on("2026-04-21"), ImpreciseDate(None, None, "unscheduled")])
def test_an_unannounced_meeting_is_listed_as_later(announced):
    opportunity = only_opportunity(evening(announced_on=announced))

    assert opportunity is not None
    assert not opportunity.now


def test_a_meeting_announced_on_an_unknown_day_counts_as_announced():
    assert only_opportunity(evening(announced_on=ImpreciseDate.unknown())).now


@pytest.mark.parametrize("method", ["door_to_door", "walk", "letter", ""])
def test_other_activities_need_an_announcement_but_plan_consultations_do_not(method):
    assert not only_opportunity(evening(method=method, announced_on=None)).now
    assert only_opportunity(evening(kind="plan_review", announced_on=None)).now


def test_a_meeting_that_took_place_is_over_on_its_own_day():
    assert only_opportunity(evening(done=on("2026-04-20"))) is None


@pytest.mark.parametrize(
    ("today", "there", "now"),
    [
        (date(2026, 4, 9), True, False),
        (date(2026, 4, 10), True, True),
        (date(2026, 5, 10), True, True),
        (date(2026, 5, 11), False, False),
    ],
)
@pytest.mark.parametrize(
    "step", [inspection(), inspection(done=on(BEFORE)), inspection(kind="activity", method="survey")]
)
def test_a_period_is_open_from_its_first_to_its_last_day(step, today, there, now):
    opportunity = only_opportunity(step, today)

    assert (opportunity is not None) == there
    assert not there or (opportunity.now == now and opportunity.is_period and opportunity.until == date(2026, 5, 10))


def test_an_inspection_without_a_closing_date_is_open_for_at_most_six_weeks():
    opportunity = only_opportunity(inspection(closes=None))

    assert (opportunity.now, opportunity.until) == (True, None)
    assert only_opportunity(inspection(closes=None), date(2026, 5, 21)).now
    assert only_opportunity(inspection(closes=None), date(2026, 5, 22)) is None
    spring = between("2026-04-01", "2026-04-30", "month")
    assert not only_opportunity(inspection(closes=None, planned=spring)).now
    assert only_opportunity(inspection(closes=None, planned=spring), date(2026, 4, 30)).now


def test_an_imprecise_closing_date_counts_at_its_latest_day():
    assert only_opportunity(inspection(closes=between("2026-04-18", "2026-04-20", "month_part"))).until == TODAY
    assert only_opportunity(inspection(closes=between("2026-04-11", "2026-04-19", "month_part"))) is None


def test_a_survey_without_a_closing_date_is_open_until_its_latest_day():
    assert only_opportunity(evening(method="survey", planned=between("2026-04-11", "2026-04-20", "month_part"))).now
    assert only_opportunity(evening(method="survey", planned=on("2026-04-19"))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"cancelled": True},
        {"planned": None},
        {"planned": ImpreciseDate(None, None, "unscheduled")},
        {"planned": on(BEFORE), "done": ImpreciseDate.unknown()},
        {"kind": "decision"},
        {"kind": "feedback"},
    ],
)
def test_cancelled_unscheduled_and_non_public_steps_are_no_opportunity(changes):
    assert only_opportunity(evening(**changes)) is None


def test_the_audience_of_an_opportunity_is_shown():
    assert only_opportunity(evening(audience=("entrepreneurs", "wijk-a"))).everyone
    assert not only_opportunity(evening(audience=("wijk-a",))).everyone
    assert only_opportunity(evening(audience=())).everyone
    assert only_opportunity(evening(kind="plan_review", audience=())) is None
    assert only_opportunity(inspection(audience=())).everyone
    assert only_opportunity(evening(audience=("raad",)), parties=["wijk-a"]) is None
    assert only_opportunity(evening(audience=("raad", "wijk-a")), parties=["wijk-a"]) is not None


def test_what_is_open_now_comes_first_by_its_last_day_then_what_comes_soonest():
    steps = [
        inspection(ref="later", planned=on("2026-05-01")),
        inspection(ref="last", closes=on("2026-06-01")),
        inspection(ref="endless", closes=None),
        evening(ref="soon", planned=on("2026-04-22")),
        evening(ref="secret", planned=on("2026-04-21"), announced_on=None),
    ]

    assert [c.step.ref for c in opportunities(steps, TODAY)] == ["last", "endless", "secret", "soon", "later"]


def test_the_opportunity_to_highlight_is_open_to_everyone():
    steps = [evening(ref="invited", planned=on("2026-04-21"), audience=("wijk-a",)), evening(ref="all")]

    assert current_opportunity(opportunities(steps, TODAY)).step.ref == "all"
    assert current_opportunity(opportunities(steps[:1], TODAY)).step.ref == "invited"
    assert current_opportunity(opportunities([evening(announced_on=None)], TODAY)) is None
    assert current_opportunity([]) is None


DAYS = st.integers(-90, 90).map(lambda n: TODAY + timedelta(days=n))


@given(st.tuples(DAYS, DAYS), st.one_of(st.none(), DAYS), st.sampled_from(["meeting", "survey", "walk", ""]), DAYS)
def test_an_opportunity_that_is_over_never_opens_again(bounds, closes, method, today):
    first, last = sorted(bounds)
    ends = ImpreciseDate.on(closes) if closes and closes >= last else None
    step = evening(method=method, planned=ImpreciseDate(first, last, "range"), closes=ends)

    if only_opportunity(step, today) is None:
        assert only_opportunity(step, today + timedelta(days=1)) is None
    else:
        opportunity = only_opportunity(step, today)
        assert opportunity.until is None or opportunity.until >= today
