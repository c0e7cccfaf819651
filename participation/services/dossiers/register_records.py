"""Writing rows of the register, and reports and fulfilments, from records, validated as an import."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from participation.dossier.errors import DossierError, Problem, pointer
from participation.dossier.hints import closest_word_hint
from participation.dossier.merge import merge_records
from participation.dossier.motion_number import normalize_number
from participation.dossier.validate import problems_in
from participation.models import Commitment, CommitmentFulfilment, Motion, ProgressReport, Request, Trajectory
from participation.selectors.changes.row_versions import ExpectedVersion
from participation.selectors.dossiers.field_mapping import (
    column_values,
    register_key,
    to_column,
    without_empty_values,
    written_empty_lists,
)
from participation.selectors.dossiers.records import StoredRecord, stored_register
from participation.services.changes.changesets import WriteContext, lock_and_refresh
from participation.services.register.register import add_dated_text, save_register_row
from participation.services.register.requests import RequestReferences

Record = Mapping[str, Any]
Tracked = Motion | Commitment | Request

#: The lists of a record that are added to one by one, each with its table.
DATED_TEXTS: Mapping[str, type[ProgressReport] | type[CommitmentFulfilment]] = {
    "reports": ProgressReport,
    "fulfilments": CommitmentFulfilment,
}


@transaction.atomic
def write_register_row(
    section: str,
    row: Tracked,
    record: Record,
    write_context: WriteContext,
    expected_version: ExpectedVersion | None = None,
) -> Tracked:
    """Save a motion, a commitment or a request from this record, and return it. Keys that it leaves out are kept.

    ``section`` is the kind of record, as in ``REGISTER_TABLES``. A new row may include reports and fulfilments; to an
    existing one they are added one by one. Raises DossierError, with paths relative to the record, where it is invalid;
    StaleVersion where the row differs from ``expected_version``; ValidationError, by column, where the model rejects
    it.
    """
    lock_and_refresh(row)
    new = row._state.adding
    before = StoredRecord({}) if new else _stored_record(section, row)
    merged_record = merge_records(register_key(section), before.known(), record)
    if problems := sorted(set(_problems(section, row, before.record, merged_record, record, write_context))):
        raise DossierError(problems)
    number = row.number
    for column, value in column_values(section, merged_record).items():
        setattr(row, column, value)
    row.number = merged_record["number"].strip() if new else number
    row.empty_lists = written_empty_lists(section, merged_record, row.empty_lists, None if new else before.record)
    if isinstance(row, Request):
        slug = merged_record.get("trajectory")
        row.trajectory = Trajectory.objects.filter(slug=slug).first() if slug else None
    save_register_row(row, write_context, expected_version=expected_version)
    for key in DATED_TEXTS if new else ():
        for text in record.get(key) or ():
            add_dated_text(_new_dated_text(key, row, text), write_context)
    return row


def write_dated_text(
    section: str, key: str, row: Motion | Commitment, record: Record, write_context: WriteContext
) -> ProgressReport | CommitmentFulfilment:
    """Save a report on a motion or a commitment, or a fulfilment, from this record, and return it.

    ``key`` is that of their list. Raises DossierError and ValidationError as ``write_register_row`` does.
    """
    document = {"register": 1, section: [{"number": row.number, key: [dict(record)]}]}
    problems = [found.relative_problem(section, 0, key, 0) for found in problems_in(document)]
    # Required as in the form, although an import accepts reports without them.
    if record.get("on") is None:
        problems.append(Problem("/on", _("it is missing"), _("write on which day this was")))
    if not str(record.get("text") or "").strip():
        hint = _("write what was done, also when nothing was done yet")
        problems.append(Problem("/text", _("it is missing"), hint))
    if key == "fulfilments" and isinstance(row, Commitment) and not row.repeats_every_months:
        hint = _("set `repeats` first, or `fulfilled_on`")
        problems.append(Problem("/", _("this commitment does not repeat"), hint))
    if problems:
        raise DossierError(problems)
    text = _new_dated_text(key, row, record)
    add_dated_text(text, write_context)
    return text


def _new_dated_text(key: str, row: Tracked, record: Record) -> ProgressReport | CommitmentFulfilment:
    model, owner = DATED_TEXTS[key], str(row._meta.model_name)
    values: Any = {column: to_column(model, column, record.get(column)) for column in ("on", "text")}
    return model(**{owner: row}, **values)


def _stored_record(section: str, row: Tracked) -> StoredRecord:
    (found,) = stored_register(section, type(row)._default_manager.filter(pk=row.pk))
    return found._replace(record={key: value for key, value in found.record.items() if key != "printed_as"})


def _problems(
    section: str, row: Tracked, before: Record, merged_record: Record, record: Record, write_context: WriteContext
) -> Iterator[Problem]:
    """Yield the problems in the record, as an import of the whole register would report them."""
    key = register_key(section)
    found_problems = [found.relative_problem(key, 0) for found in problems_in({"register": 1, key: [merged_record]})]
    yield from found_problems
    if isinstance(row, Request) and not found_problems:
        yield from _reference_problems(row, merged_record)
    number, rules = record.get("number"), record.get("rules")
    if isinstance(number, str):
        if not before and type(row)._default_manager.filter(number=_normalised_number(section, number)).exists():
            yield _number_in_use()
        if before and _normalised_number(section, number) != row.number:
            hint = _("leave it out, or write %(value)s") % {"value": repr(row.number)}
            yield Problem("/number", _("it cannot be changed"), hint)
    for key in DATED_TEXTS.keys() & before.keys():
        texts = record.get(key)
        if texts is not None and without_empty_values({key: texts}) != without_empty_values({key: before[key]}):
            hint = _("send each with POST to …/%(key)s, and leave this out") % {"key": key}
            yield Problem(f"/{key}", _("%(key)s are added one by one") % {"key": key}, hint)
    known_rules = write_context.rulebooks.for_municipality(str(merged_record.get("municipality") or "")).by_id
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, str) and rule not in known_rules and rule not in (before.get("rules") or ()):
            hint = closest_word_hint(rule, known_rules)
            reason = _("there is no rule %(rule)s") % {"rule": repr(rule)}
            yield Problem(pointer("rules", index), reason, hint)


def _reference_problems(row: Request, record: Record) -> Iterator[Problem]:
    """Yield what a valid record of a request refers to and does not exist, or may not leave."""
    references = RequestReferences([record])
    other = references.row_of(record)
    if other is not None and other.pk != row.pk and not other.number:
        yield _number_in_use()
        return
    yield from references.problems(record, "")
    if references.unknown_parties:
        hint = _("add the organisation first, or write residents, entrepreneurs or everyone")
        yield Problem("/from", _("there is no organisation %(value)s") % {"value": repr(record["from"])}, hint)


def _number_in_use() -> Problem:
    hint = _("change the one that is there, or choose another number")
    return Problem("/number", _("it is in use"), hint, is_taken=True)


def _normalised_number(section: str, number: str) -> str:
    return normalize_number(number) if section == "motions" else number.strip()
