"""Assigning advisers to trajectories, and transferring an adviser's trajectories to another in bulk."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from participation.models import Changeset, Trajectory

from .editing import StaleVersion, WriteContext


def assign(
    door: WriteContext, trajectory: Trajectory, advisers: Collection[int], seen: Collection[int]
) -> Changeset | None:
    """Make these users (by primary key) the advisers and return the changeset, None where nothing changed.

    Raises StaleVersion where the current advisers differ from those in ``seen``.
    """
    with door.recording(trajectory, "assigned", trajectory.title) as recorder:
        if _of(trajectory) != set(seen):
            raise StaleVersion
        recorder.link(trajectory, "advisers", advisers)
    return _entry(recorder)


@transaction.atomic
def hand_over(
    door: WriteContext, trajectories: Sequence[Trajectory], leaves: int | None, takes: int | None
) -> list[Changeset]:
    """Remove one adviser from all of these trajectories, add another, or both, in one transaction.

    Other advisers stay. Returns a changeset for each trajectory that changed.
    """
    found = []
    for trajectory in trajectories:
        with door.recording(trajectory, "assigned", trajectory.title) as recorder:
            recorder.link(trajectory, "advisers", (_of(trajectory) - {leaves}) | ({takes} if takes else set()))
        if changeset := _entry(recorder):
            found.append(changeset)
    return found


def _of(trajectory: Trajectory) -> set[Any]:
    return set(trajectory.advisers.order_by().values_list("pk", flat=True))


def _entry(recorder: Any) -> Changeset | None:
    changeset: Changeset | None = recorder.changeset
    return changeset
