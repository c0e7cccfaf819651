"""Who advises on which trajectory: given, taken, and handed over by the lot when someone leaves."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from participation.models import Entry, Trajectory

from .editing import ChangedMeanwhile, Door


def assign(door: Door, trajectory: Trajectory, advisers: Collection[int], seen: Collection[int]) -> Entry | None:
    """Make these users (by primary key) the advisers and return the entry, None where they were already.

    Raises ChangedMeanwhile where the advisers are no longer those that were ``seen``.
    """
    with door.recording(trajectory, "assigned", trajectory.title) as recorder:
        if _of(trajectory) != set(seen):
            raise ChangedMeanwhile
        recorder.link(trajectory, "advisers", advisers)
    return _entry(recorder)


@transaction.atomic
def hand_over(door: Door, trajectories: Sequence[Trajectory], leaves: int | None, takes: int | None) -> list[Entry]:
    """Take one adviser off all of these (where one leaves) and put another on (where one takes over): all or none.

    Other advisers stay. Returns an entry for each trajectory that changed.
    """
    found = []
    for trajectory in trajectories:
        with door.recording(trajectory, "assigned", trajectory.title) as recorder:
            recorder.link(trajectory, "advisers", (_of(trajectory) - {leaves}) | ({takes} if takes else set()))
        if entry := _entry(recorder):
            found.append(entry)
    return found


def _of(trajectory: Trajectory) -> set[Any]:
    return set(trajectory.advisers.order_by().values_list("pk", flat=True))


def _entry(recorder: Any) -> Entry | None:
    entry: Entry | None = recorder.entry
    return entry
