"""Validation problems of a rulebook, and the hint that names the closest known word (for dossiers too).

A problem is kept as its kind with values; ``problem_kinds`` has the sentences.
"""

import reprlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final, NamedTuple

from .problem_kinds import HintKind, ProblemKind, in_english

#: Limit on fuzzy matching, which is slow: thousands of wrong refs must not exhaust the server.
MAX_COMPARED_WORDS: Final = 200
#: Nobody reads more, and each costs a search for its line and for the closest word.
MAX_PROBLEMS: Final = 200
#: Words that a hint lists where none is close.
MAX_LISTED_WORDS: Final = 60
#: The longest word that a hint names: the id of a rule.
MAX_WORD: Final = 100
#: Bounds what a problem repeats of a value.
MAX_REPEATED: Final = 60
_BRIEF: Final = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = MAX_REPEATED


#: Where something stands in a file: keys, and positions in lists.
Place = tuple[str | int, ...]


class RuleProblem(NamedTuple):
    """A validation problem: file, rule id or section (empty when about the file), kind, and line (0: none).

    ``hint_kind`` is the hint in place of that of its kind. ``items`` are the values of both, each with its name: texts,
    days, and numbers.
    """

    file: str
    rule: str
    kind: ProblemKind
    hint_kind: HintKind | None = None
    items: tuple[tuple[str, Any], ...] = ()
    line: int = 0

    @property
    def messages(self) -> tuple[str, str]:
        """Return the reason and the hint without their values: messages of the catalogue."""
        return self.kind.reason, self.hint_kind.value if self.hint_kind else self.kind.hint

    @property
    def reason(self) -> str:
        """Return the reason in English."""
        return in_english(self.messages[0], dict(self.items))

    @property
    def hint(self) -> str:
        """Return the hint in English."""
        return in_english(self.messages[1], dict(self.items))

    @property
    def location(self) -> str:
        """Return the file, the line where it is known, and the rule: ``onze-stad.yaml:42: feedback-given``."""
        file = f"{self.file}:{self.line}" if self.line else self.file
        return f"{file}: {self.rule}" if self.rule else file

    def __str__(self) -> str:
        """Return the problem on one line, in English."""
        return f"{self.location}: {two_sentences(self.reason, self.hint)}"


def two_sentences(reason: str, hint: str) -> str:
    """Return the reason and the hint as two sentences."""
    end = "" if hint.endswith(("?", ".", "…")) else "."
    return f"{reason}. {hint[:1].upper()}{hint[1:]}{end}"


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

    def add(self, kind: ProblemKind, hint: HintKind | None = None, /, **values: str | int | date) -> None:
        """Add a problem at this place. Raises RulebookError when there are more than can be listed."""
        items, line = tuple(values.items()), self.line_of(self.place)
        self.problems.append(RuleProblem(self.file, self.rule, kind, hint, items, line))
        if len(self.problems) > MAX_PROBLEMS:
            rest = RuleProblem(self.file, "", ProblemKind.TOO_MANY_PROBLEMS, items=(("most", MAX_PROBLEMS),))
            raise RulebookError([*self.problems[:-1], rest])

    def add_unknown(
        self,
        kind: ProblemKind,
        word: str,
        known: Iterable[str],
        otherwise: HintKind | None = None,
        /,
        **values: str | int | date,
    ) -> None:
        """Add a problem with an unknown word; the hint is the closest known word, else ``otherwise`` or the known ones.

        Where no word is known, the hint is that of the kind.
        """
        known = sorted(known)
        if close := closest_word(word, known, len(known)):
            self.add(kind, HintKind.DID_YOU_MEAN, close=repr(close[:MAX_WORD]), **values)
        elif otherwise or not known:
            self.add(kind, otherwise, **values)
        else:
            self.add(kind, HintKind.KNOWN_ARE, known=listed_words(known), **values)

    def on_line(self, line: int) -> "ProblemReporter":
        """Return the reporter for this line (0: for the file as a whole)."""
        return self._replace(line_of=lambda _place: line)

    def at(self, *parts: str | int, rule: str | None = None) -> "ProblemReporter":
        """Return the reporter for this part of the place, and for this rule or section."""
        problems, file, line_of, place, own_rule = self
        return ProblemReporter(problems, file, line_of, (*place, *parts), own_rule if rule is None else rule)


def brief(value: Any) -> str:
    """Return a value as a problem repeats it."""
    return str(value) if isinstance(value, date) else _BRIEF.repr(value)


def closest_word(word: str, known: Iterable[str], limit: int = MAX_COMPARED_WORDS) -> str:
    """Return the closest of the first ``limit`` known words, or an empty string when none is close."""
    plain = {_normalize(choice): choice for choice in islice(known, limit)}
    found = get_close_matches(_normalize(word[:100]), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str], limit: int = MAX_COMPARED_WORDS) -> str:
    """Return "did you mean …?" with the closest known word, or an empty string."""
    close = closest_word(word, known, limit)
    return in_english(HintKind.DID_YOU_MEAN.value, {"close": repr(close)}) if close else ""


def closest_word_hint(word: str, known: Iterable[str], default_hint: str = "") -> str:
    """Return a hint with the closest known word, else ``default_hint`` or the known words."""
    known = sorted(known)
    listed = in_english(HintKind.KNOWN_ARE.value, {"known": listed_words(known)})
    return did_you_mean(word, known, len(known)) or default_hint or listed


def listed_words(words: Sequence[str]) -> str:
    """Return the first of these words as a list for a hint."""
    return ", ".join(word[:MAX_WORD] for word in words[:MAX_LISTED_WORDS]) + (
        ", …" if len(words) > MAX_LISTED_WORDS else ""
    )


def _normalize(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
