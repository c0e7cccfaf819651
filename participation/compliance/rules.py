"""Value types of a rule: texts, sources, versions, scope, examples and check."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from .checks import CheckDefinition, DateRules
from .dates import ImpreciseDate
from .facts import Facts, OwnerFacts, TrajectoryFacts

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
    """A text that rules rest on: its name in two languages, its strength and how it is known."""

    text: Text
    strength: str
    #: The day on which it was written or entered into force; None where that is not known.
    first: date | None = None
    #: Key of the source from which it is known; empty where the text itself was read.
    known_from: str = ""
    #: Whether it binds while not all of it is encoded in rules yet.
    unread: bool = False
    url: str = ""


class Citation(NamedTuple):
    """A source as a rule cites it: its key, and the passage in it."""

    source: str
    passage: str = ""

    def __str__(self) -> str:
        """Return the citation."""
        return f"{self.source} {self.passage}".strip()


class Item(NamedTuple):
    """Something that a municipality's plan or final report must hold: its name, and help for who writes it."""

    name: Text
    help: Text | None = None


class ExceptionGround(NamedTuple):
    """A ground on which a municipality may decide to hold no participation, with its source."""

    name: Text
    source: Citation


#: For each allow-list of a scope: the fact of the trajectory that it is about.
ALLOW_LISTS: Final[Mapping[str, str]] = {
    "kinds": "kind",
    "initiators": "initiator",
    "levels": "level",
    "impacts": "impact",
    "instruments": "instrument",
}


#: The lists of a scope, each of words about the trajectory.
SCOPE_LISTS: Final = (*ALLOW_LISTS, "kinds_except")


class Scope(NamedTuple):
    """The trajectories to which a rule applies; an empty condition matches all."""

    kinds: tuple[str, ...] = ()
    kinds_except: tuple[str, ...] = ()
    initiators: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    impacts: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    #: The first day on which a trajectory may have started: what began earlier falls under older rules.
    started_from: date | None = None
    #: Whether it also applies after a decision to hold no participation.
    without_participation: bool = True

    @property
    def selects_trajectories(self) -> bool:
        """Return whether it applies to certain trajectories only; exceptions alone leave it for all others."""
        return self.started_from is not None or bool(_allow_lists(self))

    def excludes(self, trajectory: TrajectoryFacts) -> bool:
        """Return whether the rule certainly does not apply.

        An unknown value excludes nothing, except that most trajectories have no instrument at all.
        """
        for fact, words in _allow_lists(self):
            value = getattr(trajectory, fact)
            if value not in words and (value or fact == "instrument"):
                return True
        return trajectory.kind in self.kinds_except or self._started_in_time(trajectory) is False

    def missing_facts(self, trajectory: TrajectoryFacts) -> tuple[str, ...]:
        """Return the missing facts that decide whether the rule applies; call it where nothing excludes the rule."""
        found = [fact for fact, _words in _allow_lists(self) if not getattr(trajectory, fact)]
        if self._started_in_time(trajectory) is None:
            found.append("start")
        return tuple(found)

    def _started_in_time(self, trajectory: TrajectoryFacts) -> bool | None:
        """Return whether it did not start before ``started_from``; None where its start does not tell.

        A retrospective trajectory is judged by the rules of today, whenever it started.
        """
        if self.started_from is None or trajectory.retrospective:
            return True
        start = trajectory.started_on
        if start is None or start.latest is None:
            return True if trajectory.status == "planned" else None
        if start.latest < self.started_from:
            return False
        return True if start.earliest and start.earliest >= self.started_from else None

    def falls_away(self, trajectory: TrajectoryFacts, trigger: ImpreciseDate | None) -> bool | None:
        """Return whether a decision to hold no participation ends an obligation with this trigger.

        What was called for before that decision stays. None: the day of the decision does not tell.
        """
        if self.without_participation or not trajectory.is_without_participation:
            return False
        decided = trajectory.no_participation_decided_on
        if decided is None or decided.latest is None:
            return None
        day = (trigger.earliest or trigger.latest) if trigger else None
        if day is None or day >= decided.latest:
            return True
        return False if decided.earliest and day < decided.earliest else None


# Memoized: it is asked for each rule of each trajectory, and most scopes have no list at all.
@lru_cache(maxsize=1024)
def _allow_lists(scope: Scope) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the fact and the words of each allow-list that is not empty."""
    return tuple((fact, words) for name, fact in ALLOW_LISTS.items() if (words := getattr(scope, name)))


#: What an example expects, and a subject has, where there is no obligation.
NO_OBLIGATION: Final = "none"


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
    sources: tuple[Citation, ...]
    check: str
    check_definition: CheckDefinition
    versions: tuple[Version, ...]
    scope: Scope
    examples: tuple[Example, ...]
    own_term: bool
    file: str
    #: Date arithmetic: the calendar of the rulebook, and whether the terms are statutory.
    days: DateRules
    #: The names of the plan or report items of the rulebook, by id, that its check may find lacking.
    item_names: Mapping[str, Text]

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

    def version_in_force(self, day: date) -> Version | None:
        """Return the version in force on that day; None where there is none."""
        return next((version for version in self.versions if version.is_in_force(day)), None)

    def version_on(self, day: date | None) -> Version:
        """Return the version in force on that day, else the newest."""
        return (self.version_in_force(day) if day else None) or self.versions[-1]

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
