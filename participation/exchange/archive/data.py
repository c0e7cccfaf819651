"""The data of an archive, read once: the records and obligations of a trajectory that one reader may see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from participation.compliance.facts import Facts
from participation.compliance.rulebook import Rulebook
from participation.models import Trajectory
from participation.reports.labels import titles_of
from participation.reports.values import Called
from participation.selectors.counter_signals import Signals, counter_signals_of
from participation.selectors.evaluations import Results, results_in
from participation.selectors.explaining import ObligationStatus, explanations_known, facts_known, owed_on
from participation.selectors.pages import Explanation
from participation.selectors.public_texts import may_read_earlier
from participation.selectors.trajectory_page import TrajectoryRows, recorded_of

from .files import Kept


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
        return may_read_earlier(self.user)


class ArchiveData(NamedTuple):
    """The data of an archive; ``kept`` has the copied files by primary key of the upload."""

    asked: ArchiveRequest
    rows: TrajectoryRows
    called: Called
    owed: Sequence[ObligationStatus]
    facts: Facts | None
    explanations: Sequence[Explanation]
    signals: Signals
    evaluations: Mapping[str, Results]
    kept: Mapping[int, Kept]


def told_of(asked: ArchiveRequest, kept: Mapping[int, Kept]) -> ArchiveData:
    """Return the data of an archive; the number of queries does not depend on the number of rows."""
    key, today = asked.trajectory.pk, asked.today
    rows = recorded_of(asked.trajectory)
    return ArchiveData(
        asked,
        rows,
        Called(asked.language, {**rows.names, **rows.areas}, titles_of(rows, asked.language)),
        owed_on(key, asked.rulebook, today),
        facts_known(key),
        explanations_known(key, today),
        counter_signals_of(key, today),
        results_in(key),
        kept,
    )
