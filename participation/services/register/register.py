"""Saving motions, commitments and progress reports from forms, as changesets that can be undone."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from participation.models import Changeset, Commitment, Motion, ProgressReport
from participation.selectors.changes.row_versions import ExpectedVersion, changes_since
from participation.services.changes.changesets import ChangesetWriter, StaleVersion, WriteContext, record_changeset
from participation.services.changes.unique_names import save_with_unique_name


def save_motion_or_commitment(
    row: Motion | Commitment, write_context: WriteContext, *, expected_version: ExpectedVersion | None = None
) -> Changeset | None:
    """Save a motion or a commitment, new or changed, and return the changeset; None where nothing changed.

    Raises StaleVersion where it differs from ``expected_version``, and ValidationError, by field, where it is invalid.
    """
    new = row._state.adding

    def save() -> Changeset | None:
        with _record_changeset(row, write_context, "added" if new else "changed") as recorder:
            if expected_version is not None and not new and changes_since(row, expected_version):
                raise StaleVersion
            if new or _is_changed(row):
                recorder.save(row)
        return recorder.changeset

    return save_with_unique_name(row, "number", save, is_generated=False) if new else save()


def add_report(report: ProgressReport, write_context: WriteContext) -> Changeset | None:
    """Save a progress report on a motion or a commitment, and return the changeset.

    Raises ValidationError, by field, where it is invalid.
    """
    owner = report.motion or report.commitment
    assert owner is not None
    with _record_changeset(owner, write_context, "added") as recorder:
        recorder.save(report)
    return recorder.changeset


def _is_changed(row: Motion | Commitment) -> bool:
    stored = type(row)._default_manager.get(pk=row.pk)
    columns: Sequence[str] = [field.attname for field in row._meta.concrete_fields]
    return any(getattr(stored, column) != getattr(row, column) for column in columns)


def _record_changeset(
    row: Motion | Commitment, write_context: WriteContext, verb: str
) -> AbstractContextManager[ChangesetWriter]:
    about = f"{row._meta.verbose_name} {row.number}"
    return record_changeset(
        write_context.by,
        row,
        verb,
        about=about,
        rulebook=write_context.rulebook,
        today=write_context.today,
        now=write_context.now,
    )
