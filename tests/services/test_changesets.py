"""Recording what people write: all or nothing, with its history, assessed at once, and with a way back."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebook import load
from participation.models import Changeset, Contribution, Obligation, Step
from participation.services.changesets import CannotUndo, next_ref, recording, undo, version_of
from tests import world

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
TODAY = date(2026, 3, 21)


def door(**more):
    return {"rulebook": load(settings.RULEBOOK), "today": TODAY, "now": NOW, **more}


def record_evening(by, square):
    with recording(by, square, "added", about="Bewonersavond", **door()) as recorder:
        recorder.save(Step(trajectory=square, ref="s1", kind="activity", method="meeting", done=world.on("2026-03-20")))
    return recorder.changeset


def test_what_is_recorded_is_judged_at_once_and_signed():
    square, adviser = world.trajectory(), world.user("adviser")
    changeset = record_evening(adviser, square)
    assert Obligation.objects.filter(trajectory=square, rule="feedback-given", subject="s1").exists()
    line = Step.history.get()
    assert (line.history_user, line.history_date, changeset.verb) == (adviser, NOW, "added")


def test_what_is_taken_back_is_gone_with_what_it_called_for_and_leaves_its_trace():
    square, adviser = world.trajectory(), world.user("adviser")
    changeset = record_evening(adviser, square)
    back = undo(changeset, adviser, **door())
    assert not Step.objects.exists()
    assert not Obligation.objects.open().filter(rule="feedback-given").exists()
    assert [line.history_type for line in Step.history.order_by("history_id")] == ["+", "-"]
    changeset.refresh_from_db()
    assert (back.verb, changeset.undone_at) == ("undone", NOW)


def test_a_change_is_taken_back_to_what_it_was():
    square, adviser = world.trajectory(), world.user("adviser")
    world.organisation()
    idea = world.contribution(square)
    with recording(adviser, square, "answered", about="Meer bomen", **door()) as recorder:
        idea.outcome, idea.response = "adopted", "Er komen tien bomen"
        recorder.save(idea)
    undo(recorder.changeset, adviser, **door())
    assert list(Contribution.objects.values_list("outcome", "response")) == [("", "")]


def test_nothing_is_taken_back_over_somebody_elses_later_change():
    square, adviser = world.trajectory(), world.user("adviser")
    changeset = record_evening(adviser, square)
    with recording(world.user("coordinator"), square, "changed", about="Bewonersavond", **door()) as recorder:
        step = Step.objects.get()
        step.title = "Avond in het buurthuis"
        recorder.save(step)
    with pytest.raises(CannotUndo):
        undo(changeset, adviser, **door())
    assert Step.objects.get().title == "Avond in het buurthuis"
    changeset.refresh_from_db()
    assert changeset.undone_at is None


def test_taking_back_is_not_taken_back():
    square, adviser = world.trajectory(), world.user("adviser")
    back = undo(record_evening(adviser, square), adviser, **door())
    with pytest.raises(CannotUndo):
        undo(back, adviser, **door())
    assert not Step.objects.exists()


def test_nothing_is_stored_where_one_row_is_not_sound():
    square, adviser = world.trajectory(), world.user("adviser")

    def record_two():
        with recording(adviser, square, "added", about="Twee", **door()) as recorder:
            recorder.save(Step(trajectory=square, ref="s1", kind="activity"))
            recorder.save(Step(trajectory=square, ref="s2", kind="nonsense"))

    with pytest.raises(ValidationError):
        record_two()
    assert not Step.objects.exists()
    assert not Changeset.objects.exists()


def test_a_many_to_many_column_is_taken_back_too():
    square, adviser = world.trajectory(), world.user("adviser")
    lakes = world.neighbourhood(world.LAKES)
    with recording(adviser, square, "changed", about="Wijken", **door()) as recorder:
        recorder.link(square, "neighbourhoods", [lakes.pk])
    assert list(square.neighbourhoods.all()) == [lakes]
    undo(recorder.changeset, adviser, **door())
    assert [n.slug for n in square.neighbourhoods.all()] == [world.CENTRE]


def test_a_free_ref_follows_all_that_are_in_use():
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
