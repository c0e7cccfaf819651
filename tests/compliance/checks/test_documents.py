"""An inspection is accounted for by a weighing that can know the reactions."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.calendar import Calendar
from participation.compliance.checks import DateRules
from participation.compliance.checks.documents import inspection_accounted
from participation.compliance.dossier_parser import facts_of

DAYS = DateRules(Calendar(), by_law=True)
INSPECTION = {"ref": "i1", "kind": "inspection", "procedure": "municipal", "done": "2026-03-02", "closes": "2026-03-30"}


def decision(ref="b1", **columns):
    return {"ref": ref, "kind": "decision", "stage": "adoption", "title": f"Besluit {ref}", **columns}


def weighing(ref="w1", **columns):
    return {"ref": ref, "kind": "weighing", "title": "Nota", **columns}


def accounted(steps, *documents):
    facts = facts_of({"trajectory": {"slug": "t", "title": "T"}, "steps": list(steps), "documents": list(documents)})
    [draft] = inspection_accounted(facts, DAYS)
    return draft


def test_it_is_due_the_day_of_the_first_decision_after_the_inspection():
    steps = [
        INSPECTION,
        decision("b0", done="2026-03-30"),
        decision("b1", stage="proposal", planned="2026-04-14"),
        decision("b2", planned="2026-05-12"),
    ]
    draft = accounted(steps, weighing(published_on="2026-04-14"))
    assert (draft.due.latest, draft.met, draft.details["decision"]) == (
        date(2026, 4, 14),
        date(2026, 4, 14),
        "Besluit b1",
    )


def test_other_decisions_do_not_count():
    steps = [INSPECTION, decision(stage="setup", done="2026-04-14"), decision("b2", done="2026-04-21", cancelled=True)]
    assert accounted(steps).missing == ("next_decision",)


def test_without_a_decision_after_it_or_a_closing_day_it_is_unknown():
    assert accounted([INSPECTION]).missing == ("next_decision",)
    assert accounted([INSPECTION, decision(done="2026-03-30")]).missing == ("next_decision",)
    assert accounted([INSPECTION, decision(planned={"precision": "unscheduled"})]).missing == ("next_decision",)
    without_closing = {key: value for key, value in INSPECTION.items() if key != "closes"}
    assert accounted([without_closing, decision(done="2026-04-14")]).missing == ("closes",)


def test_a_decision_that_may_have_been_during_the_inspection_does_not_count():
    uncertain = {"from": "2026-03-25", "to": "2026-04-05", "precision": "range"}
    assert accounted([INSPECTION, decision(done=uncertain)]).missing == ("next_decision",)


def test_a_weighing_from_before_the_closing_day_cannot_know_the_reactions():
    steps = [INSPECTION, decision(done="2026-04-14")]
    assert accounted(steps, weighing(published_on="2026-03-29")).met is None
    assert accounted(steps, weighing(published_on="2026-03-30")).met == date(2026, 3, 30)


def test_a_weighing_among_the_papers_of_the_decision_goes_before_others():
    steps = [INSPECTION, decision(done="2026-04-14", documents=["w2"])]
    other, own = weighing("w1", published_on="2026-04-01"), weighing("w2", published_on="2026-04-10")
    assert accounted(steps, other, own).met == date(2026, 4, 10)
    assert accounted(steps, other, weighing("w2")).met is None
    assert accounted([INSPECTION, decision(done="2026-04-14")], other, own).met == date(2026, 4, 1)


def test_a_weighing_published_on_an_unknown_day_is_unknown():
    steps = [INSPECTION, decision(done="2026-04-14")]
    assert accounted(steps, weighing(published_on={"precision": "unknown"})).missing == ("published_on",)
    assert accounted(steps, weighing()).met is None


@given(st.integers(1, 200), st.lists(st.integers(-200, 200), max_size=5))
def test_it_is_never_due_before_the_inspection_closed(length, days):
    closes = date(2026, 3, 2) + timedelta(days=length)
    found = [closes + timedelta(days=n) for n in days]
    steps = [decision(f"b{n}", done=day.isoformat()) for n, day in enumerate(found)]
    draft = accounted([{**INSPECTION, "closes": closes.isoformat()}, *steps])
    after = [day for day in found if day > closes]
    assert (draft.due.latest if draft.due else None) == min(after, default=None)
