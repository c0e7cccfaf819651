"""The rulebooks in use in one installation, and which of them judges whom."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final

from .problem_kinds import ProblemKind
from .problems import RulebookError, RuleProblem
from .rulebook import Rulebook, load

#: The name of the setting, as the place of a problem with what it says.
SETTING: Final = "RULEBOOK"
_SEPARATOR: Final = ","


class Rulebooks:
    """The rulebooks in use, in the order of the setting; immutable.

    Each judges the trajectories of its own municipality. The first also judges all others.
    """

    def __init__(self, rulebooks: Sequence[Rulebook]) -> None:
        """Store the rulebooks; ``load_rulebooks`` checks that they go together."""
        self._rulebooks = tuple(rulebooks)
        self.first = self._rulebooks[0]
        #: Those after the first, by the municipality that each judges.
        self.others: Mapping[str, Rulebook] = {found.municipality: found for found in self._rulebooks[1:]}
        #: The municipalities with a rulebook of their own.
        self.by_municipality: Mapping[str, Rulebook] = {
            found.municipality: found for found in self._rulebooks if found.municipality
        }
        self.by_name: Mapping[str, Rulebook] = {found.name: found for found in self._rulebooks}

    def __iter__(self) -> Iterator[Rulebook]:
        """Iterate over the rulebooks, the first first."""
        return iter(self._rulebooks)

    def __len__(self) -> int:
        """Return the number of rulebooks."""
        return len(self._rulebooks)

    def for_municipality(self, municipality: str | None) -> Rulebook:
        """Return the rulebook that judges the trajectories of this municipality (a slug; empty: not known)."""
        return self.others.get(municipality or "", self.first)

    def of_another_municipality(self, municipality: str) -> Rulebook | None:
        """Return the rulebook that judges this municipality, where it is that of another one; else None.

        A base without a municipality is of no other.
        """
        judge = self.for_municipality(municipality)
        return judge if municipality and judge.municipality not in ("", municipality) else None

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """Return the hash of the rulebook of each municipality; under the empty one that of all without another."""
        return {"": self.first.hash, **{municipality: found.hash for municipality, found in self.others.items()}}

    @cached_property
    def hash(self) -> str:
        """Return the hash of everything that affects outcomes: of a single rulebook its own."""
        if len(self) == 1:
            return self.first.hash
        text = json.dumps(sorted(self.hashes.items()))
        return hashlib.sha256(text.encode()).hexdigest()[: len(self.first.hash)]


def load_rulebooks(names: str) -> Rulebooks:
    """Return the rulebooks with these names or paths, between commas. Raises RulebookError with all problems."""
    problems: list[RuleProblem] = []
    found = []
    for name in map(str.strip, names.split(_SEPARATOR)):
        if not name:
            problems.append(_setting_problem(ProblemKind.EMPTY_NAME, names=repr(names)))
            continue
        try:
            found.append(load(name))
        except RulebookError as error:
            problems += error.problems
    problems += _conflicts(found)
    if problems:
        raise RulebookError(problems)
    return _rulebooks(tuple(found))


# By the loaded rulebooks, not by their names: `load` decides when a file is read.
@lru_cache(maxsize=16)
def _rulebooks(rulebooks: tuple[Rulebook, ...]) -> Rulebooks:
    return Rulebooks(rulebooks)


def _conflicts(rulebooks: Sequence[Rulebook]) -> Iterator[RuleProblem]:
    """Yield why these rulebooks do not go together."""
    names: set[str] = set()
    judges: dict[str, str] = {}
    for position, rulebook in enumerate(rulebooks):
        name, municipality = rulebook.name, rulebook.municipality
        if name in names:
            yield _setting_problem(ProblemKind.NAMED_TWICE, rulebook=repr(name))
            continue
        names.add(name)
        if municipality in judges:
            both = {"first": repr(judges[municipality]), "rulebook": repr(name)}
            yield _setting_problem(ProblemKind.BOTH_JUDGE, municipality=repr(municipality), **both)
        elif municipality:
            judges[municipality] = name
        elif position:
            yield _setting_problem(ProblemKind.NO_MUNICIPALITY, rulebook=repr(name))


def _setting_problem(kind: ProblemKind, **values: str) -> RuleProblem:
    return RuleProblem(SETTING, "", kind, items=tuple(values.items()))
