"""A week: what is owed by section, first due first, with what residents wait for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from participation.compliance.obligations import status
from participation.compliance.rulebook import load
from participation.models import CounterSignal, PlanActor, Trajectory
from participation.selectors.week import SECTIONS, Week, end_of_week, to_record_in
from tests import world

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 4, 20)
SINCE = world.moment("2026-04-13 12:00")
RULES = load("leiden").by_id


def week(today=MONDAY, trajectories=None, **asked):
    rows = Trajectory.objects.all() if trajectories is None else trajectories
    return Week(rows, RULES, today, SINCE, **asked)


def owed(of, days, subject, **columns):
    """Feedback that is due so many days from Monday."""
    due = MONDAY + timedelta(days=days)
    return world.obligation(trajectory=of, subject=subject, due_on=due, strict_due_on=due, **columns)


def subjects(section, **asked):
    return [item.owed.subject for item in week(**asked).items(section, 50)]


@pytest.fixture
def square():
    return world.trajectory()


def test_what_is_owed_stands_in_its_section_first_due_first(square):
    owed(square, -1, "yesterday")
    owed(square, -9, "last week")
    owed(square, 0, "today")
    owed(square, 6, "sunday")
    owed(square, 7, "next monday")
    owed(square, 14, "in fourteen days")
    owed(square, 15, "later")
    owed(square, 40, "planned too late", expected_on=MONDAY + timedelta(days=41))
    owed(square, -3, "done", met_on=MONDAY - timedelta(days=4))
    owed(square, -3, "done late", met_on=MONDAY)
    world.obligation(trajectory=square, subject="gap", due_on=None, strict_due_on=None, missing=["step_date"])
    assert {section: subjects(section) for section in SECTIONS} == {
        "late": ["last week", "yesterday"],
        "week": ["today", "sunday"],
        "soon": ["next monday", "in fourteen days"],
        "planned": ["planned too late"],
        "unknown": ["gap"],
    }
    assert week().counts() == {"late": 2, "week": 2, "soon": 2, "planned": 1, "unknown": 1}


def test_what_is_late_by_its_first_bound_only_is_late_and_says_so(square):
    bounds = {"due_on": MONDAY + timedelta(days=5), "strict_due_on": MONDAY - timedelta(days=1)}
    world.obligation(trajectory=square, **bounds)
    [item] = week().items("late", 5)
    assert item.status == "possibly_overdue" == status(item.owed, MONDAY)


def test_the_week_ends_on_sunday_and_at_the_weekend_it_is_the_one_that_comes():
    assert end_of_week(MONDAY) == end_of_week(date(2026, 4, 24)) == date(2026, 4, 26)
    assert end_of_week(date(2026, 4, 25)) == end_of_week(date(2026, 4, 26)) == date(2026, 5, 3)


def test_what_looks_back_what_is_explained_and_rules_that_are_gone_are_left_out(square):
    owed(world.trajectory("oud", retrospective=True), -1, "old")
    owed(square, -1, "explained", rule="scenarios-offered")
    world.waiver(square)
    owed(square, -1, "gone", rule="a-rule-that-is-gone")
    owed(square, -1, "withdrawn", withdrawn_at=world.moment("2026-04-01 12:00"))
    assert dict(week().counts()) == dict.fromkeys(SECTIONS, 0)


def test_only_the_trajectories_that_are_asked_for_and_the_register_where_asked(square):
    owed(square, -1, "mine")
    owed(world.trajectory("elders"), -1, "theirs")
    world.obligation(commitment=world.commitment(), rule="commitment-kept", subject="promise")
    mine = Trajectory.objects.filter(pk=square.pk)
    assert subjects("late", trajectories=mine) == ["mine"]
    assert sorted(subjects("late", trajectories=mine, with_register=True)) == ["mine", "promise"]
    [promise] = [i for i in week(with_register=True).items("late", 9) if i.of == "commitment"]
    assert (promise.name, promise.key) == ("T-1", None)


@pytest.mark.parametrize(
    ("lines", "new"),
    [
        ([("overdue", "2026-04-18 06:00")], True),
        ([("overdue", "2026-04-10 06:00")], False),
        ([("due_soon", "2026-04-10 06:00"), ("overdue", "2026-04-18 06:00")], True),
        ([("overdue", "2026-04-10 06:00"), ("explained", "2026-04-15 06:00"), ("overdue", "2026-04-18 06:00")], False),
        ([], False),
    ],
)
def test_what_the_ledger_saw_come_since_is_new(square, lines, new):
    row = owed(square, -1, "s1")
    for to, at in lines:
        world.transition(row, to_status=to, noticed_at=world.moment(at))
    assert [item.is_new for item in week().items("late", 5)] == [new]


def contradicted(of, ref="r1", **request):
    asked = world.request(of, ref, summary="Wij waren niet uitgenodigd", **request)
    return CounterSignal.objects.create(
        trajectory=of,
        rule="meeting-announced",
        subject="s1",
        status="met",
        on=date(2026, 4, 10),
        organisation=world.organisation(),
        made_by=world.user("association_member", world.RESIDENTS, name=f"chair-{ref}"),
        request=asked,
        evidence="De brief",
    )


def test_a_counter_signal_stands_on_the_list_itself_with_the_term_of_its_request(square):
    contradicted(square)
    owed(square, 4, "r1", rule="concern-answered")
    contradicted(square, "r2", answered_on=world.on("2026-04-15"))
    contradicted(square, "r3", answer="Zo zat het")
    [signal] = week().signals()
    assert (signal.request, signal.due_on, signal.rule) == ("r1", date(2026, 4, 24), "meeting-announced")
    assert subjects("week") == []
    assert week().counts()["week"] == 0


def test_an_answer_of_tomorrow_is_no_answer_yet(square):
    contradicted(square, answered_on=world.on("2026-04-21"))
    assert len(week().signals()) == 1
    assert week(today=date(2026, 4, 21)).signals() == []


def test_a_party_that_was_suggested_waits_until_it_has_a_part(square):
    plan = world.plan(square, world.RESIDENTS)
    suggested = PlanActor.objects.create(plan=plan, organisation=world.organisation(world.SHOPS), suggested_by="Wijk A")
    [found] = week().suggestions()
    assert (found.organisation, found.suggested_by) == ("Winkeliers", "Wijk A")
    suggested.part = "informed"
    suggested.save()
    assert week().suggestions() == []


@pytest.mark.parametrize(("until", "told"), [(0, True), (14, True), (15, False), (-1, False)])
def test_an_explanation_that_ends_within_fourteen_days_is_told(square, until, told):
    owed(square, -20, "", rule="scenarios-offered")
    world.waiver(square, until=MONDAY + timedelta(days=until))
    assert bool(week().endings()) is told


def test_an_explanation_of_what_was_done_or_that_goes_on_is_not_told(square):
    world.waiver(square, until=MONDAY)
    assert week().endings() == []
    owed(square, -20, "", rule="scenarios-offered")
    assert len(week().endings()) == 1
    world.waiver(square, granted_on=MONDAY, until=None)
    assert week().endings() == []


def test_one_can_record_in_what_runs(square):
    world.trajectory("dicht", status="closed")
    world.trajectory("oud", retrospective=True)
    assert list(to_record_in(Trajectory.objects.all(), 9)) == [("voorbeeldplein", "Voorbeeldplein")]
