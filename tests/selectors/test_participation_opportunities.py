"""Where residents can still take part on a day: arithmetic on steps, with the day as an argument."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import StepFacts
from participation.selectors.participation_opportunities import chances, open_now

TODAY = date(2026, 4, 20)
BEFORE, AFTER = "2026-04-10", "2026-05-10"


def on(day):
    return ImpreciseDate.on(date.fromisoformat(day))


def between(first, last, precision="range"):
    return ImpreciseDate(date.fromisoformat(first), date.fromisoformat(last), precision)


def evening(**changes):
    """An evening for residents that was announced and is still to come."""
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


def only(step, today=TODAY, **more):
    found = chances([step], today, **more)
    assert len(found) <= 1
    return found[0] if found else None


def test_a_meeting_to_come_that_was_announced_is_a_chance_until_its_day():
    chance = only(evening())

    assert (chance.now, chance.window, chance.until, chance.everyone) == (True, False, date(2026, 5, 10), True)
    assert only(evening(planned=on("2026-04-20"))).now
    assert only(evening(planned=on("2026-04-19"))) is None


@pytest.mark.parametrize("announced", [None, on("2026-04-21"), ImpreciseDate(None, None, "unscheduled")])
def test_a_meeting_that_nobody_was_told_of_comes_later(announced):
    chance = only(evening(announced_on=announced))

    assert chance is not None
    assert not chance.now


def test_a_meeting_announced_on_a_day_that_is_not_known_was_announced():
    assert only(evening(announced_on=ImpreciseDate.unknown())).now


@pytest.mark.parametrize("method", ["door_to_door", "walk", "letter", ""])
def test_other_activities_must_be_announced_too_and_a_talk_about_the_plan_need_not(method):
    assert not only(evening(method=method, announced_on=None)).now
    assert only(evening(kind="plan_review", announced_on=None)).now


def test_a_meeting_that_was_held_is_over_on_its_own_day_too():
    assert only(evening(done=on("2026-04-20"))) is None


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
def test_what_is_open_for_a_while_is_open_from_its_first_day_to_its_last(step, today, there, now):
    chance = only(step, today)

    assert (chance is not None) == there
    assert not there or (chance.now == now and chance.window and chance.until == date(2026, 5, 10))


def test_an_inspection_without_a_closing_day_is_open_for_six_weeks_at_most_and_says_no_last_day():
    chance = only(inspection(closes=None))

    assert (chance.now, chance.until) == (True, None)
    assert only(inspection(closes=None), date(2026, 5, 21)).now
    assert only(inspection(closes=None), date(2026, 5, 22)) is None
    spring = between("2026-04-01", "2026-04-30", "month")
    assert not only(inspection(closes=None, planned=spring)).now
    assert only(inspection(closes=None, planned=spring), date(2026, 4, 30)).now


def test_an_imprecise_closing_day_counts_as_the_last_day_that_it_leaves_open():
    assert only(inspection(closes=between("2026-04-18", "2026-04-20", "month_part"))).until == TODAY
    assert only(inspection(closes=between("2026-04-11", "2026-04-19", "month_part"))) is None


def test_a_survey_without_a_closing_day_is_open_as_long_as_its_date_leaves_open():
    assert only(evening(method="survey", planned=between("2026-04-11", "2026-04-20", "month_part"))).now
    assert only(evening(method="survey", planned=on("2026-04-19"))) is None


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
def test_what_is_cancelled_or_without_a_day_or_no_talk_with_residents_is_no_chance(changes):
    assert only(evening(**changes)) is None


def test_who_may_come_is_told_apart():
    assert only(evening(audience=("entrepreneurs", "wijk-a"))).everyone
    assert not only(evening(audience=("wijk-a",))).everyone
    assert only(evening(audience=())).everyone
    assert only(evening(kind="plan_review", audience=())) is None
    assert only(inspection(audience=())).everyone
    assert only(evening(audience=("raad",)), parties=["wijk-a"]) is None
    assert only(evening(audience=("raad", "wijk-a")), parties=["wijk-a"]) is not None


def test_what_is_open_now_comes_first_by_its_last_day_then_what_opens_first():
    steps = [
        inspection(ref="later", planned=on("2026-05-01")),
        inspection(ref="last", closes=on("2026-06-01")),
        inspection(ref="endless", closes=None),
        evening(ref="soon", planned=on("2026-04-22")),
        evening(ref="secret", planned=on("2026-04-21"), announced_on=None),
    ]

    assert [c.step.ref for c in chances(steps, TODAY)] == ["soon", "last", "endless", "secret", "later"]


def test_the_one_to_tell_first_is_open_to_everyone():
    steps = [evening(ref="invited", planned=on("2026-04-21"), audience=("wijk-a",)), evening(ref="all")]

    assert open_now(chances(steps, TODAY)).step.ref == "all"
    assert open_now(chances(steps[:1], TODAY)).step.ref == "invited"
    assert open_now(chances([evening(announced_on=None)], TODAY)) is None
    assert open_now([]) is None


DAYS = st.integers(-90, 90).map(lambda n: TODAY + timedelta(days=n))


@given(st.tuples(DAYS, DAYS), st.one_of(st.none(), DAYS), st.sampled_from(["meeting", "survey", "walk", ""]), DAYS)
def test_once_it_is_over_it_never_opens_again(bounds, closes, method, today):
    first, last = sorted(bounds)
    ends = ImpreciseDate.on(closes) if closes and closes >= last else None
    step = evening(method=method, planned=ImpreciseDate(first, last, "range"), closes=ends)

    if only(step, today) is None:
        assert only(step, today + timedelta(days=1)) is None
    else:
        chance = only(step, today)
        assert chance.until is None or chance.until >= today
