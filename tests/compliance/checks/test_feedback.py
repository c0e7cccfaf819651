"""Feedback and answers around a decision: never due before they could be given, nor after the decision."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.calendar import Calendar, Term
from participation.compliance.checks import DateRules
from participation.compliance.checks.feedback import contribution_answered, feedback_before_decision, progress_made
from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import ContributionFacts, Facts, StepFacts, TrajectoryFacts

DAYS = DateRules(Calendar())
WEEK = timedelta(days=7)
FEEDBACK = {"term": Term(-7), "minimum": Term(7)}
ANSWER = {"before": Term(-7), "minimum": Term(7), "term": Term(28)}
UNKNOWN = ImpreciseDate.unknown()
UNSCHEDULED = ImpreciseDate(None, None, "unscheduled")
START = date(2026, 4, 1)


def on(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def between(first, last):
    return ImpreciseDate(date.fromisoformat(first), date.fromisoformat(last), "range")


@st.composite
def dates(draw, longest=40):
    first = START + timedelta(days=draw(st.integers(0, 60)))
    last = first + timedelta(days=draw(st.integers(0, longest)))
    precision = "day" if first == last else "range"
    return draw(st.sampled_from([ImpreciseDate(first, last, precision), ImpreciseDate(None, last, "not_later_than")]))


def activity(ref, done, **columns):
    return StepFacts(ref, "activity", "meeting", done=done, **columns)


def decision(ref, done, stage="adoption", **columns):
    return StepFacts(ref, "decision", stage=stage, done=done, **columns)


def feedback(ref, done, *about):
    return StepFacts(ref, "feedback", done=done, about=about)


def facts(*steps, contributions=()):
    return Facts(TrajectoryFacts("t"), steps=steps, contributions=contributions)


def feedback_draft(*steps):
    [draft] = feedback_before_decision(facts(*steps), DAYS, **FEEDBACK)
    return draft


def answer_draft(received, *decisions, **columns):
    contribution = ContributionFacts("c1", received_on=received, **columns)
    [draft] = contribution_answered(facts(*decisions, contributions=(contribution,)), DAYS, **ANSWER)
    return draft


# ---------- feedback before a decision


@pytest.mark.parametrize(
    ("last", "due"),
    [
        ("2026-03-10", "2026-04-30"),
        ("2026-04-23", "2026-04-30"),
        ("2026-04-24", "2026-05-01"),
        ("2026-04-30", "2026-05-07"),
        ("2026-05-06", "2026-05-07"),
    ],
)
def test_feedback_has_a_week_after_the_last_activity_but_not_past_the_decision(last, due):
    draft = feedback_draft(activity("a", on("2026-03-01")), activity("b", on(last)), decision("d", on("2026-05-07")))

    assert draft.due == on(due)


def test_feedback_counts_from_the_closing_day_of_a_survey():
    survey = activity("a", on("2026-04-01"), closes=on("2026-04-28"))

    assert feedback_draft(survey, decision("d", on("2026-05-07"))).due == on("2026-05-05")


@given(st.lists(dates(), min_size=1, max_size=4), dates())
def test_feedback_is_due_between_the_activities_and_the_decision(activities, decided):
    steps = [activity(f"a{number}", when) for number, when in enumerate(activities)]
    found = list(feedback_before_decision(facts(*steps, decision("d", decided)), DAYS, **FEEDBACK))
    before = [when for when in activities if when.latest < (decided.earliest or decided.latest)]

    assert len(found) == bool(before)
    for draft in found:
        due = draft.due
        assert due.earliest is None or due.earliest <= due.latest
        last = max(when.latest for when in before)
        assert min(last + WEEK, decided.latest) <= due.latest <= decided.latest
        assert due.latest >= decided.latest - WEEK
        if due.earliest:
            assert decided.earliest - WEEK <= due.earliest <= decided.earliest


@given(st.lists(st.integers(0, 60), min_size=1, max_size=4), st.integers(1, 61))
def test_on_precise_days_feedback_is_due_as_the_rule_says(offsets, offset):
    days, decided = [START + timedelta(days=n) for n in offsets], START + timedelta(days=offset)
    steps = [activity(f"a{n}", ImpreciseDate.on(day)) for n, day in enumerate(days)]
    found = list(feedback_before_decision(facts(*steps, decision("d", ImpreciseDate.on(decided))), DAYS, **FEEDBACK))
    before = [day for day in days if day < decided]

    expected = [min(decided, max(decided - WEEK, max(before) + WEEK))] if before else []
    assert [draft.due for draft in found] == [ImpreciseDate.on(day) for day in expected]


def test_both_bounds_of_feedback_end_on_the_decision_at_the_latest():
    due = feedback_draft(activity("a", on("2026-05-05")), decision("d", between("2026-05-07", "2026-05-20"))).due

    assert (due.earliest, due.latest) == (date(2026, 5, 7), date(2026, 5, 13))


def test_without_a_minimum_feedback_is_still_not_due_before_the_activity():
    steps = facts(activity("a", on("2026-05-05")), decision("d", on("2026-05-07")))
    [draft] = feedback_before_decision(steps, DAYS, term=Term(-7))

    assert draft.due == on("2026-05-05")


def test_an_activity_on_an_unknown_day_makes_late_feedback_undecidable():
    steps = [activity("a", UNKNOWN), decision("d", on("2026-05-07"))]

    assert feedback_draft(*steps).missing == ("activity_date",)
    assert feedback_draft(*steps, feedback("f", on("2026-05-12"), "a")).missing == ("activity_date",)
    assert feedback_draft(*steps, feedback("f", on("2026-05-07"), "a")).met == date(2026, 5, 7)


def test_an_activity_on_an_unknown_day_does_not_excuse_silence_about_another():
    steps = [activity("a", UNKNOWN), activity("b", on("2026-03-10")), decision("d", on("2026-05-07"))]

    draft = feedback_draft(*steps, feedback("f", on("2026-04-01"), "a"))
    assert (draft.missing, draft.met) == ((), None)
    # The unknown day may be the last one before the decision.
    assert (draft.due.earliest, draft.due.latest) == (date(2026, 4, 30), date(2026, 5, 7))


def test_an_activity_that_is_still_to_be_planned_comes_before_no_decision():
    steps = facts(StepFacts("a", "activity", planned=UNSCHEDULED), decision("d", on("2026-05-07")))

    assert list(feedback_before_decision(steps, DAYS, **FEEDBACK)) == []


def test_a_decision_without_a_date_needs_that_date():
    assert feedback_draft(activity("a", on("2026-03-10")), decision("d", UNKNOWN)).missing == ("step_date",)


# ---------- answers to contributions


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-03-10", "2026-05-14"),
        ("2026-05-07", "2026-05-14"),
        ("2026-05-08", "2026-05-15"),
        ("2026-05-14", "2026-05-21"),
        ("2026-05-20", "2026-05-21"),
        ("2026-05-21", "2026-06-18"),
    ],
)
def test_an_answer_has_a_week_after_receipt_but_not_past_the_decision(received, due):
    assert answer_draft(on(received), decision("d", on("2026-05-21"))).due == on(due)


def test_the_next_decision_of_any_body_or_stage_counts():
    steps = [decision("d", on("2026-05-21")), decision("e", on("2026-04-07"), stage="setup", body="executive")]
    draft = answer_draft(on("2026-03-10"), *steps)

    assert (draft.due, draft.details["decision"]) == (on("2026-03-31"), "e")


def due_on(received, decisions):
    """Return the due date of an answer on precise days, word for word as the rule says."""
    following = [day for day in decisions if day > received]
    if not following:
        return received + timedelta(days=28)
    return min(min(following), max(min(following) - WEEK, received + WEEK))


def days_of(when):
    return [when.earliest + timedelta(days=n) for n in range((when.latest - when.earliest).days + 1)]


@st.composite
def short_ranges(draw):
    first = START + timedelta(days=draw(st.integers(0, 30)))
    last = first + timedelta(days=draw(st.integers(0, 6)))
    return ImpreciseDate(first, last, "day" if first == last else "range")


@given(short_ranges(), st.lists(short_ranges(), max_size=2))
def test_the_bounds_of_an_answer_are_those_of_all_days_that_it_can_be(received, decided):
    steps = [decision(f"d{number}", when) for number, when in enumerate(decided)]
    possible = [
        due_on(day, others) for day in days_of(received) for others in product(*(days_of(when) for when in decided))
    ]

    due = answer_draft(received, *steps).due
    assert (due.earliest, due.latest) == (min(possible), max(possible))


@given(dates(), st.lists(dates(), max_size=3))
def test_the_strict_bound_of_an_answer_is_never_after_the_lenient_one(received, decided):
    due = answer_draft(received, *(decision(f"d{n}", when) for n, when in enumerate(decided))).due

    assert due.earliest is None or due.earliest <= due.latest
    assert due.latest > received.latest


def test_a_decision_without_a_first_day_gives_an_answer_no_strict_bound():
    not_later = ImpreciseDate(None, date(2026, 5, 21), "not_later_than")

    assert answer_draft(on("2026-03-10"), decision("d", not_later)).due == ImpreciseDate(
        None, date(2026, 5, 14), "not_later_than"
    )
    # Of two decisions, the one that may be earlier decides.
    assert (
        answer_draft(on("2026-03-10"), decision("d", on("2026-04-30")), decision("e", not_later)).due.earliest is None
    )


def test_a_term_of_no_days_keeps_the_strict_bound_on_the_lenient_one():
    contribution = ContributionFacts("c1", received_on=on("2026-05-21"))
    steps = facts(decision("d", between("2026-05-21", "2026-05-25")), contributions=(contribution,))
    [draft] = contribution_answered(steps, DAYS, before=Term(-7), minimum=Term(7), term=Term(0))

    assert draft.due == on("2026-05-21")


def test_an_answer_without_a_day_of_receipt_is_not_known():
    assert answer_draft(None, decision("d", on("2026-05-21"))).missing == ("received_on",)


# ---------- progress


def updates(status, *steps, closed=None):
    trajectory = TrajectoryFacts("t", status=status, started_on=on("2026-02-02"), closed_on=closed)
    found = progress_made(Facts(trajectory, steps=steps), DAYS, term=Term(42))
    return {draft.subject: draft for draft in found}


def update(ref, done):
    return StepFacts(ref, "update", audience=("residents",), done=done)


def test_a_closed_trajectory_needs_no_message_after_its_last():
    steps = update("a", on("2026-03-02")), update("b", on("2026-06-01"))

    assert set(updates("active", *steps)) == {"", "a", "b"}
    assert set(updates("closed", *steps, closed=on("2026-07-01"))) == {"", "a"}


def test_closing_does_not_excuse_silence_from_the_start():
    assert set(updates("closed", closed=on("2026-07-01"))) == {""}
    assert updates("closed", closed=on("2026-03-16")) == {}
