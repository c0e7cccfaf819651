"""Legal steps of an instrument: what their boundaries are when dates are imprecise or missing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import obligations_under
from participation.compliance.obligations import status
from participation.compliance.rulebook import load

NL = load("nl")
UNKNOWN = {"precision": "unknown"}


def obligation_of(rule, instrument, steps=(), documents=(), **trajectory):
    """Return the obligation under a rule of these facts, or None where it does not apply."""
    facts = facts_of(
        {
            "trajectory": {"slug": "t", "title": "T", "instrument": instrument, **trajectory},
            "steps": list(steps),
            "documents": list(documents),
        }
    )
    return next(iter(obligations_under(NL.by_id[rule], facts)), None)


def adoption(ref="b1", **columns):
    return {"ref": ref, "kind": "decision", "stage": "adoption", **columns}


def inspection(ref="i1", **columns):
    return {"ref": ref, "kind": "inspection", "procedure": "extended", **columns}


def notice(**columns):
    return {"ref": "d1", "kind": "notice_of_intention", **columns}


def account(**columns):
    return {"ref": "d1", "kind": "participation_account", **columns}


# ---------- notices


def test_an_imprecise_first_inspection_gives_both_bounds():
    found = obligation_of(
        "intention-announced",
        "environment_plan",
        [inspection(planned={"from": "2025-03-10", "to": "2025-03-20", "precision": "range"})],
    )
    assert (found.strict_due_on, found.due_on) == (date(2025, 3, 9), date(2025, 3, 19))


def test_the_first_publication_of_a_notice_counts():
    documents = [notice(published_on="2025-03-11"), {**notice(published_on="2025-03-01"), "ref": "d2"}]
    found = obligation_of("intention-announced", "environment_plan", [inspection(done="2025-03-10")], documents)
    assert found.met_on == date(2025, 3, 1)


def test_an_exploration_that_began_on_an_unknown_day_is_unknown():
    steps = [{"ref": "a1", "kind": "activity", "phase": "exploration", "done": UNKNOWN}]
    assert obligation_of("project-announced", "project_decision", steps).missing == ("first_exploration",)


# ---------- the account and the draft


def test_the_last_of_several_adoptions_counts():
    steps = [adoption(done="2025-05-01"), adoption("b2", planned="2025-06-26")]
    for rule, due in (("involvement-accounted", date(2025, 6, 26)), ("draft-open-for-views", date(2025, 6, 25))):
        assert obligation_of(rule, "environment_vision", steps).due_on == due


@pytest.mark.parametrize("rule", ["involvement-accounted", "draft-open-for-views"])
@pytest.mark.parametrize("planned", [UNKNOWN, {"precision": "unscheduled"}])
def test_an_adoption_without_a_day_is_unknown(rule, planned):
    assert obligation_of(rule, "programme", [adoption(planned=planned)]).missing == ("final_decision",)


def test_the_first_inspection_that_closed_meets_it():
    steps = [
        inspection("i1", done="2025-01-06", closes="2025-02-17"),
        inspection("i2", done="2025-04-07", closes="2025-05-19"),
        adoption(done="2025-06-26"),
    ]
    assert obligation_of("draft-open-for-views", "programme", steps).met_on == date(2025, 2, 17)


def test_an_inspection_still_open_is_expected_to_close():
    steps = [inspection(done="2025-05-08", closes="2025-06-19"), adoption(planned="2025-06-26")]
    found = obligation_of("draft-open-for-views", "environment_plan", steps)
    assert (found.met_on, found.expected_on) == (date(2025, 6, 19), date(2025, 6, 19))
    assert status(found, date(2025, 6, 18)) == "due_soon"
    assert status(found, date(2025, 6, 19)) == "met"


def test_an_inspection_that_is_only_planned_meets_nothing():
    steps = [inspection(planned="2025-05-08", closes="2025-06-19"), adoption(planned="2025-06-26")]
    found = obligation_of("draft-open-for-views", "environment_plan", steps)
    assert (found.met_on, found.expected_on) == (None, date(2025, 6, 19))


# ---------- the permit


def test_the_statement_of_an_applicant_need_not_be_published():
    steps = [{"ref": "v1", "kind": "application", "done": "2025-03-10"}]
    assert obligation_of("permit-involvement-stated", "permit", steps, [account(dated_on="2025-03-01")]).met_on
    published = obligation_of("permit-involvement-stated", "permit", steps, [account(published_on="2025-03-01")])
    assert published.met_on == date(2025, 3, 1)


def test_the_first_application_counts():
    steps = [
        {"ref": "v1", "kind": "application", "done": "2025-03-10"},
        {"ref": "v2", "kind": "application", "planned": "2025-09-01"},
    ]
    assert obligation_of("permit-involvement-stated", "permit", steps).due_on == date(2025, 3, 10)


def test_whether_the_council_designated_the_case_must_be_known():
    steps = [{"ref": "v1", "kind": "application", "done": "2025-03-10"}]
    assert obligation_of("permit-involvement-held", "permit", steps).missing == ("participation_required",)
    assert obligation_of("permit-involvement-held", "permit", steps, participation_required=False) is None
    designated = obligation_of("permit-involvement-held", "permit", steps, participation_required=True)
    assert (designated.missing, designated.due_on) == ((), date(2025, 3, 9))


# ---------- the zoning plan


def test_the_zoning_plan_counts_from_the_last_inspection_before_the_adoption():
    steps = [
        inspection("i1", done="2021-02-01", closes="2021-03-15"),
        inspection("i2", done="2022-02-01", closes="2022-03-14"),
        inspection("i3", done="2022-07-15", closes="2022-08-25"),
    ]
    assert obligation_of("zoning-decided-in-time", "zoning_plan", steps).due_on == date(2022, 11, 17)
    adopted = obligation_of("zoning-decided-in-time", "zoning_plan", [*steps, adoption(done="2022-06-30")])
    assert (adopted.due_on, adopted.met_on) == (date(2022, 6, 7), date(2022, 6, 30))


def test_an_inspection_still_to_be_planned_does_not_move_the_zoning_plan():
    steps = [
        inspection("i1", done="2022-02-01", closes="2022-03-14"),
        inspection("i2", planned={"precision": "unscheduled"}),
    ]
    assert obligation_of("zoning-decided-in-time", "zoning_plan", steps).due_on == date(2022, 6, 7)
    assert obligation_of("zoning-decided-in-time", "zoning_plan", steps[1:]).missing == ("closes",)


def test_an_inspection_on_the_day_of_the_adoption_is_of_the_draft():
    steps = [inspection(done="2022-06-30", closes="2022-08-10"), adoption(done="2022-06-30")]
    assert obligation_of("zoning-decided-in-time", "zoning_plan", steps).due_on == date(2022, 11, 2)


def test_without_an_inspection_before_the_adoption_the_zoning_plan_is_unknown():
    steps = [inspection(done="2022-07-15", closes="2022-08-25"), adoption(done="2022-06-30")]
    assert obligation_of("zoning-decided-in-time", "zoning_plan", steps).missing == ("extended_inspection",)


def test_a_closing_day_in_a_range_gives_both_bounds():
    steps = [inspection(done="2022-02-01", closes={"from": "2022-03-14", "to": "2022-03-20", "precision": "range"})]
    found = obligation_of("zoning-decided-in-time", "zoning_plan", steps)
    # Sunday 12 June runs on to Monday 13 June.
    assert (found.strict_due_on, found.due_on) == (date(2022, 6, 7), date(2022, 6, 13))


@given(st.dates(date(2008, 7, 1), date(2023, 12, 31)), st.integers(0, 120))
def test_a_zoning_plan_is_never_due_before_its_inspection_closed_or_on_a_day_off(first, length):
    closes = first + timedelta(days=length)
    steps = [inspection(done=first.isoformat(), closes=closes.isoformat())]
    found = obligation_of("zoning-decided-in-time", "zoning_plan", steps)
    assert found.due_on >= closes + timedelta(weeks=12)
    assert not NL.calendar.is_day_off(found.due_on)
    assert found.due_on == NL.calendar.extend_to_working_day(closes + timedelta(weeks=12))


@given(st.dates(date(2024, 1, 1), date(2029, 12, 31)), st.integers(-60, 60))
def test_a_document_is_met_late_exactly_when_it_follows_the_adoption(adopted, after):
    published = adopted + timedelta(days=after)
    found = obligation_of(
        "involvement-accounted",
        "environment_plan",
        [adoption(done=adopted.isoformat())],
        [account(published_on=published.isoformat())],
    )
    assert found.due_on == adopted
    assert status(found, max(adopted, published)) == ("met_late" if after > 0 else "met")


def test_an_imprecise_publication_takes_its_earliest_day():
    published = {"from": "2025-06-20", "to": "2025-06-30", "precision": "range"}
    found = obligation_of(
        "involvement-accounted", "programme", [adoption(done="2025-06-26")], [account(published_on=published)]
    )
    assert found.met_on == ImpreciseDate.from_json(published).earliest
