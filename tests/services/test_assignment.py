"""Who advises on what: given, and handed over by the lot."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError

from participation.compliance.rulebook import load
from participation.models import Changeset
from participation.services import assignment
from participation.services.changesets import undo
from participation.services.editing import StaleVersion, WriteContext
from tests import world

pytestmark = pytest.mark.django_db

RULES = load("leiden")
TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 10:00")


@pytest.fixture
def door():
    return WriteContext(world.user("coordinator"), RULES, TODAY, NOW)


def advisers(of):
    return sorted(of.advisers.values_list("username", flat=True))


def test_advisers_are_given_and_taken_off_with_a_way_back(door):
    square, ann, bob = world.trajectory(), world.user("adviser", name="ann"), world.user("adviser", name="bob")
    square.advisers.add(ann)
    entry = assignment.assign(door, square, {bob.pk}, {ann.pk})
    assert advisers(square) == ["bob"]
    assert (entry.verb, entry.about) == ("assigned", square.title)
    undo(entry, door.by, rulebook=RULES, today=TODAY, now=NOW)
    assert advisers(square) == ["ann"]
    assert assignment.assign(door, square, {ann.pk}, {ann.pk}) is None


def test_advisers_that_somebody_gave_meanwhile_are_not_lost(door):
    square, ann, bob = world.trajectory(), world.user("adviser", name="ann"), world.user("adviser", name="bob")
    square.advisers.add(ann)
    with pytest.raises(StaleVersion):
        assignment.assign(door, square, {bob.pk}, set())
    assert advisers(square) == ["ann"]


def test_who_leaves_hands_over_and_others_stay(door):
    ann, bob, cas = (world.user("adviser", name=name) for name in ("ann", "bob", "cas"))
    squares = [world.trajectory("een"), world.trajectory("twee")]
    squares[0].advisers.set([ann, cas])
    squares[1].advisers.set([ann, bob])
    assert len(assignment.hand_over(door, squares, ann.pk, bob.pk)) == 2
    assert [advisers(square) for square in squares] == [["bob", "cas"], ["bob"]]
    assert len(assignment.hand_over(door, squares, bob.pk, None)) == 2
    assert [advisers(square) for square in squares] == [["cas"], []]


def test_all_is_handed_over_or_nothing(door, monkeypatch):
    ann, squares = world.user("adviser", name="ann"), [world.trajectory("een"), world.trajectory("twee")]
    recording, calls = WriteContext.recording, []

    def breaking(self, owner, verb, about):
        calls.append(owner)
        if len(calls) == 2:
            raise DatabaseError
        return recording(self, owner, verb, about)

    monkeypatch.setattr(WriteContext, "recording", breaking)
    with pytest.raises(DatabaseError):
        assignment.hand_over(door, squares, None, ann.pk)
    assert advisers(squares[0]) == []
    assert Changeset.objects.count() == 0
