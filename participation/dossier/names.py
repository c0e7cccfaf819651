"""Validation of names that are used in URLs: those that would collide with another route, or with none.

A slug, ref or number is part of the URL of its page. These lists follow from the URL patterns of the pages and
the API; a test compares them.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from .errors import Problem, pointer
from .hints import format_value


class Names(NamedTuple):
    """The reserved words and the reserved endings of a kind of name."""

    reserved: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()

    def problem(self, name: str) -> str:
        """Return why this name cannot be used in a URL, or "" when it can."""
        plain = name.strip().lower()
        if plain in self.reserved:
            return RESERVED_WORD
        # Browsers remove "." and ".." segments from a URL, and many proxies remove empty ones.
        if plain and {"", ".", ".."} & set(plain.split("/")):
            return EMPTY_PART
        return TAKEN_ENDING if plain.endswith(self.endings) else ""


#: Reasons: messages of the catalogue.
RESERVED_WORD: Final = gettext_noop("%(value)s is the address of another page")
EMPTY_PART: Final = gettext_noop("%(value)s cannot be part of an address")
TAKEN_ENDING: Final = gettext_noop("%(value)s ends like the address of another page")

TRAJECTORY_SLUGS: Final = Names(frozenset({"nieuw"}))
#: Of steps, documents, contributions, requests and scenarios.
ITEM_REFS: Final = Names(
    frozenset({"nieuw", "beantwoorden"}), ("/delen", "/evaluatie", "/evaluatie/vel", "/evaluatie/resultaten")
)
#: Of motions, commitments and requests of the register.
NUMBERS: Final = Names(
    frozenset({"nieuw", "importeren", "insturen"}),
    ("/wijzigen", "/bericht", "/nakomen", "/beoordelen", "/reports", "/fulfilments", "/explanation"),
)

_HINTS: Final = {
    RESERVED_WORD: gettext_noop("choose another, or add something to it"),
    EMPTY_PART: gettext_noop("leave no part between slashes empty, and write more than . or .. in it"),
    TAKEN_ENDING: gettext_noop("add something to it"),
}
_WITH_REFS: Final = ("scenarios", "documents", "steps", "contributions", "requests")


def name_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem for every name in a document that cannot be used in a URL."""
    yield from _problem(TRAJECTORY_SLUGS, (document.get("trajectory") or {}).get("slug"), "trajectory", "slug")
    for section in _WITH_REFS:
        for index, row in enumerate(document.get(section) or ()):
            yield from _problem(ITEM_REFS, row.get("ref"), section, index, "ref")
    for index, row in enumerate(document.get("requests") or ()):
        # The number of a request of the register is its ref once it belongs to a trajectory.
        yield from _problem(ITEM_REFS, row.get("number"), "requests", index, "number")
    for section in ("motions", "commitments", "requests"):
        for index, row in enumerate(document.get(section) or ()):
            # A dossier names motions by their number alone.
            path = (section, index, "number") if isinstance(row, dict) else (section, index)
            yield from _problem(NUMBERS, row.get("number") if isinstance(row, dict) else row, *path)


def _problem(names: Names, name: Any, *path: str | int) -> Iterator[Problem]:
    if isinstance(name, str) and (reason := names.problem(name)):
        yield Problem(pointer(*path), _(reason) % {"value": format_value(name)}, _(_HINTS[reason]))
