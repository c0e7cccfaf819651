"""Writing a row of a trajectory from a dossier record: validated as an import, saved as the pages save it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from participation.compliance.facts import OrganisationFacts
from participation.compliance.vocabulary import AUDIENCES
from participation.compliance.wording import text_in_language
from participation.dossier.errors import DossierError, Problem
from participation.dossier.hints import closest_word_hint
from participation.dossier.merge import merge_records
from participation.dossier.validate import problems_in
from participation.models import Document, DocumentShare, Organisation, Plan, Step, Trajectory, Waiver
from participation.selectors.changes.row_versions import ExpectedVersion
from participation.selectors.dossiers.field_mapping import (
    SECTION_TABLES,
    column_values,
    keeps_empty_lists,
    to_column,
    written_empty_lists,
)
from participation.selectors.dossiers.records import StoredRecord, plan_record, stored_row
from participation.services.changes.changesets import (
    WriteContext,
    lock_and_refresh,
    save_document,
    save_part,
    save_plan,
)

from .rulebook_words import unknown_words

Record = Mapping[str, Any]

#: Columns for the label of a row in a changeset: the first that is filled in.
_LABEL_COLUMNS = ("title", "summary", "theme", "ref")
_MAX_LABEL_LENGTH = 100


@transaction.atomic
def write_part(
    section: str, row: Any, record: Record, write_context: WriteContext, expected_version: ExpectedVersion | None = None
) -> Any:
    """Save a row, new or changed, from this record, and return it. Keys that it leaves out are kept.

    Raises DossierError, with paths relative to the record, where it is invalid; StaleVersion where the row differs
    from ``expected_version``; ValidationError, by column, where the model rejects it.
    """
    lock_and_refresh(row)
    new = row._state.adding
    before = StoredRecord({}) if new else stored_row(section, row)
    merged_record = merge_records(section, before.known(), record)
    if section == "waivers":
        merged_record = {
            **merged_record,
            "granted_on": merged_record.get("granted_on") or write_context.today.isoformat(),
        }
    if problems := sorted(set(_problems(section, merged_record, row, write_context))):
        raise DossierError(problems)
    _set_columns(section, row, merged_record, None if new else before.record)
    about = _changeset_label(row, write_context)
    verb = _verb(section, record, new)
    if isinstance(row, Document):
        shares = [
            (share["with"], to_column(DocumentShare, "on", share.get("on"))) for share in record.get("shared") or ()
        ]
        save_document(row, write_context, verb=verb, about=about, shares=shares, expected_version=expected_version)
    else:
        save_part(row, write_context, verb=verb, about=about, expected_version=expected_version)
    return row


def write_plan(
    trajectory: Trajectory, record: Record, write_context: WriteContext, expected_version: ExpectedVersion | None = None
) -> Plan:
    """Save the plan of a trajectory, with its actors, from this record, and return it; omitted keys are cleared.

    Raises as ``write_part`` does.
    """
    known = _organisation_facts(_texts_in(record))
    document = {"dossier": 1, "trajectory": _trajectory_stub(trajectory), "plan": dict(record)}
    found = (*problems_in(document, known), *unknown_words(document, write_context.rulebook_of(trajectory), trajectory))
    if found:
        raise DossierError(problem.relative_problem("plan") for problem in found)
    plan = Plan.objects.filter(trajectory=trajectory).first() or Plan(trajectory=trajectory)
    verb = "changed" if plan.pk else "added"
    _set_columns("plan", plan, record, plan_record(trajectory.pk) if plan.pk else None)
    actors = [
        (actor["organisation"], actor.get("part") or "", actor.get("suggested_by") or "")
        for actor in record.get("actors") or ()
    ]
    save_plan(plan, actors, write_context, verb=verb, about=_("participation plan"), expected_version=expected_version)
    return plan


def _verb(section: str, record: Record, new: bool) -> str:
    if section == "waivers" and new:
        return "explained"
    if not new and (record.get("response") or record.get("answer")):
        return "answered"
    return "added" if new else "changed"


def _set_columns(section: str, row: Any, record: Record, shown: Record | None) -> None:
    """Set the columns of a row to the values of this record; ``shown`` is the one that the client could read."""
    for column, value in column_values(section, record).items():
        setattr(row, column, value)
    if keeps_empty_lists(section):
        row.empty_lists = written_empty_lists(section, record, row.empty_lists, shown)


def _trajectory_stub(trajectory: Trajectory) -> dict[str, str]:
    return {"slug": trajectory.slug, "title": trajectory.title}


def _problems(section: str, record: Record, row: Any, write_context: WriteContext) -> Iterator[Problem]:
    """Yield the problems in the record, as an import of the whole dossier would report them."""
    document = {"dossier": 1, "trajectory": _trajectory_stub(row.trajectory), section: [dict(record)]}
    others = frozenset(_refs(row.trajectory)) - {getattr(row, "ref", "")}
    ref = record.get("ref")
    rulebook = write_context.rulebook_of(row.trajectory)
    problems = problems_in(document, _organisation_facts(_texts_in(record)), others)
    for found in (*problems, *unknown_words(document, rulebook, row.trajectory)):
        yield found.relative_problem(section, 0)
    if isinstance(ref, str) and ref in others:
        reason = _("%(value)s is also the ref of something else here") % {"value": repr(ref)}
        yield Problem("/ref", reason, _("choose another, or leave it out"), is_taken=True)
    rule = record.get("rule")
    if section == "waivers" and isinstance(rule, str) and rule not in rulebook.by_id:
        reason = _("there is no rule %(rule)s") % {"rule": repr(rule)}
        yield Problem("/rule", reason, closest_word_hint(rule, rulebook.by_id))


def _refs(trajectory: Trajectory) -> Iterable[str]:
    """Return the refs of all items of a trajectory; one query."""
    tables = [
        model._default_manager.filter(trajectory=trajectory).order_by().values_list("ref", flat=True)
        for model in SECTION_TABLES.values()
        if any(field.name == "ref" for field in model._meta.fields)
    ]
    refs: Iterable[str] = tables[0].union(*tables[1:], all=True)
    return refs


def _texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a record, to look up which are slugs of organisations in one query."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(inner)


def _organisation_facts(names: Iterable[str]) -> dict[str, OrganisationFacts]:
    wanted = {name for name in names if 0 < len(name) <= 100 and "\0" not in name} - set(AUDIENCES)
    rows = Organisation.objects.filter(slug__in=wanted).values_list("slug", "kind", "municipality")
    return {row[0]: OrganisationFacts(*row) for row in rows}


def _changeset_label(row: models.Model, write_context: WriteContext) -> str:
    if isinstance(row, Waiver):
        rule = write_context.rulebook_of(row.trajectory).by_id.get(row.rule)
        return text_in_language(rule.title, write_context.by.language) if rule else row.rule
    found = next((text for name in _LABEL_COLUMNS if (text := getattr(row, name, ""))), "")
    if not found and isinstance(row, Step):
        found = str(row.get_kind_display())
    return found[:_MAX_LABEL_LENGTH]
