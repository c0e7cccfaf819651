"""What an item of an agenda becomes: a decision with its stage, a briefing, or what a person has to choose."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from ..plannings.words import normalize_words
from .values import AgendaDocument

#: The council or a committee is only informed.
_INFORMED: Final = re.compile(
    r"\b(?:ter )?kennis(?:name|geving|nemen)\b|\b\w*informatie\w*|\braads(?:brief|memo)\w*|\bpresentatie\b|\bbijprat\w*"
    r"|\bbeeldvorm\w*|\boordeelsvorm\w*|\btechnische (?:sessie|vragen)\b|\bvoortgang\w*|\bingekomen stuk\w*|\bmemo\b"
)
_DECIDED: Final = re.compile(
    r"\bvaststel\w*|\bvast te stellen\b|\bbesluitvorm\w*|\b(?:raads|college)?(?:voorstel|besluit)(?:en)?\b"
    r"|\bhamerstuk\w*|\binstemm\w*|\bgoedkeur\w*|\bstel(?:t|len) [^.;]{0,60}\bvast\b"
)
_SETUP: Final = re.compile(r"\bstartnotitie\b|\bplan van aanpak\b|\bstartbesluit\b|\bparticipatieplan\b|\bkadernota\b")


class ReadItem(Protocol):
    """What tells the kind of an item."""

    @property
    def title(self) -> str:
        """Return its title."""

    @property
    def types(self) -> str:
        """Return what its system calls it."""

    @property
    def is_formality(self) -> bool:
        """Return whether it is decided without a debate."""

    @property
    def documents(self) -> Sequence[AgendaDocument]:
        """Return its documents."""


def kind_and_stage(item: ReadItem, body: str) -> tuple[str, str]:
    """Return the kind and stage of the step, by the words of the item and the kind of the body; "" for what is unknown.

    A committee prepares what the council decides. What the municipal executive decides on the way to the council is
    its proposal.
    """
    title = normalize_words(item.title)
    words = normalize_words(f"{item.title} {item.types} {' '.join(document.title for document in item.documents)}")
    if body == "committee":
        return "briefing", ""
    if _INFORMED.search(title):
        return "briefing", ""
    if item.is_formality or _DECIDED.search(words):
        if _SETUP.search(words):
            return "decision", "setup"
        return "decision", {"council": "adoption", "executive": "proposal"}.get(body, "")
    return "", ""
