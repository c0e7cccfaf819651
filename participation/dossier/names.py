"""Which names cannot stand in an address: their page would be another one, or none.

A slug, a ref and a number are part of the address of a page. What stands here follows from the addresses of the
pages and of the API; a test compares the two.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from .errors import Problem, pointer
from .hints import shown


class Names(NamedTuple):
    """What a kind of name cannot be (words that are addresses of their own), and how it cannot end."""

    reserved: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()

    def problem(self, name: str) -> str:
        """Return why a name of this kind cannot stand in an address; "" where it can."""
        plain = name.strip().lower()
        if plain in self.reserved:
            return RESERVED_WORD
        # A browser takes "." and ".." out of an address, and many a proxy an empty part.
        if plain and {"", ".", ".."} & set(plain.split("/")):
            return EMPTY_PART
        return TAKEN_ENDING if plain.endswith(self.endings) else ""


#: The reasons, in the words of a dossier check.
RESERVED_WORD: Final = "is the address of another page"
EMPTY_PART: Final = "cannot be part of an address"
TAKEN_ENDING: Final = "ends like the address of another page"

TRAJECTORY_SLUGS: Final = Names(frozenset({"nieuw"}))
#: Of steps, documents, contributions, requests and scenarios.
PART_REFS: Final = Names(
    frozenset({"nieuw", "beantwoorden"}), ("/delen", "/evaluatie", "/evaluatie/vel", "/evaluatie/resultaten")
)
#: Of motions and commitments.
NUMBERS: Final = Names(frozenset({"nieuw", "importeren"}), ("/wijzigen", "/bericht", "/reports"))

_HINTS: Final = {
    RESERVED_WORD: "choose another, or add something to it",
    EMPTY_PART: "leave no part between slashes empty, and write more than . or .. in it",
    TAKEN_ENDING: "add something to it",
}
_WITH_REFS: Final = ("scenarios", "documents", "steps", "contributions", "requests")


def name_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Yield the names in a dossier or a register that cannot stand in an address."""
    yield from _problem(TRAJECTORY_SLUGS, (document.get("trajectory") or {}).get("slug"), "trajectory", "slug")
    for section in _WITH_REFS:
        for index, row in enumerate(document.get(section) or ()):
            yield from _problem(PART_REFS, row.get("ref"), section, index, "ref")
    for section in ("motions", "commitments"):
        for index, row in enumerate(document.get(section) or ()):
            # A dossier names motions by their number alone.
            place = (section, index, "number") if isinstance(row, dict) else (section, index)
            yield from _problem(NUMBERS, row.get("number") if isinstance(row, dict) else row, *place)


def _problem(names: Names, name: Any, *place: str | int) -> Iterator[Problem]:
    if isinstance(name, str) and (reason := names.problem(name)):
        yield Problem(pointer(*place), f"{shown(name)} {reason}", _HINTS[reason])
