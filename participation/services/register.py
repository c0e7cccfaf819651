"""Saving motions, commitments and progress reports from forms, as changesets that can be undone."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from participation.models import Changeset, Commitment, Motion, ProgressReport
from participation.selectors.row_versions import ExpectedVersion, changes_since

from .changesets import ChangesetWriter, recording
from .editing import StaleVersion, WriteContext
from .unique_names import save_named


def save_tracked(
    row: Motion | Commitment, door: WriteContext, *, shown: ExpectedVersion | None = None
) -> Changeset | None:
    """Save a motion or a commitment, new or changed, and return the changeset; None where nothing changed.

    Raises StaleVersion where it differs from ``shown``, and ValidationError, by field, where it is invalid.
    """
    new = row._state.adding

    def save() -> Changeset | None:
        with _recording(row, door, "added" if new else "changed") as recorder:
            if shown is not None and not new and changes_since(row, shown):
                raise StaleVersion
            if new or _differs(row):
                recorder.save(row)
        return recorder.changeset

    return save_named(row, "number", save, chosen=False) if new else save()


def add_report(report: ProgressReport, door: WriteContext) -> Changeset | None:
    """Save a progress report on a motion or a commitment, and return the changeset.

    Raises ValidationError, by field, where it is invalid.
    """
    of = report.motion or report.commitment
    assert of is not None
    with _recording(of, door, "added") as recorder:
        recorder.save(report)
    return recorder.changeset


def _differs(row: Motion | Commitment) -> bool:
    stored = type(row)._default_manager.get(pk=row.pk)
    columns: Sequence[str] = [field.attname for field in row._meta.concrete_fields]
    return any(getattr(stored, column) != getattr(row, column) for column in columns)


def _recording(row: Motion | Commitment, door: WriteContext, verb: str) -> AbstractContextManager[ChangesetWriter]:
    about = f"{row._meta.verbose_name} {row.number}"
    return recording(door.by, row, verb, about=about, rulebook=door.rulebook, today=door.today, now=door.now)
