"""A rule as the rulebook states it: what it is called, on whose word, from when, and which check counts it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from .checks import Days, Registered
from .dates import When
from .facts import Commitment, Facts, Motion

Text = Mapping[str, str]


class Version(NamedTuple):
    """The numbers of a rule between two days, the last day included; an open end is the version of today."""

    first: date
    last: date | None
    parameters: Mapping[str, Any]

    def in_force(self, day: date) -> bool:
        """Tell whether it counts on that day."""
        return self.first <= day and (self.last is None or day <= self.last)


class Source(NamedTuple):
    """On whose word: the text, and the place in it."""

    text: str
    passage: str = ""

    def __str__(self) -> str:
        """Return it as it is cited."""
        return f"{self.text} {self.passage}".strip()


class Scope(NamedTuple):
    """To which trajectories a rule applies; an empty condition is none."""

    kinds_except: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()

    def excludes(self, facts: Facts) -> bool:
        """Tell whether the rule certainly does not apply: what is not known excludes nothing."""
        trajectory = facts.trajectory
        return trajectory.kind in self.kinds_except or bool(
            self.impact and trajectory.impact and trajectory.impact not in self.impact
        )

    def lacks(self, facts: Facts) -> tuple[str, ...]:
        """Return the facts without which nobody can tell whether the rule applies."""
        return ("impact",) if self.impact and not facts.trajectory.impact else ()


class Example(NamedTuple):
    """A small dossier with the status that the rule gives it on a day: documentation and test at once."""

    title: Text
    document: Mapping[str, Any]
    on: date
    expected: Mapping[str, str]


class Rule(NamedTuple):
    """One entry of the rulebook."""

    id: str
    basic: str
    strength: str
    title: Text
    why: Text
    remedy: Text
    message: Text
    sources: tuple[Source, ...]
    check: str
    registered: Registered
    versions: tuple[Version, ...]
    scope: Scope
    examples: tuple[Example, ...]
    own_term: bool
    file: str
    #: How each version counts: the calendar of the rulebook, and whether its terms are the law's.
    days: Days

    @property
    def of(self) -> str:
        """Return what it is about: trajectory, motion or commitment."""
        return self.registered.of

    @property
    def source(self) -> str:
        """Return all its sources in one line."""
        return "; ".join(map(str, self.sources))

    def decides(self, version: Version, trigger: When | None, about: Facts | Motion | Commitment) -> bool:
        """Tell whether this version is the one for an obligation called for on that day.

        Retrospective dossiers are judged by today's numbers, unless the rule has ended: then by those of the
        day. What happened on an unknown day happened at the latest when the trajectory closed.
        """
        newest = self.versions[-1]
        trajectory = about.trajectory if isinstance(about, Facts) else None
        if trajectory and trajectory.retrospective and newest.last is None:
            return version is newest
        day = (trigger.earliest or trigger.latest) if trigger else None
        if day is not None:
            return version.in_force(day)
        closed_on = trajectory.closed_on if trajectory and trajectory.status == "closed" else None
        begun = [v for v in self.versions if not closed_on or not closed_on.latest or v.first <= closed_on.latest]
        return bool(begun) and version is begun[-1]
