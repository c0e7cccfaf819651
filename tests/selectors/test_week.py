"""The week page: obligations by section in order of due date, and what residents wait for."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from random import Random

import pytest

from participation.compliance.obligations import status
from participation.compliance.priority import GROUPS, end_of_week
from participation.compliance.rulebooks import load_rulebooks
from participation.models import CounterSignal, PlanActor, Trajectory
from participation.selectors.week import EntriesOfGroup, Week
from tests import world

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 4, 20)
SINCE = world.moment("2026-04-13 12:00")
RULEBOOKS = load_rulebooks("leiden")


def week(today=MONDAY, trajectories=None, **options):
    rows = Trajectory.objects.all() if trajectories is None else trajectories
    return Week(rows, RULEBOOKS, today, SINCE, **options)


def obligation(owner_type, days, subject, **columns):
    """Create feedback that is due this number of days from Monday."""
    due = MONDAY + timedelta(days=days)
    return world.obligation(trajectory=owner_type, subject=subject, due_on=due, strict_due_on=due, **columns)


def items(group, **options):
    return [item for entry in week(**options).everything()[group] for item in entry]


def subjects(group, **options):
    return [item.obligation.subject for item in items(group, **options)]


@pytest.fixture
def square():
    return world.trajectory()


def test_a_request_that_belongs_to_no_trajectory_is_not_in_the_week_yet():
    motion = world.motion()
    world.obligation(motion=motion, rule="motion-settled", subject="", due_on=MONDAY, strict_due_on=MONDAY)
    asked = world.register_request()
    world.obligation(request=asked, rule="woo-decided", subject="", due_on=MONDAY, strict_due_on=MONDAY)

    [item] = items("today", with_register=True)

    assert (item.owner_type, item.name) == ("motion", "21.0098/04")
    assert week(with_register=True).counts()["today"] == 1


def test_obligations_are_in_their_group_with_the_earliest_due_date_first(square):
    obligation(square, -1, "yesterday")
    obligation(square, -9, "last week")
    obligation(square, 0, "today")
    obligation(square, 6, "sunday")
    obligation(square, 7, "next monday")
    obligation(square, 14, "in fourteen days")
    obligation(square, 15, "later")
    obligation(square, 40, "planned too late", expected_on=MONDAY + timedelta(days=41))
    obligation(square, -3, "done", met_on=MONDAY - timedelta(days=4))
    obligation(square, -3, "done late", met_on=MONDAY)
    world.obligation(trajectory=square, subject="gap", due_on=None, strict_due_on=None, missing=["step_date"])
    assert {group: subjects(group) for group in GROUPS} == {
        "statutory": [],
        "today": ["today"],
        "new": [],
        "late": ["last week", "yesterday"],
        "week": ["sunday"],
        "soon": ["next monday", "in fourteen days"],
        "planned": ["planned too late"],
        "unknown": ["gap"],
    }
    assert {code: count for code, count in week().counts().items() if count} == {
        "today": 1,
        "late": 2,
        "week": 1,
        "soon": 2,
        "planned": 1,
        "unknown": 1,
    }


def test_an_obligation_past_its_strict_bound_only_is_labelled_possibly_overdue(square):
    bounds = {"due_on": MONDAY + timedelta(days=5), "strict_due_on": MONDAY - timedelta(days=1)}
    world.obligation(trajectory=square, **bounds)
    [item] = items("late")
    assert item.status == "possibly_overdue" == status(item.obligation, MONDAY)


def test_the_week_ends_on_sunday_and_at_the_weekend_the_next_one_is_shown():
    assert end_of_week(MONDAY) == end_of_week(date(2026, 4, 24)) == date(2026, 4, 26)
    assert end_of_week(date(2026, 4, 25)) == end_of_week(date(2026, 4, 26)) == date(2026, 5, 3)


def test_retrospective_waived_and_removed_rule_obligations_are_excluded(square):
    obligation(world.trajectory("oud", retrospective=True), -1, "old")
    obligation(square, -1, "explained", rule="scenarios-offered")
    world.waiver(square)
    obligation(square, -1, "gone", rule="a-rule-that-is-gone")
    obligation(square, -1, "withdrawn", withdrawn_at=world.moment("2026-04-01 12:00"))
    assert dict(week().counts()) == dict.fromkeys(GROUPS, 0)


def test_only_requested_trajectories_and_the_register_on_request_are_listed(square):
    obligation(square, -1, "mine")
    obligation(world.trajectory("elders"), -1, "theirs")
    world.obligation(commitment=world.commitment(), rule="commitment-kept", subject="promise")
    mine = Trajectory.objects.filter(pk=square.pk)
    assert subjects("late", trajectories=mine) == ["mine"]
    assert sorted(subjects("late", trajectories=mine, with_register=True)) == ["mine", "promise"]
    [promise] = [i for i in items("late", with_register=True) if i.owner_type == "commitment"]
    assert (promise.name, promise.key) == ("T-1", None)


@pytest.mark.parametrize(
    ("lines", "new"),
    [
        ([("overdue", "2026-04-18 06:00")], True),
        ([("overdue", "2026-04-10 06:00")], False),
        ([("due_soon", "2026-04-10 06:00"), ("overdue", "2026-04-18 06:00")], True),
        ([("overdue", "2026-04-10 06:00"), ("explained", "2026-04-15 06:00"), ("overdue", "2026-04-18 06:00")], False),
        ([("overdue", "2026-04-15 06:00"), ("explained", "2026-04-18 06:00")], False),
        ([], False),
    ],
)
def test_statuses_with_a_recent_transition_are_new(square, lines, new):
    row = obligation(square, -1, "s1")
    for to, at in lines:
        world.transition(row, to_status=to, noticed_at=world.moment(at))
    assert [item.is_new for group in ("new", "late") for item in items(group)] == [new]
    assert week().counts()["new"] == new


def test_law_comes_first_then_today_then_new_whatever_is_longer_overdue(square):
    obligation(square, -20, "promised")
    world.transition(obligation(square, 9, "fresh"), to_status="due_soon", noticed_at=world.moment("2026-04-18 06:00"))
    obligation(square, 0, "today")
    obligation(square, 9, "complaint", rule="complaint-handled")
    obligation(square, -1, "request", rule="woo-decided")
    obligation(square, 9, "inspection", rule="inspection-accounted")

    found = [item.obligation.subject for group in GROUPS for item in items(group)]

    assert found == ["request", "complaint", "inspection", "today", "fresh", "promised"]
    assert subjects("statutory") == found[:3]


@pytest.mark.parametrize(("days", "is_old"), [(-28, False), (-29, True)])
def test_what_is_overdue_for_more_than_four_weeks_is_old_and_comes_last(square, days, is_old):
    obligation(square, days, "debt")
    obligation(square, -1, "yesterday")
    assert [item.priority.is_old for item in items("late")] == [False, is_old][:: 1 if is_old else -1]


def test_points_that_wait_for_one_fact_are_one_entry(square):
    def undated(rule, subject, missing, of=square):
        return world.obligation(
            trajectory=of, rule=rule, subject=subject, due_on=None, strict_due_on=None, missing=missing
        )

    undated("plan-recorded", "", ["first_activity"])
    undated("joint-start", "", ["first_activity"])
    undated("early-involvement", "renters", ["first_activity"])
    undated("feedback-given", "s1", ["step_date"])
    undated("feedback-given", "s2", ["step_date"])
    undated("plan-recorded", "", ["first_activity"], of=world.trajectory("elders"))

    entries = week().everything()["unknown"]

    assert sorted(len(entry) for entry in entries) == [1, 1, 1, 3]
    assert week().counts()["unknown"] == 6


def test_the_week_of_fifty_takes_as_many_queries_as_that_of_one(square, django_assert_num_queries):
    for number in range(50):
        obligation(world.trajectory(f"t{number}"), -1, "s1")
        with django_assert_num_queries(2) if number in (0, 49) else nullcontext():
            assert week().groups(10)["late"].points == number + 1


def busy_world(seed):
    """Create points of every kind: of owners with equal titles, new and known, with and without a missing fact."""
    draw = Random(seed)
    titles = ("Plein", "plein", "Érard", "Plein", "Zaal")
    owners = [{"trajectory": world.trajectory(f"t{n}", title=title)} for n, title in enumerate(titles)]
    owners += [{"motion": world.motion(title="Plein")}, {"commitment": world.commitment(text="Zaal")}]
    rules = [rule.id for rule in RULEBOOKS.first.rules][:: 3 + seed]
    days = (-60, -29, -28, -5, -1, 0, 3, 6, 7, 14, 15, 40)
    for number in range(160):
        owner, rule = draw.choice(owners), draw.choice(rules)
        columns = {
            "due_on": None,
            "strict_due_on": None,
            "missing": draw.choice(([], ["kind"], ["kind"], ["step_date", "kind"])),
        }
        if draw.random() < 0.6:
            due = MONDAY + timedelta(days=draw.choice(days))
            planned = draw.choice((None, due, due + timedelta(days=1), MONDAY + timedelta(days=2)))
            columns = {
                "due_on": due,
                "strict_due_on": draw.choice((None, due, due - timedelta(days=7))),
                draw.choice(("expected_on", "met_on")): planned,
            }
        row = world.obligation(**owner, rule=rule, subject=f"s{draw.randrange(12)}-{number}", **columns)
        for at in draw.sample(("2026-04-10 06:00", "2026-04-15 06:00", "2026-04-18 06:00"), draw.randrange(3)):
            world.transition(
                row, to_status=draw.choice(("overdue", "unknown", "due_soon")), noticed_at=world.moment(at)
            )
    for subject in ("", "s1-1"):
        world.waiver(owners[0]["trajectory"], rule=rules[0], subject=subject, granted_on=MONDAY, until=None)


@pytest.mark.parametrize("seed", range(3))
def test_what_comes_first_is_the_same_as_by_reading_everything(seed):
    busy_world(seed)
    found = week(with_register=True)
    every = found.everything()
    current = {code: [entry for entry in every[code] if not entry[0].priority.is_old] for code in GROUPS}
    old = {code: [entry for entry in every[code] if entry[0].priority.is_old] for code in GROUPS}
    for limit in (0, 1, 3, 200):
        for code, group in found.groups(limit).items():
            assert group == (
                sum(map(len, current[code])),
                sum(map(len, old[code])),
                len(current[code]),
                len(old[code]),
                current[code][:limit],
                old[code][:limit],
            )
    assert sum(found.counts().values()) > 60
    assert sum(len(entry) > 1 for code in GROUPS for entry in every[code]) > 4


@pytest.mark.parametrize("code", GROUPS)
def test_the_pages_of_a_group_together_are_the_whole_group(code):
    busy_world(0)
    entries = EntriesOfGroup(week(with_register=True), code)
    read = [entry for start in range(0, entries.count(), 4) for entry in entries[start : start + 4]]
    assert read == week(with_register=True).everything()[code]


def test_a_page_of_a_week_reads_no_more_rows_than_it_shows(square):
    for number in range(30):
        obligation(square, -1, f"s{number:02}")
    read = []
    found = week()
    found._item = lambda *row: read.append(row) or Week._item(found, *row)
    group = found.groups(10)["late"]
    assert (group.points, len(group.current), len(read)) == (30, 10, 10)


def add_counter_signal(owner_type, ref="r1", **request):
    concern = world.request(owner_type, ref, summary="Wij waren niet uitgenodigd", **request)
    return CounterSignal.objects.create(
        trajectory=owner_type,
        rule="meeting-announced",
        subject="s1",
        status="met",
        on=date(2026, 4, 10),
        organisation=world.organisation(),
        made_by=world.user("association_member", world.RESIDENTS, name=f"chair-{ref}"),
        request=concern,
        evidence="De brief",
    )


def test_a_counter_signal_is_listed_with_the_term_of_its_request(square):
    add_counter_signal(square)
    obligation(square, 4, "r1", rule="concern-answered")
    add_counter_signal(square, "r2", answered_on=world.on("2026-04-15"))
    add_counter_signal(square, "r3", answer="Zo zat het")
    [signal] = week().signals()
    assert (signal.request, signal.due_on, signal.rule) == ("r1", date(2026, 4, 24), "meeting-announced")
    assert subjects("week") == []
    assert week().counts()["week"] == 0


def test_an_answer_dated_tomorrow_does_not_count_yet(square):
    add_counter_signal(square, answered_on=world.on("2026-04-21"))
    assert len(week().signals()) == 1
    assert week(today=date(2026, 4, 21)).signals() == []


def test_a_suggested_party_is_listed_until_it_has_a_role(square):
    plan = world.plan(square, world.RESIDENTS)
    suggested = PlanActor.objects.create(plan=plan, organisation=world.organisation(world.SHOPS), suggested_by="Wijk A")
    [found] = week().suggestions()
    assert (found.organisation, found.suggested_by) == ("Winkeliers", "Wijk A")
    suggested.part = "informed"
    suggested.save()
    assert week().suggestions() == []


@pytest.mark.parametrize(("until", "is_listed"), [(0, True), (14, True), (15, False), (-1, False)])
def test_a_waiver_that_ends_within_fourteen_days_is_listed(square, until, is_listed):
    obligation(square, -20, "", rule="scenarios-offered")
    world.waiver(square, until=MONDAY + timedelta(days=until))
    assert bool(week().ending_waivers()) is is_listed


def test_a_waiver_of_a_met_obligation_or_that_continues_is_not_listed(square):
    world.waiver(square, until=MONDAY)
    assert week().ending_waivers() == []
    obligation(square, -20, "", rule="scenarios-offered")
    assert len(week().ending_waivers()) == 1
    world.waiver(square, granted_on=MONDAY, until=None)
    assert week().ending_waivers() == []


def test_items_can_be_recorded_in_running_trajectories_only(square):
    world.trajectory("dicht", status="closed")
    world.trajectory("oud", retrospective=True)
    assert list(Trajectory.objects.running().values_list("slug", "title")) == [("voorbeeldplein", "Voorbeeldplein")]
