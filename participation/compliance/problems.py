"""What is wrong with a rulebook, as values: where, why, and what would mend it."""

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One mistake: the file, the rule (empty when it is the file's), the reason and a hint."""

    file: str
    rule: str
    reason: str
    hint: str

    def __str__(self) -> str:
        """Return it in one line."""
        where = f"{self.file}: {self.rule}" if self.rule else self.file
        return f"{where}: {self.reason} ({self.hint})"


class RulebookError(ValueError):
    """A rulebook with mistakes; ``problems`` has all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems and tell them one a line."""
        self.problems = list(problems)
        super().__init__("\n".join(map(str, problems)))
