"""Validation problems of a rulebook, and the hint that names the closest known word (for dossiers too)."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Final, NamedTuple

#: Limit on fuzzy matching, which is slow: thousands of wrong refs must not exhaust the server.
MAX_COMPARED_WORDS: Final = 200
#: Nobody reads more, and each costs a search for its line and for the closest word.
MAX_PROBLEMS: Final = 200
#: Words that a hint lists where none is close.
MAX_LISTED_WORDS: Final = 60


#: Where something stands in a file: keys, and positions in lists.
Place = tuple[str | int, ...]


class RuleProblem(NamedTuple):
    """A validation problem: file, rule id or section (empty when about the file), reason, hint, and line (0: none)."""

    file: str
    rule: str
    reason: str
    hint: str
    line: int = 0

    @property
    def location(self) -> str:
        """Return the file, the line where it is known, and the rule: ``onze-stad.yaml:42: feedback-given``."""
        file = f"{self.file}:{self.line}" if self.line else self.file
        return f"{file}: {self.rule}" if self.rule else file

    def __str__(self) -> str:
        """Return the problem on one line."""
        end = "" if self.hint.endswith(("?", ".", "…")) else "."
        return f"{self.location}: {self.reason}. {self.hint[:1].upper()}{self.hint[1:]}{end}"


class RulebookError(ValueError):
    """Raised for an invalid rulebook; ``problems`` lists every problem."""

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        """Store the problems; the message has one per line."""
        self.problems = list(problems)
        super().__init__("\n".join(map(str, problems)))


def _no_line(_place: Place) -> int:
    return 0


class ProblemReporter(NamedTuple):
    """Where in a rulebook a reader is, so that it can add problems with their location to ``problems``."""

    problems: list[RuleProblem]
    file: str
    line_of: Callable[[Place], int] = _no_line
    place: Place = ()
    #: Id of the rule, or the name of the section, that the place is in.
    rule: str = ""

    @property
    def name(self) -> str:
        """Return the last key of the place: the name of what is read here."""
        return next((part for part in reversed(self.place) if isinstance(part, str)), "")

    def add(self, reason: str, hint: str, line: int | None = None) -> None:
        """Add a problem at this place, or on this line. Raises RulebookError when there are more than can be listed."""
        line = self.line_of(self.place) if line is None else line
        self.problems.append(RuleProblem(self.file, self.rule, reason, hint, line))
        if len(self.problems) > MAX_PROBLEMS:
            rest = f"more than {MAX_PROBLEMS} mistakes: the rest is not listed"
            raise RulebookError([*self.problems[:-1], RuleProblem(self.file, "", rest, "correct these first")])

    def at(self, *parts: str | int, rule: str | None = None) -> "ProblemReporter":
        """Return the reporter for this part of the place, and for this rule or section."""
        problems, file, line_of, place, own_rule = self
        return ProblemReporter(problems, file, line_of, (*place, *parts), own_rule if rule is None else rule)


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
    """Return a hint with the closest known word, else ``default_hint`` or the known words."""
    known = sorted(known)
    listed = ", ".join(known[:MAX_LISTED_WORDS]) + (", …" if len(known) > MAX_LISTED_WORDS else "")
    return did_you_mean(word, known, len(known)) or default_hint or f"known are: {listed}"


def _normalize(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
