"""Changesets: all or nothing, with history, assessed at once, and with an undo."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Contribution, JobRun, Obligation, Step
from participation.services.changes.changesets import next_ref, record_changeset, version_of
from participation.services.changes.undo import CannotUndo, undo
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
TODAY = date(2026, 3, 21)


def write_arguments(**more):
    return {"rulebooks": load_rulebooks(settings.RULEBOOK), "today": TODAY, "now": NOW, **more}


def record_evening(by, square):
    with record_changeset(by, square, "added", about="Bewonersavond", **write_arguments()) as recorder:
        recorder.save(Step(trajectory=square, ref="s1", kind="activity", method="meeting", done=world.on("2026-03-20")))
    return recorder.changeset


def test_a_recorded_change_is_assessed_at_once_and_attributed_to_its_user():
    square, adviser = world.trajectory(), world.user("adviser")
    changeset = record_evening(adviser, square)
    assert Obligation.objects.filter(trajectory=square, rule="feedback-given", subject="s1").exists()
    line = Step.history.get()
    assert (line.history_user, line.history_date, changeset.verb) == (adviser, NOW, "added")


def test_a_failing_rule_of_a_motion_is_reported_and_the_change_is_kept(monkeypatch):
    motion, coordinator, arguments = world.motion(), world.user("coordinator"), write_arguments()
    rulebook = arguments["rulebooks"].first

    def breaks(facts, days, **parameters):
        raise KeyError("motie")

    rules = rulebook._rules_by_owner_type["motion"]
    broken = [rule._replace(check_definition=rule.check_definition._replace(run=breaks)) for rule in rules]
    monkeypatch.setitem(rulebook._rules_by_owner_type, "motion", tuple(broken))
    with record_changeset(coordinator, motion, "changed", about="Motie", **arguments) as recorder:
        motion.title = "Meer bomen"
        recorder.save(motion)
    assert {failure["error"] for failure in JobRun.objects.get().failures} == {"KeyError: 'motie'"}
    motion.refresh_from_db()
    assert motion.title == "Meer bomen"


def test_undoing_an_addition_removes_its_obligations_and_keeps_the_history():
    square, adviser = world.trajectory(), world.user("adviser")
    changeset = record_evening(adviser, square)
    back = undo(changeset, adviser, **write_arguments())
    assert not Step.objects.exists()
    assert not Obligation.objects.open().filter(rule="feedback-given").exists()
    assert [line.history_type for line in Step.history.order_by("history_id")] == ["+", "-"]
    changeset.refresh_from_db()
    assert (back.verb, changeset.undone_at) == ("undone", NOW)


def test_undoing_a_change_restores_the_earlier_values():
    square, adviser = world.trajectory(), world.user("adviser")
    world.organisation()
    idea = world.contribution(square)
    with record_changeset(adviser, square, "answered", about="Meer bomen", **write_arguments()) as recorder:
        idea.outcome, idea.response = "adopted", "Er komen tien bomen"
        recorder.save(idea)
    undo(recorder.changeset, adviser, **write_arguments())
    assert list(Contribution.objects.values_list("outcome", "response")) == [("", "")]


def test_a_changeset_changed_later_by_others_cannot_be_undone():
    square, adviser = world.trajectory(), world.user("adviser")
    changeset = record_evening(adviser, square)
    with record_changeset(
        world.user("coordinator"), square, "changed", about="Bewonersavond", **write_arguments()
    ) as recorder:
        step = Step.objects.get()
        step.title = "Avond in het buurthuis"
        recorder.save(step)
    with pytest.raises(CannotUndo):
        undo(changeset, adviser, **write_arguments())
    assert Step.objects.get().title == "Avond in het buurthuis"
    changeset.refresh_from_db()
    assert changeset.undone_at is None


def test_an_undo_cannot_be_undone():
    square, adviser = world.trajectory(), world.user("adviser")
    back = undo(record_evening(adviser, square), adviser, **write_arguments())
    with pytest.raises(CannotUndo):
        undo(back, adviser, **write_arguments())
    assert not Step.objects.exists()


def test_nothing_is_stored_when_one_row_is_invalid():
    square, adviser = world.trajectory(), world.user("adviser")

    def record_two():
        with record_changeset(adviser, square, "added", about="Twee", **write_arguments()) as recorder:
            recorder.save(Step(trajectory=square, ref="s1", kind="activity"))
            recorder.save(Step(trajectory=square, ref="s2", kind="nonsense"))

    with pytest.raises(ValidationError):
        record_two()
    assert not Step.objects.exists()
    assert not Changeset.objects.exists()


def test_many_to_many_changes_are_undone():
    square, adviser = world.trajectory(), world.user("adviser")
    lakes = world.neighbourhood(world.LAKES)
    with record_changeset(adviser, square, "changed", about="Wijken", **write_arguments()) as recorder:
        recorder.link(square, "neighbourhoods", [lakes.pk])
    assert list(square.neighbourhoods.all()) == [lakes]
    undo(recorder.changeset, adviser, **write_arguments())
    assert [n.slug for n in square.neighbourhoods.all()] == [world.CENTRE]


def test_a_generated_ref_follows_all_refs_in_use():
    square = world.trajectory()
    world.step(square, "s9")
    world.step(square, "avond")
    assert next_ref(square, "s") == "s10"
    assert next_ref(square, "c") == "c1"


def test_a_version_changes_with_every_save():
    square = world.trajectory()
    first = version_of(square)
    square.save()
    assert first is not None
    assert version_of(square) > first
