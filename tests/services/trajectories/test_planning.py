"""Applying a schedule: as one changeset, never over another user's change, and with an undo."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import StepFacts
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Step
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.changes.undo import undo
from participation.services.trajectories.planning import apply_schedule
from tests import world

pytestmark = pytest.mark.django_db

RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 10:00")


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), RULEBOOKS, TODAY, NOW)


@pytest.fixture
def square():
    return world.trajectory()


def plan(square, write_context, **options):
    return apply_schedule(square, write_context, **{"moves": {}, "seen": {}, "decision": None, "steps": [], **options})


def test_a_step_moves_with_its_closing_date_and_can_be_undone(square, write_context):
    step = world.step(square, kind="inspection", planned=world.on("2026-05-01"), closes=world.on("2026-06-11"))
    entry = plan(square, write_context, moves={step.pk: date(2026, 5, 8)}, seen={step.pk: "2026-05-01"})
    step.refresh_from_db()
    assert (step.planned, step.closes) == (world.on("2026-05-08"), world.on("2026-06-18"))
    assert (entry.verb, entry.by) == ("rescheduled", write_context.by)
    undo(entry, write_context.by, rulebooks=RULEBOOKS, today=TODAY, now=NOW)
    step.refresh_from_db()
    assert (step.planned, step.closes) == (world.on("2026-05-01"), world.on("2026-06-11"))


def test_new_steps_refer_to_each_other_by_their_new_refs(square, write_context):
    world.step(square, "s7")
    day = ImpreciseDate.on(date(2026, 5, 20))
    steps = [
        StepFacts("feedback-first", "feedback", about=("first", "not-chosen"), audience=("everyone",), planned=day),
        StepFacts("first", "activity", "meeting", "exploration", planned=ImpreciseDate.on(date(2026, 5, 6))),
        StepFacts("told", "update", about=("decision",), planned=ImpreciseDate.on(date(2026, 7, 1))),
    ]
    entry = plan(square, write_context, decision=date(2026, 6, 25), steps=steps)
    made = {step.kind: step for step in Step.objects.exclude(ref="s7")}
    assert (made["activity"].method, made["activity"].planned) == ("meeting", world.on("2026-05-06"))
    assert made["feedback"].about == [made["activity"].ref]
    assert (made["decision"].stage, made["decision"].body, made["decision"].phase) == (
        "adoption",
        "council",
        "decision",
    )
    assert made["update"].about == [made["decision"].ref]
    assert sorted(step.ref for step in made.values()) == ["s10", "s11", "s8", "s9"]
    undo(entry, write_context.by, rulebooks=RULEBOOKS, today=TODAY, now=NOW)
    assert Step.objects.count() == 1


@pytest.mark.parametrize(
    "meanwhile", [{"planned": world.on("2026-05-02")}, {"done": world.on("2026-04-19")}, {"cancelled": True}]
)
def test_a_step_changed_meanwhile_keeps_the_whole_schedule_from_being_applied(square, write_context, meanwhile):
    first = world.step(square, "s1", planned=world.on("2026-05-01"))
    second = world.step(square, "s2", planned=world.on("2026-05-01"))
    Step.objects.filter(pk=second.pk).update(**meanwhile)
    moves = {first.pk: date(2026, 5, 8), second.pk: date(2026, 5, 9)}
    with pytest.raises(StaleVersion):
        plan(square, write_context, moves=moves, seen=dict.fromkeys(moves, "2026-05-01"), decision=date(2026, 6, 25))
    first.refresh_from_db()
    assert first.planned == world.on("2026-05-01")
    assert (Step.objects.count(), Changeset.objects.count()) == (2, 0)


def test_a_step_of_another_trajectory_is_never_moved(square, write_context):
    other = world.step(world.trajectory("elders"), planned=world.on("2026-05-01"))
    with pytest.raises(StaleVersion):
        plan(square, write_context, moves={other.pk: date(2026, 5, 8)}, seen={other.pk: "2026-05-01"})


def test_an_unchanged_schedule_creates_no_changeset(square, write_context):
    step = world.step(square, planned=world.on("2026-05-01"))
    assert plan(square, write_context, moves={step.pk: date(2026, 5, 1)}, seen={step.pk: "2026-05-01"}) is None
