"""Problems of a document, and the exception that lists them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

#: Maximum number of problems in the message; the rest are only counted.
MAX_LISTED = 30


class Problem(NamedTuple):
    """A problem of a document: its place (JSON pointer or line), reason and hint.

    ``is_taken`` marks a valid name that is already in use.
    """

    location: str
    reason: str
    hint: str = ""
    is_taken: bool = False

    def __str__(self) -> str:
        """Return the problem on one line: place, reason, hint."""
        return f"{self.location}: {self.reason} — {self.hint}" if self.hint else f"{self.location}: {self.reason}"

    def relative_problem(self, *parts: str | int) -> "Problem":
        """Return the problem with its place relative to this path, for a document that wraps a single record."""
        return self._replace(location=self.location.removeprefix(pointer(*parts)) or pointer())


class DossierError(ValueError):
    """Raised for a document that cannot be imported; ``problems`` is sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Store the problems, sorted, without duplicates."""
        self.problems: tuple[Problem, ...] = tuple(sort_problems(problems))
        lines = [str(problem) for problem in self.problems[:MAX_LISTED]]
        if rest := len(self.problems) - len(lines):
            lines.append(_("… and %(count)s more") % {"count": rest})
        super().__init__("\n".join(lines))


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems without duplicates, sorted by place (row 2 before row 10), then by text."""
    return sorted(set(problems), key=lambda problem: (_natural_sort_key(problem.location), problem))


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of this path; here "/" is the document itself."""
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _natural_sort_key(location: str) -> list[tuple[int, str]]:
    # Natural sort: text as (0, text), digits as (length, digits), so that numbers compare by value.
    found = re.split(r"([0-9]+)", location, flags=re.ASCII)
    return [(len(part), part) if index % 2 else (0, part) for index, part in enumerate(found)]
