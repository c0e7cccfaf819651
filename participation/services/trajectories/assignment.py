"""Assigning advisers to trajectories, and transferring an adviser's trajectories to another in bulk."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from participation.models import Changeset, Trajectory
from participation.services.changes.changesets import StaleVersion, WriteContext


def assign_advisers(
    write_context: WriteContext, trajectory: Trajectory, advisers: Collection[int], seen: Collection[int]
) -> Changeset | None:
    """Make these users (by primary key) the advisers and return the changeset, None where nothing changed.

    Raises StaleVersion where the current advisers differ from those in ``seen``.
    """
    with write_context.record_changeset(trajectory, "assigned", trajectory.title) as recorder:
        if _adviser_keys(trajectory) != set(seen):
            raise StaleVersion
        recorder.link(trajectory, "advisers", advisers)
    return _recorded_changeset(recorder)


@transaction.atomic
def transfer_trajectories(
    write_context: WriteContext, trajectories: Sequence[Trajectory], from_adviser: int | None, to_adviser: int | None
) -> list[Changeset]:
    """Remove one adviser from all of these trajectories, add another, or both, in one transaction.

    Other advisers stay. Returns a changeset for each trajectory that changed.
    """
    found = []
    for trajectory in trajectories:
        with write_context.record_changeset(trajectory, "assigned", trajectory.title) as recorder:
            recorder.link(
                trajectory,
                "advisers",
                (_adviser_keys(trajectory) - {from_adviser}) | ({to_adviser} if to_adviser else set()),
            )
        if changeset := _recorded_changeset(recorder):
            found.append(changeset)
    return found


def _adviser_keys(trajectory: Trajectory) -> set[Any]:
    return set(trajectory.advisers.order_by().values_list("pk", flat=True))


def _recorded_changeset(recorder: Any) -> Changeset | None:
    changeset: Changeset | None = recorder.changeset
    return changeset
