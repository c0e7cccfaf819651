"""Who may take back what was recorded: nothing that they could not do by itself."""

from __future__ import annotations

import pytest

from participation.models import Changeset
from participation.models.changesets import CHANGESET_VERBS, FINAL_CHANGESET_VERBS
from participation.selectors.changesets import undoable_by
from tests import world

pytestmark = pytest.mark.django_db

AT = world.moment("2026-03-25 12:00")
#: What an adviser records, and what an association hands in.
RECORDED = {"added", "changed", "removed", "answered", "shared", "explained", "rescheduled"}
HANDED_IN = {"asked", "reacted", "suggested", "contradicted"}
BOTH = {"evaluated"}


def taken_back(user, by=None):
    """By which verbs this user may take back what is recorded in the square by them, or by somebody else."""
    square = world.trajectory()
    square.advisers.set([user] if user.role == "adviser" else [])
    entries = [Changeset(trajectory=square, by=by or user, at=AT, verb=verb) for verb in CHANGESET_VERBS]
    Changeset.objects.bulk_create(entries)
    return set(undoable_by(Changeset.objects.all(), user).values_list("verb", flat=True))


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        # What somebody did in a role that they no longer have is not theirs any more.
        ("adviser", RECORDED | BOTH | HANDED_IN - {"contradicted"}),
        ("association_member", HANDED_IN | BOTH),
        ("auditor", set()),
        ("coordinator", {*CHANGESET_VERBS} - {*FINAL_CHANGESET_VERBS}),
        ("administrator", {*CHANGESET_VERBS} - {*FINAL_CHANGESET_VERBS}),
    ],
)
def test_of_what_they_recorded_themselves_each_takes_back_what_their_role_does(role, verbs):
    assert taken_back(world.user(role, world.RESIDENTS)) == verbs


@pytest.mark.parametrize("role", ["coordinator", "administrator"])
def test_what_residents_say_of_a_status_is_only_theirs_to_take_back(role):
    chair = world.user("association_member", world.RESIDENTS)
    assert taken_back(world.user(role), by=chair) == {*CHANGESET_VERBS} - {*FINAL_CHANGESET_VERBS, "contradicted"}


@pytest.mark.parametrize("role", ["adviser", "association_member", "auditor"])
def test_what_others_recorded_is_not_theirs_to_take_back(role):
    assert taken_back(world.user(role, world.RESIDENTS), by=world.user("coordinator")) == set()


def test_a_change_of_a_motion_is_taken_back_by_who_changes_motions():
    motion = world.motion()
    people = [world.user("coordinator"), world.user("adviser")]
    entries = [Changeset.objects.create(motion=motion, by=user, at=AT, verb="changed") for user in people]
    assert [list(undoable_by(Changeset.objects.filter(by=user), user)) for user in people] == [[entries[0]], []]
