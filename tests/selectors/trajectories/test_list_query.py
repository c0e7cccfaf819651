"""The list of trajectories: its order, its rows, and filters in SQL that agree with Python."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import load_rulebooks
from participation.compliance.vocabulary import METHODS, PHASES
from participation.models import Step, Trajectory
from participation.selectors.trajectories import list_query
from participation.selectors.trajectories.list_query import (
    SORTS,
    STEP_COLUMNS,
    LazyOrderedKeys,
    ListedStep,
    has_open_step_condition,
    next_step_on,
    ordered_keys,
    phase_expression,
    phase_on,
    rows,
    steps_open_on,
    trajectories_with_overdue,
)
from participation.selectors.trajectories.opportunities import opportunities
from tests import towns, world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 20)
RULEBOOKS = load_rulebooks("leiden")


def listed(sort="relevance", start=0, stop=25, shown=None):
    shown = Trajectory.objects.all() if shown is None else shown
    slugs = dict(Trajectory.objects.values_list("pk", "slug"))
    return [slugs[key] for key in ordered_keys(shown, sort, TODAY, start, stop)]


def row(of):
    return rows(Trajectory.objects.all(), [of.pk], RULEBOOKS, TODAY)[0]


# ---------- the order


def test_open_trajectories_come_first_then_the_soonest_then_retrospective_ones():
    world.trajectory("looks-back", retrospective=True)
    world.trajectory("closed", status="closed")
    world.trajectory("paused", status="paused")
    world.trajectory("planned", status="planned")
    world.trajectory("active")
    world.step(world.trajectory("soon", status="planned"), planned=world.on("2026-04-22"))
    world.step(world.trajectory("soonest", status="paused"), kind="decision", planned=world.on("2026-04-21"))
    ends = {"kind": "inspection", "planned": world.on("2026-04-01")}
    world.step(world.trajectory("open-endless"), **ends)
    world.step(world.trajectory("open-later"), **ends, closes=world.on("2026-05-20"))
    world.step(world.trajectory("open"), planned=world.on("2026-05-03"), announced_on=world.on("2026-04-01"))

    assert listed() == [
        *("open", "open-later", "open-endless", "soonest", "soon", "active", "paused", "planned"),
        *("closed", "looks-back"),
    ]


def test_retrospective_trajectories_come_last_despite_an_upcoming_step():
    world.step(
        world.trajectory("terug", retrospective=True),
        planned=world.on("2026-05-03"),
        announced_on=world.on("2026-04-01"),
    )
    world.trajectory("zonder")

    assert listed() == ["zonder", "terug"]


def test_each_trajectory_is_listed_once_over_all_pages():
    for number in range(30):
        made = world.trajectory(f"plein-{number:02}")
        for later in range(number % 4):
            world.step(
                made, f"s{later}", planned=world.on(f"2026-05-{1 + later:02}"), announced_on=world.on("2026-04-01")
            )
    parts = [listed(start=start, stop=start + 7) for start in range(0, 35, 7)]
    found = [slug for part in parts for slug in part]

    assert len(found) == len(set(found)) == 30
    assert found == listed(stop=100)


@pytest.mark.parametrize("sort", ["relevance", "next"])
def test_parts_far_into_the_list_continue_the_order_of_the_first(sort, monkeypatch, django_assert_num_queries):
    random, shown = Random(6), Trajectory.objects.filter(public=True)
    for number in range(60):
        made = world.trajectory(f"plein-{number:02}", public=number % 9 > 0, retrospective=number % 7 == 0)
        Step.objects.bulk_create(
            Step(trajectory=made, ref=f"s{n}", **random_trajectories(random)) for n in range(number % 5)
        )
    walked = ordered_keys(shown, sort, TODAY, 0, 100)
    monkeypatch.setattr(list_query, "_WALKED", 1)

    assert len(walked) == shown.count()
    assert [ordered_keys(shown, sort, TODAY, start, start + 9) for start in range(1, 60, 9)] == [
        walked[start : start + 9] for start in range(1, 60, 9)
    ]
    with django_assert_num_queries({"relevance": 3, "next": 2}[sort]):
        ordered_keys(shown, sort, TODAY, 50, 59)


def test_sorting_by_date_lists_the_soonest_first_and_undated_by_title():
    world.trajectory("b-zonder")
    world.trajectory("a-zonder")
    world.step(world.trajectory("later"), planned=world.on("2026-05-09"))
    world.step(world.trajectory("eerst"), kind="milestone", planned=world.on("2026-05-08"))
    world.step(world.trajectory("c-geweest"), planned=world.on("2026-05-01"), done=world.on("2026-04-19"))

    assert listed("next") == ["eerst", "later", "a-zonder", "b-zonder", "c-geweest"]


def test_the_list_can_be_sorted_by_title_and_by_start():
    world.trajectory("b", started_on=world.on("2026-01-01"))
    world.trajectory("a", started_on=None)
    world.trajectory("c", started_on=world.on("2026-02-01"))

    assert listed("title") == ["a", "b", "c"]
    assert listed("newest") == ["c", "b", "a"]


def test_only_visible_trajectories_are_listed():
    for slug, public in (("open", True), ("dicht", False)):
        of = world.trajectory(slug, public=public)
        world.step(of, planned=world.on("2026-05-03"), announced_on=world.on("2026-04-01"))
        world.step(of, "s2", kind="decision", planned=world.on("2026-05-03"))

    for sort in ("relevance", "next", "title", "newest"):
        assert listed(sort, shown=Trajectory.objects.visible_to(None)) == ["open"]


@pytest.mark.parametrize("sort", ["relevance", "next", "title", "newest"])
def test_more_rows_take_no_more_queries(sort, django_assert_num_queries):
    everything = Trajectory.objects.all()

    def load_list(number):
        with django_assert_num_queries(number):
            rows(everything, ordered_keys(everything, sort, TODAY, 0, 25), RULEBOOKS, TODAY)

    number = {"relevance": 3, "next": 2}.get(sort, 1) + 4
    for count in range(60):
        made = world.trajectory(f"plein-{count}")
        world.step(made, planned=world.on("2026-05-03"))
        if count == 0:
            load_list(number)
    # A full page does not query the rows after it.
    load_list(number - {"relevance": 1, "next": 1}.get(sort, 0))


# ---------- a row


def test_a_row_has_location_next_step_opportunity_and_obligations():
    square = world.trajectory(summary="Een groener plein")
    world.step(square, "s1", phase="exploration", planned=world.on("2026-03-20"))
    world.step(square, "s2", planned=world.on("2026-05-03"), announced_on=world.on("2026-04-01"), phase="judgement")
    world.step(square, "s3", kind="decision", planned=world.on("2026-05-20"))
    for subject in "ab":
        world.obligation(trajectory=square, subject=subject)
    world.obligation(trajectory=square, rule="unknown-rule", subject="c")

    result = row(square)

    assert (result.slug, result.summary, result.phase, result.overdue) == (
        "voorbeeldplein",
        "Een groener plein",
        "exploration",
        2,
    )
    assert result.neighbourhoods == ["Binnenstad-Noord"]
    assert result.next.ref == result.opportunity.step.ref == "s2"
    assert result.opportunity.until == date(2026, 5, 3)


def test_a_trajectory_without_items_is_listed():
    result = row(Trajectory.objects.create(slug="leeg", title="Leeg"))

    assert (result.phase, result.next, result.opportunity, result.overdue, result.neighbourhoods) == (
        "",
        None,
        None,
        0,
        [],
    )


def test_the_next_step_is_the_first_neither_done_nor_cancelled():
    square = world.trajectory()
    world.step(square, "s1", planned=world.on("2026-04-21"), cancelled=True)
    world.step(square, "s2", planned=world.on("2026-04-22"), done=world.on("2026-04-15"))
    world.step(square, "s3", planned=ImpreciseDate(None, None, "unscheduled"))
    assert row(square).next is None

    world.step(square, "s4", planned=world.between("2026-05-01", "2026-05-31", "month"))
    world.step(square, "s5", planned=world.on("2026-05-20"))
    world.step(square, "s6", planned=world.on("2026-04-19"))

    assert row(square).next.ref == "s5"
    assert next_step_on([], TODAY) is None


def test_the_phase_is_that_of_the_last_started_or_else_the_first_upcoming_step():
    square = world.trajectory()
    assert row(square).phase == ""

    world.step(square, "s1", planned=world.on("2026-05-01"), phase="judgement")
    world.step(square, "s2", planned=world.on("2026-05-09"), phase="decision")
    assert row(square).phase == "judgement"

    world.step(square, "s3", planned=world.on("2026-04-20"), phase="exploration")
    world.step(square, "s4", planned=world.on("2026-04-20"), phase="evaluation", cancelled=True)
    assert row(square).phase == "exploration"


# ---------- filters: SQL agrees with Python


def random_trajectories(random):
    def day(spread=60):
        return TODAY + timedelta(days=random.randint(-spread, spread))

    def when():
        first, last = sorted((day(), day()))
        return random.choice(
            [
                None,
                *[ImpreciseDate.on(first), ImpreciseDate.on(last)] * 3,
                ImpreciseDate(first, last, "range"),
                ImpreciseDate(None, last, "not_later_than"),
                ImpreciseDate.unknown(),
                ImpreciseDate(None, None, "unscheduled", "nog te plannen"),
            ]
        )

    planned, done, closes = when(), random.choice([None, when()]), random.choice([None, when()])
    for start in (planned, done):
        if closes and start and closes.latest and (start.earliest or date.min) > closes.latest:
            closes = None
    return {
        "kind": random.choice(["activity", "activity", "inspection", "plan_review", "decision"]),
        "method": random.choice(["", *METHODS]),
        "phase": random.choice(["", *PHASES]),
        "cancelled": random.random() < 0.1,
        "audience": random.choice([[], ["residents"], ["wijk-a"], ["everyone", "wijk-a"]]),
        "planned": planned,
        "done": done,
        "closes": closes,
        "announced_on": when(),
    }


def test_sql_and_page_agree_on_whether_each_step_is_open():
    random, square = Random(3), world.trajectory()
    Step.objects.bulk_create(Step(trajectory=square, ref=f"s{n}", **random_trajectories(random)) for n in range(1500))
    steps = [ListedStep(*values) for values in Step.objects.values_list(*STEP_COLUMNS)]

    for day in (TODAY, TODAY + timedelta(days=30)):
        sql_result = set(steps_open_on(Step.objects.all(), day).values_list("ref", flat=True))
        assert sql_result == {opportunity.step.ref for opportunity in opportunities(steps, day) if opportunity.now}
        assert 50 < len(sql_result) < 1000


def test_sql_and_page_agree_on_the_phase_of_each_trajectory():
    random, of = Random(4), [world.trajectory(f"plein-{n}") for n in range(60)]
    for made in of:
        Step.objects.bulk_create(
            Step(trajectory=made, ref=f"s{n}", **random_trajectories(random)) for n in range(random.randint(0, 5))
        )
    sql_result = dict(Trajectory.objects.annotate(now=phase_expression(TODAY)).values_list("pk", "now"))
    result = {made.pk: row(made).phase for made in of}

    assert sql_result == result
    assert set(result.values()) == {"", *PHASES}


def test_sql_finds_every_trajectory_with_an_open_opportunity():
    random, of = Random(5), [world.trajectory(f"plein-{n}") for n in range(150)]
    for made in of:
        Step.objects.bulk_create(Step(trajectory=made, ref=f"s{n}", **random_trajectories(random)) for n in range(2))
    sql_result = {made.pk for made in Trajectory.objects.filter(has_open_step_condition(TODAY))}
    result = {made.pk for made in of if row(made).opportunity}

    assert sql_result == result
    assert 20 < len(sql_result) < 130
    assert set(ordered_keys(Trajectory.objects.all(), "relevance", TODAY, 0, len(sql_result))) == sql_result


def test_the_list_can_be_filtered_by_open_now():
    world.step(world.trajectory("open"), planned=world.on("2026-05-03"), announced_on=world.on("2026-04-01"))
    world.step(world.trajectory("stil"), planned=world.on("2026-05-03"))

    world.step(
        world.trajectory("terug", retrospective=True),
        planned=world.on("2026-05-03"),
        announced_on=world.on("2026-04-01"),
    )

    for sort in SORTS:
        found = LazyOrderedKeys(Trajectory.objects.all(), TODAY, sort, only_open=True)
        assert found.count() == 1
        assert [Trajectory.objects.get(pk=key).slug for key in found[0:25]] == ["open"]
        assert (
            LazyOrderedKeys(Trajectory.objects.all(), TODAY, sort).count()
            == len(LazyOrderedKeys(Trajectory.objects.all(), TODAY, sort)[0:9])
            == 3
        )


def test_the_list_can_be_filtered_by_what_is_overdue():
    world.obligation(trajectory=world.trajectory("te-laat"))
    world.obligation(trajectory=world.trajectory("op-tijd"), due_on=TODAY, strict_due_on=TODAY)
    world.obligation(trajectory=world.trajectory("gedaan"), met_on=date(2026, 4, 18))
    world.obligation(trajectory=world.trajectory("ingetrokken"), withdrawn_at=world.moment("2026-04-01 12:00"))
    explained = world.trajectory("uitgelegd")
    world.obligation(trajectory=explained)
    world.waiver(explained, rule="feedback-given")

    def late(basic="", rulebooks=RULEBOOKS):
        return [found.slug for found in trajectories_with_overdue(Trajectory.objects.all(), rulebooks, TODAY, basic)]

    assert late() == late("feedback") == ["te-laat"]
    assert late("scenarios") == late(rulebooks=load_rulebooks("nl")) == []


def test_a_basic_condition_is_that_of_the_rule_in_its_own_town(tmp_path):
    for town in ("leiden", "oegstgeest"):
        world.obligation(trajectory=world.trajectory(town, municipality=town))
    text = Path(towns.OEGSTGEEST).read_text(encoding="utf-8").replace("basic: feedback", "basic: contact")
    (tmp_path / "oegstgeest.yaml").write_text(text, encoding="utf-8")
    rulebooks = load_rulebooks(f"leiden,{tmp_path}/oegstgeest.yaml")

    def late(basic):
        return [found.slug for found in trajectories_with_overdue(Trajectory.objects.all(), rulebooks, TODAY, basic)]

    assert (late("feedback"), late("contact")) == (["leiden"], ["oegstgeest"])


def test_steps_without_a_phase_give_an_unknown_phase():
    assert phase_on([], TODAY) == ""
