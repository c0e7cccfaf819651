"""Saving rows of the register, with reports and fulfilments, as changesets that can be undone."""

from collections.abc import Sequence
from typing import Any

from participation.models import Changeset, Commitment, CommitmentFulfilment, Motion, ProgressReport, Request
from participation.selectors.changes.row_versions import ExpectedVersion, changes_since
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.changes.unique_names import save_with_unique_name


def save_register_row(
    row: Motion | Commitment | Request, write_context: WriteContext, *, expected_version: ExpectedVersion | None = None
) -> Changeset | None:
    """Save a motion, a commitment or a request, new or changed, and return the changeset; None where nothing changed.

    The changeset of a request is of the trajectory that it belongs to, or belonged to; of the request where it is none.
    Raises StaleVersion where it differs from ``expected_version``, and ValidationError, by field, where it is invalid.
    """
    new = row._state.adding

    def save() -> Changeset | None:
        verb = "added" if new else "changed"
        with write_context.record_changeset(_owner(row), verb, _display_title(row)) as recorder:
            if expected_version is not None and not new and changes_since(row, expected_version):
                raise StaleVersion
            if new or _is_changed(row):
                recorder.save(row)
        return recorder.changeset

    return save_with_unique_name(row, "number", save, is_generated=False) if new else save()


def add_dated_text(text: ProgressReport | CommitmentFulfilment, write_context: WriteContext) -> Changeset | None:
    """Save a progress report on a motion or a commitment, or a fulfilment of one, and return the changeset.

    Raises ValidationError, by field, where it is invalid.
    """
    with write_context.record_changeset(text.owner, "added", _display_title(text.owner)) as recorder:
        recorder.save(text)
    return recorder.changeset


def _owner(row: Any) -> Any:
    if not isinstance(row, Request):
        return row
    if row.trajectory:
        return row.trajectory
    before = Request.objects.filter(pk=row.pk).select_related("trajectory").first()
    return (before.trajectory if before else None) or row


def _is_changed(row: Any) -> bool:
    stored = type(row)._default_manager.get(pk=row.pk)
    columns: Sequence[str] = [field.attname for field in row._meta.concrete_fields]
    return any(getattr(stored, column) != getattr(row, column) for column in columns)


def _display_title(row: Motion | Commitment | Request) -> str:
    return f"{row._meta.verbose_name} {row.number}"
