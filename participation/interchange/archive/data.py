"""The data of an archive, read once: the records and obligations of a trajectory that one reader may see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from participation.compliance.facts import Facts
from participation.compliance.rulebook import Rulebook
from participation.models import Trajectory
from participation.presentation.labels import titles_of
from participation.presentation.values import DisplayNames
from participation.selectors.associations.counter_signals import Signals, counter_signals_of
from participation.selectors.associations.evaluations import EvaluationResults, results_by_step
from participation.selectors.changes.public_texts import can_read_earlier_texts
from participation.selectors.obligations.statuses import (
    ObligationStatus,
    PublicWaiver,
    facts_as_known,
    obligations_with_status,
    waivers_as_known,
)
from participation.selectors.trajectories.detail import TrajectoryRows, trajectory_rows

from .files import ArchivedFile


class PrivilegedReader:
    """A reader with all read permissions: the system administrator, on the command line."""

    sees_everything = True


class ArchiveRequest(NamedTuple):
    """A request for an archive: the trajectory, rulebook, day, moment, reader and language.

    ``user`` is the reader: a user, None for a visitor, or an ``PrivilegedReader``.
    """

    trajectory: Trajectory
    rulebook: Rulebook
    today: date
    now: datetime
    user: Any = None
    language: str = "nl"

    @property
    def names_known(self) -> bool:
        """Return whether the reader may see the names of the users who recorded something, not just their roles."""
        return bool(getattr(self.user, "sees_everything", False))

    @property
    def earlier_texts(self) -> bool:
        """Return whether the reader may see earlier versions of free text."""
        return can_read_earlier_texts(self.user)


class ArchiveData(NamedTuple):
    """The data of an archive; ``archived_files`` has the copied files by primary key of the upload."""

    archive_request: ArchiveRequest
    rows: TrajectoryRows
    display_names: DisplayNames
    obligations: Sequence[ObligationStatus]
    facts: Facts | None
    explanations: Sequence[PublicWaiver]
    signals: Signals
    evaluations: Mapping[str, EvaluationResults]
    archived_files: Mapping[int, ArchivedFile]


def archive_data(archive_request: ArchiveRequest, archived_files: Mapping[int, ArchivedFile]) -> ArchiveData:
    """Return the data of an archive; the number of queries does not depend on the number of rows."""
    key, today = archive_request.trajectory.pk, archive_request.today
    rows = trajectory_rows(archive_request.trajectory)
    return ArchiveData(
        archive_request,
        rows,
        DisplayNames(archive_request.language, {**rows.names, **rows.areas}, titles_of(rows, archive_request.language)),
        obligations_with_status("trajectory", key, archive_request.rulebook.by_id, today),
        facts_as_known(key),
        waivers_as_known(key, today),
        counter_signals_of(key, today),
        results_by_step(key),
        archived_files,
    )
