"""Writing motions, commitments and reports from register records, validated as an import."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from participation.compliance.rule_parser import closest_word_hint
from participation.dossier.errors import DossierError, Problem, pointer
from participation.dossier.merge import merge_records
from participation.dossier.motion_number import normalize_number
from participation.dossier.validate import problems_in
from participation.models import Commitment, Motion, ProgressReport
from participation.selectors.changes.row_versions import ExpectedVersion
from participation.selectors.dossiers.field_mapping import RECORD_KEYS, column_values, to_column, without_empty_values
from participation.selectors.dossiers.records import register_records
from participation.services.changes.changesets import WriteContext, lock_and_refresh
from participation.services.register.register import add_report, save_motion_or_commitment

Record = Mapping[str, Any]
Tracked = Motion | Commitment

#: Keys that are handled separately: the number is set once, reports are added one by one.
_SEPARATE_KEYS = ("number", "reports")
_NUMBER_IN_USE = Problem(
    "/number", "it is in use", "change the one that is there, or choose another number", is_taken=True
)


@transaction.atomic
def write_motion_or_commitment(
    section: str,
    row: Tracked,
    record: Record,
    write_context: WriteContext,
    expected_version: ExpectedVersion | None = None,
) -> Tracked:
    """Save a motion or a commitment from this record, and return it. Keys that it leaves out are kept.

    ``section`` is the name of the list in a register. A new one may include reports; to an existing one they are added
    one by one. Raises DossierError, with paths relative to the record, where it is invalid; StaleVersion where the
    row differs from ``expected_version``; ValidationError, by column, where the model rejects it.
    """
    lock_and_refresh(row)
    new = row._state.adding
    before = {} if new else _stored_record(section, row)
    if problems := sorted(set(_problems(section, row, before, record, write_context))):
        raise DossierError(problems)
    merged_record = merge_records(section, before, record)
    if new:
        row.number = str(merged_record["number"]).strip()
    for column, value in column_values(section, merged_record).items():
        if column not in _SEPARATE_KEYS:
            setattr(row, column, value)
    save_motion_or_commitment(row, write_context, expected_version=expected_version)
    for report in (record.get("reports") or ()) if new else ():
        add_report(_new_report(row, report), write_context)
    return row


def write_report(section: str, row: Tracked, record: Record, write_context: WriteContext) -> ProgressReport:
    """Save a progress report on a motion or a commitment from this record, and return it.

    Raises DossierError and ValidationError as ``write_motion_or_commitment`` does.
    """
    document = {"register": 1, section: [{"number": row.number, "reports": [dict(record)]}]}
    problems = [found.relative_problem(section, 0, "reports", 0) for found in problems_in(document)]
    # Required as in the form, although an import accepts reports without them.
    if record.get("on") is None:
        problems.append(Problem("/on", "it is missing", "write on which day it was reported"))
    if not str(record.get("text") or "").strip():
        problems.append(Problem("/text", "it is missing", "write what was done, also when nothing was done yet"))
    if problems:
        raise DossierError(problems)
    report = _new_report(row, record)
    add_report(report, write_context)
    return report


def _new_report(row: Tracked, record: Record) -> ProgressReport:
    owner: Any = {row._meta.model_name: row}
    values = {column: to_column(ProgressReport, column, record.get(column)) for column in ("on", "text")}
    return ProgressReport(**owner, **values)


def _stored_record(section: str, row: Tracked) -> dict[str, Any]:
    (found,) = register_records(section, type(row)._default_manager.filter(pk=row.pk))
    return {key: found[key] for key in RECORD_KEYS[section]}


def _problems(
    section: str, row: Tracked, before: Record, record: Record, write_context: WriteContext
) -> Iterator[Problem]:
    """Yield the problems in the record, as an import of the whole register would report them."""
    merged_record = {**without_empty_values(before), **record}
    for found in problems_in({"register": 1, section: [merged_record]}):
        yield found.relative_problem(section, 0)
    number, reports, rules = record.get("number"), record.get("reports"), record.get("rules")
    if isinstance(number, str):
        if not before and type(row)._default_manager.filter(number=_normalised_number(section, number)).exists():
            yield _NUMBER_IN_USE
        if before and _normalised_number(section, number) != row.number:
            yield Problem("/number", "it cannot be changed", f"leave it out, or write {row.number!r}")
    if (
        before
        and reports is not None
        and without_empty_values({"reports": reports}) != without_empty_values({"reports": before["reports"]})
    ):
        yield Problem(
            "/reports", "reports are added one by one", "send each with POST to …/reports, and leave this out"
        )
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if (
            isinstance(rule, str)
            and rule not in write_context.rulebook.by_id
            and rule not in (before.get("rules") or ())
        ):
            hint = closest_word_hint(rule, write_context.rulebook.by_id)
            yield Problem(pointer("rules", index), f"there is no rule {rule!r}", hint)


def _normalised_number(section: str, number: str) -> str:
    return normalize_number(number) if section == "motions" else number.strip()
