"""Validation problems of a rulebook, and the hint that names the closest known word (for dossiers too)."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Final, NamedTuple

#: Limit on fuzzy matching, which is slow: thousands of wrong refs must not exhaust the server.
MAX_COMPARED_WORDS: Final = 200


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


def closest_word(word: str, known: Iterable[str], limit: int = MAX_COMPARED_WORDS) -> str:
    """Return the closest of the first ``limit`` known words, or an empty string when none is close."""
    plain = {_normalize(choice): choice for choice in islice(known, limit)}
    found = get_close_matches(_normalize(word[:100]), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str], limit: int = MAX_COMPARED_WORDS) -> str:
    """Return "did you mean …?" with the closest known word, or an empty string."""
    close = closest_word(word, known, limit)
    return f"did you mean {close!r}?" if close else ""


def _normalize(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
