"""Assigning items of agendas to trajectories by hand: a choice among those that the user may change, found by words."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.models import Trajectory
from participation.selectors.trajectories.search import trajectories_matching
from participation.services.trajectories.agenda_import import AgendaProposal

#: The field with the words by which trajectories are found, and that with the words of the choices that are shown.
FIND_FIELD, FOUND_FIELD = "find", "found"
#: Maximum number of trajectories to choose from, and of characters of the words.
MAX_CHOICES, MAX_FIND_LENGTH = 30, 100
_PREFIX: Final = "assign-"


class UnassignedItem(NamedTuple):
    """An item that no trajectory was found for, and the name of the field to choose one."""

    name: str
    on: ImpreciseDate
    meeting: str
    title: str
    documents: int


class TrajectoryChoices(NamedTuple):
    """Trajectories to choose from, slug and title, that have the words of ``find``; ``more`` if there are others."""

    find: str
    options: list[tuple[str, str]]
    more: bool


class SentChoices(NamedTuple):
    """The trajectories that were chosen, by the index of the item, and whether one cannot be chosen any more."""

    chosen: Mapping[int, Trajectory]
    is_refused: bool


def unassigned_items(proposals: Sequence[AgendaProposal]) -> list[UnassignedItem]:
    """Return the items without a trajectory."""
    return [
        UnassignedItem(f"{_PREFIX}{index}", item.on, item.meeting, item.title, len(item.documents))
        for index, item in enumerate(proposals)
        if not item.trajectory
    ]


def trajectory_choices(user: Any, text: str) -> TrajectoryChoices:
    """Return the trajectories of this user with these words, those that run first; one query."""
    find = " ".join(text.split())[:MAX_FIND_LENGTH]
    found = trajectories_matching(Trajectory.objects.editable_by(user).filter(retrospective=False), find, {})
    rows = list(found.order_by("title", "slug").values_list("slug", "title")[: MAX_CHOICES + 1])
    return TrajectoryChoices(find, rows[:MAX_CHOICES], len(rows) > MAX_CHOICES)


def sent_choices(proposals: Sequence[AgendaProposal], user: Any, data: Mapping[str, str]) -> SentChoices:
    """Return what was chosen for the items without a trajectory; one query, none where nothing was."""
    slugs = {
        index: slug
        for index, item in enumerate(proposals)
        if not item.trajectory and (slug := data.get(f"{_PREFIX}{index}", ""))
    }
    rows: Collection[Trajectory] = (
        Trajectory.objects.editable_by(user).filter(slug__in=set(slugs.values())) if slugs else ()
    )
    by_slug = {row.slug: row for row in rows}
    return SentChoices(
        {index: by_slug[slug] for index, slug in slugs.items() if slug in by_slug},
        any(slug not in by_slug for slug in slugs.values()),
    )


def refused_message() -> str:
    """Return what is said where a chosen trajectory cannot be changed by this user (any more)."""
    return _("You cannot record in one of the trajectories that you chose. Choose another.")
