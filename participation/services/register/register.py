"""Saving motions, commitments and progress reports from forms, as changesets that can be undone."""

from collections.abc import Sequence

from participation.models import Changeset, Commitment, Motion, ProgressReport
from participation.selectors.changes.row_versions import ExpectedVersion, changes_since
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.changes.unique_names import save_with_unique_name


def save_motion_or_commitment(
    row: Motion | Commitment, write_context: WriteContext, *, expected_version: ExpectedVersion | None = None
) -> Changeset | None:
    """Save a motion or a commitment, new or changed, and return the changeset; None where nothing changed.

    Raises StaleVersion where it differs from ``expected_version``, and ValidationError, by field, where it is invalid.
    """
    new = row._state.adding

    def save() -> Changeset | None:
        with write_context.record_changeset(row, "added" if new else "changed", _display_title(row)) as recorder:
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
    with write_context.record_changeset(report.owner, "added", _display_title(report.owner)) as recorder:
        recorder.save(report)
    return recorder.changeset


def _is_changed(row: Motion | Commitment) -> bool:
    stored = type(row)._default_manager.get(pk=row.pk)
    columns: Sequence[str] = [field.attname for field in row._meta.concrete_fields]
    return any(getattr(stored, column) != getattr(row, column) for column in columns)


def _display_title(row: Motion | Commitment) -> str:
    return f"{row._meta.verbose_name} {row.number}"
