"""Who was reached by the activities, beside the groups of the plan and the inhabitants of the neighbourhoods."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance.reach import ReachSum, folded, published_reach, summed_counts
from participation.compliance.wording import format_list
from participation.selectors.trajectories.neighbourhoods import Inhabitants

from .base import TrajectoryPageData


class ReachRow(NamedTuple):
    """A group or neighbourhood: its name, whether it was to be reached, how many were, and its inhabitants."""

    name: str
    is_planned: bool
    reached: str
    is_reached: bool
    inhabitants: str = ""


class ReachSection(NamedTuple):
    """The groups and neighbourhoods, who is missing in words, and the number of activities that recorded it."""

    groups: Sequence[ReachRow]
    neighbourhoods: Sequence[ReachRow]
    missing: Sequence[str]
    counted: int
    uncounted: int


def reach_section(page: TrajectoryPageData, places: Mapping[str, Inhabitants]) -> ReachSection | None:
    """Return who was reached by the activities that took place; None where none did. ``places`` are by slug."""
    steps = [step for step in page.rows.steps if step.kind == "activity" and step.done and not step.cancelled]
    if not steps:
        return None
    found = [published_reach(step.reach_total, step.reach_groups, step.reach_neighbourhoods) for step in steps]
    recorded = [bool(step.reach_total is not None or step.reach_groups or step.reach_neighbourhoods) for step in steps]
    by_group = summed_counts(row for reach in found for row in reach.groups if row.key)
    by_place = summed_counts(row for reach in found for row in reach.neighbourhoods if row.key)
    plan = page.rows.plan
    planned = {folded(row["group"]): row["group"] for row in (plan.target_groups if plan else ()) if row.get("group")}
    own = {slug for slug, place in places.items() if place.is_own}
    groups = [
        _row(page.display_names.code_label(group), by_group.get(key), is_planned=True) for key, group in planned.items()
    ]
    groups += [_row(page.display_names.code_label(row.key), row) for key, row in by_group.items() if key not in planned]
    neighbourhoods = [
        _row(
            places[slug].name if slug in places else slug,
            by_place.get(folded(slug)),
            slug in own,
            places.get(slug),
        )
        for slug in dict.fromkeys([*sorted(own), *(row.key for row in by_place.values())])
    ]
    counted = sum(recorded)
    return ReachSection(
        groups,
        neighbourhoods if by_place else [],
        list(_missing(groups, neighbourhoods if by_place else [], page.display_names.language)) if counted else [],
        counted,
        len(steps) - counted,
    )


def _row(name: str, found: ReachSum | None, is_planned: bool = False, place: Inhabitants | None = None) -> ReachRow:
    is_reached = bool(found and found.is_reached)
    return ReachRow(name, is_planned, sum_text(found), is_reached, _inhabitants_text(place) if place else "")


def sum_text(found: ReachSum | None) -> str:
    """Return how many were reached, in words where it is no number."""
    if found is None or not found.is_reached:
        return _("not reached yet")
    if not found.more:
        return str(found.number)
    if found.number:
        return _("%(n)s or more") % {"n": found.number}
    return _("reached; the number is under five or not known")


def _inhabitants_text(place: Inhabitants) -> str:
    if place.inhabitants is None:
        return ""
    return _("%(n)s (%(year)s)") % {"n": place.inhabitants, "year": place.year}


def _missing(groups: Iterable[ReachRow], neighbourhoods: Iterable[ReachRow], language: str) -> Iterable[str]:
    """Yield who of the plan and the neighbourhoods was not reached, in sentences."""
    if names := [row.name for row in groups if row.is_planned and not row.is_reached]:
        text = ngettext(
            "Of the groups in the plan, this one has not been reached yet: %(names)s.",
            "Of the groups in the plan, these have not been reached yet: %(names)s.",
            len(names),
        )
        yield text % {"names": format_list(names, language)}
    if names := [row.name for row in neighbourhoods if row.is_planned and not row.is_reached]:
        yield _("Nobody was counted yet from %(names)s.") % {"names": format_list(names, language)}
