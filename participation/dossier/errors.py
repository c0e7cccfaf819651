"""What is wrong with a document, where, and what to do about it."""

import re
from collections.abc import Iterable
from typing import NamedTuple

#: So many problems are written out; the rest are counted.
MOST_LISTED = 30


class Problem(NamedTuple):
    """One thing that is wrong: the place (a JSON pointer, or a line), the reason and what to do.

    ``is_taken`` says that it is sound by itself, and that something else has this name.
    """

    place: str
    reason: str
    hint: str = ""
    is_taken: bool = False

    def __str__(self) -> str:
        """Return the problem on one line: place, reason, hint."""
        return f"{self.place}: {self.reason} — {self.hint}" if self.hint else f"{self.place}: {self.reason}"

    def within(self, *parts: str | int) -> "Problem":
        """Return the problem with its place counted from there: of a document that was made around one record."""
        return self._replace(place=self.place.removeprefix(pointer(*parts)) or pointer())


class DossierError(ValueError):
    """A document that cannot be taken in; ``problems`` says why, in the order of the places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Hold these problems, sorted and without doubles."""
        self.problems: tuple[Problem, ...] = tuple(in_order(problems))
        lines = [str(problem) for problem in self.problems[:MOST_LISTED]]
        if rest := len(self.problems) - len(lines):
            lines.append(f"… and {rest} more")
        super().__init__("\n".join(lines))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return these problems without doubles, by place (row 2 before row 10), then by their words."""
    return sorted(set(problems), key=lambda problem: (_parts(problem.place), problem))


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of this path; "/" stands for the document itself."""
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _parts(place: str) -> list[tuple[int, str]]:
    # Each part is padded to a pair, so that numbers are ordered as numbers and never compared with words.
    found = re.split(r"([0-9]+)", place, flags=re.ASCII)
    return [(len(part), part) if index % 2 else (0, part) for index, part in enumerate(found)]
