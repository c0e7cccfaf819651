"""Hypothesis strategies for obligations, waivers and dates."""

from datetime import date, timedelta

from hypothesis import strategies as st

from participation.compliance.obligations import ObligationValue, WaiverValue

dates = st.dates(date(2026, 1, 1), date(2026, 12, 31))
RULES = st.sampled_from(["feedback-given", "plan-recorded", "papers-in-time"])
SUBJECTS = st.sampled_from(["", "s1", "s2"])


@st.composite
def obligations(draw):
    """Return a strategy for obligations with every combination of dates that the engine can produce."""
    due = draw(st.none() | dates)
    strict = due and draw(st.none() | st.integers(0, 40).map(lambda days: due - timedelta(days=days)))
    return ObligationValue(
        draw(RULES),
        draw(SUBJECTS),
        trigger_on=draw(st.none() | dates),
        due_on=due,
        strict_due_on=strict,
        expected_on=draw(st.none() | dates),
        met_on=draw(st.none() | dates),
    )


@st.composite
def waivers(draw):
    """Return a strategy for waivers, with and without an end date."""
    granted = draw(dates)
    until = draw(st.none() | st.integers(0, 90).map(lambda days: granted + timedelta(days=days)))
    return WaiverValue(draw(RULES), draw(SUBJECTS), granted, until)
