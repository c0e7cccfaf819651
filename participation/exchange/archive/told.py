"""What an archive tells, read once: all that is recorded of a trajectory and owed in it, for one reader."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from participation.compliance.facts import Facts
from participation.compliance.rulebook import Rulebook
from participation.models import Trajectory
from participation.reports.telling import titles_of
from participation.reports.values import Called
from participation.selectors.counter_signals import Signals, counter_signals_of
from participation.selectors.evaluations import Results, results_in
from participation.selectors.explaining import OwedOn, explanations_known, facts_known, owed_on
from participation.selectors.pages import Explanation
from participation.selectors.public_texts import may_read_earlier
from participation.selectors.trajectory_page import Recorded, recorded_of

from .files import Kept


class Insider:
    """A reader for whom nothing is hidden: whoever looks after the machine."""

    sees_everything = True


class Asked(NamedTuple):
    """Which archive is asked for: of what, by which rules, on which day and at which moment, for whom.

    ``user`` is who will read it: a user, None for a visitor, or an ``Insider``.
    """

    trajectory: Trajectory
    rulebook: Rulebook
    today: date
    now: datetime
    user: Any = None
    language: str = "nl"

    @property
    def names_known(self) -> bool:
        """Tell whether the reader may know who recorded something, beside in which role."""
        return bool(getattr(self.user, "sees_everything", False))

    @property
    def earlier_texts(self) -> bool:
        """Tell whether the reader may know what texts said before they were changed."""
        return may_read_earlier(self.user)


class Told(NamedTuple):
    """What is read, and what became of the files: by the key of each upload."""

    asked: Asked
    rows: Recorded
    called: Called
    owed: Sequence[OwedOn]
    facts: Facts | None
    explanations: Sequence[Explanation]
    signals: Signals
    evaluations: Mapping[str, Results]
    kept: Mapping[int, Kept]


def told_of(asked: Asked, kept: Mapping[int, Kept]) -> Told:
    """Return it, in as many queries as there are tables."""
    key, today = asked.trajectory.pk, asked.today
    rows = recorded_of(asked.trajectory)
    return Told(
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
