"""Shared by the sections: recorded rows, reference day, labels, obligations and counter-signals."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from participation.compliance.rulebook import Rulebook
from participation.presentation.values import DisplayNames
from participation.selectors.associations.counter_signals import Signals
from participation.selectors.obligations.statuses import ObligationStatus
from participation.selectors.trajectories.detail import TrajectoryRows

#: Number of items of a list that are not folded away.
MAX_UNFOLDED = 6


class TrajectoryPageData(NamedTuple):
    """The data of the trajectory page; ``obligations`` and ``signals`` are as of ``today``, the day that is shown."""

    rows: TrajectoryRows
    today: date
    rulebook: Rulebook
    display_names: DisplayNames
    obligations: Sequence[ObligationStatus]
    signals: Signals

    @property
    def is_over(self) -> bool:
        """Return whether the trajectory was over on the day that is shown, so that days are no longer counted."""
        return bool(self.rows.trajectory.is_over(self.today))

    def obligations_by_check(self, *checks: str) -> dict[str, list[ObligationStatus]]:
        """Return the obligations of rules with these checks, by subject."""
        found: dict[str, list[ObligationStatus]] = {}
        for row in self.obligations:
            if self.rulebook.by_id[row.obligation.rule].check in checks:
                found.setdefault(row.obligation.subject, []).append(row)
        return found


class FoldedList(NamedTuple):
    """The items of a list that are shown, and those that are folded away."""

    shown: Sequence[Any]
    folded: Sequence[Any]


def folded_list(items: Sequence[Any]) -> FoldedList:
    """Return the list folded after ``MAX_UNFOLDED`` items; one or two more are shown too, rather than folded."""
    number = len(items) if len(items) <= MAX_UNFOLDED + 2 else MAX_UNFOLDED
    return FoldedList(items[:number], items[number:])


def latest(when: Any) -> date | None:
    """Return the upper bound of an imprecise date."""
    return when.latest if when is not None else None


def index_by_ref(rows: Sequence[Any]) -> Mapping[str, Any]:
    """Return the rows by ref."""
    return {row.ref: row for row in rows}
