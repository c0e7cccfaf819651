"""Inspections, recesses and times: what imprecise dates and the notice do to them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.calendar import Calendar, Recess, Term
from participation.compliance.checks import DateRules
from participation.compliance.checks.meetings import (
    inspection_open,
    inspection_start,
    meeting_times_spread,
    recess_avoided,
    step_dated,
)
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import facts_of

SUMMER = Recess("zomervakantie 2026", date(2026, 7, 18), date(2026, 8, 30))
AUTUMN = Recess("herfstvakantie 2026", date(2026, 10, 17), date(2026, 10, 25))
BY_LAW, OWN = DateRules(Calendar(), by_law=True), DateRules(Calendar([SUMMER, AUTUMN]))
DAYS = st.dates(date(2022, 1, 1), date(2029, 12, 31))
SIX_WEEKS = timedelta(weeks=6)


def facts_with(*steps):
    return facts_of({"trajectory": {"slug": "t", "title": "T"}, "steps": list(steps)})


def six_weeks(counted_from="notice", **columns):
    step = {"ref": "i1", "kind": "inspection", "procedure": "extended", **columns}
    [draft] = inspection_open(facts_with(step), BY_LAW, procedure="extended", weeks=6, counted_from=counted_from)
    return draft


def between(first, last):
    return {"from": first, "to": last, "precision": "range"}


def no_later_than(day):
    return {"from": None, "to": day, "precision": "not_later_than"}


# ---------- the six weeks


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_the_six_weeks_end_where_the_later_of_first_day_and_notice_says(first, after, length):
    notice, closes = first + timedelta(days=after), first + timedelta(days=length)
    draft = six_weeks(done=first.isoformat(), announced_on=notice.isoformat(), closes=closes.isoformat())
    lawful = Calendar().extend_to_working_day(notice + SIX_WEEKS - timedelta(days=1))
    assert draft.details["first_lawful_day"] == lawful.isoformat()
    assert (draft.met == closes) is (closes >= lawful)
    assert (draft.expected == lawful) is (closes < lawful)


@given(DAYS, st.integers(0, 60))
def test_a_notice_before_the_first_day_changes_nothing(first, before):
    closes = first + SIX_WEEKS
    columns = {"done": first.isoformat(), "closes": closes.isoformat()}
    assert six_weeks(**columns) == six_weeks(announced_on=(first - timedelta(days=before)).isoformat(), **columns)


def test_the_older_version_does_not_look_at_the_notice():
    columns = {"done": "2023-11-10", "announced_on": "2023-12-01", "closes": "2023-12-21"}
    assert six_weeks("start", **columns).met == date(2023, 12, 21)
    assert six_weeks("notice", **columns).met is None


def test_an_imprecise_notice_is_judged_leniently():
    columns = {"done": "2023-11-10", "closes": "2023-12-21"}
    assert six_weeks(announced_on=between("2023-11-08", "2023-11-20"), **columns).met == date(2023, 12, 21)
    assert six_weeks(announced_on=between("2023-11-13", "2023-11-20"), **columns).met is None
    assert six_weeks(announced_on=no_later_than("2023-11-20"), **columns).met == date(2023, 12, 21)


def test_a_notice_on_an_unknown_day_is_unknown_where_it_decides():
    notice = {"precision": "unknown"}
    assert six_weeks(done="2023-11-10", closes="2023-12-21", announced_on=notice).missing == ("announced_on",)
    assert six_weeks(done="2023-11-10", closes="2023-12-20", announced_on=notice).missing == ()
    still_to_plan = {"precision": "unscheduled"}
    assert six_weeks(done="2023-11-10", closes="2023-12-21", announced_on=still_to_plan).met


def test_opened_no_later_than_a_day_is_never_provably_too_short():
    opened = no_later_than("2023-11-10")
    assert six_weeks(done=opened, closes="2023-12-21").met == date(2023, 12, 21)
    assert six_weeks(done=opened, closes="2023-12-20").missing == ("step_date",)


def test_the_start_of_an_inspection_has_the_bounds_of_the_later_day():
    def on(day, last=None):
        return ImpreciseDate(date(2024, 1, day), date(2024, 1, last or day), "range" if last else "day")

    until_third = ImpreciseDate(None, date(2024, 1, 3), "not_later_than")
    assert inspection_start(on(2), None) == on(2)
    assert inspection_start(on(2), ImpreciseDate.unknown()) == on(2)
    assert inspection_start(on(2, 6), on(4)) == on(4, 6)
    assert inspection_start(on(2, 6), on(8)) == on(8)
    assert inspection_start(until_third, on(4)) == on(4)
    assert inspection_start(on(2), until_third) == on(2, 3)
    assert inspection_start(None, on(4)) is None


# ---------- notices by procedure


def test_only_inspections_of_the_named_procedures_are_dated():
    steps = [
        {"ref": "i1", "kind": "inspection", "procedure": "extended", "done": "2026-03-02"},
        {"ref": "i2", "kind": "inspection", "procedure": "municipal", "done": "2026-03-02"},
        {"ref": "i3", "kind": "inspection", "done": "2026-03-02"},
    ]

    def refs(**parameters):
        drafts = step_dated(facts_with(*steps), OWN, kinds=["inspection"], on="announced_on", **parameters)
        return [draft.subject for draft in drafts]

    assert refs(procedures=["municipal"]) == ["i2"]
    assert refs() == ["i1", "i2", "i3"]


def test_a_notice_by_law_may_be_due_on_a_sunday():
    step = {"ref": "i1", "kind": "inspection", "done": "2026-03-02"}
    [draft] = step_dated(facts_with(step), BY_LAW, kinds=["inspection"], on="announced_on", term=Term(-1))
    assert draft.due.latest == date(2026, 3, 1)


# ---------- recesses


def avoided(**columns):
    [draft] = recess_avoided(facts_with({"ref": "a1", "kind": "activity", **columns}), OWN)
    return draft


def test_planned_outside_a_recess_is_on_its_way_and_met_once_it_was_held():
    planned = avoided(planned="2026-09-10")
    assert (planned.due.latest, planned.met, planned.expected) == (date(2026, 9, 10), None, date(2026, 9, 10))
    held = avoided(planned="2026-09-10", done="2026-09-11")
    assert (held.due.latest, held.met) == (date(2026, 9, 11), date(2026, 9, 11))


def test_in_a_recess_it_needs_a_reason():
    assert (avoided(planned="2026-08-01").met, avoided(planned="2026-08-01").expected) == (None, None)
    assert avoided(done="2026-08-01").met is None
    assert avoided(done="2026-08-01", recess_reason="Op verzoek van de buurt.").met == date(2026, 8, 1)


def test_outside_the_listed_recesses_it_is_unknown():
    assert avoided(done="2026-07-17").missing == ("recesses",)
    assert avoided(done="2026-10-26").missing == ("recesses",)
    assert avoided(done=between("2026-07-10", "2026-07-20")).missing == ("recesses",)
    assert avoided(done="2026-10-20", closes="2026-11-02").missing == ("recesses",)


# ---------- times


def spread(*steps):
    steps = [{"ref": f"s{n}", "kind": "activity", "method": "meeting", **step} for n, step in enumerate(steps)]
    [draft] = meeting_times_spread(facts_with(*steps), OWN, methods=["meeting"])
    return draft


def test_a_meeting_that_ends_after_midnight_is_in_the_evening():
    late = {"done": "2026-09-10", "starts_at": "16:00", "ends_at": "00:30"}
    assert spread(late).met == date(2026, 9, 10)
    assert spread({**late, "ends_next_day": True}).met == date(2026, 9, 10)
    assert spread({**late, "ends_at": "18:00"}).met is None
