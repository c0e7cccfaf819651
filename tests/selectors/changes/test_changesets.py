"""Who may undo a changeset: only who could make the reverse change."""

from __future__ import annotations

import pytest

from participation.models import Changeset
from participation.models.changesets import CHANGESET_VERBS, FINAL_CHANGESET_VERBS
from participation.selectors.changes.changesets import changesets_undoable_by
from tests import world

pytestmark = pytest.mark.django_db

AT = world.moment("2026-03-25 12:00")
#: Verbs of changesets: those of an adviser, and those of an association.
RECORDED = {"added", "changed", "removed", "answered", "shared", "explained", "rescheduled"}
MEMBER_VERBS = {"asked", "reacted", "suggested", "contradicted"}
SHARED_VERBS = {"evaluated"}


def undoable_verbs(user, by=None):
    """Return the verbs of the changesets that this user may undo, of their own and of another user."""
    square = world.trajectory()
    square.advisers.set([user] if user.role == "adviser" else [])
    entries = [Changeset(trajectory=square, by=by or user, at=AT, verb=verb) for verb in CHANGESET_VERBS]
    Changeset.objects.bulk_create(entries)
    return set(changesets_undoable_by(Changeset.objects.all(), user).values_list("verb", flat=True))


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        # Changesets that a user made in an earlier role no longer count as their own.
        ("adviser", RECORDED | SHARED_VERBS | MEMBER_VERBS - {"contradicted"}),
        ("association_member", MEMBER_VERBS | SHARED_VERBS),
        ("auditor", set()),
        ("coordinator", {*CHANGESET_VERBS} - {*FINAL_CHANGESET_VERBS}),
        ("administrator", {*CHANGESET_VERBS} - {*FINAL_CHANGESET_VERBS}),
    ],
)
def test_each_role_may_undo_its_own_changesets_within_its_permissions(role, verbs):
    assert undoable_verbs(world.user(role, world.RESIDENTS)) == verbs


@pytest.mark.parametrize("role", ["coordinator", "administrator"])
def test_a_counter_signal_can_only_be_undone_by_its_author(role):
    chair = world.user("association_member", world.RESIDENTS)
    assert undoable_verbs(world.user(role), by=chair) == {*CHANGESET_VERBS} - {*FINAL_CHANGESET_VERBS, "contradicted"}


@pytest.mark.parametrize("role", ["adviser", "association_member", "auditor"])
def test_changesets_of_others_cannot_be_undone(role):
    assert undoable_verbs(world.user(role, world.RESIDENTS), by=world.user("coordinator")) == set()


def test_a_change_of_a_motion_is_undone_by_users_who_may_change_motions():
    motion = world.motion()
    people = [world.user("coordinator"), world.user("adviser")]
    entries = [Changeset.objects.create(motion=motion, by=user, at=AT, verb="changed") for user in people]
    assert [list(changesets_undoable_by(Changeset.objects.filter(by=user), user)) for user in people] == [
        [entries[0]],
        [],
    ]
