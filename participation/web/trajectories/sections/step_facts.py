"""What is recorded of a step besides its days: who was reached, what it reported, who evaluated it."""

from collections.abc import Iterator

from django.template.defaultfilters import floatformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.compliance.wording import format_list, text_in_language
from participation.models import Step

from ...shared.formatting import with_lang
from .base import TrajectoryPageData


def reach_text(step: Step, page: TrajectoryPageData) -> str:
    """Return who was reached: "32 people; of these 10 young people and 5 from Merenwijk"; "" if not recorded."""
    language = page.display_names.language
    groups = [
        f"{row['count']} {page.display_names.code_label(row.get('group') or '')}"
        for row in step.reach_groups
        if row.get("count")
    ]
    near = [
        _("%(n)s from %(place)s") % {"n": row["count"], "place": page.rows.areas.get(row["slug"], row["slug"])}
        for row in step.reach_neighbourhoods
        if row.get("count") and row.get("slug")
    ]
    parts = format_list([*groups, *near], language) if groups or near else ""
    if step.reach_total is None:
        return parts
    total = ngettext("%(n)s person", "%(n)s people", step.reach_total) % {"n": step.reach_total}
    return _("%(total)s; of these %(parts)s") % {"total": total, "parts": parts} if parts else total


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
