"""Writing a row of a trajectory from a dossier record: validated as an import, saved as the pages save it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from participation.compliance.facts import OrganisationFacts as OrganisationFacts
from participation.compliance.rule_parser import nearest
from participation.compliance.vocabulary import AUDIENCES
from participation.compliance.wording import in_language
from participation.dossier.errors import DossierError, Problem
from participation.dossier.validate import problems_in
from participation.models import Document, DocumentShare, Organisation, Plan, Step, Trajectory, Waiver
from participation.selectors.mapping import RECORDS, TABLES, from_column, section_columns, to_column, written
from participation.selectors.row_versions import ExpectedVersion

from .editing import WriteContext, hold, save_document, save_part, save_plan

Record = Mapping[str, Any]

#: Columns for the label of a row in a changeset: the first that is filled in.
_CALLED = ("title", "summary", "theme", "ref")
_LONGEST_ABOUT = 100


@transaction.atomic
def write_part(section: str, row: Any, record: Record, door: WriteContext, shown: ExpectedVersion | None = None) -> Any:
    """Save a row, new or changed, from this record, and return it. Keys that it leaves out are kept.

    Raises DossierError, with paths relative to the record, where it is invalid; StaleVersion where the row differs
    from ``shown``; ValidationError, by column, where the model rejects it.
    """
    hold(row)
    model, columns = TABLES[section], section_columns(section)
    new = row._state.adding
    whole = {**({} if new else _record(row, columns)), **record}
    if section == "waivers":
        whole = {**whole, "granted_on": whole.get("granted_on") or door.today.isoformat()}
    if problems := sorted(set(_problems(section, whole, row, door))):
        raise DossierError(problems)
    for key, column in columns.items():
        setattr(row, column, to_column(model, column, whole.get(key)))
    about = _about(row, door)
    verb = _verb(section, record, new)
    if isinstance(row, Document):
        shares = [
            (share["with"], to_column(DocumentShare, "on", share.get("on"))) for share in record.get("shared") or ()
        ]
        save_document(row, door, verb=verb, about=about, shares=shares, shown=shown)
    else:
        save_part(row, door, verb=verb, about=about, shown=shown)
    return row


def write_plan(
    trajectory: Trajectory, record: Record, door: WriteContext, shown: ExpectedVersion | None = None
) -> Plan:
    """Save the plan of a trajectory, with its actors, from this record, and return it; omitted keys are cleared.

    Raises as ``write_part`` does.
    """
    known = _parties(_named(record))
    document = {"dossier": 1, "trajectory": _it(trajectory), "plan": dict(record)}
    if problems := [found.within("plan") for found in problems_in(document, known)]:
        raise DossierError(problems)
    plan = Plan.objects.filter(trajectory=trajectory).first() or Plan(trajectory=trajectory)
    verb = "changed" if plan.pk else "added"
    for key in RECORDS["plan"]:
        if key != "actors":
            setattr(plan, key, to_column(Plan, key, record.get(key)))
    actors = [
        (actor["organisation"], actor.get("part") or "", actor.get("suggested_by") or "")
        for actor in record.get("actors") or ()
    ]
    save_plan(plan, actors, door, verb=verb, about=_("participation plan"), shown=shown)
    return plan


def _verb(section: str, record: Record, new: bool) -> str:
    if section == "waivers" and new:
        return "explained"
    if not new and (record.get("response") or record.get("answer")):
        return "answered"
    return "added" if new else "changed"


def _record(row: Any, columns: Mapping[str, str]) -> dict[str, Any]:
    return written({key: from_column(getattr(row, column)) for key, column in columns.items()})


def _it(trajectory: Trajectory) -> dict[str, str]:
    return {"slug": trajectory.slug, "title": trajectory.title}


def _problems(section: str, record: Record, row: Any, door: WriteContext) -> Iterator[Problem]:
    """Yield the problems in the record, as an import of the whole dossier would report them."""
    document = {"dossier": 1, "trajectory": _it(row.trajectory), section: [dict(record)]}
    others = frozenset(_refs(row.trajectory)) - {getattr(row, "ref", "")}
    ref = record.get("ref")
    for found in problems_in(document, _parties(_named(record)), others):
        yield found.within(section, 0)
    if isinstance(ref, str) and ref in others:
        yield Problem(
            "/ref", f"{ref!r} is also the ref of something else here", "choose another, or leave it out", is_taken=True
        )
    rule = record.get("rule")
    if section == "waivers" and isinstance(rule, str) and rule not in door.rulebook.by_id:
        yield Problem("/rule", f"there is no rule {rule!r}", nearest(rule, door.rulebook.by_id))


def _refs(trajectory: Trajectory) -> Iterator[str]:
    for model in TABLES.values():
        if any(field.name == "ref" for field in model._meta.fields):
            yield from model._default_manager.filter(trajectory=trajectory).values_list("ref", flat=True)


def _named(value: Any) -> Iterator[str]:
    """Yield every text in a record, to look up which are slugs of organisations in one query."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _named(inner)


def _parties(names: Iterable[str]) -> dict[str, OrganisationFacts]:
    wanted = {name for name in names if 0 < len(name) <= 100 and "\0" not in name} - set(AUDIENCES)
    rows = Organisation.objects.filter(slug__in=wanted).values_list("slug", "kind", "municipality")
    return {row[0]: OrganisationFacts(*row) for row in rows}


def _about(row: models.Model, door: WriteContext) -> str:
    if isinstance(row, Waiver):
        rule = door.rulebook.by_id.get(row.rule)
        return in_language(rule.title, door.by.language) if rule else row.rule
    found = next((text for name in _CALLED if (text := getattr(row, name, ""))), "")
    if not found and isinstance(row, Step):
        found = str(row.get_kind_display())
    return found[:_LONGEST_ABOUT]
