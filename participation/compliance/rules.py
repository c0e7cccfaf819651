"""Value types of a rule: texts, sources, versions, scope, examples and check."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from .checks import CheckDefinition, DateRules
from .dates import ImpreciseDate
from .facts import Facts, OwnerFacts

Text = Mapping[str, str]


class Version(NamedTuple):
    """The parameters of a rule between two days, both included; without a last day it is current."""

    first: date
    last: date | None
    parameters: Mapping[str, Any]

    def is_in_force(self, day: date) -> bool:
        """Return whether it is in force on that day."""
        return self.first <= day and (self.last is None or day <= self.last)


class Source(NamedTuple):
    """A cited source: key of the text, and the passage in it."""

    text: str
    passage: str = ""

    def __str__(self) -> str:
        """Return the citation."""
        return f"{self.text} {self.passage}".strip()


class Scope(NamedTuple):
    """The trajectories to which a rule applies; an empty condition matches all."""

    kinds_except: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()

    @property
    def selects_trajectories(self) -> bool:
        """Return whether it applies to certain trajectories only; exceptions alone leave it for all others."""
        return any(self._replace(kinds_except=()))

    def excludes(self, facts: Facts) -> bool:
        """Return whether the rule certainly does not apply; an unknown value excludes nothing."""
        trajectory = facts.trajectory
        return trajectory.kind in self.kinds_except or bool(
            self.impact and trajectory.impact and trajectory.impact not in self.impact
        )

    def missing_facts(self, facts: Facts) -> tuple[str, ...]:
        """Return the missing facts that decide whether the rule applies."""
        return ("impact",) if self.impact and not facts.trajectory.impact else ()


class Example(NamedTuple):
    """A small dossier with the expected status on a day: both documentation and test."""

    title: Text
    document: Mapping[str, Any]
    on: date
    expected: Mapping[str, str]


class Rule(NamedTuple):
    """A rule of a rulebook."""

    id: str
    basic: str
    strength: str
    title: Text
    why: Text
    remedy: Text
    message: Text
    sources: tuple[Source, ...]
    check: str
    check_definition: CheckDefinition
    versions: tuple[Version, ...]
    scope: Scope
    examples: tuple[Example, ...]
    own_term: bool
    file: str
    #: Date arithmetic: the calendar of the rulebook, and whether the terms are statutory.
    days: DateRules

    @property
    def owner_type(self) -> str:
        """Return the owner type that it is mainly about: trajectory, motion or commitment."""
        return self.check_definition.owner_type

    def is_about(self, owner_type: str) -> bool:
        """Return whether it judges owners of this type.

        A request that belongs to no trajectory is not judged by a rule for certain trajectories only.
        """
        if owner_type == "request" and self.scope.selects_trajectories:
            return False
        return owner_type in self.check_definition.owner_types

    @property
    def source(self) -> str:
        """Return all citations on one line."""
        return "; ".join(map(str, self.sources))

    def is_applicable_version(self, version: Version, trigger: ImpreciseDate | None, facts: OwnerFacts) -> bool:
        """Return whether this version applies to an obligation with this trigger.

        Retrospective trajectories are judged by the current version or, when the rule has ended, by that of the
        trigger day. A trigger on an unknown day is assumed to be no later than the closing of the trajectory.
        """
        newest = self.versions[-1]
        trajectory = facts.trajectory if isinstance(facts, Facts) else None
        if trajectory and trajectory.retrospective and newest.last is None:
            return version is newest
        day = (trigger.earliest or trigger.latest) if trigger else None
        if day is not None:
            return version.is_in_force(day)
        closed_on = trajectory.closed_on if trajectory and trajectory.status == "closed" else None
        started_versions = [
            v for v in self.versions if not closed_on or not closed_on.latest or v.first <= closed_on.latest
        ]
        return bool(started_versions) and version is started_versions[-1]
