"""Validation problems of a rulebook: location, reason and hint."""

from collections.abc import Sequence
from typing import NamedTuple


class RuleProblem(NamedTuple):
    """A validation problem: file, rule id (empty when about the file), reason and hint."""

    file: str
    rule: str
    reason: str
    hint: str

    def __str__(self) -> str:
        """Return the problem on one line."""
        location = f"{self.file}: {self.rule}" if self.rule else self.file
        return f"{location}: {self.reason} ({self.hint})"


class RulebookError(ValueError):
    """Raised for an invalid rulebook; ``problems`` lists every problem."""

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        """Store the problems; the message has one per line."""
        self.problems = list(problems)
        super().__init__("\n".join(map(str, problems)))
