"""What is recorded of a step besides its days: who was reached, what it reported, who evaluated it."""

from collections.abc import Iterator

from django.template.defaultfilters import floatformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance.reach import PublishedCount, PublishedReach, published_reach
from participation.compliance.wording import format_list, text_in_language
from participation.models import Step

from ...shared.formatting import with_lang
from .base import TrajectoryPageData


def reach_text(step: Step, page: TrajectoryPageData) -> str:
    """Return who was reached: "32 people; of these 10 young people and 5 from Merenwijk"; "" if not recorded.

    Numbers under five are not in it, nor what tells them.
    """
    language = page.display_names.language
    reach = published_reach(step.reach_total, step.reach_groups, step.reach_neighbourhoods)
    groups = [
        f"{count_text(row)} {page.display_names.code_label(row.key)}"
        for row in reach.groups
        if row.number or row.is_small
    ]
    near = [
        _("%(n)s from %(place)s") % {"n": count_text(row), "place": page.rows.areas.get(row.key, row.key)}
        for row in reach.neighbourhoods
        if row.key and (row.number or row.is_small)
    ]
    parts = format_list([*groups, *near], language) if groups or near else ""
    total = total_text(reach)
    if not total:
        return parts
    return _("%(total)s; of these %(parts)s") % {"total": total, "parts": parts} if parts else total


def count_text(row: PublishedCount) -> str:
    """Return a published number, or that it is under five."""
    return _("fewer than five") if row.is_small else str(row.number)


def total_text(reach: PublishedReach) -> str:
    """Return how many people in all: a number, under five, or a range; "" if it was not counted."""
    if reach.total_is_small:
        return _("fewer than five people")
    if reach.bounds and reach.bounds[0] == 1:
        return _("at most %(n)s people") % {"n": reach.bounds[1]}
    if reach.bounds:
        return _("%(low)s to %(high)s people") % {"low": reach.bounds[0], "high": reach.bounds[1]}
    if reach.total is None:
        return ""
    return ngettext("%(n)s person", "%(n)s people", reach.total) % {"n": reach.total}


def step_facts(step: Step, page: TrajectoryPageData) -> list[tuple[str, str]]:
    """Return (name, value) of the facts of a step that its row in the timeline has no column for."""
    return [(name, value) for name, value in _facts(step, page) if value]


def _facts(step: Step, page: TrajectoryPageData) -> Iterator[tuple[str, str]]:
    yield _("Who was reached"), reach_text(step, page)
    yield _("How that was counted"), with_lang(step.reach_note)
    yield _("Who made the evaluation"), page.display_names.party(step.evaluated_by) if step.evaluated_by else ""
    if step.score is not None:
        yield _("How fair people found it, from 1 to 10"), floatformat(step.score)
    if step.kind != "decision":
        yield _("Case number"), step.case_number
    items = page.rulebook.report_items
    for item_id, text in step.items.items():
        name = text_in_language(items[item_id].name, page.display_names.language) if item_id in items else item_id
        yield capfirst(name), with_lang(text)
