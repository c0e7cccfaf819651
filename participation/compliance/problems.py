"""Validation problems of a rulebook, and the hint that names the closest known word (for dossiers too)."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final, NamedTuple

#: Limit on fuzzy matching, which is slow: thousands of wrong refs must not exhaust the server.
MAX_COMPARED_WORDS: Final = 200


class RuleProblem(NamedTuple):
    """A validation problem: file, rule id or section (empty when about the file), reason, hint, and line (0: none)."""

    file: str
    rule: str
    reason: str
    hint: str
    line: int = 0

    @property
    def location(self) -> str:
        """Return the file, the line where it is known, and the rule."""
        file = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{file}: {self.rule}" if self.rule else file

    def __str__(self) -> str:
        """Return the problem on one line."""
        return f"{self.location}: {self.reason} ({self.hint})"


class ProblemReporter(NamedTuple):
    """Where in a rulebook a reader is, so that it can add problems with their location to ``problems``."""

    problems: list[RuleProblem]
    file: str
    rule: str = ""
    line: int = 0

    def add(self, reason: str, hint: str) -> None:
        """Add a problem at this place."""
        self.problems.append(RuleProblem(self.file, self.rule, reason, hint, self.line))

    def at(self, data: Any, rule: str | None = None) -> "ProblemReporter":
        """Return the reporter for this part of the file, and for this rule or section."""
        return self._replace(line=getattr(data, "line", self.line), rule=self.rule if rule is None else rule)


class RulebookError(ValueError):
    """Raised for an invalid rulebook; ``problems`` lists every problem."""

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        """Store the problems; the message has one per line."""
        self.problems = list(problems)
        super().__init__("\n".join(map(str, problems)))


def closest_word(word: str, known: Iterable[str], limit: int = MAX_COMPARED_WORDS) -> str:
    """Return the closest of the first ``limit`` known words, or an empty string when none is close."""
    plain = {_normalize(choice): choice for choice in islice(known, limit)}
    found = get_close_matches(_normalize(word[:100]), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str], limit: int = MAX_COMPARED_WORDS) -> str:
    """Return "did you mean …?" with the closest known word, or an empty string."""
    close = closest_word(word, known, limit)
    return f"did you mean {close!r}?" if close else ""


def closest_word_hint(word: str, known: Iterable[str], default_hint: str = "") -> str:
    """Return a hint with the closest known word, else ``default_hint`` or all known words."""
    known = sorted(known)
    return did_you_mean(word, known, len(known)) or default_hint or f"known are: {', '.join(known)}"


def _normalize(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
