"""Assigning advisers to trajectories, one by one and in bulk."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.changes.undo import undo
from participation.services.trajectories import assignment
from tests import world

pytestmark = pytest.mark.django_db

RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 10:00")


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), RULEBOOKS, TODAY, NOW)


def advisers(of):
    return sorted(of.advisers.values_list("username", flat=True))


def test_assigning_and_unassigning_advisers_can_be_undone(write_context):
    square, ann, bob = world.trajectory(), world.user("adviser", name="ann"), world.user("adviser", name="bob")
    square.advisers.add(ann)
    entry = assignment.assign_advisers(write_context, square, {bob.pk}, {ann.pk})
    assert advisers(square) == ["bob"]
    assert (entry.verb, entry.about) == ("assigned", square.title)
    undo(entry, write_context.by, rulebooks=RULEBOOKS, today=TODAY, now=NOW)
    assert advisers(square) == ["ann"]
    assert assignment.assign_advisers(write_context, square, {ann.pk}, {ann.pk}) is None


def test_concurrently_assigned_advisers_are_kept(write_context):
    square, ann, bob = world.trajectory(), world.user("adviser", name="ann"), world.user("adviser", name="bob")
    square.advisers.add(ann)
    with pytest.raises(StaleVersion):
        assignment.assign_advisers(write_context, square, {bob.pk}, set())
    assert advisers(square) == ["ann"]


def test_a_departing_adviser_is_replaced_and_other_advisers_stay(write_context):
    ann, bob, cas = (world.user("adviser", name=name) for name in ("ann", "bob", "cas"))
    squares = [world.trajectory("een"), world.trajectory("twee")]
    squares[0].advisers.set([ann, cas])
    squares[1].advisers.set([ann, bob])
    assert len(assignment.transfer_trajectories(write_context, squares, ann.pk, bob.pk)) == 2
    assert [advisers(square) for square in squares] == [["bob", "cas"], ["bob"]]
    assert len(assignment.transfer_trajectories(write_context, squares, bob.pk, None)) == 2
    assert [advisers(square) for square in squares] == [["cas"], []]


def test_reassigning_trajectories_is_atomic(write_context, monkeypatch):
    ann, squares = world.user("adviser", name="ann"), [world.trajectory("een"), world.trajectory("twee")]
    record_changeset, calls = WriteContext.record_changeset, []

    def breaking(self, owner, verb, about):
        calls.append(owner)
        if len(calls) == 2:
            raise DatabaseError
        return record_changeset(self, owner, verb, about)

    monkeypatch.setattr(WriteContext, "record_changeset", breaking)
    with pytest.raises(DatabaseError):
        assignment.transfer_trajectories(write_context, squares, None, ann.pk)
    assert advisers(squares[0]) == []
    assert Changeset.objects.count() == 0
