"""Terms of requests: suspension, extension, consent and committee, against a count day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from participation.compliance.calendar import Calendar, Term
from participation.compliance.checks import DateRules
from participation.compliance.checks.requests import RequestTermRule, request_answered
from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import Facts, RequestFacts, TrajectoryFacts

CALENDAR = Calendar(equated=[date(2026, 5, 15)])
BY_LAW, OWN = DateRules(CALENDAR, by_law=True), DateRules(CALENDAR)
WOO = {
    "kinds": ["woo"],
    "term": Term(4, "weeks"),
    "extension": Term(2, "weeks"),
    "extension_needs_reason": True,
    "until_agreed": True,
}
COMPLAINT = {
    "kinds": ["complaint"],
    "term": Term(6, "weeks"),
    "committee_term": Term(10, "weeks"),
    "extension": Term(4, "weeks"),
    "until_agreed": True,
}
ONE_DAY = timedelta(days=1)
UNKNOWN = ImpreciseDate.unknown()
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def on(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def between(first, last):
    return ImpreciseDate(date.fromisoformat(first), date.fromisoformat(last), "range")


def draft_of(parameters=WOO, days=BY_LAW, **columns):
    """Return the obligation of one request, received on Tuesday 3 March 2026 unless said otherwise."""
    request = RequestFacts("r1", parameters["kinds"][0], **{"received_on": on("2026-03-03"), **columns})
    [draft] = request_answered(Facts(TrajectoryFacts("t"), requests=(request,)), days, **parameters)
    return draft


def due_of(parameters=WOO, days=BY_LAW, **columns):
    draft = draft_of(parameters, days, **columns)
    assert not draft.missing, draft.missing
    return draft.due.latest.isoformat()


def bounds_of(parameters=WOO, **columns):
    due = draft_of(parameters, **columns).due
    return due.earliest.isoformat(), due.latest.isoformat()


# ---------- suspension


def test_a_suspension_adds_its_days_with_both_ends_counted():
    assert due_of() == "2026-03-31"
    assert due_of(suspended=((on("2026-03-10"), on("2026-03-19")),)) == "2026-04-10"


def test_a_suspension_counts_when_it_begins_on_the_due_date_and_not_a_day_later():
    assert due_of(suspended=((on("2026-03-31"), on("2026-04-01")),)) == "2026-04-02"
    assert due_of(suspended=((on("2026-04-01"), on("2026-04-09")),)) == "2026-03-31"


def test_a_second_suspension_is_compared_with_the_due_date_moved_by_the_first():
    first = (on("2026-03-31"), on("2026-04-01"))
    assert due_of(suspended=(first, (on("2026-04-02"), on("2026-04-02")))) == "2026-04-07"
    assert due_of(suspended=((on("2026-04-02"), on("2026-04-02")), first)) == "2026-04-07"


def test_days_in_two_suspensions_count_once():
    long = (on("2026-03-05"), on("2026-03-14"))
    assert due_of(suspended=(long,)) == "2026-04-10"
    assert due_of(suspended=(long, (on("2026-03-07"), on("2026-03-09")))) == "2026-04-10"
    assert due_of(suspended=(long, (on("2026-03-10"), on("2026-03-16")))) == "2026-04-13"
    assert due_of(suspended=(long, long)) == "2026-04-10"


def test_the_end_is_moved_to_a_working_day_after_the_suspension_and_not_before():
    # Without suspension it ends on Saturday 28 March, and runs on to Monday 30 March.
    received = on("2026-02-28")
    assert due_of(received_on=received) == "2026-03-30"
    assert due_of(received_on=received, suspended=((on("2026-03-09"), on("2026-03-10")),)) == "2026-03-30"
    assert due_of(received_on=received, suspended=((on("2026-03-09"), on("2026-03-11")),)) == "2026-03-31"


def test_a_suspension_that_begins_while_the_term_runs_on_is_followed_by_what_was_left():
    # It ends on Saturday and runs on to Monday 30 March: on that Monday it is suspended until Wednesday.
    assert due_of(received_on=on("2026-02-28"), suspended=((on("2026-03-30"), on("2026-04-01")),)) == "2026-04-02"


def test_a_suspension_without_an_end_makes_the_due_date_unknown():
    for last in (None, UNKNOWN, ImpreciseDate(None, None, "unscheduled")):
        draft = draft_of(suspended=((on("2026-03-10"), last),))
        assert (draft.due, draft.met, draft.missing) == (None, None, ("suspension_end",))


def test_a_suspension_without_an_end_that_begins_too_late_changes_nothing():
    assert due_of(suspended=((on("2026-04-01"), None),)) == "2026-03-31"


def test_what_was_decided_in_time_is_met_however_long_it_was_suspended():
    suspended = ((on("2026-03-10"), None),)
    assert draft_of(suspended=suspended, answered_on=on("2026-03-31")).met == date(2026, 3, 31)
    assert draft_of(suspended=suspended, answered_on=on("2026-04-01")).missing == ("suspension_end",)


def test_a_suspension_from_an_unknown_day_makes_the_due_date_unknown():
    assert draft_of(suspended=((UNKNOWN, on("2026-03-12")),)).missing == ("suspension_start",)
    assert draft_of(suspended=((None, on("2026-03-12")),)).missing == ("suspension_start",)


def test_a_suspension_that_ends_before_it_begins_changes_nothing():
    assert due_of(suspended=((on("2026-03-12"), on("2026-03-10")),)) == "2026-03-31"


def test_days_before_receipt_are_not_suspended():
    assert due_of(suspended=((on("2026-02-01"), on("2026-03-03")),)) == "2026-04-01"
    assert due_of(suspended=((on("2026-02-01"), on("2026-03-02")),)) == "2026-03-31"


def test_an_imprecise_suspension_gives_bounds():
    suspended = ((between("2026-03-10", "2026-03-12"), between("2026-03-16", "2026-03-20")),)
    assert bounds_of(suspended=suspended) == ("2026-04-07", "2026-04-13")  # 5 days, and 11 that end on Saturday
    surely_late = ((between("2026-03-30", "2026-04-02"), on("2026-04-08")),)
    assert bounds_of(suspended=surely_late) == ("2026-03-31", "2026-04-10")


def test_other_terms_are_suspended_in_the_same_way_without_running_on():
    own = {"kinds": ["information"], "term": Term(28)}
    assert due_of(own, OWN, suspended=((on("2026-03-10"), on("2026-03-20")),)) == "2026-04-11"
    working = {"kinds": ["concern"], "term": Term(10, "working_days")}
    assert due_of(working, OWN) == "2026-03-17"
    assert due_of(working, OWN, suspended=((on("2026-03-10"), on("2026-03-13")),)) == "2026-03-23"


# ---------- extension


def test_an_extension_within_the_suspended_term_counts():
    suspended = ((on("2026-03-10"), on("2026-03-14")),)
    extended = {"extended_on": on("2026-04-07"), "extension_reason": True}
    assert due_of(suspended=suspended) == "2026-04-07"  # Easter Monday runs on to Tuesday
    assert due_of(suspended=suspended, **extended) == "2026-04-20"
    assert due_of(suspended=suspended, **{**extended, "extended_on": on("2026-04-08")}) == "2026-04-07"
    assert due_of(**extended) == "2026-03-31"


def test_a_suspension_in_the_extended_term_counts():
    extended = {"extended_on": on("2026-03-20"), "extension_reason": True}
    assert due_of(**extended) == "2026-04-14"
    assert due_of(suspended=((on("2026-04-14"), on("2026-04-16")),), **extended) == "2026-04-17"


# ---------- committee and consent


@pytest.mark.parametrize(
    ("committee", "due", "extended"),
    [(None, "2026-04-14", "2026-05-12"), (False, "2026-04-14", "2026-05-12"), (True, "2026-05-12", "2026-06-09")],
)
def test_a_committee_that_advises_gives_ten_weeks_and_one_not_recorded_six(committee, due, extended):
    assert due_of(COMPLAINT, committee=committee) == due
    assert due_of(COMPLAINT, committee=committee, extended_on=on("2026-04-14")) == extended


def test_the_extension_of_a_committee_is_sent_within_ten_weeks():
    assert due_of(COMPLAINT, committee=True, extended_on=on("2026-05-12")) == "2026-06-09"
    assert due_of(COMPLAINT, committee=True, extended_on=on("2026-05-13")) == "2026-05-12"


def test_ten_weeks_with_four_more_still_run_on_to_a_working_day():
    # Fourteen weeks after Saturday 7 March is Saturday 13 June: neither of the two terms is a long one.
    found = due_of(COMPLAINT, received_on=on("2026-03-07"), committee=True, extended_on=on("2026-04-14"))
    assert found == "2026-06-15"


def test_an_extension_that_is_a_long_term_does_not_run_on():
    right = {"kinds": ["right_to_challenge"], "term": Term(26, "weeks"), "extension": Term(26, "weeks")}
    assert due_of(right, received_on=on("2026-03-07"), extended_on=on("2026-05-01")) == "2027-03-06"


def test_the_due_date_is_at_least_the_day_until_which_the_requester_agreed():
    assert due_of(COMPLAINT, agreed_until=on("2026-05-30")) == "2026-05-30"
    assert due_of(COMPLAINT, agreed_until=on("2026-04-01")) == "2026-04-14"
    own = {"kinds": ["information"], "term": Term(28)}
    assert due_of(own, OWN, agreed_until=on("2026-05-30")) == "2026-03-31"


def test_an_imprecise_consent_gives_bounds():
    assert bounds_of(COMPLAINT, agreed_until=between("2026-05-01", "2026-05-31")) == ("2026-05-01", "2026-05-31")
    latest = ImpreciseDate(None, date(2026, 5, 31), "not_later_than")
    assert bounds_of(COMPLAINT, agreed_until=latest) == ("2026-04-14", "2026-05-31")


def test_consent_until_an_unknown_day_makes_the_due_date_unknown():
    assert draft_of(COMPLAINT, agreed_until=UNKNOWN).missing == ("agreed_until",)
    assert draft_of(COMPLAINT, agreed_until=UNKNOWN, answered_on=on("2026-04-14")).met == date(2026, 4, 14)


# ---------- for all dates


def running_days(received, due, suspended):
    """Return how many days of the term ran from the day after receipt to this day."""
    days = (received + timedelta(days=n) for n in range(1, (due - received).days + 1))
    return sum(not any(first <= day <= last for first, last in suspended) for day in days)


@st.composite
def suspensions(draw, received):
    starts = draw(st.lists(st.integers(1, 60), max_size=4))
    pairs = [(received + timedelta(days=start), draw(st.integers(0, 20))) for start in starts]
    return [(first, first + timedelta(days=length)) for first, length in pairs]


def request_with(received, suspended, **columns):
    pairs = tuple((ImpreciseDate.on(first), ImpreciseDate.on(last)) for first, last in suspended)
    return RequestFacts("r1", "woo", received_on=ImpreciseDate.on(received), suspended=pairs, **columns)


@given(st.data(), DAYS)
def test_every_day_of_the_term_is_either_run_or_suspended(data, received):
    suspended = data.draw(suspensions(received))
    found, _ = RequestTermRule(Term(28)).bounds(request_with(received, suspended), OWN)
    counted = [(first, last) for first, last in suspended if first <= found.due]
    assert running_days(received, found.due, counted) == 28
    assert not any(first <= found.due <= last for first, last in counted)


@given(DAYS, st.integers(1, 28), st.integers(1, 60))
def test_one_suspension_within_the_term_moves_its_end_by_its_days(received, after, length):
    first = received + timedelta(days=after)
    found, _ = RequestTermRule(Term(4, "weeks")).bounds(
        request_with(received, [(first, first + timedelta(days=length - 1))]), BY_LAW
    )
    assert found.end == received + timedelta(days=28 + length)
    assert found.due == CALENDAR.extend_to_working_day(found.end)


@given(st.data(), DAYS, st.integers(0, 60))
def test_a_due_date_by_law_is_a_working_day_after_receipt_and_no_suspension(data, received, sent):
    suspended = data.draw(suspensions(received))
    request = request_with(
        received, suspended, extended_on=ImpreciseDate.on(received + timedelta(days=sent)), extension_reason=True
    )
    rule = RequestTermRule(Term(4, "weeks"), Term(2, "weeks"), extension_needs_reason=True)
    found, _ = rule.bounds(request, BY_LAW)
    assert found.due > received
    assert not CALENDAR.is_day_off(found.due)
    assert not any(first <= found.due <= last for first, last in suspended)


@given(st.data(), DAYS, st.integers(0, 30))
def test_the_strict_due_date_is_never_later_than_the_lenient_one(data, received, width):
    def imprecise(day):
        return ImpreciseDate(day, day + timedelta(days=data.draw(st.integers(0, width))), "range")

    pairs = tuple((imprecise(first), imprecise(last)) for first, last in data.draw(suspensions(received)))
    assume(all(first.earliest <= last.earliest for first, last in pairs))
    request = RequestFacts(
        "r1",
        "woo",
        received_on=imprecise(received),
        suspended=pairs,
        extended_on=imprecise(received + timedelta(days=20)),
        extension_reason=True,
        agreed_until=imprecise(received + timedelta(days=40)),
    )
    rule = RequestTermRule(Term(4, "weeks"), Term(2, "weeks"), True, None, True)
    latest, earliest = rule.bounds(request, BY_LAW)
    assert earliest.due <= latest.due
